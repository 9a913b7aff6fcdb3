/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookups through a helper that lies, hangs, floods, dies or is not there: each ends in bounded time, others
 * go on. */

#include "tests/unit/account-fixture.h"

#include <sys/prctl.h>

/* Short, so that the tests are; long enough for a loaded machine to answer in. */
#define DEADLINE_USEC (500 * USEC_PER_MSEC)

/* --- helpers that are played --- */

/* What a played helper does with one request. Returns false to close the connection. */
typedef bool (*Answer)(int fd, const AccountRequest *request);

static Answer answer;

/* Takes one connection after the other, a process each. */
static void run_fake(int listen_fd) {
        (void) signal(SIGCHLD, SIG_IGN);
        for (;;) {
                AccountRequest request;
                int fd;

                fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
                if (fd < 0)
                        _exit(EXIT_FAILURE);
                if (fork() != 0) {
                        (void) close(fd);
                        continue;
                }
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) alarm(30);
                while (recv(fd, &request, sizeof(request), 0) == sizeof(request))
                        if (!answer(fd, &request))
                                break;
                _exit(EXIT_SUCCESS);
        }
}

static void start(Fixture *f, Answer how) {
        answer = how;
        account_lookups_set_deadline(f->lookups, DEADLINE_USEC);
        fixture_listen(f, 16);
        fixture_fork(f, run_fake);
}

/* Another helper behind the same socket, and no connection to the one before. */
static void restart(Fixture *f, Answer how) {
        if (f->helper > 0)
                (void) fixture_stop_helper(f, SIGKILL);
        f->lookups = account_lookups_free(f->lookups);
        assert_int_equal(account_lookups_new(f->event, f->path, &f->lookups), 0);
        answer = how;
        fixture_fork(f, run_fake);
}

static AccountReply honest_reply(const AccountRequest *request) {
        return (AccountReply){
                .status = ACCOUNT_STATUS_OK,
                .serial = request->serial,
                .uid = request->kind == ACCOUNT_BY_UID ? request->uid : 1101,
                .gid = 1101,
                .name = "svc-web",
                .home = "/srv/web",
                .shell = "",
                .n_groups = 1,
                .groups = { 1101 },
                .group_names = { "svc-web" },
        };
}

static bool send_reply(int fd, const AccountReply *reply) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        ssize_t n = account_reply_encode(reply, buffer);

        return n > 0 && send(fd, buffer, (size_t) n, MSG_NOSIGNAL) == n;
}

static bool answer_honestly(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        return send_reply(fd, &reply);
}

/* --- one lie each --- */

static bool answer_garbage(int fd, const AccountRequest *request) {
        char garbage[1000];

        memset(garbage, 0xa5, sizeof(garbage));
        return send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL) > 0;
}

static bool answer_one_byte(int fd, const AccountRequest *request) {
        return send(fd, "", 1, MSG_NOSIGNAL) > 0;
}

static bool answer_too_long(int fd, const AccountRequest *request) {
        static char big[ACCOUNT_REPLY_MAX + 1];

        return send(fd, big, sizeof(big), MSG_NOSIGNAL) > 0;
}

static bool answer_other_serial(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        reply.serial++;
        return send_reply(fd, &reply);
}

static bool answer_other_uid(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        reply.uid = request->uid + 1;
        return send_reply(fd, &reply);
}

static bool answer_without_primary_group(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        reply.gid = 27;
        return send_reply(fd, &reply);
}

static bool answer_bad_request(int fd, const AccountRequest *request) {
        AccountReply reply = { .status = ACCOUNT_STATUS_BAD_REQUEST, .serial = request->serial };

        return send_reply(fd, &reply);
}

static bool answer_with_descriptor(int fd, const AccountRequest *request) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        AccountReply reply = honest_reply(request);
        struct iovec iov = { buffer, (size_t) account_reply_encode(&reply, buffer) };
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(sizeof(int))];
        } control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
        struct msghdr message = { .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = CMSG_LEN(sizeof(int)) };

        memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
        return sendmsg(fd, &message, MSG_NOSIGNAL) > 0;
}

