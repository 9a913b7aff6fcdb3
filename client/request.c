/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One request and all that comes of it, see request.h. */

#include "client/request.h"

#include <pwd.h>

#include "client/account-order.h"
#include "client/bus.h"
#include "client/expand-account.h"
#include "client/hint.h"
#include "client/line-rows.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/stream.h"
#include "client/target.h"
#include "client/terminal/progress.h"
#include "client/waiting.h"
#include "common/escape.h"
#include "common/json-write.h"
#include "common/limits.h"
#include "common/strv.h"

void request_done(Request *q) {
        parameters_done(&q->parameters);
        strv_free(q->words);
        *q = REQUEST_NULL;
}

static int copy_list(char **from, char ***to) {
        return from ? strv_copy(from, to) : 0;
}

static int copy_string(const char *from, char **to) {
        if (!from)
                return 0;
        *to = strdup(from);
        return *to ? 0 : -ENOMEM;
}

/* All that options can say; what the method does not take is not written. */
static int parameters_from_options(const Options *o, Parameters *p) {
        int r;

        p->after = o->after;
        p->all = o->all;
        p->before = o->before;
        p->force = o->force;
        p->no_block = o->no_block;
        p->runtime = o->runtime;

        r = copy_list(o->states, &p->states);
        if (r >= 0)
                r = copy_list(o->types, &p->types);
        if (r >= 0)
                r = copy_list(o->properties, &p->properties);
        if (r >= 0)
                r = copy_list(o->what, &p->what);
        if (r >= 0)
                r = copy_string(o->job_mode, &p->mode);
        if (r >= 0)
                r = copy_string(o->preset_mode, &p->preset_mode);
        if (r >= 0)
                r = copy_string(o->signal, &p->signal);
        if (r >= 0)
                r = copy_string(o->kill_whom, &p->whom);
        return r;
}

/* The service refuses more too, at a place in a text that nobody typed. */
static bool number_is_fine(const Parameters *p) {
        size_t n = MAX(strv_length(p->units), strv_length(p->targets));

        n = MAX(n, strv_length(p->accounts));
        if (n <= PARAMETER_ITEMS_MAX)
                return true;
        message_error(
                "%zu units or accounts are named; at most %u can be at a time.", n, PARAMETER_ITEMS_MAX);
        return false;
}

/* The option that people gave a parameter with. */
static const char *parameter_option(const char *name) {
        static const char *const options[][2] = { { "mode", "--job-mode=" }, { "whom", "--kill-whom=" },
                { "what", "--what=" }, { "preset_mode", "--preset-mode=" }, { "types", "--type=" } };

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (streq(options[i][0], name))
                        return options[i][1];
        return name;
}

static bool is_choice(const Parameter *parameter, const char *value) {
        for (const char *const *choice = parameter->choices; *choice; choice++)
                if (streq(*choice, value))
                        return true;

        fprintf(stderr,
                "userunitctl: '%s' is no value for %s; there are:", escape_is_needed(value) ? "?" : value,
                parameter_option(parameter->name));
        for (const char *const *choice = parameter->choices; *choice; choice++)
                fprintf(stderr, "%s %s", choice == parameter->choices ? "" : ",", *choice);
        fputs(".\n", stderr);
        return false;
}

/* The service would refuse it too, but speak of a place in a text that nobody typed. */
static bool choices_are_valid(const Method *method, Parameters *p) {
        for (const Parameter *parameter = method->parameters; parameter->name; parameter++) {
                void *member = (char *) p + parameter->offset;

                if (!parameter->choices)
                        continue;
                if (parameter->type == PARAMETER_STRING && *(char **) member &&
                        !is_choice(parameter, *(char **) member))
                        return false;
                if (parameter->type == PARAMETER_STRINGS)
                        STRV_FOREACH(item, *(char ***) member)
                                if (!is_choice(parameter, *item))
                                        return false;
        }
        return true;
}

