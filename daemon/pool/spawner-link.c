/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The daemon's end of the line to userunit-spawner, see spawner-link.h. */

#include "daemon/pool/spawner-link.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "common/log.h"
#include "daemon/spawner/protocol.h"

/* Groups below this are the system's own; the spawner has its own idea from /etc/login.defs and the last
 * word. */
#define SUPPLEMENTARY_GID_MIN 1000

/* A spawner answers within a millisecond, or is stopped. */
#define REPLY_DEADLINE_USEC (5 * USEC_PER_SEC)

struct Spawn {
        TAILQ_ENTRY(Spawn) entry;
        SpawnerLink *link;
        SpawnHandler handler; /* NULL: nobody waits any more */
        void *userdata;
};

struct SpawnerLink {
        sd_event *event;
        struct sockaddr_un address;
        uid_t peer_uid;
        int fd;
        sd_event_source *io;
        sd_event_source *deadline;            /* of the spawner's next reply */
        sd_event_source *broken;              /* fails the pending ones from the event loop */
        bool greeted;                         /* the spawner's hello has come */
        int error;                            /* why the line broke */
        TAILQ_HEAD(SpawnList, Spawn) pending; /* in the order of their packets */
        SpawnExitedHandler exited;
        SpawnLostHandler lost;
        void *userdata;
};

static int on_broken(sd_event_source *source, void *userdata);
static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata);

int spawner_link_new(sd_event *event, const char *socket_path, uid_t peer_uid, SpawnExitedHandler exited,
        SpawnLostHandler lost, void *userdata, SpawnerLink **ret) {
        SpawnerLink *link;
        int r;

        if (strlen(socket_path) >= sizeof(link->address.sun_path))
                return -ENAMETOOLONG;

        link = calloc(1, sizeof(*link));
        if (!link)
                return -ENOMEM;
        link->event = sd_event_ref(event);
        link->address.sun_family = AF_UNIX;
        strcpy(link->address.sun_path, socket_path);
        link->peer_uid = peer_uid;
        link->fd = -EBADF;
        TAILQ_INIT(&link->pending);
        link->exited = exited;
        link->lost = lost;
        link->userdata = userdata;

        /* Made ahead of need: a loss that goes unnoticed would hand one account's worker to another. */
        r = sd_event_add_defer(event, &link->broken, on_broken, link);
        if (r >= 0)
                r = sd_event_source_set_enabled(link->broken, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, &link->deadline, CLOCK_MONOTONIC, REPLY_DEADLINE_USEC, 0, on_deadline, link);
        if (r >= 0)
                r = sd_event_source_set_enabled(link->deadline, SD_EVENT_OFF);
        if (r < 0) {
                spawner_link_free(link);
                return r;
        }

        *ret = link;
        return 0;
}

static void disconnect(SpawnerLink *link) {
        link->io = sd_event_source_disable_unref(link->io);
        link->fd = safe_close(link->fd);
        link->greeted = false;
}

SpawnerLink *spawner_link_free(SpawnerLink *link) {
        if (!link)
                return NULL;

        disconnect(link);
        sd_event_source_disable_unref(link->broken);
        sd_event_source_disable_unref(link->deadline);
        while (!TAILQ_EMPTY(&link->pending)) {
                Spawn *spawn = TAILQ_FIRST(&link->pending);

                TAILQ_REMOVE(&link->pending, spawn, entry);
                free(spawn);
        }
        sd_event_unref(link->event);
        free(link);
        return NULL;
}

Spawn *spawn_free(Spawn *spawn) {
        /* The reply will come, and with it the child's id: only then can it be killed. */
        if (spawn)
                spawn->handler = NULL;
        return NULL;
}

static int on_broken(sd_event_source *source, void *userdata) {
        SpawnerLink *link = userdata;
        int error = link->error;
        struct SpawnList pending;

        TAILQ_INIT(&pending);
        TAILQ_CONCAT(&pending, &link->pending, entry);

        link->lost(link->userdata);
        while (!TAILQ_EMPTY(&pending)) {
                Spawn *spawn = TAILQ_FIRST(&pending);

                TAILQ_REMOVE(&pending, spawn, entry);
                if (spawn->handler)
                        spawn->handler(error, 0, -EBADF, spawn->userdata);
                free(spawn);
        }
        return 0;
}

/* Closes the line. What follows for others happens from the event loop, never from within a call of theirs.
 */
