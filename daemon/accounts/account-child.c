/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection's requests, answered from the name service. */

#include "daemon/accounts/account-child.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* Waits for a request or the end. SIGTERM and SIGINT get through here and nowhere else, with their default
 * effect. */
static bool wait_for_request(int connection, const sigset_t *mask, unsigned idle_sec) {
        struct pollfd fd = { .fd = connection, .events = POLLIN };
        struct timespec timeout = { .tv_sec = idle_sec };
        sigset_t pending;
        int r;

        /* ppoll(2) delivers nothing where a request is there already, and then the end would wait for a
         * pause. */
        if (sigpending(&pending) < 0 || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT))
                return false;

        do {
                r = ppoll(&fd, 1, &timeout, mask);
        } while (r < 0 && errno == EINTR);
        return r > 0 && (fd.revents & POLLIN) != 0;
}

/* Sends a reply; one too long for the protocol is turned into a status. */
static int send_reply(int connection, AccountReply *reply) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        ssize_t n;

        n = account_reply_encode(reply, buffer);
        if (n == -E2BIG) {
                reply->status = ACCOUNT_STATUS_TOO_BIG;
                n = account_reply_encode(reply, buffer);
        }
        if (n < 0)
                return (int) n;
        if (send(connection, buffer, (size_t) n, MSG_NOSIGNAL) < 0)
                return -errno;
        return 0;
}

/* Reads one request and answers it. Returns 0 where the connection goes on, 1 where the reply was the last,
 * and an error where there is no one to answer. */
static int serve_one(int connection, const AccountServerConfig *config, bool last) {
        _cleanup_(account_facts_done) AccountFacts facts = {};
        uint8_t buffer[sizeof(AccountRequest) + 1];
        AccountRequest request;
        ssize_t n;
        int r;

        n = recv(connection, buffer, sizeof(buffer), MSG_TRUNC);
        if (n < 0)
                return -errno;
        if (n == 0)
                return -ECONNRESET;

        r = account_request_decode(buffer, (size_t) n, &request);
        if (r < 0) {
                facts.reply.status = ACCOUNT_STATUS_BAD_REQUEST;
                last = true;
        } else {
                facts.reply.serial = request.serial;
                config->lookup(&request, &facts);
        }

        facts.reply.last = last;
        r = send_reply(connection, &facts.reply);
        return r < 0 ? r : last;
}

void account_child_run(int connection, const sigset_t *mask, const AccountServerConfig *config) {
        struct timespec now, start;
        sigset_t waiting = *mask;

        (void) sigdelset(&waiting, SIGTERM);
        (void) sigdelset(&waiting, SIGINT);
        (void) clock_gettime(CLOCK_MONOTONIC, &start);

        for (unsigned n = 1; wait_for_request(connection, &waiting, config->idle_sec); n++) {
                bool last;

                (void) clock_gettime(CLOCK_MONOTONIC, &now);
                last = n >= config->lookups_max || now.tv_sec - start.tv_sec >= ACCOUNT_SERVER_AGE_SEC;
                if (serve_one(connection, config, last) != 0)
                        break;
        }
}
