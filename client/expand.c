/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Patterns into names, and names into accounts; see expand.h. */

#include "client/expand.h"

#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "common/pattern.h"
#include "common/strv.h"

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

        /* There is none, but something refers to it, or it was asked about. */
        if (streq_ptr(reply_string(row, "load"), "not-found") &&
                streq_ptr(reply_string(row, "active"), "inactive"))
                return EXIT_CODE_OK;
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

static bool needs_expansion(const Request *q, const Method *method) {
        const Parameters *p = &q->parameters;

        if (!method_is(method, METHOD_CHANGES) || !method_is(method, METHOD_TAKES_UNITS))
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
        return request_expand_for(c, q, q->method);
}

static bool is_unit_pattern(const char *pair) {
        return pattern_is_glob(strrchr(pair, '/') + 1);
}

/* As systemctl: of a pattern of units those that are loaded, and without --all not those that are inactive.
 */
static int list_init(Client *c, Request *ret) {
        Request list = {
                .method = method_get(METHOD_UNITS_LIST),
                .parameters = { .all = c->options.all },
                .wide = true,
                .raw = true,
        };
        int r = 0;

        if (c->options.types)
                r = strv_copy(c->options.types, &list.parameters.types);
        if (r >= 0 && c->options.states)
                r = strv_copy(c->options.states, &list.parameters.states);
        if (r < 0) {
                request_done(&list);
                return r;
        }
        *ret = list;
        return 0;
}

int request_expand_for(Client *c, Request *q, const Method *method) {
        _cleanup_(request_done) Request list = REQUEST_NULL;
        /* A unit that was named is meant wherever there is one, whatever it does. */
        _cleanup_(request_done)
                Request state = { .method = method_get(METHOD_UNITS_STATE), .wide = true, .raw = true };
        _cleanup_strv_free_ char **pairs = NULL, **names = NULL;
        int exit_code = EXIT_CODE_OK, r;

        if (!needs_expansion(q, method))
                return 0;

        r = list_init(c, &list);
        if (r >= 0)
                r = list_pairs(q, &pairs);
        STRV_FOREACH(pair, pairs)
                if (r >= 0)
                        r = strv_extend(is_unit_pattern(*pair)   ? &list.parameters.targets
                                        : is_pattern_pair(*pair) ? &state.parameters.targets
                                                                 : &names,
                                *pair);
        if (r < 0)
                return message_errno(r) + 1;

        if (list.parameters.targets)
                exit_code = request_run(c, &list, add_matches, &names);
        if (state.parameters.targets)
                exit_code = exit_code_merge(exit_code, request_run(c, &state, add_matches, &names));
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
        q->incomplete = exit_code == EXIT_CODE_INCOMPLETE;
        return 0;
}
