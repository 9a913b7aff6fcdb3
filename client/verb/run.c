/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* run: a command as a service of an account, as systemd-run --user makes it. */

#include <fcntl.h>
#include <systemd/sd-id128.h>

#include "client/message.h"
#include "client/relay.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/terminal/text.h"
#include "client/verb/run.h"
#include "client/verbs.h"
#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "common/utf8.h"

/* What systemd-run exits with where a signal ended the service. */
#define EXIT_CODE_SIGNAL 255

/* From here on exit statuses have names that systemd gives them, systemd.exec(5). */
#define EXIT_STATUS_SYSTEMD 200

static int check_options(const Options *o) {
        const RunOptions *run = &o->run;
        const char *sentence = NULL;

        if (!*run->command)
                sentence =
                        "There is no command: write 'userunitctl run ACCOUNT -- COMMAND', or 'run -- COMMAND' for "
                        "your own account.";
        else if (!**run->command)
                sentence = "The name of the command is empty.";
        else if (o->all_accounts)
                sentence = "A command is run in one account, and --all-accounts names many.";
        else if (run->wait && o->no_block)
                sentence = "--wait and --pipe wait, and --no-block does not.";
        else if (run->has_trigger && run->wait)
                sentence = "What a timer starts later cannot be waited for, and has no streams of yours.";
        else if (run->has_trigger && run->remain)
                sentence = "A service that stays when it has ended is started by a timer once only: leave "
                           "--remain-after-exit out.";
        else if (run->has_timer_property && !run->has_trigger)
                sentence =
                        "--timer-property= has no effect without --on-active= or another option that says when.";
        if (!sentence)
                return EXIT_CODE_OK;

        message_error("%s", sentence);
        return EXIT_CODE_INVALID;
}

static int check_command(char *const *command) {
        size_t n = strv_length(command);

        if (n > PARAMETER_ITEMS_MAX) {
                message_error("The command has %zu arguments; there can be %u.", n, PARAMETER_ITEMS_MAX);
                return EXIT_CODE_INVALID;
        }
        STRV_FOREACH(word, command)
                if (!utf8_is_valid(*word, strlen(*word))) {
                        message_error("An argument of the command is not UTF-8, and no unit can have it.");
                        return EXIT_CODE_INVALID;
                }
        return EXIT_CODE_OK;
}

/* Descriptors that are not there would be refused by the bus, which knows no names for them. */
static int check_streams(void) {
        static const char *const names[] = { "input", "output", "error" };

        for (int fd = 0; fd < 3; fd++)
                if (fcntl(fd, F_GETFD) < 0) {
                        message_error("Standard %s is closed, and --pipe passes it on.", names[fd]);
                        return EXIT_CODE_INVALID;
                }
        return EXIT_CODE_OK;
}

static char *make_unit_name(void) {
        sd_id128_t id;
        char *name;

        if (sd_id128_randomize(&id) < 0 ||
                asprintf(&name, "run-r" SD_ID128_FORMAT_STR ".service", SD_ID128_FORMAT_VAL(id)) < 0)
                return NULL;
        return name;
}

/* Parts ACCOUNT[/UNIT]: an account may have no slash, and what it has is the account's. */
static int split_address(const char *address, char **ret_account, char **ret_unit) {
        const char *slash = address ? strrchr(address, '/') : NULL;

        if (!address)
                return 0;
        *ret_account = slash ? strndup(address, (size_t) (slash - address)) : strdup(address);
        if (!*ret_account)
                return -ENOMEM;
        if (slash && slash[1]) {
                *ret_unit = strdup(slash + 1);
                if (!*ret_unit)
                        return -ENOMEM;
        }
        return 0;
}

int run_make_address(const char *where, const char *unit_option, char **ret) {
        _cleanup_free_ char *account = NULL, *unit = NULL, *name = NULL;
        int r;

        r = split_address(where, &account, &unit);
        if (r < 0)
                return r;
        if (unit && unit_option) {
                message_error("'%s' names the unit, and so does --unit=%s.", where, unit_option);
                return -EINVAL;
        }
        if (!unit && unit_option) {
                unit = strdup(unit_option);
                if (!unit)
                        return -ENOMEM;
        }

        if (account && pattern_is_glob(account)) {
                message_error("A command is run in one account, and '%s' is a pattern.", account);
                return -EINVAL;
        }
        if (unit)
                r = unit_name_mangle(unit, ".service", 0, &name);
        else {
                name = make_unit_name();
                r = name ? 0 : -ENOMEM;
        }
        if (r == -EINVAL || (r >= 0 && !endswith(name, ".service"))) {
                message_error("'%s' is no name of a service.", unit);
                return -EINVAL;
        }
        if (r < 0)
                return r;

        if (!account) {
                *ret = TAKE_PTR(name);
                return 0;
        }
        return asprintf(ret, "%s/%s", account, name) < 0 ? -ENOMEM : 0;
}

