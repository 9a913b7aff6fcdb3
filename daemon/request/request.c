/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The life of a request, see request.h. SIGPIPE is ignored by main.c. */

#include "daemon/request/request.h"

#include "common/clock.h"
#include "common/limits.h"
#include "common/strv.h"

static void ask_done(Ask *ask) {
        inquiry_free(ask->inquiry);
        grant_free(ask->grant);
        error_done(&ask->error);
        free(ask->unit);
}

static Target *target_free(Target *target) {
        for (size_t i = 0; i < target->n_asks; i++)
                ask_done(target->asks + i);
        free(target->asks);
        account_lookup_unref(target->lookup);
        exchange_free(target->exchange);
        user_manager_job_unref(target->job);
        linger_change_unref(target->linger);
        user_manager_states_unref(target->states);
        account_unref(target->account);
        error_done(&target->error);
        free(target->note);
        free(target->glob);
        free(target->name);
        free(target);
        return NULL;
}

Request *request_free(Request *request) {
        if (!request)
                return NULL;

        inquiry_free(request->inquiry);
        grant_free(request->every);
        user_manager_states_unref(request->states);
        for (size_t i = 0; i < request->n_actions; i++)
                ask_done(request->actions + i);
        free(request->actions);
        for (size_t i = 0; i < request->n_targets; i++)
                target_free(request->targets[i]);
        free(request->targets);
        for (unsigned i = 0; i < request->n_fds; i++)
                safe_close(request->fds[i]);
        request_drop_fds(request);
        json_writer_done(&request->reply);
        if (request->stream)
                unread_add(request->service->unread, request->caller->uid, stream_fd(request->stream));
        journal_reader_free(request->journal);
        sd_event_source_disable_unref(request->reading);
        stream_free(request->stream);
        parameters_done(&request->p);
        free(request->text);
        if (request->waiting)
                caller_end_wait(request->caller);
        else if (request->charged)
                caller_discharge(request->caller);
        caller_unref(request->caller);
        sd_bus_message_unref(request->message);
        free(request);
        return NULL;
}

/* Takes the request off the service's list and frees it. */
static void request_drop(Request *request) {
        Service *service = request->service;

        TAILQ_REMOVE(&service->requests, request, entry);
        service->n_requests--;
        request_free(request);
        service_request_ended(service);
}

int request_add_target(Request *request, const char *name, uid_t uid, Target **ret) {
        Target **grown, *target;

        if (request->n_targets >= ACCOUNTS_PER_REQUEST_MAX)
                return -E2BIG;

        if (request->n_targets == request->n_allocated) {
                size_t n = request->n_allocated == 0 ? 1 : request->n_allocated * 2;

                grown = reallocarray(request->targets, n, sizeof(Target *));
                if (!grown)
                        return -ENOMEM;
                request->targets = grown;
                request->n_allocated = n;
        }

        target = calloc(1, sizeof(*target));
        if (!target)
                return -ENOMEM;
        target->request = request;
        target->uid = uid;
        if (name) {
                target->name = strdup(name);
                if (!target->name) {
                        free(target);
                        return -ENOMEM;
                }
        }

        request->targets[request->n_targets++] = target;
        *ret = target;
        return 0;
}

void request_remove_target(Request *request, size_t i) {
        request->n_asks -= request->targets[i]->n_asks;
        target_free(request->targets[i]);
        memmove(request->targets + i, request->targets + i + 1,
                (request->n_targets - i - 1) * sizeof(Target *));
        request->n_targets--;
}

/* Pairs of account and unit; patterns of accounts count until they are replaced. */
static size_t max_asks(const Request *request) {
        return method_is(request->method, METHOD_CHANGES) ? CHANGE_PAIRS_MAX + request->n_globs
                                                          : READ_PAIRS_MAX;
}

int target_add_ask(Target *target, const char *unit) {
        Request *request = target->request;
        Ask *grown;

        for (size_t i = 0; i < target->n_asks; i++)
                if (streq(target->asks[i].unit, unit))
                        return 0; /* named twice */
        if (target->n_asks >= UNITS_PER_ACCOUNT_MAX || request->n_asks >= max_asks(request))
                return -E2BIG;

        grown = reallocarray(target->asks, target->n_asks + 1, sizeof(Ask));
        if (!grown)
                return -ENOMEM;
        target->asks = grown;
        grown[target->n_asks] = (Ask){ .request = request, .target = target, .unit = strdup(unit) };
        if (!grown[target->n_asks].unit)
                return -ENOMEM;
        target->n_asks++;
        request->n_asks++;
        return 0;
}

size_t target_n_grants(const Target *target) {
        size_t n = 0;

        for (size_t i = 0; i < target->n_asks; i++)
                n += target->asks[i].grant != NULL;
        return n;
}

