/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units that start others, see trigger-list.h. */

#include "daemon/worker/list/trigger-list.h"

#include "common/strv.h"

/* What is asked for besides the caller's own. */
#define QUERIES_MAX 8

typedef struct Reading {
        TriggerList *triggers;
        int (*take)(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata);
        void *userdata;
} Reading;

void trigger_list_done(TriggerList *triggers) {
        for (size_t i = 0; triggers->activates && i < triggers->list.n; i++)
                strv_free(triggers->activates[i]);
        free(triggers->activates);
        free(triggers->paths);
        unit_list_done(&triggers->list);
        *triggers = (TriggerList){};
}

static int take_property(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Reading *reading = userdata;
        int r;

        if (query > 0)
                return reading->take(path, query - 1, answer, failure, reading->userdata);
        /* A unit that is gone meanwhile starts nothing. */
        if (!answer)
                return 0;
        r = sd_bus_message_read_strv(answer, &reading->triggers->activates[path]);
        return r < 0 ? r : 0;
}

/* A pattern such as "app*" finds units of all types. */
static void keep_type(UnitList *list, const char *suffix) {
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (endswith(list->rows[i].id, suffix))
                        list->rows[n++] = list->rows[i];
        list->n = n;
}

static int read_units(
        Worker *worker, const Request *request, const char *suffix, TriggerList *triggers, Error *error) {
        const Parameters *p = &request->parameters;
        char all_of_type[16];
        char *all[] = { all_of_type, NULL };
        int r;

        (void) snprintf(all_of_type, sizeof(all_of_type), "*%s", suffix);
        r = unit_list_read(&worker->manager,
                &(UnitFilter){
                        .patterns = p->units && *p->units ? p->units : all,
                        .states = p->states,
                        .all = p->all,
                },
                &triggers->list, error);
        if (r < 0)
                return r;
        keep_type(&triggers->list, suffix);

        triggers->paths = calloc(MAX(triggers->list.n, 1U), sizeof(*triggers->paths));
        triggers->activates = calloc(MAX(triggers->list.n, 1U), sizeof(*triggers->activates));
        if (!triggers->paths || !triggers->activates)
                return error_set(error, ERROR_INTERNAL, "No memory for the list of units.");
        for (size_t i = 0; i < triggers->list.n; i++)
                triggers->paths[i] = triggers->list.rows[i].path;
        return 0;
}

int trigger_list_read(Worker *worker, const Request *request, const char *suffix,
        const PropertyQuery *queries, size_t n_queries,
        int (*take)(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata),
        void *userdata, TriggerList *ret, Error *error) {
        Reading reading = { .triggers = ret, .take = take, .userdata = userdata };
        PropertyQuery all[QUERIES_MAX] = { { UNIT_INTERFACE, "Triggers", "as" } };
        int r;

        r = read_units(worker, request, suffix, ret, error);
        if (r < 0)
                return r;

        n_queries = MIN(n_queries, ELEMENTSOF(all) - 1);
        memcpy(all + 1, queries, n_queries * sizeof(*queries));
        return manager_get_batch(&worker->manager,
                &(PropertyBatch){
                        .paths = ret->paths,
                        .n_paths = ret->list.n,
                        .queries = all,
                        .n_queries = n_queries + 1,
                        .take = take_property,
                        .userdata = &reading,
                },
                error);
}
