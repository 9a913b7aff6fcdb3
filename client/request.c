/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One request, see request.h. */

#include "client/request.h"

#include "client/account-order.h"
#include "client/answer.h"
#include "client/bus.h"
#include "client/expand-account.h"
#include "client/hint.h"
#include "client/message.h"
#include "client/request-options.h"
#include "client/stream.h"
#include "client/target.h"
#include "client/terminal/progress.h"
#include "client/waiting.h"
#include "common/json-write.h"
#include "common/limits.h"
#include "common/strv.h"

void request_done(Request *q) {
        parameters_done(&q->parameters);
        strv_free(q->words);
        *q = REQUEST_NULL;
}

int request_init(Client *c, MethodId id, char *const *arguments, unsigned target_flags, Request *ret) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(request_done) Request q = { .method = method_get(id), .parameters = PARAMETERS_NULL };
        int r;

        r = target_parse(&c->options, arguments, target_flags, &q.parameters, &q.wide, &error);
        if (r < 0 && error_is_set(&error)) {
                message_error("%s", error_message(&error));
                return error_code_to_exit(error.code);
        }
        if (r >= 0)
                r = parameters_from_options(&c->options, &q.parameters);
        if (r >= 0 && arguments)
                r = strv_copy(arguments, &q.words);
        if (r < 0)
                return message_errno(r);

        if (!parameters_are_fine(q.method, &q.parameters))
                return EXIT_CODE_INVALID;

        if (method_is(q.method, METHOD_HOST_WIDE) && !q.parameters.accounts)
                q.wide = true;
        q.raw = options_json(&c->options);

        *ret = q;
        q = REQUEST_NULL;
        return EXIT_CODE_OK;
}

char *request_text(const Request *q) {
        JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);
        char *text;

        json_begin_object(&w);
        json_write_key_string(&w, "method", q->method->name);
        json_write_key(&w, "parameters");
        parameters_write(&q->parameters, q->method, &w);
        json_end_object(&w);
        return json_writer_finish(&w, &text, NULL) < 0 ? NULL : text;
}

char *account_unit(const Account *account, const char *unit) {
        char *text;

        if (!account->wide && account->uid == getuid())
                return strdup(unit);
        return asprintf(&text, "%s/%s", account->name, unit) < 0 ? NULL : text;
}

/* What a request keeps while it is out. */
typedef struct Run {
        Answer answer;
        Progress progress;
} Run;

static void run_done(Run *run) {
        answer_done(&run->answer);
}

static int run_line(const char *line, size_t n, void *userdata) {
        Run *run = userdata;
        int r;

        progress_erase(&run->progress);
        r = answer_take_line(&run->answer, line, n);
        run->progress.n++;
        /* Whoever read this has left; nobody waits for the rest. */
        if (r == 0 && (ferror(stdout) || run->answer.request->finished))
                return 1;
        if (r == 0)
                progress_show(&run->progress);
        return r;
}

static int run_idle(void *userdata) {
        Run *run = userdata;
        const Request *q = run->answer.request;

        progress_show(&run->progress);
        return q->on_idle ? q->on_idle(run->answer.client, run->answer.userdata) : 0;
}

static unsigned call_flags(const Request *q, bool interactive) {
        return (interactive ? BUS_CALL_INTERACTIVE : 0U) |
                (method_is(q->method, METHOD_WAITS) || q->method->deadline_sec > 30 ? BUS_CALL_PATIENT : 0U);
}

static int run_stream(Run *run, const char *text, bool interactive, BusFault *fault) {
        Request *q = run->answer.request;
        Client *c = run->answer.client;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = bus_open_stream(c->bus, text, call_flags(q, interactive), &fd, fault);
        if (r < 0)
                return r;
        /* Where the answer itself goes to a terminal as it comes, it shows how far it is. */
        progress_begin(&run->progress,
                q->wide && !q->read_stream && !c->options.quiet && (q->collected || !isatty(STDOUT_FILENO)));
        if (q->read_stream)
                r = q->read_stream(c, fd, run_line, run, run->answer.userdata);
        else
                r = stream_read_idle(
                        fd, run_line, run->progress.wanted || q->on_idle ? run_idle : NULL, run);
        progress_erase(&run->progress);
        q->broken = r == -EPIPE;
        if (r < 0 && !(q->broken && q->resumable)) {
                if (!q->silent)
                        message_error("The answer broke off: %s.",
                                r != -EPIPE ? strerror(-r)
                                        : q->method->place == PLACE_JOURNAL
                                        ? "userunit-journal, which reads the journal, went away; what is here is not all"
                                        : "userunitd went away");
                answer_fail(&run->answer, r == -EPIPE ? EXIT_CODE_NO_SERVICE : EXIT_CODE_FAILURE);
        }
        return 0;
}

