/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* userunit-accounts as a fork server: its numbers, and what a child does. */

#include "daemon/accounts/account-server.h"

#include "daemon/accounts/account-child.h"
#include "daemon/helper/fork-server.h"

static void serve(int connection, const sigset_t *mask, void *userdata) {
        account_child_run(connection, mask, userdata);
}

int account_server_run(int listen_fd, const AccountServerConfig *config) {
        AccountServerConfig filled = *config;
        const ForkServerConfig server = {
                .peer_uid = config->peer_uid,
                .connections_max = ACCOUNT_SERVER_CONNECTIONS_MAX,
                .dying_max = ACCOUNT_SERVER_DYING_MAX,
                .stop_msec = ACCOUNT_SERVER_STOP_MSEC,
                .noun = "lookup",
                .serve = serve,
                .userdata = &filled,
        };

        if (filled.lookups_max == 0)
                filled.lookups_max = ACCOUNT_SERVER_LOOKUPS_MAX;
        if (filled.idle_sec == 0)
                filled.idle_sec = ACCOUNT_SERVER_IDLE_SEC;
        if (!filled.lookup)
                filled.lookup = account_nss_lookup;

        return fork_server_run(listen_fd, &server);
}
