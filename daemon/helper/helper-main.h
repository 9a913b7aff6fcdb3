/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the main() of every helper has to do: options, whom to serve, and the socket that systemd passed.
 */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Helper {
        const char *name;    /* "userunit-accounts" */
        const char *purpose; /* "Look up accounts for userunitd." */
        int socket_type;     /* SOCK_SEQPACKET, SOCK_STREAM */
} Helper;

/*
 * Parses the command line, finds the uid to serve, and takes the listening socket. Returns 1 with both
 * outputs set, 0 where all is done (--help), or a negative errno; what went wrong has been printed.
 */
int helper_start(const Helper *helper, int argc, char *argv[], uid_t *ret_peer_uid, int *ret_listen_fd);
