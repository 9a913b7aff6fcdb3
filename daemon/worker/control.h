/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Results of what acts on units at once.
 */

#include "daemon/worker/worker.h"

/* Writes one row of a result as units.start has it: whether it changed, or an error as
 * request_unit_failed() says. */
int control_row_write(const Request *request, const char *unit, bool changed, Error *unit_error,
        JsonWriter *w, Error *error);
