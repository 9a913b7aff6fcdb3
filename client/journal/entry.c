/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An entry of the journal, see entry.h. */

#include "client/journal/entry.h"

#include "common/json-scan.h"

/* An entry, an array of values, and the bytes of one. */
#define ENTRY_DEPTH_MAX 3

void journal_entry_done(JournalEntry *entry) {
        free(entry->fields);
        buffer_done(&entry->bytes);
        *entry = JOURNAL_ENTRY_NULL;
}

/* The value that is being read, and where it stands. */
typedef struct Reading {
        JournalEntry *entry;
        size_t name;
        size_t name_length;
        bool several; /* within an array of which it is not known yet what it holds, or that holds values */
} Reading;

static int begin_value(Reading *reading, JournalValueKind kind, bool repeated) {
        JournalEntry *entry = reading->entry;

        if (entry->n == entry->allocated) {
                size_t allocated = MAX(2 * entry->allocated, (size_t) 32);
                JournalField *fields = reallocarray(entry->fields, allocated, sizeof(*fields));

                if (!fields)
                        return -ENOMEM;
                entry->fields = fields;
                entry->allocated = allocated;
        }
        entry->fields[entry->n++] = (JournalField){
                .name = reading->name,
                .name_length = reading->name_length,
                .value = entry->bytes.size,
                .kind = kind,
                .repeated = repeated,
        };
        return 0;
}

static int end_value(Reading *reading) {
        JournalField *field = reading->entry->fields + reading->entry->n - 1;

        field->length = reading->entry->bytes.size - field->value;
        return buffer_append(&reading->entry->bytes, "", 1);
}

/* A value that is complete in one event; NULL is null. */
static int add_value(Reading *reading, const char *text, size_t n, bool repeated) {
        int r;

        r = begin_value(reading, text ? JOURNAL_TEXT : JOURNAL_NONE, repeated);
        if (r >= 0 && n > 0)
                r = buffer_append(&reading->entry->bytes, text, n);
        return r < 0 ? r : end_value(reading);
}

static int add_byte(Reading *reading, const JsonEvent *event) {
        uint64_t byte;

        if (json_event_u64(event, &byte) < 0 || byte > UINT8_MAX)
                return -EBADMSG;
        return buffer_append(&reading->entry->bytes, &(char){ (char) byte }, 1);
}

static int read_name(Reading *reading, JsonEvent *event) {
        const char *text;
        int r;

        r = json_event_text(event, &text, &reading->name_length);
        if (r < 0)
                return r;
        reading->name = reading->entry->bytes.size;
        return buffer_append(&reading->entry->bytes, text, reading->name_length + 1);
}

/* Text, null, the begin and the end of bytes: at depth 1 the field's value, at depth 2 one of several. */
static int read_value(Reading *reading, JsonEvent *event, bool repeated) {
        const char *text = NULL;
        size_t n = 0;
        int r;

        switch (event->type) {
        case JSON_STRING:
                r = json_event_text(event, &text, &n);
                return r < 0 ? r : add_value(reading, text, n, repeated);
        case JSON_NULL:
                return add_value(reading, NULL, 0, repeated);
        case JSON_ARRAY_BEGIN:
                return begin_value(reading, JOURNAL_BYTES, repeated);
        case JSON_ARRAY_END:
                return end_value(reading);
        default:
                return -EBADMSG;
        }
}

/* What stands in a field's array. That it holds values and no bytes shows at the first of them: until then
 * the array counts as bytes. */
static int read_item(Reading *reading, JsonEvent *event) {
        if (event->type == JSON_NUMBER)
                return reading->several ? -EBADMSG : add_byte(reading, event);
        if (!reading->several) {
                const JournalField *begun = reading->entry->fields + reading->entry->n - 1;

                if (begun->value != reading->entry->bytes.size)
                        return -EBADMSG;
                reading->entry->n--;
                reading->several = true;
        }
        return read_value(reading, event, /* repeated= */ true);
}

static int take_event(JsonEvent *event, void *userdata) {
        Reading *reading = userdata;

        switch (event->depth) {
        case 0:
                return event->type == JSON_OBJECT_BEGIN || event->type == JSON_OBJECT_END ? 0 : -EBADMSG;
        case 1:
                if (event->type == JSON_KEY)
                        return read_name(reading, event);
                if (event->type == JSON_ARRAY_END && reading->several) {
                        reading->several = false;
                        return 0;
                }
                return read_value(reading, event, /* repeated= */ false);
        case 2:
                return read_item(reading, event);
        default:
                return event->type == JSON_NUMBER ? add_byte(reading, event) : -EBADMSG;
        }
}

int journal_entry_parse(JournalEntry *entry, const char *line, size_t n) {
        const JsonLimits limits = {
                .max_length = INT32_MAX, .max_depth = ENTRY_DEPTH_MAX, .max_members = UINT16_MAX
        };
        Reading reading = { .entry = entry };

        entry->n = 0;
        entry->bytes.size = 0;
        if (n > INT32_MAX)
                return -EMSGSIZE;
        return json_scan(line, n, &limits, take_event, &reading, NULL);
}

static bool is_named(const JournalEntry *entry, const JournalField *field, const char *name, size_t n) {
        return field->name_length == n && memcmp(journal_field_name(entry, field), name, n) == 0;
}

const JournalField *journal_entry_first(const JournalEntry *entry, const char *name) {
        size_t n = strlen(name);

        for (size_t i = 0; i < entry->n; i++)
                if (is_named(entry, entry->fields + i, name, n))
                        return entry->fields + i;
        return NULL;
}

const JournalField *journal_entry_last(const JournalEntry *entry, const char *name) {
        size_t n = strlen(name);

        for (size_t i = entry->n; i > 0; i--)
                if (is_named(entry, entry->fields + i - 1, name, n))
                        return entry->fields + i - 1;
        return NULL;
}

bool journal_entry_number(const JournalEntry *entry, const char *name, uint64_t *ret) {
        const JournalField *field = journal_entry_last(entry, name);
        const char *text;
        uint64_t v = 0;

        if (!field || field->length == 0)
                return false;
        text = journal_field_value(entry, field);
        for (size_t i = 0; i < field->length; i++)
                if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
                        __builtin_add_overflow(v, (uint64_t) (text[i] - '0'), &v))
                        return false;
        *ret = v;
        return true;
}

bool journal_field_is_address(const JournalEntry *entry, const JournalField *field) {
        return field->name_length > 2 && memcmp(journal_field_name(entry, field), "__", 2) == 0;
}
