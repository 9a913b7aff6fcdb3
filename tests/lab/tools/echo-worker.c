/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A worker that sends back what it gets, linked with the spawner's main() in place of the real one: for
 * hostile-peer, which measures and audits the spawner and not the worker. Never installed.
 */

#include <sys/socket.h>

#include "common/macro.h"
#include "daemon/worker/serve.h"

int worker_serve(int fd, uid_t uid, const char *runtime_root) {
        for (;;) {
                char buffer[256];
                ssize_t n;

                n = recv(fd, buffer, sizeof(buffer), 0);
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                if (send(fd, buffer, (size_t) n, MSG_NOSIGNAL) != n)
                        return -EIO;
        }
}
