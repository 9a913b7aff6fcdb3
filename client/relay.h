/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Standard streams for a command that runs as another account. A terminal is not handed over: who has it
 * reads what is typed there, and writes to it, for as long as he likes. For output stands a pipe in its
 * place, and a process of ours copies from there. For input there is nothing: what is typed may be the
 * password that polkit asks for.
 */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Relay {
        int fds[3];    /* what to hand over for standard input, output and error */
        bool owned[3]; /* … of which these are ours, and closed with it */
        pid_t pid;     /* the process that copies; 0: none is needed */
} Relay;

#define RELAY_NULL                                                                                          \
        (Relay) {                                                                                           \
                .fds = { -EBADF, -EBADF, -EBADF }                                                           \
        }

/* Looks at the three streams, and starts what copies where one is a terminal. Returns 0 or a negative errno.
 */
int relay_open(Relay *ret);

/* The descriptors have been handed over: ours are closed, so that the end of the command's is the end. */
void relay_handed_over(Relay *relay);

/* The command has ended: what it wrote is copied to the end. Also where there was no command after all. */
void relay_close(Relay *relay);
