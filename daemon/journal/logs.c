/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * logs.read, see logs.h. Where an entry is asked for by place, by time and by number at once, it is as with
 * journalctl: cursors say where to begin, else the number counts from the newest.
 */

#include "daemon/journal/logs.h"

#include "common/strv.h"
#include "daemon/journal/boot.h"
#include "daemon/journal/entry-json.h"
#include "daemon/journal/grep.h"
#include "daemon/journal/journal-follow.h"
#include "daemon/journal/journal-open.h"
#include "daemon/journal/selection.h"

/* So few lines are looked for with many matches; more are read with few and judged. */
#define LINES_FEW 1000
/* After so many entries files that were rotated away are let go. */
#define PROCESS_INTERVAL 1024

/* Whether an entry is one of those asked for. */
typedef enum Verdict {
        VERDICT_NO,
        VERDICT_YES,
        VERDICT_BEYOND, /* neither it nor any behind it */
} Verdict;

typedef struct Logs {
        const Parameters *p;
        const char *directory;
        LineWriter *writer;
        Error *error;
        sd_journal *journal;
        JournalFollow *follow; /* NULL: it does not */
        Selection selection;
        Grep *grep;
        sd_id128_t boot; /* where one is asked for */
        EntryJson json;
        uint64_t lines; /* that may still be written; UNSIGNED_UNSET: any number */
        bool placed;    /* the journal is at an entry that has not been looked at */
} Logs;

static void logs_done(Logs *logs) {
        sd_journal_close(logs->journal);
        journal_follow_free(logs->follow);
        grep_free(logs->grep);
        entry_json_done(&logs->json);
}

static int failed(Logs *logs, int r) {
        if (error_is_set(logs->error))
                return r;
        errno = -r;
        return error_set(logs->error, r == -ENOMEM ? ERROR_INTERNAL : ERROR_UNAVAILABLE,
                "The journal cannot be read: %m.");
}

/* An entry that cannot be read is passed over: its file is damaged, or gone. */
static bool is_unreadable(int r) {
        return r == -EBADMSG || r == -EADDRNOTAVAIL || r == -EIO || r == -EPROTONOSUPPORT || r == -ENODATA ||
                r == -EUCLEAN || r == -EMSGSIZE;
}

static int add_matches_of(Logs *logs, const char *field, char *const *values) {
        int r;

        STRV_FOREACH(value, values) {
                _cleanup_free_ char *match = NULL;

                if (asprintf(&match, "%s=%s", field, *value) < 0)
                        return -ENOMEM;
                r = sd_journal_add_match(logs->journal, match, strlen(match));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_priorities(Logs *logs) {
        static const char *const names[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
                "debug" };
        char match[] = "PRIORITY=0";
        int r;

        STRV_FOREACH(priority, logs->p->priorities)
                for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                        if (!streq(*priority, names[i]))
                                continue;
                        match[strlen("PRIORITY=")] = (char) ('0' + i);
                        r = sd_journal_add_match(logs->journal, match, strlen(match));
                        if (r < 0)
                                return r;
                }
        return 0;
}

/* Finds the boot in all of the journal: the files of these accounts may not know every one. */
static int find_boot(Logs *logs) {
        _cleanup_journal_close_ sd_journal *journal = NULL;
        int r;

        r = journal_open(logs->directory, NULL, false, &journal);
        if (r < 0)
                return failed(logs, r);
        return boot_find(journal, logs->p->boot, &logs->boot, logs->error);
}

static int add_matches(Logs *logs) {
        const Parameters *p = logs->p;
        bool few = p->lines != UNSIGNED_UNSET && p->lines <= LINES_FEW;
        char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX], text[SD_ID128_STRING_MAX];
        int r;

        r = selection_add_matches(&logs->selection, logs->journal, few);
        if (r >= 0)
                r = sd_journal_add_conjunction(logs->journal);
        if (r >= 0)
                r = add_priorities(logs);
        if (r >= 0)
                r = add_matches_of(logs, "SYSLOG_IDENTIFIER", p->identifiers);
        if (r >= 0 && p->boot) {
                (void) snprintf(boot, sizeof(boot), "_BOOT_ID=%s", sd_id128_to_string(logs->boot, text));
                r = sd_journal_add_match(logs->journal, boot, strlen(boot));
        }
        return r < 0 ? failed(logs, r) : 0;
}

