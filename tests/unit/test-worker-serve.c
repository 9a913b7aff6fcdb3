/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/serve.h: the worker as a whole, between this test as its daemon and managers of all kinds.
 */

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/frame.h"
#include "common/json-scan.h"
#include "common/limits.h"
#include "daemon/worker/serve.h"
#include "daemon/worker/worker.h"
#include "tests/unit/worker-fixture.h"

static void test_list(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        /* Sorted by type and name, inactive ones hidden, and nothing raw for a terminal. */
        expect_reply(f, "units.list", "{}",
                "{\"units\":[{\"unit\":\"z.mount\",\"load\":\"loaded\",\"active\":\"active\",\"sub\":\"sub\","
                "\"description\":\"A description\"},{\"unit\":\"A.service\"");
        expect_reply(f, "units.list", "{\"all\":true,\"units\":[\"c.*\"]}",
                "{\"units\":[{\"unit\":\"c.service\"");
        expect_reply(f, "units.list", "{\"units\":[\"c.*\"]}", "{\"units\":[]}");
        expect_reply(f, "units.list", "{\"types\":[\"mount\"]}", "{\"units\":[{\"unit\":\"z.mount\"");
        expect_reply(f, "units.list", "{\"units\":[\"x*\"]}", "\"x\\u001b[31m.service\"");
        expect_reply(f, "accounts.list", "{}", "\"units_loaded\":5,\"units_active\":3,\"units_failed\":1");
}

static void test_show(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "units.show", "{\"units\":[\"x.service\"]}",
                "{\"units\":[{\"unit\":\"x.service\",\"properties\":{\"Id\":\"x\",\"N\":18446744073709551615,"
                "\"S\":[]}}]}");
        expect_reply(
                f, "units.show", "{\"units\":[\"x.service\"],\"properties\":[\"Id\"]}", "{\"Id\":\"x\"}");
        expect_error(f, "units.show", "{\"units\":[\"x@.service\"]}", "UnitRefused");
}

static void test_jobs(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "units.restart", "{\"units\":[\"good.service\"]}",
                "{\"units\":[{\"unit\":\"good.service\",\"result\":\"done\",\"changed\":false,\"active\":\"active\"");
        assert_int_equal(f->n_waiting, 1);

        /* Nothing to wait for any more. */
        expect_reply(f, "units.restart", "{\"units\":[\"early.service\"]}", "\"result\":\"done\"");
        assert_int_equal(f->n_waiting, 1);

        expect_reply(f, "units.start", "{\"units\":[\"failed.service\"]}",
                "\"result\":\"failed\",\"changed\":false,\"active\":\"failed\",\"service_result\":\"exit-code\"");
        expect_reply(f, "units.start", "{\"units\":[\"never.service\"],\"no_block\":true}",
                "\"result\":\"queued\"");
        expect_reply(f, "units.start", "{\"units\":[\"nope.service\",\"good.service\"]}",
                "{\"unit\":\"nope.service\",\"error\":{\"name\":\"NoSuchUnit\"");
        expect_error(f, "units.start", "{\"units\":[\"nope.service\"]}",
                "Unit nope.service\\\\x1b[2J\\\\x0anot found.");
}

static void test_waiting_does_not_block(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        send_request(f, FRAME_REQUEST, "units.start", "{\"units\":[\"never.service\"]}");
        expect_reply(f, "units.list", "{}", "z.mount");
        expect_reply(f, "units.start", "{\"units\":[\"good.service\"]}", "done");
        assert_int_equal(f->n_waiting, 2);
}

static void test_manager_gone_while_waiting(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        send_request(f, FRAME_REQUEST, "units.start", "{\"units\":[\"never.service\"]}");
        assert_int_equal(frame_read(&f->reader, f->fd, &frame), 1);
        assert_int_equal(frame.header.type, FRAME_WAITING);
        frame_done(&frame);

        fake_manager_stop(f->manager);
        receive(f, &frame);
        assert_int_equal(frame.header.type, FRAME_ERROR);
        assert_non_null(strstr(frame.payload, "went away"));

        /* The socket is there, and nobody behind it. */
        expect_error(f, "units.list", "{}", "ManagerNotRunning");
        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "units.list", "{}", "z.mount");
}

