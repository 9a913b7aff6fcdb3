/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * pkttyagent(1), which asks for a password on the terminal where no desktop would. As a fallback it stands
 * back for an agent that the session has already.
 */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Agent {
        pid_t pid; /* 0: none */
} Agent;

/* Whether an agent of ours can be of use: stdin is a terminal, and the caller is not root, whom polkit never
 * asks. */
bool agent_is_possible(void);

/* Starts it and waits until it has registered. Failing to is no error: polkit then says no. */
void agent_open(Agent *agent);

void agent_close(Agent *agent);
