/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Acting, see request.h: the verdict goes to the journal, then each target is carried out, a few at a time,
 * and what a worker answers is held against the contract before it is passed on. What is executed is what
 * the grants say.
 */

#include "common/clock.h"
#include "common/limits.h"
#include "daemon/request/reply-check.h"
#include "daemon/request/request.h"

static void act_more(Request *request);

/* Ends a hold of this stage. A request whose reader is slow has targets left that nobody holds: it goes on
 * when there is room in the stream. */
static void act_release(Request *request) {
        if (request_release(request) && request->next_target >= request->n_targets)
                request_finish(request);
}

/* ---- the verdict ---- */

static void record_ask(Request *request, Target *target, Ask *ask) {
        int r;

        if (!ask->grant) {
                /* An error of polkit's is a denial; a question that was never put is none. */
                bool denied = ask->verdict != VERDICT_NONE && ask->verdict != VERDICT_YES;

                (void) request_record_verdict(request, target, ask, denied ? RECORD_DENIED : RECORD_REFUSED,
                        error_is_set(&ask->error) ? ask->error.code : target->error.code);
                return;
        }

        r = request_record_verdict(request, target, ask, RECORD_GRANTED, ERROR_NONE);
        if (r >= 0 || !method_is(request->method, METHOD_CHANGES))
                return;

        /* Nothing is changed that nobody can read about. */
        ask->grant = grant_free(ask->grant);
        (void) error_set(&ask->error, ERROR_RECORD_UNAVAILABLE,
                "The journal does not take the record of this request (%s), and nothing is changed without one; see "
                "\"systemctl status systemd-journald\".",
                strerror(-r));
}

/* What a pattern of a reading request stood for is one record, whatever of it could be seen. */
static void record_patterns(Request *request) {
        const Method *method = request->method;
        Ask summary = { .unit = (char *) "",
                .action = method->every != ACTION_NONE ? method->every : method->other,
                .verdict = request->every_verdict };
        bool granted = request->every_verdict == VERDICT_YES;

        for (size_t i = 0; i < request->n_targets && !granted; i++)
                if (request->targets[i]->by_glob && target_n_grants(request->targets[i]) > 0) {
                        granted = true;
                        summary.verdict = VERDICT_YES;
                        summary.action = method->other;
                }

        (void) request_record_verdict(
                request, NULL, &summary, granted ? RECORD_GRANTED : RECORD_DENIED, ERROR_NONE);
}

static void record_verdicts(Request *request) {
        bool changes = method_is(request->method, METHOD_CHANGES);

        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                for (size_t k = 0; (changes || !t->by_glob) && k < t->n_asks; k++)
                        record_ask(request, t, t->asks + k);
        }
        if (request->host_wide && !changes)
                record_patterns(request);
}

/* ---- one target ---- */

void target_end(Target *target) {
        Request *request = target->request;

        target->done = true;
        if (target->changed)
                request->changed = true;
        request->n_running--;
        act_more(request);
        act_release(request);
}

void target_fail(Target *target, Error *error) {
        if (error) {
                error_done(&target->error);
                error_move(&target->error, error);
        }
        target_record_outcomes(target, "error", target->error.code, target->changed ? 1 : -1);

        /* One that a pattern brought in on the chance of unit files, and that has none, or that no worker
         * may look into, is none. */
        if (target->only_if_files &&
                (target->error.code == ERROR_CANCELLED || target->error.code == ERROR_ACCOUNT_REFUSED)) {
                error_done(&target->error);
                target_end(target);
                return;
        }

        target_report(target, NULL, 0, -EBADF, true);
        target_end(target);
}

static const char *unit_result(const ReplyUnit *unit) {
        if (unit->result)
                return unit->result;
        return unit->error != ERROR_NONE ? "error" : "done";
}

