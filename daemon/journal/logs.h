/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * logs.read: the entries that were asked for, one a line, until there are no more or, with `follow`, nobody
 * reads.
 */

#include "daemon/journal/line.h"
#include "daemon/journal/query.h"

/*
 * Writes the entries; preface and last line are the caller's. May be left by siglongjmp() where a file of
 * the journal is cut short under it (serve.c): whole lines in the writer stay good.
 *
 * directory: NULL, or where the journal's files are (for tests). Returns 0 where all is written; -EPIPE
 * where nobody reads; or a negative errno with the error filled.
 */
int logs_read(const Query *query, const char *directory, LineWriter *writer, Error *error) _warn_unused_;
