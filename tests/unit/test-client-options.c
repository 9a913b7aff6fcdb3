/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The command line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "client/options/options.h"
#include "client/remote.h"
#include "client/shell-quote.h"
#include "common/strv.h"

/* getopt moves the words about but does not write into them. */
#define PARSE(o, rest, environment, ...)                                                                    \
        options_parse((int) ELEMENTSOF(((const char *[]){ "userunitctl", __VA_ARGS__ })),                   \
                (char **) (const char *[]){ "userunitctl", __VA_ARGS__, NULL }, environment, o, rest)

static void test_values(void **state) {
        _cleanup_(options_done) Options o = {};
        char **rest;

        assert_int_equal(PARSE(&o, &rest, "env", "-at", "service,timer", "list-units", "--state=failed,",
                                 "--failed", "-o", "json-pretty", "a", "--type=socket", "-Mx@", "--", "-b"),
                0);
        assert_true(o.all);
        assert_int_equal(o.output, OUTPUT_JSON_PRETTY);
        assert_int_equal(strv_length(o.types), 3);
        assert_string_equal(o.types[2], "socket");
        assert_int_equal(strv_length(o.states), 2);
        assert_string_equal(o.account, "x");
        assert_true(o.account_given);
        assert_string_equal(rest[0], "list-units");
        assert_string_equal(rest[1], "a");
        assert_string_equal(rest[2], "-b");
        assert_null(rest[3]);
}

static void test_account(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, "svc-env", "status"), 0);
        assert_string_equal(o.account, "svc-env");
        assert_false(o.account_given);
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "svc-env", "-A"), 0);
        assert_null(o.account);
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "", "--account=svc/"), 0);
        assert_string_equal(o.account, "svc");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, NULL, "-M", "svc@.host"), 0);
        assert_string_equal(o.account, "svc");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, NULL, "-M", "container"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, NULL, "--account=/x"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, NULL, "--account=svc/app"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "svc/app", "status"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, NULL, "-A", "--account=svc"), -EINVAL);
}

static void test_refused(void **state) {
        static const char *const bad[] = { "--system", "--global", "--frobnicate", "-o", "-oyaml",
                "--legend=maybe", "-Z" };
        char **rest;
        Options o = {};

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(PARSE(&o, &rest, NULL, bad[i]), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, NULL, "--user", "--legend=no"), 0);
        assert_true(o.no_legend);
        options_done(&o);
}

static void test_quiet(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, NULL, "-q"), 0);
        assert_true(o.no_legend);
        options_done(&o);
        assert_int_equal(PARSE(&o, &rest, NULL, "--legend=yes", "-q"), 0);
        assert_false(o.no_legend);
        options_done(&o);
}

/* No name at all is not the same as no list of names. */
static void test_no_property(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, NULL, "show"), 0);
        assert_null(o.properties);
        options_done(&o);
        assert_int_equal(PARSE(&o, &rest, NULL, "--property=", "show"), 0);
        assert_non_null(o.properties);
        assert_int_equal(strv_length(o.properties), 0);
        options_done(&o);
        assert_int_equal(PARSE(&o, &rest, NULL, "-p", "", "-p", "Id", "show"), 0);
        assert_int_equal(strv_length(o.properties), 1);
        options_done(&o);
}

/* What is said on stderr where an option is refused. */
static char *said_of(const char *word) {
        int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
        char *text = calloc(1, 1024), **rest;
        Options o = {};

        assert_true(fd >= 0 && saved >= 0 && text);
        assert_true(dup2(fd, STDERR_FILENO) >= 0);
        assert_int_equal(PARSE(&o, &rest, NULL, word), -EINVAL);
        assert_true(dup2(saved, STDERR_FILENO) >= 0);
        assert_true(pread(fd, text, 1023, 0) > 0);
        close(fd);
        close(saved);
        return text;
}

static void test_said(void **state) {
        static const struct {
                const char *word;
                const char *part;
        } cases[] = {
                { "--all-acounts", "did you mean '--all-accounts'?" },
                { "--no-such-thing=x", "no option '--no-such-thing';" },
                { "--al=x", "short for several" },
                { "--t", "short for several" },
                { "--full=x", "--full takes no value" },
                { "--property", "--property needs a value: NAME" },
                { "-p", "--property needs a value" },
                { "-P", "-P needs a value" },
                { "-Z", "no option '-Z'" },
                { "--state=faild", "did you mean 'failed'" },
                { "--type=servce", "there are service, mount" },
                { "--timestamp=now", "pretty, us, utc" },
                { "--root=/", "systemctl --root=" },
                { "--recursive", "-A lists all accounts" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = said_of(cases[i].word);

                assert_non_null(strstr(text, cases[i].part));
        }
}

/* Load states can stand among the types; words that are asked for are printed. */
static void test_words(void **state) {
        static const char *const helps[] = { "--state=help", "--type=help", "--job-mode=help", "--what=help",
                "--kill-whom=help", "--timestamp=help", "--output=help" };
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, NULL, "-t", "timer,masked", "--state=running,enabled"), 0);
        assert_int_equal(strv_length(o.types), 1);
        assert_int_equal(strv_length(o.states), 3);
        assert_string_equal(o.states[0], "masked");
        options_done(&o);

        for (size_t i = 0; i < ELEMENTSOF(helps); i++)
                assert_int_equal(PARSE(&o, &rest, NULL, helps[i]), 1);
}

