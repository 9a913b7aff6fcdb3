/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs that the worker waits for: requests whose answer comes when the manager has told the end of their
 * jobs.
 */

#include "common/contract.h"
#include "common/error.h"
#include "common/limits.h"
#include "daemon/worker/run/wait.h"

/* What a unit was before a request: what `changed` is told from. */
typedef struct UnitBefore {
        char *active;
        uint8_t invocation[16];
        bool has_invocation;
} UnitBefore;

void unit_before_done(UnitBefore *before);

typedef struct JobUnit {
        char *unit;
        char *job;    /* object path of the job that is waited for; NULL: none, or it has ended */
        char *result; /* "done", "failed", …; "queued" where nobody waits */
        UnitBefore before;
        bool needs_reload;
        Error error; /* where the job could not be queued */
} JobUnit;

/* One request. */
typedef struct JobWait {
        uint64_t serial;
        MethodId method;
        unsigned generation; /* of the connection that will tell the ends */
        JobUnit *units;
        size_t n_units;
        RunWait *run; /* of units.run: what becomes of its one unit; otherwise NULL */
} JobWait;

JobWait *job_wait_free(JobWait *wait);
DEFINE_CLEANUP(JobWait *, job_wait_free);

/* A wait with so many empty units, or NULL. */
JobWait *job_wait_new(uint64_t serial, MethodId method, size_t n_units);

/* Whether a job of it is still open, or the service that it follows. */
bool job_wait_is_open(const JobWait *wait);

/* An end of a job that came before the answer to the call that queued it. */
typedef struct EarlyEnd {
        char *job;
        char *result;
} EarlyEnd;

typedef struct JobWaits {
        JobWait *waits[WORKER_JOBS_MAX];
        size_t n_waits;
        bool queuing;      /* a call is under way whose job we do not know yet */
        EarlyEnd early[8]; /* the latest ones, while queuing */
        size_t n_early;
} JobWaits;

void job_waits_done(JobWaits *jobs);

/* Takes the wait over. Returns 0 or -ENOBUFS where WORKER_JOBS_MAX are there; then it stays the caller's. */
int job_waits_add(JobWaits *jobs, JobWait *wait);

/* Takes a wait out again; the caller owns it. */
void job_waits_remove(JobWaits *jobs, JobWait *wait);

/* Takes out a wait of which nothing is open; NULL where there is none. The caller owns it. */
JobWait *job_waits_take_ended(JobWaits *jobs);

/* The same for a wait whose connection is another than this; the ends of its jobs will not be told. */
JobWait *job_waits_take_lost(JobWaits *jobs, unsigned generation);

/* The end of a job, as the signal tells it. */
void job_waits_ended(JobWaits *jobs, const char *job, const char *result);

/* A job is queued in two steps, because its end may be told before the answer that names it: from the first
 * on ends of unknown jobs are remembered; the second makes the unit wait for the job (NULL: there is none),
 * or gives it its result at once. Returns 0 or -ENOMEM. */
void job_waits_begin_queuing(JobWaits *jobs);
int job_waits_end_queuing(JobWaits *jobs, JobUnit *unit, const char *job);
