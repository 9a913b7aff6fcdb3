/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Managers as a whole: manager start|stop|restart, daemon-reload, daemon-reexec. */

#include "client/message.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

static int run_on_accounts(Client *c, MethodId id, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, id, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        return request_run(c, &q, NULL, NULL);
}

int verb_daemon(Client *c, const Verb *verb, char **arguments) {
        return run_on_accounts(c, verb->method, arguments);
}

int verb_manager(Client *c, const Verb *verb, char **arguments) {
        static const struct {
                const char *word;
                MethodId method;
        } words[] = {
                { "start", METHOD_MANAGER_START },
                { "stop", METHOD_MANAGER_STOP },
                { "restart", METHOD_MANAGER_RESTART },
                { "reload", METHOD_MANAGER_RELOAD },
                { "reexec", METHOD_MANAGER_REEXEC },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(arguments[0], words[i].word))
                        return run_on_accounts(c, words[i].method, arguments + 1);

        message_error("'manager %s': there are start, stop and restart.", arguments[0]);
        return EXIT_CODE_INVALID;
}
