/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The hub of watchers, and lines of the past, on entries that are an array.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "daemon/journal/events-list.h"
#include "daemon/journal/history.h"
#include "daemon/journal/watch.h"
#include "daemon/record.h"
#include "fake-entries.h"

#define STARTED "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf|JOB_RESULT=done|"
#define WEB     "_UID=1101|_SYSTEMD_UNIT=user@1101.service|USER_UNIT=a.service|"
#define API     "_UID=905|_SYSTEMD_UNIT=user@905.service|USER_UNIT=b.service|"
#define NOISE   "_UID=905|_SYSTEMD_UNIT=user@905.service|MESSAGE=hello|"

#define EVERYONE "\"grants\":[],\"everyone\":true"
#define ONLY_WEB "\"grants\":[{\"uid\":1101,\"account\":\"web\",\"units\":[\"a.*\"]}]"

typedef struct Bench {
        int daemon; /* its end of the connection */
        int connection;
        AccountNames *names;
        WatchHub *hub;
} Bench;

static int open_fake(bool follow, const JournalGrants *grants, void *userdata, EntrySource **ret) {
        return fake_open(ret);
}

static void append_entry(const char *text) {
        assert_true(fake_n < FAKE_ENTRIES_MAX);
        fake_entries[fake_n++] = text;
}

static int setup(void **state) {
        WatchConfig config = { .open = open_fake, .self = 996 };
        Bench *bench = calloc(1, sizeof(Bench));
        int fds[2];

        assert_non_null(bench);
        fake_n = 0;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(account_names_new("/nonexistent", &bench->names), 0);
        bench->daemon = fds[0];
        bench->connection = fds[1];
        config.names = bench->names;
        assert_int_equal(watch_hub_new(fds[1], &config, &bench->hub), 0);
        *state = bench;
        return 0;
}

static int teardown(void **state) {
        Bench *bench = *state;

        watch_hub_free(bench->hub);
        account_names_free(bench->names);
        safe_close(bench->daemon);
        safe_close(bench->connection);
        free(bench);
        return 0;
}

static Query make_query(const char *method, const char *parameters, const char *grants) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        Query query = QUERY_NULL;
        char *payload = NULL;
        size_t n;
        int k;

        k = asprintf(&payload,
                "{\"method\":\"%s\",\"parameters\":{%s}}%c{%s,\"preface\":[\"{}\"],\"end\":\"{\\\"end\\\":{}}\"}",
                method, parameters, 0, grants);
        assert_true(k > 0);
        n = (size_t) k;
        if (query_parse(payload, n, &query, &error) < 0)
                fail_msg("%s", error_message(&error));
        free(payload);
        return query;
}

/* Returns the end to read. */
static int add_watcher(Bench *bench, uint64_t serial, const char *parameters, const char *grants) {
        Query query = make_query("events.watch", parameters, grants);
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
        assert_int_equal(watch_hub_add(bench->hub, serial, fds[1], &query), 0);
        return fds[0];
}

static void run_rounds(Bench *bench, unsigned n) {
        while (n-- > 0)
                assert_int_equal(watch_hub_round(bench->hub, 10), 1);
}

/* What is in the pipe: for each line its cursor (or the line, where it has none), with a blank behind. */
static const char *read_cursors(int fd) {
        static char text[1 << 20], out[1 << 20];
        char *line, *next;
        ssize_t n, size = 0;

        while ((n = read(fd, text + size, sizeof(text) - 1 - (size_t) size)) > 0)
                size += n;
        text[size] = 0;
        out[0] = 0;
        for (line = text; *line; line = next) {
                char *end = strchr(line, '\n'), *cursor;

                assert_non_null(end);
                *end = 0;
                next = end + 1;
                cursor = strstr(line, "\"cursor\":\"");
                if (strstr(line, "\"error\""))
                        strcat(out, "error ");
                if (cursor) {
                        cursor += strlen("\"cursor\":\"");
                        strncat(out, cursor, strcspn(cursor, "\""));
                } else
                        strcat(out, line);
                strcat(out, " ");
        }
        return out;
}

