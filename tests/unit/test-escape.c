/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nothing that goes through escape.h can move a cursor, change a colour, turn text around or forge a line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/escape.h"
#include "common/utf8.h"
#include "tests/unit/failing-alloc.h"

static const struct {
        const char *from, *to;
} cases[] = {
        { "", "" },
        { "app.service", "app.service" },
        { "a\\x2db \\ \" ' $(x)", "a\\x2db \\ \" ' $(x)" },
        { "\x1B[31mred\x1B[0m", "\\x1b[31mred\\x1b[0m" },
        { "\x1B]0;title\x07", "\\x1b]0;title\\x07" },
        { "a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd" },
        { "\x7F\b", "\\x7f\\x08" },
        { "\xC2\x9B\x33\x31m", "\\x9b31m" }, /* CSI as one C1 character */
        { "\xC2\x80\xC2\x9F\xC2\xA0", "\\x80\\x9f\xC2\xA0" },
        { "\x9B\x33\x31m", "\\x9b31m" }, /* and as a raw byte */
        { "\xFF\xC3", "\\xff\\xc3" },
        { "\xC0\x9B", "\\xc0\\x9b" },
        { "\xED\xA0\x80", "\\xed\\xa0\\x80" },
        { "Gr\xC3\xBC\xC3\x9F"
          "e \xE2\x82\xAC \xF0\x9F\x98\x80",
                "Gr\xC3\xBC\xC3\x9F"
                "e \xE2\x82\xAC \xF0\x9F\x98\x80" },
        { "\xE2\x80\xAE"
          "exe.txt",
                "\\u202eexe.txt" },
        { "\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC\xE2\x80\xAD", "\\u202a\\u202b\\u202c\\u202d" },
        { "\xE2\x81\xA6\xE2\x81\xA7\xE2\x81\xA8\xE2\x81\xA9", "\\u2066\\u2067\\u2068\\u2069" },
        { "\xE2\x80\x8E\xE2\x80\x8F\xE2\x80\xA8\xE2\x80\xA9\xD8\x9C",
                "\\u200e\\u200f\\u2028\\u2029\\u061c" },
        { "\xEF\xBB\xBFx", "\\ufeffx" },
        { "\xF3\xA0\x81\x81", "\\U000e0041" },
};

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *s = NULL, *log = NULL;

                s = escape_terminal(cases[i].from);
                assert_string_equal(s, cases[i].to);
                log = escape_log(cases[i].from);
                assert_string_equal(log, cases[i].to);
                assert_int_equal(escape_is_needed(cases[i].from), !streq(cases[i].from, cases[i].to));
        }
}

static bool is_harmless(const char *s, const char *allowed) {
        size_t n = strlen(s), i = 0;

        while (i < n) {
                uint32_t c;
                int k;

                k = utf8_decode(s + i, n - i, &c);
                if (k < 0 || (codepoint_is_unsafe(c) && !(c < 0x80 && strchr(allowed, (int) c))))
                        return false;
                i += (size_t) k;
        }

        return true;
}

static void test_every_byte(void **state) {
        for (int a = 0; a < 256; a++)
                for (int b = 0; b < 256; b++) {
                        _cleanup_free_ char *s = NULL, *text = NULL, *twice = NULL;
                        char in[] = { 'x', (char) a, (char) b, 'y' };

                        s = escape_terminal_n(in, sizeof(in));
                        assert_true(is_harmless(s, ""));
                        text = escape_terminal_text(in, sizeof(in));
                        assert_true(is_harmless(text, "\n\t"));

                        twice = escape_terminal(s);
                        assert_string_equal(s, twice);
                        assert_false(escape_is_needed(s));
                        assert_true(s[0] == 'x' && endswith(s, "y"));
                }
}

static void test_every_codepoint(void **state) {
        for (uint32_t c = 1; c <= 0x10FFFF; c++) {
                _cleanup_free_ char *s = NULL;
                char buf[UTF8_MAX + 1] = {};

                if (c >= 0xD800 && c <= 0xDFFF)
                        continue;

                (void) utf8_encode(c, buf);
                s = escape_terminal(buf);
                assert_int_equal(streq(s, buf), !codepoint_is_unsafe(c));
                assert_true(is_harmless(s, ""));
        }
}

static void test_lines(void **state) {
        _cleanup_free_ char *s = NULL;

        s = escape_terminal_text("[Unit]\n\tX=\x1B\r\n\0", 14);
        assert_string_equal(s, "[Unit]\n\tX=\\x1b\\x0d\n\\x00");
}

static void test_log(void **state) {
        char in[2 * ESCAPE_LOG_MAX];

        for (size_t n = ESCAPE_LOG_MAX - 20; n < ESCAPE_LOG_MAX + 20; n++)
                for (int kind = 0; kind < 3; kind++) {
                        _cleanup_free_ char *s = NULL, *whole = NULL;

                        memset(in, kind == 1 ? 0x1B : 'a', n);
                        in[n] = '\0';
                        if (kind == 2)
                                for (size_t i = n % 2; i + 1 < n; i += 2)
                                        memcpy(in + i, "\xC3\xA9", 2);

                        s = escape_log(in);
                        whole = escape_terminal(in);
                        assert_true(strlen(s) <= ESCAPE_LOG_MAX);
                        assert_true(is_harmless(s, ""));
                        if (strlen(whole) <= ESCAPE_LOG_MAX)
                                assert_string_equal(s, whole);
                        else {
                                assert_true(endswith(s, "\xE2\x80\xA6"));
                                assert_true(strlen(s) > ESCAPE_LOG_MAX - 4);
                                assert_true(kind != 0 || strlen(s) == ESCAPE_LOG_MAX);
                                assert_memory_equal(s, whole, strlen(s) - 3);
                        }
                }
}

static int escape_or_fail(char **ret) {
        *ret = escape_terminal("a\x1B");
        return *ret ? 0 : -ENOMEM;
}

static void test_allocation_failures(void **state) {
        _cleanup_free_ char *s = NULL;
        size_t count;
        int r;

        FOR_EACH_FAILURE(count, r, r = escape_or_fail(&s));
        assert_true(count >= 1);
        assert_string_equal(s, "a\\x1b");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_every_byte),
                cmocka_unit_test(test_every_codepoint),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_log),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
