/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* show: properties as systemctl prints them. */

#include "client/hint.h"
#include "client/message.h"
#include "client/property/property.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/escape.h"
#include "common/strv.h"

typedef struct Shown {
        Client *client;
        const char *name;
        size_t n_units;
        char **lost;  /* units of one's own that are not there */
        bool unasked; /* LoadState is wanted for that alone */
        bool empty;   /* empty values too: with -a, and of what was asked for by name */
} Shown;

static int print_safe(const char *s) {
        _cleanup_free_ char *safe = NULL;

        if (!escape_is_needed(s)) {
                fputs(s, stdout);
                return 0;
        }
        safe = escape_terminal(s);
        if (!safe)
                return -ENOMEM;
        fputs(safe, stdout);
        return 0;
}

static int print_value(const char *value, void *userdata) {
        Shown *shown = userdata;
        int r;

        if (!*value && !shown->empty)
                return 0;
        if (!shown->client->options.value) {
                r = print_safe(shown->name);
                if (r < 0)
                        return r;
                putchar('=');
        }
        r = print_safe(value);
        putchar('\n');
        return r;
}

static int show_unit(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *properties = reply_object(row, "properties");
        const char *unit = reply_string(row, "unit");
        Shown *shown = userdata;
        int exit_code, r;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        /* --property= without a name. */
        if (shown->client->options.properties && !*shown->client->options.properties)
                return EXIT_CODE_OK;
        if (shown->n_units++ > 0)
                putchar('\n');
        if (account->wide && !c->options.value) {
                shown->name = "Account";
                r = print_value(account->name, shown);
                if (r < 0)
                        return message_errno(r);
        }
        if (!properties)
                return EXIT_CODE_OK;
        if (account->uid == getuid() && unit &&
                streq_ptr(reply_string(properties, "LoadState"), "not-found")) {
                r = strv_extend(&shown->lost, unit);
                if (r < 0)
                        return message_errno(r);
        }

        json_object_object_foreach(properties, name, value) {
                if (shown->unasked && streq(name, "LoadState"))
                        continue;
                shown->name = name;
                r = property_format(name, value, shown->empty, print_value, shown);
                if (r < 0)
                        return message_errno(r);
        }
        return EXIT_CODE_OK;
}

static int show_account(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", show_unit, userdata);
}

/* Whether a unit is there is not among the properties that were asked for by name. */
static int ask_load_state(Request *q, Shown *shown) {
        char **properties = q->parameters.properties;

        if (!properties || !*properties || !q->parameters.units || q->parameters.accounts)
                return 0;
        STRV_FOREACH(name, properties)
                if (streq(*name, "LoadState"))
                        return 0;
        shown->unasked = true;
        return strv_extend(&q->parameters.properties, "LoadState");
}

int verb_show(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        Shown shown = { .client = c, .empty = c->options.all || c->options.properties };
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "units", NULL);

        /* Formats are decided by the text as it is; each line is made safe when it is printed. */
        q.raw = true;
        r = ask_load_state(&q, &shown);
        if (r < 0)
                return message_errno(r);
        client_page(c);
        exit_code = request_run(c, &q, show_account, &shown);
        if (shown.lost)
                hint_missing(c, &q, shown.lost);
        strv_free(shown.lost);
        return exit_code;
}
