/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Events as they happen: streams that break off and are taken up again, commands that are run for them, and
 * who waits for a unit.
 */

#include "tests/unit/client-stream-fixture.h"

#include <time.h>

#include "client/event-command.h"
#include "client/render/event.h"
#include "client/verbs.h"
#include "client/wait.h"
#include "client/watch.h"
#include "common/clock.h"
#include "common/strv.h"

#define EVENT(cursor, event, unit)                                                                          \
        "{\"time\":1764000000000000,\"cursor\":\"" cursor "\",\"event\":\"" event                           \
        "\",\"uid\":1101,\"account\":\"svc-web\",\"unit\":\"" unit "\"}\n"

/* ---- resuming ---- */

typedef struct Seen {
        char **cursors;
        size_t enough;
        size_t n_ready;
} Seen;

static int see(Client *c, json_object *event, const char *line, size_t n, void *userdata) {
        Seen *seen = userdata;

        assert_int_equal(line[n - 1], '}');
        assert_int_equal(strv_extend(&seen->cursors, reply_string(event, "cursor")), 0);
        return strv_length(seen->cursors) == seen->enough;
}

static int be_ready(Client *c, void *userdata) {
        ((Seen *) userdata)->n_ready++;
        return 0;
}

static int run_watch(const char *after, size_t enough, Seen *seen, int *ret_exit_code) {
        _cleanup_(watch_done) Watch w = WATCH_NULL;
        Client c = { .options = { .all_accounts = true, .no_ask_password = true } };

        *seen = (Seen){ .enough = enough };
        assert_int_equal(request_init(&c, METHOD_EVENTS_WATCH, NULL, 0, &w.request), 0);
        w.on_event = see;
        w.on_ready = be_ready;
        w.userdata = seen;
        w.quiet = true;
        w.cursor = after ? strdup(after) : NULL;
        return watch_run(&w, &c, ret_exit_code);
}

static void assert_seen(Seen *seen, const char *expected) {
        _cleanup_free_ char *text = strdup("");

        STRV_FOREACH(cursor, seen->cursors) {
                char *longer;

                assert_true(asprintf(&longer, "%s%s ", text, *cursor) > 0);
                free(text);
                text = longer;
        }
        assert_string_equal(text, expected);
        seen->cursors = strv_free(seen->cursors);
}

/* The stream ends without a last line: the next begins behind the last event, and what it repeats of that is
 * left out. */
static void test_resume(void **state) {
        static const Scripted s[] = {
                { .expected = { "events.watch", "\"*\"" },
                        .text = EVENT("c1", "started", "a.service") EVENT("c2", "stopped", "a.service") },
                { .expected = { "events.watch", "\"after_cursor\":\"c2\"" },
                        .text = EVENT("c2", "stopped", "a.service") EVENT("c3", "failed", "a.service") },
                { .expected = { "\"after_cursor\":\"c3\"" },
                        .text = EVENT("c4", "started", "a.service") EVENT("c5", "started", "a.service") },
        };
        int exit_code = -1;
        Seen seen;

        script_begin(s, ELEMENTSOF(s));
        assert_int_equal(run_watch(NULL, 4, &seen, &exit_code), 1);
        script_end();
        assert_seen(&seen, "c1 c2 c3 c4 ");
}

/* Before the first event there is the position; where the service does not tell one, the time. */
static void test_resume_without_event(void **state) {
        static const Scripted position[] = {
                { .expected = { "events.watch" }, .text = "{\"cursor\":\"p0\"}\n" },
                { .expected = { "events.watch", "\"after_cursor\":\"p0\"" },
                        .text = "{\"cursor\":\"p1\"}\n" EVENT("c1", "started", "a.service") },
        };
        static const Scripted none[] = {
                { .expected = { "events.watch" }, .text = "" },
                { .expected = { "events.list", "\"since\":1" },
                        .text = EVENT("c1", "started", "a.service") "{\"end\":{}}\n" },
                { .expected = { "events.watch", "\"after_cursor\":\"c1\"" },
                        .text = EVENT("c2", "started", "a.service") },
        };
        int exit_code = -1;
        Seen seen;

        script_begin(position, ELEMENTSOF(position));
        assert_int_equal(run_watch(NULL, 1, &seen, &exit_code), 1);
        script_end();
        assert_int_equal(seen.n_ready, 2);
        assert_seen(&seen, "c1 ");

        script_begin(none, ELEMENTSOF(none));
        assert_int_equal(run_watch(NULL, 2, &seen, &exit_code), 1);
        script_end();
        assert_seen(&seen, "c1 c2 ");
}

