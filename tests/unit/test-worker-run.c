/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* units.run of the worker, with a fake manager: what it asks for, and that no end is missed. */

#include <fcntl.h>

#include "daemon/worker/run/command.h"
#include "tests/unit/worker-fixture.h"

static int setup_manager(void **state) {
        Fixture *f;

        (void) setup(state);
        f = *state;
        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        return 0;
}

static void send_run(Fixture *f, const char *parameters, const int *fds, size_t n_fds) {
        char payload[4096];
        int n;

        n = snprintf(payload, sizeof(payload), "/home%c{\"method\":\"units.run\",\"parameters\":%s}", 0,
                parameters);
        assert_int_equal(
                frame_send(f->fd, FRAME_REQUEST, ++f->serial, payload, (size_t) n, fds, n_fds, -1), 0);
}

static void expect_run(Fixture *f, const char *parameters, FrameType type, const char *contains) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;

        send_run(f, parameters, NULL, 0);
        receive(f, &frame);
        if (frame.header.type != type || !strstr(frame.payload, contains))
                fail_msg("%s\n%s\n%s", parameters, frame.payload, contains);
}

static void expect_wait(Fixture *f, const char *unit, const char *row) {
        char parameters[256];

        (void) snprintf(parameters, sizeof(parameters),
                "{\"units\":[\"%s\"],\"command\":[\"/bin/true\"],\"wait\":true}", unit);
        expect_run(f, parameters, FRAME_REPLY, row);
}

static void test_ends(void **state) {
        Fixture *f = *state;

        expect_wait(f, "fast.service",
                "{\"units\":[{\"unit\":\"fast.service\",\"result\":\"done\",\"changed\":true,\"service_result\":\"success\","
                "\"exit_code\":\"exited\",\"exit_status\":0,\"runtime_usec\":2500}],\"changed\":true}");
        expect_wait(f, "exits.service",
                "\"service_result\":\"exit-code\",\"exit_code\":\"exited\",\"exit_status\":42");
        /* What is told of another unit of the name is not its end. */
        expect_wait(f, "reused.service",
                "\"service_result\":\"exit-code\",\"exit_code\":\"exited\",\"exit_status\":42");
        expect_wait(f, "gone.service", "\"service_result\":\"success\"");
        expect_wait(f, "killed.service",
                "\"service_result\":\"signal\",\"exit_code\":\"killed\",\"exit_status\":9");
        expect_wait(f, "restarts.service",
                "\"service_result\":\"success\",\"exit_code\":\"exited\",\"exit_status\":0");
        expect_wait(f, "restarts-252.service",
                "\"service_result\":\"success\",\"exit_code\":\"exited\",\"exit_status\":0");
        expect_wait(f, "job-fails.service",
                "\"result\":\"failed\",\"changed\":true,\"service_result\":\"resources\",\"runtime_usec\":2500,"
                "\"error\":{\"name\":\"JobFailed\"");
        assert_true(f->n_waiting > 0);
}

static void test_without_wait(void **state) {
        Fixture *f = *state;

        expect_run(f, "{\"units\":[\"stays.service\"],\"command\":[\"/bin/true\"]}", FRAME_REPLY,
                "{\"units\":[{\"unit\":\"stays.service\",\"result\":\"done\",\"changed\":true}],\"changed\":true}");
        expect_run(f, "{\"units\":[\"stays.service\"],\"command\":[\"/bin/true\"],\"no_block\":true}",
                FRAME_REPLY, "\"result\":\"queued\"");
        expect_run(f, "{\"units\":[\"exists.service\"],\"command\":[\"/bin/true\"]}", FRAME_ERROR,
                "UnitRefused");
        expect_run(f, "{\"units\":[\"stays.service\"],\"command\":[\"true\"],\"timer\":[\"OnActiveSec=5\"]}",
                FRAME_REPLY, "\"unit\":\"stays.service\",\"timer\":\"stays.timer\",\"result\":\"done\"");
}

/* One that goes on keeps nobody else waiting, and ends with its manager. */
static void test_stays(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Fixture *f = *state;
        uint64_t serial;

        send_run(f, "{\"units\":[\"stays.service\"],\"command\":[\"/bin/true\"],\"wait\":true}", NULL, 0);
        serial = f->serial;
        assert_int_equal(frame_read(&f->reader, f->fd, &frame), 1);
        assert_int_equal(frame.header.type, FRAME_WAITING);
        frame_done(&frame);
        expect_wait(f, "exits.service", "\"exit_status\":42");

        fake_manager_stop(f->manager);
        f->manager = 0;
        f->serial = serial;
        receive(f, &frame);
        assert_int_equal(frame.header.type, FRAME_ERROR);
        assert_non_null(strstr(frame.payload, "went away"));
}

static void test_pipe(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Fixture *f = *state;
        int in[2], out[2];
        char text[16] = "";

        assert_return_code(pipe2(in, O_CLOEXEC), errno);
        assert_return_code(pipe2(out, O_CLOEXEC), errno);
        send_run(f, "{\"units\":[\"pipe.service\"],\"command\":[\"/bin/true\"],\"pipe\":true}",
                (const int[]){ in[0], out[1], out[1] }, 3);
        (void) close(in[0]);
        (void) close(out[1]);
        receive(f, &frame);
        assert_int_equal(frame.header.type, FRAME_REPLY);
        assert_non_null(strstr(frame.payload, "\"exit_status\":0"));

        assert_int_equal(read(out[0], text, sizeof(text)), 5);
        assert_string_equal(text, "hello");
        /* Neither the worker nor the manager has kept an end. */
        assert_int_equal(read(out[0], text, sizeof(text)), 0);
        (void) close(out[0]);
        (void) close(in[1]);
}

