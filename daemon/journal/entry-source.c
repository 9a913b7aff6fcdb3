/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries of the journal, see entry-source.h. */

#include "daemon/journal/entry-source.h"

#include <inttypes.h>
#include <stdarg.h>

#include "daemon/journal/event.h"
#include "daemon/journal/journal-follow.h"
#include "daemon/journal/journal-open.h"
#include "daemon/record.h"

/* More accounts than these are not worth terms of their own. */
#define MATCH_ACCOUNTS_MAX 32U

typedef struct JournalSource {
        EntrySource source;
        sd_journal *journal;
        JournalFollow *follow; /* NULL: it does not */
        bool placed;           /* the journal is at an entry that step() has not come to */
        char *directory;
        uid_t *uids; /* whose entries are visited; NULL: all */
        size_t n_uids;
        uid_t self;
        EntryKind kind;
} JournalSource;

static inline JournalSource *journal_source(EntrySource *source) {
        return (JournalSource *) source;
}

static int match(sd_journal *journal, const char *format, ...) _printf_(2, 3);

static int match(sd_journal *journal, const char *format, ...) {
        char text[128];
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        if (n < 0 || (size_t) n >= sizeof(text))
                return -EINVAL;
        return sd_journal_add_match(journal, text, (size_t) n);
}

static int match_message_ids(sd_journal *journal) {
        const char *id;
        int r = 0;

        for (size_t i = 0; r >= 0; i++) {
                id = event_message_id(i);
                if (!id)
                        break;
                r = match(journal, "MESSAGE_ID=%s", id);
        }
        return r;
}

static int match_each(const JournalSource *s, const char *format_before, const char *format_after) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_uids; i++)
                r = match(s->journal, "%s%" PRIu32 "%s", format_before, (uint32_t) s->uids[i], format_after);
        return r;
}

/* Our own records: outcomes, and what goes with them. */
static int match_records(const JournalSource *s, const char *other_id) {
        int r;

        r = match(s->journal, "MESSAGE_ID=%s", RECORD_OUTCOME_ID_STR);
        if (r >= 0)
                r = match(s->journal, "MESSAGE_ID=%s", other_id);
        if (r >= 0)
                r = match(s->journal, "_SYSTEMD_UNIT=userunitd.service");
        if (r >= 0)
                r = match(s->journal, "_UID=%" PRIu32, (uint32_t) s->self);
        return r;
}

/* Four kinds of entries of some accounts: their managers', PID 1's about these, coredumps, our own records.
 */
static int match_accounts(const JournalSource *s) {
        int r;

        r = match_message_ids(s->journal);
        if (r >= 0)
                r = match_each(s, "_SYSTEMD_UNIT=user@", ".service");
        if (r >= 0)
                r = match_each(s, "_UID=", "");

        if (r >= 0)
                r = sd_journal_add_disjunction(s->journal);
        if (r >= 0)
                r = match_message_ids(s->journal);
        if (r >= 0)
                r = match_each(s, "UNIT=user@", ".service");
        if (r >= 0)
                r = match(s->journal, "_PID=1");

        if (r >= 0)
                r = sd_journal_add_disjunction(s->journal);
        if (r >= 0)
                r = match(s->journal, "MESSAGE_ID=%s", EVENT_COREDUMP_ID_STR);
        if (r >= 0)
                r = match_each(s, "COREDUMP_UID=", "");

        if (r >= 0)
                r = sd_journal_add_disjunction(s->journal);
        if (r >= 0)
                r = match_records(s, RECORD_EVENT_ID_STR);
        return r;
}

static int add_matches(const JournalSource *s) {
        if (s->kind == ENTRIES_RECORDS)
                return match_records(s, RECORD_VERDICT_ID_STR);
        return s->uids ? match_accounts(s) : match_message_ids(s->journal);
}

static int source_seek_head(EntrySource *source) {
        return sd_journal_seek_head(journal_source(source)->journal);
}

static int source_seek_tail(EntrySource *source) {
        return sd_journal_seek_tail(journal_source(source)->journal);
}

static int source_seek_time(EntrySource *source, uint64_t usec) {
        return sd_journal_seek_realtime_usec(journal_source(source)->journal, usec);
}

/* Whether the very entry is still there: seeking alone goes to the nearest. */
static int find_cursor(sd_journal *journal, const char *cursor) {
        int r;

        r = sd_journal_seek_cursor(journal, cursor);
        if (r < 0)
                return r;
        r = sd_journal_next(journal);
        if (r <= 0)
                return r < 0 ? r : -ESTALE;
        r = journal_is_at(journal, cursor);
        if (r <= 0)
                return r < 0 ? r : -ESTALE;
        return 0;
}

/* A cursor may be of an entry that is not visited: it is looked for among all. */
static int source_seek_cursor(EntrySource *source, const char *cursor) {
        JournalSource *s = journal_source(source);
        int r, q;

        sd_journal_flush_matches(s->journal);
        r = find_cursor(s->journal, cursor);
        q = add_matches(s);
        if (r < 0 || q < 0)
                return r < 0 ? r : q;
        return sd_journal_seek_cursor(s->journal, cursor);
}

static int source_step(EntrySource *source, bool back) {
        JournalSource *s = journal_source(source);
        sd_journal *journal = s->journal;
        bool placed = s->placed;
        int r;

        s->placed = false;
        if (placed && !back)
                return 1;
        r = back ? sd_journal_previous(journal) : sd_journal_next(journal);
        return r > 0 ? 1 : r;
}