static void break_line(SpawnerLink *link, int error) {
        disconnect(link);
        link->error = error;
        (void) sd_event_source_set_enabled(link->deadline, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(link->broken, SD_EVENT_ONESHOT);
}

/* Gives the first of those that wait for a reply its time, or nobody. */
static void arm_deadline(SpawnerLink *link) {
        if (TAILQ_EMPTY(&link->pending)) {
                (void) sd_event_source_set_enabled(link->deadline, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time_relative(link->deadline, REPLY_DEADLINE_USEC);
        (void) sd_event_source_set_enabled(link->deadline, SD_EVENT_ONESHOT);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        SpawnerLink *link = userdata;

        log_warning("The spawner did not answer in time.");
        break_line(link, -ETIMEDOUT);
        return 0;
}

static int error_from_spawner(uint32_t error) {
        switch (error) {
        case SPAWNER_ERROR_NONE:
                return 0;
        case SPAWNER_ERROR_UID:
        case SPAWNER_ERROR_GID:
        case SPAWNER_ERROR_GROUPS:
        case SPAWNER_ERROR_KIND:
                return -EPERM;
        case SPAWNER_ERROR_LIMIT:
        case SPAWNER_ERROR_RESOURCES:
                return -EAGAIN;
        case SPAWNER_ERROR_VERSION:
                return -EPROTONOSUPPORT;
        }
        return -EBADMSG;
}

static int handle_reply(SpawnerLink *link, const SpawnerReply *reply, int fd) {
        _cleanup_close_ int owned = fd;
        Spawn *spawn = TAILQ_FIRST(&link->pending);
        int error = error_from_spawner(reply->error);

        if (!spawn || (error == 0) != (owned >= 0))
                return -EBADMSG;
        TAILQ_REMOVE(&link->pending, spawn, entry);
        arm_deadline(link);

        if (error == -EPERM)
                log_warning("The spawner refuses an account: %s.", spawner_error_to_string(reply->error));
        if (spawn->handler)
                spawn->handler(error, reply->child, TAKE_FD(owned), spawn->userdata);
        else if (error == 0)
                spawner_link_kill(link, reply->child);
        free(spawn);
        return 0;
}

static int handle_packet(SpawnerLink *link, const SpawnerPacket *packet, size_t size, int fd) {
        _cleanup_close_ int owned = fd;
        int r;

        r = spawner_packet_check(SPAWNER_FROM_SPAWNER, packet, size);
        if (r < 0)
                return r;
        if (owned >= 0 && packet->header.type != SPAWNER_REPLY)
                return -EBADMSG;

        switch (packet->header.type) {
        case SPAWNER_HELLO:
                if (link->greeted)
                        return -EBADMSG;
                link->greeted = true;
                return error_from_spawner(packet->hello.error);
        case SPAWNER_REPLY:
                return handle_reply(link, &packet->reply, TAKE_FD(owned));
        case SPAWNER_EXITED:
                link->exited(packet->exited.child, packet->exited.status, link->userdata);
                return 0;
        }
        return -EBADMSG;
}

/* The one descriptor that came along; of more than one, none, and all are closed. Returns how many there
 * were. */
static size_t take_fds(struct msghdr *mh, int *ret_fd) {
        size_t total = 0;

        *ret_fd = -EBADF;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                size_t n;

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++, total++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
                        if (total == 0)
                                *ret_fd = fd;
                        else
                                safe_close(fd);
                }
        }
        if (total > 1)
                *ret_fd = safe_close(*ret_fd);
        return total;
}

/* Returns 1 with a packet, 0 at the end of the line, -EAGAIN for none. */
static int receive(int socket_fd, SpawnerPacket *ret_packet, size_t *ret_size, int *ret_fd) {
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(sizeof(int))];
        } control = {};
        uint8_t buffer[sizeof(SpawnerPacket) + 1];
        struct iovec iov = { buffer, sizeof(buffer) };
        struct msghdr mh = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        size_t n_fds;
        ssize_t n;

        n = recvmsg(socket_fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        /* A peer that closed with something of ours unread: what it said before comes behind this error. */
        if (n < 0 && errno == ECONNRESET)
                n = recvmsg(socket_fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (n < 0)
                return errno == EINTR ? -EAGAIN : -errno;

        n_fds = take_fds(&mh, ret_fd);
        if (n == 0)
                return 0;
        if (n_fds > 1 || mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || (size_t) n > sizeof(SpawnerPacket)) {
                *ret_fd = safe_close(*ret_fd);
                return -EBADMSG;
        }

        *ret_packet = (SpawnerPacket){};
        memcpy(ret_packet, buffer, (size_t) n);
        *ret_size = (size_t) n;
        return 1;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        SpawnerLink *link = userdata;

        /* A handler may break the line and connect anew: then this descriptor is none of ours any more. */
        while (link->fd == fd) {
                SpawnerPacket packet;
                size_t size = 0;
                int r, passed = -EBADF;

                r = receive(fd, &packet, &size, &passed);
                if (r == -EAGAIN)
                        return 0;
                if (r == 0)
                        r = -ECONNRESET;
                else if (r > 0)
                        r = handle_packet(link, &packet, size, passed);
                if (r < 0) {
                        if (r == -EPROTONOSUPPORT)
                                log_error(
                                        "The spawner is of another version: restart userunit-spawner.service.");
                        else
                                log_warning_errno(r, "Lost the spawner: %m");
                        if (link->fd == fd)
                                break_line(link, r);
                        return 0;
                }
        }

        return 0;
}

static int send_packet(SpawnerLink *link, const void *packet, size_t size) {
        ssize_t n = send(link->fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0)
                return -errno;
        return (size_t) n == size ? 0 : -EIO;
}

static int check_peer(SpawnerLink *link) {
        struct ucred ucred;
        socklen_t n = sizeof(ucred);

        if (getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &ucred, &n) < 0)
                return -errno;
        return ucred.uid == link->peer_uid ? 0 : -EPERM;
}

