/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Waiting for proofs, for verbs that have just started something.
 */

#include "client/client.h"

/* Looks again and again until the proofs of all these units ("svc-web/app.service") pass: --timeout=, or 30
 * s. Says what came of it. Returns an exit code: that of a failure where the time is up, a unit has failed
 * or has no proofs. */
int prove_until(Client *c, char *const *targets);
