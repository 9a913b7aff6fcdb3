/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Patterns of accounts into accounts, for what changes something; see expand-account.h. */

#include "client/expand-account.h"
#include "client/message.h"
#include "client/reply.h"
#include "common/pattern.h"
#include "common/strv.h"

/* The account part of an address. */
static char *account_part(const char *address) {
        const char *slash = strchr(address, '/');

        return slash ? strndup(address, (size_t) (slash - address)) : strdup(address);
}

static int add_patterns(char *const *addresses, char ***patterns) {
        int r = 0;

        STRV_FOREACH(address, addresses) {
                _cleanup_free_ char *account = account_part(*address);

                if (!account)
                        return -ENOMEM;
                if (pattern_is_glob(account) && !strv_contains(*patterns, account))
                        r = strv_consume(patterns, TAKE_PTR(account));
                if (r < 0)
                        return r;
        }
        return 0;
}

typedef struct Found {
        const Method *method; /* what is to be done to them */
        char **names;
        char **skipped;
        bool failed; /* one of them did not answer: what is to be done will tell */
        bool hidden; /* there may be others, which one may not see */
} Found;

static void found_done(Found *found) {
        strv_free(found->names);
        strv_free(found->skipped);
}

/* A manager that should run and does not is an error, and the change says so. */
static bool is_skipped(const Found *found, json_object *o) {
        return found->method->place == PLACE_WORKER && !method_is(found->method, METHOD_NO_MANAGER) &&
                streq_ptr(reply_string(o, "manager"), "stopped") && !reply_boolean(o, "linger", false);
}

static int add_account(Client *c, Account *account, void *userdata) {
        Found *found = userdata;

        found->failed = found->failed || reply_object(account->object, "error");
        return strv_extend(is_skipped(found, account->object) ? &found->skipped : &found->names,
                       account->name) < 0
                ? message_errno(-ENOMEM)
                : EXIT_CODE_OK;
}

static int look_at_header(Client *c, json_object *header, void *userdata) {
        Found *found = userdata;

        found->hidden = !reply_boolean(header, "complete", true) && !found->failed;
        return EXIT_CODE_OK;
}

/* Those of the names that the account part of an address stands for, each in its place. */
static int replace_patterns(char ***addresses, char *const *names) {
        _cleanup_strv_free_ char **replaced = NULL;

        STRV_FOREACH(address, *addresses) {
                _cleanup_free_ char *pattern = account_part(*address);
                const char *rest = strchr(*address, '/') ?: "";
                int r = 0;

                if (!pattern)
                        return -ENOMEM;
                if (!pattern_is_glob(pattern))
                        r = strv_extend(&replaced, *address);
                else
                        STRV_FOREACH(name, names) {
                                char *text;

                                if (r < 0 || !pattern_match(pattern, *name))
                                        continue;
                                r = asprintf(&text, "%s%s", *name, rest) < 0 ? -ENOMEM
                                                                             : strv_consume(&replaced, text);
                        }
                if (r < 0)
                        return r;
        }

        strv_free(*addresses);
        *addresses = TAKE_PTR(replaced);
        return 0;
}

static void tell_skipped(Client *c, char *const *skipped) {
        if (c->options.quiet)
                return;
        STRV_FOREACH(name, skipped)
                message_note("%s: skipped, its service manager is not running.", *name);
}

static int find_accounts(Client *c, char **patterns, Found *found) {
        _cleanup_(request_done) Request list = {
                .method = method_get(METHOD_ACCOUNTS_LIST),
                .on_header = look_at_header,
                .wide = true,
                .silent = true,
                .with_failed = true,
                .raw = true,
        };
        int r;

        r = strv_copy(patterns, &list.parameters.accounts);
        return r < 0 ? message_errno(r) : request_run(c, &list, add_account, found);
}

int request_expand_accounts(Client *c, Request *q) {
        _cleanup_strv_free_ char **patterns = NULL;
        _cleanup_(found_done) Found found = { .method = q->method };
        int exit_code, r;

        if (!method_is(q->method, METHOD_CHANGES))
                return 0;
        r = add_patterns(q->parameters.accounts, &patterns);
        if (r >= 0)
                r = add_patterns(q->parameters.targets, &patterns);
        if (r < 0)
                return message_errno(r) + 1;
        if (!patterns)
                return 0;

        exit_code = client_connect(c);
        if (exit_code != EXIT_CODE_OK)
                return exit_code + 1;
        exit_code = find_accounts(c, patterns, &found);
        if (exit_code != EXIT_CODE_OK) {
                message_error("The accounts that are meant could not be listed.");
                return exit_code + 1;
        }
        if (!found.names && !found.skipped) {
                message_error("No account%s matches.", found.hidden ? " that you may see" : "");
                return EXIT_CODE_FAILURE + 1;
        }
        tell_skipped(c, found.skipped);
        if (found.hidden && !c->options.visible) {
                if (!c->options.quiet)
                        message_note("Accounts that you may not see are left out.");
                q->incomplete = true;
        }

        r = replace_patterns(&q->parameters.accounts, found.names);
        if (r >= 0)
                r = replace_patterns(&q->parameters.targets, found.names);
        if (r < 0)
                return message_errno(r) + 1;
        /* An empty list would mean one's own account. */
        if (!q->parameters.accounts && !q->parameters.targets)
                return EXIT_CODE_OK + 1;
        q->wide = true;
        return 0;
}
