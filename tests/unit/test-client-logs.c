/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The options of logs: that they are journalctl's, and which parameters they become.
 */

#include "tests/unit/client-fixture.h"

#include <time.h>

#include "client/journal/query.h"
#include "common/strv.h"

/* Parses "userunitctl …" as a shell would split it at blanks; `arguments` as for a verb. */
static int parse(const char *line, Options *o, char ***arguments) {
        static char *words[32];
        static char text[512];
        size_t n = 0;
        int r;

        snprintf(text, sizeof(text), "userunitctl %s", line);
        for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
                words[n++] = word;
        words[n] = NULL;
        *o = (Options){};
        r = options_parse((int) n, words, NULL, o, arguments);
        return r;
}

static char *join(char *const *l) {
        char *text = strdup("");

        STRV_FOREACH(word, l) {
                char *longer;

                assert_true(asprintf(&longer, "%s%s%s", text, *text ? " " : "", *word) >= 0);
                free(text);
                text = longer;
        }
        return text;
}

/* That a command line is the verb, these arguments, and these parameters, of which only some are looked at.
 */
static void assert_query(const char *line, const char *expected_arguments, const Parameters *expected) {
        _cleanup_(options_done) Options o = {};
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
        _cleanup_free_ char *words = NULL, *wanted = NULL, *got = NULL;
        char **arguments;

        assert_int_equal(parse(line, &o, &arguments), 0);
        assert_string_equal(arguments[0], "logs");
        words = join(arguments + 1);
        assert_string_equal(words, expected_arguments);
        assert_int_equal(journal_query(&o, &p), 0);
        assert_int_equal(p.lines, expected->lines);
        assert_true(streq_ptr(p.boot, expected->boot));
        assert_true(streq_ptr(p.grep, expected->grep));
        assert_true(streq_ptr(p.cursor, expected->cursor));
        assert_true(streq_ptr(p.after_cursor, expected->after_cursor));
        assert_int_equal(p.follow, expected->follow);
        assert_int_equal(p.reverse, expected->reverse);
        assert_int_equal(p.case_sensitive, expected->case_sensitive);
        assert_int_equal(p.case_insensitive, expected->case_insensitive);
        assert_int_equal(p.since, expected->since);
        assert_int_equal(p.until, expected->until);
        wanted = join(expected->identifiers);
        got = join(p.identifiers);
        assert_string_equal(got, wanted);
}

#define EXPECT_AT(from, to, ...) (&(Parameters){ .since = (from), .until = (to), __VA_ARGS__ })
#define EXPECT(...)              EXPECT_AT(UNSIGNED_UNSET, UNSIGNED_UNSET, __VA_ARGS__)
#define ALL                      .lines = UNSIGNED_UNSET

static void test_lines(void **state) {
        assert_query("logs a/b", "a/b", EXPECT(ALL));
        assert_query("logs -n20 a/b", "a/b", EXPECT(.lines = 20));
        assert_query("logs -n 20 a/b", "a/b", EXPECT(.lines = 20));
        assert_query("logs --lines=20 a/b", "a/b", EXPECT(.lines = 20));
        assert_query("logs --lines 20 a/b", "a/b", EXPECT(.lines = 20));
        assert_query("logs a/b -n", "a/b", EXPECT(.lines = 10));
        assert_query("logs -n a/b", "a/b", EXPECT(.lines = 10));
        assert_query("logs -n all a/b", "a/b", EXPECT(ALL));
        assert_query("logs -nall a/b c", "a/b c", EXPECT(ALL));
        assert_query("logs -n 0 a", "a", EXPECT(.lines = 0));
        assert_query("logs -f a", "a", EXPECT(.lines = 10, .follow = true, .boot = (char *) "0"));
        assert_query("logs -fn5 a", "a", EXPECT(.lines = 5, .follow = true, .boot = (char *) "0"));
        assert_query("logs --no-tail -f a", "a", EXPECT(ALL, .follow = true, .boot = (char *) "0"));
        assert_query("logs -e a", "a", EXPECT(.lines = 1000, .boot = (char *) "0"));
        assert_query("logs -e -n7 -b -1", "", EXPECT(.lines = 7, .boot = (char *) "-1"));
}

static void test_boot(void **state) {
        assert_query("logs -b a", "a", EXPECT(ALL, .boot = (char *) "0"));
        assert_query("logs -b -1 a", "a", EXPECT(ALL, .boot = (char *) "-1"));
        assert_query("logs -b-1 a", "a", EXPECT(ALL, .boot = (char *) "-1"));
        assert_query("logs --boot=+2 a", "a", EXPECT(ALL, .boot = (char *) "2"));
        assert_query("logs --boot all a", "a", EXPECT(ALL));
        assert_query("logs -b 00112233445566778899aabbccddeeff-3 a", "a",
                EXPECT(ALL, .boot = (char *) "00112233445566778899aabbccddeeff-3"));
        /* A unit whose name is like the begin of an id is one. */
        assert_query("logs -b abc", "abc", EXPECT(ALL, .boot = (char *) "0"));
        assert_query("logs -f -b all a", "a", EXPECT(.lines = 10, .follow = true));
}

