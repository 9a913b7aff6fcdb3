/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages between userunitd and its name service helper: what comes back is what went in, and nothing
 * else passes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/accounts/account-protocol.h"

/* Where fields of the reply's head are. */
enum {
        AT_VERSION = 4,
        AT_STATUS = 6,
        AT_UID = 12,
        AT_N_GROUPS = 20,
        AT_FLAGS = 22,
        HEAD_SIZE = 24,
};

static AccountReply reply_example(void) {
        return (AccountReply){
                .status = ACCOUNT_STATUS_OK,
                .serial = 7,
                .last = true,
                .uid = 1101,
                .gid = 1102,
                .name = "svc-web",
                .home = "/srv/web",
                .shell = "",
                .n_groups = 2,
                .groups = { 1102, 27 },
                .group_names = { "web", "" },
        };
}

static void test_request(void **state) {
        AccountRequest request, back;
        char name[ACCOUNT_NAME_SIZE + 1];

        assert_int_equal(account_request_init(&request, 5, "svc-web", 99), 0);
        assert_int_equal(account_request_decode(&request, sizeof(request), &back), 0);
        assert_int_equal(back.kind, ACCOUNT_BY_NAME);
        assert_int_equal(back.serial, 5);
        assert_int_equal(back.uid, 0);
        assert_string_equal(back.name, "svc-web");

        assert_int_equal(account_request_init(&request, 6, NULL, 4294967294), 0);
        assert_int_equal(account_request_decode(&request, sizeof(request), &back), 0);
        assert_int_equal(back.kind, ACCOUNT_BY_UID);
        assert_int_equal(back.uid, 4294967294);

        memset(name, 'a', sizeof(name));
        name[ACCOUNT_NAME_SIZE] = '\0';
        assert_int_equal(account_request_init(&request, 1, name, 0), -EINVAL);
        name[ACCOUNT_NAME_SIZE - 1] = '\0';
        assert_int_equal(account_request_init(&request, 1, name, 0), 0);
        assert_int_equal(account_request_decode(&request, sizeof(request), &back), 0);
        assert_int_equal(account_request_init(&request, 1, "", 0), -EINVAL);
}

static void test_request_refused(void **state) {
        AccountRequest good, bad, back;

        assert_int_equal(account_request_init(&good, 5, "svc-web", 0), 0);
        assert_int_equal(account_request_decode(&good, sizeof(good) - 1, &back), -EBADMSG);
        assert_int_equal(account_request_decode(&good, sizeof(good) + 1, &back), -EBADMSG);
        assert_int_equal(account_request_decode(&good, 0, &back), -EBADMSG);

#define REFUSED(change)                                                                                     \
        do {                                                                                                \
                bad = good;                                                                                 \
                change;                                                                                     \
                assert_int_equal(account_request_decode(&bad, sizeof(bad), &back), -EBADMSG);               \
        } while (0)
        REFUSED(bad.magic++);
        REFUSED(bad.version++);
        REFUSED(bad.kind = 0);
        REFUSED(bad.kind = 3);
        REFUSED(bad.kind = ACCOUNT_BY_UID);
        REFUSED(bad.uid = 1);
        REFUSED(bad.name[0] = '\0');
        REFUSED(memset(bad.name, 'a', sizeof(bad.name)));
        REFUSED(bad.name[sizeof(bad.name) - 1] = 'x');
        REFUSED(memset(bad.name, 0, sizeof(bad.name)));
#undef REFUSED
}

static void test_reply(void **state) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        AccountReply reply = reply_example(), back;
        ssize_t n;

        n = account_reply_encode(&reply, buffer);
        assert_int_equal(n, HEAD_SIZE + 8 + 9 + 1 + 2 * 4 + 4 + 1);
        assert_int_equal(account_reply_decode(buffer, (size_t) n, &back), 0);
        assert_int_equal(back.status, ACCOUNT_STATUS_OK);
        assert_int_equal(back.serial, 7);
        assert_true(back.last);
        assert_int_equal(back.uid, 1101);
        assert_int_equal(back.gid, 1102);
        assert_string_equal(back.name, "svc-web");
        assert_string_equal(back.home, "/srv/web");
        assert_string_equal(back.shell, "");
        assert_int_equal(back.n_groups, 2);
        assert_false(back.groups_truncated);
        assert_int_equal(back.groups[1], 27);
        assert_string_equal(back.group_names[0], "web");
        assert_string_equal(back.group_names[1], "");

        for (AccountStatus status = ACCOUNT_STATUS_NO_SUCH_ACCOUNT; status < _ACCOUNT_STATUS_MAX; status++) {
                reply.status = status;
                n = account_reply_encode(&reply, buffer);
                assert_int_equal(n, HEAD_SIZE);
                assert_int_equal(account_reply_decode(buffer, (size_t) n, &back), 0);
                assert_int_equal(back.status, status);
                assert_int_equal(back.n_groups, 0);
        }
}

