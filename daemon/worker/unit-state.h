/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one unit is at a moment: to tell afterwards whether something changed.
 */

#include "daemon/worker/job-wait.h"
#include "daemon/worker/manager/manager.h"

/* Reads active state, invocation and whether the unit's files changed since they were read. The outputs must
 * be empty. Returns 0 or a negative errno with the error set. */
int unit_before_read(Manager *m, const char *unit, UnitBefore *ret, bool *ret_needs_reload, Error *error);

/* Another active state, or started anew in between. */
bool unit_before_differs(const UnitBefore *a, const UnitBefore *b);

/* Whether the unit may run by its conditions, as last checked; true where they were never checked, or where
 * the manager has dropped the unit since and no longer knows. */
int unit_conditions_read(Manager *m, const char *unit, bool *ret, Error *error);

/* The property Result of units that have one (services, sockets, mounts, timers …); NULL for others. */
int unit_result_read(Manager *m, const char *unit, char **ret, Error *error);
