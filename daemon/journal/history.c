/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records as lines, see history.h. */

#include "daemon/journal/history.h"

#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/journal/account-names.h"
#include "daemon/journal/event.h"
#include "daemon/journal/events-list.h"
#include "daemon/record.h"

typedef struct HistoryReader {
        const Query *query;
        uid_t self;
} HistoryReader;

/* How a field of the record is called in the line, and what it is. */
typedef enum RecordValue {
        VALUE_TEXT,
        VALUE_NUMBER,
        VALUE_YES_NO,
} RecordValue;

static const struct {
        const char *name;
        EntryField field;
        RecordValue value;
} members[] = {
        { "request", ENTRY_USERUNIT_REQUEST, VALUE_TEXT },
        { "caller_uid", ENTRY_USERUNIT_CALLER_UID, VALUE_NUMBER },
        { "caller", ENTRY_USERUNIT_CALLER, VALUE_TEXT },
        { "account", ENTRY_USERUNIT_ACCOUNT, VALUE_TEXT },
        { "uid", ENTRY_USERUNIT_ACCOUNT_UID, VALUE_NUMBER },
        { "unit", ENTRY_USERUNIT_UNIT, VALUE_TEXT },
        { "verb", ENTRY_USERUNIT_VERB, VALUE_TEXT },
        { "method", ENTRY_USERUNIT_METHOD, VALUE_TEXT },
        { "action", ENTRY_USERUNIT_ACTION, VALUE_TEXT },
        { "polkit", ENTRY_USERUNIT_POLKIT, VALUE_TEXT },
        { "verdict", ENTRY_USERUNIT_VERDICT, VALUE_TEXT },
        { "error_name", ENTRY_USERUNIT_ERROR, VALUE_TEXT },
        { "digest", ENTRY_USERUNIT_DIGEST, VALUE_TEXT },
        { "count", ENTRY_USERUNIT_COUNT, VALUE_NUMBER },
        { "result", ENTRY_USERUNIT_RESULT, VALUE_TEXT },
        { "changed", ENTRY_USERUNIT_CHANGED, VALUE_YES_NO },
        { "duration_usec", ENTRY_USERUNIT_DURATION_USEC, VALUE_NUMBER },
        { "digest_before", ENTRY_USERUNIT_DIGEST_BEFORE, VALUE_TEXT },
        { "digest_after", ENTRY_USERUNIT_DIGEST_AFTER, VALUE_TEXT },
        { "message", ENTRY_MESSAGE, VALUE_TEXT },
};

/* Which record it is, or NULL where it is none of ours: nobody else runs in our unit as our uid. */
static const char *record_of(const Entry *entry, uid_t self) {
        uid_t uid;

        if (self == EVENT_UID_NONE || !entry_uid(entry, ENTRY__UID, &uid) || uid != self ||
                !entry_is(entry, ENTRY__SYSTEMD_UNIT, "userunitd.service"))
                return NULL;
        if (entry_is(entry, ENTRY_MESSAGE_ID, RECORD_OUTCOME_ID_STR))
                return "outcome";
        if (!entry_is(entry, ENTRY_MESSAGE_ID, RECORD_VERDICT_ID_STR))
                return NULL;
        return entry_bytes(entry, ENTRY_USERUNIT_COUNT, NULL) ? "count" : "verdict";
}

/* The whole value where it is a C string: a record's values never hold a NUL. */
static const char *record_text(const Entry *entry, EntryField field) {
        size_t n;
        const char *s = entry_bytes(entry, field, &n);

        return s && strlen(s) == n ? s : NULL;
}

/* A record without uid was written before the account was looked up, or counts: there is its name alone. */
static bool wants_name(const Query *query, const char *name) {
        const Parameters *p = &query->parameters;

        if (!query->grants.everyone) {
                for (size_t i = 0; name && i < query->grants.n; i++)
                        if (query->grants.items[i].whole && streq_ptr(query->grants.items[i].account, name))
                                return true;
                return false;
        }
        if (p->targets || p->units)
                return false;
        if (!p->accounts)
                return true;
        STRV_FOREACH(pattern, p->accounts)
                if (name && pattern_match(*pattern, name))
                        return true;
        return false;
}

