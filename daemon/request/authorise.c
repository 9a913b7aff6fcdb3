/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which questions a request puts to polkit, and in which order, see request.h. How one is put is
 * daemon/authorise.c's business, and only that file makes grants.
 *
 *  - A reading request over a pattern of accounts asks once about all of them, and failing that about each,
 * without ever asking for a password: what may not be seen is missing, and the answer says that it is
 * incomplete.
 *  - One pair is one question.
 *  - Several pairs are asked about without interaction first. Of what is left, reads ask one after the other
 * (polkit remembers the first password), and changes once for all of them.
 */

#include "common/limits.h"
#include "daemon/request/request.h"

static void ask_next(Request *request);
static void authorised(Request *request);

static size_t count_asks(const Request *request) {
        size_t n = 0;

        for (size_t i = 0; i < request->n_targets; i++)
                n += request->targets[i]->n_asks;
        return n;
}

static void question_for(const Ask *ask, bool interactive, Question *ret) {
        const Target *target = ask->target;
        Request *request = target->request;

        *ret = (Question){
                .method = request->method,
                .caller = request->caller,
                .account = target->account,
                .unit = ask->unit,
                .parameters = &request->p,
                .interactive = interactive,
                .privileged = account_is_privileged(
                        target->account, request->service->config.privileged_groups, NULL),
        };

        /* access.check asks about another row, and only asks. */
        if (request->checked) {
                bool own = request->caller->uid == target->account->uid;

                ret->method = request->checked;
                ret->only_ask = own ? request->checked->own : request->checked->other;
                ret->interactive = false;
        }
}

static void on_answer(Verdict verdict, Grant *grant, Action action, Error *error, void *userdata) {
        Ask *ask = userdata;
        Request *request = ask->request;

        ask->inquiry = NULL; /* it frees itself */
        ask->verdict = verdict;
        ask->action = action;
        ask->grant = grant;
        error_done(&ask->error);
        error_move(&ask->error, error);
        /* One refused password is enough. */
        request->ask_stop = request->ask_again && verdict != VERDICT_YES;

        ask_next(request);
        if (request_release(request))
                authorised(request);
}

static int put(Ask *ask, bool interactive) {
        Question question;
        int r;

        question_for(ask, interactive, &question);
        r = authority_ask(
                ask->target->request->service->authority, &question, on_answer, ask, &ask->inquiry);
        if (r >= 0) {
                request_hold(ask->target->request);
                return 0;
        }

        ask->verdict = VERDICT_NONE;
        error_done(&ask->error);
        if (r == -EBUSY)
                return error_set(&ask->error, ERROR_LIMIT_EXCEEDED,
                        "%u questions for a password are open for you already; answer those first.",
                        POLKIT_PENDING_PER_UID_MAX);
        if (r == -EPERM)
                return error_set(&ask->error, ERROR_NOT_AUTHORIZED,
                        "Not authorized: the method has no action for this.");
        return error_set(&ask->error, ERROR_UNAVAILABLE, "Denied, because polkit could not be asked.");
}

/* The next question of the round, or NULL. */
static Ask *take_next(Request *request) {
        while (request->ask_target < request->n_targets) {
                Target *t = request->targets[request->ask_target];

                if (!t->account || request->ask_index >= t->n_asks) {
                        request->ask_target++;
                        request->ask_index = 0;
                        continue;
                }

                Ask *ask = t->asks + request->ask_index++;
                if (ask->grant || (request->ask_again && ask->verdict != VERDICT_CHALLENGE))
                        continue;
                return ask;
        }
        return NULL;
}

/* Keeps a few questions open, never more: a request over a thousand accounts must not fill the queue. */
static void ask_next(Request *request) {
        unsigned window = request->ask_again ? 1 : POLKIT_PENDING_PER_UID_MAX;
        bool interactive = request->interactive && !request->host_wide &&
                (request->ask_again || count_asks(request) == 1);

        if (request->ask_stop)
                return;

        /* The hold of the question that has just been answered is still counted. */
        while (request->pending <= window) {
                Ask *ask = take_next(request);

                if (!ask)
                        return;
                (void) put(ask, interactive);
        }
}

static void start_round(Request *request) {
        request->ask_target = request->ask_index = 0;
        ask_next(request);
}

/* ---- many at once ---- */

