/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* list-dependencies. */

#include "client/render/dependency.h"
#include "client/hint.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

/* Which way to look; the last of them that systemctl looks at wins. */
static const char *direction(const Options *o) {
        return o->before ? "before" : o->after ? "after" : o->reverse ? "reverse" : "forward";
}

/* Whether there is nothing but what was asked about. */
typedef struct Trees {
        size_t n;
        bool any;
} Trees;

static int print_trees(Client *c, Account *account, void *userdata) {
        json_object *units = reply_array(account->object, "units");
        Trees *trees = userdata;

        for (size_t i = 0; i < reply_length(units) && !trees->any; i++)
                trees->any = reply_u64(reply_item(units, i), "level", 0) > 0;
        return dependencies_print(c, account, &trees->n);
}

int verb_list_dependencies(Client *c, const Verb *verb, char **arguments) {
        char *const start[] = { (char[]){ "default.target" }, NULL };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        Trees trees = {};
        int exit_code;

        exit_code = request_init(c, verb->method, *arguments ? arguments : start, TARGET_DEFAULT, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        q.parameters.dependency = strdup(direction(&c->options));
        if (!q.parameters.dependency)
                return message_errno(-ENOMEM);
        q.parameters.once = c->options.plain;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "units", NULL);
        client_page(c);
        exit_code = request_run(c, &q, print_trees, &trees);
        if (exit_code == EXIT_CODE_OK && !trees.any)
                (void) hint_words(c, arguments);
        return exit_code;
}
