/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The end of requests that wait for jobs; their beginning is method_units_job().
 */

#include "daemon/worker/worker.h"

/* Handler of the manager's JobRemoved; userdata is the Worker. */
int jobs_on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error);

/* Writes the result of a request whose jobs have all ended. Asks the manager for the states of the units;
 * where it does not answer any more, they are left out. Returns 0 or a negative errno with the error set. */
int jobs_write(Worker *worker, JobWait *wait, Reply *reply, Error *error);

/* Whether a result of a job is not a failure. */
bool job_result_is_success(const char *result);

/* Sets the error of a unit whose job failed, in words; systemctl's meanings. `service_result` may be NULL.
 */
void job_describe_failure(JobUnit *unit, const char *service_result);
