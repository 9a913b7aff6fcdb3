/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs, and how their results are told.
 */

#include "client/request.h"

/* Has a job done to units, waits unless --no-block, and tells what went wrong in systemctl's words. Returns
 * an exit code. */
int job_run(Client *c, MethodId id, char *const *arguments);

/* The same with a request that is made already. */
int job_run_request(Client *c, Request *q);

/* The sentences for a job that ended with `result`, and a unit with `service_result` (may be NULL):
 * malloc()ed, NULL for a job that is done (or no memory). `verb` is what was asked for. */
char *job_describe(const char *verb, const char *unit, const char *result, const char *service_result);
