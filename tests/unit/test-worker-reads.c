/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists, trees, jobs, environment and cleaning: the worker's methods against
 * tests/unit/fake-manager-reads.h.
 */

#include "tests/unit/worker-fixture.h"

static void test_timers(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        /* The next one first, what never elapses last. */
        expect_reply(f, "timers.list", "{}",
                "{\"timers\":[{\"unit\":\"a.timer\",\"activates\":[\"a.service\"],\"next\":2000000,\"last\":1000,"
                "\"last_monotonic\":1000},{\"unit\":\"b.timer\",\"activates\":[\"a.service\"],\"last\":0,"
                "\"last_monotonic\":0}]}");
        /* A pattern finds more than timers. */
        expect_reply(f, "timers.list", "{\"units\":[\"a*\"]}", "{\"timers\":[{\"unit\":\"a.timer\"");
        expect_reply(f, "timers.list", "{\"units\":[\"none.timer\"]}", "{\"timers\":[]}");
}

static void test_sockets_and_paths(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "sockets.list", "{}",
                "{\"sockets\":[{\"listen\":\"127.0.0.1:1\",\"type\":\"Datagram\",\"unit\":\"a.socket\","
                "\"activates\":[\"a.service\"]},{\"listen\":\"@x\\u001b[2J\",\"type\":\"Stream\","
                "\"unit\":\"a.socket\",\"activates\":[\"a.service\"]},{\"listen\":\"/b/c\",\"type\":\"Stream\","
                "\"unit\":\"a.socket\",\"activates\":[\"a.service\"]},{\"listen\":\"/b-c\"");
        expect_reply(f, "paths.list", "{}",
                "{\"paths\":[{\"path\":\"/p\",\"condition\":\"PathExists\",\"unit\":\"a.path\","
                "\"activates\":[\"a.service\"]}]}");
}

static void test_job_list(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "jobs.list", "{}",
                "{\"jobs\":[{\"job\":3,\"unit\":\"a.service\",\"type\":\"start\",\"state\":\"running\"},"
                "{\"job\":4,\"unit\":\"b.service\",\"type\":\"start\",\"state\":\"waiting\"}]}");
        expect_reply(f, "jobs.list", "{\"units\":[\"b*\"]}", "{\"jobs\":[{\"job\":4");
        expect_reply(f, "jobs.list", "{\"after\":true,\"before\":true}",
                "\"state\":\"running\",\"after\":[{\"job\":4,\"unit\":\"b.service\",\"type\":\"start\"}],"
                "\"before\":[]}");
        expect_reply(f, "jobs.list", "{\"before\":true}",
                "\"state\":\"waiting\",\"before\":[{\"job\":3,\"unit\":\"a.service\",\"type\":\"start\"}]}");
}

static void test_job_cancel(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "jobs.cancel", "{\"units\":[\"a.service\",\"b.service\"]}",
                "{\"units\":[{\"unit\":\"a.service\",\"changed\":true},{\"unit\":\"b.service\","
                "\"changed\":false}],\"changed\":true}");
        expect_reply(
                f, "jobs.cancel", "{\"units\":[\"b.service\"]}", "\"changed\":false}],\"changed\":false}");
        expect_reply(f, "jobs.cancel", "{\"units\":[\"a.service\"],\"jobs\":[\"3\"]}", "\"changed\":true}");

        /* What was granted is a unit, and a number that is another unit's is none of it. */
        expect_error(f, "jobs.cancel", "{\"units\":[\"b.service\"],\"jobs\":[\"3\"]}", "UnitRefused");
        expect_error(f, "jobs.cancel", "{\"units\":[\"a.service\"],\"jobs\":[\"3\",\"4\"]}", "Job 4 is not");
        expect_error(f, "jobs.cancel", "{\"units\":[\"a.service\"],\"jobs\":[\"3x\"]}", "InvalidRequest");
        expect_error(f, "jobs.cancel", "{\"units\":[\"a.service\"],\"jobs\":[\"0\"]}", "InvalidRequest");
        expect_error(
                f, "jobs.cancel", "{\"units\":[\"a.service\"],\"jobs\":[\"4294967299\"]}", "InvalidRequest");
        expect_error(f, "jobs.cancel", "{\"jobs\":[\"3\"]}", "InvalidRequest");
}

