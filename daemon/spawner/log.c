/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spawner's log: one line at a time, without waiting for the reader. */

#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/spawner/log.h"

#define LINE_SIZE_MAX 512
#define LIMIT_LINES   20
#define LIMIT_SECONDS 10

static void log_line(int priority, const char *format, va_list ap) {
        char line[LINE_SIZE_MAX];
        int saved = errno, prefix, text;
        size_t n;

        prefix = snprintf(line, sizeof(line), "<%d>", priority);
        errno = saved;
        text = vsnprintf(line + prefix, sizeof(line) - (size_t) prefix - 1, format, ap);
        if (text < 0)
                text = 0;

        n = MIN((size_t) prefix + (size_t) text, sizeof(line) - 2);
        line[n++] = '\n';

        if (send(STDERR_FILENO, line, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ENOTSOCK) {
                ssize_t written = write(STDERR_FILENO, line, n); /* a terminal, or a file in a test */
                (void) written;
        }

        errno = saved;
}

void spawner_log(int priority, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        log_line(priority, format, ap);
        va_end(ap);
}

void spawner_log_limited(int priority, const char *format, ...) {
        static time_t begin;
        static unsigned lines, lost;
        struct timespec now = { 0 };
        int saved = errno;
        va_list ap;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        if (lines == 0 || now.tv_sec - begin >= LIMIT_SECONDS) {
                if (lost > 0)
                        spawner_log(LOG_WARNING, "%u more messages like the last ones were left out.", lost);
                begin = now.tv_sec;
                lines = lost = 0;
        }
        if (lines >= LIMIT_LINES) {
                lost++;
                errno = saved;
                return;
        }
        lines++;

        errno = saved;
        va_start(ap, format);
        log_line(priority, format, ap);
        va_end(ap);
}
