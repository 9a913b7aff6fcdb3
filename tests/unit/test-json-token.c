/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The pieces of JSON strings and numbers, against slow and obvious versions of themselves.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json-token.h"

static void test_plain_run(void **state) {
        for (size_t n = 0; n <= 24; n++)
                for (size_t at = 0; at < n; at++)
                        for (int c = 0; c < 256; c++) {
                                bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
                                char text[24];

                                /* Neighbours that a borrow could come from. */
                                for (size_t i = 0; i < n; i++)
                                        text[i] = " !#[]~\x7F"[(i + at) % 7];
                                text[at] = (char) c;
                                assert_int_equal(json_plain_run(text, n), plain ? n : at);
                        }
}

static void test_resolve_escape(void **state) {
        for (uint32_t c = 1; c <= 0x10FFFF; c++) {
                char text[16], buf[UTF8_MAX], expected[UTF8_MAX];
                const char *reason;
                size_t n, k, size;

                if (c >= 0xD800 && c <= 0xDFFF)
                        continue;
                if (c > 0xFFFF && c % 7 > 0)
                        continue;

                if (c <= 0xFFFF)
                        n = (size_t) snprintf(text, sizeof(text), c % 2 ? "\\u%04x" : "\\u%04X", c);
                else
                        n = (size_t) snprintf(text, sizeof(text), "\\u%04x\\u%04x",
                                0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));

                assert_int_equal(json_check_escape(text, n, &reason), n);
                assert_int_equal(json_check_escape(text, n - 1, &reason), 0);
                assert_int_equal(json_resolve_escape(text, buf, &size), n);
                k = utf8_encode(c, expected);
                assert_int_equal(size, k);
                assert_memory_equal(buf, expected, k);
        }
}

static void test_surrogates(void **state) {
        const char *reason;
        char text[16];

        for (unsigned c = 0xD800; c <= 0xDFFF; c++)
                for (unsigned d = 0xD000; d <= 0xFFFF; d += 0x3FF) {
                        bool pair = c <= 0xDBFF && d >= 0xDC00 && d <= 0xDFFF;

                        (void) snprintf(text, sizeof(text), "\\u%04x\\u%04x", c, d);
                        assert_int_equal(json_check_escape(text, 12, &reason), pair ? 12 : 0);
                        if (!pair)
                                assert_string_equal(reason, "lone surrogate");
                }
}

static void test_unescape(void **state) {
        static const char text[] = "a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\ud83d\\ude00\xC3\xA9z";
        char out[sizeof(text)];
        size_t n;

        n = json_unescape(text, sizeof(text) - 1, out);
        out[n] = '\0';
        assert_string_equal(out, "a\"\\/\b\f\n\r\tA\xC3\xA9\xF0\x9F\x98\x80\xC3\xA9z");
}

static void test_integers(void **state) {
        static const struct {
                const char *text;
                bool fits, negative;
                uint64_t value;
        } cases[] = {
                { "0", true, false, 0 },
                { "-0", true, true, 0 },
                { "18446744073709551615", true, false, UINT64_MAX },
                { "18446744073709551616", false },
                { "184467440737095516150", false },
                { "-9223372036854775808", true, true, UINT64_C(1) << 63 },
                { "-9223372036854775809", false },
                { "-18446744073709551616", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool negative = false;
                uint64_t value = 0;

                assert_int_equal(json_parse_integer(cases[i].text, strlen(cases[i].text), &negative, &value),
                        cases[i].fits);
                assert_int_equal(negative, cases[i].negative);
                assert_int_equal(value, cases[i].value);
        }
}

static void test_exponents(void **state) {
        assert_true(json_exponent_fits("307", 3, 1));
        assert_false(json_exponent_fits("308", 3, 1));
        assert_true(json_exponent_fits("+298", 4, 10));
        assert_false(json_exponent_fits("+299", 4, 10));
        assert_true(json_exponent_fits("-99999999999999999999", 21, 60));
        assert_false(json_exponent_fits("99999999999999999999", 20, 1));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plain_run),
                cmocka_unit_test(test_resolve_escape),
                cmocka_unit_test(test_surrogates),
                cmocka_unit_test(test_unescape),
                cmocka_unit_test(test_integers),
                cmocka_unit_test(test_exponents),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
