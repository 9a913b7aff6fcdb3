/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How units are doing: status, is-active, is-failed. */

#include <pwd.h>
#include <systemd/sd-login.h>

#include "client/hint.h"
#include "client/message.h"
#include "client/render/status.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verb/account.h"
#include "client/verb/logs.h"
#include "client/verbs.h"
#include "common/escape.h"
#include "common/strv.h"

/* LSB's codes, as systemctl's status has them. */
static int status_exit_code(json_object *properties) {
        const char *load = reply_string(properties, "LoadState"),
                   *active = reply_string(properties, "ActiveState");

        if (streq_ptr(load, "not-found") && streq_ptr(active, "inactive"))
                return EXIT_CODE_NO_SUCH_UNIT;
        if (!streq_ptr(active, "active") && !streq_ptr(active, "reloading") &&
                !streq_ptr(active, "refreshing"))
                return EXIT_CODE_NOT_ACTIVE;
        return EXIT_CODE_OK;
}

/* As systemctl's. */
#define LOG_LINES 10

/* What it has logged since it began to run; only who asked for it is told that it may not be seen. */
static void print_log(Client *c, const Account *account, json_object *properties) {
        uint64_t lines = c->options.lines ? strtoull(c->options.lines, NULL, 10) : LOG_LINES;
        const char *unit = reply_string(properties, "Id");
        bool failed = streq_ptr(reply_string(properties, "ActiveState"), "failed");
        int exit_code;

        if (account->uid == (uid_t) -1 || !unit || c->options.quiet || lines == 0)
                return;
        exit_code =
                logs_print_last(c, account, unit, reply_u64(properties, "InactiveExitTimestamp", 0), lines);
        if (exit_code == EXIT_CODE_NOT_AUTHORIZED && (failed || c->options.lines))
                printf("\n%sIts log is not shown: that takes org.userunit1.read-logs.%s\n",
                        terminal_color(&c->terminal, COLOR_GREY), terminal_normal(&c->terminal));
}

/* What status has shown. */
typedef struct StatusRun {
        size_t n;
        bool lost;    /* a unit of one's own is not there */
        bool missing; /* in some account that was meant by a pattern there is no such unit */
} StatusRun;

static int status_unit(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *properties = reply_object(row, "properties");
        StatusRun *run = userdata;
        int exit_code;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        exit_code = status_exit_code(properties);
        if (exit_code == EXIT_CODE_NO_SUCH_UNIT && account->by_pattern) {
                run->missing = true;
                return EXIT_CODE_OK;
        }
        if (exit_code == EXIT_CODE_NO_SUCH_UNIT) {
                _cleanup_free_ char *unit = account_unit(account, strempty(reply_string(row, "unit")));

                message_note("Unit %s could not be found.", strempty(unit));
                run->lost = run->lost || account->uid == getuid();
                return exit_code;
        }

        if (run->n++ > 0)
                putchar('\n');
        status_print(c, account, row);
        print_log(c, account, properties);
        if (reply_boolean(properties, "NeedDaemonReload", false) && !c->options.quiet)
                message_note(
                        "Warning: The unit file or drop-ins of %s changed on disk. Run 'userunitctl daemon-reload "
                        "%s' to have them read.",
                        strempty(reply_string(row, "unit")), account->name);
        return exit_code;
}

/* The exit code is that of the words. */
static int look_at_status(Client *c, Account *account, json_object *row, void *userdata) {
        int exit_code;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code == EXIT_CODE_OK)
                exit_code = status_exit_code(reply_object(row, "properties"));
        return exit_code == EXIT_CODE_NO_SUCH_UNIT && account->by_pattern ? EXIT_CODE_OK : exit_code;
}

static int status_account(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", status_unit, userdata);
}

/* Makes ACCOUNT/UNIT of a process id; an argument that is none is copied. */
static int resolve_process(const char *argument, char **ret) {
        _cleanup_free_ char *unit = NULL;
        unsigned long pid;
        uid_t uid;
        int r;

        if (!*argument || argument[strspn(argument, "0123456789")]) {
                *ret = strdup(argument);
                return *ret ? EXIT_CODE_OK : message_errno(-ENOMEM);
        }

        errno = 0;
        pid = strtoul(argument, NULL, 10);
        if (errno != 0 || pid == 0 || pid > INT32_MAX) {
                message_error("'%s' is no process id.", argument);
                return EXIT_CODE_INVALID;
        }
        r = sd_pid_get_user_unit((pid_t) pid, &unit);
        if (r >= 0)
                r = sd_pid_get_owner_uid((pid_t) pid, &uid);
        if (r == -ESRCH || r == -ENOENT) {
                message_error("There is no process %lu.", pid);
                return EXIT_CODE_NO_SUCH_UNIT;
        }
        if (r < 0) {
                _cleanup_free_ char *system_unit = NULL;

                if (sd_pid_get_unit((pid_t) pid, &system_unit) < 0)
                        message_error("Process %lu belongs to no unit.", pid);
                else
                        message_error(
                                "Process %lu belongs to no unit of an account, but to the system's %s.", pid,
                                system_unit);
                return EXIT_CODE_NO_SUCH_UNIT;
        }
        return asprintf(ret, "%u/%s", uid, unit) < 0 ? message_errno(-ENOMEM) : EXIT_CODE_OK;
}