static int run_call(Run *run, const char *text, bool interactive, BusFault *fault) {
        _cleanup_(bus_reply_done) BusReply reply = {};
        const Request *q = run->answer.request;
        int r;

        /* Where a person may be asked for a password, nothing has begun before that. */
        waiting_begin(waiting_sentence(q, !interactive));
        r = bus_call(
                run->answer.client->bus, text, q->fds, q->n_fds, call_flags(q, interactive), &reply, fault);
        waiting_end();
        if (r < 0)
                return r;

        r = answer_take_reply(&run->answer, &reply);
        if (r < 0) {
                message_error("The reply cannot be read: %s.", strerror(-r));
                answer_fail(&run->answer, EXIT_CODE_FAILURE);
        }
        return 0;
}

static int run_once(Run *run, const char *text, bool interactive, BusFault *fault) {
        const Request *q = run->answer.request;
        int r;

        if (method_is(q->method, METHOD_ONLY_STREAMS) ||
                (q->wide && method_is(q->method, METHOD_STREAMS) && !accounts_by_name(&q->parameters)))
                return run_stream(run, text, interactive, fault);

        r = run_call(run, text, interactive, fault);
        if (r < 0 && fault->code == ERROR_REPLY_TOO_LARGE && method_is(q->method, METHOD_STREAMS)) {
                bus_fault_done(fault);
                return run_stream(run, text, interactive, fault);
        }
        return r;
}

/* One account and at most one unit: then a refusal means that nothing was done. */
static bool is_single(const Request *q) {
        return !q->wide && strv_length(q->parameters.units) + strv_length(q->parameters.targets) <= 1;
}

/*
 * An agent takes ten times longer to start than a request takes, and most people who may do a thing may do
 * it without a password. So on a terminal a request goes out without leave to ask first, and again with the
 * agent where it was refused as a whole, that is before anything was done. One that changes several things
 * could be half done by then: for that the agent is there from the start.
 */
int request_run(Client *c, Request *q, AccountHandler handler, void *userdata) {
        _cleanup_(run_done) Run run = {
                .answer = { .client = c, .request = q, .handler = handler, .userdata = userdata },
        };
        bool may_ask = !c->options.no_ask_password, agent = may_ask && agent_is_possible(), interactive;
        _cleanup_(bus_fault_done) BusFault fault = {};
        _cleanup_free_ char *text = NULL;
        int r;

        r = request_expand_accounts(c, q);
        if (r != 0)
                return r - 1;
        text = request_text(q);
        if (!text) {
                message_error("The request is larger than %u KiB.", REQUEST_SIZE_MAX / 1024);
                return EXIT_CODE_INVALID;
        }
        r = client_connect(c);
        if (r != EXIT_CODE_OK)
                return r;

        interactive = may_ask && !agent;
        if (agent && method_is(q->method, METHOD_CHANGES) && !is_single(q)) {
                agent_open(&c->agent);
                interactive = true;
        }

        r = run_once(&run, text, interactive, &fault);
        if (r < 0 && fault.code == ERROR_NOT_AUTHORIZED && agent && !interactive) {
                bus_fault_done(&fault);
                agent_open(&c->agent);
                r = run_once(&run, text, true, &fault);
        }
        if (r < 0 && q->silent)
                return fault.exit_code;
        if (r < 0) {
                answer_fault(q, &fault);
                if (fault.code == ERROR_AMBIGUOUS_ACCOUNT || fault.code == ERROR_NO_SUCH_UNIT ||
                        fault.code == ERROR_NO_SUCH_FILE)
                        hint_missing(c, q, q->parameters.units);
                /* LSB has a code for "not installed" where something was to be done, another for questions.
                 */
                if ((fault.code == ERROR_NO_SUCH_UNIT || fault.code == ERROR_NO_SUCH_FILE) &&
                        !method_is(q->method, METHOD_CHANGES))
                        return EXIT_CODE_NO_SUCH_UNIT;
                return fault.exit_code;
        }

        return answer_end(&run.answer);
}
