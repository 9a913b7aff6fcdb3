/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookups from end to end: the daemon's client, the real userunit-accounts, and this host's name service. */

#include "tests/unit/account-fixture.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>

/* Becomes the real helper, activated as systemd would do it. */
static void exec_helper(int listen_fd) {
        char peer[64], pid[32];

        snprintf(peer, sizeof(peer), "--peer-uid=%u", getuid());
        snprintf(pid, sizeof(pid), "%d", getpid());
        if (listen_fd == 3)
                (void) fcntl(listen_fd, F_SETFD, 0);
        else if (dup2(listen_fd, 3) < 0)
                _exit(EXIT_FAILURE);
        (void) setenv("LISTEN_PID", pid, 1);
        (void) setenv("LISTEN_FDS", "1", 1);
        (void) execl(USERUNIT_ACCOUNTS, USERUNIT_ACCOUNTS, peer, NULL);
        _exit(EXIT_FAILURE);
}

static void start(Fixture *f) {
        fixture_listen(f, 16);
        fixture_fork(f, exec_helper);
}

static void test_by_uid_and_name(void **state) {
        Fixture *f = *state;
        struct passwd *pw;
        Outcome by_uid, by_name;
        bool has_primary = false;

        pw = getpwuid(getuid());
        if (!pw)
                skip();
        start(f);

        by_uid = fixture_lookup(f, NULL, getuid());
        assert_int_equal(by_uid.error, 0);
        assert_int_equal(by_uid.account->uid, getuid());
        assert_int_equal(by_uid.account->gid, pw->pw_gid);
        assert_string_equal(by_uid.account->name, pw->pw_name);
        assert_string_equal(by_uid.account->shell, pw->pw_shell);
        for (size_t i = 0; i < by_uid.account->n_groups; i++) {
                struct group *group = getgrgid(by_uid.account->groups[i]);

                assert_string_equal(by_uid.account->group_names[i], group ? group->gr_name : "");
                has_primary |= by_uid.account->groups[i] == pw->pw_gid;
        }
        assert_true(has_primary);

        by_name = fixture_lookup(f, by_uid.account->name, 0);
        assert_int_equal(by_name.error, 0);
        assert_true(account_equal(by_uid.account, by_name.account));
        outcome_done(&by_uid);
        outcome_done(&by_name);
}

static void test_root_is_found_and_refused(void **state) {
        Fixture *f = *state;
        Outcome outcome;
        const char *group;

        start(f);
        outcome = fixture_lookup(f, "root", 0);
        assert_int_equal(outcome.error, 0);
        assert_int_equal(outcome.account->uid, 0);
        assert_string_equal(outcome.account->group_names[0], "root");
        assert_int_equal(account_check(outcome.account), ACCOUNT_IS_ROOT);
        assert_true(account_is_privileged(outcome.account, NULL, &group));
        outcome_done(&outcome);
}

static void test_unknown(void **state) {
        Fixture *f = *state;

        start(f);
        fixture_expect_error(f, "no-such-account-here", 0, -ESRCH);
        fixture_expect_error(f, NULL, 4294967200, -ESRCH);
}

static void test_bad_keys(void **state) {
        static const char *const bad[] = { "", "a/b", "1000", "-x", "a\nb", "a*" };
        Fixture *f = *state;
        Outcome outcome = {};

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(account_lookup_start(
                                         f->lookups, &(AccountKey){ bad[i], 0 }, on_outcome, &outcome, NULL),
                        -EINVAL);
        assert_int_equal(account_lookup_start(
                                 f->lookups, &(AccountKey){ NULL, UID_INVALID }, on_outcome, &outcome, NULL),
                -EINVAL);
        assert_int_equal(outcome.n_calls, 0);
}

static void test_more_than_a_child_serves(void **state) {
        enum { N = 5 * ACCOUNT_SERVER_LOOKUPS_MAX };
        Fixture *f = *state;
        static Outcome outcomes[N];

        start(f);
        for (size_t i = 0; i < N; i++) {
                outcomes[i] = (Outcome){};
                assert_int_equal(account_lookup_start(f->lookups, &(AccountKey){ NULL, 0 }, on_outcome,
                                         &outcomes[i], NULL),
                        0);
        }
        for (size_t i = 0; i < N; i++) {
                fixture_wait(f, &outcomes[i]);
                assert_int_equal(outcomes[i].error, 0);
                outcome_done(&outcomes[i]);
        }
}

static void test_helper_is_replaced(void **state) {
        Fixture *f = *state;

        start(f);
        for (unsigned i = 0; i < 3; i++) {
                Outcome outcomes[ACCOUNT_LOOKUP_CONNECTIONS_MAX] = {};

                /* All connections are open and idle when the helper goes; the socket stays, as systemd holds
                 * it. */
                for (size_t k = 0; k < ELEMENTSOF(outcomes); k++)
                        assert_int_equal(account_lookup_start(f->lookups, &(AccountKey){ "root", 0 },
                                                 on_outcome, &outcomes[k], NULL),
                                0);
                for (size_t k = 0; k < ELEMENTSOF(outcomes); k++) {
                        fixture_wait(f, &outcomes[k]);
                        assert_int_equal(outcomes[k].error, 0);
                        outcome_done(&outcomes[k]);
                }
                (void) fixture_stop_helper(f, i % 2 == 0 ? SIGTERM : SIGKILL);
                fixture_fork(f, exec_helper);
        }
        fixture_expect_error(f, "no-such-account-here", 0, -ESRCH);
}

static void test_options_of_the_helper(void **state) {
        static const char *const refused[] = { "--peer-uid=x", "--peer-uid=-1", "--peer-uid=4294967295",
                "--nonsense", "word", "--peer-uid=1" /* and no socket */ };

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                int status = 0;
                pid_t pid;

                pid = fork();
                assert_true(pid >= 0);
                if (pid == 0) {
                        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

                        (void) dup2(null, STDERR_FILENO);
                        (void) unsetenv("LISTEN_FDS");
                        (void) execl(USERUNIT_ACCOUNTS, USERUNIT_ACCOUNTS, refused[i], NULL);
                        _exit(EXIT_SUCCESS);
                }
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
        }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_by_uid_and_name),
                TEST(test_root_is_found_and_refused),
                TEST(test_unknown),
                TEST(test_bad_keys),
                TEST(test_more_than_a_child_serves),
                TEST(test_helper_is_replaced),
                cmocka_unit_test(test_options_of_the_helper),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
