/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The child of userunit-accounts that serves one connection, one request after the other.
 */

#include <signal.h>

#include "daemon/accounts/account-server.h"

/*
 * Runs in a process just forked from master, which has SIGTERM and SIGINT blocked: closes every descriptor
 * but the connection and the standard three, answers requests, and exits: when the connection is closed,
 * when it was asked nothing for config->idle_sec, after config->lookups_max lookups, after a message that is
 * no request, or on SIGTERM as soon as no lookup is under way. mask is the signal mask to run lookups and
 * wait with, apart from these two.
 */
_noreturn_ void account_child_run(
        int connection, pid_t master, const sigset_t *mask, const AccountServerConfig *config);
