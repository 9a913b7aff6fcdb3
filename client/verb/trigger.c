/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* list-timers, list-sockets, list-paths. */

#include "client/render/trigger.h"
#include "client/message.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"

static const struct {
        MethodId method;
        unsigned target_flags;
} kinds[_TRIGGER_MAX] = {
        [TRIGGER_TIMER] = { METHOD_TIMERS_LIST, TARGET_TIMERS },
        [TRIGGER_SOCKET] = { METHOD_SOCKETS_LIST, TARGET_SOCKETS },
        [TRIGGER_PATH] = { METHOD_PATHS_LIST, TARGET_PATHS },
};

static int shape_row(Client *c, json_object *row, void *userdata, json_object **ret) {
        TriggerKind *kind = userdata;

        if (!trigger_is_wanted(&c->options, row))
                return 0;
        return trigger_shape_json(*kind, &c->options, row, ret);
}

int verb_list_triggers(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        TriggerKind kind = TRIGGER_TIMER;
        TriggerList list;
        int exit_code, r;

        while (kinds[kind].method != verb->method)
                kind++;
        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS | kinds[kind].target_flags, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json_shaped(c, &q, trigger_member(kind), shape_row, &kind);

        r = trigger_list_init(&list, kind, q.wide, &c->options);
        if (r < 0)
                return message_errno(r);
        exit_code = listing_run(c, &q, &list.listing, trigger_list_add, trigger_list_print, &list);
        listing_done(&list.listing);
        return exit_code;
}
