/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A proof that is run: a transient service in the account's own manager, below the slice of the unit it is
 * about. What connects or executes is thus never in our control group or sandbox but under the account's
 * limits, and what it says comes back through a pipe.
 *
 * Nothing of it stays whatever becomes of us: the manager kills all its processes at the deadline
 * (TimeoutStartSec=; there is no RuntimeMaxSec= for oneshots, which are "starting" as long as they run) and
 * forgets the unit (CollectMode=). Its job waits for no other, because JobTimeoutSec= cannot be set over the
 * bus. With the manager its control group goes.
 */

#include "common/buffer.h"
#include "common/error.h"
#include "common/limits.h"
#include "daemon/worker/manager/manager.h"
#include "daemon/worker/proof/proof.h"
#include "daemon/worker/run/wait.h"

typedef struct ProofRun {
        Proof *proof; /* not owned; NULL: nothing is run here */
        const void *owner;
        RunWait *wait;
        unsigned generation; /* of the connection that tells its end */
        int fd;              /* what it says; -EBADF: nobody listens any more */
        char output[PROOF_EVIDENCE_MAX];
        size_t n_output;
        size_t n_said; /* all that it has said, kept or not */
        uint64_t began_usec;
        uint64_t give_up_usec; /* when we no longer wait for the manager to end it */
} ProofRun;

/* Starts it. `unit` is the one that the proof is about, `deadline_usec` what the proof has. Where that fails
 * the proof is decided, and *run stays empty. Returns 0 or a negative errno, with the error set, after which
 * the connection to the manager is no longer usable. */
int proof_run_start(
        Manager *m, const char *unit, Proof *proof, uint64_t deadline_usec, ProofRun *run, Error *error);

/* Reads what it has said by now. */
void proof_run_read(ProofRun *run);

/* Whether it has ended, or its time has. */
bool proof_run_is_over(const ProofRun *run);

/* Decides the proof and empties *run. A unit that goes on is killed. */
void proof_run_finish(Manager *m, ProofRun *run);

/* Empties it without a decision. */
void proof_run_done(ProofRun *run);
