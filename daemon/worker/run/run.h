/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The end of units.run; its beginning is method_units_run().
 */

#include "daemon/worker/worker.h"

/* Writes what became of the unit, out of a wait that has ended and has wait->run. Returns 0 or a negative
 * errno with the error set. */
int run_write(Worker *worker, JobWait *wait, Reply *reply, Error *error);
