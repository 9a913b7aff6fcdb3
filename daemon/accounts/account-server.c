/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The master of userunit-accounts: accepts, forks, watches, kills and reaps. */

#include "daemon/accounts/account-server.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon/accounts/account-child.h"

#define CHILDREN_MAX (ACCOUNT_SERVER_CONNECTIONS_MAX + ACCOUNT_SERVER_DYING_MAX)
/* After an accept() or fork() that failed for want of descriptors, memory or processes. */
#define ACCEPT_PAUSE_MSEC 100

typedef struct Child {
        pid_t pid; /* 0: the slot is free */
        int pidfd;
        int connection; /* a duplicate; negative once the child is being killed */
} Child;

typedef struct Server {
        AccountServerConfig config;
        int listen_fd;
        int signal_fd;
        sigset_t original_mask;
        Child children[CHILDREN_MAX];
        size_t n_children, n_connections;
        bool paused; /* do not accept for ACCEPT_PAUSE_MSEC */
        bool stopping;
} Server;

static uint64_t now_msec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / (1000 * 1000);
}

/* Gives the slot back. The process is gone and reaped. */
static void child_forget(Server *s, Child *child) {
        if (child->connection >= 0)
                s->n_connections--;
        s->n_children--;
        (void) safe_close(child->connection);
        (void) safe_close(child->pidfd);
        *child = (Child){ .pidfd = -EBADF, .connection = -EBADF };
}

/* Ends a child without waiting for it. Its connection is closed here too: the last copy goes with the child.
 */
static void child_kill(Server *s, Child *child) {
        (void) pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
        if (child->connection < 0)
                return;
        child->connection = safe_close(child->connection);
        s->n_connections--;
}

/* Reaps a child whose pidfd became readable. */
static void child_reap(Server *s, Child *child) {
        siginfo_t si = {};
        bool ours;
        int r;

        r = waitid(P_PIDFD, (id_t) child->pidfd, &si, WEXITED | WNOHANG);
        if (r < 0 || si.si_pid == 0)
                return;

        ours = child->connection < 0 || (s->stopping && si.si_status == SIGTERM);
        if (si.si_code != CLD_EXITED && !ours)
                fprintf(stderr, SD_WARNING "A lookup process was ended by signal %d (%s).\n", si.si_status,
                        strempty(sigabbrev_np(si.si_status)));
        child_forget(s, child);
}

static Child *child_slot(Server *s) {
        for (size_t i = 0; i < CHILDREN_MAX; i++)
                if (s->children[i].pid == 0)
                        return &s->children[i];
        return NULL;
}

/* Forks the child that serves the connection, of which the master keeps its own descriptor. */
static int child_start(Server *s, int connection) {
        _cleanup_close_ int pidfd = -EBADF;
        pid_t master = getpid(), pid;
        Child *child;

        child = child_slot(s);
        assert(child);

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                account_child_run(connection, master, &s->original_mask, &s->config);

        /* Ours and not reaped, so the number cannot mean another process yet. */
        pidfd = pidfd_open(pid, 0);
        if (pidfd < 0) {
                int error = -errno;

                (void) kill(pid, SIGKILL);
                (void) waitpid(pid, NULL, 0);
                return error;
        }

        *child = (Child){ .pid = pid, .pidfd = TAKE_FD(pidfd), .connection = connection };
        s->n_children++;
        s->n_connections++;
        return 0;
}

/* Takes one connection from the backlog. A negative result means: not now, pause. */
static int server_accept(Server *s) {
        _cleanup_close_ int connection = -EBADF;
        struct ucred ucred;
        socklen_t n = sizeof(ucred);
        int r;

        connection = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) {
                if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
                        return 0;
                r = -errno;
                fprintf(stderr, SD_WARNING "Failed to accept a connection, pausing: %m\n");
                return r;
        }

        if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &ucred, &n) < 0 || n != sizeof(ucred)) {
                fprintf(stderr, SD_WARNING "Failed to learn who connected, refusing: %m\n");
                return 0;
        }
        if (ucred.uid != s->config.peer_uid) {
                fprintf(stderr, SD_WARNING "Refusing a connection from uid %u.\n", ucred.uid);
                return 0;
        }

        r = child_start(s, connection);
        if (r < 0) {
                errno = -r;
                fprintf(stderr, SD_WARNING "Failed to start a lookup process, pausing: %m\n");
                return r;
        }
        (void) TAKE_FD(connection);
        return 0;
}

