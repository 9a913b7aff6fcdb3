/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Log lines, see log.h. */

#include "common/log.h"

#include <stdarg.h>

int log_full(int level, int error, const char *format, ...) {
        int saved = errno;
        char line[1024];
        va_list ap;
        size_t n;

        error = error < 0 ? -error : error;
        errno = error;
        va_start(ap, format);
        (void) vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);

        /* One line, whatever came in. */
        n = strlen(line);
        for (size_t i = 0; i < n; i++)
                if ((unsigned char) line[i] < 0x20 || line[i] == 0x7f)
                        line[i] = '?';

        (void) dprintf(STDERR_FILENO, "<%i>%s\n", level, line);
        errno = saved;
        return -error;
}
