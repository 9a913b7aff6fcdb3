/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * userunit-journal: reads the journal for userunitd and writes into the pipes of its callers.
 *
 * Socket activated: descriptor 3 is the listening socket. Runs as a user of its own, whose one privilege is
 * the group that may read the journal.
 */

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "daemon/helper/fork-server.h"
#include "daemon/helper/helper-main.h"
#include "daemon/journal/protocol.h"
#include "daemon/journal/serve.h"

/* Connections beyond those of readers: the one that watches, and some that are about to end. */
#define CONNECTIONS_SPARE 8U

int main(int argc, char *argv[]) {
        static const Helper helper = {
                .name = "userunit-journal",
                .purpose = "Read the journal for userunitd.",
                .socket_type = SOCK_STREAM,
        };
        ForkServerConfig config = {
                .connections_max = JOURNAL_READERS_MAX + CONNECTIONS_SPARE,
                .dying_max = JOURNAL_READERS_MAX,
                .stop_msec = 1000,
                .noun = "reader",
                .serve = journal_serve,
        };
        int listen_fd, r;

        r = helper_start(&helper, argc, argv, &config.peer_uid, &listen_fd);
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        r = fork_server_run(listen_fd, &config);
        if (r < 0) {
                fprintf(stderr, SD_ERR "Failed to serve: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