/* Whether another connection may be taken now. */
static bool server_has_room(const Server *s) {
        return !s->paused && !s->stopping && s->n_connections < ACCOUNT_SERVER_CONNECTIONS_MAX &&
                s->n_children < CHILDREN_MAX;
}

/* Waits for something to happen and handles it. Returns 1 where a signal asked to stop. */
static int server_step(Server *s, int timeout_msec) {
        struct pollfd fds[2 + 2 * CHILDREN_MAX];
        bool stop = false;
        int r;

        if (s->paused)
                timeout_msec = ACCEPT_PAUSE_MSEC;
        /* poll(2) skips negative descriptors. */
        fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = server_has_room(s) ? s->listen_fd : -1, .events = POLLIN };
        for (size_t i = 0; i < CHILDREN_MAX; i++) {
                fds[2 + 2 * i] = (struct pollfd){ .fd = s->children[i].pidfd, .events = POLLIN };
                fds[3 + 2 * i] = (struct pollfd){ .fd = s->children[i].connection, .events = POLLRDHUP };
        }

        r = poll(fds, ELEMENTSOF(fds), timeout_msec);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        s->paused = false;

        for (size_t i = 0; i < CHILDREN_MAX; i++)
                if (fds[2 + 2 * i].revents != 0)
                        child_reap(s, &s->children[i]);
                else if (fds[3 + 2 * i].revents != 0)
                        child_kill(s, &s->children[i]);

        if (fds[0].revents != 0) {
                struct signalfd_siginfo si;

                stop = read(s->signal_fd, &si, sizeof(si)) == (ssize_t) sizeof(si);
        }
        if (fds[1].revents != 0 && !stop)
                s->paused = server_accept(s) < 0;
        return stop;
}

/* Lets children finish the lookup that they are at: they have SIGTERM blocked meanwhile and die of it when
 * done. */
static int server_stop(Server *s) {
        uint64_t end = now_msec() + ACCOUNT_SERVER_STOP_MSEC;

        s->stopping = true;
        for (size_t i = 0; i < CHILDREN_MAX; i++)
                if (s->children[i].connection >= 0)
                        (void) pidfd_send_signal(s->children[i].pidfd, SIGTERM, NULL, 0);

        while (s->n_connections > 0) {
                uint64_t now = now_msec();
                int r;

                if (now >= end)
                        break;
                r = server_step(s, (int) (end - now));
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < CHILDREN_MAX; i++)
                if (s->children[i].pid != 0)
                        child_kill(s, &s->children[i]);
        return 0;
}

static void server_done(Server *s) {
        (void) safe_close(s->signal_fd);
        for (size_t i = 0; i < CHILDREN_MAX; i++) {
                (void) safe_close(s->children[i].connection);
                (void) safe_close(s->children[i].pidfd);
        }
}

static int server_init(Server *s) {
        struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
        sigset_t mask;
        int flags;

        for (size_t i = 0; i < CHILDREN_MAX; i++)
                s->children[i] = (Child){ .pidfd = -EBADF, .connection = -EBADF };

        /* An ignored SIGCHLD, which can be inherited, would reap children behind our back. */
        if (sigaction(SIGCHLD, &standard, NULL) < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0)
                return -errno;
        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        if (sigprocmask(SIG_BLOCK, &mask, &s->original_mask) < 0)
                return -errno;
        s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (s->signal_fd < 0)
                return -errno;

        flags = fcntl(s->listen_fd, F_GETFL);
        if (flags < 0 || fcntl(s->listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

int account_server_run(int listen_fd, const AccountServerConfig *config) {
        _cleanup_(server_done) Server s = { .config = *config, .listen_fd = listen_fd, .signal_fd = -EBADF };
        int r;

        if (s.config.lookups_max == 0)
                s.config.lookups_max = ACCOUNT_SERVER_LOOKUPS_MAX;
        if (s.config.idle_sec == 0)
                s.config.idle_sec = ACCOUNT_SERVER_IDLE_SEC;
        if (!s.config.lookup)
                s.config.lookup = account_nss_lookup;

        r = server_init(&s);
        if (r < 0)
                return r;
        (void) sd_notify(0, "READY=1");

        do {
                r = server_step(&s, -1);
        } while (r == 0);
        if (r < 0)
                return r;

        (void) sd_notify(0, "STOPPING=1");
        return server_stop(&s);
}
