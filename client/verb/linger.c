/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who lingers, and turning it on and off. */

#include "client/message.h"
#include "client/render/account.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

int verb_linger(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(linger_list_done) LingerList list = {};
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);

        r = linger_list_init(&list);
        if (r < 0)
                return message_errno(r);
        exit_code = request_run(c, &q, linger_list_add, &list);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && table_rows(list.table) == 0)
                return exit_code;

        client_page(c);
        r = linger_list_print(&list, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

/* The service may have something to add, such as that a session keeps the manager. */
static int tell_note(Client *c, Account *account, void *userdata) {
        const char *note = reply_string(account->object, "note"), *done = userdata;

        if (account->wide && !c->options.quiet)
                message_note("%s: %s.", account->name,
                        reply_boolean(account->object, "changed", true) ? done : "nothing to do");
        if (note && !c->options.quiet)
                message_note("%s: %s", account->name, note);
        return EXIT_CODE_OK;
}

int verb_set_linger(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        return request_run(c, &q, tell_note,
                (void *) (verb->method == METHOD_LINGER_ENABLE ? "lingers now" : "lingers no longer"));
}
