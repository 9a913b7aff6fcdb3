/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who did what: verdicts and outcomes joined, whatever comes between them and in either direction, and what
 * is said of those without a half. And the page of a unit.
 */

#include "tests/unit/client-stream-fixture.h"

#include <inttypes.h>
#include <time.h>

#include "client/history.h"
#include "client/render/history.h"
#include "client/render/why.h"
#include "client/terminal/text.h"
#include "client/verbs.h"

/* All of a row that matters, a line each. */
typedef struct Rows {
        FILE *f;
        char *text;
        size_t size;
        size_t n, enough;
} Rows;

static void rows_begin(Rows *rows, size_t enough) {
        *rows = (Rows){ .enough = enough };
        rows->f = open_memstream(&rows->text, &rows->size);
        assert_non_null(rows->f);
}

static int add_row(json_object *row, void *userdata) {
        Rows *rows = userdata;

        fprintf(rows->f, "%" PRIu64 " %s %s %s %s %s\n", reply_u64(row, "time", 0),
                strempty(reply_string(row, "request")), strempty(reply_string(row, "unit")),
                strempty(reply_string(row, "verdict")), strempty(reply_string(row, "result")),
                strempty(reply_string(row, "error_name")));
        return ++rows->n == rows->enough;
}

static void rows_end(Rows *rows, const char *expected) {
        fclose(rows->f);
        assert_string_equal(rows->text, expected);
        free(rows->text);
}

static json_object *record(uint64_t time, const char *kind, const char *request, const char *unit,
        const char *method, const char *more) {
        _cleanup_free_ char *text = NULL;
        json_object *o;

        assert_true(asprintf(&text,
                            "{\"time\":%" PRIu64 ",\"cursor\":\"%s%" PRIu64
                            "\",\"record\":\"%s\",\"request\":\"%s\",\"caller_uid\":0,\"account\":"
                            "\"svc-web\",\"uid\":1101,\"unit\":\"%s\",\"method\":\"%s\",\"verb\":\"x\"%s}",
                            time, kind, time, kind, request, unit, method, more) > 0);
        assert_int_equal(reply_parse(text, strlen(text), &o), 0);
        return o;
}

#define GRANTED(time, request, unit)                                                                        \
        record(time, "verdict", request, unit, "units.restart", ",\"verdict\":\"granted\"")
#define READ(time, request) record(time, "verdict", request, "a", "units.list", ",\"verdict\":\"granted\"")
#define DENIED(time, request)                                                                               \
        record(time, "verdict", request, "a", "units.restart",                                              \
                ",\"verdict\":\"denied\",\"error_name\":\"NotAuthorized\"")
#define OUTCOME(time, request, unit, more)                                                                  \
        record(time, "outcome", request, unit, "units.restart", ",\"duration_usec\":5" more)

static void test_forward(void **state) {
        _cleanup_(history_done) History h = {};
        Rows rows;

        rows_begin(&rows, 0);
        h = (History){ .handler = add_row, .userdata = &rows };
        /* One request about two units, another in between, of which no outcome comes. */
        assert_int_equal(history_add(&h, READ(10, "r0")), 0);
        assert_int_equal(history_add(&h, GRANTED(11, "r1", "a")), 0);
        assert_int_equal(history_add(&h, GRANTED(12, "r1", "b")), 0);
        assert_int_equal(history_add(&h, GRANTED(13, "r2", "a")), 0);
        assert_int_equal(history_add(&h, DENIED(14, "r3")), 0);
        assert_int_equal(history_add(&h, OUTCOME(15, "r1", "a", ",\"result\":\"done\"")), 0);
        assert_int_equal(history_add(&h, OUTCOME(16, "r1", "b", ",\"error_name\":\"JobFailed\"")), 0);
        /* Its verdict is out of sight; and one that names another account is not the same. */
        assert_int_equal(history_add(&h, OUTCOME(30, "r9", "c", "")), 0);
        assert_int_equal(rows.n, 3);
        assert_int_equal(history_flush(&h, 0), 0);
        rows_end(&rows,
                "10 r0 a granted  \n"
                "11 r1 a granted done \n"
                "12 r1 b granted  JobFailed\n"
                "13 r2 a granted interrupted \n"
                "14 r3 a denied  NotAuthorized\n"
                "25 r9 c granted done \n");
}

