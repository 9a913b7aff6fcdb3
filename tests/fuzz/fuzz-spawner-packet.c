/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a peer may send to the spawner: whatever passes the check and the policy is harmless by the rules
 * written out again here, in other words than in policy.c. The same bytes, as text, go through the parser of
 * uid ranges.
 */

#include "daemon/spawner/policy.h"

#define GID_MIN    1000
#define PASSWD_GID 950

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static bool is_special(uint32_t id) {
        return id == 0 || (id >= 65534 && id <= 65535) || id == UINT32_MAX || id == 901;
}

static void check_spawn(const SpawnerSpawn *spawn) {
        const SpawnerPolicy policy = {
                .uids = { { 1, 65533 }, { 65536, UINT32_MAX - 1 } },
                .n_uids = 2,
                .gid_min = GID_MIN,
                .users = { { 901, 901 } },
                .n_users = 1,
        };

        check(spawn->n_groups <= SPAWNER_GROUPS_MAX);
        if (spawner_policy_decide(&policy, spawn, PASSWD_GID) != SPAWNER_ERROR_NONE)
                return;

        check(spawn->kind == SPAWNER_KIND_WORKER);
        check(!is_special(spawn->uid) && !is_special(spawn->gid));
        check(spawn->gid >= GID_MIN || spawn->gid == PASSWD_GID);
        for (size_t i = 0; i < spawn->n_groups; i++)
                check(spawn->groups[i] >= GID_MIN && !is_special(spawn->groups[i]));
}

static void check_packet(SpawnerSide side, const uint8_t *data, size_t size) {
        SpawnerPacket packet = { 0 };
        int r;

        memcpy(&packet, data, MIN(size, sizeof(packet)));
        r = spawner_packet_check(side, &packet, size);
        check(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
        check(r != -EPROTONOSUPPORT || packet.header.type == SPAWNER_HELLO);
        if (r == 0 && packet.header.type == SPAWNER_SPAWN) {
                check(side == SPAWNER_FROM_DAEMON && size == sizeof(SpawnerSpawn));
                check_spawn(&packet.spawn);
        }
}

static void check_ranges(const uint8_t *data, size_t size) {
        _cleanup_free_ char *s = strndup((const char *) data, size);
        SpawnerPolicy policy = { 0 };

        check(s);
        if (spawner_policy_set_uids(&policy, s) < 0) {
                check(policy.n_uids == 0);
                return;
        }

        check(policy.n_uids >= 1 && policy.n_uids <= SPAWNER_RANGES_MAX);
        check(s[strspn(s, "0123456789,-")] == '\0');
        for (size_t i = 0; i < policy.n_uids; i++)
                check(policy.uids[i].first >= 1 && policy.uids[i].first <= policy.uids[i].last &&
                        policy.uids[i].last < UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        check_packet(SPAWNER_FROM_DAEMON, data, size);
        check_packet(SPAWNER_FROM_SPAWNER, data, size);
        check_ranges(data, size);
        return 0;
}
