/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the doctor looks at what may be dead without hanging, and where it must not look. */

#include "tests/unit/client-fixture.h"

#include <sys/wait.h>
#include <time.h>

#include "client/doctor/mount.h"
#include "client/doctor/probe.h"

static uint64_t now_usec(void) {
        struct timespec ts;

        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000U;
}

static void work_copy(const void *question, void *answer) {
        *(int *) answer = *(const int *) question + 1;
}

static void work_hang(const void *question, void *answer) {
        for (;;)
                pause();
}

/* Whether only the pipe is left. */
static void work_count(const void *question, void *answer) {
        for (int fd = 3; fd < 64; fd++)
                *(int *) answer += fcntl(fd, F_GETFD) >= 0;
}

static void work_die(const void *question, void *answer) {
        _exit(EXIT_SUCCESS);
}

static void test_probe(void **state) {
        int question = 41, answer = 0;
        uint64_t begin;

        assert_int_equal(probe_run(work_copy, &question, &answer, sizeof(answer), NULL, PROBE_USEC), 0);
        assert_int_equal(answer, 42);
        assert_int_equal(probe_run(work_die, &question, &answer, sizeof(answer), NULL, PROBE_USEC), -ECHILD);

        assert_int_equal(probe_run(work_count, NULL, &answer, sizeof(answer), NULL, PROBE_USEC), 0);
        assert_int_equal(answer, 1);
        answer = 42;

        begin = now_usec();
        assert_int_equal(probe_run(work_hang, &question, &answer, sizeof(answer), NULL, USEC_PER_SEC / 10),
                -ETIMEDOUT);
        assert_true(now_usec() - begin < 2 * USEC_PER_SEC);
        /* Nothing is left of them. */
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(answer, 42);
}

static void test_probe_account(void **state) {
        ProbeAccount account;

        assert_int_equal(probe_account("root", &account), 0);
        assert_int_equal(account.uid, 0);
        assert_int_equal(probe_account("0", &account), 0);
        assert_string_equal(account.name, "root");
        assert_int_equal(probe_account("no-such-account-here", &account), -ESRCH);
}

static void test_mount(void **state) {
        static const struct {
                const char *path, *where, *type;
                bool read_only, remote;
        } cases[] = {
                { "/etc", "/", "ext4", false, false },
                { "/home", "/home", "autofs", false, true },
                { "/home/svc", "/home/svc", "nfs4", false, true },
                { "/home/svc/.config", "/home/svc", "nfs4", false, true },
                { "/home/svc2", "/home", "autofs", false, true },
                { "/srv/a b", "/srv/a b", "xfs", true, false },
                { "/mnt/x", "/mnt", "fuse.sshfs", false, true },
                { "/opt/x", "/opt", "squashfs", true, false },
        };
        char path[] = "/tmp/test-probe-XXXXXX";
        FILE *f = fdopen(mkstemp(path), "we");

        assert_non_null(f);
        fputs("21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
              "22 21 0:30 / /home rw - autofs systemd-1 rw,fd=30\n"
              "23 22 0:31 / /home/svc rw,relatime - nfs4 server:/export/svc rw,vers=4.2\n"
              "24 21 8:2 / /srv/a\\040b ro - xfs /dev/sdb1 rw\n"
              "25 21 8:3 / /mnt rw - ext4 /dev/sdc1 rw\n"
              "26 25 0:40 / /mnt rw - fuse.sshfs host:/ rw,user_id=0\n"
              "27 21 7:1 / /opt rw - squashfs /dev/loop1 ro\n"
              "nonsense\n"
              "28 21 - x\n",
                f);
        assert_int_equal(fclose(f), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(mount_done) Mount m = {};

                assert_int_equal(mount_find(path, cases[i].path, &m), 1);
                assert_string_equal(m.where, cases[i].where);
                assert_string_equal(m.type, cases[i].type);
                assert_int_equal(m.read_only, cases[i].read_only);
                assert_int_equal(mount_is_remote(&m), cases[i].remote);
        }
        assert_int_equal(unlink(path), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_probe),
                cmocka_unit_test(test_probe_account),
                cmocka_unit_test(test_mount),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