static uint64_t read_reply(Bench *bench) {
        struct pollfd p = { .fd = bench->daemon, .events = POLLIN };
        FrameHeader header;

        if (poll(&p, 1, 0) == 0)
                return 0;
        assert_int_equal(read(bench->daemon, &header, sizeof(header)), sizeof(header));
        assert_int_equal(header.type, FRAME_REPLY);
        return header.serial;
}

static void test_fan_out(void **state) {
        Bench *bench = *state;
        int all, web, stopped;

        append_entry(WEB STARTED);
        all = add_watcher(bench, 1, "", EVERYONE);
        web = add_watcher(bench, 2, "", ONLY_WEB);
        stopped = add_watcher(bench, 3, "\"events\":[\"stopped\"]", EVERYONE);
        append_entry(WEB STARTED);
        append_entry(NOISE);
        append_entry(API STARTED);
        run_rounds(bench, 1);
        assert_string_equal(read_cursors(all), "{} c0 c1 c3 ");
        assert_string_equal(read_cursors(web), "{} c0 c1 ");
        assert_string_equal(read_cursors(stopped), "{} c0 ");

        /* Cancelled without a word, gone with one. */
        assert_int_equal(frame_send(bench->daemon, FRAME_CANCEL, 2, NULL, 0, NULL, 0, 0), 0);
        close(stopped);
        run_rounds(bench, 2);
        assert_int_equal(watch_hub_watchers(bench->hub), 1);
        assert_int_equal(read_reply(bench), 3);
        assert_int_equal(read_reply(bench), 0);
        assert_int_equal(read(web, &(char){ 0 }, 1), 0);
        append_entry(WEB STARTED);
        run_rounds(bench, 1);
        assert_string_equal(read_cursors(all), "c4 ");
        close(all);
        close(web);
}

/* Runs until the children have told what they had to. */
static void catch_up(Bench *bench) {
        for (unsigned i = 0; i < 50; i++)
                run_rounds(bench, 1);
}

static void test_resume(void **state) {
        Bench *bench = *state;
        int late, gone, broken;

        for (unsigned i = 0; i < 5; i++)
                append_entry(WEB STARTED);
        append_entry(NOISE);
        late = add_watcher(bench, 1, "\"after_cursor\":\"c1\"", EVERYONE);
        /* What comes while the child tells of the past is told after it. */
        append_entry(API STARTED);
        catch_up(bench);
        append_entry(WEB STARTED);
        catch_up(bench);
        assert_string_equal(read_cursors(late), "{} c1 c2 c3 c4 c6 c7 ");

        gone = add_watcher(bench, 2, "\"after_cursor\":\"c99\"", EVERYONE);
        broken = add_watcher(bench, 3, "\"after_cursor\":\"x\"", EVERYONE);
        catch_up(bench);
        assert_non_null(strstr(read_cursors(gone), "error "));
        assert_non_null(strstr(read_cursors(broken), "error "));
        assert_int_equal(watch_hub_watchers(bench->hub), 1);
        close(late);
        close(gone);
        close(broken);
}

/* A watcher that does not read is told where it stopped; nobody else notices. */
static void test_slow_watcher(void **state) {
        Bench *bench = *state;
        const char *cursors, *error;
        char last[32];
        int slow, quick, n_quick = 0;

        slow = add_watcher(bench, 1, "", EVERYONE);
        quick = add_watcher(bench, 2, "", EVERYONE);
        assert_true(fcntl(slow, F_SETPIPE_SZ, 4096) > 0);
        for (unsigned i = 0; i < WATCH_RING_EVENTS_MAX + 1000; i++) {
                append_entry(WEB STARTED);
                if (i % 100 == 0) {
                        run_rounds(bench, 1);
                        for (const char *p = read_cursors(quick); *p; p++)
                                n_quick += *p == ' ';
                }
        }
        run_rounds(bench, 1);
        for (const char *p = read_cursors(quick); *p; p++)
                n_quick += *p == ' ';
        assert_int_equal(n_quick, 1 + WATCH_RING_EVENTS_MAX + 1000);

        char *all = NULL;
        assert_true(asprintf(&all, "%s", read_cursors(slow)) > 0);
        run_rounds(bench, 2);
        cursors = read_cursors(slow);
        error = strstr(cursors, "error ");
        assert_non_null(error);
        /* Its cursor is the one of the line before. */
        (void) snprintf(last, sizeof(last), " %.*s", (int) strcspn(error + 6, " "), error + 6);
        assert_true(strstr(cursors, last) || strstr(all, last));
        assert_int_equal(read_reply(bench), 1);
        assert_int_equal(watch_hub_watchers(bench->hub), 1);
        free(all);
        close(slow);
        close(quick);
}

