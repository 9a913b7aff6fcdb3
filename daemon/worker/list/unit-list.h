/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The units that the manager has in memory, as ListUnitsByPatterns tells them.
 */

#include "common/parameters.h"
#include "daemon/worker/manager/manager.h"

/* One row; the strings belong to the list. */
typedef struct UnitRow {
        const char *id;
        const char *suffix; /* of the id, with its dot; NULL: none */
        const char *description;
        const char *load;
        const char *active;
        const char *sub;
        const char *following; /* "" or the unit that it follows */
        const char *path;
        const char *job; /* type of the queued job, "" for none */
        uint32_t job_id;
        uint64_t kind; /* the suffix's first eight characters, to sort by */
} UnitRow;

typedef struct UnitList {
        sd_bus_message *message; /* whose strings the rows point to */
        UnitRow *rows;
        size_t n;
} UnitList;

void unit_list_done(UnitList *list);

typedef struct UnitFilter {
        char *const *patterns; /* NULL or empty: all */
        char *const *states;
        char *const *types;
        bool all; /* inactive ones too, and those that follow another */
        bool any; /* no filter but the patterns */
} UnitFilter;

/* Asks for the units, keeps those that the filter lets through (by systemctl's rules for list-units) and
 * sorts them as systemctl does: by type, then by name, without regard to case. Returns 0 or a negative errno
 * with the error set. */
int unit_list_read(Manager *m, const UnitFilter *filter, UnitList *ret, Error *error);

/* Names as they were asked for: plain ones stay where they are, patterns become the names of the units that
 * list-units would show with this filter, whose patterns do not count, less those that are there already. */
int unit_names_expand(Manager *m, char *const *names, const UnitFilter *filter, char ***ret, Error *error);

/* The filter that a request's parameters are. */
UnitFilter unit_filter_of(const Parameters *p);

/* Appends a string array to a call. */
int message_append_strv(sd_bus_message *call, char *const *l);

/* The order of types and names, for qsort(3)-like callers with two names. */
int unit_name_compare(const char *a, const char *b);