static void test_remote(void **state) {
        _cleanup_strv_free_ char **words = NULL;
        char **rest;
        Options o = {};

        assert_int_equal(
                PARSE(&o, &rest, "svc-env", "-aH", "eng@host", "-p", "A,B", "show", "it's; rm -rf"), 0);
        assert_int_equal(remote_command(&o, rest, true, &words), 0);
        assert_string_equal(words[0], "ssh");
        assert_string_equal(words[1], "-t");
        assert_string_equal(words[3], "--");
        assert_string_equal(words[4], "eng@host");
        assert_string_equal(words[5],
                "userunitctl '--account=svc-env' '--all' '--property=A,B' '--' 'show' 'it'\\''s; rm -rf'");
        assert_null(words[6]);
        options_done(&o);
}

/* What a real shell makes of it. */
static void check_shell(char *quoted, const char *word) {
        _cleanup_free_ char *command = NULL;
        char got[64] = "";
        FILE *f;

        assert_non_null(quoted);
        assert_true(asprintf(&command, "printf %%s %s", quoted) >= 0);
        f = popen(command, "re");
        assert_non_null(f);
        got[fread(got, 1, sizeof(got) - 1, f)] = 0;
        assert_int_equal(pclose(f), 0);
        assert_string_equal(got, word);
        free(quoted);
}

static void test_quote(void **state) {
        static const char *const words[] = { "", "a b", "'", "''\\''", "$(id)", "`id`", "a\nb", "*", "\\",
                "\"", "ü", "=ls", "~root", "{a,b}", "a#b", "a=b,c" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                check_shell(shell_word_quoted(words[i]), words[i]);
                check_shell(shell_word(words[i]), words[i]);
        }
}

static void test_host(void **state) {
        static const char *const good[] = { "host", "eng@host", "10.0.0.1", "u@[::1]", "fe80::1%eth0",
                "u@realm@host", "DOM\\user@host" };
        static const char *const bad[] = { "", "-oProxyCommand=x", "-x", "-4", "eng@-x", "eng@", "a b",
                "a;b", "a\nb", "$(x)", "~x", "ü", "a'b", "ssh://x/" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(remote_host_is_valid(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(remote_host_is_valid(bad[i]));
}

/* Behind a verb that has options of its own they go first, among its arguments too, and all behind --exec is
 * a command. */
static void test_own(void **state) {
        _cleanup_(options_done) Options history = {}, watch = {}, joined = {}, wait = {}, before = {};
        char **rest;

        assert_int_equal(PARSE(&history, &rest, NULL, "-o", "json", "history", "-fn5", "a/", "-S", "today",
                                 "--caller=eng,1002", "-Mx@", "--failed", "--", "-b"),
                0);
        assert_true(history.event.follow && history.event.failed);
        assert_false(history.force);
        assert_null(history.states);
        assert_string_equal(history.lines, "5");
        assert_string_equal(history.event.since, "today");
        assert_string_equal(history.event.callers[1], "1002");
        assert_string_equal(history.account, "x");
        assert_int_equal(history.output, OUTPUT_JSON);
        assert_string_equal(rest[0], "history");
        assert_string_equal(rest[1], "a/");
        assert_string_equal(rest[2], "-b");
        assert_null(rest[3]);
        /* On another host the same words are read again. */
        assert_string_equal(history.typed[0], "history");
        assert_string_equal(history.typed[1], "-fn5");
        assert_string_equal(history.forward[0], "--output=json");
        assert_null(history.forward[1]);

        assert_int_equal(PARSE(&watch, &rest, NULL, "watch", "a/b", "--failed", "--exec", "sh", "-c",
                                 "exit 1", "--", "--failed"),
                0);
        assert_string_equal(rest[0], "watch");
        assert_string_equal(rest[1], "a/b");
        assert_null(rest[2]);
        assert_int_equal(strv_length(watch.event.command), 5);
        assert_string_equal(watch.event.command[0], "sh");
        assert_string_equal(watch.event.command[4], "--failed");
        assert_int_equal(PARSE(&joined, &rest, NULL, "watch", "--exec=/bin/true", "-q"), 0);
        assert_string_equal(joined.event.command[0], "/bin/true");
        assert_string_equal(joined.event.command[1], "-q");
        assert_null(rest[1]);
        assert_int_equal(PARSE(&joined, &rest, NULL, "watch", "--exec"), -EINVAL);

        assert_int_equal(PARSE(&wait, &rest, NULL, "wait", "--for", "failed", "a/b", "--timeout=1min"), 0);
        assert_int_equal(wait.event.goal, WAIT_FAILED);
        assert_int_equal(wait.event.timeout_usec, 60 * USEC_PER_SEC);
        assert_int_equal(PARSE(&wait, &rest, NULL, "wait", "a/b", "--for=well"), -EINVAL);
        /* Before the verb they are not known. */
        assert_int_equal(PARSE(&before, &rest, NULL, "--for=active", "wait", "a/b"), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_account),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_quiet),
                cmocka_unit_test(test_no_property),
                cmocka_unit_test(test_said),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_remote),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_host),
                cmocka_unit_test(test_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
