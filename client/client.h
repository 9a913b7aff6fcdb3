/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of the client: what was asked for on the command line, and what is open meanwhile.
 */

#include <systemd/sd-bus.h>

#include "client/options/options.h"
#include "client/terminal/agent.h"
#include "client/terminal/pager.h"
#include "client/terminal/terminal.h"
#include "common/exit-code.h"

typedef struct Client {
        Options options;
        Terminal terminal;
        sd_bus *bus; /* NULL until it is needed */
        Agent agent;
        Pager pager;
} Client;

#define CLIENT_NULL                                                                                         \
        (Client) {                                                                                          \
        }

/* Ends the pager and the agent, closes the bus. */
void client_done(Client *c);

/* Connects where that has not happened yet. Returns 0, or an exit code after it has said why not. */
int client_connect(Client *c);

/* Starts the pager unless it is not wanted: --no-pager, --quiet, JSON. */
void client_page(Client *c);

/* The first exit code that is not 0 stays. */
static inline int exit_code_merge(int first, int next) {
        return first != EXIT_CODE_OK ? first : next;
}