/* Whether the entry's message is one that was asked for. */
static int message_matches(Logs *logs) {
        const void *data;
        size_t size;
        int r;

        (void) sd_journal_set_data_threshold(logs->journal, GREP_SUBJECT_MAX);
        r = sd_journal_get_data(logs->journal, "MESSAGE", &data, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        return grep_match(logs->grep, (const char *) data + strlen("MESSAGE="), size - strlen("MESSAGE="),
                logs->error);
}

static int judge_times(Logs *logs, bool backwards, Verdict *ret) {
        const Parameters *p = logs->p;
        uint64_t time;
        int r;

        *ret = VERDICT_YES;
        if (p->since == UNSIGNED_UNSET && p->until == UNSIGNED_UNSET)
                return 0;

        r = sd_journal_get_realtime_usec(logs->journal, &time);
        if (r < 0)
                return r;
        if (p->since != UNSIGNED_UNSET && time < p->since)
                *ret = backwards ? VERDICT_BEYOND : VERDICT_NO;
        else if (p->until != UNSIGNED_UNSET && time > p->until)
                *ret = backwards ? VERDICT_NO : VERDICT_BEYOND;
        return 0;
}

/* Judges the entry that the journal is at. */
static int judge(Logs *logs, bool backwards, Verdict *ret) {
        int r;

        r = judge_times(logs, backwards, ret);
        if (r < 0 || *ret != VERDICT_YES)
                return r;

        if (logs->selection.judge) {
                r = selection_covers(&logs->selection, logs->journal);
                if (r <= 0) {
                        *ret = VERDICT_NO;
                        return r;
                }
        }
        if (logs->grep) {
                r = message_matches(logs);
                if (r <= 0) {
                        *ret = VERDICT_NO;
                        return r;
                }
        }
        return 0;
}

static int judge_readable(Logs *logs, bool backwards, Verdict *ret) {
        int r;

        r = judge(logs, backwards, ret);
        if (r < 0 && !error_is_set(logs->error) && is_unreadable(r)) {
                *ret = VERDICT_NO;
                return 0;
        }
        return r < 0 ? failed(logs, r) : 0;
}

static int step(Logs *logs, bool backwards) {
        int r;

        r = backwards ? sd_journal_previous(logs->journal) : sd_journal_next(logs->journal);
        return r < 0 ? failed(logs, r) : r;
}

/* Goes to behind the last entry that may be asked for. */
static int seek_end(Logs *logs) {
        int r;

        /* An entry at just that time is asked for. */
        if (logs->p->until != UNSIGNED_UNSET)
                r = sd_journal_seek_realtime_usec(logs->journal, logs->p->until + 1);
        else
                r = sd_journal_seek_tail(logs->journal);
        return r < 0 ? failed(logs, r) : 0;
}

static int seek_begin(Logs *logs) {
        int r;

        if (logs->p->since != UNSIGNED_UNSET)
                r = sd_journal_seek_realtime_usec(logs->journal, logs->p->since);
        else
                r = sd_journal_seek_head(logs->journal);
        return r < 0 ? failed(logs, r) : 0;
}

/* Goes to the first of the newest entries, as many as asked for. */
static int seek_newest(Logs *logs) {
        uint64_t found = 0;
        int r;

        r = seek_end(logs);
        if (r < 0)
                return r;

        for (;;) {
                Verdict verdict;

                r = step(logs, /* backwards= */ true);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                if (logs->lines == 0)
                        return 0; /* what comes behind this one is new */
                r = judge_readable(logs, /* backwards= */ true, &verdict);
                if (r < 0)
                        return r;
                if (verdict == VERDICT_BEYOND)
                        return 0;
                if (verdict == VERDICT_YES && ++found >= logs->lines) {
                        logs->placed = true;
                        return 0;
                }
        }

        /* There are not that many. From the end of a journal that has nothing of ours, sd_journal_next()
         * would never find what comes. */
        return seek_begin(logs);
}

static int seek_cursor(Logs *logs) {
        const Parameters *p = logs->p;
        const char *cursor = p->cursor ? p->cursor : p->after_cursor;
        int r;

        r = sd_journal_seek_cursor(logs->journal, cursor);
        if (r < 0)
                return failed(logs, r);
        r = step(logs, p->reverse);
        if (r <= 0)
                return r;

        logs->placed = true;
        if (p->after_cursor && journal_is_at(logs->journal, cursor) > 0)
                logs->placed = false;
        return 0;
}

static int seek(Logs *logs) {
        const Parameters *p = logs->p;

        if (p->cursor || p->after_cursor)
                return seek_cursor(logs);
        if (p->reverse)
                return seek_end(logs);
        if (p->lines != UNSIGNED_UNSET)
                return seek_newest(logs);
        return seek_begin(logs);
}

static int write_entry(Logs *logs) {
        int r;

        r = entry_json_append(&logs->json, logs->journal, &logs->writer->buffer);
        if (r < 0) {
                line_writer_drop_line(logs->writer);
                return is_unreadable(r) ? 0 : failed(logs, r);
        }
        r = line_writer_end_line(logs->writer);
        if (r < 0)
                return r;
        if (logs->lines != UNSIGNED_UNSET && logs->lines > 0)
                logs->lines--;
        return 0;
}

/* Whether no more entries are wanted. Who follows wants those that come, however many there were. */
static bool is_enough(const Logs *logs) {
        return logs->lines == 0 && !logs->p->follow;
}

/* Writes entries up to the end of the journal. Returns 1 where it may go on, 0 where all is written. */
static int write_entries(Logs *logs) {
        uint64_t n = 0;
        int r;

        while (!is_enough(logs)) {
                Verdict verdict;

                if (!logs->placed) {
                        r = step(logs, logs->p->reverse);
                        if (r <= 0)
                                return r < 0 ? r : 1;
                }
                logs->placed = false;

                r = judge_readable(logs, logs->p->reverse, &verdict);
                if (r < 0)
                        return r;
                if (verdict == VERDICT_BEYOND)
                        return 0;
                if (verdict == VERDICT_YES) {
                        r = write_entry(logs);
                        if (r < 0)
                                return r;
                }

                if (++n % PROCESS_INTERVAL == 0 && logs->p->follow) {
                        journal_follow_note(logs->follow, logs->journal);
                        r = sd_journal_process(logs->journal);
                        if (r < 0)
                                return failed(logs, r);
                }
        }
        return 0;
}

static int open_journal(Logs *logs, const JournalGrants *grants) {
        int r;

        r = journal_open(logs->directory, grants, logs->follow != NULL, &logs->journal);
        if (r < 0)
                return failed(logs, r);
        if (logs->follow) {
                /* From here on it is noticed when files come. */
                r = sd_journal_get_fd(logs->journal);
                if (r < 0)
                        return failed(logs, r);
        }
        return 0;
}

/* The journal has moved, or there is more of it: goes on behind the last entry. */
static int open_anew(Logs *logs) {
        int r;

        sd_journal_close(logs->journal);
        logs->journal = NULL;
        logs->placed = false;
        r = open_journal(logs, NULL);
        if (r >= 0)
                r = add_matches(logs);
        if (r < 0)
                return r;

        r = journal_follow_seek(logs->follow, logs->journal);
        if (r == -ENODATA)
                /* There has been none: all are new that are asked for. */
                return logs->p->cursor || logs->p->after_cursor ? seek_cursor(logs) : seek_begin(logs);
        if (r > 0)
                logs->placed = true;
        return r < 0 ? failed(logs, r) : 0;
}

static int follow(Logs *logs) {
        int r;

        for (;;) {
                r = line_writer_flush(logs->writer);
                if (r < 0)
                        return r;
                r = journal_follow_wait(logs->follow, logs->journal, logs->writer->fd);
                if (r < 0)
                        return failed(logs, r);
                if (r == JOURNAL_LOOK_GONE)
                        return -EPIPE;
                if (r == JOURNAL_LOOK_REPLACED) {
                        r = open_anew(logs);
                        if (r < 0)
                                return r;
                }
                r = write_entries(logs);
                if (r <= 0)
                        return r;
        }
}

static int check(Logs *logs, const Query *query) {
        const Parameters *p = logs->p;

        if (query->grants.everyone)
                return error_set(logs->error, ERROR_INTERNAL, "Logs are granted account by account.");
        if (p->cursor && p->after_cursor)
                return error_set(logs->error, ERROR_INVALID_REQUEST, "There can be one cursor only.");
        if (p->follow && p->reverse)
                return error_set(
                        logs->error, ERROR_INVALID_REQUEST, "What is to come cannot be read newest first.");
        if (p->case_sensitive && p->case_insensitive)
                return error_set(logs->error, ERROR_INVALID_REQUEST,
                        "The case of letters either counts or does not count.");
        return 0;
}

static int prepare(Logs *logs, const Query *query) {
        const Parameters *p = logs->p;
        int r;

        r = check(logs, query);
        if (r < 0)
                return r;

        if (p->grep) {
                r = grep_new(p->grep,
                        p->case_sensitive             ? GREP_CASE_SENSITIVE
                                : p->case_insensitive ? GREP_CASE_INSENSITIVE
                                                      : GREP_CASE_AUTO,
                        &logs->grep, logs->error);
                if (r < 0)
                        return r;
        }

        if (p->follow) {
                r = journal_follow_new(logs->directory, &logs->follow);
                if (r < 0)
                        return failed(logs, r);
        }
        r = open_journal(logs, &query->grants);
        if (r < 0)
                return r;
        if (p->cursor || p->after_cursor) {
                r = cursor_check(logs->journal, p->cursor ? p->cursor : p->after_cursor, logs->error);
                if (r < 0)
                        return r;
        }

        if (p->boot) {
                r = find_boot(logs);
                if (r < 0)
                        return r;
        }
        selection_init(&logs->selection, &query->grants);
        r = add_matches(logs);
        if (r < 0)
                return r;
        return seek(logs);
}

int logs_read(const Query *query, const char *directory, LineWriter *writer, Error *error) {
        _cleanup_(logs_done) Logs logs = {
                .p = &query->parameters,
                .directory = directory,
                .writer = writer,
                .error = error,
                .lines = query->parameters.lines,
                .json = { .all = query->parameters.all, .fields = query->parameters.fields },
        };
        int r;

        r = prepare(&logs, query);
        if (r < 0)
                return r;

        r = write_entries(&logs);
        if (r > 0 && logs.p->follow)
                r = follow(&logs);
        return MIN(r, 0);
}
