/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The payload of a connection's first frame (see protocol.h) as a typed struct: the request, by the code
 * that the daemon parses it with, and what the daemon says to it.
 */

#include "common/error.h"
#include "common/limits.h"
#include "common/parameters.h"
#include "daemon/journal/grants.h"

/* How many lines may stand before everything else. */
#define QUERY_PREFACE_MAX ACCOUNTS_PER_REQUEST_MAX

/* Owns everything. */
typedef struct Query {
        const Method *method;
        Parameters parameters;
        JournalGrants grants;
        char **preface; /* lines, without their ends; NULL: none */
        char *end;      /* the last line */
} Query;

#define QUERY_NULL                                                                                          \
        (Query) {                                                                                           \
                .parameters = PARAMETERS_NULL                                                               \
        }

void query_done(Query *query);

/*
 * Parses the payload: strict, nothing unknown, nothing missing but `everyone` and `preface`. Lines must be
 * JSON objects of one line, patterns must be patterns.
 *
 * Returns 0, or a negative errno with the error filled.
 */
int query_parse(const char *payload, size_t size, Query *ret, Error *error) _warn_unused_;

/* Whether the caller may see that unit of that account and asked for it; unit NULL: what is about the
 * account itself. Without `everyone` the grants are what was asked for; with it, what the request says
 * counts: accounts (names or uids) and units, or targets. */
bool query_wants(const Query *query, uid_t uid, const char *unit) _pure_;