static void test_backward(void **state) {
        _cleanup_(history_done) History h = {};
        Rows rows;

        rows_begin(&rows, 0);
        h = (History){ .handler = add_row, .userdata = &rows, .reverse = true };
        assert_int_equal(history_add(&h, OUTCOME(30, "r9", "c", "")), 0);
        assert_int_equal(history_add(&h, OUTCOME(16, "r1", "b", ",\"error_name\":\"JobFailed\"")), 0);
        assert_int_equal(history_add(&h, OUTCOME(15, "r1", "a", ",\"result\":\"done\"")), 0);
        assert_int_equal(history_add(&h, DENIED(14, "r3")), 0);
        assert_int_equal(history_add(&h, GRANTED(13, "r2", "a")), 0);
        assert_int_equal(history_add(&h, GRANTED(12, "r1", "b")), 0);
        assert_int_equal(history_add(&h, GRANTED(11, "r1", "a")), 0);
        assert_int_equal(history_flush(&h, 0), 0);
        rows_end(&rows,
                "14 r3 a denied  NotAuthorized\n"
                "13 r2 a granted interrupted \n"
                "12 r1 b granted  JobFailed\n"
                "11 r1 a granted done \n"
                "25 r9 c granted done \n");
}

/* In following each goes out when it is whole, and what takes long is shown as it is. */
static void test_follow(void **state) {
        _cleanup_(history_done) History h = {};
        uint64_t now = text_now();
        _cleanup_free_ char *expected = NULL;
        Rows rows;

        rows_begin(&rows, 0);
        h = (History){ .handler = add_row, .userdata = &rows, .follow = true };
        assert_int_equal(history_add(&h, GRANTED(now, "r1", "a")), 0);
        assert_int_equal(history_add(&h, GRANTED(12, "r2", "a")), 0);
        assert_int_equal(history_add(&h, READ(13, "r3")), 0);
        assert_int_equal(history_add(&h, OUTCOME(14, "r2", "a", ",\"result\":\"done\"")), 0);
        assert_int_equal(rows.n, 2);
        assert_int_equal(history_flush(&h, 60 * USEC_PER_SEC), 0);
        assert_int_equal(rows.n, 2);
        assert_int_equal(history_flush(&h, 0), 0);
        assert_int_equal(history_add(&h, OUTCOME(25, "r1", "a", ",\"result\":\"done\"")), 0);
        assert_true(asprintf(&expected,
                            "13 r3 a granted  \n12 r2 a granted done \n%" PRIu64
                            " r1 a granted running \n20 r1 a granted done \n",
                            now) > 0);
        rows_end(&rows, expected);
}

/* What was begun by a service that is not there any more does not go on. */
static void test_restarted(void **state) {
        _cleanup_(history_done) History h = {};
        _cleanup_free_ char *expected = NULL;
        uint64_t now = text_now();
        Rows rows;

        rows_begin(&rows, 0);
        h = (History){ .handler = add_row, .userdata = &rows, .service_since = now - 10 * USEC_PER_SEC };
        assert_int_equal(history_add(&h, GRANTED(now - 20 * USEC_PER_SEC, "r1", "a")), 0);
        assert_int_equal(history_add(&h, GRANTED(now, "r2", "a")), 0);
        assert_int_equal(history_flush(&h, 0), 0);
        assert_true(asprintf(&expected,
                            "%" PRIu64 " r1 a granted interrupted \n%" PRIu64 " r2 a granted running \n",
                            now - 20 * USEC_PER_SEC, now) > 0);
        rows_end(&rows, expected);
}

