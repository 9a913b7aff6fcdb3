/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * events.list: what happened, out of the journal; and what a watcher who was away has missed.
 */

#include "daemon/journal/account-names.h"
#include "daemon/journal/event.h"
#include "daemon/journal/line.h"
#include "daemon/journal/past.h"
#include "daemon/journal/query.h"

/* Which kinds of events somebody wants, one bit each. `events` NULL: all. */
uint32_t event_kinds(char *const *events);

/*
 * Writes the lines of a query for events, without preface and end. directory as of journal_open(). Blocks
 * while nobody reads the pipe.
 *
 * Returns 0, -EPIPE where nobody reads any more, or another negative errno with the error filled.
 */
int events_list(const Query *query, const char *directory, LineWriter *out, Error *error) _warn_unused_;

/* The same out of any source, within what `past` says. self is the uid of userunitd. */
int events_list_from(EntrySource *source, const Query *query, AccountNames *names, uid_t self,
        const Past *past, LineWriter *out, Error *error) _warn_unused_;

/* What userunitd's account is called. */
#define SELF_ACCOUNT "userunitd"
