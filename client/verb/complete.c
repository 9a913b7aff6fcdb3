/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * __complete, the verb that is not in the table: what the shells' scripts in packaging/completions call.
 *
 *   __complete bash -- LINE BREAKS     LINE up to the cursor, and $COMP_WORDBREAKS
 *   __complete lines -- WORD… CURRENT  words without quotes, from the program's name on
 *
 * For bash: one candidate a line, quoted, less what readline keeps of the word. Otherwise: the candidate, a
 * tab and a description. The exit code says what a script has to know besides: COMPLETE_FILES, or 0.
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#include "client/complete/complete.h"
#include "client/complete/shell-line.h"
#include "client/verbs.h"
#include "common/strv.h"

/* All of it, a bus or a name service that hangs included: the person waits. */
#define COMPLETE_SEC 1

/* Names of files would be fine here. */
#define COMPLETE_FILES 10

static void give_up(int signal) {
        _exit(EXIT_CODE_OK);
}

static void be_quick_and_quiet(Client *c) {
        const struct sigaction action = { .sa_handler = give_up };
        const struct itimerval timer = { .it_value.tv_sec = COMPLETE_SEC };
        int fd;

        (void) sigaction(SIGALRM, &action, NULL);
        (void) setitimer(ITIMER_REAL, &timer, NULL);
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
                (void) dup2(fd, STDERR_FILENO);
        safe_close(fd);
        c->options.no_ask_password = true;
        c->options.quiet = true;
}

static int print_for_bash(const Candidates *l, const ShellLine *line) {
        for (size_t i = 0; i < l->n; i++) {
                _cleanup_free_ char *quoted = shell_quote(l->items[i].value + line->start, line->quote);

                if (!quoted)
                        return -ENOMEM;
                puts(quoted);
        }
        return 0;
}

static void print_lines(const Candidates *l) {
        for (size_t i = 0; i < l->n; i++)
                printf("%s\t%s\n", l->items[i].value, strempty(l->items[i].doc));
}

static int complete_bash(Client *c, char **arguments, bool *ret_files) {
        _cleanup_(shell_line_done) ShellLine line = {};
        _cleanup_(candidates_done) Candidates l = {};
        int r;

        r = shell_line_parse(arguments[0], arguments[1], &line);
        if (r < 0)
                return r;
        if (!line.words)
                return 0;
        r = complete(c, line.words + 1, line.current, &l, ret_files);
        if (r < 0)
                return r;
        candidates_sort(&l);
        return print_for_bash(&l, &line);
}

static int complete_lines(Client *c, char **arguments, bool *ret_files) {
        _cleanup_(candidates_done) Candidates l = {};
        size_t n = strv_length(arguments);
        const char *current = arguments[n - 1];
        int r;

        arguments[n - 1] = NULL;
        r = complete(c, arguments + 1, current, &l, ret_files);
        if (r < 0)
                return r;
        candidates_sort(&l);
        print_lines(&l);
        return 0;
}

int verb_complete(Client *c, const Verb *verb, char **arguments) {
        size_t n = strv_length(arguments);
        bool files = false;
        int r;

        be_quick_and_quiet(c);
        if (n == 3 && streq(arguments[0], "bash"))
                r = complete_bash(c, arguments + 1, &files);
        else if (n >= 3 && streq(arguments[0], "lines"))
                r = complete_lines(c, arguments + 1, &files);
        else
                return EXIT_CODE_INVALID;
        if (r < 0)
                return EXIT_CODE_FAILURE;
        return files ? COMPLETE_FILES : EXIT_CODE_OK;
}
