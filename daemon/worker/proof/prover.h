/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * units.prove and units.prove-commands: what is looked at at once, and what is run a few at a time while the
 * request waits. The beginning is method_units_prove(); the worker's loop does the rest.
 */

#include <poll.h>

#include "common/error.h"
#include "common/limits.h"
#include "daemon/worker/reply.h"

/* What waits and what runs; part of the worker. */
typedef struct Worker Worker;
typedef struct Prover Prover;
typedef struct Provers {
        Prover *first;         /* requests, oldest first */
        struct ProofRun *runs; /* PROOFS_RUNNING_MAX of them, or NULL: nobody asked yet */
} Provers;

void provers_done(Worker *worker);

/* Fills in what is to be polled for, PROOFS_RUNNING_MAX at most. Returns how many. */
unsigned provers_poll(Worker *worker, struct pollfd *fds);

/* ms until something is to be done without anything having happened, or -1. */
int provers_timeout(const Worker *worker);

/* Takes what has been said and what has ended, and begins what is next. */
void provers_step(Worker *worker);

/* A request of which every proof is decided, or whose manager has gone; NULL: none. */
Prover *provers_take_ended(Worker *worker);

uint64_t prover_serial(const Prover *prover);

/* Writes its result. Returns 0 or a negative errno with the error set. */
int prover_write(Worker *worker, const Prover *prover, Reply *reply, Error *error);

Prover *prover_free(Prover *prover);
DEFINE_CLEANUP(Prover *, prover_free);
