/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which accounts and units a request names, see request.h: the addressing of the caller becomes targets with
 * questions, and patterns of accounts are expanded. Nothing is looked up here, and nothing is told.
 */

#include "common/address.h"
#include "common/escape.h"
#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/request/request.h"

static int refuse_address(Error *error, const char *text, const char *what) {
        if (escape_is_needed(text))
                return error_set(
                        error, ERROR_INVALID_REQUEST, "Malformed request: an account or target %s.", what);
        return error_set(error, ERROR_INVALID_REQUEST, "Malformed request: \"%s\" %s.", text, what);
}

/* Too many pairs of account and unit, or units of one account. */
static int refuse_number(const Request *request, Error *error) {
        if (method_is(request->method, METHOD_CHANGES))
                return error_set(error, ERROR_LIMIT_EXCEEDED, "A request may change %u units at most.",
                        CHANGE_PAIRS_MAX);
        return error_set(error, ERROR_LIMIT_EXCEEDED,
                "A request may name %u units of one account, and %u accounts times units, at most.",
                UNITS_PER_ACCOUNT_MAX, READ_PAIRS_MAX);
}

/* A unit as it was typed, to the name that polkit and the record see; patterns stay where the method takes
 * them. */
static int add_unit(Target *target, const char *typed, Error *error) {
        const Method *method = target->request->checked ?: target->request->method;
        _cleanup_free_ char *name = NULL;
        int r;

        if (method_is(method, METHOD_UNIT_PATTERNS)) {
                r = pattern_is_valid(typed) ? 0 : -EINVAL;
                if (r >= 0) {
                        name = strdup(typed);
                        r = name ? 0 : -ENOMEM;
                }
        } else
                r = unit_name_mangle(typed, NULL, UNIT_NAME_MANGLE_GLOB, &name);
        if (r >= 0)
                r = target_add_ask(target, name);

        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
        if (r == -E2BIG)
                return refuse_number(target->request, error);
        if (r < 0)
                return refuse_address(error, typed, "is no name of a unit that systemd would take");
        return 0;
}

/* The question about an account where no unit of it is named: about all units, or about the account as such.
 */
static int add_whole_account(Target *target, Error *error) {
        const Method *method = target->request->checked ?: target->request->method;
        int r;

        if (method_is(method, METHOD_NEEDS_UNIT))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: %s needs the name of a unit.", method->name);
        r = target_add_ask(target, method_is(method, METHOD_UNIT_PATTERNS) ? "*" : "");
        if (r == -E2BIG)
                return refuse_number(target->request, error);
        return r < 0 ? error_set(error, ERROR_INTERNAL, "No memory for the request.") : 0;
}

static Target *find_target(Request *request, const char *name, uid_t uid) {
        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                if (name ? streq_ptr(t->name, name) : !t->name && t->uid == uid)
                        return t;
        }
        return NULL;
}

static int add_target(Request *request, const char *name, uid_t uid, Target **ret, Error *error) {
        int r;

        *ret = find_target(request, name, uid);
        if (*ret)
                return 0;

        r = request_add_target(request, name, uid, ret);
        if (r == -E2BIG)
                return error_set(error, ERROR_LIMIT_EXCEEDED, "A request may be about %u accounts at most.",
                        ACCOUNTS_PER_REQUEST_MAX);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
        return 0;
}

/* The target of one's own account. Root's own manager is out of scope, and nobody means it. */
static int add_own(Request *request, Target **ret, Error *error) {
        if (request->caller->uid == 0)
                return error_set(error, ERROR_AMBIGUOUS_ACCOUNT,
                        "Name the account, as in \"%s %s\": root's own user manager is not served here, "
                        "\"systemctl --user\" reaches it.",
                        (request->checked ?: request->method)->verb,
                        method_is(request->checked ?: request->method, METHOD_NEEDS_UNIT) ? "ACCOUNT/UNIT"
                                : method_is(request->checked ?: request->method, METHOD_TAKES_UNITS)
                                ? "ACCOUNT/"
                                : "ACCOUNT");
        return add_target(request, NULL, request->caller->uid, ret, error);
}

