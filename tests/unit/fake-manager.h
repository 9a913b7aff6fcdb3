/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A service manager for tests of the worker: a process that listens on ROOT/UID/systemd/private and behaves
 * as it is told. Units of its own making:
 *
 *     good.service    starts; the job ends after the answer
 *     early.service   starts; the end of the job is told before the answer
 *     failed.service  the job fails
 *     never.service   the job does not end
 *     nope.service    there is none; the message holds an escape sequence
 */

#include <sys/types.h>

#include "common/macro.h"

typedef enum FakeBehaviour {
        FAKE_GOOD,
        FAKE_SILENT,      /* accepts and says nothing */
        FAKE_DRIP,        /* answers the handshake one byte at a time */
        FAKE_GARBAGE,     /* answers it with noise */
        FAKE_MUTE,        /* answers the handshake, but no call */
        FAKE_FLOOD,       /* the same, and sends signals without end */
        FAKE_DIES,        /* closes the connection at each call but Subscribe */
        FAKE_WRONG_TYPES, /* answers each call with a number */
        FAKE_FORGETFUL,   /* closes the connection after each answer */
        FAKE_MANY,        /* good, with thousands of units */
} FakeBehaviour;

/* Starts it; it listens already when this returns. */
pid_t fake_manager_start(const char *root, FakeBehaviour behaviour);

/* Kills it and waits for its end. */
void fake_manager_stop(pid_t pid);
