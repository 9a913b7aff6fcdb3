/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command line of `run`: systemd-run's options, and a command that is left alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "client/options/options.h"
#include "client/remote.h"
#include "client/waiting.h"
#include "common/strv.h"

/* getopt moves the words about but does not write into them. */
#define PARSE(o, rest, ...)                                                                                 \
        options_parse((int) ELEMENTSOF(((const char *[]){ "userunitctl", __VA_ARGS__ })),                   \
                (char **) (const char *[]){ "userunitctl", __VA_ARGS__, NULL }, NULL, o, rest)

static void assert_words(char *const *words, const char *expected) {
        char text[512] = "";

        STRV_FOREACH(word, words) {
                if (*text)
                        strcat(text, "|");
                strcat(text, *word);
        }
        assert_string_equal(text, expected);
}

static void test_where_the_command_begins(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, "run", "svc-web", "--", "ls", "-l", "--wait"), 0);
        assert_string_equal(o.run.address, "svc-web");
        assert_words(o.run.command, "ls|-l|--wait");
        assert_false(o.run.wait);
        assert_string_equal(rest[0], "run");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run", "svc-web", "ls", "-l", "--", "-x"), 0);
        assert_string_equal(o.run.address, "svc-web");
        assert_words(o.run.command, "ls|-l|--|-x");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run", "--", "ls", "-l"), 0);
        assert_null(o.run.address);
        assert_words(o.run.command, "ls|-l");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "-q", "run", "--wait", "svc-web/x", "-P", "--", "--help"), 0);
        assert_string_equal(o.run.address, "svc-web/x");
        assert_words(o.run.command, "--help");
        assert_true(o.quiet && o.run.wait && o.run.pipe && !o.help);
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run", "svc-web"), 0);
        assert_words(o.run.command, "");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run"), 0);
        assert_null(o.run.address);
        assert_words(o.run.command, "");
        options_done(&o);

        /* An account of that name, and no verb. */
        assert_int_equal(PARSE(&o, &rest, "status", "run", "--no-pager"), 0);
        assert_true(o.no_pager);
        assert_null(o.run.command);
        assert_words(rest, "status|run");
        options_done(&o);
}

static void test_meanings(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(
                PARSE(&o, &rest, "run", "-p", "MemoryMax=1G", "-pNice=5", "-P", "-r", "-G", "--nice=3",
                        "--service-type=oneshot", "--slice=a", "--description=x y", "--working-directory=~",
                        "--send-sighup", "-u", "u1", "-o", "json", "-qMx@", "--", "c"),
                0);
        assert_words(o.run.assignments,
                "MemoryMax=1G|Nice=5|RemainAfterExit=yes|CollectMode=inactive-or-failed|Nice=3|Type=oneshot|"
                "Slice=a.slice|Description=x y|WorkingDirectory=~|SendSIGHUP=yes");
        assert_string_equal(o.run.unit, "u1");
        assert_string_equal(o.account, "x");
        assert_true(o.run.pipe && o.run.wait && o.quiet && o.run.remain && o.run.collect);
        assert_int_equal(o.output, OUTPUT_JSON);
        assert_null(o.properties);
        assert_false(o.value);
        options_done(&o);

        /* The same letters of another verb. */
        assert_int_equal(PARSE(&o, &rest, "show", "-p", "Id", "-P", "Names", "-t", "service"), 0);
        assert_words(o.properties, "Id|Names");
        assert_true(o.value);
        assert_null(o.run.assignments);
        options_done(&o);
}

static void test_timer(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(
                PARSE(&o, &rest, "run", "--on-active=5m", "--on-calendar", "daily", "--on-clock-change",
                        "--timer-property=AccuracySec=1s", "--description=x", "--", "c"),
                0);
        assert_words(o.run.timer,
                "OnActiveSec=5m|OnCalendar=daily|OnClockChange=yes|AccuracySec=1s|Description=x");
        assert_true(o.run.has_trigger);
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run", "--timer-property=OnBootSec=1", "c"), 0);
        assert_true(o.run.has_trigger);
        options_done(&o);
        assert_int_equal(PARSE(&o, &rest, "run", "--timer-property=AccuracySec=1", "c"), 0);
        assert_false(o.run.has_trigger);
        options_done(&o);
}

