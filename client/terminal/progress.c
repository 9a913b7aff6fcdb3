/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How far a long answer has come, see progress.h. */

#include "client/terminal/progress.h"

#include "common/clock.h"

#define FIRST_USEC (USEC_PER_SEC / 2)
#define AGAIN_USEC (USEC_PER_SEC / 10)

void progress_begin(Progress *p, bool wanted) {
        const char *term = getenv("TERM");

        *p = (Progress){ .wanted =
                                 wanted && isatty(STDERR_FILENO) && !isempty(term) && !streq(term, "dumb") };
        if (p->wanted)
                p->next_usec = clock_now_usec() + FIRST_USEC;
}

void progress_show(Progress *p) {
        uint64_t now;

        if (!p->wanted || (p->shown && p->n == p->n_shown))
                return;
        now = clock_now_usec();
        if (now < p->next_usec)
                return;
        fprintf(stderr, "\r\x1b[K%zu account%s answered...", p->n, p->n == 1 ? "" : "s");
        (void) fflush(stderr);
        p->shown = true;
        p->n_shown = p->n;
        p->next_usec = now + AGAIN_USEC;
}

void progress_erase(Progress *p) {
        if (!p->shown)
                return;
        fputs("\r\x1b[K", stderr);
        (void) fflush(stderr);
        p->shown = false;
}
