/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Events as they happen, without an end: where the stream breaks off it is taken up again behind the last
 * event, so that each is handed on once and none is left out.
 */

#include "client/request.h"

/* Sees an event: as it came (`line`, n bytes) and as an object, whose strings are not safe for a terminal.
 * Returns 0 to go on, 1 where that was enough, or a negative errno. */
typedef int (*EventHandler)(Client *c, json_object *event, const char *line, size_t n, void *userdata);

typedef struct Watch {
        Request request; /* of events.watch, from request_init(); the caller frees it */
        EventHandler on_event;
        /* Called when nothing has come for a while, and when a signal has; NULL: no one cares. Returns as
         * on_event. */
        IdleHandler on_idle;
        /* The stream stands: whatever happens from here on will be seen. May come again after a break;
         * NULL: no one cares. Returns as on_event. */
        IdleHandler on_ready;
        void *userdata;
        uint64_t until_usec; /* CLOCK_MONOTONIC; 0: no end */
        bool quiet;          /* breaks are not told */

        /* Its own. */
        Client *client;
        char *cursor; /* of the last event, or of where the stream began */
        uint64_t since_usec;
        uint64_t ready_usec;
        bool standing;
        bool lagging;
        bool incomplete; /* there may be more than one may see */
        int result;
} Watch;

#define WATCH_NULL                                                                                          \
        (Watch) {                                                                                           \
                .request = REQUEST_NULL                                                                     \
        }

void watch_done(Watch *w);

/* Watches until a handler has had enough or the time has come. Returns 1 for the former, 0 for the latter;
 * -EPIPE where the service went away for good, after it has been said; another negative errno of a handler;
 * or -ECANCELED where the request was refused, which has been said, with *ret_exit_code set. */
int watch_run(Watch *w, Client *c, int *ret_exit_code);