static bool wants_place(const Query *query, const Entry *entry) {
        uid_t uid;

        if (entry_uid(entry, ENTRY_USERUNIT_ACCOUNT_UID, &uid))
                return query_wants(query, uid, record_text(entry, ENTRY_USERUNIT_UNIT));
        return wants_name(query, record_text(entry, ENTRY_USERUNIT_ACCOUNT));
}

static bool is_one_of(const Entry *entry, EntryField field, char *const *values) {
        STRV_FOREACH(value, values)
                if (entry_is(entry, field, *value))
                        return true;
        return false;
}

static bool wants_record(const Query *query, const Entry *entry, const char *record) {
        const Parameters *p = &query->parameters;

        if (p->callers && !is_one_of(entry, ENTRY_USERUNIT_CALLER_UID, p->callers))
                return false;
        if (p->verbs && !is_one_of(entry, ENTRY_USERUNIT_VERB, p->verbs) &&
                !is_one_of(entry, ENTRY_USERUNIT_METHOD, p->verbs))
                return false;
        if (p->verdicts) {
                /* Only what was granted has an outcome. */
                bool wanted = streq(record, "outcome")
                        ? strv_contains(p->verdicts, "granted")
                        : is_one_of(entry, ENTRY_USERUNIT_VERDICT, p->verdicts);

                if (!wanted)
                        return false;
        }
        return wants_place(query, entry);
}

static void write_member(const Entry *entry, size_t i, JsonWriter *w) {
        const char *s;
        uint64_t v;
        size_t n;

        s = entry_bytes(entry, members[i].field, &n);
        if (!s)
                return;

        switch (members[i].value) {
        case VALUE_TEXT:
                json_write_key(w, members[i].name);
                json_write_string_n(w, s, n);
                return;
        case VALUE_NUMBER:
                if (entry_number(entry, members[i].field, &v))
                        json_write_key_u64(w, members[i].name, v);
                return;
        case VALUE_YES_NO:
                json_write_key_bool(w, members[i].name, streq(s, "yes"));
                return;
        }
}

static int look_at_record(const Entry *entry, JsonWriter *w, void *userdata) {
        const HistoryReader *reader = userdata;
        const char *record;

        record = record_of(entry, reader->self);
        if (!record || !wants_record(reader->query, entry, record))
                return 0;
        if (!w)
                return 1;

        json_begin_object(w);
        json_write_key_u64(w, "time", entry->realtime);
        json_write_key_string(w, "cursor", entry->cursor);
        json_write_key_string(w, "record", record);
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                write_member(entry, i, w);
        json_end_object(w);
        return 1;
}

int history_list_from(EntrySource *source, const Query *query, uid_t self, LineWriter *out, Error *error) {
        HistoryReader reader = { .query = query, .self = self };
        const PastReader past_reader = { .look = look_at_record, .userdata = &reader };
        const Parameters *p = &query->parameters;
        const Past past = {
                .since = p->since,
                .until = p->until,
                .lines = p->lines,
                .reverse = p->reverse,
                .after_cursor = p->after_cursor,
        };
        int r;

        r = past_write(source, &past_reader, &past, out, error);
        if (r < 0 || !p->follow)
                return r;
        return past_follow(source, &past_reader, out, error);
}

int history_list(const Query *query, const char *directory, LineWriter *out, Error *error) {
        _cleanup_(account_names_freep) AccountNames *names = NULL;
        _cleanup_(entry_source_freep) EntrySource *source = NULL;
        unsigned flags = 0;
        uid_t self;
        int r;

        r = account_names_new(NULL, &names);
        if (r < 0)
                return entry_source_error(r, error);
        self = account_names_find(names, SELF_ACCOUNT);

        /* Records are in the system's files, whoever they are about. */
        if (query->parameters.follow)
                flags |= ENTRY_SOURCE_FOLLOWS;
        if (query->parameters.after_cursor)
                flags |= ENTRY_SOURCE_ALL_FILES;
        r = entry_source_new(directory, &query->grants, self, ENTRIES_RECORDS, flags, &source);
        if (r < 0)
                return entry_source_error(r, error);
        return history_list_from(source, query, self, out, error);
}