static void test_dependencies(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        /* Targets last, each unit once among its siblings, cut where the circle closes. */
        expect_reply(f, "units.dependencies", "{\"units\":[\"a.target\"]}",
                "{\"units\":[{\"unit\":\"a.target\",\"level\":0,\"active\":\"active\"},"
                "{\"unit\":\"a.service\",\"level\":1,\"active\":\"active\"},"
                "{\"unit\":\"b.target\",\"level\":1,\"active\":\"active\",\"cut\":true},"
                "{\"unit\":\"a.service\",\"level\":2,\"active\":\"active\"}]}");
        expect_reply(f, "units.dependencies", "{\"units\":[\"a.target\"],\"all\":true}",
                "{\"unit\":\"c.service\",\"level\":3,\"active\":\"inactive\"}]}");
        /* What it went on behind once is not shown again. */
        expect_reply(f, "units.dependencies", "{\"units\":[\"a.target\"],\"all\":true,\"once\":true}",
                "{\"unit\":\"c.service\",\"level\":2,\"active\":\"inactive\"},"
                "{\"unit\":\"b.target\",\"level\":1,\"active\":\"active\"}]}");
        expect_reply(f, "units.dependencies", "{\"units\":[\"a.target\"],\"types\":[\"target\"]}",
                "{\"unit\":\"a.target\",\"level\":0,\"active\":\"active\"},"
                "{\"unit\":\"b.target\",\"level\":1,\"active\":\"active\"}]}");
        expect_reply(f, "units.dependencies", "{\"units\":[\"a.target\"],\"dependency\":\"reverse\"}",
                "{\"units\":[{\"unit\":\"a.target\",\"level\":0,\"active\":\"active\"}]}");
        expect_error(f, "units.dependencies", "{\"units\":[\"a@.service\"]}", "UnitRefused");
}

static void test_environment(void **state) {
        static const char *const refused[] = { "A", "1A=1", "=1", "A B=1", "\xc3=1", "\\n=1" };
        Fixture *f = *state;
        char parameters[64];

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "manager.environment", "{}", "{\"environment\":[\"Z=\\u001b[2J\"]}");
        expect_reply(f, "manager.set-environment", "{\"assignments\":[\"A=1\"]}", "{\"changed\":true}");
        expect_reply(f, "manager.environment", "{}", "{\"environment\":[\"A=1\",\"Z=");
        expect_reply(f, "manager.set-environment", "{\"assignments\":[\"A=1\"]}", "{\"changed\":false}");
        expect_reply(f, "manager.unset-environment", "{\"names\":[\"A\",\"B=2\"]}", "{\"changed\":true}");
        /* As systemd, which quotes them where it shows them. */
        expect_reply(f, "manager.set-environment", "{\"assignments\":[\"A=\\u0007\\n\\t\\u0085\"]}",
                "{\"changed\":true}");
        expect_reply(f, "manager.unset-environment", "{\"names\":[\"A\"]}", "{\"changed\":true}");

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                (void) snprintf(parameters, sizeof(parameters), "{\"assignments\":[\"%s\"]}", refused[i]);
                expect_error(f, "manager.set-environment", parameters, "InvalidRequest");
        }
        expect_error(f, "manager.set-environment", "{\"assignments\":[\"A=1\",\"A=2\"]}", "InvalidRequest");
        expect_error(f, "manager.set-environment", "{}", "InvalidRequest");
        expect_error(f, "manager.unset-environment", "{\"names\":[\"A-B\"]}", "InvalidRequest");
        expect_error(f, "manager.unset-environment", "{\"names\":[\"A\",\"A\"]}", "InvalidRequest");
}

static void test_status(void **state) {
        Fixture *f = *state;

        expect_reply(f, "manager.status", "{}", "{\"system_state\":\"offline\"}");
        expect_error(f, "unit-files.default", "{}", "NoSuchUnit");
        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "manager.status", "{}",
                "\"units_loaded\":7,\"units_failed\":7,\"jobs\":7,\"started\":5,\"control_group\":\"/x.slice/user@");
        expect_reply(f, "manager.status", "{}",
                "\"processes\":[{\"cgroup\":\"x\",\"pid\":1,\"command\":\"a command\\u001b[2J\"}]}");
        expect_reply(f, "unit-files.default", "{}", "{\"default\":\"my.target\"}");
}

static void test_freeze(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "units.freeze", "{\"units\":[\"frozen.service\",\"a.service\"]}",
                "{\"units\":[{\"unit\":\"frozen.service\",\"changed\":false},{\"unit\":\"a.service\","
                "\"changed\":true}],\"changed\":true}");
        expect_reply(f, "units.thaw", "{\"units\":[\"frozen.service\"]}", "\"changed\":true}");
        expect_reply(f, "units.thaw", "{\"units\":[\"a.service\"]}", "\"changed\":false}");
}

static void test_clean(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        /* How it went is known when it is over. */
        expect_error(f, "units.clean", "{\"units\":[\"clean.service\"]}", "JobFailed");
        expect_reply(f, "units.clean", "{\"units\":[\"a.service\"]}", "\"changed\":true}");
        expect_reply(f, "units.clean", "{\"units\":[\"old.service\"]}", "\"changed\":true}");
        expect_error(
                f, "units.clean", "{\"units\":[\"old.service\"],\"what\":[\"fdstore\"]}", "UnitRefused");
}

