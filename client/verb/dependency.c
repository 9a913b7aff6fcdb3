/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* list-dependencies. */

#include "client/render/dependency.h"
#include "client/message.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

/* Which way to look; the last of them that systemctl looks at wins. */
static const char *direction(const Options *o) {
        return o->before ? "before" : o->after ? "after" : o->reverse ? "reverse" : "forward";
}

int verb_list_dependencies(Client *c, const Verb *verb, char **arguments) {
        char *const start[] = { (char[]){ "default.target" }, NULL };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        size_t n = 0;
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
        return request_run(c, &q, dependencies_print, &n);
}
