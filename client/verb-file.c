/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unit files: list-unit-files, is-enabled, enable, disable. */

#include "client/message.h"
#include "client/render-unit.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verb-job.h"
#include "client/verbs.h"

int verb_list_unit_files(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(file_list_done) FileList list = {};
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "unit_files", "preset");

        r = file_list_init(&list, q.wide);
        if (r < 0)
                return message_errno(r);
        exit_code = request_run(c, &q, file_list_add, &list);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && table_rows(list.table) == 0)
                return exit_code;

        client_page(c);
        r = file_list_print(&list, c);
        if (r < 0)
                return exit_code_merge(exit_code, message_errno(r));
        /* As systemctl: a list without anything on it is "no". */
        return table_rows(list.table) == 0 ? exit_code_merge(exit_code, EXIT_CODE_FAILURE) : exit_code;
}

/* What is-enabled of several units found. */
typedef struct EnabledCheck {
        bool any; /* one is enabled, in a sense that counts */
        bool all_missing;
} EnabledCheck;

static int check_enabled(Client *c, Account *account, json_object *row, void *userdata) {
        static const char *const enabled[] = { "enabled", "enabled-runtime", "static", "alias", "indirect",
                "generated" };
        const char *state = reply_string(row, "state");
        EnabledCheck *check = userdata;

        if (reply_object(row, "error")) {
                const char *name = reply_string(reply_object(row, "error"), "name");

                if (!streq_ptr(name, "NoSuchFile") && !streq_ptr(name, "NoSuchUnit"))
                        return row_report_error(account, row, NULL);
                state = "not-found";
        }
        if (!c->options.quiet)
                puts(strempty(state));

        if (!streq_ptr(state, "not-found"))
                check->all_missing = false;
        for (size_t i = 0; i < ELEMENTSOF(enabled); i++)
                check->any = check->any || streq_ptr(state, enabled[i]);
        return EXIT_CODE_OK;
}

typedef struct EnabledRun {
        EnabledCheck check;
        size_t n_accounts;
} EnabledRun;

static int check_account(Client *c, Account *account, void *userdata) {
        EnabledRun *run = userdata;

        run->n_accounts++;
        return rows_each(c, account, "units", check_enabled, &run->check);
}

int verb_is_enabled(Client *c, const Verb *verb, char **arguments) {
        EnabledRun run = { .check = { .all_missing = true } };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "units", NULL);

        exit_code = request_run(c, &q, check_account, &run);
        /* A single unit that is not there is an error of the whole request. */
        if (exit_code == EXIT_CODE_NO_SUCH_UNIT && run.n_accounts == 0 && !c->options.quiet)
                puts("not-found");
        if (exit_code != EXIT_CODE_OK || run.n_accounts == 0)
                return exit_code;
        if (run.check.any)
                return EXIT_CODE_OK;
        return run.check.all_missing ? EXIT_CODE_NO_SUCH_UNIT : EXIT_CODE_FAILURE;
}

static int print_link(Client *c, Account *account, json_object *row, void *userdata) {
        const char *type = reply_string(row, "type"), *path = strempty(reply_string(row, "path"));

        if (c->options.quiet)
                return EXIT_CODE_OK;
        if (streq_ptr(type, "symlink"))
                message_note("Created symlink %s %s %s.", path, terminal_glyph(&c->terminal, GLYPH_ARROW),
                        strempty(reply_string(row, "destination")));
        else if (streq_ptr(type, "unlink"))
                message_note("Removed %s.", path);
        return EXIT_CODE_OK;
}

static int print_links(Client *c, Account *account, void *userdata) {
        bool *enabling = userdata;

        if (*enabling && !c->options.quiet && reply_length(reply_array(account->object, "links")) == 0 &&
                !reply_boolean(account->object, "carries_install_info", true))
                message_note(
                        "The unit files have no [Install] section, so there is nothing to enable: such units are "
                        "started by others (Wants=, Requires=, a timer, a socket, D-Bus) or by hand.");
        return rows_each(c, account, "links", print_link, NULL);
}

int verb_enable(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        bool enabling = verb->method == METHOD_UNIT_FILES_ENABLE;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = options_json(&c->options) ? rows_run_json(c, &q, "links", NULL)
                                              : request_run(c, &q, print_links, &enabling);
        if (exit_code != EXIT_CODE_OK || !c->options.now)
                return exit_code;
        /* The links were what was asked for in JSON; there is one value on stdout. */
        c->options.output = OUTPUT_TABLE;
        return job_run(c, enabling ? METHOD_UNITS_START : METHOD_UNITS_STOP, arguments);
}
