/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Completion as far as it needs no service; tests/lab/scenarios/80-completion has the rest, in real shells.
 */

#include "tests/unit/client-fixture.h"

#include "client/complete/complete.h"
#include "client/complete/shell-line.h"
#include "common/strv.h"

#define BREAKS " \t\n\"'@><=;|&(:"

static void assert_line(const char *text, const char *words, const char *current, size_t start, char quote) {
        _cleanup_(shell_line_done) ShellLine line = {};
        char joined[256] = "";

        assert_int_equal(shell_line_parse(text, BREAKS, &line), 0);
        STRV_FOREACH(word, line.words) {
                strcat(joined, *word);
                strcat(joined, "|");
        }
        assert_string_equal(joined, words);
        assert_string_equal(line.current, current);
        assert_int_equal(line.start, start);
        assert_int_equal(line.quote, quote);
}

static void test_line(void **state) {
        assert_line("", "", "", 0, 0);
        assert_line("userunitctl", "", "userunitctl", 0, 0);
        assert_line("userunitctl ", "userunitctl|", "", 0, 0);
        assert_line("userunitctl  stop\tsvc", "userunitctl|stop|", "svc", 0, 0);
        assert_line("A=1 B_2='x y' userunitctl s", "userunitctl|", "s", 0, 0);
        assert_line("userunitctl A=1 s", "userunitctl|A=1|", "s", 0, 0);

        /* readline breaks words where the shell does not. */
        assert_line("u stop svc-api/worker@1", "u|stop|", "svc-api/worker@1", 15, 0);
        assert_line("u --type=ser", "u|", "--type=ser", 7, 0);
        assert_line("u stop svc-api/worker\\@1", "u|stop|", "svc-api/worker@1", 0, 0);

        assert_line("u stop 'svc-web/a b", "u|stop|", "svc-web/a b", 0, '\'');
        assert_line("u stop svc'-web/x@y", "u|stop|", "svc-web/x@y", 3, '\'');
        assert_line("u stop \"a\\\\x2d", "u|stop|", "a\\x2d", 0, '"');
        assert_line("u stop \"a\\x2d\"", "u|stop|", "a\\x2d", 5, 0);
        assert_line("u stop 'a\\x2d", "u|stop|", "a\\x2d", 0, '\'');
        assert_line("u stop a\\\\x2d", "u|stop|", "a\\x2d", 0, 0);
        assert_line("u stop a\\", "u|stop|", "a\\", 0, 0);
        assert_line("u '' \"\" x", "u|||", "x", 0, 0);
}

static void assert_quoted(const char *word, char quote, const char *expected) {
        _cleanup_free_ char *text = shell_quote(word, quote);

        assert_non_null(text);
        assert_string_equal(text, expected);
}

static void test_quote(void **state) {
        assert_quoted("svc-web/worker@1.service", 0, "svc-web/worker@1.service");
        assert_quoted("a\\x2db.mount", 0, "a\\\\x2db.mount");
        assert_quoted("a\\x2db.mount", '\'', "a\\x2db.mount");
        assert_quoted("a\\x2db.mount", '"', "a\\\\x2db.mount");
        assert_quoted("$(id) `x`;'&", 0, "\\$\\(id\\)\\ \\`x\\`\\;\\'\\&");
        assert_quoted("$(id) `x`'", '"', "\\$(id) \\`x\\`'");
        assert_quoted("$(id)'", '\'', "$(id)'\\''");
        assert_quoted("~x*?[]{}!#", 0, "\\~x\\*\\?\\[\\]\\{\\}\\!\\#");
        assert_quoted("müller", 0, "müller");
        assert_quoted("", 0, "");
}

static bool has(const Candidates *l, const char *value) {
        for (size_t i = 0; i < l->n; i++)
                if (streq(l->items[i].value, value))
                        return true;
        return false;
}

/* Completes; the words end with NULL, the last of them is the cursor's. */
static void run(Candidates *l, bool *files, const char *const *words) {
        size_t n = strv_length((char *const *) words);
        const char *before[16] = {};
        Client c = CLIENT_NULL;

        memcpy(before, words, (n - 1) * sizeof(char *));
        assert_int_equal(complete(&c, (char *const *) before, words[n - 1], l, files), 0);
        candidates_sort(l);
        client_done(&c);
}

