/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries as lines, and lines in a pipe. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>

#include "common/json-scan.h"
#include "daemon/journal/entry-json.h"

static void check_value(const char *value, size_t n, const char *expected) {
        Buffer b = BUFFER_INIT(LINE_SIZE_MAX);

        assert_int_equal(line_append_value(&b, value, n), 0);
        assert_int_equal(b.size, strlen(expected));
        assert_memory_equal(b.data, expected, b.size);
        buffer_done(&b);
}

static void test_values(void **state) {
        static const struct {
                const char *value, *expected;
        } cases[] = {
                { "", "\"\"" },
                { "plain", "\"plain\"" },
                { "\"\\/", "\"\\\"\\\\/\"" },
                { "a\nb\tc", "\"a\\nb\\tc\"" },
                { "\xE2\x82\xAC", "\"\xE2\x82\xAC\"" },
                { "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"" },
                { "\xC2\xA0", "\"\xC2\xA0\"" },
                /* control characters, also C1 and DEL */
                { "\x1B[m", "[27,91,109]" },
                { "a\r", "[97,13]" },
                { "\x7F", "[127]" },
                { "\xC2\x85", "[194,133]" },
                /* invalid: a lone byte, overlong, a surrogate, cut off, too large, no character */
                { "\xFF", "[255]" },
                { "\xC0\xAF", "[192,175]" },
                { "\xED\xA0\x80", "[237,160,128]" },
                { "x\xE2\x82", "[120,226,130]" },
                { "\xF4\x90\x80\x80", "[244,144,128,128]" },
                { "\xEF\xBF\xBE", "[239,191,190]" },
                { "\xEF\xB7\x90", "[239,183,144]" },
                { "\xF0\x9F\xBF\xBF", "[240,159,191,191]" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_value(cases[i].value, strlen(cases[i].value), cases[i].expected);
        check_value("a\0b", 3, "[97,0,98]");
        check_value("\0", 1, "[0]");
}

static char *entry_line(EntryJson *e, const char *const *fields, size_t n) {
        Buffer b = BUFFER_INIT(LINE_SIZE_MAX);
        char *line;

        assert_int_equal(entry_json_begin(e, &b), 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(entry_json_field(e, &b, fields[i], strlen(fields[i])), 0);
        assert_int_equal(entry_json_end(e, &b), 0);
        assert_int_equal(buffer_steal(&b, &line, NULL), 0);
        return line;
}

#define EXPECT_ENTRY(e, expected, ...)                                                                      \
        do {                                                                                                \
                const char *const _fields[] = { __VA_ARGS__ };                                              \
                _cleanup_free_ char *_line = entry_line(e, _fields, ELEMENTSOF(_fields));                   \
                assert_string_equal(_line, expected);                                                       \
        } while (0)

static void test_entries(void **state) {
        _cleanup_(entry_json_done) EntryJson e = {};

        EXPECT_ENTRY(&e, "{\"A\":\"1\",\"B_2\":\"\"}", "A=1", "B_2=");
        EXPECT_ENTRY(&e, "{\"A\":\"x=y\"}", "A=x=y");
        /* Names that are none are left out. */
        EXPECT_ENTRY(&e, "{\"A\":\"1\"}", "a=1", "=1", "1A=1", "A B=1", "nothing", "", "A\"=1", "A=1");
        EXPECT_ENTRY(&e, "{}", "");

        /* Repeated ones become arrays where the first one stood. */
        EXPECT_ENTRY(&e, "{\"A\":[\"1\",\"2\",[255]],\"B\":\"3\",\"C\":[\"4\",\"4\"]}", "A=1", "B=3", "A=2",
                "C=4", "A=\xFF", "C=4");
        EXPECT_ENTRY(&e, "{\"A\":\"1\"}", "A=1");
}

static void test_wanted_fields(void **state) {
        char *fields[] = { (char *) "MESSAGE", (char *) "_PID", NULL };
        _cleanup_(entry_json_done) EntryJson e = { .fields = fields };

        EXPECT_ENTRY(
                &e, "{\"_PID\":\"1\",\"MESSAGE\":\"m\"}", "_PID=1", "MESSAGE=m", "MESSAG=x", "MESSAGE2=x");
}

static void test_long_values(void **state) {
        _cleanup_(entry_json_done) EntryJson e = {}, all = { .all = true };
        char field[ENTRY_JSON_VALUE_MAX + 1], expected[sizeof(field) + 32];

        memset(field, 'x', sizeof(field));
        memcpy(field, "M=", 2);
        field[ENTRY_JSON_VALUE_MAX - 1] = 0;
        (void) snprintf(expected, sizeof(expected), "{\"M\":\"%s\"}", field + 2);
        EXPECT_ENTRY(&e, expected, field);

        field[ENTRY_JSON_VALUE_MAX - 1] = 'x';
        field[ENTRY_JSON_VALUE_MAX] = 0;
        (void) snprintf(expected, sizeof(expected), "{\"M\":\"%s\"}", field + 2);
        EXPECT_ENTRY(&all, expected, field);
        EXPECT_ENTRY(&e, "{\"M\":null}", field);
        EXPECT_ENTRY(&e, "{\"M\":[\"a\",null]}", "M=a", field);
}

static void test_hostile_entries(void **state) {
        enum { N = 5000 };
        _cleanup_(entry_json_done) EntryJson e = { .all = true };
        _cleanup_free_ char *huge = NULL;
        Buffer b = BUFFER_INIT(LINE_SIZE_MAX);
        JsonLimits limits = { .max_length = INT32_MAX, .max_members = N + 10 };
        char field[64];

        /* Many names, many values of each, the same names in a later entry. */
        for (unsigned round = 0; round < 2; round++) {
                b.size = 0;
                assert_int_equal(entry_json_begin(&e, &b), 0);
                for (unsigned i = 0; i < 3 * N; i++) {
                        int n = snprintf(field, sizeof(field), "F%u=%u", i % N, i);

                        assert_int_equal(entry_json_field(&e, &b, field, (size_t) n), 0);
                }
                assert_int_equal(entry_json_end(&e, &b), 0);
                assert_int_equal(json_scan(b.data, b.size, &limits, NULL, NULL, NULL), 0);
        }

        /* Over the bound of a field, and fields that are over that of a line together. */
        huge = malloc(LINE_FIELD_MAX + 3);
        assert_non_null(huge);
        memset(huge, 0xFF, LINE_FIELD_MAX + 3);
        memcpy(huge, "B=", 2);
        b.size = 0;
        assert_int_equal(entry_json_begin(&e, &b), 0);
        assert_int_equal(entry_json_field(&e, &b, huge, LINE_FIELD_MAX + 3), 0);
        assert_int_equal(entry_json_end(&e, &b), 0);
        assert_memory_equal(b.data, "{\"B\":null}", b.size);

        b.size = 0;
        assert_int_equal(entry_json_begin(&e, &b), 0);
        for (char c = 'C'; c <= 'G'; c++) {
                huge[0] = c;
                assert_int_equal(entry_json_field(&e, &b, huge, LINE_FIELD_MAX), 0);
        }
        assert_int_equal(entry_json_end(&e, &b), 0);
        assert_memory_equal(b.data + b.size - 10, ",\"G\":null}", 10);
        buffer_done(&b);
}

static void test_writer(void **state) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        char text[256];
        LineWriter w;
        int fds[2];
        ssize_t n;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        (void) signal(SIGPIPE, SIG_IGN);
        w = LINE_WRITER_INIT(fds[1]);

        /* A line that was begun is not written with those before it. */
        assert_int_equal(line_writer_put(&w, "{\"a\":1}"), 0);
        assert_int_equal(buffer_append(&w.buffer, "{\"b", 3), 0);
        assert_int_equal(line_writer_flush(&w), 0);
        n = read(fds[0], text, sizeof(text));
        assert_int_equal(n, 8);
        assert_memory_equal(text, "{\"a\":1}\n", 8);

        /* An error takes its place. */
        (void) error_set(&error, ERROR_UNAVAILABLE, "No \"x\".");
        assert_int_equal(line_writer_error(&w, &error), 0);
        n = read(fds[0], text, sizeof(text) - 1);
        assert_true(n > 0);
        text[n] = 0;
        assert_string_equal(text, "{\"error\":{\"name\":\"Unavailable\",\"message\":\"No \\\"x\\\".\"}}\n");

        assert_false(line_reader_is_gone(fds[1]));
        (void) close(fds[0]);
        assert_true(line_reader_is_gone(fds[1]));
        assert_int_equal(line_writer_put(&w, "{}"), 0);
        assert_int_equal(line_writer_flush(&w), -EPIPE);
        line_writer_done(&w);
        (void) close(fds[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_entries),
                cmocka_unit_test(test_wanted_fields),
                cmocka_unit_test(test_long_values),
                cmocka_unit_test(test_hostile_entries),
                cmocka_unit_test(test_writer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