static int make_request(Client *c, Request *ret) {
        RunOptions *run = &c->options.run;
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_free_ char *address = NULL;
        char *arguments[2] = {};
        int exit_code, r;

        r = run_make_address(run->address, run->unit, &address);
        if (r == -EINVAL)
                return EXIT_CODE_INVALID;
        if (r < 0)
                return message_errno(r);
        arguments[0] = address;
        exit_code = request_init(c, METHOD_UNITS_RUN, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        r = strv_copy(run->command, &q.parameters.command);
        if (r < 0)
                return message_errno(r);
        q.parameters.assignments = TAKE_PTR(run->assignments);
        if (run->has_trigger)
                q.parameters.timer = TAKE_PTR(run->timer);
        q.parameters.wait = run->wait;
        q.parameters.pipe = run->pipe;

        *ret = q;
        q = REQUEST_NULL;
        return EXIT_CODE_OK;
}

/* ---- the answer ---- */

static int exit_code_of_row(json_object *row) {
        const char *result = reply_string(row, "service_result");
        uint64_t status = reply_u64(row, "exit_status", 0);

        if (streq_ptr(result, "success"))
                return EXIT_CODE_OK;
        if (streq_ptr(result, "exit-code") && status > 0 && status <= UINT8_MAX)
                return (int) status;
        if (streq_ptr(result, "signal") || streq_ptr(result, "core-dump"))
                return EXIT_CODE_SIGNAL;
        return EXIT_CODE_FAILURE;
}

static void tell_end(json_object *row) {
        const char *result = reply_string(row, "service_result"), *code = reply_string(row, "exit_code");
        uint64_t status = reply_u64(row, "exit_status", 0), usec;
        char text[TEXT_MAX];

        message_note("Finished with result: %s", strempty(result));
        if (streq_ptr(code, "exited")) {
                /* Below are the command's own codes; these are the manager's, where it could not begin. */
                const char *name = status >= EXIT_STATUS_SYSTEMD ? text_exit_status((int64_t) status) : NULL;

                message_note("Main processes terminated with: code=%s/status=%u%s%s", code,
                        (unsigned) status, name ? "/" : "", strempty(name));
        } else if (code)
                message_note("Main processes terminated with: code=%s/status=%s", code,
                        text_signal(text, (int64_t) status));
        usec = reply_u64(row, "runtime_usec", UINT64_MAX);
        if (usec != UINT64_MAX)
                message_note("Service runtime: %s", text_timespan(text, usec, USEC_PER_MSEC));
        usec = reply_u64(row, "cpu_usec", UINT64_MAX);
        if (usec != UINT64_MAX)
                message_note("CPU time consumed: %s", text_timespan(text, usec, USEC_PER_MSEC));
}

/* A manager keeps what failed, for a person to look at, and counts it among what failed. */
static void tell_leftover(Client *c, const Account *account, json_object *row) {
        _cleanup_free_ char *unit = NULL;

        if (streq_ptr(reply_string(row, "service_result"), "success") || c->options.run.collect)
                return;
        unit = account_unit(account, strempty(reply_string(row, "unit")));
        message_note(
                "The failed unit stays until \"userunitctl reset-failed %s\"; with --collect (-G) it would not.",
                strempty(unit));
}

static void tell_start(Account *account, json_object *row) {
        _cleanup_free_ char *unit = account_unit(account, strempty(reply_string(row, "unit"))),
                            *timer = NULL;

        if (!reply_string(row, "timer")) {
                message_note("Running as unit: %s", strempty(unit));
                return;
        }
        timer = account_unit(account, reply_string(row, "timer"));
        message_note("Running timer as unit: %s", strempty(timer));
        message_note("Will run service as unit: %s", strempty(unit));
}

/* Whether the service ran and ended: then what became of it is told, and not how its job ended. */
static bool has_ended(Client *c, json_object *row) {
        return c->options.run.wait && reply_string(row, "exit_code");
}

static int tell_result(Client *c, Account *account, json_object *row, void *userdata) {
        int exit_code;

        if (!has_ended(c, row)) {
                exit_code = row_report_error(account, row, "run");
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
        }
        if (!c->options.quiet)
                tell_start(account, row);
        if (!c->options.run.wait)
                return EXIT_CODE_OK;
        if (!c->options.quiet) {
                tell_end(row);
                tell_leftover(c, account, row);
        }
        return exit_code_of_row(row);
}

static int tell_results(Client *c, Account *account, void *userdata) {
        /* What the command wrote comes before what is said about it. */
        relay_close(userdata);
        return rows_each(c, account, "units", tell_result, userdata);
}

/* In JSON all is in the row; the exit code is the same. */
static int look_at_row(Client *c, Account *account, json_object *row, void *userdata) {
        const char *name = reply_string(reply_object(row, "error"), "name");
        ErrorCode code = name ? error_code_from_string(name) : ERROR_NONE;

        if (c->options.run.wait && (has_ended(c, row) || code == ERROR_NONE))
                return exit_code_of_row(row);
        return error_code_to_exit(code < 0 ? ERROR_INTERNAL : code);
}

int verb_run(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(relay_close) Relay relay = RELAY_NULL;
        int exit_code, r;

        exit_code = check_options(&c->options);
        if (exit_code == EXIT_CODE_OK)
                exit_code = check_command(c->options.run.command);
        if (exit_code == EXIT_CODE_OK && c->options.run.pipe)
                exit_code = check_streams();
        if (exit_code == EXIT_CODE_OK)
                exit_code = make_request(c, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        if (c->options.run.pipe) {
                r = relay_open(&relay);
                if (r < 0)
                        return message_errno(r);
                q.fds = relay.fds;
                q.n_fds = ELEMENTSOF(relay.fds);
        }
        if (options_json(&c->options))
                return rows_run_json_looking(c, &q, "units", look_at_row, NULL);
        return request_run(c, &q, tell_results, &relay);
}
