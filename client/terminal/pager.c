/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A pager behind stdout, see pager.h. */

#include "client/terminal/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>

#define PAGER_WORDS_MAX 16

/*
 * A pager can run commands. Whoever came here through sudo or the like may be allowed less than the uid
 * says, so less is told to be harmless unless $SYSTEMD_PAGERSECURE says that it need not be.
 */
static bool pager_secure(void) {
        const char *text = getenv("SYSTEMD_PAGERSECURE");
        uid_t owner;

        if (text)
                return !streq(text, "0") && strcasecmp(text, "no") != 0 && strcasecmp(text, "false") != 0;
        if (sd_pid_get_owner_uid(0, &owner) < 0)
                return geteuid() != getuid() || getenv("SUDO_UID");
        return owner != geteuid();
}

static void exec_words(const char *command) {
        _cleanup_free_ char *copy = strdup(command);
        char *words[PAGER_WORDS_MAX + 1] = {}, *state = NULL;
        size_t n = 0;

        if (!copy)
                return;
        for (char *w = strtok_r(copy, " \t", &state); w && n < PAGER_WORDS_MAX;
                w = strtok_r(NULL, " \t", &state))
                words[n++] = w;
        if (n > 0)
                (void) execvp(words[0], words);
}

_noreturn_ static void pager_child(
        int input, const char *chosen, const Terminal *t, bool secure, bool at_end) {
        const char *less = getenv("SYSTEMD_LESS"), *charset = getenv("SYSTEMD_LESSCHARSET");
        char *less_at_end;

        (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void) signal(SIGPIPE, SIG_DFL);
        if (dup2(input, STDIN_FILENO) < 0)
                _exit(EXIT_FAILURE);
        (void) close(input);

        if (!less)
                less = "FRSXMK";
        if (at_end && asprintf(&less_at_end, "%s +G", less) >= 0)
                less = less_at_end;
        (void) setenv("LESS", less, 1);
        if (charset || t->utf8)
                (void) setenv("LESSCHARSET", charset ? charset : "utf-8", 1);
        (void) setenv("LESSSECURE", secure ? "1" : "0", 1);
        if (!secure)
                (void) unsetenv("LESSSECURE");

        /* Only of less it is known that it can be told to be harmless. */
        if (chosen && (!secure || getenv("SYSTEMD_PAGERSECURE")))
                exec_words(chosen);
        (void) execlp("less", "less", (char *) NULL);
        if (!secure)
                (void) execlp("more", "more", (char *) NULL);
        (void) execlp("cat", "cat", (char *) NULL);
        _exit(EXIT_FAILURE);
}

static void pager_start(Pager *pager, const Terminal *t, bool at_end) {
        const char *chosen = getenv("SYSTEMD_PAGER");
        int fds[2];
        bool secure;
        pid_t pid;

        if (pager->pid > 0 || !t->tty || streq_ptr(getenv("TERM"), "dumb"))
                return;
        if (!chosen)
                chosen = getenv("PAGER");
        if (chosen && (streq(chosen, "") || streq(chosen, "cat")))
                return;
        secure = pager_secure();

        if (pipe2(fds, O_CLOEXEC) < 0)
                return;
        (void) fflush(stdout);
        pid = fork();
        if (pid == 0)
                pager_child(fds[0], chosen, t, secure, at_end);
        if (pid < 0 || dup2(fds[1], STDOUT_FILENO) < 0) {
                safe_close(fds[0]);
                safe_close(fds[1]);
                return;
        }
        safe_close(fds[0]);
        safe_close(fds[1]);

        /* The reader may leave before the end; that is no failure. */
        (void) signal(SIGPIPE, SIG_IGN);
        pager->pid = pid;
}

void pager_open(Pager *pager, const Terminal *t) {
        pager_start(pager, t, /* at_end= */ false);
}

void pager_open_at_end(Pager *pager, const Terminal *t) {
        pager_start(pager, t, /* at_end= */ true);
}

void pager_close(Pager *pager) {
        if (pager->pid <= 0)
                return;

        (void) fflush(stdout);
        (void) close(STDOUT_FILENO);
        while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        pager->pid = 0;
}
