/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of signals, see signal-name.h. */

#include "daemon/worker/signal-name.h"

#include <signal.h>

/* One or two digits and nothing else. */
static int parse_number(const char *s) {
        size_t n = strspn(s, "0123456789");

        if (n == 0 || n > 2 || s[n] != 0)
                return -EINVAL;
        return atoi(s);
}

static int parse_realtime(const char *s) {
        const char *rest;
        int offset, signal;

        rest = startswith(s, "RTMIN");
        if (rest && *rest == 0)
                return SIGRTMIN;
        if (rest && *rest == '+') {
                offset = parse_number(rest + 1);
                signal = offset < 0 ? -EINVAL : SIGRTMIN + offset;
                return signal <= SIGRTMAX ? signal : -EINVAL;
        }

        rest = startswith(s, "RTMAX");
        if (rest && *rest == 0)
                return SIGRTMAX;
        if (rest && *rest == '-') {
                offset = parse_number(rest + 1);
                signal = offset < 0 ? -EINVAL : SIGRTMAX - offset;
                return signal >= SIGRTMIN ? signal : -EINVAL;
        }

        return -EINVAL;
}

int signal_from_string(const char *s) {
        const char *name;
        int number;

        number = parse_number(s);
        if (number >= 0)
                return number >= 1 && number <= SIGRTMAX ? number : -EINVAL;

        name = startswith(s, "SIG");
        if (!name)
                name = s;

        for (int i = 1; i < SIGRTMIN; i++)
                if (streq_ptr(sigabbrev_np(i), name))
                        return i;
        return parse_realtime(name);
}
