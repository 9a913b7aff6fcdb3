/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Accounts: the overview, and accounts [NAME…]. */

#include "client/verb/account.h"
#include "client/message.h"
#include "client/render/account.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/strv.h"

int verb_overview(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(account_list_done) AccountList list = {};
        int exit_code, r;

        exit_code = request_init(c, METHOD_ACCOUNTS_LIST, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        q.wide = true;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);

        q.with_failed = true;
        r = account_list_init(&list);
        if (r < 0)
                return message_errno(r);
        exit_code = request_run(c, &q, account_list_add, &list);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && table_rows(list.table) == 0)
                return exit_code;

        client_page(c);
        r = account_list_print(&list, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

int accounts_show(Client *c, char *const *arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        size_t n = 0;
        int exit_code;

        exit_code = request_init(c, METHOD_ACCOUNTS_SHOW, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        q.with_failed = true;
        client_page(c);
        return request_run(c, &q, account_print, &n);
}

int verb_accounts(Client *c, const Verb *verb, char **arguments) {
        return arguments[0] ? accounts_show(c, arguments) : verb_overview(c, verb, arguments);
}
