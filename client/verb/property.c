/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* set-property: properties of units that run. */

#include "client/message.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/strv.h"
#include "common/utf8.h"

/* Units stand before the first assignment. */
static size_t count_units(char *const *arguments) {
        size_t n = 0;

        while (arguments[n] && !strchr(arguments[n], '='))
                n++;
        return n;
}

static int check_assignments(const Verb *verb, char *const *assignments) {
        if (!*assignments) {
                message_error("'%s' needs more: userunitctl %s %s", verb->name, verb->name, verb->usage);
                return EXIT_CODE_INVALID;
        }
        STRV_FOREACH(assignment, assignments) {
                if (!strchr(*assignment, '=')) {
                        message_error("'%s' is no assignment: write NAME=VALUE.", *assignment);
                        return EXIT_CODE_INVALID;
                }
                if (!utf8_is_valid(*assignment, strlen(*assignment))) {
                        message_error("A value is not UTF-8, and no unit can have it.");
                        return EXIT_CODE_INVALID;
                }
        }
        return EXIT_CODE_OK;
}

static int tell_error(Client *c, Account *account, json_object *row, void *userdata) {
        return row_report_error(account, row, "set properties of");
}

static int tell_errors(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", tell_error, userdata);
}

int verb_set_property(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_strv_free_ char **units = NULL;
        size_t n = count_units(arguments);
        int exit_code, r;

        exit_code = check_assignments(verb, arguments + n);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        for (size_t i = 0; i < n; i++) {
                r = strv_extend(&units, arguments[i]);
                if (r < 0)
                        return message_errno(r);
        }
        if (n == 0) {
                message_error("No unit is named: userunitctl %s %s", verb->name, verb->usage);
                return EXIT_CODE_INVALID;
        }

        exit_code = request_init(c, verb->method, units, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        r = strv_copy(arguments + n, &q.parameters.assignments);
        if (r < 0)
                return message_errno(r);

        if (options_json(&c->options))
                return rows_run_json(c, &q, "units", NULL);
        return request_run(c, &q, tell_errors, NULL);
}