static void test_hostile_managers(void **state) {
        static const FakeBehaviour behaviours[] = { FAKE_SILENT, FAKE_MUTE, FAKE_FLOOD, FAKE_DIES,
                FAKE_WRONG_TYPES };
        static const struct {
                const char *method, *parameters;
        } calls[] = {
                { "timers.list", "{}" },
                { "sockets.list", "{\"units\":[\"*\"]}" },
                { "paths.list", "{}" },
                { "jobs.list", "{\"after\":true}" },
                { "jobs.cancel", "{\"units\":[\"a.service\"]}" },
                { "units.dependencies", "{\"units\":[\"a.target\"],\"all\":true}" },
                { "manager.environment", "{}" },
                { "manager.set-environment", "{\"assignments\":[\"A=1\"]}" },
                { "manager.status", "{}" },
                { "unit-files.default", "{}" },
                { "units.freeze", "{\"units\":[\"a.service\"]}" },
                { "units.clean", "{\"units\":[\"a.service\"]}" },
                { "units.usage", "{}" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(behaviours); i++) {
                f->manager = fake_manager_start(f->root, behaviours[i]);
                for (size_t j = 0; j < ELEMENTSOF(calls); j++)
                        expect_error(f, calls[j].method, calls[j].parameters, "\"name\":\"");
                fake_manager_stop(f->manager);

                f->manager = fake_manager_start(f->root, FAKE_GOOD);
                expect_reply(f, "timers.list", "{}", "a.timer");
                fake_manager_stop(f->manager);
        }
        f->manager = -1;
}

/* A connection that ends after each answer may break amidst calls that are under way, or between them. */
static void test_connection_breaks(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_FORGETFUL);
        for (unsigned i = 0; i < 20; i++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;

                send_request(f, FRAME_REQUEST, "timers.list", "{}");
                receive(f, &frame);
                assert_non_null(strstr(
                        frame.payload, frame.header.type == FRAME_REPLY ? "b.timer" : "ManagerFailed"));
                expect_reply(f, "manager.environment", "{}", "\"Z=");
        }
}

static void make_file(const Fixture *f, const char *group, const char *name, const char *text) {
        char path[512];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/sys/fs/cgroup/x.slice/user@%u.service%s%s", f->root,
                (unsigned) getuid(), group, name);
        for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
                *slash = 0;
                (void) mkdir(path, 0755);
        }
        file = fopen(path, "we");
        assert_non_null(file);
        (void) fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void test_usage(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_error(f, "units.usage", "{}", "Unavailable");

        make_file(f, "/", "cpu.stat", "usage_usec 1234\nuser_usec 1000\n");
        make_file(f, "/", "memory.current", "4096\n");
        make_file(f, "/", "pids.current", "12\n");
        make_file(f, "/", "io.stat",
                "8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=0\n");
        make_file(f, "/app.slice/", "memory.current", "max\n");
        make_file(f, "/app.slice/a.service/", "cpu.stat", "usage_usec 7\n");
        make_file(f, "/app.slice/a.service/", "cgroup.threads", "1\n2\n");
        make_file(f, "/app.slice/a.service/payload/", "cgroup.threads", "3\n");
        make_file(f, "/app.slice/a.service/b.service/", "cpu.stat", "usage_usec 9\n");
        make_file(f, "/_tasks.service/", "cpu.stat", "usage_usec -1\n");
        make_file(f, "/no unit/", "cpu.stat", "usage_usec 1\n");

        expect_reply(f, "units.usage", "{}",
                "\"cpu_usec\":1234,\"memory\":4096,\"tasks\":12,\"io_read\":11,\"io_written\":22,\"units\":["
                "{\"unit\":\"a.service\",\"cpu_usec\":7,\"tasks\":3},{\"unit\":\"app.slice\",\"tasks\":3},"
                "{\"unit\":\"tasks.service\",\"tasks\":0}]}");
        /* No sum of what was not asked about. */
        send_request(f, FRAME_REQUEST, "units.usage", "{\"units\":[\"a.*\"]}");
        receive(f, &frame);
        assert_int_equal(frame.header.type, FRAME_REPLY);
        assert_null(strstr(frame.payload, "memory"));
        assert_non_null(
                strstr(frame.payload, ",\"units\":[{\"unit\":\"a.service\",\"cpu_usec\":7,\"tasks\":3}]}"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_timers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sockets_and_paths, setup, teardown),
                cmocka_unit_test_setup_teardown(test_job_list, setup, teardown),
                cmocka_unit_test_setup_teardown(test_job_cancel, setup, teardown),
                cmocka_unit_test_setup_teardown(test_dependencies, setup, teardown),
                cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
                cmocka_unit_test_setup_teardown(test_status, setup, teardown),
                cmocka_unit_test_setup_teardown(test_freeze, setup, teardown),
                cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_managers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_connection_breaks, setup, teardown),
                cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
