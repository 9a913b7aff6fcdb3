/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What `wait` knows of the units it waits for, apart from how it learns it.
 */

#include "client/options/event.h"
#include "common/macro.h"

/* What one unit is to the one who waits. */
typedef enum WaitVerdict {
        WAIT_PENDING, /* it may still come */
        WAIT_HOLDS,
        WAIT_LOST,    /* it does not come by itself */
        WAIT_MISSING, /* there is no such unit */
} WaitVerdict;

typedef struct WaitUnit {
        char *address; /* ACCOUNT/UNIT, as it is shown */
        char *active;  /* as it was seen last; NULL: it was not yet */
        bool loaded;   /* there was such a unit when it was looked at */
        bool proved;
        bool unprovable;      /* it has no proof that anyone here looks at */
        uint64_t failed_usec; /* since when it is seen failed, CLOCK_MONOTONIC; 0: it is not */
        WaitVerdict verdict;
} WaitUnit;

/* A unit that has failed may be about to be started again, by its Restart= or by whoever waits: so long it
 * has to stay so until it counts. */
#define WAIT_GRACE_USEC USEC_PER_SEC

/* Takes a look: the load and active state of a unit, at a time; `active` NULL: its manager is not running.
 * Fills the verdict for all goals but WAIT_PROOF, whose verdict is WAIT_HOLDS where `proved`. Returns 0 or
 * -ENOMEM. */
int wait_unit_look(
        WaitUnit *unit, WaitGoal goal, const char *load, const char *active, bool proved, uint64_t now);
