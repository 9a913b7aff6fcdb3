/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an account is, whom we serve, and what its groups mean. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/account.h"

/* An account as the helper would describe it; the reply is filled in by the tests. */
static AccountReply reply_example(void) {
        return (AccountReply){
                .status = ACCOUNT_STATUS_OK,
                .uid = 1101,
                .gid = 1101,
                .name = "svc-web",
                .home = "/srv/web",
                .shell = "/usr/sbin/nologin",
                .n_groups = 1,
                .groups = { 1101 },
                .group_names = { "svc-web" },
        };
}

static Account *account_make(const AccountReply *reply) {
        Account *account = NULL;

        assert_int_equal(account_new(reply, &account), 0);
        return account;
}

static void test_new(void **state) {
        AccountReply reply = reply_example();
        _cleanup_(account_unrefp) Account *account = account_make(&reply);
        Account *again;

        assert_int_equal(account->uid, 1101);
        assert_int_equal(account->gid, 1101);
        assert_string_equal(account->name, "svc-web");
        assert_string_equal(account->home, "/srv/web");
        assert_string_equal(account->shell, "/usr/sbin/nologin");
        assert_int_equal(account->n_groups, 1);
        assert_string_equal(account->group_names[0], "svc-web");
        assert_int_equal(account_check(account), ACCOUNT_FINE);

        again = account_ref(account);
        assert_ptr_equal(again, account);
        assert_null(account_unref(again));
        assert_string_equal(account->name, "svc-web");
        assert_null(account_unref(NULL));
        assert_null(account_ref(NULL));
}

static void test_home_spelling(void **state) {
        static const struct {
                const char *told, *kept;
        } table[] = {
                { "/", "/" },
                { "//", "/" },
                { "/./.", "/" },
                { "/srv/web/", "/srv/web" },
                { "//srv///web//", "/srv/web" },
                { "/srv/./web/.", "/srv/web" },
                { "/srv/.web", "/srv/.web" },
                { "/srv/../web", "/srv/../web" },
                { "", "" },
                { "srv//web/", "srv//web/" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                AccountReply reply = reply_example();
                _cleanup_(account_unrefp) Account *account = NULL;

                reply.home = table[i].told;
                account = account_make(&reply);
                assert_string_equal(account->home, table[i].kept);
        }
}

static void test_equal(void **state) {
        AccountReply reply = reply_example(), other;
        _cleanup_(account_unrefp) Account *account = account_make(&reply);
        Account *b;

        reply.shell = "/bin/sh";
        reply.home = "/srv//web/";
        b = account_make(&reply);
        assert_true(account_equal(account, b));
        account_unref(b);

        for (unsigned i = 0; i < 7; i++) {
                other = reply_example();
                switch (i) {
                case 0:
                        other.uid++;
                        break;
                case 1:
                        other.gid++;
                        break;
                case 2:
                        other.name = "svc-wep";
                        break;
                case 3:
                        other.n_groups--;
                        break;
                case 4:
                        other.groups[0]++;
                        break;
                case 5:
                        other.groups_truncated = !other.groups_truncated;
                        break;
                default:
                        other.home = "/srv/wep";
                        break;
                }
                b = account_make(&other);
                assert_false(account_equal(account, b));
                account_unref(b);
        }
        assert_false(account_equal(account, NULL));
        assert_false(account_equal(NULL, NULL));
}

static AccountProblem check(const AccountReply *reply) {
        _cleanup_(account_unrefp) Account *account = account_make(reply);

        return account_check(account);
}

static void test_check_ids(void **state) {
        static const struct {
                uint32_t id;
                AccountProblem uid, gid;
        } table[] = {
                { 0, ACCOUNT_IS_ROOT, ACCOUNT_INVALID_GID },
                { 1, ACCOUNT_FINE, ACCOUNT_FINE },
                { 999, ACCOUNT_FINE, ACCOUNT_FINE },
                { 65533, ACCOUNT_FINE, ACCOUNT_FINE },
                { 65534, ACCOUNT_IS_NOBODY, ACCOUNT_INVALID_GID },
                { 65535, ACCOUNT_INVALID_UID, ACCOUNT_INVALID_GID },
                { 65536, ACCOUNT_FINE, ACCOUNT_FINE },
                { 2147483648, ACCOUNT_FINE, ACCOUNT_FINE },
                { 4294967294, ACCOUNT_FINE, ACCOUNT_FINE },
                { 4294967295, ACCOUNT_INVALID_UID, ACCOUNT_INVALID_GID },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                AccountReply reply = reply_example();

                assert_int_equal(account_check_uid(table[i].id), table[i].uid);
                reply.uid = table[i].id;
                assert_int_equal(check(&reply), table[i].uid);
                reply = reply_example();
                reply.gid = table[i].id;
                assert_int_equal(check(&reply), table[i].gid);
        }
}

static void test_check_name(void **state) {
        static const char *const good[] = { "a", "user@realm.example", "DOM\\user", "jörg", "first last",
                "svc-web" };
        static const char *const bad[] = { "", ".", "..", "a/b", "a:b", "1000", "-M", "a*", "a\n", "a\x7f",
                "\xff", " a", "a\xc2\x85-", "a\u202eb", "a\u2066b" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                AccountReply reply = reply_example();

                reply.name = good[i];
                assert_int_equal(check(&reply), ACCOUNT_FINE);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                AccountReply reply = reply_example();

                reply.name = bad[i];
                assert_int_equal(check(&reply), ACCOUNT_BAD_NAME);
        }
}

static void test_check_home_and_shell(void **state) {
        static const char *const bad[] = { "", "srv/web", "~", "/srv/../etc", "/..", "/srv/..", "/a\nb",
                "/a\x1b[31m", "/\xc3", "/a\u202eb" };
        static const char *const good[] = { "/", "/srv/..web", "/srv/web..", "/home/DOM\\user",
                "/home/with space", "/nonexistent" };
        AccountReply reply;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                reply = reply_example();
                reply.home = bad[i];
                assert_int_equal(check(&reply), ACCOUNT_BAD_HOME);
        }
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                reply = reply_example();
                reply.home = good[i];
                assert_int_equal(check(&reply), ACCOUNT_FINE);
        }

        reply = reply_example();
        reply.shell = "";
        assert_int_equal(check(&reply), ACCOUNT_FINE);
        reply.shell = "/bin/sh\t";
        assert_int_equal(check(&reply), ACCOUNT_BAD_SHELL);
}

