/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shell patterns, also against fnmatch(3) where both know the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fnmatch.h>
#include <time.h>

#include "common/pattern.h"

static const struct {
        const char *pattern, *name;
        bool match;
} cases[] = {
        { "", "", true },
        { "", "a", false },
        { "a", "", false },
        { "a", "a", true },
        { "a", "A", false },
        { "*", "", true },
        { "*", "anything", true },
        { "***", "x", true },
        { "?", "", false },
        { "?", "a", true },
        { "?", "ab", false },
        { "?", "\xC3\xA9", true }, /* one character, whatever the locale */
        { "?", "\xC3", true },
        { "??", "\xC3\xA9", false },
        { "*.timer", "a.timer", true },
        { "*.timer", ".timer", true }, /* no rule about leading dots */
        { "*.timer", "a.timers", false },
        { "svc-*", "svc-", true },
        { "svc-*", "svc", false },
        { "a*b*c", "aXbYbZc", true },
        { "a*b*c", "aXbYbZ", false },
        { "*a*", "bab", true },
        { "*ab", "aab", true },
        { "*aab", "aaab", true },
        { "a\\*", "a\\b", true }, /* a backslash is an ordinary character */
        { "a\\*", "a*", false },
        { "a\\x2d*", "a\\x2db", true },
        { "[abc]", "b", true },
        { "[abc]", "d", false },
        { "[a-c]x", "bx", true },
        { "[!a-c]", "d", true },
        { "[!a-c]", "b", false },
        { "[^a-c]", "d", true },
        { "[]]", "]", true },
        { "[!]]", "]", false },
        { "[!]]", "a", true },
        { "[]-a]", "^", true },
        { "[a-]", "-", true },
        { "[-a]", "-", true },
        { "[a", "[a", true },    /* never closed */
        { "[a-", "[a-", false }, /* nor is this, but it is half a range */
        { "[a", "a", false },
        { "[", "[", true },
        { "a[", "a[", true },
        { "[]", "[]", true },
        { "[!]", "[!]", true },
        { "[[:digit:]]", "7", true },
        { "[[:digit:]]", "x", false },
        { "[![:digit:]]", "x", true },
        { "[[:alpha:]_]", "_", true },
        { "[[:space:][:upper:]]", "X", true },
        { "[\xC3\xA0-\xC3\xBF]", "\xC3\xA9", true },
        { "[\\]", "\\", true },
        { "app@*.service", "app@1.service", true },
        { "*@*.s*", "app@1.service", true },
};

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (pattern_match(cases[i].pattern, cases[i].name) != cases[i].match)
                        fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].name);
}

/* All pattern characters, no `[.x.]` or `[=x=]` or `[:nonsense:]`, which are left to fnmatch(). */
static void test_fnmatch(void **state) {
        static const char pattern_chars[] = "ab*?[]!-^a*", name_chars[] = "ab[]!-^";
        unsigned seed = 1;

        for (int i = 0; i < 400000; i++) {
                char pattern[9] = {}, name[8] = {};
                size_t n = (size_t) rand_r(&seed) % sizeof(pattern),
                       m = (size_t) rand_r(&seed) % sizeof(name);

                for (size_t k = 0; k < n; k++)
                        pattern[k] = pattern_chars[(size_t) rand_r(&seed) % (sizeof(pattern_chars) - 1)];
                for (size_t k = 0; k < m; k++)
                        name[k] = name_chars[(size_t) rand_r(&seed) % (sizeof(name_chars) - 1)];

                if (pattern_match(pattern, name) != (fnmatch(pattern, name, FNM_NOESCAPE) == 0))
                        fail_msg("'%s' on '%s'", pattern, name);
        }
}

static void test_classes(void **state) {
        static const char *const names[] = {
                "alnum",
                "alpha",
                "blank",
                "cntrl",
                "digit",
                "graph",
                "lower",
                "print",
                "punct",
                "space",
                "upper",
                "xdigit",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                for (int c = 1; c < 128; c++) {
                        char pattern[32], name[] = { (char) c, '\0' };

                        (void) snprintf(pattern, sizeof(pattern), "[[:%s:]]", names[i]);
                        if (pattern_match(pattern, name) != (fnmatch(pattern, name, FNM_NOESCAPE) == 0))
                                fail_msg("%s on %i", pattern, c);
                }
}

/* What takes a backtracking matcher longer than the age of the universe. */
static void test_bounded(void **state) {
        char pattern[PATTERN_MAX + 1] = {}, name[256] = {};
        struct timespec start, end;

        memset(name, 'a', sizeof(name) - 1);
        for (size_t i = 0; i + 2 < PATTERN_MAX; i += 2)
                memcpy(pattern + i, "*a", 2);
        pattern[PATTERN_MAX - 1] = 'b';

        (void) clock_gettime(CLOCK_MONOTONIC, &start);
        assert_false(pattern_match(pattern, name));
        memset(pattern, '[', PATTERN_MAX);
        pattern[0] = '*';
        memset(name, '[', sizeof(name) - 1);
        assert_true(pattern_match(pattern, name));
        (void) clock_gettime(CLOCK_MONOTONIC, &end);
        assert_true(end.tv_sec - start.tv_sec <= 2);
}

static void test_is_glob(void **state) {
        assert_true(pattern_is_glob("a*") && pattern_is_glob("?") && pattern_is_glob("[a]"));
        assert_false(pattern_is_glob("") || pattern_is_glob("app.service") || pattern_is_glob("a]b!"));
}

static void test_is_valid(void **state) {
        char longest[PATTERN_MAX + 2];

        memset(longest, '*', sizeof(longest));
        longest[PATTERN_MAX + 1] = '\0';
        assert_false(pattern_is_valid(longest));
        longest[PATTERN_MAX] = '\0';
        assert_true(pattern_is_valid(longest));

        assert_true(pattern_is_valid("app") && pattern_is_valid("*") && pattern_is_valid("[") &&
                pattern_is_valid("\xC3\xA9"));
        assert_false(pattern_is_valid(""));
        assert_false(pattern_is_valid("a/b"));
        assert_false(pattern_is_valid("*\n"));
        assert_false(pattern_is_valid("\x1B*"));
        assert_false(pattern_is_valid("\x7F"));
        assert_false(pattern_is_valid("\xC2\x85"));
        assert_false(pattern_is_valid("\xFF*"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_fnmatch),
                cmocka_unit_test(test_classes),
                cmocka_unit_test(test_bounded),
                cmocka_unit_test(test_is_glob),
                cmocka_unit_test(test_is_valid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