static void on_many(Verdict verdict, Grant *grant, Action action, Error *error, void *userdata) {
        _cleanup_(grant_freep) Grant *many = grant;
        Request *request = userdata;

        request->inquiry = NULL;
        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                for (size_t k = 0; k < t->n_asks; k++) {
                        Ask *ask = t->asks + k;

                        if (ask->grant || ask->verdict != VERDICT_CHALLENGE)
                                continue;
                        if (many && grant_take_pair(many, t->account, ask->unit, &ask->grant) >= 0) {
                                ask->verdict = verdict;
                                ask->action = action;
                                error_done(&ask->error);
                        }
                }
        }

        if (request_release(request))
                request_confirm(request);
}

static int ask_many(Request *request) {
        _cleanup_free_ Pair *pairs = NULL;
        Question question = {
                .method = request->method,
                .caller = request->caller,
                .parameters = &request->p,
                .interactive = true,
        };
        size_t n = 0;
        int r;

        pairs = calloc(count_asks(request), sizeof(Pair));
        if (!pairs)
                return -ENOMEM;

        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                /* Accounts that are root by another name are never part of a sum. */
                if (!t->account ||
                        account_is_privileged(t->account, request->service->config.privileged_groups, NULL))
                        continue;
                for (size_t k = 0; k < t->n_asks; k++)
                        if (!t->asks[k].grant && t->asks[k].verdict == VERDICT_CHALLENGE)
                                pairs[n++] = (Pair){ t->account, t->asks[k].unit };
        }
        if (n == 0)
                return -ENOENT;

        r = authority_ask_many(
                request->service->authority, &question, pairs, n, on_many, request, &request->inquiry);
        if (r >= 0)
                request_hold(request);
        return r;
}

static void refuse_challenged(Request *request, ErrorCode code, const char *message) {
        for (size_t i = 0; i < request->n_targets; i++)
                for (size_t k = 0; k < request->targets[i]->n_asks; k++) {
                        Ask *ask = request->targets[i]->asks + k;

                        if (ask->grant || ask->verdict != VERDICT_CHALLENGE)
                                continue;
                        error_done(&ask->error);
                        (void) error_set(&ask->error, code, "%s", message);
                }
}

/* A person is asked about what is left. Returns whether there is something to wait for. */
static bool ask_person(Request *request, size_t n_challenged) {
        int r;

        request->ask_again = true;
        if (n_challenged > 1 && method_is(request->method, METHOD_CHANGES)) {
                r = ask_many(request);
                if (r >= 0)
                        return true;
                if (r != -EPERM && r != -ENOENT) {
                        refuse_challenged(request, r == -EBUSY ? ERROR_LIMIT_EXCEEDED : ERROR_UNAVAILABLE,
                                r == -EBUSY
                                        ? "As many questions for a password are open as may be; answer those first."
                                        : "Denied, because polkit could not be asked.");
                        return false;
                }
        }

        /* One pair, or what there is no common password for: one after the other, until one is refused. */
        request_hold(request);
        start_round(request);
        return !request_release(request);
}

/* All questions of a round have been answered. */
static void authorised(Request *request) {
        size_t n_challenged = 0;

        if (request->checked) {
                request_reply_access(request);
                return;
        }

        for (size_t i = 0; i < request->n_targets; i++)
                for (size_t k = 0; k < request->targets[i]->n_asks; k++)
                        n_challenged += !request->targets[i]->asks[k].grant &&
                                request->targets[i]->asks[k].verdict == VERDICT_CHALLENGE;

        if (n_challenged > 0 && request->interactive && !request->host_wide && !request->ask_again &&
                count_asks(request) > 1 && ask_person(request, n_challenged))
                return;

        request_confirm(request);
}

/* ---- every account ---- */

static void on_every_account(Verdict verdict, Grant *grant, Action action, Error *error, void *userdata) {
        Request *request = userdata;

        request->inquiry = NULL;
        request->every_verdict = verdict;
        request->every_action = action;
        request->every = grant;
        request_look_up(request);
}

/* Takes the grants of accounts out of the one for every account. */
static void share_every_grant(Request *request) {
        for (size_t i = 0; request->every && i < request->n_targets; i++) {
                Target *t = request->targets[i];

                for (size_t k = 0; t->account && k < t->n_asks; k++)
                        if (grant_take_pair(
                                    request->every, t->account, t->asks[k].unit, &t->asks[k].grant) >= 0) {
                                t->asks[k].verdict = request->every_verdict;
                                t->asks[k].action = request->every_action;
                        }
        }
}

