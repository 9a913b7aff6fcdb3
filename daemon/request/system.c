/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the daemon does itself, through logind and PID 1, see request.h: lingering, and the accounts'
 * managers. Where a manager is to be up in the end, a worker of the account connects to it: that is the
 * proof that it answers.
 */

#include "daemon/deadlines.h"
#include "daemon/request/request.h"
#include "daemon/system/logind-facts.h"

/* ---- facts ---- */

static bool tells_facts(const Request *request) {
        switch (request->method->id) {
        case METHOD_ACCOUNTS_LIST:
        case METHOD_ACCOUNTS_SHOW:
        case METHOD_LINGER_LIST:
                return true;
        default:
                return false;
        }
}

void target_write_facts(Target *target, JsonWriter *w) {
        Request *request = target->request;
        LogindFacts facts = LOGIND_FACTS_NULL;
        int r;

        if (!target->account || !tells_facts(request))
                return;

        r = linger_is_enabled(request->service->options.linger_directory, target->account->name);
        if (r >= 0)
                json_write_key_bool(w, "linger", r > 0);

        if (logind_facts_get(target->account->uid, &facts) < 0)
                return;
        if (request->method->id == METHOD_ACCOUNTS_SHOW) {
                json_write_key_string(w, "home", target->account->home);
                json_write_key_string(w, "shell", target->account->shell);
                logind_facts_write(&facts, w);
        } else
                json_write_key_string(w, "state", facts.state);
        logind_facts_done(&facts);
}

static void end_now(Target *target) {
        target_report(target, NULL, 0, -EBADF, true);
        target_end(target);
}

/* ---- lingering and managers ---- */

static void on_linger(const LingerResult *result, const Error *error, void *userdata) {
        Target *target = userdata;
        bool enable = target->request->method->id == METHOD_LINGER_ENABLE;

        target->changed = result->changed;
        if (result->note)
                target->note = strdup(result->note);
        target->linger = linger_change_unref(target->linger);
        linger_record_end(target->request->service->linger, target->account->name, enable);

        if (error) {
                (void) error_set(&target->error, error->code, "%s", error_message(error));
                target_fail(target, NULL);
                return;
        }

        if (enable)
                target_exchange(target); /* does it answer? */
        else {
                target_record_outcomes(target, "done", ERROR_NONE, target->changed);
                end_now(target);
        }
}

static void on_manager_job(const UserManagerResult *result, const Error *error, void *userdata) {
        Target *target = userdata;

        target->changed = result->changed;
        target->job = user_manager_job_unref(target->job);

        if (error) {
                (void) error_set(&target->error, error->code, "%s", error_message(error));
                target_fail(target, NULL);
                return;
        }

        if (target->request->method->id == METHOD_MANAGER_STOP) {
                target_record_outcomes(target, "done", ERROR_NONE, target->changed);
                end_now(target);
        } else
                target_exchange(target);
}

static uint64_t deadline_of(const Request *request) {
        return request->acting_usec + deadline_row_usec(request->method->deadline_sec);
}

static int start_linger(Target *target, bool enable) {
        Service *service = target->request->service;

        int r;

        r = linger_change_start(service->system_bus, service->event, service->options.linger_directory,
                target->account, enable, deadline_of(target->request), on_linger, target, &target->linger);
        if (r >= 0)
                linger_record_begin(service->linger, target->account->name, enable);
        return r;
}

static int start_manager_job(Target *target, UserManagerVerb verb) {
        Service *service = target->request->service;

        return user_manager_job_start(service->system_bus, service->event, target->account->uid, verb,
                deadline_of(target->request), on_manager_job, target, &target->job);
}

void target_act_system(Target *target) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        switch (target->request->method->id) {
        case METHOD_ACCOUNTS_LIST:
        case METHOD_ACCOUNTS_SHOW:
        case METHOD_MANAGER_STATUS:
                target_exchange(target);
                return;
        case METHOD_LINGER_LIST:
                if (linger_is_enabled(
                            target->request->service->options.linger_directory, target->account->name) > 0)
                        end_now(target);
                else
                        target_end(target);
                return;
        case METHOD_LINGER_ENABLE:
                r = start_linger(target, true);
                break;
        case METHOD_LINGER_DISABLE:
                r = start_linger(target, false);
                break;
        case METHOD_MANAGER_START:
                r = start_manager_job(target, USER_MANAGER_START);
                break;
        case METHOD_MANAGER_STOP:
                r = start_manager_job(target, USER_MANAGER_STOP);
                break;
        case METHOD_MANAGER_RESTART:
                r = start_manager_job(target, USER_MANAGER_RESTART);
                break;
        default:
                r = -EOPNOTSUPP;
        }

        if (r < 0) {
                (void) error_set(
                        &error, ERROR_INTERNAL, "The request could not be handed to logind or PID 1.");
                target_fail(target, &error);
        }
}
