/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/property/words.h: quotes and escapes as systemd.syntax(7) has them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/strv.h"
#include "daemon/worker/property/words.h"

typedef struct Case {
        const char *text;
        unsigned flags;
        const char *words[6]; /* the first is NULL for what is refused */
} Case;

#define BOTH (WORD_UNQUOTE | WORD_UNESCAPE)

static void test_split(void **state) {
        static const Case cases[] = {
                { "a b", BOTH, { "a", "b" } },
                { "  a\t\nb\r ", BOTH, { "a", "b" } },
                { "\"a b\" 'c d'", BOTH, { "a b", "c d" } },
                { "\"a b\" 'c d'", 0, { "\"a", "b\"", "'c", "d'" } },
                { "x\"a b\"y", BOTH, { "xa by" } },
                { "\"\" ''", BOTH, { "", "" } },
                { "\"it's\" 'say \"x\"'", BOTH, { "it's", "say \"x\"" } },
                { "a\\ b", WORD_UNQUOTE, { "a b" } },
                { "a\\nb", WORD_UNQUOTE, { "anb" } },
                { "a\\nb", BOTH, { "a\nb" } },
                { "'a\\nb'", BOTH, { "a\nb" } },
                { "\\x41\\101\\u00fc\\U0001f600\\s\\t\\\\\\\"", BOTH,
                        { "AA\303\274\360\237\230\200 \t\\\"" } },
                { "\\xc3\\xbc", BOTH, { "\303\274" } },
                { "\"\\\"\"", WORD_UNQUOTE, { "\"" } },
                { "'a", BOTH, {} },
                { "a \"", BOTH, {} },
                { "a\\", BOTH, {} },
                { "a\\", 0, {} },
                { "\\q", BOTH, {} },
                { "\\x4", BOTH, {} },
                { "\\x00", BOTH, {} },
                { "\\000", BOTH, {} },
                { "\\400", BOTH, {} },
                { "\\u0000", BOTH, {} },
                { "\\ud800", BOTH, {} },
                { "\\U00110000", BOTH, {} },
                { "\\xff", BOTH, {} },
                { "\\18", BOTH, {} },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_strv_free_ char **words = NULL;
                int r = words_split(cases[i].text, cases[i].flags, &words);

                if (!cases[i].words[0]) {
                        assert_int_equal(r, -EINVAL);
                        assert_null(words);
                        continue;
                }
                if (r < 0)
                        print_message("%s\n", cases[i].text);
                assert_int_equal(r, 0);
                for (size_t k = 0; k < ELEMENTSOF(cases[i].words); k++) {
                        if (!cases[i].words[k]) {
                                assert_null(words[k]);
                                break;
                        }
                        assert_string_equal(words[k], cases[i].words[k]);
                }
        }
}

static void test_none(void **state) {
        static const char *const texts[] = { "", " ", "\t\n" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_strv_free_ char **words = NULL;

                assert_int_equal(words_split(texts[i], BOTH, &words), 0);
                assert_non_null(words);
                assert_null(words[0]);
        }
}

static void test_single(void **state) {
        const char *p = "a::b c";
        const char *const words[] = { "a", "", "b", "c" };
        const char separators[] = { ':', ':', ' ', 0 };

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                _cleanup_free_ char *word = NULL;
                char separator;

                assert_int_equal(word_take(&p, ": ", WORD_SINGLE, &word, &separator), 1);
                assert_string_equal(word, words[i]);
                assert_int_equal(separator, separators[i]);
        }
        assert_int_equal(word_take(&p, ": ", WORD_SINGLE, &(char *){ NULL }, NULL), 0);
}

static void test_unescape(void **state) {
        _cleanup_free_ char *text = NULL;

        assert_int_equal(text_unescape("a \\\"b\\\" \\t'c'\\\\", &text), 0);
        assert_string_equal(text, "a \"b\" \t'c'\\");
        assert_int_equal(text_unescape("\\", &(char *){ NULL }), -EINVAL);
        assert_int_equal(text_unescape("\\x00", &(char *){ NULL }), -EINVAL);
        assert_int_equal(text_unescape("\\xfe", &(char *){ NULL }), -EINVAL);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_split),
                cmocka_unit_test(test_none),
                cmocka_unit_test(test_single),
                cmocka_unit_test(test_unescape),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
