/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waits that are broken off, see waiting.h. */

#include "client/waiting.h"

#include <signal.h>

#include "common/escape.h"
#include "common/strv.h"

static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

static struct {
        char *text; /* with its newlines, as a signal handler can do no more than write(2) */
        size_t size;
        struct sigaction before[ELEMENTSOF(signals)];
} broken_off;

/* The one unit that the request is about, as it was addressed; NULL where it is about several. */
static char *only_unit(const Parameters *p) {
        _cleanup_free_ char *text = NULL;

        if (strv_length(p->targets) == 1)
                return escape_terminal(p->targets[0]);
        if (strv_length(p->units) != 1 || strv_length(p->accounts) > 1)
                return NULL;
        if (!p->accounts || !*p->accounts)
                return escape_terminal(p->units[0]);
        if (asprintf(&text, "%s/%s", p->accounts[0], p->units[0]) < 0) {
                text = NULL;
                return NULL;
        }
        return escape_terminal(text);
}

char *waiting_sentence(const Request *q, bool sure) {
        const char *condition = sure ? "" : ", if it was begun";
        _cleanup_free_ char *unit = NULL;
        char *text;
        int n;

        if (!method_is(q->method, METHOD_WAITS) || q->parameters.no_block || q->silent)
                return NULL;

        unit = only_unit(&q->parameters);
        if (!unit || strpbrk(unit, "*?["))
                n = asprintf(&text, "The jobs that were queued go on.");
        else if (q->method->id == METHOD_UNITS_RUN)
                n = asprintf(&text,
                        "%s goes on%s: \"userunitctl status %s\" tells of it, \"userunitctl stop %s\" ends it.",
                        unit, condition, unit, unit);
        else
                n = asprintf(&text, "The job of %s goes on%s: \"userunitctl status %s\" tells of it.", unit,
                        condition, unit);
        return n < 0 ? NULL : text;
}

static void on_signal(int number) {
        int error = errno;

        if (write(STDERR_FILENO, broken_off.text, broken_off.size) < 0)
                errno = error; /* nobody to tell */
        /* The action is the default one again (SA_RESETHAND): this ends us on return. */
        (void) raise(number);
        errno = error;
}

void waiting_begin(char *sentence) {
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
        int n;

        if (!sentence)
                return;
        /* ^C is echoed, and the cursor stands behind it. */
        n = asprintf(&broken_off.text, "%s%s\n", isatty(STDERR_FILENO) ? "\n" : "", sentence);
        free(sentence);
        if (n < 0) {
                broken_off.text = NULL;
                return;
        }
        broken_off.size = (size_t) n;

        sigemptyset(&action.sa_mask);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                (void) sigaction(signals[i], NULL, &broken_off.before[i]);
                if (broken_off.before[i].sa_handler == SIG_DFL)
                        (void) sigaction(signals[i], &action, NULL);
        }
}

void waiting_end(void) {
        if (!broken_off.text)
                return;
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void) sigaction(signals[i], &broken_off.before[i], NULL);
        free(broken_off.text);
        broken_off.text = NULL;
}
