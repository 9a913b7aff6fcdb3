/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The end of units.run; its beginning is method_units_run().
 */

#include "daemon/worker/run/wait.h"
#include "daemon/worker/worker.h"

/* Whether the service goes on although its state, as last told, is an end: systemd before 254 tells of one
 * that will be restarted that it has failed, and only then that it has not. The manager is asked. */
bool run_goes_on(Worker *worker, RunWait *run);

/* Writes what became of the unit, out of a wait that has ended and has wait->run. Returns 0 or a negative
 * errno with the error set. */
int run_write(Worker *worker, JobWait *wait, Reply *reply, Error *error);