static void test_parts(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_MANY);
        expect_answer(f, FRAME_STREAM_REQUEST, "units.list", "{}", FRAME_REPLY, "units");
        assert_true(f->n_parts >= 2);
}

static void test_hostile_managers(void **state) {
        static const struct {
                FakeBehaviour behaviour;
                const char *error;
        } managers[] = {
                { FAKE_SILENT, "Timeout" },
                { FAKE_DRIP, "\"name\":\"" },
                { FAKE_GARBAGE, "ManagerFailed" },
                { FAKE_MUTE, "Timeout" },
                { FAKE_FLOOD, "Timeout" },
                { FAKE_DIES, "ManagerFailed" },
                { FAKE_WRONG_TYPES, "ManagerFailed" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(managers); i++) {
                f->manager = fake_manager_start(f->root, managers[i].behaviour);
                expect_error(f, "units.list", "{}", managers[i].error);
                expect_error(f, "units.start", "{\"units\":[\"good.service\"]}", managers[i].error);
                expect_error(f, "units.status", "{\"units\":[\"good.service\"]}", managers[i].error);
                expect_error(f, "accounts.list", "{}", managers[i].error);
                fake_manager_stop(f->manager);

                /* And then it is as good as new. */
                f->manager = fake_manager_start(f->root, FAKE_GOOD);
                expect_reply(f, "units.list", "{}", "z.mount");
                fake_manager_stop(f->manager);
        }
        f->manager = -1;
}

static void test_connection_is_renewed(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_FORGETFUL);
        for (unsigned i = 0; i < 20; i++)
                expect_reply(f, "units.list", "{}", "z.mount");
}

static void test_disable_of_older_managers(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_reply(f, "unit-files.disable", "{\"units\":[\"a.service\"]}",
                "{\"links\":[{\"type\":\"unlink\",\"path\":\"/x\",\"destination\":\"\"}],\"changed\":true}");
}

static void make_unit(const Fixture *f, const char *name, const char *text) {
        static const char *const folders[] = { "", "/.config", "/.config/systemd", "/.config/systemd/user" };
        char path[512];
        FILE *file;

        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                (void) snprintf(path, sizeof(path), "%s/home%s", f->root, folders[i]);
                (void) mkdir(path, 0755);
        }
        (void) snprintf(path, sizeof(path), "%s/home/.config/systemd/user/%s", f->root, name);
        file = fopen(path, "we");
        assert_non_null(file);
        (void) fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void test_manager_not_running(void **state) {
        Fixture *f = *state;

        make_unit(f, "app.service", "[Unit]\nDescription=The app\n[Install]\nWantedBy=default.target\n");
        expect_error(f, "units.list", "{}", "ManagerNotRunning");
        expect_error(f, "units.start", "{\"units\":[\"app.service\"]}", "ManagerNotRunning");
        expect_reply(f, "accounts.list", "{}", "{\"unit_files\":1}");
        expect_reply(f, "unit-files.list", "{}",
                "{\"unit_files\":[{\"unit_file\":\"app.service\",\"state\":\"disabled\",\"preset\":\"enabled\"}]}");
        expect_reply(f, "unit-files.state", "{\"units\":[\"app.service\",\"no.service\"]}",
                "{\"unit\":\"no.service\",\"error\":{\"name\":\"NoSuchUnit\"");
        expect_error(f, "unit-files.state", "{\"units\":[\"no.service\"]}", "NoSuchUnit");
        expect_reply(f, "units.state", "{\"units\":[\"*.service\",\"no.service\"]}",
                "{\"units\":[{\"unit\":\"app.service\",\"load\":\"loaded\",\"active\":\"inactive\",\"sub\":\"dead\"},"
                "{\"unit\":\"no.service\",\"load\":\"not-found\"");
        expect_reply(f, "units.status", "{\"units\":[\"app.service\"]}", "\"Description\":\"The app\"");
}

