/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The client on another host, see remote.h. */

#include "client/remote.h"

#include "client/message.h"
#include "client/shell-quote.h"
#include "common/exit-code.h"
#include "common/strv.h"

bool remote_host_is_valid(const char *host) {
        if (isempty(host) || *host == '-')
                return false;
        for (const char *p = host; *p; p++)
                if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@:%[]+\\", *p))
                        return false;
        /* ssh takes what is behind the last @ as the host. */
        return host[strlen(host) - 1] != '@' && !strstr(host, "@-");
}

static int append_quoted(char **command, const char *word) {
        _cleanup_free_ char *quoted = shell_word_quoted(word);
        char *longer;

        if (!quoted || asprintf(&longer, "%s %s", *command, quoted) < 0)
                return -ENOMEM;
        free(*command);
        *command = longer;
        return 0;
}

static int shell_command(const Options *o, char *const *arguments, char **ret) {
        _cleanup_free_ char *command = strdup("userunitctl");
        int r;

        if (!command)
                return -ENOMEM;

        /* The environment stays here, so what it said goes along as an option. */
        if (o->account && !o->account_given) {
                _cleanup_free_ char *option = NULL;

                if (asprintf(&option, "--account=%s", o->account) < 0)
                        return -ENOMEM;
                r = append_quoted(&command, option);
                if (r < 0)
                        return r;
        }
        STRV_FOREACH(word, o->forward) {
                r = append_quoted(&command, *word);
                if (r < 0)
                        return r;
        }
        r = append_quoted(&command, "--");
        if (r < 0)
                return r;
        STRV_FOREACH(word, arguments) {
                r = append_quoted(&command, *word);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(command);
        return 0;
}

int remote_command(const Options *o, char *const *arguments, bool terminal, char ***ret) {
        _cleanup_strv_free_ char **words = NULL;
        _cleanup_free_ char *command = NULL;
        int r;

        if (!remote_host_is_valid(o->host)) {
                message_error("--host=: '%s' is no [USER@]HOST.", o->host);
                return -EINVAL;
        }
        r = shell_command(o, arguments, &command);
        if (r < 0)
                return r;

        r = strv_extend(&words, "ssh");
        if (r >= 0)
                r = strv_extend(&words, terminal ? "-t" : "-T");
        /* With a terminal ssh says at the end that the connection is closed; its errors are still wanted. */
        if (r >= 0 && terminal)
                r = strv_extend(&words, "-oLogLevel=ERROR");
        if (r >= 0)
                r = strv_extend(&words, "--");
        if (r >= 0)
                r = strv_extend(&words, o->host);
        if (r >= 0)
                r = strv_extend(&words, command);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(words);
        return 0;
}

int remote_exec(const Options *o, char *const *arguments) {
        _cleanup_strv_free_ char **words = NULL;
        int r;

        r = remote_command(o, arguments, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), &words);
        if (r == -EINVAL)
                return EXIT_CODE_INVALID;
        if (r < 0)
                return message_errno(r);

        (void) execvp(words[0], words);
        message_error("Cannot run ssh: %s.", strerror(errno));
        return EXIT_CODE_NO_SERVICE;
}