static void test_environment(void **state) {
        char **rest;
        Options o = {};

        assert_return_code(setenv("TEST_RUN_SET", "a \"b\" \\ \n", 1), errno);
        assert_return_code(setenv("TEST_RUN_RAW", "\377", 1), errno);
        assert_int_equal(PARSE(&o, &rest, "run", "-E", "A=1 $x %h", "-E", "TEST_RUN_SET", "-E",
                                 "TEST_RUN_UNSET", "--setenv=B=", "--", "c"),
                0);
        assert_words(o.run.assignments,
                "Environment=\"A=1 $x %h\"|Environment=\"TEST_RUN_SET=a \\\"b\\\" \\\\ \\n\"|Environment=\"B=\"");
        options_done(&o);

        assert_int_equal(PARSE(&o, &rest, "run", "-E", "TEST_RUN_RAW", "--", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-E", "A=\300\257", "--", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-E", "=x", "--", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-E", "1A=x", "--", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-E", "A-B", "--", "c"), -EINVAL);
}

static void test_refused(void **state) {
        char **rest;
        Options o = {};

        assert_int_equal(PARSE(&o, &rest, "run", "--scope", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-t", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-S", "a"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "--uid=x", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "--gid=x", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-H", "h", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-p", "MemoryMax", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "--working-directory=x", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "--slice=a.service", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "--nosuch", "a", "c"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "run", "-p"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "--wait", "list-units"), -EINVAL);
        assert_int_equal(PARSE(&o, &rest, "--nosuch", "run", "a", "c"), -EINVAL);
}

static void check_sentence(MethodId id, Parameters p, bool sure, const char *expected) {
        _cleanup_free_ char *sentence =
                waiting_sentence(&(Request){ .method = method_get(id), .parameters = p }, sure);

        if (!expected) {
                assert_null(sentence);
                return;
        }
        assert_non_null(sentence);
        assert_string_equal(sentence, expected);
}

static void test_what_goes_on(void **state) {
        char *accounts[] = { (char *) "svc-web", NULL }, *units[] = { (char *) "a.service", NULL },
             *two[] = { (char *) "a.service", (char *) "b.service", NULL },
             *targets[] = { (char *) "svc-api/\033ca.service", NULL };

        check_sentence(METHOD_UNITS_RUN, (Parameters){ .accounts = accounts, .units = units }, true,
                "svc-web/a.service goes on: \"userunitctl status svc-web/a.service\" tells of it, "
                "\"userunitctl stop svc-web/a.service\" ends it.");
        check_sentence(METHOD_UNITS_RESTART, (Parameters){ .units = units }, false,
                "The job of a.service goes on, if it was begun: \"userunitctl status a.service\" tells of it.");
        check_sentence(METHOD_UNITS_STOP, (Parameters){ .targets = targets }, true,
                "The job of svc-api/\\x1bca.service goes on: "
                "\"userunitctl status svc-api/\\x1bca.service\" tells of it.");
        check_sentence(METHOD_UNITS_STOP, (Parameters){ .accounts = accounts, .units = two }, true,
                "The jobs that were queued go on.");
        check_sentence(METHOD_UNITS_STOP, (Parameters){ .units = units, .no_block = true }, true, NULL);
        check_sentence(METHOD_UNITS_SHOW, (Parameters){ .units = units }, true, NULL);
}

/* A signal ends it as ever, and says the sentence once. */
static void test_broken_off(void **state) {
        static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                char text[64] = "";
                int fds[2], status;
                pid_t pid;

                assert_return_code(pipe2(fds, O_CLOEXEC), errno);
                pid = fork();
                assert_return_code(pid, errno);
                if (pid == 0) {
                        (void) dup2(fds[1], STDERR_FILENO);
                        (void) signal(numbers[i], SIG_DFL);
                        waiting_begin(strdup("first"));
                        waiting_end();
                        waiting_begin(strdup("It goes on."));
                        (void) raise(numbers[i]);
                        _exit(EXIT_SUCCESS);
                }
                (void) close(fds[1]);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
                assert_int_equal(read(fds[0], text, sizeof(text)), strlen("It goes on.\n"));
                assert_string_equal(text, "It goes on.\n");
                (void) close(fds[0]);
        }
}

/* The other host's client parses it once more: all of it goes along as it was typed, behind "--". */
static void test_remote(void **state) {
        _cleanup_(options_done) Options o = {};
        _cleanup_strv_free_ char **words = NULL;
        char **rest;

        assert_int_equal(
                PARSE(&o, &rest, "-H", "host", "-q", "run", "--wait", "svc-web", "--", "ls", "-l"), 0);
        assert_int_equal(remote_command(&o, rest, false, &words), 0);
        assert_non_null(strstr(
                words[strv_length(words) - 1], "'--quiet' '--' 'run' '--wait' 'svc-web' '--' 'ls' '-l'"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_where_the_command_begins),
                cmocka_unit_test(test_meanings),
                cmocka_unit_test(test_timer),
                cmocka_unit_test(test_environment),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_what_goes_on),
                cmocka_unit_test(test_broken_off),
                cmocka_unit_test(test_remote),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
