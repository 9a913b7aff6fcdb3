/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The worker's state, and one request on its way through it. Only files of this folder and their tests
 * include this.
 */

#include "common/contract.h"
#include "common/error.h"
#include "common/frame.h"
#include "common/parameters.h"
#include "daemon/worker/job-wait.h"
#include "daemon/worker/manager/manager.h"
#include "daemon/worker/proof/prover.h"
#include "daemon/worker/reply.h"

typedef struct Worker {
        int fd; /* to the daemon; not owned */
        uid_t uid;
        const char *runtime_root;
        const char
                *system_root;   /* "" for the real one: what unit and preset directories are below (tests) */
        uint64_t exchange_usec; /* caps every exchange; 0: the rows' own deadlines (tests) */
        Manager manager;
        JobWaits jobs;
        Provers provers;
} Worker;

/* One request, from its frame to its answer. */
typedef struct Request {
        uint64_t serial;
        char *home;         /* "" where the daemon knows none */
        bool only_if_files; /* see serve.h */
        const Method *method;
        Parameters parameters;
        int fds[REQUEST_FDS_MAX]; /* what the caller sent along */
        unsigned n_fds;
} Request;

#define REQUEST_NULL                                                                                        \
        (Request) {                                                                                         \
        }

/* Splits and parses the payload that serve.h describes. Returns 0 with *ret filled, or a negative errno with
 * the error set. */
int request_read(const char *payload, size_t size, Request *ret, Error *error);
void request_done(Request *request);

/* Takes the descriptors out of the frame; -EBADMSG where the method does not have that many. */
int request_take_fds(Request *request, Frame *frame);

/* What becomes of an error about one unit of the request. Where the request is about that unit alone, or the
 * error is about the manager or the account rather than the unit, the whole request fails with it: it is
 * moved to `error` and its errno returned. Otherwise 0: the unit's row tells it. */
int request_unit_failed(const Request *request, Error *unit_error, Error *error);

/* Like worker_serve(), on a worker that the caller has filled. */
int worker_run(Worker *worker);

/*
 * What carries out a method. Writes the members of the result into the reply, in which the object is open
 * already.
 *
 * Returns 0; METHOD_WAITING where the answer comes later, from the table of waits; or a negative errno with
 * the error set, and then what was written is dropped.
 */
typedef int (*MethodFunction)(Worker *worker, Request *request, Reply *reply, Error *error);
#define METHOD_WAITING 1

int method_accounts_show(Worker *worker, Request *request, Reply *reply, Error *error);
int method_jobs_cancel(Worker *worker, Request *request, Reply *reply, Error *error);
int method_jobs_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_environment(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_probe(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_reexec(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_reload(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_set_environment(Worker *worker, Request *request, Reply *reply, Error *error);
int method_manager_status(Worker *worker, Request *request, Reply *reply, Error *error);
int method_paths_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_sockets_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_timers_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_unit_files_change(Worker *worker, Request *request, Reply *reply, Error *error);
int method_unit_files_default(Worker *worker, Request *request, Reply *reply, Error *error);
int method_unit_files_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_unit_files_state(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_cat(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_clean(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_dependencies(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_freeze(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_job(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_kill(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_list(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_run(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_set_property(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_prove(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_reset_failed(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_show(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_state(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_status(Worker *worker, Request *request, Reply *reply, Error *error);
int method_units_usage(Worker *worker, Request *request, Reply *reply, Error *error);

/* The same where the manager is not running: from disk, nothing is started. */
int offline_accounts_show(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_manager_status(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_unit_files_default(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_unit_files_change(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_unit_files_list(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_unit_files_state(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_units_cat(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_units_state(Worker *worker, Request *request, Reply *reply, Error *error);
int offline_units_status(Worker *worker, Request *request, Reply *reply, Error *error);
