/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The master: accepts, forks, watches, kills and reaps. */

#include "daemon/helper/fork-server.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"

/* Where a child has its connection; the standard descriptors stay. */
#define CONNECTION_FD 3
/* After an accept() or fork() that failed for want of descriptors, memory or processes. */
#define ACCEPT_PAUSE_MSEC 100

typedef struct Child {
        pid_t pid; /* 0: the slot is free */
        int pidfd;
        int connection; /* a duplicate; negative once the child is being killed */
} Child;

typedef struct Server {
        ForkServerConfig config;
        int listen_fd;
        int signal_fd;
        sigset_t original_mask;
        Child *children; /* n_slots of them */
        struct pollfd *poll_fds;
        size_t n_slots, n_children, n_connections;
        bool paused; /* do not accept for ACCEPT_PAUSE_MSEC */
        bool stopping;
} Server;

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
                fprintf(stderr, SD_WARNING "A %s process was ended by signal %d (%s).\n", s->config.noun,
                        si.si_status, strempty(sigabbrev_np(si.si_status)));
        child_forget(s, child);
}

static Child *child_slot(Server *s) {
        for (size_t i = 0; i < s->n_slots; i++)
                if (s->children[i].pid == 0)
                        return &s->children[i];
        return NULL;
}

/* Makes the process one that has only the connection, and that does not outlive its master. */
static int child_setup(int connection, pid_t master) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                return -errno;
        if (getppid() != master)
                return -ESRCH;
        if (connection != CONNECTION_FD && dup3(connection, CONNECTION_FD, O_CLOEXEC) < 0)
                return -errno;
        if (close_range(CONNECTION_FD + 1, ~0U, 0) < 0)
                return -errno;
        return 0;
}

_noreturn_ static void child_run(const Server *s, int connection, pid_t master) {
        if (child_setup(connection, master) < 0)
                _exit(EXIT_FAILURE);
        s->config.serve(CONNECTION_FD, &s->original_mask, s->config.userdata);
        _exit(EXIT_SUCCESS);
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
                child_run(s, connection, master);

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
                fprintf(stderr, SD_WARNING "Failed to start a %s process, pausing: %m\n", s->config.noun);
                return r;
        }
        (void) TAKE_FD(connection);
        return 0;
}

/* Whether another connection may be taken now. */
static bool server_has_room(const Server *s) {
        return !s->paused && !s->stopping && s->n_connections < s->config.connections_max &&
                s->n_children < s->n_slots;
}

/* Waits for something to happen and handles it. Returns 1 where a signal asked to stop. */
static int server_step(Server *s, int timeout_msec) {
        struct pollfd *fds = s->poll_fds;
        bool stop = false;
        int r;

        if (s->paused)
                timeout_msec = ACCEPT_PAUSE_MSEC;
        /* poll(2) skips negative descriptors. */
        fds[0] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = server_has_room(s) ? s->listen_fd : -1, .events = POLLIN };
        for (size_t i = 0; i < s->n_slots; i++) {
                fds[2 + 2 * i] = (struct pollfd){ .fd = s->children[i].pidfd, .events = POLLIN };
                fds[3 + 2 * i] = (struct pollfd){ .fd = s->children[i].connection, .events = POLLRDHUP };
        }

        r = poll(fds, 2 + 2 * s->n_slots, timeout_msec);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        s->paused = false;

        for (size_t i = 0; i < s->n_slots; i++)
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

/* Lets children finish what they are at: who must not be interrupted has SIGTERM blocked meanwhile, and ends
 * when it is done. */
static int server_stop(Server *s) {
        uint64_t end = clock_now_usec() + s->config.stop_msec * USEC_PER_MSEC;

        s->stopping = true;
        for (size_t i = 0; i < s->n_slots; i++)
                if (s->children[i].connection >= 0)
                        (void) pidfd_send_signal(s->children[i].pidfd, SIGTERM, NULL, 0);

        while (s->n_connections > 0) {
                uint64_t now = clock_now_usec();
                int r;

                if (now >= end)
                        break;
                r = server_step(s, (int) ((end - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC));
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < s->n_slots; i++)
                if (s->children[i].pid != 0)
                        child_kill(s, &s->children[i]);
        return 0;
}

static void server_done(Server *s) {
        (void) safe_close(s->signal_fd);
        for (size_t i = 0; i < s->n_slots; i++) {
                (void) safe_close(s->children[i].connection);
                (void) safe_close(s->children[i].pidfd);
        }
        free(s->children);
        free(s->poll_fds);
}

static int server_init(Server *s) {
        struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
        sigset_t mask;
        int flags;

        s->children = calloc(s->config.connections_max + s->config.dying_max, sizeof(*s->children));
        s->poll_fds =
                calloc(2 + 2 * (s->config.connections_max + s->config.dying_max), sizeof(*s->poll_fds));
        if (!s->children || !s->poll_fds)
                return -ENOMEM;
        s->n_slots = s->config.connections_max + s->config.dying_max;
        for (size_t i = 0; i < s->n_slots; i++)
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

int fork_server_run(int listen_fd, const ForkServerConfig *config) {
        _cleanup_(server_done) Server s = { .config = *config, .listen_fd = listen_fd, .signal_fd = -EBADF };
        int r;

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
