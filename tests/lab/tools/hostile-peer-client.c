/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hostile peer's hands: results, connections, packets. What it does with them is in hostile-peer.c. */

#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "tests/lab/tools/hostile-peer.h"

#define TIMEOUT_MSEC 5000

static unsigned n_checks, n_failed;

bool check(bool good, const char *format, ...) {
        va_list ap;

        printf("%sok %u - ", good ? "" : "not ", ++n_checks);
        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        (void) putchar('\n');

        n_failed += !good;
        return good;
}

void skip(const char *why, const char *format, ...) {
        va_list ap;

        printf("ok %u - ", ++n_checks);
        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        printf(" # SKIP %s\n", why);
}

bool checks_done(void) {
        printf("1..%u\n", n_checks);
        return n_failed == 0;
}

void bail_out(const char *format, ...) {
        va_list ap;

        printf("Bail out! ");
        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        (void) putchar('\n');
        exit(99);
}

int connection_open_as(const Target *target, uid_t uid, Connection *ret) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;
        uid_t before = geteuid();
        int r;

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", target->socket);

        if (uid != before && seteuid(uid) < 0)
                return -errno;
        r = connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
        if (uid != before && seteuid(before) < 0)
                bail_out("cannot become uid %u again: %s", before, strerror(errno));
        if (r < 0)
                return r;

        ret->fd = TAKE_FD(fd);
        return 0;
}

void connection_close(Connection *connection) {
        connection->fd = safe_close(connection->fd);
}

ssize_t receive(const Connection *connection, SpawnerPacket *ret, int *ret_fd) {
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(sizeof(int))];
        } control;
        struct pollfd p = { .fd = connection->fd, .events = POLLIN };
        struct iovec iov = { .iov_base = ret, .iov_len = sizeof(*ret) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        const struct cmsghdr *c;
        int fd = -EBADF;
        ssize_t n;

        if (ret_fd)
                *ret_fd = -EBADF;
        if (poll(&p, 1, TIMEOUT_MSEC) != 1)
                return -ETIMEDOUT;

        n = recvmsg(connection->fd, &message, MSG_CMSG_CLOEXEC);
        if (n < 0)
                return errno == ECONNRESET ? 0 : -errno;

        c = CMSG_FIRSTHDR(&message);
        if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
                memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        if (ret_fd)
                *ret_fd = fd;
        else
                (void) safe_close(fd);
        return n;
}

bool send_bytes(const Connection *connection, const void *bytes, size_t size) {
        return send(connection->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t) size;
}

/* Whether the spawner ends the connection, whatever it says before. */
bool is_closed(const Connection *connection) {
        SpawnerPacket packet;
        ssize_t n;

        do
                n = receive(connection, &packet, NULL);
        while (n > 0);

        return n == 0;
}

Connection connection_greeted(const Target *target) {
        const SpawnerHello hello = { .header = spawner_header(SPAWNER_HELLO) };
        SpawnerPacket packet;
        Connection c;
        ssize_t n;
        int r;

        /* A connection that was just closed may still hold its place. */
        for (unsigned i = 0; i < 100; i++) {
                const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

                r = connection_open_as(target, target->peer_uid, &c);
                if (r < 0)
                        bail_out("cannot connect to %s: %s", target->socket, strerror(-r));

                if (send_bytes(&c, &hello, sizeof(hello))) {
                        n = receive(&c, &packet, NULL);
                        if (n > 0 && spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, (size_t) n) == 0)
                                return c;
                }
                connection_close(&c);
                (void) nanosleep(&pause, NULL);
        }

        bail_out("the spawner does not answer a hello");
}

SpawnerSpawn good_spawn(const Target *target) {
        return (SpawnerSpawn){
                .header = spawner_header(SPAWNER_SPAWN),
                .kind = SPAWNER_KIND_WORKER,
                .uid = target->uid,
                .gid = target->gid,
        };
}

/* Takes the next reply, skipping notices. */
static int take_reply(const Connection *connection, Worker *ret) {
        for (;;) {
                SpawnerPacket packet;
                ssize_t n;
                int fd;

                n = receive(connection, &packet, &fd);
                if (n <= 0 || spawner_packet_check(SPAWNER_FROM_SPAWNER, &packet, (size_t) n) < 0)
                        return -1;
                if (packet.header.type == SPAWNER_EXITED)
                        continue;
                if (packet.header.type != SPAWNER_REPLY || (packet.reply.error == 0) != (fd >= 0))
                        return -1;

                *ret = (Worker){ .id = packet.reply.child, .fd = fd };
                return (int) packet.reply.error;
        }
}

int spawn(const Connection *connection, const SpawnerSpawn *request, Worker *ret) {
        *ret = (Worker){ .fd = -EBADF };
        if (!send_bytes(connection, request, sizeof(*request)))
                return -1;

        return take_reply(connection, ret);
}

void send_kill(const Connection *connection, uint64_t id) {
        const SpawnerKill request = { .header = spawner_header(SPAWNER_KILL), .child = id };

        (void) send_bytes(connection, &request, sizeof(request));
}

bool wait_exited(const Connection *connection, uint64_t id, int *ret_status) {
        for (;;) {
                SpawnerPacket packet;
                ssize_t n;

                n = receive(connection, &packet, NULL);
                if (n <= 0)
                        return false;
                if (packet.header.type == SPAWNER_EXITED && packet.exited.child == id) {
                        *ret_status = packet.exited.status;
                        return true;
                }
        }
}

void worker_done(Worker *worker) {
        worker->fd = safe_close(worker->fd);
}

/* Whether the worker's end is closed within some seconds: it serves or dies, but never hangs on to it. */
bool worker_gone(const Worker *worker) {
        struct pollfd p = { .fd = worker->fd };

        return poll(&p, 1, TIMEOUT_MSEC) == 1 && (p.revents & POLLHUP);
}

bool worker_alive(const Worker *worker) {
        struct pollfd p = { .fd = worker->fd };

        return poll(&p, 1, 100) == 0;
}
