/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Strict UTF-8: each code point there and back, and what is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/utf8.h"

static void test_round_trip(void **state) {
        for (uint32_t c = 0; c <= 0x10FFFF; c++) {
                char buf[UTF8_MAX];
                uint32_t back;
                size_t n;

                if (c >= 0xD800 && c <= 0xDFFF)
                        continue;

                n = utf8_encode(c, buf);
                assert_int_equal(utf8_decode(buf, n, &back), n);
                assert_int_equal(back, c);
                for (size_t k = 0; k < n; k++)
                        assert_int_equal(utf8_decode(buf, k, &back), -EILSEQ);
        }
}

/* Each sequence of up to two bytes, and three behind each possible head, against the table of RFC 3629. */
static bool valid_by_table(const unsigned char *p, size_t n) {
        if (n == 1)
                return p[0] < 0x80;
        if (n == 2)
                return p[0] >= 0xC2 && p[0] <= 0xDF && p[1] >= 0x80 && p[1] <= 0xBF;
        return p[2] >= 0x80 && p[2] <= 0xBF &&
                ((p[0] == 0xE0 && p[1] >= 0xA0 && p[1] <= 0xBF) ||
                        (p[0] == 0xED && p[1] >= 0x80 && p[1] <= 0x9F) ||
                        (p[0] >= 0xE1 && p[0] <= 0xEF && p[0] != 0xED && p[1] >= 0x80 && p[1] <= 0xBF));
}

static void test_all_short(void **state) {
        unsigned char p[3];
        uint32_t c;

        for (unsigned v = 0; v < 1 << 24; v++) {
                p[0] = (unsigned char) v;
                p[1] = (unsigned char) (v >> 8);
                p[2] = (unsigned char) (v >> 16);

                if (v < 1 << 8)
                        assert_int_equal(utf8_decode((char *) p, 1, &c) == 1, valid_by_table(p, 1));
                if (v < 1 << 16 && p[0] >= 0x80)
                        assert_int_equal(utf8_decode((char *) p, 2, &c) == 2, valid_by_table(p, 2));
                if (p[0] >= 0xE0)
                        assert_int_equal(utf8_decode((char *) p, 3, &c) == 3, valid_by_table(p, 3));
        }
}

static void test_four_bytes(void **state) {
        static const char *const refused[] = {
                "\xF0\x8F\xBF\xBF",
                "\xF4\x90\x80\x80",
                "\xF5\x80\x80\x80",
                "\xF8\x88\x80\x80\x80",
                "\xF0\x90\x80",
                "\xF0\x90\x80\x7F",
                "\xF0\x90\xC0\x80",
                "\xFE\xFE\xFF\xFF",
        };
        uint32_t c;

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                assert_int_equal(utf8_decode(refused[i], strlen(refused[i]), &c), -EILSEQ);
        assert_int_equal(utf8_decode("", 0, &c), -EILSEQ);
}

static void test_prefix(void **state) {
        assert_int_equal(utf8_valid_prefix("", 0), 0);
        assert_int_equal(utf8_valid_prefix("abc", 3), 3);
        assert_int_equal(utf8_valid_prefix("a\0b", 3), 3);
        assert_int_equal(utf8_valid_prefix("a\xC3\xA9\xC3", 4), 3);
        assert_true(utf8_is_valid("\xF0\x9F\x98\x80", 4));
        assert_false(utf8_is_valid("\xF0\x9F\x98\x80", 3));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_all_short),
                cmocka_unit_test(test_four_bytes),
                cmocka_unit_test(test_prefix),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
