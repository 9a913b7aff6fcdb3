/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spawner's loop. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/spawner/local-files.h"
#include "daemon/spawner/log.h"
#include "daemon/spawner/server.h"

/* What epoll tells about a descriptor; from 0 on it is the index of a peer. */
#define TAG_LISTEN UINT64_MAX
#define TAG_SIGNAL (UINT64_MAX - 1)

#define EVENTS_MAX 16

/* How long accept() is left alone when the kernel is out of descriptors or memory. */
#define ACCEPT_PAUSE_NSEC (10L * 1000 * 1000)

static int watch(Server *server, int fd, uint64_t tag) {
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag };

        return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int peer_index(const Server *server, const Peer *peer) {
        return (int) (peer - server->peers);
}

static void peer_close(Server *server, Peer *peer) {
        if (peer->fd < 0)
                return;

        peer->fd = safe_close(peer->fd);
        children_orphan(&server->children, peer_index(server, peer));
}

/* For a peer that broke the protocol, or whose socket fails. */
static void peer_drop(Server *server, Peer *peer, const char *why) {
        spawner_log_limited(LOG_WARNING, "Closing the connection of process %d: %s.", (int) peer->pid, why);
        peer_close(server, peer);
}

static int peer_watch(Server *server, Peer *peer, uint32_t events) {
        struct epoll_event event = { .events = events, .data.u64 = (uint64_t) peer_index(server, peer) };

        if (peer->events == events)
                return 0;
        if (epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, peer->fd, &event) < 0)
                return -errno;

        peer->events = events;
        return 0;
}

/*
 * Whether there is plenty of room towards the peer: the kernel says "writable" while three quarters of the
 * buffer are free, so what is sent after a yes does not block.
 */
static bool peer_is_writable(const Peer *peer) {
        struct pollfd p = { .fd = peer->fd, .events = POLLOUT };

        return poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
}

