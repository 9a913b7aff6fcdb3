/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whom the spawner becomes: the decision over a table, and the ranges it reads. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/spawner/policy.h"

#define GID_MIN 1000

static SpawnerPolicy make_policy(const char *ranges) {
        SpawnerPolicy policy = {
                .gid_min = GID_MIN,
                .users = { { 901, 901 }, { 902, 1902 } },
                .n_users = 2,
        };

        assert_int_equal(spawner_policy_set_uids(&policy, ranges), 0);
        return policy;
}

typedef struct Case {
        uint32_t uid, gid;
        uint32_t passwd_gid; /* ID_INVALID: passwd does not have the uid */
        SpawnerError want;
} Case;

static void test_primary_ids(void **state) {
        static const Case cases[] = {
                /* ordinary accounts, local or not */
                { 1501, 1501, 1501, SPAWNER_ERROR_NONE },
                { 1501, 1501, ID_INVALID, SPAWNER_ERROR_NONE },
                { 1501, 1000, ID_INVALID, SPAWNER_ERROR_NONE },
                { 1501, 2000, 1501, SPAWNER_ERROR_NONE },
                { 4294967294, 4294967294, ID_INVALID, SPAWNER_ERROR_NONE },
                { 2147483648, 2147483648, ID_INVALID, SPAWNER_ERROR_NONE },
                { 65533, 65533, ID_INVALID, SPAWNER_ERROR_NONE },
                { 65536, 65536, ID_INVALID, SPAWNER_ERROR_NONE },

                /* uids nobody may have */
                { 0, 1501, ID_INVALID, SPAWNER_ERROR_UID },
                { 0, 0, 0, SPAWNER_ERROR_UID },
                { 65534, 1501, 1501, SPAWNER_ERROR_UID },
                { 65535, 1501, 1501, SPAWNER_ERROR_UID },
                { 4294967295, 1501, 1501, SPAWNER_ERROR_UID },

                /* our own */
                { 901, 1501, 1501, SPAWNER_ERROR_UID },
                { 902, 1501, 1501, SPAWNER_ERROR_UID },
                { 1501, 901, 901, SPAWNER_ERROR_GID },
                { 1501, 1902, 1902, SPAWNER_ERROR_GID },

                /* gids nobody may have, whatever passwd says */
                { 1501, 0, 0, SPAWNER_ERROR_GID },
                { 1501, 0, ID_INVALID, SPAWNER_ERROR_GID },
                { 1501, 65534, 65534, SPAWNER_ERROR_GID },
                { 1501, 65535, 65535, SPAWNER_ERROR_GID },
                { 1501, 4294967295, 4294967295, SPAWNER_ERROR_GID },

                /* below GID_MIN: passwd decides */
                { 1501, 6, ID_INVALID, SPAWNER_ERROR_GID },
                { 1501, 6, 1501, SPAWNER_ERROR_GID },
                { 1501, 999, 998, SPAWNER_ERROR_GID },
                { 950, 950, 950, SPAWNER_ERROR_NONE },
                { 950, 950, 951, SPAWNER_ERROR_GID },
                { 33, 33, 33, SPAWNER_ERROR_NONE },
                { 33, 6, 33, SPAWNER_ERROR_GID },
        };
        const SpawnerPolicy policy = make_policy(SPAWNER_UID_RANGES_DEFAULT);

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const SpawnerSpawn spawn = {
                        .kind = SPAWNER_KIND_WORKER, .uid = cases[i].uid, .gid = cases[i].gid
                };

                if (spawner_policy_decide(&policy, &spawn, cases[i].passwd_gid) != cases[i].want)
                        fail_msg("uid %u gid %u with %u in passwd", cases[i].uid, cases[i].gid,
                                cases[i].passwd_gid);

                /* What passwd says must not matter where the policy does not ask for it. */
                if (!spawner_policy_wants_passwd(&policy, &spawn))
                        assert_int_equal(spawner_policy_decide(&policy, &spawn, ID_INVALID), cases[i].want);
        }
}

static void test_supplementary_groups(void **state) {
        static const uint32_t refused[] = { 0, 1, 6, 42, 901, 999, 1902, 65534, 65535, 4294967295 };
        const SpawnerPolicy policy = make_policy(SPAWNER_UID_RANGES_DEFAULT);
        SpawnerSpawn spawn = { .kind = SPAWNER_KIND_WORKER, .uid = 950, .gid = 950 };

        for (size_t n = 0; n < SPAWNER_GROUPS_MAX; n++) {
                spawn.n_groups = (uint32_t) n + 1;
                spawn.groups[n] = 1000; /* as often as one likes */
                assert_int_equal(spawner_policy_decide(&policy, &spawn, 950), SPAWNER_ERROR_NONE);

                for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                        spawn.groups[n] = refused[i];
                        assert_int_equal(spawner_policy_decide(&policy, &spawn, 950), SPAWNER_ERROR_GROUPS);
                }
                spawn.groups[n] = 1000;
        }

        /* Not even one's own primary group, if it is below. */
        spawn.groups[3] = 950;
        assert_int_equal(spawner_policy_decide(&policy, &spawn, 950), SPAWNER_ERROR_GROUPS);
}

