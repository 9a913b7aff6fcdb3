/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which account the spawner becomes, whatever its peer says. The decision is a pure function over facts that
 * local-files.h reads; everything else in the spawner only carries it out.
 *
 * Refused: uid and gid 0; 65534 (nobody), 65535 and 4294967295 (both "no id", of 16 and of 32 bits); the
 * uids and gids of our own users, since a process of one could be traced by another; uids outside the
 * configured ranges. A group below GID_MIN stands for a privilege on most hosts (disk, shadow, adm, docker),
 * so a primary group must be GID_MIN or above, or be the one that the local passwd file gives that very uid;
 * a supplementary one must be GID_MIN or above without exception.
 */

#include "common/macro.h"
#include "daemon/spawner/protocol.h"

#define ID_INVALID UINT32_MAX

#define SPAWNER_RANGES_MAX 32
#define SPAWNER_USERS_MAX  3

/* shadow's own default, and the least we take from its file: below are the groups a distribution itself
 * hands out. */
#define SPAWNER_GID_MIN_DEFAULT UINT32_C(1000)
#define SPAWNER_GID_MIN_FLOOR   UINT32_C(100)

#define SPAWNER_UID_RANGES_DEFAULT "1-65533,65536-4294967294"

typedef struct IdRange {
        uint32_t first, last; /* both inclusive */
} IdRange;

typedef struct SpawnerPolicy {
        IdRange uids[SPAWNER_RANGES_MAX];
        size_t n_uids;
        uint32_t gid_min;

        /* Our own users; ID_INVALID in `gid` or `uid` matches nobody who is not refused anyway. */
        struct {
                uint32_t uid, gid;
        } users[SPAWNER_USERS_MAX];
        size_t n_users;
} SpawnerPolicy;

/*
 * Reads ranges as `1-65533,70000` into the policy: decimal numbers from 1 to 4294967294, the first of a pair
 * not above the last, commas between and nothing else. Returns 0; -EINVAL for anything else, -ERANGE for a
 * number out of bounds, -E2BIG for more than SPAWNER_RANGES_MAX. The policy is changed on success only.
 */
int spawner_policy_set_uids(SpawnerPolicy *policy, const char *ranges);

/* Whether the answer depends on the primary group that the local passwd file gives this uid. */
bool spawner_policy_wants_passwd(const SpawnerPolicy *policy, const SpawnerSpawn *spawn) _pure_;

/*
 * The decision about a request of the right shape. `passwd_gid` is the primary group that the local passwd
 * file gives spawn->uid, ID_INVALID where it gives none.
 */
SpawnerError spawner_policy_decide(
        const SpawnerPolicy *policy, const SpawnerSpawn *spawn, uint32_t passwd_gid) _pure_;
