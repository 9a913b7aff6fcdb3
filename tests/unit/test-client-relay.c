/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* client/relay.h: what is a terminal is not handed over, and what is written arrives all the same. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "client/relay.h"

/* A terminal without echo. Returns its two ends, or skips the test where there are none. */
static void open_terminal(int *ret_master, int *ret_slave) {
        struct termios t;
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

        if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
                skip();
        slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
                skip();
        assert_int_equal(tcgetattr(slave, &t), 0);
        cfmakeraw(&t);
        assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
        *ret_master = master;
        *ret_slave = slave;
}

static void expect_bytes(int fd, const char *text) {
        char buffer[64] = {};
        size_t n = 0;

        while (n < strlen(text)) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                ssize_t k;

                assert_int_equal(poll(&p, 1, 5000), 1);
                k = read(fd, buffer + n, strlen(text) - n);
                assert_true(k > 0);
                n += (size_t) k;
        }
        assert_string_equal(buffer, text);
}

typedef void (*Part)(Relay *relay, int master);

/* Runs the part with the three streams in place of this process' own. */
static void with_streams(const int streams[static 3], int master, Part part) {
        int saved[3] = { fcntl(0, F_DUPFD_CLOEXEC, 10), fcntl(1, F_DUPFD_CLOEXEC, 10),
                fcntl(2, F_DUPFD_CLOEXEC, 10) };
        Relay relay = RELAY_NULL;

        for (int i = 0; i < 3; i++)
                (void) dup2(streams[i], i);
        part(&relay, master);
        for (int i = 0; i < 3; i++) {
                (void) dup2(saved[i], i);
                (void) close(saved[i]);
        }
}

static void play_terminal(Relay *relay, int master) {
        struct stat st;
        char typed[8];

        assert_int_equal(relay_open(relay), 0);
        assert_true(relay->pid > 0);
        for (unsigned i = 1; i < 3; i++) {
                assert_int_equal(fstat(relay->fds[i], &st), 0);
                assert_true(S_ISFIFO(st.st_mode));
        }

        /* What is typed stays where it is. */
        assert_int_equal(write(master, "typed", 5), 5);
        assert_int_equal(read(relay->fds[0], typed, sizeof(typed)), 0);
        expect_bytes(0, "typed");

        assert_int_equal(write(relay->fds[1], "said", 4), 4);
        expect_bytes(master, "said");
        assert_int_equal(write(relay->fds[2], "complained", 10), 10);
        expect_bytes(master, "complained");

        /* What is written last is there when it is closed. */
        assert_int_equal(write(relay->fds[1], "last", 4), 4);
        relay_close(relay);
        expect_bytes(master, "last");
        assert_int_equal(relay->pid, 0);
}

static void test_terminal(void **state) {
        int master = -EBADF, slave = -EBADF;

        open_terminal(&master, &slave);
        with_streams((const int[]){ slave, slave, slave }, master, play_terminal);
        (void) close(master);
        (void) close(slave);
}

static void play_files(Relay *relay, int master) {
        assert_int_equal(relay_open(relay), 0);
        assert_int_equal(relay->pid, 0);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(relay->fds[i], i);
                assert_false(relay->owned[i]);
        }
        relay_close(relay);
        /* They are the caller's, and stay open. */
        for (int i = 0; i < 3; i++)
                assert_true(fcntl(i, F_GETFD) >= 0);
}

static void test_files(void **state) {
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        with_streams((const int[]){ fd, fd, fd }, -EBADF, play_files);
        (void) close(fd);
}

/* One terminal among files: only that one is replaced. */
static void play_mixed(Relay *relay, int master) {
        assert_int_equal(relay_open(relay), 0);
        assert_int_equal(relay->fds[0], 0);
        assert_int_equal(relay->fds[2], 2);
        assert_true(relay->owned[1]);
        assert_int_equal(write(relay->fds[1], "said", 4), 4);
        relay_handed_over(relay);
        expect_bytes(master, "said");
        relay_close(relay);
}

static void test_mixed(void **state) {
        int master = -EBADF, slave = -EBADF, fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        open_terminal(&master, &slave);
        with_streams((const int[]){ fd, slave, fd }, master, play_mixed);
        (void) close(master);
        (void) close(slave);
        (void) close(fd);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_terminal),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_mixed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
