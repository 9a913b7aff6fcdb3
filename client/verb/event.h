/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What events, watch and history have in common.
 */

#include "client/request.h"

/* Puts into a request of events.list or events.watch what the options say of the kinds of events. Returns an
 * exit code, after it has said what is wrong. */
int events_request(Client *c, Request *q);

/* The same for what is past: --since=, --until=, --lines=, --reverse, --after-cursor=. */
int past_request(Client *c, Request *q);

/* Says that there is nothing, where that is an answer; as journalctl. */
void past_print_none(const Client *c);