#define COMPLETE(l, ...) run(l, &files, (const char *const[]){ __VA_ARGS__, NULL })

static void test_verbs(void **state) {
        Candidates l = {};
        bool files;

        COMPLETE(&l, "");
        assert_true(has(&l, "restart"));
        assert_true(has(&l, "list-units"));
        assert_false(has(&l, "__complete"));
        assert_false(has(&l, "--all"));
        candidates_done(&l);

        COMPLETE(&l, "--account", "svc-web", "-a", "rest");
        assert_int_equal(l.n, 1);
        assert_string_equal(l.items[0].value, "restart");
        assert_string_equal(l.items[0].doc, "Stop units and start them again");
        assert_false(l.items[0].partial);
        candidates_done(&l);

        COMPLETE(&l, "help", "is-a");
        assert_true(has(&l, "is-active"));
        candidates_done(&l);
        COMPLETE(&l, "describe", "units.res");
        assert_true(has(&l, "units.restart"));
        candidates_done(&l);
        COMPLETE(&l, "manager", "re");
        assert_true(has(&l, "restart"));
        candidates_done(&l);
        COMPLETE(&l, "frobnicate", "");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
        COMPLETE(&l, "version", "");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
}

static void test_logs(void **state) {
        Candidates l = {};
        bool files;

        COMPLETE(&l, "logs", "--");
        assert_true(has(&l, "--since="));
        assert_true(has(&l, "--lines"));
        assert_true(has(&l, "--account="));
        assert_false(has(&l, "--catalog"));
        assert_false(has(&l, "--no-block"));
        candidates_done(&l);

        COMPLETE(&l, "logs", "-o", "short-i");
        assert_int_equal(l.n, 2);
        assert_true(has(&l, "short-iso"));
        candidates_done(&l);
        COMPLETE(&l, "logs", "--output=verb");
        assert_true(has(&l, "--output=verbose"));
        candidates_done(&l);
        COMPLETE(&l, "logs", "-p", "w");
        assert_true(has(&l, "warning"));
        candidates_done(&l);

        /* Of other verbs they are others. */
        COMPLETE(&l, "status", "-o", "");
        assert_true(has(&l, "json"));
        assert_false(has(&l, "cat"));
        candidates_done(&l);
}

static void test_options(void **state) {
        Candidates l = {};
        bool files;

        COMPLETE(&l, "restart", "--");
        assert_true(has(&l, "--no-block"));
        assert_true(has(&l, "--job-mode="));
        assert_true(has(&l, "--account="));
        assert_false(has(&l, "--signal="));
        assert_false(has(&l, "-A"));
        candidates_done(&l);

        COMPLETE(&l, "-");
        assert_true(has(&l, "--signal="));
        assert_true(has(&l, "-A"));
        assert_false(has(&l, "--kill-who="));
        candidates_done(&l);

        COMPLETE(&l, "list-units", "--stat");
        assert_int_equal(l.n, 1);
        assert_true(l.items[0].partial);
        candidates_done(&l);

        /* Behind -- there are no options. */
        COMPLETE(&l, "version", "--", "--a");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
}

