/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Managers as a whole: manager status|start|stop|restart, is-system-running, daemon-reload, daemon-reexec.
 */

#include "client/render/manager.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

/* Managers have gone with all that was in them, or have come: of several it is said of which. */
static int tell_done(Client *c, Account *account, void *userdata) {
        const char *done = userdata;

        if (account->wide && !c->options.quiet)
                message_note("%s: %s.", account->name,
                        reply_boolean(account->object, "changed", true) ? done : "nothing to do");
        return EXIT_CODE_OK;
}

/* `done` is what has become of an account's manager then; NULL: nobody is told. */
static int run_on_accounts(Client *c, MethodId id, char **arguments, const char *done) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, id, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        return request_run(c, &q, done ? tell_done : NULL, (void *) done);
}

int verb_daemon(Client *c, const Verb *verb, char **arguments) {
        return run_on_accounts(c, verb->method, arguments, NULL);
}

static int show_managers(Client *c, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        size_t n = 0;
        int exit_code;

        exit_code = request_init(c, METHOD_MANAGER_STATUS, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        q.with_failed = true;
        client_page(c);
        return request_run(c, &q, manager_print, &n);
}

/* Whether all managers run as they should. */
typedef struct RunningCheck {
        bool any;
        bool troubled;
} RunningCheck;

static int check_manager(Client *c, Account *account, void *userdata) {
        const char *state = reply_string(account->object, "system_state") ?: "unknown";
        RunningCheck *check = userdata;

        check->any = true;
        check->troubled = check->troubled || !streq(state, "running");
        if (c->options.quiet)
                return EXIT_CODE_OK;
        if (account->wide)
                printf("%s: ", account->name);
        puts(state);
        return EXIT_CODE_OK;
}

static int shape_state(Client *c, json_object *row, void *userdata, json_object **ret) {
        const char *state = reply_string(row, "system_state") ?: "unknown";
        _cleanup_reply_ json_object *o = json_object_new_object();
        json_object *word = json_object_new_string(state);
        RunningCheck *check = userdata;

        if (!o || !word || json_object_object_add(o, "system_state", word) < 0) {
                json_object_put(word);
                return -ENOMEM;
        }
        check->any = true;
        check->troubled = check->troubled || !streq(state, "running");
        *ret = TAKE_PTR(o);
        return 0;
}

int verb_is_system_running(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        RunningCheck check = {};
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = options_json(&c->options) ? rows_run_json_shaped(c, &q, NULL, shape_state, &check)
                                              : request_run(c, &q, check_manager, &check);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        return check.any && !check.troubled ? EXIT_CODE_OK : EXIT_CODE_FAILURE;
}

int verb_manager(Client *c, const Verb *verb, char **arguments) {
        static const struct {
                const char *word;
                MethodId method;
                const char *done;
        } words[] = {
                { "start", METHOD_MANAGER_START, "started" },
                { "stop", METHOD_MANAGER_STOP, "stopped" },
                { "restart", METHOD_MANAGER_RESTART, "restarted" },
                { "reload", METHOD_MANAGER_RELOAD, "reloaded" },
                { "reexec", METHOD_MANAGER_REEXEC, "executed again" },
        };

        if (streq(arguments[0], "status"))
                return show_managers(c, arguments + 1);
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(arguments[0], words[i].word))
                        return run_on_accounts(c, words[i].method, arguments + 1, words[i].done);

        message_error(
                "'manager %s': there are status, start, stop, restart, reload and reexec.", arguments[0]);
        return EXIT_CODE_INVALID;
}
