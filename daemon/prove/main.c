/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * userunit-prove: looks at what a Proof= is about, and says what it saw. Runs as a transient service in the
 * account's own manager, because the worker may neither connect nor see the account's /tmp. It has no
 * privilege of any kind and may be run by anyone:
 *
 *     userunit-prove tcp DEADLINE HOST PORT
 *     userunit-prove unix DEADLINE PATH|@NAME
 *     userunit-prove file DEADLINE PATH MAX-AGE|- MIN-SIZE|-
 *
 * Times are in µs, sizes in bytes. Exits with one of daemon/prove/exit.h.
 */

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "common/clock.h"
#include "common/time-span.h"
#include "daemon/prove/exit.h"
#include "daemon/worker/proof/file.h"

typedef struct Prove {
        uint64_t began_usec;
        uint64_t end_usec;
} Prove;

static int parse_number(const char *s, uint64_t *ret) {
        char *end;

        if (streq(s, "-")) {
                *ret = UINT64_MAX;
                return 0;
        }
        if (*s < '0' || *s > '9')
                return -EINVAL;
        errno = 0;
        *ret = strtoull(s, &end, 10);
        return errno > 0 || *end ? -EINVAL : 0;
}

/* ---- the deadline ---- */

/* Name services and file systems wait without asking us: this ends them. */
static void on_alarm(int signal_number) {
        static const char text[] = "It did not answer in time.\n";

        (void) !write(STDOUT_FILENO, text, sizeof(text) - 1);
        _exit(PROVE_TIMEOUT);
}

static int arm(const Prove *prove) {
        uint64_t usec = prove->end_usec - prove->began_usec;
        const struct itimerval timer = {
                .it_value = { .tv_sec = (time_t) (usec / USEC_PER_SEC),
                        .tv_usec = (suseconds_t) (usec % USEC_PER_SEC) },
        };

        if (signal(SIGALRM, on_alarm) == SIG_ERR || setitimer(ITIMER_REAL, &timer, NULL) < 0)
                return -errno;
        return 0;
}

/* ---- connecting ---- */

/* Returns 0 or a negative errno. */
static int wait_connected(int fd, uint64_t usec) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        socklen_t size = sizeof(int);
        int error = 0, n;

        do
                n = poll(&p, 1, (int) MIN(usec / USEC_PER_MSEC, (uint64_t) INT_MAX));
        while (n < 0 && errno == EINTR);
        if (n <= 0)
                return n < 0 ? -errno : -ETIMEDOUT;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                return -errno;
        return -error;
}

/* Closes again at once: that somebody accepts is all there is to know. `usec` is for what need not be waited
 * for to the end. */
static int try_connect(int family, int type, const struct sockaddr *address, socklen_t size, uint64_t usec) {
        _cleanup_close_ int fd = -EBADF;

        fd = socket(family, type | SOCK_CLOEXEC | (family == AF_UNIX ? 0 : SOCK_NONBLOCK), 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, address, size) >= 0)
                return 0;
        return errno == EINPROGRESS ? wait_connected(fd, usec) : -errno;
}

static int say_connected(const Prove *prove, const char *what) {
        char took[TIME_SPAN_TEXT_MAX];

        (void) time_span_format(clock_now_usec() - prove->began_usec, took);
        printf("%s accepted a connection after %s.\n", what, took);
        return PROVE_PASS;
}

static int prove_tcp(const Prove *prove, const char *host, const char *port) {
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
        struct addrinfo *list;
        char name[NI_MAXHOST], what[NI_MAXHOST + 16] = "";
        unsigned n_left = 0;
        int r;

        r = getaddrinfo(host, port, &hints, &list);
        if (r != 0) {
                printf("%s is no host that is known here: %s.\n", host, gai_strerror(r));
                return PROVE_FAIL;
        }

        for (const struct addrinfo *a = list; a; a = a->ai_next)
                n_left++;
        /* One that never answers leaves time for the others; the last has all that is left. */
        for (const struct addrinfo *a = list; a; a = a->ai_next, n_left--) {
                uint64_t now = clock_now_usec(), left = prove->end_usec - MIN(now, prove->end_usec);

                if (getnameinfo(a->ai_addr, a->ai_addrlen, name, sizeof(name), NULL, 0, NI_NUMERICHOST) != 0)
                        continue;
                (void) snprintf(what, sizeof(what), strchr(name, ':') ? "[%s]:%s" : "%s:%s", name, port);
                r = try_connect(a->ai_family, a->ai_socktype, a->ai_addr, a->ai_addrlen,
                        n_left > 1 ? left / n_left : left);
                if (r >= 0) {
                        r = say_connected(prove, what);
                        break;
                }
                printf("%s: %s.\n", what, strerrordesc_np(-r));
                (void) fflush(stdout);
                r = PROVE_FAIL;
        }
        freeaddrinfo(list);
        return *what ? r : PROVE_FAIL;
}

static int prove_unix(const Prove *prove, const char *path) {
        static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path));
        int r = -EPROTOTYPE;

        if (strlen(path) >= sizeof(address.sun_path)) {
                printf("The path is too long for a socket.\n");
                return PROVE_FAIL;
        }
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (*path == '@')
                address.sun_path[0] = 0; /* the name ends with the address, not with a NUL */
        else
                size++;

        for (size_t i = 0; i < ELEMENTSOF(types) && r == -EPROTOTYPE; i++)
                r = try_connect(AF_UNIX, types[i], (const struct sockaddr *) &address, size, 0);
        if (r >= 0)
                return say_connected(prove, path);
        printf("%s: %s.\n", path, strerrordesc_np(-r));
        return PROVE_FAIL;
}

static int prove_file(const char *path, const char *max_age, const char *min_size) {
        _cleanup_free_ char *evidence = NULL;
        uint64_t age, size;
        struct statx st;
        bool pass = false;

        if (parse_number(max_age, &age) < 0 || parse_number(min_size, &size) < 0)
                return PROVE_USAGE;
        if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0)
                evidence = proof_file_describe_failure(errno);
        else
                pass = proof_file_judge(&st, age, size, proof_file_now_usec(), &evidence);
        printf("%s\n", strempty(evidence));
        return pass ? PROVE_PASS : PROVE_FAIL;
}

int main(int argc, char **argv) {
        Prove prove = { .began_usec = clock_now_usec() };
        uint64_t usec;
        int r = PROVE_USAGE;

        if (argc < 4 || parse_number(argv[2], &usec) < 0 || usec == 0 || usec > UINT32_MAX * USEC_PER_SEC) {
                fprintf(stderr,
                        "userunit-prove is run by userunitd; \"userunitctl prove\" looks at proofs.\n");
                return PROVE_USAGE;
        }
        prove.end_usec = prove.began_usec + usec;
        if (arm(&prove) < 0)
                return PROVE_FAIL;

        if (streq(argv[1], "tcp") && argc == 5)
                r = prove_tcp(&prove, argv[3], argv[4]);
        else if (streq(argv[1], "unix") && argc == 4)
                r = prove_unix(&prove, argv[3]);
        else if (streq(argv[1], "file") && argc == 6)
                r = prove_file(argv[3], argv[4], argv[5]);
        return fflush(stdout) == 0 ? r : PROVE_FAIL;
}