static int source_read(EntrySource *source, Entry *ret) {
        sd_journal *journal = journal_source(source)->journal;
        const void *data;
        size_t n;
        int r;

        entry_reset(ret);
        r = sd_journal_get_realtime_usec(journal, &ret->realtime);
        if (r < 0)
                return r;
        r = sd_journal_get_cursor(journal, &ret->cursor);
        if (r < 0)
                return r;

        sd_journal_restart_data(journal);
        for (;;) {
                r = sd_journal_enumerate_available_data(journal, &data, &n);
                if (r <= 0)
                        return r;
                r = entry_add(ret, data, n);
                if (r < 0)
                        return r;
        }
}

static int source_position(EntrySource *source, char **ret) {
        _cleanup_journal_close_ sd_journal *journal = NULL;
        int r;

        /* A handle of its own: the other one must keep its place and its matches. */
        r = journal_open(journal_source(source)->directory, NULL, /* follow= */ false, &journal);
        if (r < 0)
                return r;
        r = sd_journal_seek_tail(journal);
        if (r < 0)
                return r;
        r = sd_journal_previous(journal);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret = NULL;
                return 0;
        }
        return sd_journal_get_cursor(journal, ret);
}

static int source_get_fd(EntrySource *source) {
        return sd_journal_get_fd(journal_source(source)->journal);
}

static int open_source(JournalSource *s, const JournalGrants *grants) {
        int r;

        r = journal_open(s->directory, grants, s->follow != NULL, &s->journal);
        if (r < 0)
                return r;
        if (s->follow) {
                /* From here on it is noticed when files come. */
                r = sd_journal_get_fd(s->journal);
                if (r < 0)
                        return r;
        }
        r = sd_journal_set_data_threshold(s->journal, 2 * (size_t) ENTRY_VALUE_MAX);
        return r < 0 ? r : add_matches(s);
}

/* The journal has moved, or there is more of it. */
static int open_anew(JournalSource *s) {
        int r;

        sd_journal_close(s->journal);
        s->journal = NULL;
        s->placed = false;
        r = open_source(s, NULL);
        if (r < 0)
                return r;

        r = journal_follow_seek(s->follow, s->journal);
        if (r == -ENODATA)
                return sd_journal_seek_head(s->journal);
        if (r > 0)
                s->placed = true;
        return r;
}

static int source_look(EntrySource *source, bool readable) {
        JournalSource *s = journal_source(source);
        int r;

        r = journal_follow_look(s->follow, s->journal, readable);
        if (r == JOURNAL_LOOK_REPLACED) {
                r = open_anew(s);
                return r < 0 ? r : 1;
        }
        return r < 0 ? r : r != JOURNAL_LOOK_NOTHING;
}

static int source_wait(EntrySource *source, int pipe_fd) {
        JournalSource *s = journal_source(source);
        int r;

        r = journal_follow_wait(s->follow, s->journal, pipe_fd);
        if (r == JOURNAL_LOOK_REPLACED) {
                r = open_anew(s);
                return r < 0 ? r : JOURNAL_LOOK_MORE;
        }
        return r;
}

static void source_free(EntrySource *source) {
        JournalSource *s = journal_source(source);

        sd_journal_close(s->journal);
        journal_follow_free(s->follow);
        free(s->directory);
        free(s->uids);
        free(s);
}

static const EntrySourceOps journal_source_ops = {
        .seek_head = source_seek_head,
        .seek_tail = source_seek_tail,
        .seek_time = source_seek_time,
        .seek_cursor = source_seek_cursor,
        .step = source_step,
        .read = source_read,
        .position = source_position,
        .get_fd = source_get_fd,
        .look = source_look,
        .wait = source_wait,
        .free = source_free,
};

int entry_source_new(const char *directory, const JournalGrants *grants, uid_t self, EntryKind kind,
        unsigned flags, EntrySource **ret) {
        _cleanup_(entry_source_freep) EntrySource *source = NULL;
        JournalSource *s;
        int r;

        s = calloc(1, sizeof(JournalSource));
        if (!s)
                return -ENOMEM;
        source = &s->source;
        *s = (JournalSource){ .source.ops = &journal_source_ops, .self = self, .kind = kind };

        if (directory) {
                s->directory = strdup(directory);
                if (!s->directory)
                        return -ENOMEM;
        }
        if (!grants->everyone && grants->n > 0 && grants->n <= MATCH_ACCOUNTS_MAX) {
                s->uids = calloc(grants->n, sizeof(uid_t));
                if (!s->uids)
                        return -ENOMEM;
                for (size_t i = 0; i < grants->n; i++)
                        s->uids[s->n_uids++] = grants->items[i].uid;
        }

        if ((flags & ENTRY_SOURCE_FOLLOWS) != 0) {
                r = journal_follow_new(directory, &s->follow);
                if (r < 0)
                        return r;
        }
        r = open_source(s, (flags & ENTRY_SOURCE_ALL_FILES) != 0 ? NULL : grants);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(source);
        return 0;
}

int entry_source_error(int error, Error *ret) {
        switch (-error) {
        case EINVAL:
                (void) error_set(ret, ERROR_INVALID_REQUEST, "That is no cursor of a journal.");
                break;
        case ESTALE:
                (void) error_set(ret, ERROR_INVALID_REQUEST,
                        "The journal has no entry at this cursor: it has been removed since, or is another machine's.");
                break;
        case ENOMEM:
                (void) error_set(ret, ERROR_INTERNAL, "Out of memory.");
                break;
        default:
                (void) error_set(
                        ret, ERROR_UNAVAILABLE, "The journal cannot be read: %s.", strerror(-error));
                break;
        }
        return error;
}
