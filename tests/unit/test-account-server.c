/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fork server of userunit-accounts, spoken to directly: whom it admits, whom it kills, and when it
 * replaces children. */

#include "tests/unit/account-fixture.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* A name service that is played: the name says what happens. */
static void play_lookup(const AccountRequest *request, AccountFacts *facts) {
        if (streq(request->name, "hang"))
                for (;;)
                        (void) pause();
        if (streq(request->name, "crash"))
                (void) raise(SIGKILL);
        if (streq(request->name, "slow"))
                (void) usleep(300 * 1000);
        if (streq(request->name, "pid")) {
                facts->reply = (AccountReply){
                        .status = ACCOUNT_STATUS_OK,
                        .serial = request->serial,
                        .uid = (uid_t) getpid(),
                        .name = "pid",
                        .home = "/",
                        .shell = "",
                };
                return;
        }
        facts->reply.status = ACCOUNT_STATUS_NO_SUCH_ACCOUNT;
}

static AccountServerConfig server_config;

static void run_server(int listen_fd) {
        server_config.lookup = play_lookup;
        (void) account_server_run(listen_fd, &server_config);
}

static void start(Fixture *f, const AccountServerConfig *config) {
        server_config = *config;
        fixture_listen(f, 16);
        fixture_fork(f, run_server);
}

static int dial(Fixture *f) {
        struct sockaddr_un address;
        struct timeval patience = { .tv_sec = PATIENCE_USEC / USEC_PER_SEC };
        int fd;

        fd = fixture_socket(&address, f->path);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
        assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

static void put(int fd, const char *name, uint32_t serial) {
        AccountRequest request;

        assert_int_equal(account_request_init(&request, serial, name, 0), 0);
        assert_int_equal(send(fd, &request, sizeof(request), MSG_NOSIGNAL), sizeof(request));
}

/* Asks, and returns when the question has been read: a child is at it now. */
static void put_and_see_read(int fd, const char *name, uint32_t serial) {
        uint64_t end = clock_now_usec() + PATIENCE_USEC;
        int unread = 1;

        put(fd, name, serial);
        for (;;) {
                assert_int_equal(ioctl(fd, SIOCOUTQ, &unread), 0);
                if (unread == 0)
                        break;
                assert_true(clock_now_usec() < end);
                (void) usleep(1000);
        }
}

static AccountReply get(int fd) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        AccountReply reply;
        ssize_t n;

        n = recv(fd, buffer, sizeof(buffer), 0);
        assert_true(n > 0);
        assert_int_equal(account_reply_decode(buffer, (size_t) n, &reply), 0);
        return reply;
}

/* Expects the other end to be gone: the end of file, or ECONNRESET where something was unread. */
static void expect_end(int fd, int error) {
        char c;
        ssize_t n;

        n = recv(fd, &c, 1, 0);
        assert_int_equal(n, error == 0 ? 0 : -1);
        if (error != 0)
                assert_int_equal(errno, error);
        (void) close(fd);
}

/* How many children the process has now. */
static unsigned count_children(pid_t parent) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[64];
        unsigned n = 0;
        int pid;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
        f = fopen(path, "re");
        if (!f)
                skip();
        while (fscanf(f, "%d", &pid) == 1)
                n++;
        return n;
}

/* Waits until the process has exactly n children. */
static void expect_children(pid_t parent, unsigned n) {
        uint64_t end = clock_now_usec() + PATIENCE_USEC;

        while (count_children(parent) != n) {
                assert_true(clock_now_usec() < end);
                (void) usleep(1000);
        }
}

static void test_answers(void **state) {
        Fixture *f = *state;
        AccountReply reply;
        int fd;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        fd = dial(f);
        put(fd, "nobody-knows", 17);
        reply = get(fd);
        assert_int_equal(reply.status, ACCOUNT_STATUS_NO_SUCH_ACCOUNT);
        assert_int_equal(reply.serial, 17);
        assert_false(reply.last);

        /* Two at once are answered one after the other. */
        put(fd, "a", 1);
        put(fd, "b", 2);
        assert_int_equal(get(fd).serial, 1);
        assert_int_equal(get(fd).serial, 2);
        (void) close(fd);
        expect_children(f->helper, 0);
}

static void test_refuses_other_uids(void **state) {
        Fixture *f = *state;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() + 1 });
        expect_end(dial(f), 0);
        expect_children(f->helper, 0);
}

static void test_bad_request_ends_connection(void **state) {
        static const char big[sizeof(AccountRequest) + 100];
        static const size_t sizes[] = { 1, sizeof(AccountRequest) - 1, sizeof(AccountRequest),
                sizeof(AccountRequest) + 1, sizeof(big) };
        Fixture *f = *state;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                AccountReply reply;
                int fd = dial(f);

                assert_int_equal(send(fd, big, sizes[i], MSG_NOSIGNAL), sizes[i]);
                reply = get(fd);
                assert_int_equal(reply.status, ACCOUNT_STATUS_BAD_REQUEST);
                assert_true(reply.last);
                expect_end(fd, 0);
        }
        expect_children(f->helper, 0);
}

static void test_closing_is_killing(void **state) {
        Fixture *f = *state;
        int hanging[3], fd;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        for (size_t i = 0; i < ELEMENTSOF(hanging); i++) {
                hanging[i] = dial(f);
                put_and_see_read(hanging[i], "hang", 1);
        }
        expect_children(f->helper, ELEMENTSOF(hanging));

        /* The others are served all the same. */
        fd = dial(f);
        put(fd, "x", 9);
        assert_int_equal(get(fd).serial, 9);
        (void) close(fd);

        for (size_t i = 0; i < ELEMENTSOF(hanging); i++)
                (void) close(hanging[i]);
        expect_children(f->helper, 0);

        /* Half closed is closed. */
        fd = dial(f);
        put_and_see_read(fd, "hang", 1);
        expect_children(f->helper, 1);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        expect_children(f->helper, 0);
        expect_end(fd, 0);
}