static void test_values(void **state) {
        Candidates l = {};
        bool files;

        COMPLETE(&l, "list-units", "--type=ser");
        assert_int_equal(l.n, 1);
        assert_string_equal(l.items[0].value, "--type=service");
        candidates_done(&l);
        COMPLETE(&l, "list-units", "--type=timer,so");
        assert_int_equal(l.n, 1);
        assert_string_equal(l.items[0].value, "--type=timer,socket");
        candidates_done(&l);
        COMPLETE(&l, "list-units", "--state", "failed,act");
        assert_true(has(&l, "failed,active"));
        candidates_done(&l);
        COMPLETE(&l, "list-units", "-t", "ti");
        assert_int_equal(l.n, 1);
        assert_string_equal(l.items[0].value, "timer");
        candidates_done(&l);
        COMPLETE(&l, "-o", "json");
        assert_true(has(&l, "json-pretty"));
        candidates_done(&l);
        COMPLETE(&l, "kill", "-qs", "SIGK");
        assert_true(has(&l, "SIGKILL"));
        candidates_done(&l);
        COMPLETE(&l, "start", "--job-mode=ig");
        assert_true(has(&l, "--job-mode=ignore-dependencies"));
        candidates_done(&l);
        COMPLETE(&l, "show", "-p", "Active");
        assert_true(has(&l, "ActiveState"));
        candidates_done(&l);
        COMPLETE(&l, "show", "-P", "SubS");
        assert_true(has(&l, "SubState"));
        candidates_done(&l);
        COMPLETE(&l, "--frobnicate=", "rest");
        assert_true(has(&l, "restart"));
        candidates_done(&l);
        COMPLETE(&l, "--frobnicate=x");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
        /* A value is no verb. */
        COMPLETE(&l, "-M", "restart", "rel");
        assert_true(has(&l, "reload"));
        candidates_done(&l);
}

static void test_run(void **state) {
        Candidates l = {};
        bool files;

        COMPLETE(&l, "run", "--");
        assert_true(has(&l, "--wait"));
        assert_true(has(&l, "--account="));
        assert_false(has(&l, "--uid="));
        assert_false(has(&l, "--state="));
        assert_false(files);
        candidates_done(&l);
        COMPLETE(&l, "run", "svc-web", "--wai");
        assert_true(has(&l, "--wait"));
        candidates_done(&l);
        COMPLETE(&l, "run", "-p", "MemoryM");
        assert_true(has(&l, "MemoryMax="));
        candidates_done(&l);
        COMPLETE(&l, "run", "--service-type=one");
        assert_true(has(&l, "--service-type=oneshot"));
        candidates_done(&l);

        /* -t has no value here, and what stands behind the program's name is the program's. */
        COMPLETE(&l, "run", "-t", "svc-web", "");
        assert_false(files);
        assert_int_equal(l.n, 1);
        assert_true(has(&l, "--"));
        candidates_done(&l);
        COMPLETE(&l, "run", "svc-web", "/usr/b");
        assert_true(files);
        COMPLETE(&l, "run", "svc-web", "true", "--wai");
        assert_true(files);
        assert_int_equal(l.n, 0);
        COMPLETE(&l, "run", "--", "");
        assert_true(files);
        COMPLETE(&l, "run", "svc-web", "--", "--wai");
        assert_true(files);
        assert_int_equal(l.n, 0);
}

/* Nothing is there to be asked: that is quiet, and quick. Somewhere else is not asked at all. */
static void test_no_service(void **state) {
        Candidates l = {};
        bool files;

        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1), 0);
        COMPLETE(&l, "stop", "no-such-account/a");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
        COMPLETE(&l, "stop", "--", "x", "--n");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
        COMPLETE(&l, "-H", "elsewhere", "stop", "");
        assert_int_equal(l.n, 0);
        candidates_done(&l);
}

static void test_candidates(void **state) {
        Candidates l = { .current = "a" };

        assert_int_equal(candidates_add(&l, "", "ab", "first", false), 0);
        assert_int_equal(candidates_add(&l, "a", "a", NULL, false), 0);
        assert_int_equal(candidates_add(&l, "", "ab", "second", false), 0);
        assert_int_equal(candidates_add(&l, "", "b", NULL, false), 0);
        assert_int_equal(candidates_add(&l, "", "ac", "evil\tdoc\x1b[31m\n", true), 0);
        candidates_sort(&l);
        assert_int_equal(l.n, 3);
        assert_string_equal(l.items[0].value, "aa");
        assert_string_equal(l.items[1].doc, "first");
        assert_null(strpbrk(l.items[2].doc, "\t\n\x1b"));
        assert_true(l.items[2].partial);
        candidates_done(&l);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_verbs),
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_logs),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_run),
                cmocka_unit_test(test_no_service),
                cmocka_unit_test(test_candidates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
