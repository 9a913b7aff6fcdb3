/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Every deadline of the daemon that is not in a method's row. In a test build they can be shortened with the
 * environment variable named beside them (milliseconds), so that a test of a hung peer does not take a
 * minute.
 */

#include "common/macro.h"

typedef enum Deadline {
        DEADLINE_POLKIT,         /* a question that nobody is asked about */
        DEADLINE_POLKIT_PROMPT,  /* a question that a person answers */
        DEADLINE_ACCOUNT_LOOKUP, /* the name service */
        DEADLINE_EXCHANGE,       /* one exchange with a worker, waiting for a worker included */
        DEADLINE_WORKER_IDLE,    /* how long an unused worker stays warm */
        DEADLINE_MANAGER_STATES, /* PID 1's list of managers */
        DEADLINE_JOURNAL,        /* userunit-journal takes a request */
        DEADLINE_STREAM,         /* a reader of a stream that takes nothing */
        DEADLINE_DRAIN,          /* requests in flight when the service is stopped */
        _DEADLINE_MAX,
} Deadline;

/* In microseconds; constant while the process runs. */
uint64_t deadline_usec(Deadline deadline);

/* A row's own deadline (seconds), which the test build caps with USERUNIT_DEADLINE_ROW_MSEC. */
uint64_t deadline_row_usec(unsigned sec);
