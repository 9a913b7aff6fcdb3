/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Fills the journal as the services of many accounts would: for each uid a process that is moved into the
 * cgroup of a unit of it, becomes the uid, and sends entries in journald's native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), all of them at the same time, so that accounts alternate.
 *
 *     bench-entries FIRST_UID ACCOUNTS UNIT COUNT      COUNT entries by all of them together
 *     bench-entries UID 1 UNIT COUNT INTERVAL_MS       with a pause between two, and the time in each
 * (latency)
 *
 * As root. MESSAGE is "entry N of uid U …", or "at USEC".
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int join_unit(uid_t uid, const char *unit) {
        char path[512];
        int fd, r = 0;

        snprintf(path, sizeof(path),
                "/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/app.slice/%s/cgroup.procs", uid,
                uid, unit);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (write(fd, "0", 1) < 0)
                r = -errno;
        close(fd);
        return r;
}

static int journal_connect(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
        int fd;

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return fd;
}

static uint64_t realtime_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * 1000000U + (uint64_t) ts.tv_nsec / 1000U;
}

static int send_entry(int fd, uid_t uid, unsigned number, bool timed) {
        static const char *const work[] = { "accepted a request", "looked it up in the index",
                "asked the database", "sent the answer", "closed the connection" };
        char text[1024];
        int n;

        if (timed)
                n = snprintf(text, sizeof(text), "MESSAGE=at %llu\nPRIORITY=6\nSYSLOG_IDENTIFIER=app\n",
                        (unsigned long long) realtime_usec());
        else
                n = snprintf(text, sizeof(text),
                        "MESSAGE=entry %u of uid %u: %s, which took %u.%03u ms\nPRIORITY=%u\n"
                        "SYSLOG_IDENTIFIER=app\nSYSLOG_FACILITY=3\nCODE_FILE=src/request.c\nCODE_LINE=%u\n"
                        "CODE_FUNC=request_%u\nREQUEST_ID=%08x\n",
                        number, uid, work[number % 5], number % 70, number % 997, number % 50 == 0 ? 3 : 6,
                        100 + number % 40, number % 5, number * 2654435761U);
        return send(fd, text, (size_t) n, 0) < 0 ? -errno : 0;
}

static int child(uid_t uid, const char *unit, unsigned count, unsigned interval_ms) {
        int fd, r;

        r = join_unit(uid, unit);
        if (r < 0)
                return r;
        if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
                return -errno;
        fd = journal_connect();
        if (fd < 0)
                return fd;
        for (unsigned i = 0; i < count; i++) {
                r = send_entry(fd, uid, i, interval_ms > 0);
                if (r < 0)
                        return r;
                if (interval_ms > 0)
                        usleep(interval_ms * 1000);
        }
        return 0;
}

int main(int argc, char *argv[]) {
        unsigned accounts, count, interval_ms = 0;
        bool fine = true;
        uid_t first;

        if (argc < 5 || argc > 6) {
                fputs("usage: bench-entries FIRST_UID ACCOUNTS UNIT COUNT [INTERVAL_MS]\n", stderr);
                return 2;
        }
        first = (uid_t) atoi(argv[1]);
        accounts = (unsigned) atoi(argv[2]);
        count = (unsigned) atoi(argv[4]);
        if (argc == 6)
                interval_ms = (unsigned) atoi(argv[5]);
        if (accounts == 0)
                return 2;

        for (unsigned i = 0; i < accounts; i++) {
                pid_t pid = fork();

                if (pid < 0) {
                        perror("bench-entries: fork");
                        return EXIT_FAILURE;
                }
                if (pid == 0) {
                        int r = child(first + i, argv[3], count / accounts, interval_ms);

                        if (r < 0)
                                fprintf(stderr, "bench-entries: uid %u: %s\n", first + i, strerror(-r));
                        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
                }
        }
        for (unsigned i = 0; i < accounts; i++) {
                int status;

                fine = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS && fine;
        }
        return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
