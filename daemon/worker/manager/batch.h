/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Many calls to the manager that do not wait for each other: they are sent one behind the other and the
 * answers taken as they come, so that it is one round trip rather than hundreds.
 */

#include "daemon/worker/manager/manager.h"

/* Calls under way at a time: enough to keep a manager busy, and little to hold for one that does not read.
 */
#define BATCH_WINDOW 64

typedef struct Batch {
        size_t n; /* calls; may be raised by take() */

        /* Makes the call of this index, with manager_message_new() or manager_property_call(). */
        int (*make)(Manager *m, size_t i, sd_bus_message **ret, void *userdata, Error *error);

        /* Takes the answer to it. Where the manager answered with an error `answer` is NULL and `failure`
         * says why; it may be moved elsewhere. Answers come in any order. A negative errno ends the batch:
         * -ENOMEM, or else an answer that makes no sense. */
        int (*take)(size_t i, sd_bus_message *answer, Error *failure, void *userdata);

        void *userdata;
} Batch;

/* Returns 0 when all are answered, or a negative errno with the error set. */
int manager_call_batch(Manager *m, Batch *batch, Error *error);

/* A property to ask for. */
typedef struct PropertyQuery {
        const char *interface;
        const char *property;
        const char *type; /* of what is in the variant */
} PropertyQuery;

/* Asks for each of the properties of each of the objects. take() gets the indexes of both, and an answer
 * that stands inside the variant; otherwise as above. */
typedef struct PropertyBatch {
        const char *const *paths;
        size_t n_paths;
        const PropertyQuery *queries;
        size_t n_queries;
        int (*take)(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata);
        void *userdata;
} PropertyBatch;

int manager_get_batch(Manager *m, const PropertyBatch *batch, Error *error);