/* The same without: no manager is asked, and none is started. */
static void test_unit_files_without_manager(void **state) {
        static const char app[] = "{\"units\":[\"app.service\"]}";
        Fixture *f = *state;

        make_unit(f, "app.service", "[Install]\nWantedBy=x.target\n");
        make_unit(f, "plain.service", "[Service]\n");
        make_unit(f, "x.target", "[Unit]\n");

        expect_reply(f, "unit-files.enable", app, "\"type\":\"symlink\"");
        expect_reply(f, "unit-files.enable", app,
                "{\"links\":[],\"carries_install_info\":true,\"changed\":false}");
        expect_reply(f, "unit-files.state", app, "\"state\":\"enabled\"");
        expect_reply(f, "unit-files.reenable", app, "\"type\":\"unlink\"");
        expect_reply(f, "unit-files.disable", app, "x.target.wants/app.service\",\"destination\":\"\"}");
        expect_reply(f, "unit-files.preset", app, "\"changed\":true");
        expect_reply(f, "unit-files.enable", "{\"units\":[\"plain.service\"]}",
                "{\"links\":[],\"carries_install_info\":false,\"changed\":false}");
        expect_reply(f, "unit-files.add-wants", "{\"units\":[\"plain.service\"],\"target\":\"x.target\"}",
                "x.target.wants/plain.service");
        expect_reply(f, "unit-files.set-default", "{\"units\":[\"x.target\"]}", "user/default.target");

        expect_reply(f, "unit-files.mask", "{\"units\":[\"no.service\"]}",
                "\"notes\":[\"Unit no.service does not exist, proceeding anyway.\"],\"changed\":true}");
        expect_error(f, "unit-files.enable", "{\"units\":[\"no.service\"]}", "UnitRefused");
        expect_reply(f, "unit-files.unmask", "{\"units\":[\"no.service\"]}", "\"type\":\"unlink\"");
        expect_error(f, "unit-files.enable", "{\"units\":[\"no.service\"]}", "NoSuchUnit");
        expect_error(
                f, "unit-files.enable", "{\"units\":[\"app.service\"],\"runtime\":true}", "Unavailable");
}