/* Who falls behind is told where to go on; who is refused is not asked again. */
static void test_lag_and_refusal(void **state) {
        static const Scripted lag[] = {
                { .expected = { "\"after_cursor\":\"c0\"" },
                        .text = EVENT("c1", "started", "a.service") "{\"error\":{\"name\":\"LimitExceeded\","
                                                                    "\"message\":\"Too slow.\"},\"cursor\":"
                                                                    "\"c7\"}\n" },
                { .expected = { "\"after_cursor\":\"c7\"" }, .text = EVENT("c8", "started", "a.service") },
        };
        static const Scripted refused[] = { { .error = ERROR_NOT_AUTHORIZED } };
        static const Scripted lost[] = { { .text = EVENT("c1", "started", "a.service") },
                { .error = ERROR_UNAVAILABLE }, { .text = EVENT("c2", "started", "a.service") } };
        int exit_code = -1;
        Seen seen;

        script_begin(lag, ELEMENTSOF(lag));
        assert_int_equal(run_watch("c0", 2, &seen, &exit_code), 1);
        script_end();
        assert_seen(&seen, "c1 c8 ");

        script_begin(refused, ELEMENTSOF(refused));
        assert_int_equal(run_watch(NULL, 1, &seen, &exit_code), -ECANCELED);
        script_end();
        assert_int_equal(exit_code, EXIT_CODE_NOT_AUTHORIZED);

        /* One that was there comes back. */
        script_begin(lost, ELEMENTSOF(lost));
        assert_int_equal(run_watch(NULL, 2, &seen, &exit_code), 1);
        script_end();
        assert_seen(&seen, "c1 c2 ");
}

/* ---- commands ---- */

static int run_shell(const char *script_text, const char *line) {
        _cleanup_reply_ json_object *event = NULL;
        char *command[] = { (char *) "sh", (char *) "-c", (char *) script_text, NULL };

        assert_int_equal(reply_parse(line, strlen(line), &event), 0);
        return event_command_run(command, event, line, strlen(line));
}

static void test_command(void **state) {
        static const char line[] =
                "{\"time\":17,\"cursor\":\"c\",\"event\":\"failed\",\"uid\":1101,\"account\":\"svc-web\","
                "\"unit\":\"a$(id)\\n.service\",\"result\":\"exit-code\",\"exit_status\":\"3\",\"restarts\":2}";
        char *missing[] = { (char *) "/nonexistent/command", NULL };
        _cleanup_reply_ json_object *event = NULL;

        setenv("USERUNIT_VERB", "stale", 1);
        assert_int_equal(run_shell("test \"$USERUNIT_EVENT/$USERUNIT_ACCOUNT/$USERUNIT_RESULT/$USERUNIT_"
                                   "EXIT_STATUS/$USERUNIT_RESTARTS/$USERUNIT_UID/$USERUNIT_TIME\" = "
                                   "failed/svc-web/exit-code/3/2/1101/17",
                                 line),
                0);
        /* What a unit is called is text and nothing else. */
        assert_int_equal(run_shell("test \"$USERUNIT_UNIT\" = 'a$(id)\n.service'", line), 0);
        assert_int_equal(run_shell("test -z \"${USERUNIT_VERB+x}\"", line), 0);
        assert_int_equal(
                run_shell("read -r l && case $l in '{\"time\":17,'*) exit 0; esac; exit 1", line), 0);
        /* A command that reads nothing, and its end. */
        assert_int_equal(run_shell("exit 7", line), 7);
        assert_int_equal(run_shell("kill -9 $$", line), 137);
        assert_int_equal(reply_parse(line, strlen(line), &event), 0);
        assert_int_equal(event_command_run(missing, event, line, strlen(line)), -ENOENT);
        assert_string_equal(getenv("USERUNIT_VERB"), "stale");
        unsetenv("USERUNIT_VERB");
}

/* ---- how they are shown ---- */

static void assert_described(const char *line, const char *address, const char *what) {
        _cleanup_free_ char *a = NULL, *w = NULL;
        _cleanup_reply_ json_object *event = NULL;

        assert_int_equal(reply_parse(line, strlen(line), &event), 0);
        a = event_address(event);
        w = event_describe(event);
        assert_string_equal(a, address);
        assert_string_equal(w, what);
}

