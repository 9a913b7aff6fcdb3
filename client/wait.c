/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What `wait` knows of units, see wait.h. */

#include "client/wait.h"

static bool is_active(const char *active) {
        return streq(active, "active") || streq(active, "reloading") || streq(active, "refreshing");
}

static WaitVerdict judge(const WaitUnit *unit, WaitGoal goal, bool missing, uint64_t now) {
        bool failed = streq(unit->active, "failed");
        bool stays_failed = failed && now - unit->failed_usec >= WAIT_GRACE_USEC;

        /* One that was there and is gone was stopped: transient units go when they have ended. */
        if (missing && !unit->loaded)
                return WAIT_MISSING;
        switch (goal) {
        case WAIT_ACTIVE:
                if (is_active(unit->active))
                        return WAIT_HOLDS;
                return stays_failed || missing ? WAIT_LOST : WAIT_PENDING;
        case WAIT_INACTIVE:
                if (streq(unit->active, "inactive"))
                        return WAIT_HOLDS;
                return stays_failed ? WAIT_LOST : WAIT_PENDING;
        case WAIT_FAILED:
                if (failed)
                        return WAIT_HOLDS;
                return missing ? WAIT_LOST : WAIT_PENDING;
        case WAIT_PROOF:
                if (unit->proved)
                        return WAIT_HOLDS;
                return stays_failed || missing ? WAIT_LOST : WAIT_PENDING;
        case _WAIT_GOAL_MAX:
                break;
        }
        return WAIT_PENDING;
}

int wait_unit_look(
        WaitUnit *unit, WaitGoal goal, const char *load, const char *active, bool proved, uint64_t now) {
        bool missing = active && streq_ptr(load, "not-found") && streq(active, "inactive");
        char *copy;

        /* Without its manager no unit is active, and nobody knows which there are. */
        copy = strdup(active ? active : "inactive");
        if (!copy)
                return -ENOMEM;
        free(unit->active);
        unit->active = copy;

        if (!streq(copy, "failed"))
                unit->failed_usec = 0;
        else if (unit->failed_usec == 0)
                unit->failed_usec = now;
        unit->proved = proved;
        unit->verdict = judge(unit, goal, missing, now);
        unit->loaded = unit->loaded || (active && !missing);
        return 0;
}