static bool answer_failed(int fd, const AccountRequest *request) {
        AccountReply reply = { .status = ACCOUNT_STATUS_FAILED, .serial = request->serial };

        return send_reply(fd, &reply);
}

static bool answer_too_big(int fd, const AccountRequest *request) {
        AccountReply reply = { .status = ACCOUNT_STATUS_TOO_BIG, .serial = request->serial };

        return send_reply(fd, &reply);
}

static bool answer_unknown(int fd, const AccountRequest *request) {
        AccountReply reply = { .status = ACCOUNT_STATUS_NO_SUCH_ACCOUNT, .serial = request->serial };

        return send_reply(fd, &reply);
}

static bool answer_by_dying(int fd, const AccountRequest *request) {
        return false;
}

/* An empty datagram looks like the end of the connection, and is treated as one. */
static bool answer_emptily(int fd, const AccountRequest *request) {
        return send(fd, NULL, 0, MSG_NOSIGNAL) == 0;
}

static void test_lies(void **state) {
        static const struct {
                Answer answer;
                int error;
        } table[] = {
                { answer_garbage, -EBADMSG },
                { answer_one_byte, -EBADMSG },
                { answer_too_long, -EBADMSG },
                { answer_other_serial, -EBADMSG },
                { answer_other_uid, -EBADMSG },
                { answer_without_primary_group, -EBADMSG },
                { answer_bad_request, -EBADMSG },
                { answer_with_descriptor, -EBADMSG },
                { answer_failed, -EAGAIN },
                { answer_too_big, -E2BIG },
                { answer_unknown, -ESRCH },
                { answer_by_dying, -EIO },
                { answer_emptily, -EIO },
        };
        Fixture *f = *state;

        fixture_listen(f, 16);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                restart(f, table[i].answer);
                for (unsigned k = 0; k < 3; k++)
                        fixture_expect_error(f, NULL, 1101, table[i].error);

                /* And the next one works. */
                restart(f, answer_honestly);
                fixture_expect_error(f, NULL, 1101, 0);
        }
}

/* --- time --- */

/* Answers by name what it is asked by name "good…", and nothing else ever. */
static bool answer_some(int fd, const AccountRequest *request) {
        if (startswith(request->name, "good"))
                return answer_honestly(fd, request);
        /* Until the other end closes. */
        (void) recv(fd, &(char){ 0 }, 1, 0);
        return false;
}

static void test_silence_ends_at_the_deadline(void **state) {
        Fixture *f = *state;
        Outcome silent = {};
        uint64_t begin = clock_now_usec(), elapsed;

        start(f, answer_some);
        assert_int_equal(
                account_lookup_start(f->lookups, &(AccountKey){ "silent", 0 }, on_outcome, &silent, NULL),
                0);
        /* Others go on meanwhile. */
        for (unsigned i = 0; i < 20; i++)
                fixture_expect_error(f, "good", 0, 0);
        assert_int_equal(silent.n_calls, 0);

        fixture_wait(f, &silent);
        elapsed = clock_now_usec() - begin;
        assert_int_equal(silent.error, -ETIMEDOUT);
        assert_true(elapsed >= DEADLINE_USEC && elapsed < 3 * DEADLINE_USEC);
        fixture_expect_error(f, "good", 0, 0);
}

static void test_all_connections_silent(void **state) {
        enum { N = 2 * ACCOUNT_LOOKUP_CONNECTIONS_MAX };
        Outcome outcomes[N] = {};
        Fixture *f = *state;
        uint64_t begin = clock_now_usec();

        start(f, answer_some);
        for (size_t i = 0; i < N; i++)
                assert_int_equal(account_lookup_start(f->lookups, &(AccountKey){ "silent", 0 }, on_outcome,
                                         &outcomes[i], NULL),
                        0);
        /* Waiting in the queue counts: all end at one deadline. */
        for (size_t i = 0; i < N; i++) {
                fixture_wait(f, &outcomes[i]);
                assert_int_equal(outcomes[i].error, -ETIMEDOUT);
        }
        assert_true(clock_now_usec() - begin < 3 * DEADLINE_USEC);
        fixture_expect_error(f, "good", 0, 0);
}