static void test_reply_bounds(void **state) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        static char longest[ACCOUNT_HOME_SIZE + 1];
        AccountReply reply = reply_example(), back;
        ssize_t n;

        memset(longest, 'x', ACCOUNT_HOME_SIZE);
        reply.home = longest;
        assert_int_equal(account_reply_encode(&reply, buffer), -E2BIG);
        reply.home = longest + 1;
        assert_true(account_reply_encode(&reply, buffer) > 0);
        reply.name = longest + 1;
        assert_int_equal(account_reply_encode(&reply, buffer), -E2BIG);
        reply.name = longest + ACCOUNT_HOME_SIZE - ACCOUNT_NAME_SIZE + 1;
        reply.shell = longest + ACCOUNT_HOME_SIZE - ACCOUNT_SHELL_SIZE;
        assert_int_equal(account_reply_encode(&reply, buffer), -E2BIG);
        reply.shell = longest + ACCOUNT_HOME_SIZE - ACCOUNT_SHELL_SIZE + 1;

        /* The most there can be: it does not fit as a whole, and says so. */
        reply.n_groups = ACCOUNT_GROUPS_MAX;
        for (size_t i = 0; i < ACCOUNT_GROUPS_MAX; i++) {
                reply.groups[i] = (gid_t) i;
                reply.group_names[i] = longest + ACCOUNT_HOME_SIZE - ACCOUNT_GROUP_NAME_SIZE + 1;
        }
        n = account_reply_encode(&reply, buffer);
        assert_true(n > 0 && n <= ACCOUNT_REPLY_MAX);
        assert_int_equal(account_reply_decode(buffer, (size_t) n, &back), 0);
        assert_true(back.groups_truncated);
        assert_true(back.n_groups > 200 && back.n_groups < ACCOUNT_GROUPS_MAX);
        assert_int_equal(back.groups[back.n_groups - 1], back.n_groups - 1);

        /* A group whose name cannot be told ends the list. */
        reply.group_names[3] = longest;
        n = account_reply_encode(&reply, buffer);
        assert_int_equal(account_reply_decode(buffer, (size_t) n, &back), 0);
        assert_true(back.groups_truncated);
        assert_int_equal(back.n_groups, 3);
}

static void test_reply_refused(void **state) {
        static uint8_t good[ACCOUNT_REPLY_MAX], bad[ACCOUNT_REPLY_MAX + 1];
        AccountReply reply = reply_example(), back;
        size_t n;

        n = (size_t) account_reply_encode(&reply, good);

        /* Too short by any number of bytes, or too long by one. The copy has the exact size, for the
         * sanitizer's eyes. */
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ uint8_t *cut = malloc(i + 1);

                assert_non_null(cut);
                memcpy(cut, good, i);
                cut = realloc(cut, i > 0 ? i : 1);
                assert_int_equal(account_reply_decode(cut, i, &back), -EBADMSG);
        }
        assert_int_equal(account_reply_decode(good, n + 1, &back), -EBADMSG);
        assert_int_equal(account_reply_decode(bad, sizeof(bad), &back), -EBADMSG);

#define REFUSED(offset, value)                                                                              \
        do {                                                                                                \
                memcpy(bad, good, n);                                                                       \
                bad[offset] = (value);                                                                      \
                assert_int_equal(account_reply_decode(bad, n, &back), -EBADMSG);                            \
        } while (0)
        REFUSED(0, 0);
        REFUSED(AT_VERSION, ACCOUNT_PROTOCOL_VERSION + 1);
        REFUSED(AT_STATUS, ACCOUNT_STATUS_NO_SUCH_ACCOUNT);
        REFUSED(AT_STATUS, _ACCOUNT_STATUS_MAX);
        REFUSED(AT_STATUS + 1, 1);
        REFUSED(AT_N_GROUPS, 1);
        REFUSED(AT_N_GROUPS, 3);
        REFUSED(AT_N_GROUPS, 0);
        REFUSED(AT_N_GROUPS + 1, 2);
        REFUSED(AT_FLAGS, 4);
        REFUSED(n - 1, 'x');
#undef REFUSED

        /* A refusal carries no facts. */
        reply.status = ACCOUNT_STATUS_FAILED;
        n = (size_t) account_reply_encode(&reply, bad);
        bad[AT_UID] = 1;
        assert_int_equal(account_reply_decode(bad, n, &back), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_request),
                cmocka_unit_test(test_request_refused),
                cmocka_unit_test(test_reply),
                cmocka_unit_test(test_reply_bounds),
                cmocka_unit_test(test_reply_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