static void test_kinds(void **state) {
        const SpawnerPolicy policy = make_policy(SPAWNER_UID_RANGES_DEFAULT);
        SpawnerSpawn spawn = { .uid = 1501, .gid = 1501 };

        for (uint32_t kind = 0; kind < 10; kind++) {
                spawn.kind = kind;
                assert_int_equal(spawner_policy_decide(&policy, &spawn, ID_INVALID),
                        kind == SPAWNER_KIND_WORKER ? SPAWNER_ERROR_NONE : SPAWNER_ERROR_KIND);
        }
        spawn.kind = UINT32_MAX;
        assert_int_equal(spawner_policy_decide(&policy, &spawn, ID_INVALID), SPAWNER_ERROR_KIND);
}

static void test_uid_ranges(void **state) {
        const SpawnerPolicy policy = make_policy("1000-1999,5000,65534,60000-70000");
        static const struct {
                uint32_t uid;
                bool good;
        } cases[] = {
                { 1, false },
                { 999, false },
                { 1000, true },
                { 1999, true },
                { 2000, false },
                { 4999, false },
                { 5000, true },
                { 5001, false },
                { 59999, false },
                { 60000, true },
                { 65533, true },
                { 65534, false },
                { 65535, false },
                { 65536, true },
                { 70000, true },
                { 70001, false },
                { 0, false },
                { 901, false },
                { 4294967295, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const SpawnerSpawn spawn = { .kind = SPAWNER_KIND_WORKER, .uid = cases[i].uid, .gid = 1501 };

                if ((spawner_policy_decide(&policy, &spawn, ID_INVALID) == SPAWNER_ERROR_NONE) !=
                        cases[i].good)
                        fail_msg("uid %u", cases[i].uid);
        }
}

static void test_parse_ranges(void **state) {
        static const char *const good[] = { "1", "1-1", "1-4294967294", "4294967294", "1,1,1", "0001-0002",
                SPAWNER_UID_RANGES_DEFAULT };
        static const struct {
                const char *text;
                int error;
        } bad[] = {
                { "", -EINVAL },
                { ",", -EINVAL },
                { "1,", -EINVAL },
                { ",1", -EINVAL },
                { "1,,2", -EINVAL },
                { "-1", -EINVAL },
                { "1-", -EINVAL },
                { "1--2", -EINVAL },
                { "1-2-3", -EINVAL },
                { "2-1", -EINVAL },
                { "+1", -EINVAL },
                { " 1", -EINVAL },
                { "1 ", -EINVAL },
                { "1, 2", -EINVAL },
                { "1\n", -EINVAL },
                { "0x10", -ERANGE },
                { "1x", -EINVAL },
                { "1e3", -EINVAL },
                { "all", -EINVAL },
                { "0", -ERANGE },
                { "0-5", -ERANGE },
                { "1-4294967295", -ERANGE },
                { "4294967296", -ERANGE },
                { "18446744073709551617", -ERANGE },
                { "99999999999999999999999999999999", -ERANGE },
        };
        SpawnerPolicy policy = { .n_uids = 7 };
        char many[4 * SPAWNER_RANGES_MAX] = "";

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                SpawnerPolicy p = { 0 };

                assert_int_equal(spawner_policy_set_uids(&p, good[i]), 0);
                assert_true(p.n_uids > 0);
        }

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                if (spawner_policy_set_uids(&policy, bad[i].text) != bad[i].error)
                        fail_msg("\"%s\"", bad[i].text);
                assert_int_equal(policy.n_uids, 7);
        }

        for (size_t i = 0; i < SPAWNER_RANGES_MAX; i++)
                strcat(many, i > 0 ? ",7" : "7");
        assert_int_equal(spawner_policy_set_uids(&policy, many), 0);
        assert_int_equal(policy.n_uids, SPAWNER_RANGES_MAX);
        strcat(many, ",7");
        assert_int_equal(spawner_policy_set_uids(&policy, many), -E2BIG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_primary_ids),
                cmocka_unit_test(test_supplementary_groups),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_uid_ranges),
                cmocka_unit_test(test_parse_ranges),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
