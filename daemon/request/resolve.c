/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who the accounts of a request are, see request.h: the name service (through its helper) says so. After
 * polkit's answer the same is asked again, and must be the same. Where the question is about every account,
 * it names none: it comes first, and what is looked up after the answer needs no second look.
 */

#include "common/clock.h"
#include "common/pattern.h"
#include "daemon/deadlines.h"
#include "daemon/request/request.h"

static void lookup_ended(Target *target);
static void lookup_failed(Target *target, int r);
static void on_confirmed(int error_number, Account *account, void *userdata);

static const char accounts_missing[] =
        "The name service did not answer in time about some accounts, and these are missing.";
static const char states_missing[] =
        "PID 1 did not answer in time about the managers of the accounts, so accounts without one may be missing.";

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

/* Whether the target is what a pattern stands for, now that its name is known. */
static bool belongs(const Target *target) {
        if (!target->by_glob)
                return true;
        return target->account && target->glob && pattern_match(target->glob, target->account->name);
}

static Target *find_same_account(const Request *request, size_t i) {
        const Account *account = request->targets[i]->account;

        for (size_t k = 0; account && k < i; k++)
                if (request->targets[k]->account && request->targets[k]->account->uid == account->uid)
                        return request->targets[k];
        return NULL;
}

/* The same account under two names is one account: it gets the questions of both. */
static int merge_target(Target *into, const Target *from) {
        into->by_glob = into->by_glob && from->by_glob;
        for (size_t i = 0; i < from->n_asks; i++) {
                int r = target_add_ask(into, from->asks[i].unit);

                if (r < 0)
                        return r;
        }
        return 0;
}

void request_tidy_targets(Request *request) {
        for (size_t i = request->n_targets; i-- > 0;) {
                Target *same;

                if (!belongs(request->targets[i])) {
                        request_remove_target(request, i);
                        continue;
                }
                same = find_same_account(request, i);
                if (!same)
                        continue;
                if (merge_target(same, request->targets[i]) < 0)
                        request->incomplete = true;
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
                request_miss(request, accounts_missing);

        lookup_ended(target);
        if (request_release(request))
                request_authorise(request);
}

/* Whether something was granted after the account had been looked up. Grants out of the one for every
 * account are older than that. */
static bool wants_confirming(const Target *target) {
        for (size_t i = 0; i < target->n_asks; i++) {
                const Grant *grant = target->asks[i].grant;

                if (grant && !(target->request->every && grant_action(grant) == ACTION_INSPECT_ALL))
                        return true;
        }
        return false;
}

/* Which targets are looked up in this stage. */
static bool wants_lookup(const Target *target) {
        if (target->request->stage == STAGE_CONFIRM)
                return wants_confirming(target);
        return !(target->by_glob && target->name && pattern_is_glob(target->name));
}

static void lookup_failed(Target *target, int r) {
        if (target->request->stage == STAGE_CONFIRM)
                forget_grants(target);
        if (target->by_glob && r != -EINVAL)
                request_miss(target->request, accounts_missing);
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
                request_miss(request, states_missing);

        request->states = user_manager_states_unref(request->states);
        if (request_release(request))
                request_act(request);
}

/* Asks PID 1 about the managers, where the answer says something about accounts that have none. */
static void ask_states(Request *request) {
        int r;

        /* What is in the journal is there whether a manager runs or not. */
        if (request->method->place == PLACE_JOURNAL)
                return;
        if (!request->host_wide && request->method->place != PLACE_MIXED &&
                request->method->id != METHOD_LINGER_LIST)
                return;

        r = user_manager_states_start(request->service->system_bus, request->service->event, NULL, 0,
                clock_now_usec() + deadline_usec(DEADLINE_MANAGER_STATES), on_states, request,
                &request->states);
        if (r < 0)
                request_miss(request, states_missing);
        else
                request_hold(request);
}

/* access.list is about the caller's own account, where there is one. */
static int address_caller(Request *request, Error *error) {
        Target *target;

        if (request->caller->uid == 0)
                return 0;
        if (request_add_target(request, NULL, request->caller->uid, &target) < 0 ||
                target_add_ask(target, "") < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
        return 0;
}

void request_look_up(Request *request) {
        request->stage = STAGE_RESOLVE;
        request_hold(request);
        lookup_all(request);
        if (request_release(request))
                request_authorise(request);
}

void request_resolve(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        request->stage = STAGE_RESOLVE;
        r = method_is(request->method, METHOD_NO_ACCOUNT) ? address_caller(request, &error)
                                                          : request_address(request, &error);
        if (r < 0) {
                request_fail(request, &error);
                return;
        }

        if (request->host_wide && request->method->every != ACTION_NONE)
                request_authorise_every(request);
        else
                request_look_up(request);
}

/* ---- after the answer ---- */

static void on_confirmed(int error_number, Account *account, void *userdata) {
        Target *target = userdata;
        Request *request = target->request;

        if (error_number < 0 && error_number != -ESRCH)
                lookup_failed(target, error_number);
        else if (!account_equal(target->account, account)) {
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