int target_grants(const Target *target, Grant ***ret, size_t *ret_n) {
        Grant **grants;
        size_t n = 0;

        grants = calloc(target->n_asks + 1, sizeof(Grant *));
        if (!grants)
                return -ENOMEM;
        for (size_t i = 0; i < target->n_asks; i++)
                if (target->asks[i].grant)
                        grants[n++] = target->asks[i].grant;

        *ret = grants;
        *ret_n = n;
        return 0;
}

const char *target_name(const Target *target) {
        return target->account ? target->account->name : strempty(target->name);
}

/* ---- the record ---- */

static void fill_entry(Request *request, const Target *target, const Ask *ask, RecordEntry *ret) {
        *ret = RECORD_ENTRY_NULL;
        ret->request = request->id;
        ret->caller = request->caller->name;
        if (request->caller->known)
                ret->caller_uid = request->caller->uid;
        ret->method = request->method;
        ret->digest = isempty(request->digest) ? NULL : request->digest;
        if (target) {
                ret->account = isempty(target_name(target)) ? NULL : target_name(target);
                ret->account_uid = target->account ? target->account->uid : target->uid;
        } else if (request->host_wide)
                ret->account = "*";
        if (ask) {
                ret->unit = isempty(ask->unit) ? NULL : ask->unit;
                ret->action = ask->action;
                ret->polkit = verdict_to_string(ask->verdict);
        }
}

int request_record_verdict(
        Request *request, const Target *target, const Ask *ask, RecordVerdict verdict, ErrorCode error) {
        RecordEntry entry;

        fill_entry(request, target, ask, &entry);
        entry.verdict = verdict;
        entry.error = error;
        return record_verdict(request->service->record, &entry);
}

void request_record_outcome(Request *request, Ask *ask, const char *result, ErrorCode error, int changed) {
        RecordEntry entry;
        RecordOutcome outcome = {
                .result = result,
                .error = error,
                .changed = changed,
                .duration_usec = clock_now_usec() - request->started_usec,
        };

        if (ask->told)
                return;
        ask->told = true;
        fill_entry(request, ask->target, ask, &entry);
        entry.verdict = RECORD_GRANTED;
        (void) record_outcome(request->service->record, &entry, &outcome);
}

void target_record_outcomes(Target *target, const char *result, ErrorCode error, int changed) {
        if (!method_is(target->request->method, METHOD_CHANGES))
                return;
        for (size_t i = 0; i < target->n_asks; i++)
                if (target->asks[i].grant)
                        request_record_outcome(target->request, target->asks + i, result, error, changed);
}

/* ---- beginning and end ---- */

/* Records that a request was refused before it came to its pairs. */
static void record_refusal(Request *request, ErrorCode error) {
        const Target *only = request->n_targets == 1 ? request->targets[0] : NULL;

        (void) request_record_verdict(
                request, only, only && only->n_asks == 1 ? only->asks : NULL, RECORD_REFUSED, error);
}

void request_fail(Request *request, Error *error) {
        if (request->stage < STAGE_ACT)
                record_refusal(request, error->code);
        request_reply_error(request, error);
        request->stage = STAGE_DONE;
        request_drop(request);
}

/* Whoever is told "ask again" asks again: not of what has begun, as a restart that is asked for twice is
 * two. */
static void abort_words(const Request *request, Error *error) {
        bool begun = false;

        for (size_t i = 0; request->stage == STAGE_ACT && i < request->n_targets; i++)
                begun = begun || request->targets[i]->started;

        if (!begun || !method_is(request->method, METHOD_CHANGES))
                (void) error_set(
                        error, ERROR_SHUTTING_DOWN, "The service is being stopped; ask again in a moment.");
        else if (request->waiting)
                (void) error_set(error, ERROR_INTERRUPTED,
                        "userunitd was stopped or restarted: what was begun goes on, and nobody waits for it any more.");
        else
                (void) error_set(error, ERROR_INTERRUPTED,
                        "userunitd was stopped or restarted in the middle of this: it may be done or not, look before you "
                        "ask again.");
}

void request_abort(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        abort_words(request, &error);
        for (size_t i = 0; request->stage == STAGE_ACT && i < request->n_targets; i++) {
                Target *t = request->targets[i];

                if (!t->done)
                        target_record_outcomes(t, t->started ? "interrupted" : "not-started",
                                t->started ? error.code : ERROR_SHUTTING_DOWN, t->started ? -1 : 0);
        }
        request_fail(request, &error);
}