/* A real helper with a name service that never answers: at the deadline its child is killed. */
static void hang(const AccountRequest *request, AccountFacts *facts) {
        if (streq(request->name, "silent"))
                for (;;)
                        (void) pause();
        facts->reply.status = ACCOUNT_STATUS_NO_SUCH_ACCOUNT;
}

static void run_hanging_server(int listen_fd) {
        (void) account_server_run(listen_fd, &(AccountServerConfig){ .peer_uid = getuid(), .lookup = hang });
}

static void test_hanging_name_service(void **state) {
        Fixture *f = *state;
        char path[64], c;

        account_lookups_set_deadline(f->lookups, DEADLINE_USEC);
        fixture_listen(f, 16);
        fixture_fork(f, run_hanging_server);
        for (unsigned i = 0; i < 2; i++) {
                fixture_expect_error(f, "silent", 0, -ETIMEDOUT);
                fixture_expect_error(f, "other", 0, -ESRCH);
        }

        /* Only the child of the one idle connection is left; give the master a moment to reap. */
        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", f->helper, f->helper);
        for (uint64_t end = clock_now_usec() + PATIENCE_USEC;;) {
                _cleanup_fclose_ FILE *children = fopen(path, "re");
                unsigned n = 0;

                if (!children)
                        skip();
                while (fread(&c, 1, 1, children) == 1)
                        n += c == ' ';
                if (n == 1)
                        break;
                assert_true(clock_now_usec() < end);
                (void) usleep(1000);
        }
}

/* --- absence --- */

static void test_nobody_listens(void **state) {
        Fixture *f = *state;
        uint64_t begin = clock_now_usec(), elapsed;

        /* The first waits a little, for the helper may be restarting; the next is told at once. */
        fixture_expect_error(f, "good", 0, -ENOENT);
        elapsed = clock_now_usec() - begin;
        assert_true(
                elapsed >= ACCOUNT_LOOKUP_UNREACHABLE_USEC && elapsed < 3 * ACCOUNT_LOOKUP_UNREACHABLE_USEC);
        begin = clock_now_usec();
        fixture_expect_error(f, "good", 0, -ENOENT);
        assert_true(clock_now_usec() - begin < ACCOUNT_LOOKUP_UNREACHABLE_USEC / 2);

        fixture_listen(f, 16);
        f->listen_fd = safe_close(f->listen_fd);
        fixture_expect_error(f, "good", 0, -ECONNREFUSED);
        assert_int_equal(unlink(f->path), 0);
        start(f, answer_some);
        fixture_expect_error(f, "good", 0, 0);
}

static void test_listens_late(void **state) {
        Fixture *f = *state;
        Outcome outcome = {};

        assert_int_equal(
                account_lookup_start(f->lookups, &(AccountKey){ "good", 0 }, on_outcome, &outcome, NULL), 0);
        fixture_run(f, 200 * USEC_PER_MSEC);
        assert_int_equal(outcome.n_calls, 0);
        start(f, answer_some);
        fixture_wait(f, &outcome);
        assert_int_equal(outcome.error, 0);
        outcome_done(&outcome);
}

static void test_full_backlog(void **state) {
        Fixture *f = *state;
        Outcome outcomes[ACCOUNT_LOOKUP_CONNECTIONS_MAX] = {};

        /* No one accepts, and the backlog holds one. */
        account_lookups_set_deadline(f->lookups, 4 * DEADLINE_USEC);
        fixture_listen(f, 0);
        for (size_t i = 0; i < ELEMENTSOF(outcomes); i++)
                assert_int_equal(account_lookup_start(f->lookups, &(AccountKey){ "good", 0 }, on_outcome,
                                         &outcomes[i], NULL),
                        0);
        /* For longer than an absent helper is waited for. */
        fixture_run(f, ACCOUNT_LOOKUP_UNREACHABLE_USEC + 100 * USEC_PER_MSEC);
        for (size_t i = 0; i < ELEMENTSOF(outcomes); i++)
                assert_int_equal(outcomes[i].n_calls, 0);

        answer = answer_some;
        fixture_fork(f, run_fake);
        for (size_t i = 0; i < ELEMENTSOF(outcomes); i++) {
                fixture_wait(f, &outcomes[i]);
                assert_int_equal(outcomes[i].error, 0);
                outcome_done(&outcomes[i]);
        }
}

