/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Entries as JSON, see entry-json.h. Each field is written as it comes, and where its member lies is noted.
 * Only where a name comes twice the line is put together once more, with arrays.
 */

#include "daemon/journal/entry-json.h"

#include <inttypes.h>

#include "common/strv.h"

#if !HAVE_JOURNAL_SEQNUM
/* Newer than the library that this was built with; where the host's has it, journalctl shows it too. */
__attribute__((weak, visibility("default"))) extern int sd_journal_get_seqnum(
        sd_journal *journal, uint64_t *ret_seqnum, sd_id128_t *ret_seqnum_id);
#define seqnum_is_known() (sd_journal_get_seqnum != NULL)
#else
#define seqnum_is_known() true
#endif

/* Longest name of a field, journald's rule. */
#define FIELD_NAME_MAX 64
/* What is left of a line for short values when long ones have filled it. */
#define LINE_SLACK (8U * 1024U * 1024U)

struct EntryMember {
        size_t name, value, end; /* offsets into the buffer */
        uint32_t name_length;
        uint32_t hash;
        uint32_t next; /* of the same name, plus one */
        uint32_t last; /* of the first: the end of that chain */
        bool repeats;  /* another one of the name came before it */
};

void entry_json_done(EntryJson *e) {
        free(e->members);
        free(e->slots);
        buffer_done(&e->spare);
        *e = (EntryJson){};
}

static uint32_t hash_name(const char *name, size_t n) {
        uint32_t h = 2166136261U;

        for (size_t i = 0; i < n; i++)
                h = (h ^ (unsigned char) name[i]) * 16777619U;
        return h;
}

static bool name_is_valid(const char *name, size_t n) {
        if (n == 0 || n > FIELD_NAME_MAX || (name[0] >= '0' && name[0] <= '9'))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!(name[i] >= 'A' && name[i] <= 'Z') && !(name[i] >= '0' && name[i] <= '9') &&
                        name[i] != '_')
                        return false;
        return true;
}

static void put_slot(EntryJson *e, uint32_t hash, uint32_t value) {
        size_t i = hash & (e->n_slots - 1);

        while (e->slots[i] != 0)
                i = (i + 1) & (e->n_slots - 1);
        e->slots[i] = value;
}

/* Room for another member; the table is at most half full. Names are few in a journal: who floods it with
 * ones that collide makes entries that cost some milliseconds each. */
static int grow(EntryJson *e) {
        EntryMember *members;
        uint32_t *slots;
        size_t n = MAX(2 * e->n_members_allocated, (size_t) 64);

        members = reallocarray(e->members, n, sizeof(*members));
        if (!members)
                return -ENOMEM;
        e->members = members;

        slots = calloc(2 * n, sizeof(*slots));
        if (!slots)
                return -ENOMEM;
        free(e->slots);
        e->slots = slots;
        e->n_slots = 2 * n;
        e->n_members_allocated = n;
        for (size_t i = 0; i < e->n_members; i++)
                if (!e->members[i].repeats)
                        put_slot(e, e->members[i].hash, (uint32_t) i + 1);
        return 0;
}

/* The first member of that name, or NULL and in *ret_slot where it goes. */
static EntryMember *find(
        const EntryJson *e, const Buffer *b, const char *name, size_t n, uint32_t hash, size_t *ret_slot) {
        size_t i = hash & (e->n_slots - 1);

        for (; e->slots[i] != 0; i = (i + 1) & (e->n_slots - 1)) {
                EntryMember *m = e->members + e->slots[i] - 1;

                if (m->hash == hash && m->name_length == n && memcmp(b->data + m->name, name, n) == 0)
                        return m;
        }
        *ret_slot = i;
        return NULL;
}

static int append_value(const EntryJson *e, Buffer *b, const char *value, size_t n, size_t size) {
        if (size >= ENTRY_JSON_VALUE_MAX &&
                (!e->all || n > LINE_FIELD_MAX || b->size + 4 * n + LINE_SLACK > b->max))
                return buffer_append(b, "null", 4);
        return line_append_value(b, value, n);
}

static int append_member(
        EntryJson *e, Buffer *b, const char *name, size_t name_length, const char *value, size_t n) {
        uint32_t hash = hash_name(name, name_length);
        EntryMember *m, *first;
        size_t slot = 0;
        int r;

        if (e->n_members >= e->n_members_allocated) {
                r = grow(e);
                if (r < 0)
                        return r;
        }

        r = buffer_reserve(b, name_length + 4);
        if (r < 0)
                return r;
        first = find(e, b, name, name_length, hash, &slot);
        m = e->members + e->n_members;
        if (e->n_members > 0)
                b->data[b->size++] = ',';
        b->data[b->size++] = '"';
        *m = (EntryMember){ .name = b->size, .name_length = (uint32_t) name_length, .hash = hash };
        memcpy(b->data + b->size, name, name_length);
        b->size += name_length;
        b->data[b->size++] = '"';
        b->data[b->size++] = ':';
        m->value = b->size;

        r = append_value(e, b, value, n, name_length + 1 + n);
        if (r < 0)
                return r;
        m->end = b->size;

        e->n_members++;
        if (first) {
                m->repeats = true;
                if (first->next == 0)
                        first->next = (uint32_t) e->n_members;
                else
                        e->members[first->last - 1].next = (uint32_t) e->n_members;
                first->last = (uint32_t) e->n_members;
        } else
                e->slots[slot] = (uint32_t) e->n_members;
        return 0;
}

int entry_json_begin(EntryJson *e, Buffer *b) {
        if (e->n_members > 0)
                memset(e->slots, 0, e->n_slots * sizeof(*e->slots));
        e->n_members = 0;
        return buffer_append(b, "{", 1);
}