int request_init(Client *c, MethodId id, char *const *arguments, unsigned target_flags, Request *ret) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(request_done) Request q = { .method = method_get(id) };
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

        if (!number_is_fine(&q.parameters) || !choices_are_valid(q.method, &q.parameters))
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

/* What a run keeps. */
typedef struct Run {
        Client *client;
        Request *request;
        AccountHandler handler;
        void *userdata;
        int *fds;
        size_t n_fds;
        Progress progress;
        size_t n_missing; /* accounts of a pattern that have no such unit */
        size_t n_answered;
        size_t n_accounts; /* answers and errors */
        char **lost;       /* units named without an account that are not there */
        int exit_code;
        bool explained; /* why a part is missing has been said */
} Run;

static void run_fail(Run *run, int exit_code) {
        run->exit_code = exit_code_merge(run->exit_code, exit_code);
}

static ErrorCode error_code(json_object *e) {
        const char *name = reply_string(e, "name");
        ErrorCode code = name ? error_code_from_string(name) : _ERROR_INVALID;

        return code < 0 ? ERROR_INTERNAL : code;
}

/* The rule in a refusal has "NAME" where the caller's own name goes: the service knows a uid, and asks
 * nobody for names that it does not need. */
static char *fill_in_name(const char *message) {
        static const char mark[] = "subject.user == \"NAME\"";
        const char *place = strstr(message, mark);
        const struct passwd *pw = place ? getpwuid(getuid()) : NULL;
        char *text;

        if (!pw || strpbrk(pw->pw_name, "\"\\") ||
                asprintf(&text, "%.*ssubject.user == \"%s\"%s", (int) (place - message), message,
                        pw->pw_name, place + sizeof(mark) - 1) < 0)
                return NULL;
        return text;
}

/* A refusal ends in the rule that would be needed: of several, once is enough. */
static size_t sentence_length(const Run *run, const char *message) {
        const char *end = run->explained ? strstr(message, "\n\n") : NULL;

        return end ? (size_t) (end - message) : strlen(message);
}

/* An error about an account, or a unit of it: {"name": …, "message": …}. */
static void report_error(Run *run, json_object *o, const char *unit) {
        bool reading_many = run->request->wide && !method_is(run->request->method, METHOD_CHANGES);
        const char *account = reply_string(o, "account"), *manager = reply_string(o, "manager");
        json_object *e = reply_object(o, "error");
        ErrorCode code = error_code(e);
        const char *given = reply_string(e, "message") ?: error_code_doc(code);
        _cleanup_free_ char *named = fill_in_name(given);
        const char *message = named ? named : given;

        if (run->request->silent) {
                run->explained = true;
                return;
        }
        /* Nobody said that all that match have it. */
        if (reading_many && (code == ERROR_NO_SUCH_UNIT || code == ERROR_NO_SUCH_FILE) &&
                accounts_by_pattern(&run->request->parameters)) {
                run->n_missing++;
                return;
        }
        /* What to do about a manager is much to say of many. */
        if (code == ERROR_MANAGER_NOT_RUNNING && reading_many)
                message_error("%s: the service manager is %s.", strempty(account),
                        manager ? manager : "not running");
        else
                message_error("%s%s%s%s%.*s", strempty(account), unit ? "/" : "", strempty(unit),
                        account ? ": " : "", (int) sentence_length(run, message), message);
        run->explained = true;
        /* The others' part is right, and that is most of it. */
        run_fail(run, reading_many ? EXIT_CODE_INCOMPLETE : error_code_to_exit(code));
}

/* Units of one's own that were asked for among others: where none is left the whole request fails. */
static void note_lost(Run *run, json_object *o) {
        json_object *units = reply_array(o, "units");

        if (run->request->silent || run->request->parameters.accounts || run->request->parameters.targets)
                return;
        for (size_t i = 0; i < reply_length(units); i++) {
                json_object *row = reply_item(units, i);
                const char *unit = reply_string(row, "unit");

                ErrorCode code =
                        reply_object(row, "error") ? error_code(reply_object(row, "error")) : ERROR_NONE;

                if (unit && (code == ERROR_NO_SUCH_UNIT || code == ERROR_NO_SUCH_FILE))
                        (void) strv_extend(&run->lost, unit);
        }
}