/* The unit that all questions are about, or "*" where they differ: a grant for every account covers just
 * that. */
static const char *common_unit(const Request *request) {
        const char *unit = NULL;

        for (size_t i = 0; i < request->n_targets; i++) {
                const Target *t = request->targets[i];

                for (size_t k = 0; k < t->n_asks; k++) {
                        if (unit && !streq(unit, t->asks[k].unit))
                                return "*";
                        unit = t->asks[k].unit;
                }
        }
        return strempty(unit);
}

void request_authorise_every(Request *request) {
        Question question = {
                .method = request->method,
                .caller = request->caller,
                .unit = common_unit(request),
        };
        int r;

        request->stage = STAGE_AUTHORISE;
        r = authority_ask(
                request->service->authority, &question, on_every_account, request, &request->inquiry);
        if (r < 0)
                request_look_up(request);
}

/* ---- what may I do ---- */

static const struct {
        Action action;
        bool own;
} listed_actions[] = {
        { ACTION_INSPECT_OWN, true },
        { ACTION_READ_LOGS_OWN, true },
        { ACTION_CONTROL_OWN, true },
        { ACTION_EDIT_OWN, true },
        { ACTION_LINGER_OWN, true },
        { ACTION_INSPECT_ALL, false },
        { ACTION_INSPECT, false },
        { ACTION_READ_LOGS, false },
        { ACTION_CONTROL, false },
        { ACTION_EDIT, false },
        { ACTION_LINGER, false },
        { ACTION_APPROVE_LINGER, false },
};

static void on_action(Verdict verdict, Grant *grant, Action action, Error *error, void *userdata) {
        Ask *ask = userdata;
        Request *request = ask->request;

        ask->inquiry = NULL;
        ask->verdict = verdict;
        if (request_release(request))
                request_reply_access(request);
}

static int list_actions(Request *request) {
        request->actions = calloc(ELEMENTSOF(listed_actions), sizeof(Ask));
        if (!request->actions)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(listed_actions); i++) {
                Ask *ask = request->actions + request->n_actions++;
                Question question = {
                        .method = request->method,
                        .caller = request->caller,
                        .only_ask = listed_actions[i].action,
                };
                int r;

                /* What is about one's own account says which that is. */
                if (listed_actions[i].own && request->n_targets > 0)
                        question.account = request->targets[0]->account;
                ask->request = request;
                ask->action = listed_actions[i].action;
                r = authority_ask(request->service->authority, &question, on_action, ask, &ask->inquiry);
                if (r >= 0)
                        request_hold(request);
        }
        return 0;
}

/* One's own worker can be made while polkit thinks: it does nothing, and looks at nothing, until it is
 * asked. */
static void prepare_worker(Request *request) {
        const Target *target = request->n_targets == 1 ? request->targets[0] : NULL;

        if (target && target->account && request->caller->uid == target->account->uid && !request->checked &&
                request->method->place == PLACE_WORKER)
                pool_prepare(request->service->pool, target->account);
}

void request_authorise(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        request->stage = STAGE_AUTHORISE;
        if (request->method->id == METHOD_ACCESS_LIST) {
                request_hold(request);
                if (list_actions(request) < 0) {
                        (void) error_set(&error, ERROR_INTERNAL, "No memory for the request.");
                        request_fail(request, &error);
                        return;
                }
                if (request_release(request))
                        request_reply_access(request);
                return;
        }

        request_tidy_targets(request);
        request_hold(request);

        /* A single account that cannot be had is the answer to the whole request. */
        if (request->n_targets == 1 && !request->host_wide && error_is_set(&request->targets[0]->error)) {
                request_fail(request, &request->targets[0]->error);
                return;
        }

        if (method_is(request->method, METHOD_CHANGES) && count_asks(request) > CHANGE_PAIRS_MAX) {
                (void) error_set(&error, ERROR_LIMIT_EXCEEDED, "A request may change %u units at most.",
                        CHANGE_PAIRS_MAX);
                request_fail(request, &error);
                return;
        }

        prepare_worker(request);
        share_every_grant(request);
        start_round(request);

        if (request_release(request))
                authorised(request);
}
