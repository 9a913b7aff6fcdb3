/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The records of history.list, a verdict and its outcome joined into one: by the id of the request, the
 * account and the unit. They come one by one, in either direction, and what is kept of them is bounded.
 */

#include <json-c/json.h>

#include "common/macro.h"

/* Rows that wait for their other half; the oldest goes out without it where there are more. */
#define HISTORY_PENDING_MAX 4096U

/* Sees a row: the record of the verdict with the members that the outcome adds or has in their place
 * ("result", "changed", "duration_usec", "error", "digest_before", "digest_after", and its "time", "cursor"
 * and "message" as "outcome_time", "outcome_cursor" and "outcome_message"); an outcome whose verdict is out
 * of sight with "time" as the time when it began; or a count. Where a change was granted and no outcome is
 * in sight, "result" is "interrupted", or "running" where that is not long ago. The caller's name is added
 * as "caller_name". Lent. Returns 0, 1 where that was enough, or a negative errno. */
typedef int (*HistoryHandler)(json_object *row, void *userdata);

typedef struct HistoryPending {
        json_object *row; /* of which one half is there; NULL: it has gone out */
        uint64_t since;   /* CLOCK_MONOTONIC, when it came */
        bool done;        /* it is whole, and waits for those before it */
} HistoryPending;

typedef struct History {
        HistoryHandler handler;
        void *userdata;
        uint64_t service_since; /* nothing from before goes on, µs since the epoch; 0: not known */
        bool reverse;           /* the newest comes first, so outcomes before verdicts */
        bool follow;            /* rows go out when they are whole, in whatever order that is */

        /* Its own. */
        HistoryPending *pending; /* a ring, the first that came first */
        size_t first, n;
} History;

void history_done(History *h);

/* Takes a record, which becomes the history's. Returns as the handler. */
int history_add(History *h, json_object *record);

/* Hands on what has waited for longer than this, as it is; 0: all of it, which is the end. Returns as the
 * handler. */
int history_flush(History *h, uint64_t usec);

/* Whether a row tells of something that was granted and did not succeed. */
bool history_row_failed(json_object *row);
