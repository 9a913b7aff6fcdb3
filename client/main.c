/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* userunitctl: see and control the systemd units of any account. */

#include <fcntl.h>
#include <locale.h>

#include "client/client.h"
#include "client/message.h"
#include "client/remote.h"
#include "client/verbs.h"

/* Output that did not arrive is a failure, except that a reader of a pager may leave. */
static int finish_output(Client *c, int exit_code) {
        bool paged = c->pager.pid > 0;
        bool failed;
        int error;

        errno = 0;
        failed = fflush(stdout) != 0 || ferror(stdout);
        error = errno;
        if (!failed || (paged && error == EPIPE))
                return exit_code;
        /* What failed before this has left no reason behind. */
        if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
                error = EBADF;
        message_error("Cannot write the output%s%s.", error != 0 ? ": " : "",
                error == EBADF       ? "standard output is closed"
                        : error != 0 ? strerror(error)
                                     : "");
        return exit_code_merge(exit_code, EXIT_CODE_FAILURE);
}

/* Only what characters are: messages and times are the same everywhere. Where nobody says anything they are
 * UTF-8, as for systemctl. */
static void choose_characters(void) {
        bool said = !isempty(getenv("LC_ALL")) || !isempty(getenv("LC_CTYPE")) || !isempty(getenv("LANG"));

        (void) setlocale(LC_CTYPE, said ? "" : "C.UTF-8");
}

static int run(Client *c, int argc, char **argv) {
        char **arguments;
        int r;

        r = options_parse(argc, argv, getenv("USERUNIT_ACCOUNT"), &c->options, &arguments);
        if (r == -EINVAL)
                return EXIT_CODE_INVALID;
        if (r < 0)
                return message_errno(r);
        if (r > 0)
                return EXIT_CODE_OK;

        if (c->options.host)
                return remote_exec(&c->options, c->options.typed ? c->options.typed : arguments);
        if (!options_json(&c->options)) {
                choose_characters();
                terminal_detect(&c->terminal);
        }

        if (c->options.version) {
                printf("userunitctl %s\n", VERSION);
                return EXIT_CODE_OK;
        }
        if (c->options.help && !arguments[0])
                return verb_help(c, NULL, arguments);
        return verbs_dispatch(c, arguments);
}

int main(int argc, char **argv) {
        _cleanup_(client_done) Client c = CLIENT_NULL;
        int exit_code;

        exit_code = run(&c, argc, argv);
        return finish_output(&c, exit_code);
}