static void test_describe(void **state) {
        assert_described("{\"event\":\"started\",\"account\":\"a\",\"unit\":\"b.service\"}", "a/b.service",
                "started");
        assert_described("{\"event\":\"failed\",\"account\":\"a\",\"unit\":\"b.service\",\"result\":\"exit-"
                         "code\",\"exit_code\":\"exited\",\"exit_status\":\"3\",\"restarts\":1}",
                "a/b.service", "failed (exit-code: exited, status 3), restarted 1 time");
        assert_described(
                "{\"event\":\"failed\",\"account\":\"a\",\"unit\":\"b.service\",\"result\":\"signal\","
                "\"exit_code\":\"killed\",\"exit_status\":\"KILL\",\"restarts\":4}",
                "a/b.service", "failed (signal: killed, signal KILL), restarted 4 times");
        assert_described(
                "{\"event\":\"stopped\",\"account\":\"a\",\"unit\":\"b.service\",\"result\":\"success\"}",
                "a/b.service", "stopped");
        assert_described("{\"event\":\"linger-on\",\"uid\":0,\"verb\":\"enable-linger\",\"caller_uid\":0}",
                "root/", "linger on: enable-linger by root");
        assert_described("{\"event\":\"of-a-later-version\",\"uid\":4294967294}", "4294967294/",
                "of-a-later-version");
}

/* ---- waiting ---- */

static WaitVerdict look_at(WaitUnit *unit, WaitGoal goal, const char *active, uint64_t now) {
        const char *load = streq_ptr(active, "gone") ? "not-found" : "loaded";

        assert_int_equal(wait_unit_look(unit, goal, load, streq_ptr(active, "gone") ? "inactive" : active,
                                 false, now),
                0);
        return unit->verdict;
}

static void unit_done(WaitUnit *unit) {
        free(unit->active);
}

static void test_wait_active(void **state) {
        _cleanup_(unit_done) WaitUnit unit = {}, missing = {};

        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "inactive", 100), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, NULL, 100), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "activating", 100), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "active", 100), WAIT_HOLDS);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "reloading", 100), WAIT_HOLDS);
        /* A moment of failure between two attempts is none. */
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "failed", 200), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "activating", 200 + WAIT_GRACE_USEC), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "failed", 300 + WAIT_GRACE_USEC), WAIT_PENDING);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "failed", 300 + 2 * WAIT_GRACE_USEC), WAIT_LOST);
        assert_int_equal(look_at(&unit, WAIT_ACTIVE, "gone", 400), WAIT_LOST);
        assert_int_equal(look_at(&missing, WAIT_ACTIVE, "gone", 400), WAIT_MISSING);
}

static void test_wait_others(void **state) {
        _cleanup_(unit_done) WaitUnit ends = {}, fails = {}, proved = {}, missing = {};

        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "active", 100), WAIT_PENDING);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "deactivating", 100), WAIT_PENDING);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "failed", 100), WAIT_PENDING);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "failed", 100 + WAIT_GRACE_USEC), WAIT_LOST);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "inactive", 100), WAIT_HOLDS);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, "gone", 100), WAIT_HOLDS);
        assert_int_equal(look_at(&ends, WAIT_INACTIVE, NULL, 100), WAIT_HOLDS);
        assert_int_equal(look_at(&missing, WAIT_INACTIVE, "gone", 100), WAIT_MISSING);

        assert_int_equal(look_at(&fails, WAIT_FAILED, "active", 100), WAIT_PENDING);
        assert_int_equal(look_at(&fails, WAIT_FAILED, "inactive", 100), WAIT_PENDING);
        assert_int_equal(look_at(&fails, WAIT_FAILED, "failed", 100), WAIT_HOLDS);
        assert_int_equal(look_at(&fails, WAIT_FAILED, "gone", 100), WAIT_LOST);

        assert_int_equal(wait_unit_look(&proved, WAIT_PROOF, "loaded", "active", false, 1), 0);
        assert_int_equal(proved.verdict, WAIT_PENDING);
        assert_int_equal(wait_unit_look(&proved, WAIT_PROOF, "loaded", "active", true, 1), 0);
        assert_int_equal(proved.verdict, WAIT_HOLDS);
}

#define STATE(load, active)                                                                                 \
        "{\"parameters\":{\"accounts\":[{\"account\":\"svc-web\",\"uid\":1101,\"units\":[{\"unit\":"        \
        "\"a.service\",\"load\":\"" load "\",\"active\":\"" active                                          \
        "\",\"sub\":\"x\"}]}],\"complete\":true}}"

static int run_wait(WaitGoal goal, uint64_t timeout_usec) {
        char argument[] = "svc-web/a", *arguments[] = { argument, NULL };
        Client c = {
                .options = {
                        .no_ask_password = true,
                        .event = { .goal = goal, .goal_given = true, .timeout_usec = timeout_usec },
                },
        };

        return verb_wait(&c, verb_find("wait"), arguments);
}

