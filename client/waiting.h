/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * While a person waits for a job, or for a command of `run`, nothing has told them yet how the unit is
 * called, and what they wait for does not end with the wait. So whoever breaks it off is told the unit.
 */

#include "client/request.h"

/* What goes on where the wait for the request's answer ends before there is one, as a sentence that is safe
 * for a terminal; malloc()ed. `sure` says that it is known to have begun. NULL: the request does not wait,
 * or no memory. */
char *waiting_sentence(const Request *q, bool sure);

/* From here on SIGINT, SIGTERM and SIGHUP say the sentence (which is taken, and may be NULL) before they end
 * this process as they always do; those that are ignored stay so. */
void waiting_begin(char *sentence);

/* The answer is there. Without waiting_begin() this does nothing. */
void waiting_end(void);