static int peer_send(const Peer *peer, const void *packet, size_t size, int fd) {
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct iovec iov = { .iov_base = (void *) packet, .iov_len = size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (fd >= 0) {
                message.msg_control = control.buffer;
                message.msg_controllen = sizeof(control.buffer);
                control.header = (struct cmsghdr){
                        .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS,
                        .cmsg_len = CMSG_LEN(sizeof(int)),
                };
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        }

        return sendmsg(peer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * Tells the peer of its children that ended, as far as it takes it. The rest stays in the table, and while
 * there is a rest nothing is read from that peer: whoever does not listen is not served.
 */
static void peer_tell_exits(Server *server, Peer *peer) {
        Child *child;

        while ((child = children_find_untold(&server->children, peer_index(server, peer)))) {
                const SpawnerExited exited = {
                        .header = spawner_header(SPAWNER_EXITED),
                        .child = child->id,
                        .status = child->status,
                };
                int r;

                if (!peer_is_writable(peer)) {
                        r = peer_watch(server, peer, EPOLLOUT | EPOLLRDHUP);
                        if (r < 0)
                                peer_drop(server, peer, "cannot wait for it");
                        return;
                }

                r = peer_send(peer, &exited, sizeof(exited), /* fd= */ -EBADF);
                if (r < 0) {
                        peer_drop(server, peer, "cannot send to it");
                        return;
                }
                child_told(child);
        }
}

/* The decision, with the facts it wants. */
static SpawnerError decide(const Server *server, const SpawnerSpawn *spawn) {
        uint32_t passwd_gid = ID_INVALID;
        int r;

        if (spawner_policy_wants_passwd(&server->policy, spawn)) {
                r = local_gid_of_uid(server->passwd_path, spawn->uid, &passwd_gid);
                if (r < 0 && r != -ENOENT) {
                        errno = -r;
                        spawner_log_limited(
                                LOG_WARNING, "Failed to read %s, refusing: %m", server->passwd_path);
                }
        }

        return spawner_policy_decide(&server->policy, spawn, passwd_gid);
}

/* Forks a child that becomes the account of a request that has passed. Returns our end of its socket, or
 * -errno. */
static int fork_child(Server *server, const SpawnerSpawn *spawn, pid_t *ret_pid) {
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        gid_t groups[SPAWNER_GROUPS_MAX];
        int pair[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        ours = pair[0];
        theirs = pair[1];

        for (size_t i = 0; i < spawn->n_groups; i++)
                groups[i] = spawn->groups[i];

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                ChildPlan plan = {
                        .uid = spawn->uid,
                        .gid = spawn->gid,
                        .groups = groups,
                        .n_groups = spawn->n_groups,
                        .socket_fd = theirs,
                        .null_fd = server->null_fd,
                        .parent = server->pid,
                        .filter = server->filter,
                        .serve = server->serve,
                };

                child_run(&plan);
        }

        *ret_pid = pid;
        return TAKE_FD(ours);
}

static void on_spawn(Server *server, Peer *peer, const SpawnerSpawn *spawn) {
        SpawnerReply reply = { .header = spawner_header(SPAWNER_REPLY) };
        _cleanup_close_ int fd = -EBADF;
        Child *child = NULL;
        int r;

        reply.error = decide(server, spawn);
        if (reply.error == SPAWNER_ERROR_NONE &&
                !children_have_room(&server->children, peer_index(server, peer)))
                reply.error = SPAWNER_ERROR_LIMIT;

        if (reply.error == SPAWNER_ERROR_NONE) {
                pid_t pid = 0;

                fd = fork_child(server, spawn, &pid);
                if (fd < 0) {
                        errno = -fd;
                        spawner_log_limited(
                                LOG_WARNING, "Failed to start a worker for uid %u: %m", spawn->uid);
                        reply.error = SPAWNER_ERROR_RESOURCES;
                } else {
                        child = children_add(&server->children, pid, spawn->uid, peer_index(server, peer));
                        reply.child = child->id;
                }
        } else
                spawner_log_limited(LOG_NOTICE, "Refused a child with uid %u, gid %u: %s.", spawn->uid,
                        spawn->gid, spawner_error_to_string(reply.error));

        r = peer_send(peer, &reply, sizeof(reply), fd);
        if (r < 0)
                /* Its children go with it, so none is left that nobody can reach. */
                peer_drop(server, peer, "cannot send to it");
}

static void on_kill(Server *server, Peer *peer, const SpawnerKill *request) {
        Child *child;

        child = children_find(&server->children, peer_index(server, peer), request->child);
        if (child)
                child_kill(child);
}

static void on_hello(Server *server, Peer *peer, bool same_version) {
        const SpawnerHello hello = {
                .header = spawner_header(SPAWNER_HELLO),
                .error = same_version ? SPAWNER_ERROR_NONE : SPAWNER_ERROR_VERSION,
        };
        int r;

        r = peer_send(peer, &hello, sizeof(hello), /* fd= */ -EBADF);
        if (r < 0)
                peer_drop(server, peer, "cannot send to it");
        else if (!same_version)
                peer_drop(server, peer, "it is of another version than this spawner");
        else
                peer->greeted = true;
}

static void dispatch_packet(Server *server, Peer *peer, const SpawnerPacket *packet, size_t size) {
        int r;

        r = spawner_packet_check(SPAWNER_FROM_DAEMON, packet, size);
        if (r == -EPROTONOSUPPORT && !peer->greeted) {
                on_hello(server, peer, /* same_version= */ false);
                return;
        }

        /* A hello comes first, and once. */
        if (r < 0 || (packet->header.type == SPAWNER_HELLO) == peer->greeted) {
                peer_drop(server, peer, "it broke the protocol");
                return;
        }

        switch ((SpawnerType) packet->header.type) {
        case SPAWNER_HELLO:
                on_hello(server, peer, /* same_version= */ true);
                break;
        case SPAWNER_SPAWN:
                on_spawn(server, peer, &packet->spawn);
                break;
        case SPAWNER_KILL:
                on_kill(server, peer, &packet->kill);
                break;
        case SPAWNER_REPLY:
        case SPAWNER_EXITED:
        default:
                peer_drop(server, peer, "it broke the protocol"); /* the check lets none of these pass */
        }
}

/* One packet, so that no peer keeps the others waiting. */
static void peer_read(Server *server, Peer *peer) {
        union {
                SpawnerPacket packet;
                char bytes[sizeof(SpawnerPacket) + 1];
        } buffer = { 0 };
        struct iovec iov = { .iov_base = buffer.bytes, .iov_len = sizeof(buffer.bytes) };
        /* Without room for control messages the kernel drops descriptors that are sent along, and tells. */
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n;

        n = recvmsg(peer->fd, &message, MSG_DONTWAIT);
        if (n < 0) {
                if (errno != EAGAIN && errno != EINTR)
                        peer_drop(server, peer, "cannot read from it");
        } else if (n == 0)
                peer_close(server, peer); /* the end, or an empty packet, which means nothing */
        else if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
                peer_drop(server, peer, "it broke the protocol");
        else
                dispatch_packet(server, peer, &buffer.packet, (size_t) n);
}

static void on_peer(Server *server, Peer *peer, uint32_t events) {
        int r;

        if (peer->fd < 0)
                return; /* closed by an event before this one */
        if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) {
                peer_close(server, peer);
                return;
        }

        peer_tell_exits(server, peer);
        if (peer->fd < 0 || children_find_untold(&server->children, peer_index(server, peer)))
                return;

        r = peer_watch(server, peer, (peer_is_writable(peer) ? EPOLLIN : EPOLLOUT) | EPOLLRDHUP);
        if (r < 0)
                peer_drop(server, peer, "cannot wait for it");
        else if (events & peer->events & EPOLLIN)
                peer_read(server, peer);
}

static Peer *find_free_peer(Server *server) {
        for (size_t i = 0; i < ELEMENTSOF(server->peers); i++)
                if (server->peers[i].fd < 0)
                        return server->peers + i;

        return NULL;
}

static void on_listen(Server *server) {
        _cleanup_close_ int fd = -EBADF;
        struct ucred credentials = { 0 };
        socklen_t size = sizeof(credentials);
        Peer *peer;
        int r;

        fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
                if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
                        const struct timespec pause = { .tv_nsec = ACCEPT_PAUSE_NSEC };

                        spawner_log_limited(LOG_WARNING, "Failed to accept a connection, ignoring: %m");
                        (void) nanosleep(&pause, NULL);
                }
                return;
        }

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0 ||
                size != sizeof(credentials)) {
                spawner_log_limited(LOG_WARNING, "Failed to see who connects, refusing.");
                return;
        }
        if (credentials.uid != server->peer_uid) {
                spawner_log_limited(LOG_WARNING, "Refused a connection of uid %u, process %d.",
                        credentials.uid, (int) credentials.pid);
                return;
        }

        peer = find_free_peer(server);
        if (!peer) {
                spawner_log_limited(LOG_WARNING, "Refused a connection of process %d: %d are open.",
                        (int) credentials.pid, SPAWNER_PEERS_MAX);
                return;
        }

        r = watch(server, fd, (uint64_t) peer_index(server, peer));
        if (r < 0) {
                errno = -r;
                spawner_log_limited(LOG_WARNING, "Failed to watch a connection, refusing: %m");
                return;
        }
        *peer = (Peer){ .fd = TAKE_FD(fd), .pid = credentials.pid, .events = EPOLLIN };
}