static int run_account(Run *run, json_object *o) {
        const char *name = reply_string(o, "account"), *manager = reply_string(o, "manager");
        uint64_t uid, index;
        Account account;
        int exit_code, r;

        run->n_accounts++;

        /* Some methods have an answer all the same, such as the files of an account without a manager. */
        if (reply_object(o, "error")) {
                /* A refusal is told pair by pair in "refused", at the end. */
                if (error_code(reply_object(o, "error")) == ERROR_NOT_AUTHORIZED)
                        return 0;
                report_error(run, o, NULL);
                if (!run->request->with_failed || !manager)
                        return 0;
        }
        if (!run->handler)
                return 0;
        if (!run->request->raw) {
                r = reply_make_safe(o);
                if (r < 0)
                        return r;
                name = reply_string(o, "account");
        }

        uid = reply_u64(o, "uid", UINT32_MAX);
        account = (Account){ .by_pattern = accounts_by_pattern(&run->request->parameters),
                .name = strempty(name),
                .uid = uid > UINT32_MAX ? (uid_t) -1 : (uid_t) uid,
                .object = o,
                .fd = -EBADF,
                .wide = run->request->wide };
        index = reply_u64(o, "fd", UINT64_MAX);
        if (index < run->n_fds)
                account.fd = run->fds[index];

        run->n_answered++;
        exit_code = run->handler(run->client, &account, run->userdata);
        if (exit_code != EXIT_CODE_OK)
                note_lost(run, o);
        run_fail(run, exit_code);
        return 0;
}

/* Whether all accounts that the request named were patterns, and the answer should have each that matches.
 * Of those that match only some linger, and of a check there are answers and no accounts. */
static bool answers_each_match(const Run *run, json_object *header) {
        const Parameters *p = &run->request->parameters;

        return accounts_by_pattern(p) && run->request->method->id != METHOD_LINGER_LIST &&
                reply_length(reply_array(header, "answers")) == 0;
}

/* A slip in a pattern must not look like good news. */
static void tell_unmatched(Run *run) {
        const Parameters *p = &run->request->parameters;

        STRV_FOREACH(item, p->accounts ? p->accounts : p->targets) {
                const char *slash = p->accounts ? NULL : strrchr(*item, '/');

                message_error("No account matches '%.*s'.",
                        (int) (slash ? (size_t) (slash - *item) : strlen(*item)), *item);
        }
        run->explained = true;
        run_fail(run, error_code_to_exit(ERROR_NO_SUCH_ACCOUNT));
}

/* What the header of a reply, or the end of a stream, says about the whole. */
static void run_header(Run *run, json_object *header) {
        json_object *refused = reply_array(header, "refused");

        for (size_t i = 0; i < reply_length(refused); i++)
                report_error(run, reply_item(refused, i), reply_string(reply_item(refused, i), "unit"));
        if (run->request->on_header)
                run_fail(run, run->request->on_header(run->client, header, run->userdata));

        if (run->explained || run->request->silent)
                return;
        if (reply_boolean(header, "complete", true)) {
                if (run->n_accounts == 0 && answers_each_match(run, header))
                        tell_unmatched(run);
                return;
        }
        if (reply_string(header, "missing")) {
                _cleanup_free_ char *missing = escape_terminal(reply_string(header, "missing"));

                message_note("%s (exit code %d)", strempty(missing), EXIT_CODE_INCOMPLETE);
                run_fail(run, EXIT_CODE_INCOMPLETE);
                return;
        }
        if (run->client->options.visible)
                return;
        if (!run->client->options.quiet)
                message_note(
                        "Only what you may see is here, and there may be more (exit code %d; --visible: 0).",
                        EXIT_CODE_INCOMPLETE);
        run_fail(run, EXIT_CODE_INCOMPLETE);
}

