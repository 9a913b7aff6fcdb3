/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Requests per second over connections to the system bus that stay open, one request at a time on each:
 *
 *     bench-rate CONNECTIONS MSEC ROUNDS CALLER_UID OWNER_UID ACCOUNT ACCOUNT_UID UNIT
 *
 * In turn, for MSEC each: org.userunit1's units.state from connections of CALLER_UID; and polkit's
 * CheckAuthorization about the same subjects (those connections), with the same action and details, asked by
 * the action's owner as the service does. A line for each round: ours, polkit's.
 */

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/wire.h"

#define CONNECTIONS_MAX 16
#define BUS_SOCKET      "/run/dbus/system_bus_socket"

typedef struct Connection {
        int fd;
        WireCall call;
} Connection;

static uint64_t now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000U + (uint64_t) ts.tv_nsec / 1000U;
}

static void die(const char *what, int r) {
        fprintf(stderr, "bench-rate: %s: %s\n", what, strerror(-r));
        exit(EXIT_FAILURE);
}

/* A connection of this uid. The bus reads who it is when connect(2) is called. */
static int open_bus(uid_t uid, WireReply *ret) {
        WireCall hello;
        int fd, r;

        wire_call_begin(&hello, 1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                "Hello", NULL);
        wire_call_end(&hello);
        if (seteuid(uid) < 0)
                die("seteuid", -errno);
        fd = wire_connect(BUS_SOCKET, &hello);
        if (seteuid(0) < 0)
                die("seteuid", -errno);
        if (fd < 0)
                die("connect", fd);
        r = wire_ask(fd, NULL, ret);
        if (r < 0)
                die("Hello", r);
        return fd;
}

static void make_ours(WireCall *call, const char *account, const char *unit) {
        char text[512];
        size_t array;

        snprintf(text, sizeof(text), "{\"method\":\"units.state\",\"parameters\":{\"targets\":[\"%s/%s\"]}}",
                account, unit);
        wire_call_begin(call, 2, "org.userunit1", "/org/userunit1", "org.userunit1.Manager", "Call", "sah");
        wire_string(call, text);
        array = wire_array_begin(call, 4);
        wire_array_end(call, array, 4);
        wire_call_end(call);
}

static void detail(WireCall *call, const char *key, const char *value) {
        wire_align(call, 8);
        wire_string(call, key);
        wire_string(call, value);
}

static void make_polkit(
        WireCall *call, const char *subject, const char *account, const char *uid, const char *unit) {
        size_t array;

        wire_call_begin(call, 2, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization", "(sa{sv})sa{ss}us");
        wire_align(call, 8);
        wire_string(call, "system-bus-name");
        array = wire_array_begin(call, 8);
        wire_string(call, "name");
        wire_signature(call, "s");
        wire_string(call, subject);
        wire_array_end(call, array, 8);
        wire_string(call, "org.userunit1.inspect");
        array = wire_array_begin(call, 8);
        detail(call, "account", account);
        detail(call, "uid", uid);
        detail(call, "unit", unit);
        detail(call, "verb", "is-active");
        detail(call, "method", "units.state");
        wire_array_end(call, array, 8);
        wire_u32(call, 0);
        wire_string(call, "");
        wire_call_end(call);
}

/* Answers per second while each connection always has one question open. */
static double measure(Connection *connections, unsigned n, unsigned msec) {
        struct pollfd p[CONNECTIONS_MAX];
        uint64_t start = now_usec(), end = start + msec * 1000ULL, now = start;
        unsigned answers = 0;

        for (unsigned i = 0; i < n; i++) {
                int r = wire_send(connections[i].fd, &connections[i].call);

                if (r < 0)
                        die("send", r);
                p[i] = (struct pollfd){ .fd = connections[i].fd, .events = POLLIN };
        }

        for (unsigned open = n; open > 0;) {
                if (poll(p, n, -1) < 0)
                        die("poll", -errno);
                now = now_usec();
                for (unsigned i = 0; i < n; i++) {
                        WireReply reply;
                        int r;

                        if (p[i].revents == 0)
                                continue;
                        r = wire_read(p[i].fd, &reply);
                        if (r < 0)
                                die("read", r);
                        if (reply.type == 4)
                                continue;
                        if (reply.type != 2) {
                                fprintf(stderr, "bench-rate: refused: %s\n", reply.text);
                                exit(EXIT_FAILURE);
                        }
                        answers++;
                        r = now < end ? wire_send(p[i].fd, &connections[i].call) : 0;
                        if (r < 0)
                                die("send", r);
                        if (now >= end) {
                                p[i].fd = -1;
                                open--;
                        }
                }
        }
        return answers * 1e6 / (double) (now - start);
}

int main(int argc, char *argv[]) {
        static Connection ours[CONNECTIONS_MAX], polkits[CONNECTIONS_MAX];
        unsigned n, msec, rounds;

        if (argc != 9) {
                fputs("usage: bench-rate CONNECTIONS MSEC ROUNDS CALLER_UID OWNER_UID ACCOUNT ACCOUNT_UID UNIT\n",
                        stderr);
                return 2;
        }
        n = (unsigned) atoi(argv[1]);
        msec = (unsigned) atoi(argv[2]);
        rounds = (unsigned) atoi(argv[3]);
        if (n == 0 || n > CONNECTIONS_MAX)
                die("connections", -EINVAL);

        for (unsigned i = 0; i < n; i++) {
                WireReply subject, other;

                ours[i].fd = open_bus((uid_t) atoi(argv[4]), &subject);
                make_ours(&ours[i].call, argv[6], argv[8]);
                polkits[i].fd = open_bus((uid_t) atoi(argv[5]), &other);
                make_polkit(&polkits[i].call, subject.text, argv[6], argv[7], argv[8]);
        }

        (void) measure(ours, n, 300);
        (void) measure(polkits, n, 300);
        for (unsigned i = 0; i < rounds; i++) {
                double a = measure(ours, n, msec), b = measure(polkits, n, msec);

                printf("%.1f %.1f\n", a, b);
                fflush(stdout);
        }
        return EXIT_SUCCESS;
}
