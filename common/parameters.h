/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A request's parameters as a typed struct. JSON enters here and nowhere else: what comes after this never
 * sees a JSON value. Which of the members a method takes is said by its row (common/contract.h).
 */

#include "common/contract.h"
#include "common/error.h"

typedef struct Parameters {
        char **accounts; /* names, uids or globs; NULL: not given */
        char **units;    /* names or patterns, for each of the accounts */
        char **targets;  /* "ACCOUNT/UNIT", instead of the two above */
        char **states;
        char **types;
        char **properties;
        char *mode; /* of a job */
        char *signal;
        char *whom;
        char *verb; /* access.check */
        char *dependency;
        char *preset_mode;
        char *target; /* of unit-files.add-wants */
        char **assignments;
        char **command;
        char **jobs;
        char **names;
        char **timer;
        char **what;
        char **fields; /* of journal entries */
        char **priorities;
        char **identifiers;
        char **events;
        char **callers;
        char **verbs;
        char **verdicts;
        char *cursor;
        char *after_cursor;
        char *boot;
        char *grep;
        uint64_t since; /* µs since the epoch */
        uint64_t until;
        uint64_t lines;
        uint64_t timeout; /* s */
        bool all;
        bool no_block;
        bool runtime;
        bool force;
        bool on_disk; /* unit-files.list */
        bool after;   /* jobs.list */
        bool before;
        bool once; /* units.dependencies */
        bool pipe; /* units.run */
        bool wait;
        bool follow;
        bool reverse;
        bool failed;
        bool case_sensitive;
        bool case_insensitive;
        bool no_tail;
} Parameters;

/* A number that was not given, for 0 is one that may be; and the greatest that may. */
#define UNSIGNED_UNSET UINT64_MAX
#define UNSIGNED_MAX   (UINT64_C(1) << 53)

#define PARAMETERS_NULL                                                                                     \
        (Parameters) {                                                                                      \
                .since = UNSIGNED_UNSET, .until = UNSIGNED_UNSET, .lines = UNSIGNED_UNSET,                  \
                .timeout = UNSIGNED_UNSET                                                                   \
        }

void parameters_done(Parameters *p);

/*
 * Parses a whole request, {"method": "units.list", "parameters": {…}}: strict scan first
 * (common/json-scan.h), then the row, then each parameter by the row's table. "parameters" may be left out.
 * Unknown members, wrong types and strings that are none of the choices are errors that name the place.
 *
 * Returns 0 with both outputs set, or a negative errno with the error filled (InvalidRequest or
 * NoSuchMethod).
 */
int request_parse(const char *text, size_t length, const Method **ret_method, Parameters *ret, Error *error);

/* Writes the parameters that the row takes and that are set, as a JSON object; the inverse of
 * request_parse(). */
struct JsonWriter;
void parameters_write(const Parameters *p, const Method *method, struct JsonWriter *w);