static int run_reply(Run *run, const char *text) {
        _cleanup_reply_ json_object *root = NULL, *interleaved = NULL;
        _cleanup_free_ size_t *order = NULL;
        json_object *header, *accounts;
        int r;

        r = reply_parse(text, strlen(text), &root);
        if (r < 0)
                return r;
        header = reply_object(root, "parameters");
        if (!header)
                return -EBADMSG;

        r = accounts_interleave(reply_array(header, "accounts"), &run->request->parameters, &interleaved);
        if (r < 0)
                return r;
        accounts = interleaved ?: reply_array(header, "accounts");
        order = interleaved ? accounts_order(accounts, &(Parameters){})
                            : accounts_order(accounts, &run->request->parameters);
        if (!order)
                return -ENOMEM;
        for (size_t i = 0; i < reply_length(accounts); i++) {
                r = run_account(run, reply_item(accounts, order[i]));
                if (r < 0)
                        return r;
        }
        run_header(run, header);
        return 0;
}

/* What the request was about, where the sentence of the error leaves that out; NULL where it does not, or
 * there are several. */
static char *name_subject(const Request *q, ErrorCode code, const char *message) {
        const Parameters *p = &q->parameters;
        char *text;

        if (code != ERROR_NO_SUCH_UNIT && code != ERROR_UNIT_REFUSED && code != ERROR_UNIT_UNSUITED &&
                code != ERROR_UNIT_PROTECTED && code != ERROR_UNIT_BROKEN && code != ERROR_MANAGER_FAILED &&
                code != ERROR_TIMEOUT && code != ERROR_WORKER_FAILED && code != ERROR_HOME_UNAVAILABLE &&
                code != ERROR_NO_SUCH_FILE)
                return NULL;
        /* There is no unit yet, and who reads this does not know its name. */
        if (q->method->id == METHOD_UNITS_RUN && code == ERROR_NO_SUCH_FILE)
                return NULL;
        if (strv_length(p->targets) == 1)
                return strdup(p->targets[0]);
        if (!p->accounts && strv_length(p->units) == 1)
                return message && strstr(message, p->units[0]) ? NULL : strdup(p->units[0]);
        if (strv_length(p->accounts) != 1)
                return NULL;
        if (strv_length(p->units) != 1)
                return strdup(p->accounts[0]);
        return asprintf(&text, "%s/%s", p->accounts[0], p->units[0]) < 0 ? NULL : text;
}

static void fault_print(const Request *q, const BusFault *fault) {
        _cleanup_free_ char *goes_on =
                fault->lost || fault->code == ERROR_INTERRUPTED ? waiting_sentence(q, false) : NULL;
        _cleanup_free_ char *prefix = name_subject(q, fault->code, fault->message);
        _cleanup_free_ char *named = fault->message ? fill_in_name(fault->message) : NULL;

        message_error("%s%s%s", prefix ? prefix : "", prefix ? ": " : "",
                named                    ? named
                        : fault->message ? fault->message
                                         : strerror(ENOMEM));
        if (goes_on)
                message_note("%s", goes_on);
}

/* One line of a stream. Returns 1 at the end, 0 before, or a negative errno. */
static int take_line(Run *run, const char *line, size_t n) {
        _cleanup_reply_ json_object *o = NULL;
        json_object *part;
        int r;

        if (run->request->on_line) {
                r = run->request->on_line(run->client, line, n, run->userdata);
                if (r > 0) {
                        run->n_answered++;
                        run->n_accounts++;
                }
                if (r != 0)
                        return MIN(r, 0);
        }
        r = reply_parse(line, n, &o);
        if (r < 0)
                return r;

        part = reply_object(o, "end");
        if (part) {
                run_header(run, part);
                return 1;
        }
        /* An account's own error stands beside its name; one without is the end of the whole. */
        part = reply_object(o, "error");
        if (part && !reply_string(o, "account")) {
                const char *message = reply_string(part, "message");

                message_error("%s", message ? message : error_code_doc(error_code(part)));
                run_fail(run, error_code_to_exit(error_code(part)));
                return 1;
        }
        return run_account(run, o);
}

