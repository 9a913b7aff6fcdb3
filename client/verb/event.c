/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* events: what has happened. */

#include "client/verb/event.h"

#include "client/json-print.h"
#include "client/message.h"
#include "client/render/event.h"
#include "client/reply.h"
#include "client/request-options.h"
#include "client/target.h"
#include "client/time/timestamp.h"
#include "client/verbs.h"
#include "common/strv.h"

int events_request(Client *c, Request *q) {
        const EventOptions *o = &c->options.event;
        int r = 0;

        STRV_FOREACH(event, o->events)
                r = r < 0 ? r : strv_extend(&q->parameters.events, *event);
        /* Both: what is of these kinds, as far as something went wrong. */
        for (const char *const *failure = event_failures; *failure && o->failed && !o->events; failure++)
                r = r < 0 ? r : strv_extend(&q->parameters.events, *failure);
        if (r < 0)
                return message_errno(r);
        if (o->events && o->failed) {
                message_error("--events= and --failed both say which events are wanted: give one of them.");
                return EXIT_CODE_INVALID;
        }
        return parameters_are_fine(q->method, &q->parameters) ? EXIT_CODE_OK : EXIT_CODE_INVALID;
}

int past_request(Client *c, Request *q) {
        const EventOptions *o = &c->options.event;
        int r = 0;

        if (o->since)
                r = timestamp_parse_option("--since", o->since, &q->parameters.since);
        if (r >= 0 && o->until)
                r = timestamp_parse_option("--until", o->until, &q->parameters.until);
        if (r == -EINVAL)
                return EXIT_CODE_INVALID;
        if (r >= 0 && o->after_cursor) {
                q->parameters.after_cursor = strdup(o->after_cursor);
                r = q->parameters.after_cursor ? 0 : -ENOMEM;
        }
        if (r < 0)
                return message_errno(r);
        if (o->since && o->until && q->parameters.until < q->parameters.since) {
                message_error("--since= must be before --until=.");
                return EXIT_CODE_INVALID;
        }

        q->parameters.reverse = o->reverse;
        if (c->options.lines)
                q->parameters.lines = strtoull(c->options.lines, NULL, 10);
        return EXIT_CODE_OK;
}

void past_print_none(const Client *c) {
        if (!options_json(&c->options) && !c->options.quiet)
                puts("-- No entries --");
}

typedef struct EventList {
        JsonList json;
        size_t n;
} EventList;

static int take_line(Client *c, const char *line, size_t n, void *userdata) {
        _cleanup_reply_ json_object *event = NULL;
        EventList *l = userdata;
        int r;

        r = reply_parse(line, n, &event);
        if (r < 0)
                return r;
        if (!reply_string(event, "event"))
                return 0;

        l->n++;
        if (options_json(&c->options))
                r = json_list_add(&l->json, NULL, event, NULL);
        else {
                if (l->n == 1)
                        client_page(c);
                r = reply_make_safe(event);
                if (r >= 0)
                        r = event_print(&c->terminal, event);
        }
        return r < 0 ? r : 1;
}

int verb_events(Client *c, const Verb *verb, char **arguments) {
        EventList list = { .json = { .f = stdout, .mode = c->options.output } };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code == EXIT_CODE_OK)
                exit_code = events_request(c, &q);
        if (exit_code == EXIT_CODE_OK)
                exit_code = past_request(c, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        q.on_line = take_line;
        exit_code = request_run(c, &q, NULL, &list);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && list.n == 0)
                return exit_code;
        if (options_json(&c->options))
                json_list_end(&list.json);
        else if (list.n == 0)
                past_print_none(c);
        return exit_code;
}
