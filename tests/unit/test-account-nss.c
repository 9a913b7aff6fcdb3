/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name service as the helper asks it, with a C library that is played: this program's own definitions
 * come first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <pwd.h>

#include "daemon/accounts/account-nss.h"

/* What the played C library does. */
static struct Play {
        int passwd_error;    /* result of getpwnam_r() and getpwuid_r() */
        bool passwd_absent;  /* 0 and no entry */
        size_t passwd_needs; /* buffer size */
        int group_error;     /* result of getgrgid_r() for gid 27 */
        bool group_absent;
        size_t group_needs;
        int n_groups; /* how many the account has */
        bool groups_fail;
        const char *asked_name;
        uid_t asked_uid;
} play;

static int play_passwd(struct passwd *pw, char *buffer, size_t size, struct passwd **ret) {
        *ret = NULL;
        if (play.passwd_error != 0)
                return play.passwd_error;
        if (size < play.passwd_needs)
                return ERANGE;
        if (play.passwd_absent)
                return 0;
        strcpy(buffer, "Canonical");
        *pw = (struct passwd){
                .pw_name = buffer, .pw_uid = 1101, .pw_gid = 1102, .pw_dir = NULL, .pw_shell = NULL
        };
        *ret = pw;
        return 0;
}

int getpwnam_r(const char *name, struct passwd *pw, char *buffer, size_t size, struct passwd **ret) {
        play.asked_name = name;
        return play_passwd(pw, buffer, size, ret);
}

int getpwuid_r(uid_t uid, struct passwd *pw, char *buffer, size_t size, struct passwd **ret) {
        play.asked_uid = uid;
        return play_passwd(pw, buffer, size, ret);
}

int getgrouplist(const char *name, gid_t gid, gid_t *groups, int *n) {
        int room = *n;

        assert_string_equal(name, "Canonical");
        if (play.groups_fail)
                return -1;
        for (int i = 0; i < MIN(room, play.n_groups); i++)
                groups[i] = i == 0 ? gid : (gid_t) (26 + i);
        *n = play.n_groups;
        return play.n_groups > room ? -1 : play.n_groups;
}

int getgrgid_r(gid_t gid, struct group *group, char *buffer, size_t size, struct group **ret) {
        *ret = NULL;
        if (gid == 27 && play.group_error != 0)
                return play.group_error;
        if (gid == 27 && play.group_absent)
                return 0;
        if (size < play.group_needs)
                return ERANGE;
        snprintf(buffer, size, "group-%u", gid);
        *group = (struct group){ .gr_name = buffer, .gr_gid = gid };
        *ret = group;
        return 0;
}

static AccountStatus ask(AccountFacts *facts, const char *name, uid_t uid) {
        AccountRequest request;

        *facts = (AccountFacts){};
        assert_int_equal(account_request_init(&request, 1, name, uid), 0);
        account_nss_lookup(&request, facts);
        return facts->reply.status;
}

static void expect(AccountStatus status) {
        _cleanup_(account_facts_done) AccountFacts facts = {};

        assert_int_equal(ask(&facts, "someone", 0), status);
}

static void test_found(void **state) {
        _cleanup_(account_facts_done) AccountFacts facts = {};

        play = (struct Play){ .n_groups = 2 };
        assert_int_equal(ask(&facts, "CANONICAL", 0), ACCOUNT_STATUS_OK);
        assert_string_equal(facts.reply.name, "Canonical");
        assert_string_equal(facts.reply.home, "");
        assert_string_equal(facts.reply.shell, "");
        assert_int_equal(facts.reply.n_groups, 2);
        assert_false(facts.reply.groups_truncated);
        assert_int_equal(facts.reply.groups[0], 1102);
        assert_string_equal(facts.reply.group_names[1], "group-27");
        account_facts_done(&facts);

        play.asked_name = NULL;
        assert_int_equal(ask(&facts, NULL, 1101), ACCOUNT_STATUS_OK);
        assert_int_equal(play.asked_uid, 1101);
        assert_null(play.asked_name);
}

static void test_absent(void **state) {
        static const int errors[] = { ENOENT, ESRCH };

        play = (struct Play){ .n_groups = 1, .passwd_absent = true };
        expect(ACCOUNT_STATUS_NO_SUCH_ACCOUNT);
        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                play = (struct Play){ .n_groups = 1, .passwd_error = errors[i] };
                expect(ACCOUNT_STATUS_NO_SUCH_ACCOUNT);
        }
}

static void test_failure(void **state) {
        static const int errors[] = { EAGAIN, EIO, EMFILE, ENFILE, ENOMEM, ECONNREFUSED, ETIMEDOUT, EPERM,
                EBADF, EINVAL };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++) {
                play = (struct Play){ .n_groups = 1, .passwd_error = errors[i] };
                expect(ACCOUNT_STATUS_FAILED);
                play = (struct Play){ .n_groups = 2, .group_error = errors[i] };
                expect(ACCOUNT_STATUS_FAILED);
        }
        play = (struct Play){ .n_groups = 1, .groups_fail = true };
        expect(ACCOUNT_STATUS_FAILED);
        play = (struct Play){ .n_groups = 0 };
        expect(ACCOUNT_STATUS_FAILED);
}

static void test_nameless_group(void **state) {
        _cleanup_(account_facts_done) AccountFacts facts = {};

        play = (struct Play){ .n_groups = 2, .group_absent = true };
        assert_int_equal(ask(&facts, "someone", 0), ACCOUNT_STATUS_OK);
        assert_string_equal(facts.reply.group_names[0], "group-1102");
        assert_string_equal(facts.reply.group_names[1], "");
        account_facts_done(&facts);

        play = (struct Play){ .n_groups = 2, .group_error = ENOENT };
        assert_int_equal(ask(&facts, "someone", 0), ACCOUNT_STATUS_OK);
        assert_string_equal(facts.reply.group_names[1], "");
}

static void test_buffers_grow_to_a_bound(void **state) {
        play = (struct Play){ .n_groups = 2, .passwd_needs = 60 * 1024, .group_needs = 10 * 1024 * 1024 };
        expect(ACCOUNT_STATUS_OK);
        play.passwd_needs = SIZE_MAX;
        expect(ACCOUNT_STATUS_TOO_BIG);
        play.passwd_needs = 0;
        play.group_needs = SIZE_MAX;
        expect(ACCOUNT_STATUS_FAILED);
}

static void test_many_groups(void **state) {
        _cleanup_(account_facts_done) AccountFacts facts = {};

        play = (struct Play){ .n_groups = ACCOUNT_GROUPS_MAX };
        assert_int_equal(ask(&facts, "someone", 0), ACCOUNT_STATUS_OK);
        assert_int_equal(facts.reply.n_groups, ACCOUNT_GROUPS_MAX);
        assert_false(facts.reply.groups_truncated);
        account_facts_done(&facts);

        play.n_groups++;
        assert_int_equal(ask(&facts, "someone", 0), ACCOUNT_STATUS_OK);
        assert_int_equal(facts.reply.n_groups, ACCOUNT_GROUPS_MAX);
        assert_true(facts.reply.groups_truncated);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_found),
                cmocka_unit_test(test_absent),
                cmocka_unit_test(test_failure),
                cmocka_unit_test(test_nameless_group),
                cmocka_unit_test(test_buffers_grow_to_a_bound),
                cmocka_unit_test(test_many_groups),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