int entry_json_field(EntryJson *e, Buffer *b, const char *data, size_t size) {
        const char *equals;
        size_t n;

        equals = memchr(data, '=', MIN(size, (size_t) FIELD_NAME_MAX + 1));
        if (!equals)
                return 0;
        n = (size_t) (equals - data);
        if (!name_is_valid(data, n))
                return 0;

        if (e->fields) {
                bool wanted = false;

                STRV_FOREACH(field, e->fields)
                        if (strncmp(*field, data, n) == 0 && (*field)[n] == 0) {
                                wanted = true;
                                break;
                        }
                if (!wanted)
                        return 0;
        }
        return append_member(e, b, data, n, equals + 1, size - n - 1);
}

static bool has_repeats(const EntryJson *e) {
        for (size_t i = 0; i < e->n_members; i++)
                if (e->members[i].repeats)
                        return true;
        return false;
}

/* Writes the line once more, from `from` on, with arrays where a name was there before. */
static int join_repeats(EntryJson *e, Buffer *b) {
        size_t begin = e->members[0].name - 1;
        int r;

        if (e->spare.max == 0)
                e->spare = BUFFER_INIT(LINE_SIZE_MAX);
        e->spare.size = 0;

        r = 0;
        for (size_t i = 0; i < e->n_members && r >= 0; i++) {
                const EntryMember *m = e->members + i;

                if (m->repeats)
                        continue;
                if (i > 0)
                        r = buffer_append(&e->spare, ",", 1);
                if (r >= 0)
                        r = buffer_append(&e->spare, b->data + m->name - 1, m->value - m->name + 1);
                if (r >= 0 && m->next > 0)
                        r = buffer_append(&e->spare, "[", 1);
                if (r >= 0)
                        r = buffer_append(&e->spare, b->data + m->value, m->end - m->value);
                for (uint32_t next = m->next; next > 0 && r >= 0; next = e->members[next - 1].next) {
                        const EntryMember *other = e->members + next - 1;

                        r = buffer_append(&e->spare, ",", 1);
                        if (r >= 0)
                                r = buffer_append(
                                        &e->spare, b->data + other->value, other->end - other->value);
                        if (r >= 0 && other->next == 0)
                                r = buffer_append(&e->spare, "]", 1);
                }
        }
        if (r < 0)
                return r;

        b->size = begin;
        return buffer_append(b, e->spare.data, e->spare.size);
}

int entry_json_end(EntryJson *e, Buffer *b) {
        int r;

        if (has_repeats(e)) {
                r = join_repeats(e, b);
                if (r < 0)
                        return r;
        }
        return buffer_append(b, "}", 1);
}

static int append_number(EntryJson *e, Buffer *b, const char *name, uint64_t value) {
        char digits[sizeof("18446744073709551615")];
        int n;

        n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
        return append_member(e, b, name, strlen(name), digits, (size_t) n);
}

static int append_id(EntryJson *e, Buffer *b, const char *name, sd_id128_t id) {
        char text[SD_ID128_STRING_MAX];

        return append_member(
                e, b, name, strlen(name), sd_id128_to_string(id, text), SD_ID128_STRING_MAX - 1);
}

/* The members that are there whatever fields are asked for. */
static int append_addresses(EntryJson *e, sd_journal *journal, Buffer *b) {
        _cleanup_free_ char *cursor = NULL;
        uint64_t realtime, monotonic, seqnum;
        sd_id128_t boot, seqnum_id;
        int r;

        r = sd_journal_get_cursor(journal, &cursor);
        if (r >= 0)
                r = sd_journal_get_realtime_usec(journal, &realtime);
        if (r >= 0)
                r = sd_journal_get_monotonic_usec(journal, &monotonic, &boot);
        if (r < 0)
                return r;

        r = append_member(e, b, "__CURSOR", strlen("__CURSOR"), cursor, strlen(cursor));
        if (r >= 0)
                r = append_number(e, b, "__REALTIME_TIMESTAMP", realtime);
        if (r >= 0)
                r = append_number(e, b, "__MONOTONIC_TIMESTAMP", monotonic);
        if (r >= 0)
                r = append_id(e, b, "_BOOT_ID", boot);
        if (r < 0)
                return r;

        if (!seqnum_is_known())
                return 0;
        r = sd_journal_get_seqnum(journal, &seqnum, &seqnum_id);
        if (r >= 0)
                r = append_number(e, b, "__SEQNUM", seqnum);
        if (r >= 0)
                r = append_id(e, b, "__SEQNUM_ID", seqnum_id);
        return MIN(r, 0);
}

int entry_json_append(EntryJson *e, sd_journal *journal, Buffer *b) {
        const void *data;
        size_t size;
        int r;

        r = entry_json_begin(e, b);
        if (r < 0)
                return r;
        r = append_addresses(e, journal, b);
        if (r < 0)
                return r;

        /* What is cut off here is one byte longer than what would be written. */
        (void) sd_journal_set_data_threshold(
                journal, e->all ? LINE_FIELD_MAX + FIELD_NAME_MAX + 2 : ENTRY_JSON_VALUE_MAX);
        sd_journal_restart_data(journal);
        while ((r = sd_journal_enumerate_available_data(journal, &data, &size)) > 0) {
                /* It is among the addresses. */
                if (size >= strlen("_BOOT_ID=") && memcmp(data, "_BOOT_ID=", strlen("_BOOT_ID=")) == 0)
                        continue;
                r = entry_json_field(e, b, data, size);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        return entry_json_end(e, b);
}
