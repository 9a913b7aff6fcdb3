/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The least that a cold look at other accounts can cost: as root, for each uid, fork, become it, connect to
 * the private socket of its manager, one ListUnitsByPatterns, and read the answer without looking into it.
 *
 *     bench-limit AT_A_TIME FIRST_UID COUNT [CALLS]
 *
 * With CALLS each child asks so many times over the one connection. What each call more costs is the least
 * for a connection that is open already, and nearly all of it is the manager's own work.
 */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/wire.h"

static int list_units(uid_t uid, unsigned calls) {
        WireReply reply;
        WireCall call;
        char path[64];
        size_t array;
        int fd, r;

        wire_call_begin(&call, 1, NULL, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                "ListUnitsByPatterns", "asas");
        array = wire_array_begin(&call, 4);
        wire_array_end(&call, array, 4);
        array = wire_array_begin(&call, 4);
        wire_array_end(&call, array, 4);
        wire_call_end(&call);

        snprintf(path, sizeof(path), "/run/user/%u/systemd/private", uid);
        fd = wire_connect(path, &call);
        if (fd < 0)
                return fd;
        r = wire_ask(fd, NULL, &reply);
        while (r >= 0 && --calls > 0)
                r = wire_ask(fd, &call, &reply);
        close(fd);
        return r;
}

static int child(uid_t uid, unsigned calls) {
        int r;

        if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
                return EXIT_FAILURE;
        r = list_units(uid, calls);
        if (r < 0) {
                fprintf(stderr, "bench-limit: uid %u: %s\n", uid, strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}

/* Waits for one child. */
static bool reap(void) {
        int status;

        return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

int main(int argc, char *argv[]) {
        unsigned at_a_time, count, calls, running = 0;
        bool fine = true;
        uid_t first;

        if (argc < 4 || argc > 5) {
                fputs("usage: bench-limit AT_A_TIME FIRST_UID COUNT [CALLS]\n", stderr);
                return 2;
        }
        at_a_time = (unsigned) atoi(argv[1]);
        first = (uid_t) atoi(argv[2]);
        count = (unsigned) atoi(argv[3]);
        calls = argc == 5 ? (unsigned) atoi(argv[4]) : 1;

        for (uid_t uid = first; uid < first + count; uid++) {
                pid_t pid;

                if (running == at_a_time) {
                        fine = reap() && fine;
                        running--;
                }
                pid = fork();
                if (pid < 0) {
                        perror("bench-limit: fork");
                        return EXIT_FAILURE;
                }
                if (pid == 0)
                        _exit(child(uid, calls));
                running++;
        }
        while (running-- > 0)
                fine = reap() && fine;
        return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