int verb_whoami(Client *c, const Verb *verb, char **arguments) {
        char own[16], *own_arguments[] = { own, NULL };
        int exit_code = EXIT_CODE_OK;

        snprintf(own, sizeof(own), "%d", getpid());
        STRV_FOREACH(argument, *arguments ? arguments : own_arguments) {
                _cleanup_free_ char *address = NULL, *safe = NULL;
                const struct passwd *pw;
                const char *slash;
                int r;

                if (!**argument || (*argument)[strspn(*argument, "0123456789")]) {
                        message_error("'%s' is no process id.", *argument);
                        return EXIT_CODE_INVALID;
                }
                r = resolve_process(*argument, &address);
                exit_code = exit_code_merge(exit_code, r);
                if (r != EXIT_CODE_OK)
                        continue;

                safe = escape_terminal(address);
                slash = safe ? strchr(safe, '/') : NULL;
                if (!slash)
                        return message_errno(-ENOMEM);
                pw = getpwuid((uid_t) strtoul(address, NULL, 10));
                printf("%s%s\n", pw ? pw->pw_name : "", pw ? slash : safe);
        }
        return exit_code;
}

static int resolve_processes(char **arguments, char ***ret) {
        _cleanup_strv_free_ char **resolved = NULL;
        int exit_code, r;

        STRV_FOREACH(argument, arguments) {
                char *text;

                exit_code = resolve_process(*argument, &text);
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
                r = strv_consume(&resolved, text);
                if (r < 0)
                        return message_errno(r);
        }
        *ret = TAKE_PTR(resolved);
        return EXIT_CODE_OK;
}

int verb_status(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_strv_free_ char **resolved = NULL;
        bool whole_accounts = true;
        StatusRun run = {};
        int exit_code;

        if (!arguments[0])
                return verb_overview(c, verb, arguments);
        STRV_FOREACH(argument, arguments)
                whole_accounts = whole_accounts && endswith(*argument, "/");
        if (whole_accounts)
                return accounts_show(c, arguments);

        exit_code = resolve_processes(arguments, &resolved);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = request_init(c, verb->method, resolved, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json_looking(c, &q, "units", look_at_status, NULL);
        client_page(c);
        exit_code = request_run(c, &q, status_account, &run);
        if (run.lost)
                (void) hint_words(c, arguments);
        if (run.n == 0 && run.missing && exit_code == EXIT_CODE_OK) {
                message_note("None of the accounts has such a unit.");
                return EXIT_CODE_NO_SUCH_UNIT;
        }
        return exit_code;
}

/* is-active and is-failed: enough that one unit is in the state asked about. */
typedef struct StateCheck {
        const char *const *good;
        bool any;
        bool all_missing;
        size_t n;
} StateCheck;

static int check_unit(Client *c, Account *account, json_object *row, void *userdata) {
        const char *active = reply_string(row, "active");
        StateCheck *check = userdata;
        int exit_code;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        /* Nobody said that every account has it, and a word alone would not say whose it is. */
        if (account->by_pattern && streq_ptr(reply_string(row, "load"), "not-found"))
                return EXIT_CODE_OK;
        if (!c->options.quiet && !options_json(&c->options)) {
                if (account->by_pattern)
                        printf("%s/%s: ", account->name, strempty(reply_string(row, "unit")));
                puts(strempty(active));
        }

        check->n++;
        if (!streq_ptr(reply_string(row, "load"), "not-found"))
                check->all_missing = false;
        for (const char *const *good = check->good; *good; good++)
                check->any = check->any || streq_ptr(active, *good);
        return EXIT_CODE_OK;
}

static int check_account(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", check_unit, userdata);
}

static int check_states(
        Client *c, const Verb *verb, char **arguments, const char *const *good, int otherwise) {
        StateCheck check = { .good = good, .all_missing = true };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = options_json(&c->options) ? rows_run_json_looking(c, &q, "units", check_unit, &check)
                                              : request_run(c, &q, check_account, &check);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (check.all_missing)
                (void) hint_words(c, arguments);
        return check.any ? EXIT_CODE_OK : check.all_missing ? EXIT_CODE_NO_SUCH_UNIT : otherwise;
}

int verb_is_active(Client *c, const Verb *verb, char **arguments) {
        static const char *const good[] = { "active", "reloading", "refreshing", NULL };

        return check_states(c, verb, arguments, good, EXIT_CODE_NOT_ACTIVE);
}

int verb_is_failed(Client *c, const Verb *verb, char **arguments) {
        static const char *const good[] = { "failed", NULL };

        return check_states(c, verb, arguments, good, EXIT_CODE_FAILURE);
}