static void test_choice(void **state) {
        char *identifiers[] = { (char *) "x", (char *) "y", NULL };

        assert_query("logs -t x -t y -g p.* --case-sensitive a", "a",
                EXPECT(ALL, .identifiers = identifiers, .grep = (char *) "p.*", .case_sensitive = true));
        assert_query("logs -g p --case-sensitive=no", "",
                EXPECT(ALL, .grep = (char *) "p", .case_insensitive = true));
        assert_query("logs -r", "", EXPECT(ALL, .reverse = true));
        assert_query("logs -g p -n 3", "", EXPECT(.lines = 3, .grep = (char *) "p", .reverse = true));
        assert_query("logs -c k", "", EXPECT(ALL, .cursor = (char *) "k"));
        assert_query("logs --after-cursor=k", "", EXPECT(ALL, .after_cursor = (char *) "k"));
        assert_query(
                "logs -S @5 -U @6 -m --user --full", "", EXPECT_AT(5 * USEC_PER_SEC, 6 * USEC_PER_SEC, ALL));
        assert_query("logs -f -S @5", "",
                EXPECT_AT(5 * USEC_PER_SEC, UNSIGNED_UNSET, ALL, .follow = true, .boot = (char *) "0"));
        assert_query("--quiet logs -- -x", "-x", EXPECT(ALL));
}

static void test_refused(void **state) {
        /* By the parser: they are no options, or not of this. */
        static const char *const options[] = { "logs -x", "logs -k", "logs -D /", "logs --list-boots",
                "logs -o frobnicate", "logs --facility=user", "logs -s TERM", "logs --frobnicate" };
        /* For what stands behind them. */
        static const char *const values[] = { "logs -S x", "logs -U x", "logs -p x", "logs -p err..",
                "logs -p ..err", "logs --lines=x", "logs --lines=+5", "logs --boot=x", "logs -b99999999999",
                "logs --case-sensitive=x", "logs -S @5 -U @4", "logs -f -r", "logs -S @5 -c k",
                "logs -c k --after-cursor=k" };
        char **arguments;

        for (size_t i = 0; i < ELEMENTSOF(options); i++) {
                _cleanup_(options_done) Options o = {};
                int r = parse(options[i], &o, &arguments);

                /* One of systemctl's that logs has no use for is ignored, as with any verb. */
                if (!streq(options[i], "logs -s TERM"))
                        assert_int_equal(r, -EINVAL);
        }
        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                _cleanup_(options_done) Options o = {};
                _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;

                assert_int_equal(parse(values[i], &o, &arguments), 0);
                if (journal_query(&o, &p) != -EINVAL)
                        fail_msg("%s", values[i]);
        }
}

static void assert_priorities(const char *range, const char *expected) {
        _cleanup_strv_free_ char **l = NULL;
        _cleanup_free_ char *text = NULL;

        assert_int_equal(journal_priorities(range, &l), 0);
        text = join(l);
        assert_string_equal(text, expected);
}

static void test_priorities(void **state) {
        assert_priorities("err", "emerg alert crit err");
        assert_priorities("3", "emerg alert crit err");
        assert_priorities("0", "emerg");
        assert_priorities("debug", "emerg alert crit err warning notice info debug");
        assert_priorities("warning..err", "err warning");
        assert_priorities("err..warning", "err warning");
        assert_priorities("3..info", "err warning notice info");
        assert_priorities("alert..alert", "alert");
}

static void test_fields(void **state) {
        static const struct {
                const char *line;
                const char *fields;
                bool all;
        } cases[] = {
                { "logs -o cat", "MESSAGE PRIORITY", true },
                { "logs -o json", "", false },
                { "logs -o json -a", "", true },
                { "logs -o verbose", "", true },
                { "logs -o json --output-fields=A,B", "A B", false },
                { "logs -o verbose --output-fields=A,B", "A B _SOURCE_REALTIME_TIMESTAMP", true },
                { "logs -o cat --output-fields=A", "A PRIORITY", true },
                { "logs -o short --output-fields=A",
                        "MESSAGE PRIORITY SYSLOG_IDENTIFIER SYSLOG_PID _COMM _HOSTNAME _PID "
                        "_SOURCE_MONOTONIC_TIMESTAMP _SOURCE_REALTIME_TIMESTAMP _TRANSPORT",
                        true },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(options_done) Options o = {};
                _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
                _cleanup_free_ char *fields = NULL;
                char **arguments;

                assert_int_equal(parse(cases[i].line, &o, &arguments), 0);
                assert_int_equal(journal_query(&o, &p), 0);
                fields = join(p.fields);
                assert_string_equal(fields, cases[i].fields);
                assert_int_equal(p.all, cases[i].all);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_boot),
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_priorities),
                cmocka_unit_test(test_fields),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
