/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which accounts and units a request is about, see request.h: the addressing of the caller becomes targets,
 * globs over accounts are expanded, and the name service (through its helper) says who each account is.
 * After polkit's answer the same is asked again, and must be the same.
 */

#include "common/address.h"
#include "common/escape.h"
#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/deadlines.h"
#include "daemon/request.h"

/* ---- addressing ---- */

static int refuse_address(Error *error, const char *text, const char *what) {
        if (escape_is_needed(text))
                return error_set(
                        error, ERROR_INVALID_REQUEST, "Malformed request: an account or target %s.", what);
        return error_set(error, ERROR_INVALID_REQUEST, "Malformed request: \"%s\" %s.", text, what);
}

/* A unit as it was typed, to the name that polkit and the record see; patterns stay where the method takes
 * them. */
static int add_unit(Target *target, const Method *method, const char *typed, Error *error) {
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
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "More than %u units of one account were named.", UNITS_PER_ACCOUNT_MAX);
        if (r < 0)
                return refuse_address(error, typed, "is no name of a unit that systemd would take");
        return 0;
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
                        "Name the account, as in ACCOUNT/UNIT: root's own user manager is not served here, "
                        "\"systemctl --user\" reaches it.");
        return add_target(request, NULL, request->caller->uid, ret, error);
}

