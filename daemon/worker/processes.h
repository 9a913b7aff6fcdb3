/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The processes of a unit, as the manager tells them.
 */

#include "common/json-write.h"
#include "daemon/worker/manager/manager.h"

/* Writes the member "processes"; those of "-.slice" are all of the manager's. Groups are told from
 * `control_group` on, which is the unit's own. Nothing is written where the manager has no answer. Returns
 * 0, or a negative errno for an answer that makes no sense, after which the writer's text is unusable. */
int processes_write(Manager *m, const char *unit, const char *control_group, JsonWriter *w);
