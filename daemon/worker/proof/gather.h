/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The proofs of units, read out of their files: fragment and drop-ins as the manager names them, in its
 * order.
 */

#include "common/error.h"
#include "daemon/worker/proof/proof.h"
#include "daemon/worker/worker.h"

/* One unit that a request is about. */
typedef struct ProvedUnit {
        char *unit;
        char *active;
        bool named; /* not found by a pattern */
        Proof *proofs;
        size_t n_proofs;
        Error error;
} ProvedUnit;

typedef struct ProvedUnits {
        ProvedUnit *units;
        size_t n_units;
        size_t n_proofs; /* of all of them */
} ProvedUnits;

void proved_units_done(ProvedUnits *units);

/* The units that are named, and those in memory that fit a pattern (without any: all) and have proofs.
 * Errors of one unit stand at it. Returns 0 or a negative errno with the error set: LimitExceeded where they
 * are more than PROOFS_PER_REQUEST_MAX. */
int proved_units_gather(
        Worker *worker, const Request *request, const Disk *disk, ProvedUnits *ret, Error *error);