static int add_address(Request *request, const Address *a, Target **ret, Error *error) {
        int r;

        if (!a->account)
                return add_own(request, ret, error);

        r = add_target(
                request, a->has_uid ? NULL : a->account, a->has_uid ? a->uid : UID_INVALID, ret, error);
        if (r >= 0 && a->account_glob) {
                (*ret)->by_glob = true;
                request->host_wide = true;
        }
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
                if (r >= 0 && a.unit)
                        r = add_unit(target, request->method, a.unit, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_units(Request *request, Target *target, Error *error) {
        STRV_FOREACH(u, request->p.units) {
                int r = add_unit(target, request->method, *u, error);

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
                request->host_wide = true;
                r = add_target(request, "*", UID_INVALID, &target, error);
                if (r >= 0)
                        target->by_glob = true;
                return r;
        }

        r = add_own(request, &target, error);
        return r < 0 ? r : add_units(request, target, error);
}

static bool is_unit_glob(const Ask *ask) {
        return pattern_is_glob(ask->unit);
}

/* Each target has at least one question; what must name units does. */
static int complete_asks(Request *request, Error *error) {
        const Method *method = request->checked ?: request->method;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                if (t->n_asks == 0) {
                        if (method_is(method, METHOD_NEEDS_UNIT))
                                return error_set(error, ERROR_INVALID_REQUEST,
                                        "Malformed request: %s needs the name of a unit.", method->name);
                        r = target_add_ask(t, method_is(method, METHOD_UNIT_PATTERNS) ? "*" : "");
                        if (r < 0)
                                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
                }

                for (size_t k = 0; k < t->n_asks; k++, n++)
                        if (method_is(method, METHOD_CHANGES) && is_unit_glob(t->asks + k))
                                return error_set(error, ERROR_INVALID_REQUEST,
                                        "Malformed request: %s takes names of units and not patterns; the client expands them.",
                                        method->name);
        }

        if (method_is(method, METHOD_CHANGES) && !request->host_wide && n > CHANGE_PAIRS_MAX)
                return error_set(error, ERROR_LIMIT_EXCEEDED, "A request may change %u units at most.",
                        CHANGE_PAIRS_MAX);
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

static int address(Request *request, Error *error) {
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

/* "All accounts" means those that have or should have a manager; a narrower pattern, or a method that reads
 * unit files, means everything of the local passwd too. */
static CandidateSource sources_for(const Request *request, const char *pattern) {
        if (request->method->id == METHOD_LINGER_LIST && streq(pattern, "*"))
                return CANDIDATE_LINGER;
        if (!streq(pattern, "*") || request->method->id == METHOD_ACCOUNTS_LIST ||
                request->method->id == METHOD_UNIT_FILES_LIST)
                return CANDIDATE_ALL;
        return CANDIDATE_RUNNING | CANDIDATE_LINGER;
}

static int copy_asks(Target *to, const Target *from) {
        for (size_t i = 0; i < from->n_asks; i++) {
                int r = target_add_ask(to, from->asks[i].unit);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int expand_one(Request *request, const Target *glob, const Candidate *candidates, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const Candidate *c = candidates + i;
                Target *target;
                int r;

                /* One that is known by number only is matched when its name is known. */
                if (c->name && !pattern_match(glob->name, c->name))
                        continue;
                if (find_target(request, c->name, c->uid))
                        continue;

                r = request_add_target(request, c->uid == UID_INVALID ? c->name : NULL, c->uid, &target);
                if (r < 0)
                        return r;
                target->by_glob = true;
                target->sources = c->sources;
                r = copy_asks(target, glob);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Puts accounts in the place of patterns. */
static int expand_globs(Request *request, Error *error) {
        size_t n_globs = request->n_targets;
        int r = 0;

        for (size_t i = 0; i < n_globs && r >= 0; i++) {
                const Target *glob = request->targets[i];
                Candidate *candidates = NULL;
                size_t n = 0;

                if (!glob->by_glob)
                        continue;
                r = candidates_collect(&request->service->options.candidates,
                        sources_for(request, glob->name), &candidates, &n);
                if (r > 0)
                        request->incomplete = true; /* there are more than are listed */
                if (r >= 0)
                        r = expand_one(request, glob, candidates, n);
                candidates_free(candidates, n);
        }

        if (r == -E2BIG)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "The pattern stands for more than %u accounts.", ACCOUNTS_PER_REQUEST_MAX);
        if (r < 0)
                return error_set(error, ERROR_UNAVAILABLE, "The list of accounts cannot be read.");
        return 0;
}

/* ---- lookups ---- */

static void lookup_ended(Target *target);
static void on_confirmed(int error_number, Account *account, void *userdata);

static void forget_grants(Target *target) {
        for (size_t i = 0; i < target->n_asks; i++)
                target->asks[i].grant = grant_free(target->asks[i].grant);
}

static int lookup_error(const Target *target, int r, Error *error) {
        char uid[16];
        const char *who = target->name;

        if (!who) {
                snprintf(uid, sizeof(uid), "%u", target->uid);
                who = uid;
        }

        switch (r) {
        case -ESRCH:
                return error_set(error, ERROR_NO_SUCH_ACCOUNT, "There is no account %s.", who);
        case -EINVAL:
                return error_set(
                        error, ERROR_INVALID_REQUEST, "Malformed request: that is no name of an account.");
        case -ETIMEDOUT:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The name service did not answer in time about account %s.", who);
        default:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The name service did not answer about account %s; see \"systemctl status userunit-accounts\".",
                        who);
        }
}

static int judge_account(const Target *target, const Account *account, Error *error) {
        AccountProblem problem = account_check(account);

        if (problem == ACCOUNT_IS_ROOT)
                return error_set(error, ERROR_ACCOUNT_REFUSED,
                        "The root account's own user manager is not served here; \"systemctl --user\" reaches it.");
        if (problem == ACCOUNT_BAD_NAME)
                return error_set(
                        error, ERROR_ACCOUNT_REFUSED, "The account %s.", account_problem_to_string(problem));
        if (problem != ACCOUNT_FINE)
                return error_set(error, ERROR_ACCOUNT_REFUSED, "Account %s %s.", account->name,
                        account_problem_to_string(problem));
        if (!config_account_allowed(&target->request->service->config, account->name))
                return error_set(error, ERROR_ACCOUNT_REFUSED,
                        "Account %s is outside Accounts= of the service's configuration.", account->name);
        return 0;
}

/* Whether a target that a pattern brought in is one of its accounts at all, now that its name is known. */
static bool matches_glob(const Request *request, const Target *target) {
        bool any = false;

        if (!request->p.accounts && !request->p.targets)
                return true;
        STRV_FOREACH(s, request->p.accounts)
                any = any || pattern_match(*s, target->account->name);
        STRV_FOREACH(s, request->p.targets) {
                _cleanup_(address_done) Address a = {};

                if (address_parse(*s, &a, NULL) >= 0 && a.account)
                        any = any || pattern_match(a.account, target->account->name);
        }
        return any;
}

static bool seen_before(const Request *request, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (request->targets[k]->account &&
                        request->targets[k]->account->uid == request->targets[i]->account->uid)
                        return true;
        return false;
}

/* The globs themselves, those that do not exist after all, and second entries of the same account go. */
void request_tidy_targets(Request *request) {
        for (size_t i = request->n_targets; i-- > 0;) {
                Target *t = request->targets[i];
                bool is_pattern = t->by_glob && t->name && pattern_is_glob(t->name);

                if (is_pattern || (t->by_glob && (!t->account || !matches_glob(request, t))) ||
                        (t->account && t->by_glob && seen_before(request, i)))
                        request_remove_target(request, i);
        }
}

static void on_resolved(int error_number, Account *account, void *userdata) {
        Target *target = userdata;
        Request *request = target->request;
        int r = error_number;

        if (r < 0)
                (void) lookup_error(target, r, &target->error);
        else {
                r = judge_account(target, account, &target->error);
                if (r >= 0)
                        target->account = account_ref(account);
        }

        /* An account that a pattern brought in and that cannot be looked up is missing from the answer. */
        if (r < 0 && target->by_glob && target->error.code == ERROR_UNAVAILABLE)
                request->incomplete = true;

        lookup_ended(target);
        if (request_release(request))
                request_authorise(request);
}

/* Which targets are looked up in this stage. */
static bool wants_lookup(const Target *target) {
        if (target->request->stage == STAGE_CONFIRM)
                return target_n_grants(target) > 0;
        return !(target->by_glob && target->name && pattern_is_glob(target->name));
}

static void lookup_failed(Target *target, int r) {
        if (target->request->stage == STAGE_CONFIRM)
                forget_grants(target);
        (void) lookup_error(target, r, &target->error);
}

/* Keeps a few lookups open, never all of them: a request over a thousand accounts must not fill the queue.
 */
static void lookup_next(Request *request) {
        AccountLookupHandler handler = request->stage == STAGE_CONFIRM ? on_confirmed : on_resolved;

        while (request->n_lookups < REQUEST_WINDOW && request->next_lookup < request->n_targets) {
                Target *t = request->targets[request->next_lookup++];
                AccountKey key = { .name = t->name, .uid = t->uid, .asker = request->caller->uid };
                int r;

                if (!wants_lookup(t))
                        continue;
                r = account_lookup_start(request->service->lookups, &key, handler, t, &t->lookup);
                if (r < 0) {
                        lookup_failed(t, r);
                        continue;
                }
                request->n_lookups++;
                request_hold(request);
        }
}

static void lookup_all(Request *request) {
        request->next_lookup = 0;
        request->n_lookups = 0;
        lookup_next(request);
}

static void lookup_ended(Target *target) {
        target->lookup = account_lookup_unref(target->lookup);
        target->request->n_lookups--;
        lookup_next(target->request);
}

static void on_states(const UserManagerState *states, size_t n, const Error *error, void *userdata) {
        Request *request = userdata;

        for (size_t i = 0; !error && i < request->n_targets; i++) {
                Target *t = request->targets[i];
                uid_t uid = t->account ? t->account->uid : t->uid;

                t->state_known = true;
                t->state = user_manager_state_get(states, n, uid);
        }
        if (error)
                request->incomplete = true;

        request->states = user_manager_states_unref(request->states);
        if (request_release(request))
                request_act(request);
}

/* Asks PID 1 about the managers, where the answer says something about accounts that have none. */
static void ask_states(Request *request) {
        int r;

        if (!request->host_wide && request->method->place != PLACE_MIXED &&
                request->method->id != METHOD_LINGER_LIST)
                return;

        r = user_manager_states_start(request->service->bus, request->service->event, NULL, 0,
                request->started_usec + 30 * USEC_PER_SEC, on_states, request, &request->states);
        if (r < 0)
                request->incomplete = true;
        else
                request_hold(request);
}

void request_resolve(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        request->stage = STAGE_RESOLVE;
        if (method_is(request->method, METHOD_NO_ACCOUNT)) {
                request_authorise(request);
                return;
        }

        r = address(request, &error);
        if (r >= 0 && request->host_wide)
                r = expand_globs(request, &error);
        if (r < 0) {
                request_fail(request, &error);
                return;
        }

        request_hold(request);
        lookup_all(request);
        if (request_release(request))
                request_authorise(request);
}

/* ---- after the answer ---- */

static void on_confirmed(int error_number, Account *account, void *userdata) {
        Target *target = userdata;
        Request *request = target->request;

        if (error_number < 0 || !account_equal(target->account, account)) {
                forget_grants(target);
                (void) error_set(&target->error, ERROR_ACCOUNT_CHANGED,
                        "Account %s was changed while the request was being authorized; nothing was done.",
                        target->account->name);
        }
        lookup_ended(target);
        if (request_release(request))
                request_act(request);
}

void request_confirm(Request *request) {
        request->stage = STAGE_CONFIRM;
        request_hold(request);
        ask_states(request);
        lookup_all(request);
        if (request_release(request))
                request_act(request);
}
