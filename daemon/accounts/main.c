/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * userunit-accounts: looks accounts up for userunitd, in processes that may hang and be killed.
 *
 * Socket activated: descriptor 3 is the listening socket. Runs as a user of its own, without privileges.
 */

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "daemon/accounts/account-server.h"
#include "daemon/helper/helper-main.h"

int main(int argc, char *argv[]) {
        static const Helper helper = {
                .name = "userunit-accounts",
                .purpose = "Look up accounts for userunitd.",
                .socket_type = SOCK_SEQPACKET,
        };
        AccountServerConfig config = {};
        int listen_fd, r;

        r = helper_start(&helper, argc, argv, &config.peer_uid, &listen_fd);
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        r = account_server_run(listen_fd, &config);
        if (r < 0) {
                fprintf(stderr, SD_ERR "Failed to serve: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