/* --- retries --- */

/* Closes each connection before the question on it is read. */
static void run_unreading(int listen_fd) {
        for (;;) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

                if (fd < 0)
                        _exit(EXIT_FAILURE);
                (void) usleep(20 * 1000);
                (void) close(fd);
        }
}

static void test_asked_twice_and_not_more(void **state) {
        Fixture *f = *state;
        uint64_t begin = clock_now_usec();

        fixture_listen(f, 16);
        fixture_fork(f, run_unreading);
        fixture_expect_error(f, "good", 0, -EIO);
        assert_true(clock_now_usec() - begin < ACCOUNT_LOOKUP_DEADLINE_USEC / 2);
}

/* Answers, and answers once more what was not asked. */
static bool answer_twice(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        (void) send_reply(fd, &reply);
        reply.serial++;
        return send_reply(fd, &reply);
}

static bool answer_with_a_flood(int fd, const AccountRequest *request) {
        for (AccountReply reply = honest_reply(request);; reply.serial += 1000)
                if (!send_reply(fd, &reply))
                        return false;
}

static void test_unasked_answers(void **state) {
        Fixture *f = *state;

        start(f, answer_twice);
        for (unsigned i = 0; i < 20; i++) {
                Outcome outcome = fixture_lookup(f, NULL, 2000 + i);

                /* What was asked is answered, or fails: another account's facts never come through. */
                if (outcome.error == 0)
                        assert_int_equal(outcome.account->uid, 2000 + i);
                outcome_done(&outcome);
        }

        restart(f, answer_with_a_flood);
        for (unsigned i = 0; i < 20; i++) {
                Outcome outcome = fixture_lookup(f, NULL, 2000 + i);

                outcome_done(&outcome);
        }

        restart(f, answer_honestly);
        fixture_expect_error(f, "good", 0, 0);
}

/* Says that this was the last answer, and stays. */
static bool answer_last(int fd, const AccountRequest *request) {
        AccountReply reply = honest_reply(request);

        reply.last = true;
        (void) send_reply(fd, &reply);
        (void) recv(fd, &(char){ 0 }, 1, 0);
        return false;
}

static void test_last_answer_ends_connection(void **state) {
        Fixture *f = *state;

        start(f, answer_last);
        for (unsigned i = 0; i < 3; i++)
                fixture_expect_error(f, NULL, 1101, 0);
}

/* --- the caller's side --- */

static void test_cancel(void **state) {
        enum { N = 3 * ACCOUNT_LOOKUP_CONNECTIONS_MAX };
        AccountLookup *handles[N] = {};
        Outcome outcomes[N] = {}, good;
        Fixture *f = *state;

        start(f, answer_some);
        for (size_t i = 0; i < N; i++)
                assert_int_equal(
                        account_lookup_start(f->lookups, &(AccountKey){ i < 2 ? "silent" : "good", 0 },
                                on_outcome, &outcomes[i], &handles[i]),
                        0);
        /* Before anything was sent. */
        handles[2] = account_lookup_unref(handles[2]);
        assert_null(handles[2]);
        fixture_run(f, 100 * USEC_PER_MSEC);
        assert_int_equal(outcomes[2].n_calls, 0);
        assert_int_equal(outcomes[N - 1].n_calls, 1);

        /* In the middle, and after the end. */
        for (size_t i = 0; i < N; i++)
                handles[i] = account_lookup_unref(handles[i]);
        good = fixture_lookup(f, "good", 0);
        assert_int_equal(good.error, 0);
        outcome_done(&good);
        fixture_run(f, 2 * DEADLINE_USEC);
        assert_int_equal(outcomes[0].n_calls, 0);
        for (size_t i = 0; i < N; i++)
                outcome_done(&outcomes[i]);
}