static void test_refused(void **state) {
        static const char *const cases[][2] = {
                { "{\"units\":[\"a.service\"]}", "no command" },
                { "{\"units\":[\"a.service\"],\"command\":[]}", "no command" },
                { "{\"units\":[\"a.service\"],\"command\":[\"\"]}", "no command" },
                { "{\"units\":[\"a.service\"],\"command\":[\"bin/true\"]}", "absolute path" },
                { "{\"units\":[\"a.service\"],\"command\":[\"no-such-program\"]}", "was not found" },
                { "{\"units\":[\"a.service\"],\"command\":[\"/no/such/program\"]}",
                        "write the path as the account sees it" },
                { "{\"units\":[\"a.service\"],\"command\":[\"/etc/passwd\"]}", "may execute" },
                { "{\"units\":[\"a.service\"],\"command\":[\"/usr\"],\"wait\":true}", "may execute" },
                { "{\"units\":[\"exists.service\"],\"command\":[\"/bin/true\"]}", "take another name" },
                { "{\"units\":[\"invalid.service\"],\"command\":[\"/bin/true\"]}", "InvalidRequest" },
                { "{\"units\":[\"a.service\",\"b.service\"],\"command\":[\"true\"]}", "One unit" },
                { "{\"units\":[\"a.timer\"],\"command\":[\"true\"]}", "is a service" },
                { "{\"units\":[\"a@.service\"],\"command\":[\"true\"]}", "is a service" },
                { "{\"units\":[\"*.service\"],\"command\":[\"true\"]}", "none" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"pipe\":true}", "three descriptors" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"wait\":true,\"no_block\":true}",
                        "no_block" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"timer\":[]}", "does not say when" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"timer\":[\"Persistent=yes\"]}",
                        "does not say when" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"timer\":[\"OnBootSec=x\"]}",
                        "is no value for OnBootSec" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"timer\":[\"OnBootSec=1\"],\"wait\":true}",
                        "cannot be waited for" },
                { "{\"units\":[\"a.service\"],\"command\":[\"true\"],\"assignments\":[\"Nix=1\"]}",
                        "no property" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                expect_run(f, cases[i][0], FRAME_ERROR, cases[i][1]);
}

static void test_path(void **state) {
        Fixture *f = *state;
        char path[512], name[128];
        char *found = NULL;
        int fd;

        (void) snprintf(name, sizeof(name), "%s/tool", f->root);
        fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        (void) close(fd);
        (void) snprintf(name, sizeof(name), "%s/folder", f->root);
        assert_return_code(mkdir(name, 0755), errno);

        (void) snprintf(path, sizeof(path), "/nowhere:.::relative:%s:/usr/bin:/bin", f->root);
        assert_int_equal(run_find_on_path("true", path, &found), 0);
        assert_string_equal(found, "/usr/bin/true");
        free(found);
        assert_int_equal(run_find_on_path("tool", path, &found), -EACCES);
        assert_int_equal(run_find_on_path("folder", path, &found), -EACCES);
        assert_int_equal(run_find_on_path("nothing", path, &found), -ENOENT);
        assert_int_equal(run_find_on_path("true", "", &found), -ENOENT);
}

/* Only what surely is no program is refused. */
static void test_absolute_path(void **state) {
        static const char *const others[] = { "RootDirectory=/srv", "RootImage=/i", "BindPaths=/a:/b",
                "MountImages=/i:/m" };
        _cleanup_(error_done) Error error = ERROR_NULL;

        assert_int_equal(run_check_path("/bin/true", NULL, &error), 0);
        assert_true(run_check_path("/no/such", NULL, &error) < 0);
        assert_int_equal(error.code, ERROR_NO_SUCH_FILE);
        assert_true(run_check_path("/usr/bin/true/x", NULL, &error) < 0);
        assert_true(run_check_path("/no/such", (char *[]){ (char *) "Nice=1", NULL }, &error) < 0);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                assert_int_equal(
                        run_check_path("/no/such", (char *[]){ (char *) others[i], NULL }, &error), 0);

        /* The worker has a /tmp of its own. */
        assert_int_equal(run_check_path("/tmp/no-such", NULL, &error), 0);
}

static void test_describe(void **state) {
        char *const arguments[] = { (char *) "-c", (char *) "echo \"$X\"", (char *) "", (char *) "a\nb",
                NULL };
        char *text;

        text = run_describe("/bin/sh", arguments);
        assert_string_equal(text, "/bin/sh -c \"echo \\\"\\$X\\\"\" \"\" \"a\\nb\"");
        free(text);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_ends, setup_manager, teardown),
                cmocka_unit_test_setup_teardown(test_without_wait, setup_manager, teardown),
                cmocka_unit_test_setup_teardown(test_stays, setup_manager, teardown),
                cmocka_unit_test_setup_teardown(test_pipe, setup_manager, teardown),
                cmocka_unit_test_setup_teardown(test_refused, setup_manager, teardown),
                cmocka_unit_test_setup_teardown(test_path, setup_manager, teardown),
                cmocka_unit_test(test_absolute_path),
                cmocka_unit_test(test_describe),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