static const char *past(const char *method, const char *parameters, const char *grants) {
        _cleanup_(entry_source_freep) EntrySource *source = NULL;
        _cleanup_(account_names_freep) AccountNames *names = NULL;
        _cleanup_(query_done) Query query = make_query(method, parameters, grants);
        _cleanup_(error_done) Error error = ERROR_NULL;
        const Parameters *p = &query.parameters;
        LineWriter writer;
        const char *out;
        int fds[2], r;

        assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        writer = LINE_WRITER_INIT(fds[1]);
        assert_int_equal(fake_open(&source), 0);
        assert_int_equal(account_names_new("/nonexistent", &names), 0);
        if (query.method->id == METHOD_HISTORY_LIST)
                r = history_list_from(source, &query, 996, &writer, &error);
        else
                r = events_list_from(source, &query, names, 996,
                        &(Past){ .since = p->since,
                                .until = p->until,
                                .lines = p->lines,
                                .reverse = p->reverse,
                                .after_cursor = p->after_cursor },
                        &writer, &error);
        assert_int_equal(r, 0);
        assert_int_equal(line_writer_flush(&writer), 0);
        line_writer_done(&writer);
        out = read_cursors(fds[0]);
        close(fds[0]);
        close(fds[1]);
        return out;
}

static void test_past(void **state) {
        for (unsigned i = 0; i < 4; i++)
                append_entry(i == 1 ? API STARTED : WEB STARTED);
        append_entry(NOISE);
        append_entry(WEB STARTED);

        assert_string_equal(past("events.list", "", EVERYONE), "c0 c1 c2 c3 c5 ");
        assert_string_equal(past("events.list", "", ONLY_WEB), "c0 c2 c3 c5 ");
        assert_string_equal(past("events.list", "\"reverse\":true", EVERYONE), "c5 c3 c2 c1 c0 ");
        assert_string_equal(past("events.list", "\"lines\":2", EVERYONE), "c3 c5 ");
        assert_string_equal(past("events.list", "\"lines\":2,\"reverse\":true", EVERYONE), "c5 c3 ");
        assert_string_equal(past("events.list", "\"lines\":0", EVERYONE), "");
        assert_string_equal(past("events.list", "\"since\":1002", EVERYONE), "c2 c3 c5 ");
        assert_string_equal(past("events.list", "\"until\":1002", EVERYONE), "c0 c1 c2 ");
        assert_string_equal(past("events.list", "\"until\":1003,\"lines\":2", EVERYONE), "c2 c3 ");
        assert_string_equal(past("events.list", "\"after_cursor\":\"c2\"", EVERYONE), "c3 c5 ");
        assert_string_equal(past("events.list", "\"after_cursor\":\"c4\"", EVERYONE), "c5 ");
        assert_string_equal(past("events.list", "\"after_cursor\":\"c5\"", EVERYONE), "");
        assert_string_equal(
                past("events.list", "\"after_cursor\":\"c0\",\"lines\":9", EVERYONE), "c1 c2 c3 c5 ");
        assert_string_equal(
                past("events.list", "\"after_cursor\":\"c1\",\"reverse\":true", EVERYONE), "c5 c3 c2 ");
}

