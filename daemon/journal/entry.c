/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Copies of journal entries, see entry.h. */

#include "daemon/journal/entry.h"

#include "common/utf8.h"

#define NAME(field) [ENTRY_##field] = #field

static const char *const field_names[_ENTRY_FIELD_MAX] = {
        NAME(MESSAGE),
        NAME(MESSAGE_ID),
        NAME(_PID),
        NAME(_UID),
        NAME(_SYSTEMD_UNIT),
        NAME(UNIT),
        NAME(USER_UNIT),
        NAME(INVOCATION_ID),
        NAME(USER_INVOCATION_ID),
        NAME(JOB_TYPE),
        NAME(JOB_RESULT),
        NAME(UNIT_RESULT),
        NAME(EXIT_CODE),
        NAME(EXIT_STATUS),
        NAME(N_RESTARTS),
        NAME(COREDUMP_UID),
        NAME(COREDUMP_USER_UNIT),
        NAME(COREDUMP_SIGNAL_NAME),
        NAME(USERUNIT_REQUEST),
        NAME(USERUNIT_CALLER_UID),
        NAME(USERUNIT_CALLER),
        NAME(USERUNIT_ACCOUNT),
        NAME(USERUNIT_ACCOUNT_UID),
        NAME(USERUNIT_UNIT),
        NAME(USERUNIT_VERB),
        NAME(USERUNIT_METHOD),
        NAME(USERUNIT_ACTION),
        NAME(USERUNIT_POLKIT),
        NAME(USERUNIT_VERDICT),
        NAME(USERUNIT_ERROR),
        NAME(USERUNIT_EVENT),
        NAME(USERUNIT_DIGEST),
        NAME(USERUNIT_COUNT),
        NAME(USERUNIT_RESULT),
        NAME(USERUNIT_CHANGED),
        NAME(USERUNIT_DURATION_USEC),
        NAME(USERUNIT_DIGEST_BEFORE),
        NAME(USERUNIT_DIGEST_AFTER),
};

void entry_done(Entry *entry) {
        free(entry->cursor);
        buffer_done(&entry->values);
        *entry = ENTRY_NULL;
}

void entry_reset(Entry *entry) {
        free(entry->cursor);
        entry->cursor = NULL;
        entry->realtime = 0;
        entry->values.size = 0;
        memset(entry->fields, 0, sizeof(entry->fields));
}

static EntryField find_field(const char *name, size_t n) {
        for (EntryField i = 0; i < _ENTRY_FIELD_MAX; i++)
                if (strncmp(field_names[i], name, n) == 0 && field_names[i][n] == 0)
                        return i;
        return _ENTRY_FIELD_MAX;
}

int entry_add(Entry *entry, const char *data, size_t n) {
        const char *equals = memchr(data, '=', n), *value;
        EntryField field;
        EntryValue *v;
        size_t size;
        int r;

        if (!equals)
                return 0;
        field = find_field(data, (size_t) (equals - data));
        if (field == _ENTRY_FIELD_MAX)
                return 0;

        v = entry->fields + field;
        value = equals + 1;
        size = n - (size_t) (value - data);
        if (v->set) {
                if (size != v->size || memcmp(entry->values.data + v->offset, value, size) != 0)
                        v->ambiguous = true;
                return 0;
        }
        if (size > ENTRY_VALUE_MAX) {
                if (field != ENTRY_MESSAGE)
                        return 0;
                size = ENTRY_VALUE_MAX;
        }

        r = buffer_reserve(&entry->values, size + 1);
        if (r < 0)
                return r;
        *v = (EntryValue){ .offset = (uint32_t) entry->values.size, .size = (uint32_t) size, .set = true };
        (void) buffer_append(&entry->values, value, size);
        (void) buffer_append(&entry->values, "", 1);
        return 0;
}

const char *entry_bytes(const Entry *entry, EntryField field, size_t *ret_size) {
        const EntryValue *v = entry->fields + field;

        if (!v->set)
                return NULL;
        if (ret_size)
                *ret_size = v->size;
        return entry->values.data + v->offset;
}

static bool has_control(const char *s, size_t n) {
        for (size_t i = 0; i < n; i++)
                if ((unsigned char) s[i] < ' ' || s[i] == 0x7F)
                        return true;
        return false;
}

const char *entry_text(const Entry *entry, EntryField field, size_t max) {
        const char *s;
        size_t n;

        s = entry_bytes(entry, field, &n);
        if (!s || n == 0 || n > max || has_control(s, n) || !utf8_is_valid(s, n))
                return NULL;
        return s;
}

bool entry_is(const Entry *entry, EntryField field, const char *text) {
        const char *s;
        size_t n;

        s = entry_bytes(entry, field, &n);
        return s && !entry->fields[field].ambiguous && n == strlen(text) && memcmp(s, text, n) == 0;
}

/* So many digits always fit. */
#define DIGITS_MAX 18

static bool parse_digits(const char *s, size_t n, uint64_t *ret) {
        uint64_t v = 0;

        if (n == 0 || n > DIGITS_MAX)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (s[i] < '0' || s[i] > '9')
                        return false;
                v = v * 10 + (uint64_t) (s[i] - '0');
        }
        *ret = v;
        return true;
}

bool entry_number(const Entry *entry, EntryField field, uint64_t *ret) {
        const char *s;
        size_t n;

        s = entry_bytes(entry, field, &n);
        return s && !entry->fields[field].ambiguous && parse_digits(s, n, ret);
}

static bool uid_from_number(uint64_t v, uid_t *ret) {
        if (v >= UINT32_MAX || v == UINT16_MAX)
                return false;
        *ret = (uid_t) v;
        return true;
}

bool entry_uid(const Entry *entry, EntryField field, uid_t *ret) {
        uint64_t v;

        return entry_number(entry, field, &v) && uid_from_number(v, ret);
}

bool entry_manager_uid(const Entry *entry, EntryField field, uid_t *ret) {
        static const char prefix[] = "user@", suffix[] = ".service";
        const char *s;
        uint64_t v;
        size_t n;

        s = entry_bytes(entry, field, &n);
        if (!s || entry->fields[field].ambiguous || n < strlen(prefix) + strlen(suffix))
                return false;
        if (memcmp(s, prefix, strlen(prefix)) != 0 ||
                memcmp(s + n - strlen(suffix), suffix, strlen(suffix)) != 0)
                return false;
        s += strlen(prefix);
        n -= strlen(prefix) + strlen(suffix);
        /* One name for each: no leading zero. */
        if (n > 1 && *s == '0')
                return false;
        return parse_digits(s, n, &v) && uid_from_number(v, ret);
}