static int run_line(const char *line, size_t n, void *userdata) {
        Run *run = userdata;
        int r;

        progress_erase(&run->progress);
        r = take_line(run, line, n);
        run->progress.n++;
        /* Whoever read this has left; nobody waits for the rest. */
        if (r == 0 && ferror(stdout))
                return 1;
        if (r == 0)
                progress_show(&run->progress);
        return r;
}

static void run_idle(void *userdata) {
        progress_show(&((Run *) userdata)->progress);
}

static int run_part(const char *text, size_t n, void *userdata) {
        return take_line(userdata, text, n);
}

/* An answer of Call whose accounts are read as if each were a line of a stream. */
static int run_reply_in_parts(Run *run, const char *text) {
        _cleanup_free_ char *rest = NULL;
        int r;

        r = line_split(text, run_part, run, &rest);
        if (r < 0)
                return r;
        return run_reply(run, r > 0 ? rest : text);
}

static unsigned call_flags(const Request *q, bool interactive) {
        return (interactive ? BUS_CALL_INTERACTIVE : 0U) |
                (method_is(q->method, METHOD_WAITS) || q->method->deadline_sec > 30 ? BUS_CALL_PATIENT : 0U);
}

static int run_stream(Run *run, const char *text, bool interactive, BusFault *fault) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = bus_open_stream(run->client->bus, text, call_flags(run->request, interactive), &fd, fault);
        if (r < 0)
                return r;
        /* Where the answer itself goes to a terminal as it comes, it shows how far it is. */
        progress_begin(&run->progress,
                run->request->wide && !run->client->options.quiet &&
                        (run->request->collected || !isatty(STDOUT_FILENO)));
        r = stream_read_idle(fd, run_line, run->progress.wanted ? run_idle : NULL, run);
        progress_erase(&run->progress);
        if (r < 0) {
                message_error(
                        "The answer broke off: %s.", r == -EPIPE ? "userunitd went away" : strerror(-r));
                run_fail(run, r == -EPIPE ? EXIT_CODE_NO_SERVICE : EXIT_CODE_FAILURE);
        }
        return 0;
}

static int run_call(Run *run, const char *text, bool interactive, BusFault *fault) {
        _cleanup_(bus_reply_done) BusReply reply = {};
        int r;

        /* Where a person may be asked for a password, nothing has begun before that. */
        waiting_begin(waiting_sentence(run->request, !interactive));
        r = bus_call(run->client->bus, text, run->request->fds, run->request->n_fds,
                call_flags(run->request, interactive), &reply, fault);
        waiting_end();
        if (r < 0)
                return r;

        run->fds = reply.fds;
        run->n_fds = reply.n_fds;
        r = run->request->on_line ? run_reply_in_parts(run, reply.text) : run_reply(run, reply.text);
        if (r < 0) {
                message_error("The reply cannot be read: %s.", strerror(-r));
                run_fail(run, EXIT_CODE_FAILURE);
        }
        return 0;
}

static int run_once(Run *run, const char *text, bool interactive, BusFault *fault) {
        int r;

        if (run->request->wide && method_is(run->request->method, METHOD_STREAMS) &&
                !accounts_by_name(&run->request->parameters))
                return run_stream(run, text, interactive, fault);

        r = run_call(run, text, interactive, fault);
        if (r < 0 && fault->code == ERROR_REPLY_TOO_LARGE &&
                method_is(run->request->method, METHOD_STREAMS)) {
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
        Run run = { .client = c, .request = q, .handler = handler, .userdata = userdata };
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
                fault_print(q, &fault);
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

        if (run.n_missing > 0 && run.n_answered == 0) {
                message_error("None of the accounts has such a unit.");
                run_fail(&run, EXIT_CODE_NO_SUCH_UNIT);
        }
        if (run.lost)
                hint_missing(c, q, run.lost);
        strv_free(run.lost);
        if (q->incomplete)
                run_fail(&run, EXIT_CODE_INCOMPLETE);
        return run.exit_code;
}
