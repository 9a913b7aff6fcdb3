/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* watch: events as they happen. */

#include "client/watch.h"

#include <signal.h>

#include "client/event-command.h"
#include "client/json-print.h"
#include "client/message.h"
#include "client/render/event.h"
#include "client/reply.h"
#include "client/target.h"
#include "client/verb/event.h"
#include "client/verbs.h"
#include "common/clock.h"
#include "common/escape.h"

/* Whoever watches ends it by a signal: that is no failure. A second one ends it whatever it does. */
static volatile sig_atomic_t asked_to_end;

static void on_signal(int number) {
        asked_to_end = 1;
}

static void catch_signals(void) {
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };

        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
}

static int look_around(Client *c, void *userdata) {
        return asked_to_end || ferror(stdout);
}

static int run_command(Client *c, json_object *event, const char *line, size_t n) {
        char *const *command = c->options.event.command;
        int r;

        r = event_command_run(command, event, line, n);
        if (r < 0) {
                message_error("Cannot run '%s': %s.", command[0], strerror(-r));
                return r;
        }
        if (r > 0 && !asked_to_end && !c->options.quiet)
                message_note("'%s' ended with exit code %d.", command[0], r);
        return 0;
}

static int see_event(Client *c, json_object *event, const char *line, size_t n, void *userdata) {
        int r;

        if (c->options.event.command)
                r = run_command(c, event, line, n);
        else if (options_json(&c->options))
                r = json_print(stdout, event, c->options.output);
        else {
                r = reply_make_safe(event);
                if (r >= 0)
                        r = event_print(&c->terminal, event);
        }
        /* Whoever reads gets each when it is there. */
        if (r >= 0 && fflush(stdout) != 0)
                return 1;
        return r < 0 ? r : look_around(c, userdata);
}

int verb_watch(Client *c, const Verb *verb, char **arguments) {
        const EventOptions *o = &c->options.event;
        _cleanup_(watch_done) Watch watch = WATCH_NULL;
        int exit_code = EXIT_CODE_OK, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &watch.request);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = events_request(c, &watch.request);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (o->after_cursor) {
                watch.cursor = strdup(o->after_cursor);
                if (!watch.cursor)
                        return message_errno(-ENOMEM);
        }
        watch.on_event = see_event;
        watch.on_idle = look_around;
        watch.quiet = c->options.quiet;
        if (o->timeout_usec > 0)
                watch.until_usec = clock_now_usec() + o->timeout_usec;

        catch_signals();
        r = watch_run(&watch, c, &exit_code);
        if (r == -ECANCELED)
                return asked_to_end ? EXIT_CODE_OK : exit_code;
        if (r == -EPIPE)
                return EXIT_CODE_NO_SERVICE;
        if (r < 0)
                return o->command ? EXIT_CODE_FAILURE : message_errno(r);
        return watch.incomplete && !c->options.visible ? EXIT_CODE_INCOMPLETE : EXIT_CODE_OK;
}