static void log_exit(const Child *child, int status) {
        const char *step = WIFEXITED(status) ? child_step_name(WEXITSTATUS(status)) : NULL;

        if (step)
                spawner_log_limited(
                        LOG_ERR, "The worker for uid %u could not %s and has ended.", child->uid, step);
        else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
                spawner_log_limited(
                        LOG_ERR, "The worker for uid %u was killed by its system call filter.", child->uid);
}

static void reap(Server *server) {
        for (;;) {
                Child *child;
                int status;
                pid_t pid;

                pid = waitpid(-1, &status, WNOHANG);
                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid <= 0)
                        return;

                child = children_find_pid(&server->children, pid);
                if (!child)
                        continue;

                log_exit(child, status);
                child_exited(child, status);
                if (child->state == CHILD_EXITED)
                        peer_tell_exits(server, server->peers + child->peer);
        }
}

/* Returns whether to go on. */
static bool on_signal(Server *server) {
        struct signalfd_siginfo info;
        bool go_on = true;

        while (read(server->signal_fd, &info, sizeof(info)) == sizeof(info))
                if (info.ssi_signo == SIGTERM)
                        go_on = false;

        reap(server);
        return go_on;
}

int server_init(Server *server, int listen_fd) {
        sigset_t signals;
        int r, flags;

        server->listen_fd = listen_fd;
        server->epoll_fd = server->signal_fd = server->null_fd = -EBADF;
        server->pid = getpid();
        for (size_t i = 0; i < ELEMENTSOF(server->peers); i++)
                server->peers[i].fd = -EBADF;

        flags = fcntl(listen_fd, F_GETFL);
        if (flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;

        server->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
        if (server->null_fd < 0)
                return -errno;

        if (sigemptyset(&signals) < 0 || sigaddset(&signals, SIGCHLD) < 0 ||
                sigaddset(&signals, SIGTERM) < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        server->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
        if (server->signal_fd < 0)
                return -errno;

        server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (server->epoll_fd < 0)
                return -errno;

        r = watch(server, server->listen_fd, TAG_LISTEN);
        if (r < 0)
                return r;

        return watch(server, server->signal_fd, TAG_SIGNAL);
}

int server_run(Server *server) {
        for (;;) {
                struct epoll_event events[EVENTS_MAX];
                int n;

                n = epoll_wait(server->epoll_fd, events, ELEMENTSOF(events), /* timeout= */ -1);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }

                for (int i = 0; i < n; i++) {
                        if (events[i].data.u64 == TAG_LISTEN)
                                on_listen(server);
                        else if (events[i].data.u64 != TAG_SIGNAL)
                                on_peer(server, server->peers + events[i].data.u64, events[i].events);
                        else if (!on_signal(server))
                                return 0;
                }
        }
}

void server_done(Server *server) {
        for (size_t i = 0; i < ELEMENTSOF(server->peers); i++)
                peer_close(server, server->peers + i);

        server->listen_fd = safe_close(server->listen_fd);
        server->epoll_fd = safe_close(server->epoll_fd);
        server->signal_fd = safe_close(server->signal_fd);
        server->null_fd = safe_close(server->null_fd);
}
