/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Copying from pipes to a terminal, see relay.h. */

#include "client/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define PIECE_SIZE 16384U
/* What is still copied when the command has ended: more than a pipe holds (fcntl(2), F_SETPIPE_SZ). */
#define LAST_BYTES_MAX (2U * 1024U * 1024U)

static volatile sig_atomic_t command_ended;

static void on_ended(int signal) {
        command_ended = 1;
}

/* One piece from the pipe to the terminal. Returns how much, 0 where the pipe or the terminal has ended. */
static size_t copy_piece(int from, int to) {
        static char buffer[PIECE_SIZE];
        ssize_t n;

        n = read(from, buffer, sizeof(buffer));
        if (n <= 0)
                return 0;
        for (ssize_t done = 0; done < n;) {
                ssize_t k = write(to, buffer + done, (size_t) (n - done));

                if (k < 0 && errno != EINTR)
                        return 0;
                done += MAX(k, 0);
        }
        return (size_t) n;
}

/* What is in the pipes now, and no more: who has the other end may go on for ever. */
static void copy_last(struct pollfd pipes[static 3]) {
        for (int i = 1; i < 3; i++) {
                size_t left = LAST_BYTES_MAX;

                while (left > 0 && pipes[i].fd >= 0 && poll(pipes + i, 1, 0) > 0) {
                        size_t n = copy_piece(pipes[i].fd, i);

                        if (n == 0)
                                break;
                        left -= MIN(left, n);
                }
        }
}

static void copy(struct pollfd pipes[static 3], const sigset_t *waiting) {
        while (!command_ended && (pipes[1].fd >= 0 || pipes[2].fd >= 0)) {
                if (ppoll(pipes, 3, NULL, waiting) < 0)
                        continue; /* the signal */
                for (int i = 1; i < 3; i++)
                        if (pipes[i].fd >= 0 && pipes[i].revents != 0 && copy_piece(pipes[i].fd, i) == 0) {
                                safe_close(pipes[i].fd);
                                pipes[i].fd = -EBADF;
                        }
        }
        copy_last(pipes);
}

_Noreturn static void run_copy(const int ours[static 3], const Relay *relay, pid_t parent) {
        struct pollfd pipes[3];
        struct sigaction action = { .sa_handler = on_ended };
        sigset_t blocked, waiting;

        /* The end is told by a signal, which comes while we wait and at no other time. */
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &blocked, &waiting);
        sigdelset(&waiting, SIGTERM);
        (void) sigaction(SIGTERM, &action, NULL);
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
                _exit(EXIT_FAILURE);

        for (unsigned i = 0; i < 3; i++) {
                pipes[i] = (struct pollfd){ .fd = ours[i], .events = POLLIN };
                if (relay->owned[i])
                        safe_close(relay->fds[i]);
        }
        copy(pipes, &waiting);
        _exit(EXIT_SUCCESS);
}

/* One stream that is a terminal: *ret_ours is what is read from it, for output. */
static int replace_stream(Relay *relay, int i, int *ret_ours) {
        int pair[2];

        if (i == STDIN_FILENO) {
                relay->fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                if (relay->fds[i] < 0)
                        return -errno;
        } else {
                if (pipe2(pair, O_CLOEXEC) < 0)
                        return -errno;
                *ret_ours = pair[0];
                relay->fds[i] = pair[1];
        }
        relay->owned[i] = true;
        return 0;
}

int relay_open(Relay *ret) {
        Relay relay = RELAY_NULL;
        int ours[3] = { -EBADF, -EBADF, -EBADF };
        pid_t parent = getpid();
        int r = 0;

        for (int i = 0; i < 3 && r >= 0; i++) {
                relay.fds[i] = i;
                if (isatty(i))
                        r = replace_stream(&relay, i, ours + i);
        }

        if (r >= 0 && (ours[1] >= 0 || ours[2] >= 0)) {
                relay.pid = fork();
                if (relay.pid == 0)
                        run_copy(ours, &relay, parent);
                if (relay.pid < 0)
                        r = -errno;
        }
        for (unsigned i = 0; i < 3; i++)
                safe_close(ours[i]);
        if (r < 0) {
                relay_handed_over(&relay);
                return r;
        }

        *ret = relay;
        return 0;
}

void relay_handed_over(Relay *relay) {
        for (unsigned i = 0; i < 3; i++)
                if (relay->owned[i]) {
                        safe_close(relay->fds[i]);
                        relay->fds[i] = -EBADF;
                        relay->owned[i] = false;
                }
}

void relay_close(Relay *relay) {
        relay_handed_over(relay);
        if (relay->pid <= 0)
                return;
        (void) kill(relay->pid, SIGTERM);
        while (waitpid(relay->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        relay->pid = 0;
}
