/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The child of userunit-accounts that serves one connection, one request after the other.
 */

#include <signal.h>

#include "daemon/accounts/account-server.h"

/*
 * Runs in a child of fork_server_run(): answers requests, and returns: when the connection is closed, when
 * it was asked nothing for config->idle_sec, after config->lookups_max lookups, after a message that is no
 * request, or on SIGTERM as soon as no lookup is under way. mask is the signal mask to run lookups and wait
 * with, apart from SIGTERM and SIGINT.
 */
void account_child_run(int connection, const sigset_t *mask, const AccountServerConfig *config);