static void test_unit_files_bad_requests(void **state) {
        static const char *const requests[][2] = {
                { "unit-files.enable", "{}" },
                { "unit-files.enable", "{\"units\":[\"../app.service\"]}" },
                { "unit-files.enable", "{\"units\":[\"*.service\"]}" },
                { "unit-files.add-wants", "{\"units\":[\"app.service\"]}" },
                { "unit-files.add-wants", "{\"units\":[\"app.service\"],\"target\":\"../x.target\"}" },
                { "unit-files.add-requires", "{\"units\":[\"app.service\"],\"target\":\"*.target\"}" },
                { "unit-files.set-default", "{\"units\":[\"x.target\",\"y.target\"]}" },
                { "unit-files.preset", "{\"units\":[\"app.service\"],\"preset_mode\":\"some\"}" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(requests); i++)
                expect_error(f, requests[i][0], requests[i][1], "InvalidRequest");
}

static void test_cat(void **state) {
        static const char text[] = "[Service]\nExecStart=true\n";
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Fixture *f = *state;
        char buffer[64] = {};

        make_unit(f, "app.service", text);
        send_request(f, FRAME_REQUEST, "units.cat", "{\"units\":[\"app.service\",\"no.service\"]}");
        receive(f, &frame);
        assert_int_equal(frame.header.type, FRAME_REPLY);
        assert_true(frame.fds[0] >= 0);
        assert_int_equal(fcntl(frame.fds[0], F_GET_SEALS) &
                        (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
                F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        assert_int_equal(pread(frame.fds[0], buffer, sizeof(buffer), 0), (int) strlen(text));
        assert_string_equal(buffer, text);
        assert_non_null(strstr(frame.payload, "\"offset\":0,\"size\":25}"));
        assert_non_null(strstr(
                frame.payload, "{\"unit\":\"no.service\",\"files\":[],\"error\":{\"name\":\"NoSuchFile\""));
}

static void test_bad_requests(void **state) {
        Fixture *f = *state;

        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        expect_error(f, "units.start", "{}", "InvalidRequest");
        expect_error(f, "units.start", "{\"units\":[]}", "InvalidRequest");
        expect_error(f, "units.start", "{\"units\":[\"*.service\"]}", "InvalidRequest");
        expect_error(f, "units.start", "{\"units\":[\"-x.service\"]}", "InvalidRequest");
        expect_error(f, "units.start", "{\"units\":[\"../x.service\"]}", "InvalidRequest");
        expect_error(f, "units.status", "{\"units\":[\"a/b\"]}", "InvalidRequest");
        expect_error(f, "units.kill", "{\"units\":[\"a.service\"],\"signal\":\"NONE\"}",
                "There is no signal 'NONE'");
        expect_error(f, "linger.disable", "{}", "NoSuchMethod");
        expect_error(f, "no.method", "{}", "NoSuchMethod");
        expect_error(f, "units.list", "[]", "InvalidRequest");
        expect_reply(f, "units.list", "{}", "z.mount");
        /* The daemon starts managers; that one answers is for the account's own process to say. */
        expect_reply(f, "manager.start", "{}", "\"changed\":false");
}

/* A peer that is not the daemon we know ends the worker. */
static void test_breach(void **state) {
        Fixture *f = *state;
        int status;

        assert_int_equal(frame_send(f->fd, FRAME_REPLY, 1, "{}", 2, NULL, 0, -1), 0);
        assert_return_code(waitpid(f->worker, &status, 0), errno);
        f->worker = 0;
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EBADMSG);
}

static void test_foreign_runtime_directory(void **state) {
        Worker worker = { .uid = getuid() + 1, .exchange_usec = USEC_PER_SEC };
        _cleanup_(error_done) Error error = ERROR_NULL;
        Fixture *f = *state;
        char path[128], target[32];
        Manager m = {
                .uid = worker.uid,
                .runtime_root = f->root,
                .deadline = clock_now_usec() + USEC_PER_SEC,
        };

        (void) snprintf(path, sizeof(path), "%s/%u", f->root, (unsigned) worker.uid);
        assert_return_code(mkdir(path, 0755), errno);
        assert_true(manager_connect(&m, &error) < 0);
        assert_int_equal(error.code, ERROR_MANAGER_FAILED);

        /* A link to a directory that would do is none. */
        error_done(&error);
        f->manager = fake_manager_start(f->root, FAKE_GOOD);
        m.uid = getuid();
        m.runtime_root = path;
        (void) snprintf(target, sizeof(target), "../%u", (unsigned) getuid());
        (void) snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%u", (unsigned) getuid());
        assert_return_code(symlink(target, path), errno);
        *strrchr(path, '/') = 0;
        assert_true(manager_connect(&m, &error) < 0);
        assert_int_equal(error.code, ERROR_MANAGER_FAILED);
}

static void test_serve_refuses_another_uid(void **state) {
        assert_int_equal(worker_serve(-1, getuid() + 1, "/run/user"), -EPERM);
        assert_int_equal(worker_serve(-1, 0, "/run/user"), -EPERM);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_list, setup, teardown),
                cmocka_unit_test_setup_teardown(test_show, setup, teardown),
                cmocka_unit_test_setup_teardown(test_jobs, setup, teardown),
                cmocka_unit_test_setup_teardown(test_waiting_does_not_block, setup, teardown),
                cmocka_unit_test_setup_teardown(test_manager_gone_while_waiting, setup, teardown),
                cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_managers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_connection_is_renewed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_disable_of_older_managers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_manager_not_running, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unit_files_without_manager, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unit_files_bad_requests, setup, teardown),
                cmocka_unit_test_setup_teardown(test_cat, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bad_requests, setup, teardown),
                cmocka_unit_test_setup_teardown(test_breach, setup, teardown),
                cmocka_unit_test_setup_teardown(test_foreign_runtime_directory, setup, teardown),
                cmocka_unit_test(test_serve_refuses_another_uid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