/* Remembers that the target is a pattern of accounts. Each costs a walk over all of them. */
static int mark_glob(Target *target, Error *error) {
        Request *request = target->request;

        if (!target->by_glob && ++request->n_globs > ACCOUNT_GLOBS_MAX)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "A request may have %u patterns of accounts at most.", ACCOUNT_GLOBS_MAX);
        target->by_glob = true;
        request->host_wide = true;
        return 0;
}

static int add_address(Request *request, const Address *a, Target **ret, Error *error) {
        int r;

        if (!a->account)
                return add_own(request, ret, error);

        r = add_target(
                request, a->has_uid ? NULL : a->account, a->has_uid ? a->uid : UID_INVALID, ret, error);
        if (r >= 0 && a->account_glob)
                r = mark_glob(*ret, error);
        return r;
}

static int address_targets(Request *request, Error *error) {
        STRV_FOREACH(s, request->p.targets) {
                _cleanup_(address_done) Address a = {};
                AddressFault fault;
                Target *target;
                int r;

                r = address_parse(*s, &a, &fault);
                if (r == -ENOMEM)
                        return error_set(error, ERROR_INTERNAL, "No memory for the request.");
                if (r < 0)
                        return refuse_address(error, *s, address_fault_to_string(fault));
                if (a.unit && !method_is(request->method, METHOD_TAKES_UNITS))
                        return refuse_address(
                                error, *s, "names a unit, and the method is about whole accounts");

                r = add_address(request, &a, &target, error);
                if (r >= 0)
                        r = a.unit ? add_unit(target, a.unit, error) : add_whole_account(target, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_units(Request *request, Target *target, Error *error) {
        STRV_FOREACH(u, request->p.units) {
                int r = add_unit(target, *u, error);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int address_accounts(Request *request, Error *error) {
        Target *target;
        int r;

        STRV_FOREACH(s, request->p.accounts) {
                _cleanup_(address_done) Address a = {};
                AddressFault fault;

                r = address_parse_account(*s, &a, &fault);
                if (r == -ENOMEM)
                        return error_set(error, ERROR_INTERNAL, "No memory for the request.");
                if (r < 0)
                        return refuse_address(error, *s, address_fault_to_string(fault));
                r = add_address(request, &a, &target, error);
                if (r >= 0)
                        r = add_units(request, target, error);
                if (r < 0)
                        return r;
        }

        if (request->p.accounts)
                return 0;

        if (method_is(request->method, METHOD_HOST_WIDE)) {
                r = add_target(request, "*", UID_INVALID, &target, error);
                return r < 0 ? r : mark_glob(target, error);
        }

        r = add_own(request, &target, error);
        return r < 0 ? r : add_units(request, target, error);
}

/* Each target has at least one question, and changes name units rather than patterns. */
static int complete_asks(Request *request, Error *error) {
        const Method *method = request->checked ?: request->method;

        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                if (t->n_asks == 0) {
                        int r = add_whole_account(t, error);

                        if (r < 0)
                                return r;
                }

                for (size_t k = 0; method_is(method, METHOD_CHANGES) && k < t->n_asks; k++)
                        if (pattern_is_glob(t->asks[k].unit))
                                return error_set(error, ERROR_INVALID_REQUEST,
                                        "Malformed request: %s takes names of units and not patterns; the client expands them.",
                                        method->name);
        }

        if (method_is(request->method, METHOD_ONE_UNIT) &&
                (request->n_targets > 1 || request->host_wide || request->targets[0]->n_asks > 1))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: %s is about one unit of one account.", request->method->name);
        return 0;
}

static int find_checked(Request *request, Error *error) {
        const char *verb = request->p.verb;

        if (request->method->id != METHOD_ACCESS_CHECK)
                return 0;
        if (!verb)
                return error_set(error, ERROR_INVALID_REQUEST, "Malformed request: \"verb\" is missing.");

        request->checked = method_find_verb(verb) ?: method_find(verb);
        if (!request->checked)
                return error_set(
                        error, ERROR_INVALID_REQUEST, "Malformed request: there is no such verb or method.");
        return 0;
}

static int read_addresses(Request *request, Error *error) {
        int r;

        r = find_checked(request, error);
        if (r < 0)
                return r;

        if (request->p.targets && (request->p.accounts || request->p.units))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: \"targets\" stands in place of \"accounts\" and \"units\".");
        r = request->p.targets ? address_targets(request, error) : address_accounts(request, error);
        if (r < 0)
                return r;
        if (request->n_targets == 0)
                return error_set(error, ERROR_INVALID_REQUEST, "Malformed request: it names no account.");

        if (request->method->id == METHOD_ACCESS_CHECK && request->host_wide)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: what is checked is one account and not a pattern.");
        return complete_asks(request, error);
}

/* ---- globs over accounts ---- */

/* All accounts are those that accounts.list shows. Who is in the local passwd and nothing else is left out
 * later: where there is no manager (skip_target() in act.c) and no unit file (the worker). What changes
 * something is asked about account by account before that is known: there "*" means those that have or
 * should have a manager, and the client names accounts (client/expand-account.h). */
static CandidateSource sources_for(const Request *request, const char *pattern) {
        if (request->method->id == METHOD_LINGER_LIST && streq(pattern, "*"))
                return CANDIDATE_LINGER;
        if (streq(pattern, "*") && method_is(request->method, METHOD_CHANGES))
                return CANDIDATE_RUNNING | CANDIDATE_LINGER;
        return CANDIDATE_ALL;
}

static int copy_asks(Target *to, const Target *from) {
        for (size_t i = 0; i < from->n_asks; i++) {
                int r = target_add_ask(to, from->asks[i].unit);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* The target of a candidate that the pattern may stand for. A candidate that is known by number only is
 * judged when its name is known, so it has a target for each pattern until then. */
static int place_candidate(Request *request, const Target *glob, const Candidate *c, Target **placed) {
        Target *target = c->name ? *placed : NULL;
        int r;

        if (!target) {
                r = request_add_target(request, c->uid == UID_INVALID ? c->name : NULL, c->uid, &target);
                if (r < 0)
                        return r;
                target->by_glob = true;
                target->sources = c->sources;
                target->glob = strdup(glob->name);
                if (!target->glob)
                        return -ENOMEM;
                *placed = target;
        }
        return copy_asks(target, glob);
}

static int expand(Request *request, const Candidate *candidates, size_t n) {
        _cleanup_free_ Target **placed = NULL;
        size_t n_globs = request->n_targets;

        placed = calloc(n + 1, sizeof(Target *));
        if (!placed)
                return -ENOMEM;

        for (size_t i = 0; i < n_globs; i++) {
                const Target *glob = request->targets[i];
                CandidateSource sources;

                if (!glob->by_glob)
                        continue;
                sources = sources_for(request, glob->name);
                for (size_t k = 0; streq(glob->name, "*") && k < glob->n_asks; k++)
                        request->everyone = request->everyone || streq(glob->asks[k].unit, "*");
                for (size_t k = 0; k < n; k++) {
                        const Candidate *c = candidates + k;
                        int r;

                        if ((c->sources & sources) == 0 || (c->name && !pattern_match(glob->name, c->name)))
                                continue;
                        r = place_candidate(request, glob, c, placed + k);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Puts accounts in the place of patterns. */
static int expand_globs(Request *request, Error *error) {
        Candidate *candidates = NULL;
        size_t n = 0;
        int r;

        r = candidates_collect(&request->service->options.candidates, CANDIDATE_ALL, &candidates, &n);
        if (r > 0)
                request_miss(request, "There are more accounts than are listed.");
        if (r < 0)
                return error_set(error, ERROR_UNAVAILABLE, "The list of accounts cannot be read.");

        r = expand(request, candidates, n);
        candidates_free(candidates, n);
        if (r == -E2BIG)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "The patterns stand for more than %u accounts, or %u accounts times units.",
                        ACCOUNTS_PER_REQUEST_MAX,
                        method_is(request->method, METHOD_CHANGES) ? CHANGE_PAIRS_MAX : READ_PAIRS_MAX);
        return r < 0 ? error_set(error, ERROR_INTERNAL, "No memory for the request.") : 0;
}

int request_address(Request *request, Error *error) {
        int r;

        r = read_addresses(request, error);
        if (r < 0 || !request->host_wide)
                return r;
        return expand_globs(request, error);
}