/* It is looked when the stream stands, and at each event. */
static void test_wait_verb(void **state) {
        static const Scripted at_once[] = { { .expected = { "units.state", "a.service" },
                .text = STATE("loaded", "active") } };
        static const Scripted by_event[] = {
                { .expected = { "units.state" }, .text = STATE("loaded", "inactive") },
                { .expected = { "events.watch", "svc-web", "a.service" },
                        .text = "{\"cursor\":\"p\"}\n" EVENT("c1", "started", "a.service"),
                        .open = true },
                { .expected = { "units.state" }, .text = STATE("loaded", "activating") },
                { .expected = { "units.state" }, .text = STATE("loaded", "active") },
        };
        static const Scripted none[] = { { .text = STATE("not-found", "inactive") } };
        static const Scripted refused[] = { { .error = ERROR_NOT_AUTHORIZED } };
        static const Scripted in_vain[] = {
                { .text = STATE("loaded", "activating") },
                { .text = "{\"cursor\":\"p\"}\n", .open = true },
                { .text = STATE("loaded", "activating") },
        };

        script_begin(at_once, ELEMENTSOF(at_once));
        assert_int_equal(run_wait(WAIT_ACTIVE, 0), EXIT_CODE_OK);
        script_end();
        script_begin(by_event, ELEMENTSOF(by_event));
        assert_int_equal(run_wait(WAIT_ACTIVE, 0), EXIT_CODE_OK);
        script_end();
        script_begin(none, ELEMENTSOF(none));
        assert_int_equal(run_wait(WAIT_ACTIVE, 0), EXIT_CODE_NO_SUCH_UNIT);
        script_end();
        script_begin(refused, ELEMENTSOF(refused));
        assert_int_equal(run_wait(WAIT_ACTIVE, 0), EXIT_CODE_NOT_AUTHORIZED);
        script_end();
        script_begin(in_vain, ELEMENTSOF(in_vain));
        assert_int_equal(run_wait(WAIT_ACTIVE, USEC_PER_SEC / 10), 124);
        script_end();
}

#define PROVED(result)                                                                                      \
        "{\"parameters\":{\"accounts\":[{\"account\":\"svc-web\",\"uid\":1101,\"units\":[{\"unit\":"        \
        "\"a.service\",\"active\":\"active\",\"proofs\":[{\"proof\":\"exec:x\",\"result\":\"not-run\"},"    \
        "{\"proof\":\"tcp:1\",\"result\":\"" result "\"}]}]}],\"complete\":true}}"

static void test_wait_proof(void **state) {
        static const Scripted passes[] = { { .expected = { "units.prove" }, .text = PROVED("pass") } };
        static const Scripted only_commands[] = { { .text = PROVED("not-run") } };
        static const Scripted later[] = {
                { .text = PROVED("fail") },
                { .text = "{\"cursor\":\"p\"}\n", .open = true },
                { .text = PROVED("pass") },
        };

        script_begin(passes, ELEMENTSOF(passes));
        assert_int_equal(run_wait(WAIT_PROOF, 0), EXIT_CODE_OK);
        script_end();
        script_begin(only_commands, ELEMENTSOF(only_commands));
        assert_int_equal(run_wait(WAIT_PROOF, 0), EXIT_CODE_FAILURE);
        script_end();
        script_begin(later, ELEMENTSOF(later));
        assert_int_equal(run_wait(WAIT_PROOF, 0), EXIT_CODE_OK);
        script_end();
}

/* Without a stream it is looked again and again; a unit that stays failed is given up. */
static void test_wait_polling(void **state) {
        static const Scripted s[] = {
                { .text = STATE("loaded", "inactive") },
                { .expected = { "events.watch" }, .error = ERROR_NO_SUCH_METHOD },
                { .expected = { "units.state" }, .error = ERROR_UNAVAILABLE },
                { .expected = { "units.state" }, .text = STATE("loaded", "failed") },
                { .expected = { "units.state" }, .text = STATE("loaded", "failed") },
                { .expected = { "units.state" }, .text = STATE("loaded", "failed") },
                { .expected = { "units.state" }, .text = STATE("loaded", "failed") },
                { .expected = { "units.state" }, .text = STATE("loaded", "failed") },
        };

        script_begin(s, ELEMENTSOF(s));
        assert_int_equal(run_wait(WAIT_ACTIVE, 20 * USEC_PER_SEC), EXIT_CODE_FAILURE);
        script_end();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_resume),
                cmocka_unit_test(test_resume_without_event),
                cmocka_unit_test(test_lag_and_refusal),
                cmocka_unit_test(test_command),
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_wait_active),
                cmocka_unit_test(test_wait_others),
                cmocka_unit_test(test_wait_verb),
                cmocka_unit_test(test_wait_proof),
                cmocka_unit_test(test_wait_polling),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
