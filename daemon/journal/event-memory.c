/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What managers said just before, see event-memory.h. */

#include "daemon/journal/event-memory.h"

struct EventMemory {
        EventRow *rows;
        size_t n;
        size_t allocated;
};

int event_memory_new(EventMemory **ret) {
        EventMemory *memory;

        memory = calloc(1, sizeof(EventMemory));
        if (!memory)
                return -ENOMEM;
        *ret = memory;
        return 0;
}

EventMemory *event_memory_free(EventMemory *memory) {
        if (!memory)
                return NULL;
        free(memory->rows);
        free(memory);
        return NULL;
}

void event_memory_clear(EventMemory *memory) {
        memory->n = 0;
}

/* FNV-1a. Two names of one account that hash alike are mixed up, which is that account's own affair. */
static uint64_t hash_name(const char *s) {
        uint64_t h = UINT64_C(0xCBF29CE484222325);

        for (; *s; s++)
                h = (h ^ (unsigned char) *s) * UINT64_C(0x100000001B3);
        return h;
}

bool event_is_recent(uint64_t now, uint64_t then) {
        return (now >= then ? now - then : then - now) <= EVENT_MEMORY_USEC;
}

EventRow *event_memory_find(EventMemory *memory, uid_t uid, const char *unit) {
        uint64_t hash = hash_name(unit);

        for (size_t i = 0; memory && i < memory->n; i++)
                if (memory->rows[i].uid == uid && memory->rows[i].unit == hash)
                        return memory->rows + i;
        return NULL;
}

/* The row that a new one may take the place of: the account's own oldest where it has many, one that is out
 * of date, or the oldest where there is no room. NULL: none need go. */
static EventRow *find_victim(EventMemory *memory, uid_t uid, uint64_t now) {
        EventRow *own = NULL, *oldest = NULL;
        size_t n_own = 0;

        for (size_t i = 0; i < memory->n; i++) {
                EventRow *row = memory->rows + i;

                if (!oldest || row->touched < oldest->touched)
                        oldest = row;
                if (row->uid != uid)
                        continue;
                n_own++;
                if (!own || row->touched < own->touched)
                        own = row;
        }

        if (n_own >= EVENT_MEMORY_ROWS_PER_UID_MAX)
                return own;
        if (oldest && (memory->n >= EVENT_MEMORY_ROWS_MAX || !event_is_recent(now, oldest->touched)))
                return oldest;
        return NULL;
}

static EventRow *append_row(EventMemory *memory) {
        EventRow *rows;
        size_t n;

        if (memory->n == memory->allocated) {
                n = memory->allocated == 0 ? 16 : memory->allocated * 2;
                rows = reallocarray(memory->rows, n, sizeof(EventRow));
                if (!rows)
                        return NULL;
                memory->rows = rows;
                memory->allocated = n;
        }
        return memory->rows + memory->n++;
}

EventRow *event_memory_get(EventMemory *memory, uid_t uid, const char *unit, uint64_t now) {
        EventRow *row;

        if (!memory)
                return NULL;

        row = event_memory_find(memory, uid, unit);
        if (row) {
                row->touched = now;
                return row;
        }

        row = find_victim(memory, uid, now);
        if (!row)
                row = append_row(memory);
        if (!row)
                return NULL;
        *row = (EventRow){
                .uid = uid,
                .unit = hash_name(unit),
                .touched = now,
                .restarts = EVENT_RESTARTS_NONE,
        };
        return row;
}
