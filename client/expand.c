/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Patterns into names, and names into accounts; see expand.h. */

#include "client/expand.h"

#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "common/pattern.h"
#include "common/strv.h"

/* Names of accounts in a hint; more would not help. */
#define HINT_ACCOUNTS_MAX 5

static bool is_pattern_pair(const char *target) {
        return pattern_is_glob(target); /* on either side of the slash */
}

/* The request as ACCOUNT/UNIT pairs. */
static int list_pairs(const Request *q, char ***ret) {
        const Parameters *p = &q->parameters;
        char own[16];
        char *own_list[] = { own, NULL };

        if (p->targets)
                return strv_copy(p->targets, ret);

        snprintf(own, sizeof(own), "%u", getuid());
        STRV_FOREACH(account, p->accounts ? p->accounts : own_list)
                STRV_FOREACH(unit, p->units) {
                        char *pair;
                        int r;

                        if (asprintf(&pair, "%s/%s", *account, *unit) < 0)
                                return -ENOMEM;
                        r = strv_consume(ret, pair);
                        if (r < 0)
                                return r;
                }
        return 0;
}

static int add_match(Client *c, Account *account, json_object *row, void *userdata) {
        char ***pairs = userdata, *pair;
        const char *unit = reply_string(row, "unit");

        if (!unit || asprintf(&pair, "%s/%s", account->name, unit) < 0)
                return message_errno(-ENOMEM);
        if (strv_contains(*pairs, pair)) {
                free(pair);
                return EXIT_CODE_OK;
        }
        return strv_consume(pairs, pair) < 0 ? message_errno(-ENOMEM) : EXIT_CODE_OK;
}

static int add_matches(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", add_match, userdata);
}

static bool needs_expansion(const Request *q) {
        const Parameters *p = &q->parameters;

        if (!method_is(q->method, METHOD_CHANGES) || !method_is(q->method, METHOD_TAKES_UNITS))
                return false;
        STRV_FOREACH(s, p->targets)
                if (is_pattern_pair(*s))
                        return true;
        STRV_FOREACH(s, p->units)
                if (pattern_is_glob(*s))
                        return true;
        STRV_FOREACH(s, p->accounts)
                if (p->units && pattern_is_glob(*s))
                        return true;
        return false;
}

int request_expand(Client *c, Request *q) {
        _cleanup_(request_done) Request list = {
                .method = method_get(METHOD_UNITS_LIST),
                .parameters = { .all = true },
                .wide = true,
                .raw = true,
        };
        _cleanup_strv_free_ char **pairs = NULL, **names = NULL;
        int exit_code, r;

        if (!needs_expansion(q))
                return 0;

        r = list_pairs(q, &pairs);
        STRV_FOREACH(pair, pairs)
                if (r >= 0)
                        r = strv_extend(is_pattern_pair(*pair) ? &list.parameters.targets : &names, *pair);
        if (r < 0)
                return message_errno(r) + 1;

        exit_code = request_run(c, &list, add_matches, &names);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE)
                return exit_code + 1;
        if (!names) {
                if (!c->options.quiet)
                        message_note("No unit matches.");
                return exit_code + 1;
        }

        strv_free(q->parameters.accounts);
        strv_free(q->parameters.units);
        strv_free(q->parameters.targets);
        q->parameters.accounts = q->parameters.units = NULL;
        q->parameters.targets = TAKE_PTR(names);
        q->wide = true;
        return 0;
}

typedef struct Finding {
        char **accounts;
} Finding;

static int add_finding(Client *c, Account *account, void *userdata) {
        Finding *finding = userdata;

        if (reply_length(reply_array(account->object, "units")) == 0 || account->uid == getuid())
                return EXIT_CODE_OK;
        return strv_extend(&finding->accounts, account->name) < 0 ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}

static void tell_finding(const char *unit, char **accounts) {
        size_t n = strv_length(accounts), shown = MIN(n, (size_t) HINT_ACCOUNTS_MAX);
        _cleanup_free_ char *list = NULL;

        for (size_t i = 0; i < shown; i++) {
                const char *glue = i == 0 ? "" : i + 1 == n ? " and " : ", ";
                char *longer;

                if (asprintf(&longer, "%s%s%s", strempty(list), glue, accounts[i]) < 0)
                        return;
                free(list);
                list = longer;
        }
        if (list)
                message_note("%s is in %s%s: write %s/%s", unit, list, n > shown ? " and others" : "",
                        accounts[0], unit);
}

void request_hint(Client *c, const Request *q) {
        if (q->parameters.accounts || q->parameters.targets || !q->parameters.units || c->options.quiet)
                return;

        STRV_FOREACH(unit, q->parameters.units) {
                _cleanup_(request_done) Request list = {
                        .method = method_get(METHOD_UNITS_LIST),
                        .parameters = { .all = true },
                        .wide = true,
                        .silent = true,
                };
                Finding finding = {};

                if (strv_extend(&list.parameters.accounts, "*") < 0 ||
                        strv_extend(&list.parameters.units, *unit) < 0)
                        return;
                (void) request_run(c, &list, add_finding, &finding);
                if (finding.accounts)
                        tell_finding(*unit, finding.accounts);
                strv_free(finding.accounts);
        }
}
