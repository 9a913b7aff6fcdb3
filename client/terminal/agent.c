/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The agent on the terminal, see agent.h. */

#include "client/terminal/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define AGENT_PATH "/usr/bin/pkttyagent"
/* It registers in some ten milliseconds; a bus that hangs must not make us hang. */
#define AGENT_WAIT_MSEC 5000

bool agent_is_possible(void) {
        return geteuid() != 0 && isatty(STDIN_FILENO);
}

/* It talks on /dev/tty where stdout and stderr lead elsewhere. */
static void agent_take_terminal(void) {
        bool out = isatty(STDOUT_FILENO) != 0, err = isatty(STDERR_FILENO) != 0;
        int fd;

        if (out && err)
                return;
        fd = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                _exit(EXIT_FAILURE);
        if (!out)
                (void) dup2(fd, STDOUT_FILENO);
        if (!err)
                (void) dup2(fd, STDERR_FILENO);
}

_noreturn_ static void agent_child(int notify_fd, pid_t parent) {
        char number[16];

        (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
                _exit(EXIT_SUCCESS);
        agent_take_terminal();

        /* The copy has no FD_CLOEXEC. */
        notify_fd = fcntl(notify_fd, F_DUPFD, 3);
        if (notify_fd < 0)
                _exit(EXIT_FAILURE);
        snprintf(number, sizeof(number), "%d", notify_fd);
        (void) execl(AGENT_PATH, AGENT_PATH, "--notify-fd", number, "--fallback", (char *) NULL);
        _exit(EXIT_FAILURE);
}

void agent_open(Agent *agent) {
        struct pollfd p = { .events = 0 };
        pid_t parent = getpid(), pid;
        int fds[2];

        if (agent->pid > 0 || access(AGENT_PATH, X_OK) < 0)
                return;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return;

        pid = fork();
        if (pid == 0) {
                (void) close(fds[0]);
                agent_child(fds[1], parent);
        }
        safe_close(fds[1]);
        if (pid > 0) {
                /* It closes its end when it is ready, or when it dies. */
                p.fd = fds[0];
                while (poll(&p, 1, AGENT_WAIT_MSEC) < 0 && errno == EINTR)
                        ;
                agent->pid = pid;
        }
        safe_close(fds[0]);
}

void agent_close(Agent *agent) {
        if (agent->pid <= 0)
                return;

        /* It restores the terminal's echo when it is told to end; a stopped one must run for that. */
        (void) kill(agent->pid, SIGTERM);
        (void) kill(agent->pid, SIGCONT);
        while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        agent->pid = 0;
}
