/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the client says on stderr, see message.h. */

#include "client/message.h"

#include <stdarg.h>

#include "common/escape.h"
#include "common/exit-code.h"

static void message_print(const char *prefix, const char *format, va_list ap) {
        _cleanup_free_ char *text = NULL, *safe = NULL;

        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        if (text)
                safe = escape_terminal_text(text, strlen(text));

        /* What was printed before stands before it on the terminal too. */
        (void) fflush(stdout);
        fprintf(stderr, "%s%s\n", prefix, safe ? safe : "out of memory");
}

void message_error(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        message_print("userunitctl: ", format, ap);
        va_end(ap);
}

void message_note(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        message_print("", format, ap);
        va_end(ap);
}

int message_errno(int error) {
        message_error("%s", strerror(-error));
        return EXIT_CODE_FAILURE;
}
