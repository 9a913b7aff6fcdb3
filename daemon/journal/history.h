/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * history.list: the records that userunitd has written (daemon/record.h), as they are. They are told from
 * forgeries by what journald itself says of their writer, and by nothing else.
 */

#include "daemon/journal/line.h"
#include "daemon/journal/past.h"
#include "daemon/journal/query.h"

/*
 * Writes the lines of a query for records, without preface and end; with `follow` for as long as somebody
 * reads. directory as of journal_open(). Blocks while nobody reads the pipe.
 *
 * Returns 0, -EPIPE where nobody reads any more, or another negative errno with the error filled.
 */
int history_list(const Query *query, const char *directory, LineWriter *out, Error *error) _warn_unused_;

/* The same out of any source. self is the uid of userunitd. */
int history_list_from(
        EntrySource *source, const Query *query, uid_t self, LineWriter *out, Error *error) _warn_unused_;