static int connect_line(SpawnerLink *link) {
        SpawnerHello hello = { .header = spawner_header(SPAWNER_HELLO) };
        int r;

        if (link->fd >= 0)
                return 0;
        /* The loss of the last line is not worked off yet, and its replies would be taken for this one's. */
        if (!TAILQ_EMPTY(&link->pending))
                return -ECONNRESET;

        link->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (link->fd < 0)
                return -errno;
        if (connect(link->fd, (struct sockaddr *) &link->address, sizeof(link->address)) < 0) {
                r = -errno;
                goto fail;
        }

        r = check_peer(link);
        if (r < 0)
                goto fail;
        r = send_packet(link, &hello, sizeof(hello));
        if (r < 0)
                goto fail;
        r = sd_event_add_io(link->event, &link->io, link->fd, EPOLLIN, on_readable, link);
        if (r < 0)
                goto fail;
        return 0;

fail:
        disconnect(link);
        return r;
}

int spawner_link_spawn(
        SpawnerLink *link, const Account *account, SpawnHandler handler, void *userdata, Spawn **ret) {
        SpawnerSpawn packet = {
                .header = spawner_header(SPAWNER_SPAWN),
                .kind = SPAWNER_KIND_WORKER,
                .uid = account->uid,
                .gid = account->gid,
        };
        Spawn *spawn;
        int r;

        _Static_assert(SPAWNER_GROUPS_MAX == ACCOUNT_SUPPLEMENTARY_MAX, "the same groups on both sides");
        packet.n_groups = (uint32_t) account_supplementary(account, SUPPLEMENTARY_GID_MIN, packet.groups);

        r = connect_line(link);
        if (r < 0)
                return r;

        spawn = calloc(1, sizeof(*spawn));
        if (!spawn)
                return -ENOMEM;
        spawn->link = link;
        spawn->handler = handler;
        spawn->userdata = userdata;

        r = send_packet(link, &packet, sizeof(packet));
        if (r < 0) {
                free(spawn);
                break_line(link, r);
                return r;
        }

        TAILQ_INSERT_TAIL(&link->pending, spawn, entry);
        if (TAILQ_FIRST(&link->pending) == spawn)
                arm_deadline(link);
        *ret = spawn;
        return 0;
}

void spawner_link_kill(SpawnerLink *link, uint64_t child) {
        SpawnerKill packet = { .header = spawner_header(SPAWNER_KILL), .child = child };
        int r;

        if (link->fd < 0)
                return; /* the line is gone, and its children with it */

        /* A spawner that does not even read is of no use: without the line it has to kill them all. */
        r = send_packet(link, &packet, sizeof(packet));
        if (r < 0)
                break_line(link, r);
}
