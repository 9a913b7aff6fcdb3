/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The terminal as a screen, see screen.h. */

#include "client/terminal/screen.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "common/clock.h"

/* Alternate screen, no cursor, and no line that is too long runs on in the next. */
static const char enter_text[] = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[J";
static const char leave_text[] = "\x1b[?7h\x1b[?25h\x1b[?1049l";

#define LINES_USUAL   24
#define COLUMNS_USUAL 80

/* Handlers need these. */
static struct termios saved_termios;
static volatile sig_atomic_t is_entered, has_termios;
static volatile sig_atomic_t is_resized, is_stopping;

static int write_all(const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = write(STDOUT_FILENO, text, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN) {
                        (void) poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
                        continue;
                }
                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t) n;
        }
        return 0;
}

int screen_write(const char *text, size_t size) {
        return write_all(text, size);
}

/* Safe in a handler. */
static void leave(void) {
        if (!is_entered)
                return;
        is_entered = 0;
        (void) !write(STDOUT_FILENO, leave_text, sizeof(leave_text) - 1);
        if (has_termios)
                (void) tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_termios);
}

static int enter(void) {
        struct termios t = saved_termios;

        if (has_termios) {
                t.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
                t.c_cc[VMIN] = 1;
                t.c_cc[VTIME] = 0;
                if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t) < 0)
                        return -errno;
        }
        is_entered = 1;
        return write_all(enter_text, sizeof(enter_text) - 1);
}

/* The handler is gone by then: what follows is what would have happened without us. */
static void on_end(int sig) {
        leave();
        if (sig == SIGHUP)
                _exit(EXIT_SUCCESS);
        (void) raise(sig);
}

static void on_resize(int sig) {
        is_resized = 1;
}

static void on_stop(int sig) {
        is_stopping = 1;
}

/* Those that are looked at in screen_wait() come nowhere else: a call over the bus must not be broken off.
 */
static int make_mask(sigset_t *ret) {
        if (sigemptyset(ret) < 0 || sigaddset(ret, SIGWINCH) < 0 || sigaddset(ret, SIGTSTP) < 0 ||
                sigaddset(ret, SIGCONT) < 0)
                return -errno;
        return 0;
}

static int set_handlers(void) {
        static const int ending[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
        struct sigaction end = { .sa_handler = on_end, .sa_flags = SA_RESETHAND | SA_NODEFER };
        struct sigaction resize = { .sa_handler = on_resize }, stop = { .sa_handler = on_stop };
        sigset_t mask;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(ending); i++) {
                struct sigaction old;

                if (sigaction(ending[i], NULL, &old) < 0)
                        return -errno;
                /* nohup(1) */
                if (old.sa_handler != SIG_IGN && sigaction(ending[i], &end, NULL) < 0)
                        return -errno;
        }
        if (sigaction(SIGWINCH, &resize, NULL) < 0 || sigaction(SIGCONT, &resize, NULL) < 0 ||
                sigaction(SIGTSTP, &stop, NULL) < 0)
                return -errno;

        r = make_mask(&mask);
        if (r < 0)
                return r;
        return sigprocmask(SIG_BLOCK, &mask, NULL) < 0 ? -errno : 0;
}

static void reset_handlers(void) {
        static const int all[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGWINCH, SIGCONT, SIGTSTP };
        sigset_t mask;

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                struct sigaction old;

                if (sigaction(all[i], NULL, &old) >= 0 && old.sa_handler != SIG_IGN)
                        (void) signal(all[i], SIG_DFL);
        }
        if (make_mask(&mask) >= 0)
                (void) sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static void read_size(Screen *s) {
        struct winsize size = {};

        s->lines = LINES_USUAL;
        s->columns = COLUMNS_USUAL;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
                return;
        if (size.ws_row > 0)
                s->lines = size.ws_row;
        if (size.ws_col > 0)
                s->columns = size.ws_col;
}

int screen_open(Screen *s) {
        int r;

        *s = (Screen){};
        (void) fflush(stdout);
        has_termios = tcgetattr(STDIN_FILENO, &saved_termios) >= 0;
        s->keys = has_termios;

        r = set_handlers();
        if (r >= 0)
                r = enter();
        if (r < 0) {
                screen_close(s);
                return r;
        }
        read_size(s);
        return 0;
}

void screen_close(Screen *s) {
        leave();
        reset_handlers();
}

/* Stops as a program without a handler would, and comes back. */
static void stop(void) {
        sigset_t mask;

        is_stopping = 0;
        leave();
        if (sigemptyset(&mask) < 0 || sigaddset(&mask, SIGTSTP) < 0)
                return;
        (void) signal(SIGTSTP, SIG_DFL);
        (void) raise(SIGTSTP);
        (void) sigprocmask(SIG_UNBLOCK, &mask, NULL);
        /* Stopped here, until someone says SIGCONT. */
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        (void) signal(SIGTSTP, on_stop);
}

ScreenEvent screen_wait(Screen *s, uint64_t until_usec, char *ret_key) {
        sigset_t none;

        if (sigprocmask(SIG_SETMASK, NULL, &none) < 0 || sigdelset(&none, SIGWINCH) < 0 ||
                sigdelset(&none, SIGTSTP) < 0 || sigdelset(&none, SIGCONT) < 0)
                return SCREEN_GONE;

        for (;;) {
                /* Without events it still tells that a terminal has gone. */
                struct pollfd p[] = {
                        { .fd = STDIN_FILENO, .events = s->keys ? POLLIN : 0 },
                        { .fd = STDOUT_FILENO },
                };
                uint64_t now = clock_now_usec(), left = until_usec > now ? until_usec - now : 0;
                struct timespec timeout = {
                        .tv_sec = (time_t) (left / USEC_PER_SEC),
                        .tv_nsec = (long) (left % USEC_PER_SEC * 1000U),
                };
                int n;

                n = ppoll(s->keys ? p : p + 1, s->keys ? 2 : 1, &timeout, &none);
                if (is_stopping)
                        stop();
                if (is_resized || !is_entered) {
                        is_resized = 0;
                        if (enter() < 0)
                                return SCREEN_GONE;
                        read_size(s);
                        return SCREEN_CHANGED;
                }
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 || (p[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
                        return SCREEN_GONE;
                if (n == 0)
                        return SCREEN_TIME;
                if (p[0].revents) {
                        ssize_t size = read(STDIN_FILENO, ret_key, 1);

                        if (size == 1)
                                return SCREEN_KEY;
                        if (size == 0 || (errno != EINTR && errno != EAGAIN))
                                return SCREEN_GONE;
                }
        }
}
