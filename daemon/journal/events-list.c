/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Past events, see events-list.h. */

#include "daemon/journal/events-list.h"

#include "common/strv.h"

typedef struct EventsReader {
        const Query *query;
        AccountNames *names;
        uid_t self;
        uint32_t kinds;
        EventMemory *memory;
} EventsReader;

uint32_t event_kinds(char *const *events) {
        uint32_t kinds = 0;

        if (!events)
                return UINT32_MAX;
        STRV_FOREACH(name, events) {
                EventKind kind = event_kind_from_string(*name);

                if (kind >= 0)
                        kinds |= UINT32_C(1) << kind;
        }
        return kinds;
}

static int look_at_event(const Entry *entry, JsonWriter *w, void *userdata) {
        EventsReader *reader = userdata;
        const char *account;
        Event event;
        int r;

        r = event_from_entry(entry, reader->self, reader->memory, &event);
        if (r <= 0)
                return r;
        if ((reader->kinds & UINT32_C(1) << event.kind) == 0 ||
                !query_wants(reader->query, event.uid, event.unit))
                return 0;
        if (!w)
                return 1;

        account = grants_account(&reader->query->grants, event.uid);
        event_write(&event, entry, account ? account : account_names_get(reader->names, event.uid), w);
        return 1;
}

static void forget(void *userdata) {
        EventsReader *reader = userdata;

        event_memory_clear(reader->memory);
}

int events_list_from(EntrySource *source, const Query *query, AccountNames *names, uid_t self,
        const Past *past, LineWriter *out, Error *error) {
        _cleanup_(event_memory_freep) EventMemory *memory = NULL;
        EventsReader reader = {
                .query = query,
                .names = names,
                .self = self,
                .kinds = event_kinds(query->parameters.events),
        };
        const PastReader past_reader = {
                .look = look_at_event,
                .reset = forget,
                .memory_usec = EVENT_MEMORY_USEC,
                .userdata = &reader,
        };
        int r;

        r = event_memory_new(&memory);
        if (r < 0)
                return entry_source_error(r, error);
        reader.memory = memory;
        return past_write(source, &past_reader, past, out, error);
}

int events_list(const Query *query, const char *directory, LineWriter *out, Error *error) {
        _cleanup_(account_names_freep) AccountNames *names = NULL;
        _cleanup_(entry_source_freep) EntrySource *source = NULL;
        const Parameters *p = &query->parameters;
        Past past = {
                .since = p->since,
                .until = p->until,
                .lines = p->lines,
                .reverse = p->reverse,
                .after_cursor = p->after_cursor,
        };
        uid_t self;
        int r;

        r = account_names_new(NULL, &names);
        if (r < 0)
                return entry_source_error(r, error);
        self = account_names_find(names, SELF_ACCOUNT);
        r = entry_source_new(directory, &query->grants, self, ENTRIES_EVENTS,
                p->after_cursor ? ENTRY_SOURCE_ALL_FILES : 0, &source);
        if (r < 0)
                return entry_source_error(r, error);
        return events_list_from(source, query, names, self, &past, out, error);
}