static int visit_unit(const ReplyUnit *unit, void *userdata) {
        Target *target = userdata;

        /* One outcome for each pair that was granted; a worker cannot write records about others. */
        for (size_t i = 0; i < target->n_asks; i++) {
                Ask *ask = target->asks + i;

                if (!ask->grant || ask->told || !streq_ptr(unit->unit, ask->unit))
                        continue;
                request_record_outcome(target->request, ask, unit_result(unit), unit->error, unit->changed);
                return 0;
        }
        return 0;
}

static void record_success(Target *target, const ReplyFacts *facts) {
        target->changed = target->changed || facts->changed > 0;
        /* visit_unit() has told of the units that the worker spoke of. */
        target_record_outcomes(target, facts->n_units > 0 ? "unknown" : "done", ERROR_NONE,
                facts->n_units > 0 ? -1 : target->changed);
}

/* Stops reading from the request's workers while its own reader is behind, and goes on when it has caught
 * up. */
static void pause_running(Request *request) {
        bool full = request->stream && stream_is_full(request->stream);

        /* Workers that got their exchange after the others were paused are paused at their first line. */
        if (!full && !request->paused)
                return;
        request->paused = full;
        for (size_t i = 0; i < request->next_target; i++)
                if (request->targets[i]->exchange)
                        exchange_pause(request->targets[i]->exchange, full);
}

static int on_result(const char *payload, size_t size, int fd, bool last, void *userdata) {
        Target *target = userdata;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_close_ int owned = fd;
        ReplyVisitor visitor = { visit_unit, target };
        bool changes = method_is(target->request->method, METHOD_CHANGES);
        ReplyFacts facts;
        int r;

        if (last)
                target->exchange = NULL;

        r = reply_check(payload, size, target->request->method, changes ? &visitor : NULL, &facts, NULL);
        if (r < 0) {
                target->exchange = exchange_free(target->exchange);
                (void) error_set(&error, ERROR_WORKER_FAILED,
                        "The process that worked for account %s answered nonsense.", target_name(target));
                target_fail(target, &error);
                return -EBADMSG;
        }

        if (last)
                record_success(target, &facts);
        target_report(target, facts.members, facts.members_length, TAKE_FD(owned), last);
        pause_running(target->request);
        if (last)
                target_end(target);
        return 0;
}

/* A worker knows a uid; who reads its sentence knows the account by its name. */
static void name_account(const Target *target, Error *error) {
        const char *message = error_message(error), *place;
        _cleanup_(error_done) Error named = ERROR_NULL;
        char mark[64];

        snprintf(mark, sizeof(mark), "\"userunitctl doctor %u\"", target->account->uid);
        place = strstr(message, mark);
        if (!place)
                return;
        (void) error_set(&named, error->code, "%.*s\"userunitctl doctor %s\"%s", (int) (place - message),
                message, target->account->name, place + strlen(mark));
        error_done(error);
        error_move(error, &named);
}

static void on_error(Error *error, void *userdata) {
        Target *target = userdata;

        target->exchange = NULL;
        name_account(target, error);
        if (error->code == ERROR_MANAGER_NOT_RUNNING)
                target_fail_unreachable(target);
        else
                target_fail(target, error);
}

/* One of its accounts waits for jobs: so does the request, whatever the others do. */
static void on_waiting(void *userdata) {
        Target *target = userdata;
        Request *request = target->request;

        if (!request->charged || request->waiting)
                return;
        caller_begin_wait(request->caller);
        request->waiting = true;
}

void target_exchange(Target *target) {
        static const ExchangeHandlers handlers = { on_result, on_error, on_waiting };
        Request *request = target->request;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_free_ Grant **grants = NULL;
        size_t n;
        int r;

        r = target_grants(target, &grants, &n);
        if (r >= 0)
                r = pool_exchange(request->service->pool, target->account, grants, n, &request->p,
                        request->request_fds, request->n_request_fds, request->stream != NULL,
                        target->only_if_files, request->caller->uid, &handlers, target, &target->exchange);
        if (r >= 0)
                request->n_request_fds = 0; /* the exchange has them */
        if (r < 0) {
                (void) error_set(&error, ERROR_INTERNAL, "The request could not be handed to a worker.");
                target_fail(target, &error);
        }
}

