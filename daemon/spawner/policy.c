/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which account the spawner becomes: one pure decision. See policy.h for the rules and their reasons. */

#include "daemon/spawner/policy.h"

#define UID_NOBODY     UINT32_C(65534)
#define UID_INVALID_16 UINT32_C(65535)

/* One decimal number at *p, moved behind it. No sign, no space, no other base: strtoul() takes them all. */
static int parse_id(const char **p, uint32_t *ret) {
        const char *s = *p;
        uint64_t value = 0;

        if (*s < '0' || *s > '9')
                return -EINVAL;

        for (; *s >= '0' && *s <= '9'; s++) {
                value = value * 10 + (uint64_t) (*s - '0');
                if (value >= ID_INVALID)
                        return -ERANGE;
        }
        if (value == 0)
                return -ERANGE;

        *p = s;
        *ret = (uint32_t) value;
        return 0;
}

int spawner_policy_set_uids(SpawnerPolicy *policy, const char *ranges) {
        IdRange parsed[SPAWNER_RANGES_MAX];
        size_t n = 0;
        int r;

        for (const char *p = ranges;; p++) {
                IdRange range;

                r = parse_id(&p, &range.first);
                if (r < 0)
                        return r;

                range.last = range.first;
                if (*p == '-') {
                        p++;
                        r = parse_id(&p, &range.last);
                        if (r < 0)
                                return r;
                }
                if (range.last < range.first)
                        return -EINVAL;
                if (n == ELEMENTSOF(parsed))
                        return -E2BIG;
                parsed[n++] = range;

                if (*p == '\0')
                        break;
                if (*p != ',')
                        return -EINVAL;
        }

        memcpy(policy->uids, parsed, n * sizeof(*parsed));
        policy->n_uids = n;
        return 0;
}

static bool id_is_refused(uint32_t id) {
        return id == 0 || id == UID_NOBODY || id == UID_INVALID_16 || id == ID_INVALID;
}

static bool uid_is_allowed(const SpawnerPolicy *policy, uint32_t uid) {
        if (id_is_refused(uid))
                return false;

        for (size_t i = 0; i < policy->n_users; i++)
                if (policy->users[i].uid == uid)
                        return false;

        for (size_t i = 0; i < policy->n_uids; i++)
                if (policy->uids[i].first <= uid && uid <= policy->uids[i].last)
                        return true;

        return false;
}

/* Of a group that nobody may take, whatever any file says. */
static bool gid_is_refused(const SpawnerPolicy *policy, uint32_t gid) {
        if (id_is_refused(gid))
                return true;

        for (size_t i = 0; i < policy->n_users; i++)
                if (policy->users[i].gid == gid)
                        return true;

        return false;
}

bool spawner_policy_wants_passwd(const SpawnerPolicy *policy, const SpawnerSpawn *spawn) {
        return spawn->gid < policy->gid_min && !gid_is_refused(policy, spawn->gid);
}

SpawnerError spawner_policy_decide(
        const SpawnerPolicy *policy, const SpawnerSpawn *spawn, uint32_t passwd_gid) {
        if (spawn->kind != SPAWNER_KIND_WORKER)
                return SPAWNER_ERROR_KIND;

        if (!uid_is_allowed(policy, spawn->uid))
                return SPAWNER_ERROR_UID;

        if (gid_is_refused(policy, spawn->gid))
                return SPAWNER_ERROR_GID;
        if (spawn->gid < policy->gid_min && spawn->gid != passwd_gid)
                return SPAWNER_ERROR_GID;

        for (size_t i = 0; i < spawn->n_groups; i++)
                if (spawn->groups[i] < policy->gid_min || gid_is_refused(policy, spawn->groups[i]))
                        return SPAWNER_ERROR_GROUPS;

        return SPAWNER_ERROR_NONE;
}
