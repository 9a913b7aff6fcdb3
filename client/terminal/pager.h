/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A pager behind stdout, chosen as systemctl(1) does: $SYSTEMD_PAGER, $PAGER, less, more.
 */

#include <sys/types.h>

#include "client/terminal/terminal.h"
#include "common/macro.h"

typedef struct Pager {
        pid_t pid; /* 0: none */
} Pager;

/* Starts the pager where stdout is a terminal and one is wanted; from here on stdout is a pipe to it. Where
 * no pager can be started the output goes to the terminal as it is. Once is enough. */
void pager_open(Pager *pager, const Terminal *t);

/* The same, and less begins at the end of the text. */
void pager_open_at_end(Pager *pager, const Terminal *t);

/* Ends the output and waits until the reader has had enough. */
void pager_close(Pager *pager);