/* An account that a pattern brought in for its line in the passwd alone, and that has no manager. */
static bool is_mere_candidate(const Target *target) {
        return target->by_glob && target->sources == CANDIDATE_PASSWD &&
                target->state == USER_MANAGER_STOPPED;
}

/* Where a manager is needed such an account is no part of the answer. */
static bool skip_target(const Target *target) {
        return target->state_known && is_mere_candidate(target) &&
                !method_is(target->request->method, METHOD_NO_MANAGER);
}

bool target_refuse(Target *target) {
        Request *request = target->request;

        if (!error_is_set(&target->error) && target->n_asks > 0)
                (void) error_set(&target->error, target->asks[0].error.code, "%s",
                        error_message(&target->asks[0].error));

        /* What may not be seen is missing from an answer about a pattern, and counted. */
        if (target->by_glob && !method_is(request->method, METHOD_CHANGES)) {
                request->incomplete = true;
                return false;
        }
        return true;
}

static void target_start(Target *target) {
        Request *request = target->request;

        target->started = true;
        request_hold(request);
        request->n_running++;
        target->only_if_files = is_mere_candidate(target) && method_is(request->method, METHOD_NO_MANAGER);

        if (skip_target(target)) {
                target_record_outcomes(target, "skipped", ERROR_NONE, 0);
                target_end(target);
                return;
        }

        if (target_n_grants(target) == 0) {
                if (target_refuse(target))
                        target_report(target, NULL, 0, -EBADF, true);
                target_end(target);
                return;
        }

        if (request->method->place == PLACE_WORKER)
                target_exchange(target);
        else
                target_act_system(target);
}

/* Starts as many targets as may run at a time. Targets may end within. */
static void act_more(Request *request) {
        if (request->filling)
                return; /* a target that ended at once has called us from the loop below */

        request->filling = true;
        while (request->n_running < REQUEST_WINDOW && request->next_target < request->n_targets &&
                !(request->stream && stream_is_full(request->stream)))
                target_start(request->targets[request->next_target++]);
        request->filling = false;
}

/* ---- the stream ---- */

static void on_stream(Stream *stream, int error, bool closed, void *userdata) {
        Request *request = userdata;

        if (error < 0 || closed) {
                request_end(request);
                return;
        }
        if (request->stage == STAGE_ACT) {
                request_hold(request);
                pause_running(request);
                act_more(request);
                act_release(request);
        }
}

static int open_stream(Request *request) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = stream_new(request->service->event, &request->service->stream_bytes, on_stream, request,
                &request->stream, &fd);
        if (r < 0)
                return r;
        return request_reply_fd(request, fd);
}

static bool any_granted(const Request *request) {
        for (size_t i = 0; i < request->n_targets; i++)
                if (target_n_grants(request->targets[i]) > 0)
                        return true;
        return false;
}

void request_act(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        record_verdicts(request);
        request->stage = STAGE_ACT;
        request->acting_usec = clock_now_usec();

        /* What is refused as a whole is an error of the call, also of Open. */
        if (request->n_targets == 1 && !request->host_wide && target_n_grants(request->targets[0]) == 0) {
                Target *t = request->targets[0];

                request_fail(request, error_is_set(&t->error) ? &t->error : &t->asks[0].error);
                return;
        }

        if (request->method->place == PLACE_JOURNAL &&
                (request_reads_everyone(request) || any_granted(request))) {
                request_act_journal(request);
                return;
        }

        if (request->open && open_stream(request) < 0) {
                request->stream = stream_free(request->stream); /* nobody has its other end */
                (void) error_set(&error, ERROR_INTERNAL, "The stream could not be opened.");
                request_fail(request, &error);
                return;
        }

        json_begin_array(&request->reply);
        request_hold(request);
        act_more(request);
        act_release(request);
}