static void test_free_with_lookups_under_way(void **state) {
        enum { N = 3 * ACCOUNT_LOOKUP_CONNECTIONS_MAX };
        AccountLookup *handles[N] = {};
        Outcome outcomes[N] = {};
        Fixture *f = *state;

        start(f, answer_some);
        for (size_t i = 0; i < N; i++)
                assert_int_equal(account_lookup_start(f->lookups, &(AccountKey){ "silent", 0 }, on_outcome,
                                         &outcomes[i], i % 2 == 0 ? &handles[i] : NULL),
                        0);
        fixture_run(f, 50 * USEC_PER_MSEC);
        f->lookups = account_lookups_free(f->lookups);
        fixture_run(f, 50 * USEC_PER_MSEC);
        for (size_t i = 0; i < N; i++) {
                assert_int_equal(outcomes[i].n_calls, 0);
                handles[i] = account_lookup_unref(handles[i]);
        }
}

static void test_queue_is_bounded(void **state) {
        Outcome outcome = {};
        Fixture *f = *state;
        unsigned n = 0;
        int r;

        for (;;) {
                r = account_lookup_start(f->lookups, &(AccountKey){ "good", 0 }, on_outcome, &outcome, NULL);
                if (r < 0)
                        break;
                n++;
        }
        assert_int_equal(r, -ENOBUFS);
        assert_int_equal(n, ACCOUNT_LOOKUP_QUEUE_MAX);
        assert_int_equal(outcome.n_calls, 0);
}

/* A handler that starts the next lookup as soon as one fails. */
typedef struct Chain {
        Fixture *fixture;
        unsigned n;
        uint64_t iteration;
        AccountLookup *handle;
} Chain;

static void on_chain(int error, Account *account, void *userdata) {
        Chain *chain = userdata;
        uint64_t iteration;

        assert_int_equal(error, -ENOENT);
        /* Each has its own turn of the loop: a handler that always asks again starves no one. */
        assert_true(sd_event_get_iteration(chain->fixture->event, &iteration) >= 0);
        assert_true(iteration > chain->iteration);
        chain->iteration = iteration;
        chain->n++;
        chain->handle = account_lookup_unref(chain->handle);
        if (chain->n < 5)
                assert_int_equal(account_lookup_start(chain->fixture->lookups, &(AccountKey){ "good", 0 },
                                         on_chain, chain, &chain->handle),
                        0);
}

static void test_handler_starts_another(void **state) {
        Chain chain = { .fixture = *state };

        assert_int_equal(account_lookup_start(chain.fixture->lookups, &(AccountKey){ "good", 0 }, on_chain,
                                 &chain, &chain.handle),
                0);
        for (uint64_t end = clock_now_usec() + PATIENCE_USEC; chain.n < 5;) {
                assert_true(clock_now_usec() < end);
                assert_true(sd_event_run(chain.fixture->event, 100 * USEC_PER_MSEC) >= 0);
        }
        assert_null(chain.handle);
}

static void test_paths(void **state) {
        char path[200];
        Fixture *f = *state;
        AccountLookups *lookups;

        memset(path, 'x', sizeof(path));
        path[sizeof(((struct sockaddr_un *) NULL)->sun_path)] = '\0';
        assert_int_equal(account_lookups_new(f->event, path, &lookups), -ENAMETOOLONG);
        assert_int_equal(account_lookups_new(f->event, "", &lookups), -EINVAL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_lies),
                TEST(test_silence_ends_at_the_deadline),
                TEST(test_all_connections_silent),
                TEST(test_hanging_name_service),
                TEST(test_nobody_listens),
                TEST(test_listens_late),
                TEST(test_full_backlog),
                TEST(test_asked_twice_and_not_more),
                TEST(test_unasked_answers),
                TEST(test_last_answer_ends_connection),
                TEST(test_cancel),
                TEST(test_free_with_lookups_under_way),
                TEST(test_queue_is_bounded),
                TEST(test_handler_starts_another),
                TEST(test_paths),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
