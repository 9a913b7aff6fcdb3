/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The packets between userunitd and its spawner: each good one passes, each one that differs in a byte that
 * matters fails. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/spawner/protocol.h"

static void test_good_packets(void **state) {
        const SpawnerPacket hello = { .hello = { .header = spawner_header(SPAWNER_HELLO) } };
        const SpawnerPacket kill = { .kill = { .header = spawner_header(SPAWNER_KILL), .child = 1 } };
        const SpawnerPacket reply = { .reply = { .header = spawner_header(SPAWNER_REPLY), .child = 1 } };
        const SpawnerPacket exited = {
                .exited = { .header = spawner_header(SPAWNER_EXITED), .child = 1, .status = -1 }
        };
        SpawnerPacket spawn = { .spawn = { .header = spawner_header(SPAWNER_SPAWN) } };

        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &hello, sizeof(SpawnerHello)), 0);
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_SPAWNER, &hello, sizeof(SpawnerHello)), 0);
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &kill, sizeof(SpawnerKill)), 0);
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_SPAWNER, &reply, sizeof(SpawnerReply)), 0);
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_SPAWNER, &exited, sizeof(SpawnerExited)), 0);

        for (uint32_t n = 0; n <= SPAWNER_GROUPS_MAX; n++) {
                spawn.spawn.n_groups = n;
                assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &spawn, sizeof(SpawnerSpawn)), 0);
                if (n < SPAWNER_GROUPS_MAX)
                        spawn.spawn.groups[n] = 1000 + n;
        }
}

/* Only the daemon asks and only the spawner answers. */
static void test_wrong_side(void **state) {
        static const struct {
                SpawnerSide side;
                SpawnerType type;
                size_t size;
        } cases[] = {
                { SPAWNER_FROM_SPAWNER, SPAWNER_SPAWN, sizeof(SpawnerSpawn) },
                { SPAWNER_FROM_SPAWNER, SPAWNER_KILL, sizeof(SpawnerKill) },
                { SPAWNER_FROM_DAEMON, SPAWNER_REPLY, sizeof(SpawnerReply) },
                { SPAWNER_FROM_DAEMON, SPAWNER_EXITED, sizeof(SpawnerExited) },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                SpawnerPacket packet = { .header = spawner_header(cases[i].type) };

                packet.kill.child = 1; /* at the same place in SpawnerExited */
                assert_int_equal(spawner_packet_check(cases[i].side, &packet, cases[i].size), -EBADMSG);
        }
}

static void test_sizes_and_types(void **state) {
        for (uint32_t type = 0; type < 16; type++)
                for (size_t size = 0; size <= sizeof(SpawnerPacket); size++) {
                        SpawnerPacket packet = { .header = spawner_header((SpawnerType) type) };
                        bool good;

                        if (type == SPAWNER_KILL)
                                packet.kill.child = 1;
                        good = (type == SPAWNER_HELLO && size == sizeof(SpawnerHello)) ||
                                (type == SPAWNER_SPAWN && size == sizeof(SpawnerSpawn)) ||
                                (type == SPAWNER_KILL && size == sizeof(SpawnerKill));
                        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, size),
                                good ? 0 : -EBADMSG);
                }
}

static void test_header(void **state) {
        SpawnerPacket packet = { .kill = { .header = spawner_header(SPAWNER_KILL), .child = 1 } };

        packet.header.magic ^= 1;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerKill)), -EBADMSG);
        packet.header = spawner_header(SPAWNER_KILL);
        packet.header.version++;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerKill)), -EBADMSG);
        packet.header = spawner_header(SPAWNER_KILL);
        packet.header.zero = 1;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerKill)), -EBADMSG);
        packet.header = spawner_header(SPAWNER_KILL);
        packet.kill.child = 0;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerKill)), -EBADMSG);
}

static void test_hello(void **state) {
        SpawnerPacket packet = { .hello = { .header = spawner_header(SPAWNER_HELLO) } };

        packet.hello.zero = 1;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerHello)), -EBADMSG);
        packet.hello.zero = 0;

        packet.header.version = SPAWNER_PROTOCOL_VERSION + 1;
        assert_int_equal(
                spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerHello)), -EPROTONOSUPPORT);

        packet.hello.error = SPAWNER_ERROR_VERSION;
        assert_int_equal(
                spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, sizeof(SpawnerHello)), -EPROTONOSUPPORT);
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerHello)), -EBADMSG);

        packet.header.version = SPAWNER_PROTOCOL_VERSION;
        assert_int_equal(
                spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, sizeof(SpawnerHello)), -EPROTONOSUPPORT);
        packet.hello.error = SPAWNER_ERROR_UID;
        assert_int_equal(
                spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, sizeof(SpawnerHello)), -EBADMSG);
}

static void test_spawn_groups(void **state) {
        SpawnerPacket packet = { .spawn = { .header = spawner_header(SPAWNER_SPAWN) } };

        for (size_t i = 0; i < SPAWNER_GROUPS_MAX; i++) {
                packet.spawn.groups[i] = 1;
                packet.spawn.n_groups = (uint32_t) i;
                assert_int_equal(
                        spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerSpawn)), -EBADMSG);
        }
        packet.spawn.n_groups = SPAWNER_GROUPS_MAX + 1;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerSpawn)), -EBADMSG);
        packet.spawn.n_groups = UINT32_MAX;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_DAEMON, &packet, sizeof(SpawnerSpawn)), -EBADMSG);
}

static void test_reply(void **state) {
        for (uint32_t error = 0; error < _SPAWNER_ERROR_MAX + 2; error++)
                for (uint64_t child = 0; child < 2; child++) {
                        const SpawnerPacket packet = { .reply = {
                                                               .header = spawner_header(SPAWNER_REPLY),
                                                               .error = error,
                                                               .child = child,
                                                       } };
                        bool good = error == SPAWNER_ERROR_NONE
                                ? child == 1
                                : child == 0 && error != SPAWNER_ERROR_VERSION && error < _SPAWNER_ERROR_MAX;

                        assert_int_equal(
                                spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, sizeof(SpawnerReply)),
                                good ? 0 : -EBADMSG);
                }
}

static void test_error_names(void **state) {
        for (uint32_t error = 0; error < _SPAWNER_ERROR_MAX; error++)
                assert_string_not_equal(spawner_error_to_string(error), "unknown");
        assert_string_equal(spawner_error_to_string(_SPAWNER_ERROR_MAX), "unknown");
        assert_string_equal(spawner_error_to_string(UINT32_MAX), "unknown");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good_packets),
                cmocka_unit_test(test_wrong_side),
                cmocka_unit_test(test_sizes_and_types),
                cmocka_unit_test(test_header),
                cmocka_unit_test(test_hello),
                cmocka_unit_test(test_spawn_groups),
                cmocka_unit_test(test_reply),
                cmocka_unit_test(test_error_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