static void test_problem_strings(void **state) {
        for (AccountProblem problem = 0; problem < _ACCOUNT_PROBLEM_MAX; problem++)
                assert_false(isempty(account_problem_to_string(problem)));
}

static void test_privileged(void **state) {
        static char sudo[] = "sudo", docker[] = "docker";
        static char *const list[] = { sudo, docker, NULL };
        AccountReply reply = reply_example();
        Account *account;
        const char *group = NULL;

        account = account_make(&reply);
        assert_false(account_is_privileged(account, list, &group));
        assert_null(group);
        assert_false(account_is_privileged(account, NULL, NULL));
        account_unref(account);

        reply.groups[1] = 27;
        reply.group_names[1] = "sudo";
        reply.n_groups = 2;
        account = account_make(&reply);
        assert_true(account_is_privileged(account, list, &group));
        assert_string_equal(group, "sudo");
        assert_true(account_is_privileged(account, list, NULL));
        assert_false(account_is_privileged(account, NULL, NULL));
        account_unref(account);

        /* Names are compared whole and as they are. */
        reply.group_names[1] = "sudoers";
        account = account_make(&reply);
        assert_false(account_is_privileged(account, list, NULL));
        account_unref(account);

        /* Group 0 counts, whatever it is called and whatever the list says. */
        reply.groups[1] = 0;
        reply.group_names[1] = "wheel";
        account = account_make(&reply);
        assert_true(account_is_privileged(account, NULL, &group));
        assert_string_equal(group, "root");
        account_unref(account);

        /* What we were not told counts too. */
        reply = reply_example();
        reply.groups_truncated = true;
        account = account_make(&reply);
        assert_true(account_is_privileged(account, list, &group));
        account_unref(account);
}

static void test_supplementary(void **state) {
        static const gid_t gids[] = { 1101, 27, 999, 1000, 2000, 1000, 0, 65534, 65535, UINT32_MAX, 3000,
                1101 };
        AccountReply reply = reply_example();
        gid_t result[ACCOUNT_SUPPLEMENTARY_MAX];
        Account *account;

        for (size_t i = 0; i < ELEMENTSOF(gids); i++) {
                reply.groups[i] = gids[i];
                reply.group_names[i] = "";
        }
        reply.n_groups = ELEMENTSOF(gids);
        account = account_make(&reply);
        assert_int_equal(account_supplementary(account, 1000, result), 3);
        assert_int_equal(result[0], 1000);
        assert_int_equal(result[1], 2000);
        assert_int_equal(result[2], 3000);
        assert_int_equal(account_supplementary(account, 0, result), 5);
        account_unref(account);

        for (size_t i = 0; i < ACCOUNT_GROUPS_MAX; i++) {
                reply.groups[i] = (gid_t) (5000 + i);
                reply.group_names[i] = "";
        }
        reply.n_groups = ACCOUNT_GROUPS_MAX;
        account = account_make(&reply);
        assert_int_equal(account_supplementary(account, 1000, result), ACCOUNT_SUPPLEMENTARY_MAX);
        assert_int_equal(result[ACCOUNT_SUPPLEMENTARY_MAX - 1], 5000 + ACCOUNT_SUPPLEMENTARY_MAX - 1);
        account_unref(account);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new),
                cmocka_unit_test(test_home_spelling),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_check_ids),
                cmocka_unit_test(test_check_name),
                cmocka_unit_test(test_check_home_and_shell),
                cmocka_unit_test(test_problem_strings),
                cmocka_unit_test(test_privileged),
                cmocka_unit_test(test_supplementary),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