void request_on_caller_gone(Request *request) {
        request->message = sd_bus_message_unref(request->message);

        /* Nobody is told any more, but what was begun has an outcome to be recorded. */
        if (request->stage == STAGE_ACT && method_is(request->method, METHOD_CHANGES))
                return;
        if (request->stage < STAGE_ACT)
                record_refusal(request, ERROR_CANCELLED);
        request->stage = STAGE_DONE;
        request_drop(request);
}

void request_end(Request *request) {
        request->stage = STAGE_DONE;
        request_drop(request);
}

static int check_row(Request *request, Error *error) {
        const Method *method = request->method;

        if (request->open && !method_is(method, METHOD_STREAMS))
                return error_set(error, ERROR_INVALID_REQUEST, "The method %s answers Call and not Open.",
                        method->name);
        if (request->open && unread_check(request->service->unread, request->caller->uid) < 0)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "There are too many streams that have ended and were not read to the end (%u of one account, %u "
                        "in all); read them, or close them.",
                        UNREAD_PIPES_PER_UID_MAX, UNREAD_PIPES_MAX);
        if (!request->open && method_is(method, METHOD_ONLY_STREAMS))
                return error_set(error, ERROR_INVALID_REQUEST, "The method %s answers Open and not Call.",
                        method->name);
        if (method_is(method, METHOD_WAITS) && caller_check_waiting(request->caller) < 0)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "There are too many requests that wait (%u of one account, %u in all); try again when "
                        "some have ended.",
                        WAITING_PER_UID_MAX, WAITING_MAX);
        if (method_is(method, METHOD_CHANGES) && request->service->config.read_only)
                return error_set(error, ERROR_READ_ONLY,
                        "The service is set to Mode=read-only in its configuration, and %s changes something.",
                        method->name);
        return method->place == PLACE_JOURNAL ? request_check_journal(request, error) : 0;
}

void request_on_caller(Request *request, int error_number) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        if (error_number < 0)
                r = error_set(
                        &error, ERROR_UNAVAILABLE, "Denied, because the bus does not tell who you are.");
        else if (caller_check_uid(request->caller) < 0)
                r = error_set(&error, ERROR_LIMIT_EXCEEDED,
                        "You have %u requests in flight, which is as many as one account may; try again.",
                        INFLIGHT_PER_UID_MAX);
        else
                r = request_parse(
                        request->text, strlen(request->text), &request->method, &request->p, &error);
        if (r >= 0)
                r = check_row(request, &error);
        if (r >= 0)
                r = request_take_fds(request, &error);
        if (r < 0) {
                request_fail(request, &error);
                return;
        }

        free(request->text);
        request->text = NULL;
        request_resolve(request);
}

static int read_message(Request *request, sd_bus_message *message, Error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(message, "s", &text);
        if (r < 0)
                return error_set(error, ERROR_INVALID_REQUEST, "The message cannot be read.");
        if (strlen(text) > REQUEST_SIZE_MAX)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: it is longer than %u bytes; large contents travel as descriptors.",
                        REQUEST_SIZE_MAX);

        record_digest(text, strlen(text), request->digest);
        request->text = strdup(text);
        return request->text ? 0 : error_set(error, ERROR_INTERNAL, "No memory for the request.");
}

/* What must hold before a request is even looked at. */
static int admit(Service *service, Request *request, sd_bus_message *message, Error *error) {
        int r;

        r = callers_get(service->callers, sd_bus_message_get_sender(message), &request->caller);
        if (r < 0)
                return error_set(
                        error, ERROR_UNAVAILABLE, "Denied, because the bus does not tell who you are.");
        if (service->stopping)
                return error_set(
                        error, ERROR_SHUTTING_DOWN, "The service is being stopped; ask again in a moment.");
        r = caller_charge(request->caller);
        if (r < 0)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "There are too many requests in flight (%u for a connection, %u in all); try again.",
                        INFLIGHT_PER_CONNECTION_MAX, INFLIGHT_MAX);
        request->charged = true;

        return read_message(request, message, error);
}

int request_new(Service *service, sd_bus_message *message, bool open) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(request_freep) Request *request = NULL;
        int r;

        request = calloc(1, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->service = service;
        request->reply = JSON_WRITER_INIT(REPLY_SIZE_MAX);
        request->open = open;
        request->started_usec = clock_now_usec();
        request->message = sd_bus_message_ref(message);
        request->interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
        r = sd_id128_randomize(&request->id);
        if (r < 0)
                return r;

        r = admit(service, request, message, &error);
        if (r < 0) {
                if (request->caller)
                        (void) request_record_verdict(request, NULL, NULL, RECORD_REFUSED, error.code);
                request_reply_error(request, &error);
                return 0;
        }

        TAILQ_INSERT_TAIL(&service->requests, request, entry);
        service->n_requests++;
        if (request->caller->known)
                request_on_caller(TAKE_PTR(request), 0);
        else
                request = NULL;
        return 0;
}
