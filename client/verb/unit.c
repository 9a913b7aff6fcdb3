/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* list-units. */

#include "client/render/unit.h"
#include "client/message.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

int verb_list_units(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(unit_list_done) UnitList list = {};
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "units", "job");

        r = unit_list_init(&list, q.wide);
        if (r < 0)
                return message_errno(r);
        q.on_line = unit_list_add_line;
        return listing_run(c, &q, &list.listing, unit_list_add, unit_list_print, &list);
}
