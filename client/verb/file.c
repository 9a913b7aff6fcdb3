/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Unit files: list-unit-files, is-enabled. */

#include "client/message.h"
#include "client/render/unit.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

/* As systemctl's rows: "preset" in each, and a list without anything on it is "no". */
static int shape_file(Client *c, json_object *row, void *userdata, json_object **ret) {
        size_t *n = userdata;

        if (!json_object_object_get_ex(row, "preset", NULL) &&
                json_object_object_add(row, "preset", NULL) < 0)
                return -ENOMEM;
        (*n)++;
        *ret = json_object_get(row);
        return 0;
}

int verb_list_unit_files(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(file_list_done) FileList list = {};
        size_t n = 0;
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options)) {
                exit_code = rows_run_json_shaped(c, &q, "unit_files", shape_file, &n);
                return n == 0 ? exit_code_merge(exit_code, EXIT_CODE_FAILURE) : exit_code;
        }

        r = file_list_init(&list, q.wide);
        if (r < 0)
                return message_errno(r);
        exit_code = listing_run(c, &q, &list.listing, file_list_add, file_list_print, &list);
        /* As systemctl: a list without anything on it is "no". */
        return table_rows(list.listing.table) == 0 ? exit_code_merge(exit_code, EXIT_CODE_FAILURE)
                                                   : exit_code;
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
