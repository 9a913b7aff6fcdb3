/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* start, stop, restart and their like; kill and reset-failed. See job.h. */

#include "client/verb/job.h"

#include "client/expand.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verb/prove.h"
#include "client/verbs.h"
#include "common/strv.h"

typedef struct Reason {
        const char *result;
        const char *text;
} Reason;

/* Why a service failed, by its property Result; systemd.exec(5) and systemd.service(5) have the words. */
static const Reason service_reasons[] = {
        { "resources", "of unavailable resources or another system error" },
        { "protocol", "the service did not take the steps required by its unit configuration" },
        { "timeout", "a timeout was exceeded" },
        { "exit-code", "the control process exited with error code" },
        { "signal", "a fatal signal was delivered to the control process" },
        { "core-dump", "a fatal signal was delivered causing the control process to dump core" },
        { "watchdog", "the service failed to send watchdog ping" },
        { "start-limit-hit", "start of the service was attempted too often" },
        { "oom-kill", "of an out-of-memory (OOM) situation" },
};

/* Results of a job that need no reason; %s is the unit. */
static const Reason job_sentences[] = {
        { "canceled", "Job for %s was canceled." },
        { "timeout", "Job for %s timed out." },
        { "dependency", "A dependency job for %s failed." },
        { "invalid", "%s is not active, so it cannot be reloaded." },
        { "assert", "An assertion of %s was not met." },
        { "unsupported", "%s is of a type that does not work on this system." },
        { "collected", "The queued job for %s was dropped before it ran." },
        { "once", "%s was started once already and cannot be started again." },
        { "frozen", "%s is frozen; thaw it first." },
};

static const char *find_reason(const Reason *reasons, size_t n, const char *result) {
        for (size_t i = 0; i < n; i++)
                if (streq(reasons[i].result, result))
                        return reasons[i].text;
        return NULL;
}

char *job_describe(const char *verb, const char *unit, const char *result, const char *service_result) {
        static const char *const good[] = { "done", "skipped", "queued" };
        const char *sentence, *reason;
        char *text;
        int n;

        if (!result)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (streq(result, good[i]))
                        return NULL;

        sentence = find_reason(job_sentences, ELEMENTSOF(job_sentences), result);
        if (sentence)
                return asprintf(&text, sentence, unit) < 0 ? NULL : text;

        reason = service_result ? find_reason(service_reasons, ELEMENTSOF(service_reasons), service_result)
                                : NULL;
        n = asprintf(&text, "Job for %s failed%s%s.\nSee \"userunitctl status %s\" for details.", unit,
                reason ? " because " : "", strempty(reason), unit);
        if (n < 0)
                return NULL;
        if (streq_ptr(service_result, "start-limit-hit")) {
                _cleanup_free_ char *first = text;

                n = asprintf(&text,
                        "%s\nTo start it all the same: \"userunitctl reset-failed %s\", then \"userunitctl %s %s\".",
                        first, unit, verb, unit);
                if (n < 0)
                        return NULL;
        }
        return text;
}

static int tell_result(Client *c, Account *account, json_object *row, void *userdata) {
        _cleanup_free_ char *unit = account_unit(account, strempty(reply_string(row, "unit"))), *text = NULL;
        const Method *method = userdata;
        int exit_code;

        /* How a job failed is told in systemctl's words below. */
        if (!streq_ptr(reply_string(reply_object(row, "error"), "name"), "JobFailed")) {
                exit_code = row_report_error(account, row, method->verb);
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
        }
        if (!unit)
                return message_errno(-ENOMEM);

        if (reply_boolean(row, "needs_reload", false) && !c->options.quiet)
                message_note(
                        "Warning: The unit file or drop-ins of %s changed on disk. Run 'userunitctl daemon-reload "
                        "%s' to have them read.",
                        unit, account->name);

        text = job_describe(
                method->verb, unit, reply_string(row, "result"), reply_string(row, "service_result"));
        if (!text)
                return EXIT_CODE_OK;
        if (!c->options.quiet)
                message_note("%s", text);
        return EXIT_CODE_FAILURE;
}

static int tell_results(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", tell_result, userdata);
}

int job_run_request(Client *c, Request *q) {
        if (options_json(&c->options))
                return rows_run_json(c, q, "units", NULL);
        return request_run(c, q, tell_results, (void *) q->method);
}

/* Only what starts something can be asked for what it does then. */
static int check_prove(Client *c, MethodId id) {
        if (!c->options.prove.wait)
                return EXIT_CODE_OK;
        if (id != METHOD_UNITS_START && id != METHOD_UNITS_RESTART && id != METHOD_UNITS_RELOAD_OR_RESTART) {
                message_error("--prove goes with start, restart and reload-or-restart.");
                return EXIT_CODE_INVALID;
        }
        if (c->options.no_block) {
                message_error("--prove waits, and --no-block does not.");
                return EXIT_CODE_INVALID;
        }
        return EXIT_CODE_OK;
}

/* The units of a request that was carried out. */
static int prove_targets(Client *c, const Request *q) {
        _cleanup_strv_free_ char **targets = NULL;

        if (q->parameters.targets)
                return prove_until(c, q->parameters.targets);
        STRV_FOREACH(account, q->parameters.accounts)
                STRV_FOREACH(unit, q->parameters.units) {
                        char *target;

                        if (asprintf(&target, "%s/%s", *account, *unit) < 0 ||
                                strv_consume(&targets, target) < 0)
                                return message_errno(-ENOMEM);
                }
        return prove_until(c, targets ? targets : q->parameters.units);
}

static int run_jobs(Client *c, MethodId id, char *const *arguments, unsigned target_flags) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = check_prove(c, id);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = request_init(c, id, arguments, target_flags, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = request_expand(c, &q);
        if (exit_code > 0)
                return exit_code - 1;
        exit_code = job_run_request(c, &q);
        return exit_code == EXIT_CODE_OK && c->options.prove.wait ? prove_targets(c, &q) : exit_code;
}

int job_run(Client *c, MethodId id, char *const *arguments) {
        return run_jobs(c, id, arguments, 0);
}

int verb_job(Client *c, const Verb *verb, char **arguments) {
        return job_run(c, verb->method, arguments);
}

int verb_kill(Client *c, const Verb *verb, char **arguments) {
        return job_run(c, verb->method, arguments);
}

int verb_reset_failed(Client *c, const Verb *verb, char **arguments) {
        bool whole = true;

        /* Without units, and of whole accounts, all that failed is forgotten: then there are no units to
         * name. */
        STRV_FOREACH(argument, arguments)
                whole = whole && endswith(*argument, "/");
        return run_jobs(c, verb->method, arguments, whole ? TARGET_ACCOUNTS : 0);
}
