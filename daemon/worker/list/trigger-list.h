/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units that start others (timers, sockets, paths), and what they start.
 */

#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/manager/batch.h"
#include "daemon/worker/worker.h"

typedef struct TriggerList {
        UnitList list;      /* of this type alone, as list-units shows them */
        const char **paths; /* their objects */
        char ***activates;  /* what each of them starts */
} TriggerList;

void trigger_list_done(TriggerList *triggers);

/* Reads the units of a type (".timer") that the request asks for, and in the same round trip these
 * properties of each of them: `take` and `userdata` are those of PropertyBatch. It may look at `ret`, whose
 * units are there before it is called. Returns 0 or a negative errno with the error set; *ret is to be
 * released in each case. */
int trigger_list_read(Worker *worker, const Request *request, const char *suffix,
        const PropertyQuery *queries, size_t n_queries,
        int (*take)(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata),
        void *userdata, TriggerList *ret, Error *error);