/* "Failed" and "stopped" of one invocation are one event, which going back cannot know. */
static void test_past_ends_once(void **state) {
#define INVOCATION "USER_INVOCATION_ID=dfc1000000000000000000000000000a|"
        append_entry(WEB STARTED);
        append_entry(WEB STARTED);
        append_entry(WEB INVOCATION "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c|UNIT_RESULT=timeout|");
        append_entry(WEB INVOCATION "MESSAGE_ID=9d1aaa27d60140bd96365438aad20286|JOB_RESULT=done|");

        assert_string_equal(past("events.list", "", EVERYONE), "c0 c1 c2 ");
        assert_string_equal(past("events.list", "\"lines\":1", EVERYONE), "c2 ");
        assert_string_equal(past("events.list", "\"lines\":2", EVERYONE), "c1 c2 ");
        assert_string_equal(past("events.list", "\"lines\":2,\"reverse\":true", EVERYONE), "c2 c1 ");
        /* … and the cursor in between changes nothing. */
        assert_string_equal(past("events.list", "\"after_cursor\":\"c2\"", EVERYONE), "");
}

#define OURS    "_UID=996|_SYSTEMD_UNIT=userunitd.service|USERUNIT_CALLER_UID=1003|USERUNIT_ACCOUNT=web|"
#define VERDICT "MESSAGE_ID=" RECORD_VERDICT_ID_STR "|USERUNIT_VERB=restart|"
#define OUTCOME "MESSAGE_ID=" RECORD_OUTCOME_ID_STR "|USERUNIT_VERB=restart|"

static void test_history(void **state) {
        append_entry(
                OURS VERDICT "USERUNIT_VERDICT=granted|USERUNIT_ACCOUNT_UID=1101|USERUNIT_UNIT=a.service|");
        append_entry(
                OURS OUTCOME "USERUNIT_ACCOUNT_UID=1101|USERUNIT_UNIT=a.service|USERUNIT_RESULT=\xff\n|");
        append_entry(
                OURS VERDICT "USERUNIT_VERDICT=denied|USERUNIT_ACCOUNT_UID=1101|USERUNIT_UNIT=b.service|");
        append_entry(OURS VERDICT "USERUNIT_VERDICT=denied|USERUNIT_COUNT=7|");
        for (unsigned i = 0; i < 2500; i++) {
                append_entry(
                        "_UID=1101|_SYSTEMD_UNIT=user@1101.service|" VERDICT "USERUNIT_ACCOUNT_UID=1101|");
                append_entry("_UID=996|_SYSTEMD_UNIT=other.service|" OUTCOME "USERUNIT_ACCOUNT_UID=1101|");
                append_entry(i % 2 ? "_UID=1101|_SYSTEMD_UNIT=userunitd.service|_UID=996|" VERDICT
                                   : "_UID=1101|_SYSTEMD_UNIT=userunitd.service|" VERDICT);
        }

        assert_string_equal(past("history.list", "", EVERYONE), "c0 c1 c2 c3 ");
        assert_string_equal(past("history.list", "", ONLY_WEB), "c0 c1 ");
        assert_string_equal(past("history.list", "",
                                    "\"grants\":[{\"uid\":1101,\"account\":\"web\",\"units\":[\"*\"]}]"),
                "c0 c1 c2 c3 ");
        assert_string_equal(
                past("history.list", "", "\"grants\":[{\"uid\":7,\"account\":\"x\",\"units\":[\"*\"]}]"),
                "");
        assert_string_equal(past("history.list", "\"verdicts\":[\"granted\"]", EVERYONE), "c0 c1 ");
        assert_string_equal(past("history.list", "\"verdicts\":[\"denied\"],\"lines\":1", EVERYONE), "c3 ");
        assert_string_equal(past("history.list", "\"callers\":[\"1004\"]", EVERYONE), "");
        assert_string_equal(
                past("history.list", "\"verbs\":[\"restart\"],\"reverse\":true", EVERYONE), "c3 c2 c1 c0 ");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_fan_out, setup, teardown),
                cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
                cmocka_unit_test_setup_teardown(test_slow_watcher, setup, teardown),
                cmocka_unit_test_setup_teardown(test_past, setup, teardown),
                cmocka_unit_test_setup_teardown(test_past_ends_once, setup, teardown),
                cmocka_unit_test_setup_teardown(test_history, setup, teardown),
        };

        (void) signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