static void test_crash_is_the_end_of_one_connection(void **state) {
        Fixture *f = *state;
        int fd, other;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        other = dial(f);
        fd = dial(f);
        put(fd, "crash", 1);
        expect_end(fd, 0);
        put(other, "x", 2);
        assert_int_equal(get(other).serial, 2);
        (void) close(other);
}

static void test_connections_are_capped(void **state) {
        int fds[ACCOUNT_SERVER_CONNECTIONS_MAX + 3];
        Fixture *f = *state;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                fds[i] = dial(f);
                put(fds[i], i < ACCOUNT_SERVER_CONNECTIONS_MAX ? "hang" : "x", (uint32_t) i);
        }
        expect_children(f->helper, ACCOUNT_SERVER_CONNECTIONS_MAX);
        (void) usleep(50 * 1000);
        assert_int_equal(count_children(f->helper), ACCOUNT_SERVER_CONNECTIONS_MAX);

        /* Those in the backlog have their turn when others go. */
        (void) close(fds[0]);
        for (size_t i = ACCOUNT_SERVER_CONNECTIONS_MAX; i < ELEMENTSOF(fds); i++) {
                assert_int_equal(get(fds[i]).serial, i);
                (void) close(fds[i]);
        }
        for (size_t i = 1; i < ACCOUNT_SERVER_CONNECTIONS_MAX; i++)
                (void) close(fds[i]);
        expect_children(f->helper, 0);
}

static void test_children_are_replaced(void **state) {
        Fixture *f = *state;
        uid_t first;
        int fd;

        start(f, &(AccountServerConfig){ .peer_uid = getuid(), .lookups_max = 3 });
        fd = dial(f);
        put(fd, "pid", 1);
        first = get(fd).uid;
        put(fd, "pid", 2);
        assert_int_equal(get(fd).uid, first);
        put(fd, "pid", 3);
        assert_true(get(fd).last);
        expect_end(fd, 0);

        fd = dial(f);
        put(fd, "pid", 4);
        assert_int_not_equal(get(fd).uid, first);
        (void) close(fd);
}

static void test_idle_children_end(void **state) {
        Fixture *f = *state;
        int fd;

        start(f, &(AccountServerConfig){ .peer_uid = getuid(), .idle_sec = 1 });
        fd = dial(f);
        put(fd, "x", 1);
        (void) get(fd);
        expect_children(f->helper, 1);
        expect_children(f->helper, 0);
        expect_end(fd, 0);
}

/* Expects one reply and ECONNRESET, in the order in which the kernel likes to report them. */
static void expect_reply_and_reset(int fd) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        unsigned n_replies = 0, n_resets = 0;

        for (unsigned i = 0; i < 2; i++) {
                ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

                n_replies += n > 0;
                n_resets += n < 0 && errno == ECONNRESET;
        }
        assert_int_equal(n_replies, 1);
        assert_int_equal(n_resets, 1);
        (void) close(fd);
}

static void test_stop_lets_lookups_finish(void **state) {
        int slow, late, idle, hanging, status = 0;
        Fixture *f = *state;
        uint64_t begin;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        slow = dial(f);
        late = dial(f);
        idle = dial(f);
        expect_children(f->helper, 3);
        put_and_see_read(slow, "slow", 5);
        /* The second is not read before the end: its sender learns that it may ask again. */
        put_and_see_read(late, "slow", 6);
        put(late, "x", 7);

        begin = clock_now_usec();
        assert_int_equal(kill(f->helper, SIGTERM), 0);
        expect_end(idle, 0);
        assert_int_equal(get(slow).serial, 5);
        assert_int_equal(waitpid(f->helper, &status, 0), f->helper);
        f->helper = 0;
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_true(clock_now_usec() - begin < ACCOUNT_SERVER_STOP_MSEC * USEC_PER_MSEC);
        expect_end(slow, 0);
        expect_reply_and_reset(late);

        /* A lookup that hangs is waited for, and then is not. */
        fixture_fork(f, run_server);
        hanging = dial(f);
        put_and_see_read(hanging, "hang", 1);
        expect_children(f->helper, 1);
        begin = clock_now_usec();
        status = fixture_stop_helper(f, SIGTERM);
        assert_true(WIFEXITED(status));
        assert_true(clock_now_usec() - begin < (ACCOUNT_SERVER_STOP_MSEC + 1000) * USEC_PER_MSEC);
        expect_end(hanging, 0);
}

static void test_children_do_not_outlive_the_master(void **state) {
        Fixture *f = *state;
        int fd;

        start(f, &(AccountServerConfig){ .peer_uid = getuid() });
        fd = dial(f);
        put_and_see_read(fd, "hang", 1);
        expect_children(f->helper, 1);
        (void) fixture_stop_helper(f, SIGKILL);
        expect_end(fd, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_answers),
                TEST(test_refuses_other_uids),
                TEST(test_bad_request_ends_connection),
                TEST(test_closing_is_killing),
                TEST(test_crash_is_the_end_of_one_connection),
                TEST(test_connections_are_capped),
                TEST(test_children_are_replaced),
                TEST(test_idle_children_end),
                TEST(test_stop_lets_lookups_finish),
                TEST(test_children_do_not_outlive_the_master),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
