/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Events of units and managers, a line each.
 */

#include "client/request.h"

/* The kinds of events that say that something went wrong, ended by NULL. */
extern const char *const event_failures[];

/* Whose it is, "svc-web/app.service" or "svc-web/". `event` is an object as events.list has it, made safe
 * for a terminal. malloc()ed; NULL: no memory. */
char *event_address(json_object *event);

/* What happened, "failed (exit-code: exited, status 3), restarted 2 times". malloc()ed; NULL: no memory. */
char *event_describe(json_object *event);

/* The colour of such an event. */
Color event_color(json_object *event);

/* Prints the line: when, whose, what. Returns 0 or -ENOMEM. */
int event_print(const Terminal *t, json_object *event);