/* However many wait, what is kept is bounded; and enough is enough. */
static void test_bounds(void **state) {
        _cleanup_(history_done) History h = {};
        Rows rows;
        int r;

        rows_begin(&rows, 0);
        h = (History){ .handler = add_row, .userdata = &rows };
        for (size_t i = 0; i < 3 * HISTORY_PENDING_MAX; i++) {
                char id[24];

                snprintf(id, sizeof(id), "r%zu", i);
                assert_int_equal(history_add(&h, GRANTED(i, id, "a")), 0);
        }
        assert_int_equal(rows.n, 2 * HISTORY_PENDING_MAX);
        assert_int_equal(history_add(&h, OUTCOME(1, "r5", "a", "")), 0);
        assert_int_equal(history_flush(&h, 0), 0);
        assert_int_equal(rows.n, 3 * HISTORY_PENDING_MAX + 1);
        fclose(rows.f);
        free(rows.text);

        rows_begin(&rows, 2);
        h.userdata = &rows;
        assert_int_equal(history_add(&h, READ(1, "r1")), 0);
        r = history_add(&h, READ(2, "r2"));
        assert_int_equal(r, 1);
        rows_end(&rows, "1 r1 a granted  \n2 r2 a granted  \n");
}

#define LINE(time, kind, request, method, more)                                                             \
        "{\"time\":" time ",\"cursor\":\"c" time "\",\"record\":\"" kind "\",\"request\":\"" request        \
        "\",\"caller_uid\":0,\"account\":\"svc-web\",\"uid\":1101,\"unit\":\"app.service\",\"method\":"     \
        "\"units." method "\",\"verb\":\"" method "\"" more "}\n"

static char *run_history(Options options, int expected) {
        Client c = { .options = options, .terminal = plain_terminal };
        char *arguments[] = { NULL };
        Capture capture = capture_begin();
        int r;

        c.options.no_ask_password = c.options.all_accounts = true;
        r = verb_history(&c, verb_find("history"), arguments);
        assert_int_equal(r, expected);
        return capture_end(capture);
}

static void test_verb(void **state) {
        static const Scripted all[] = { { .expected = { "history.list" },
                .text = LINE("1764000000000000", "verdict", "r1", "restart",
                        ",\"verdict\":\"granted\"") LINE("1764000001000000", "verdict", "r2", "stop",
                        ",\"verdict\":\"denied\",\"error_name\":\"NotAuthorized\"") LINE("1764000002000000",
                        "outcome", "r1", "restart",
                        ",\"result\":\"done\",\"duration_usec\":1500000") LINE("1764000003000000", "verdict",
                        "r3", "start",
                        ",\"verdict\":\"granted\"") LINE("1764000004000000", "count", "", "list",
                        ",\"verdict\":\"granted\",\"count\":17") "{\"end\":{\"complete\":true}}\n" } };
        static const Scripted newest[] = { { .expected = { "\"reverse\":true" },
                .text = LINE("1764000002000000", "outcome", "r1", "restart",
                        ",\"result\":\"done\",\"duration_usec\":1500000") LINE("1764000001000000", "verdict",
                        "r2", "stop", ",\"verdict\":\"denied\",\"error_name\":\"NotAuthorized\"")
                        LINE("1764000000000000", "verdict", "r1", "restart", ",\"verdict\":\"granted\"")
                                LINE("1700000000000000", "verdict", "r0", "stop",
                                        ",\"verdict\":\"denied\"") } };
        /* What there is, the newest only, and behind it what comes; of which one goes on for long. */
        static const Scripted follow[] = {
                { .expected = { "\"reverse\":true" },
                        .text = LINE("1764000002000000", "outcome", "r1", "restart",
                                ",\"result\":\"done\",\"duration_usec\":1500000")
                                LINE("1764000000000000", "verdict", "r1", "restart",
                                        ",\"verdict\":\"granted\"") "{\"end\":{\"complete\":true}}\n" },
                { .expected = { "\"follow\":true", "\"after_cursor\":\"c1764000002000000\"" },
                        .text = LINE("1764000003000000", "verdict", "r3", "start",
                                ",\"verdict\":\"granted\"") LINE("1764000005000000", "verdict", "r4", "stop",
                                ",\"verdict\":\"granted\"") LINE("1764000006000000", "outcome", "r4", "stop",
                                ",\"result\":\"done\"") "{\"end\":{\"complete\":true}}\n" },
        };
        static const Scripted nothing[] = { { .text = "{\"end\":{\"complete\":true}}\n" } };
        char two[] = "2";
        char *text;

        script_begin(all, 1);
        text = run_history((Options){}, 0);
        script_end();
        assert_golden("history.txt", text);
        free(text);

        script_begin(all, 1);
        text = run_history((Options){ .output = OUTPUT_JSON }, 0);
        script_end();
        assert_golden("history-json.txt", text);
        free(text);

        script_begin(all, 1);
        text = run_history((Options){ .no_legend = true, .event = { .failed = true } }, 0);
        script_end();
        assert_non_null(strstr(text, "interrupted"));
        assert_null(strstr(text, "restart"));
        free(text);

        script_begin(newest, 1);
        text = run_history((Options){ .no_legend = true, .lines = two }, 0);
        script_end();
        assert_golden("history-newest.txt", text);
        free(text);

        script_begin(follow, 2);
        text = run_history((Options){ .no_legend = true, .event = { .follow = true } }, 0);
        script_end();
        assert_golden("history-follow.txt", text);
        free(text);

        script_begin(nothing, 1);
        text = run_history((Options){}, 0);
        script_end();
        assert_string_equal(text, "-- No entries --\n");
        free(text);

        script_begin(nothing, 1);
        text = run_history((Options){ .output = OUTPUT_JSON }, 0);
        script_end();
        assert_string_equal(text, "[]\n");
        free(text);
}

