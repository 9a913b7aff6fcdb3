/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The fork server of the helpers that userunitd connects to (userunit-accounts, userunit-journal): one child
 * a connection, killed when the connection is closed.
 *
 * The master never does what its children do and never reads what they are sent, so nothing that hangs or
 * crashes there can harm it. It keeps a duplicate of every connection just to see the other end close it;
 * then it kills the child, whatever that is waiting for. "Closing is killing" is how the daemon ends a
 * request.
 */

#include <signal.h>
#include <sys/types.h>

#include "common/macro.h"

typedef struct ForkServerConfig {
        uid_t peer_uid;           /* the only one that is served */
        unsigned connections_max; /* served at once; more wait in the socket's backlog */
        unsigned dying_max; /* children on top of these that were killed and are not gone yet: one stuck on a
                               dead network file system survives SIGKILL for as long as that is dead */
        unsigned stop_msec; /* how long a child may take after SIGTERM; less than the unit's TimeoutStopSec=
                             */
        const char *noun;   /* what a child is, for log lines: "lookup" */

        /* Serves one connection, in a child that has no descriptors but the connection and the standard
         * three and does not outlive its master. SIGTERM and SIGINT are blocked; mask is the signal mask to
         * restore where it can be interrupted. SIGPIPE is ignored. The child exits when this returns. */
        void (*serve)(int connection, const sigset_t *mask, void *userdata);
        void *userdata;
} ForkServerConfig;

/*
 * Serves the listening socket (which becomes non-blocking) until SIGTERM or SIGINT; then children get
 * SIGTERM, what is left after stop_msec is killed, and it returns 0. Must be called in a single-threaded
 * process; leaves both signals and SIGCHLD's disposition changed. Logs what goes wrong with single
 * connections; returns -errno where it cannot go on.
 */
int fork_server_run(int listen_fd, const ForkServerConfig *config);