/* ---- why ---- */

static void assert_boot(const char *install, const char *manager, const char *starts, const char *why) {
        _cleanup_reply_ json_object *story = NULL, *boot = NULL;
        _cleanup_free_ char *text = NULL;

        assert_true(asprintf(&text,
                            "{\"state\":{\"properties\":{\"LoadState\":\"loaded\"}},\"install\":{%s}%s%s%s}",
                            install, manager ? ",\"manager\":{\"linger\":" : "", strempty(manager),
                            manager ? "}" : "") > 0);
        assert_int_equal(reply_parse(text, strlen(text), &story), 0);
        boot = why_boot(story);
        assert_non_null(boot);
        assert_string_equal(reply_string(boot, "starts"), starts);
        assert_string_equal(reply_string(boot, "why"), why);
}

static void test_boot(void **state) {
        assert_boot("\"UnitFileState\":\"enabled\",\"WantedBy\":[\"default.target\"]", "true", "yes",
                "default.target wants it (enabled), and the account lingers");
        assert_boot("\"UnitFileState\":\"enabled\",\"WantedBy\":[\"a.target\",\"b.target\"]", "false", "no",
                "the account does not linger: its manager starts with its first session, and then a.target "
                "and b.target want it (enabled)");
        assert_boot("\"UnitFileState\":\"disabled\",\"WantedBy\":[]", "true", "no",
                "it is disabled, and nothing else wants it");
        assert_boot("\"UnitFileState\":\"static\",\"TriggeredBy\":[\"app.timer\"]", "true", "on demand",
                "app.timer can start it, and the account lingers");
        assert_boot("\"UnitFileState\":\"masked\",\"WantedBy\":[\"default.target\"]", "true", "no",
                "it is masked");
        assert_boot("\"UnitFileState\":\"enabled-runtime\",\"WantedBy\":[\"default.target\"]", "true", "no",
                "it is enabled until the next boot only (default.target)");
        assert_boot("\"UnitFileState\":\"enabled\",\"RequiredBy\":[\"x.target\"]", NULL, "unknown",
                "x.target wants it (enabled); whether the account lingers could not be looked at");
        assert_boot("", "true", "unknown", "its unit file could not be looked at");
}

static void check_why(const char *name, const char *golden, const Terminal *t) {
        _cleanup_reply_ json_object *story = fixture_json(name);
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = *t };
        Capture capture;

        assert_int_equal(json_object_object_add(story, "boot", why_boot(story)), 0);
        assert_int_equal(reply_make_safe(story), 0);
        capture = capture_begin();
        why_print(&c, story);
        text = capture_end(capture);
        assert_golden(golden, text);
}

static void test_why(void **state) {
        check_why("why.json", "why.txt", &plain_terminal);
        check_why("why.json", "why-color.txt", &color_terminal);
        check_why("why-unseen.json", "why-unseen.txt", &plain_terminal);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forward),
                cmocka_unit_test(test_backward),
                cmocka_unit_test(test_follow),
                cmocka_unit_test(test_restarted),
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_verb),
                cmocka_unit_test(test_boot),
                cmocka_unit_test(test_why),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
