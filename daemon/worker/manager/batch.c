/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many calls at once, see batch.h. */

#include "daemon/worker/manager/batch.h"

typedef struct Running Running;

/* A call under way. */
typedef struct Place {
        Running *running;
        size_t i;
        sd_bus_slot *slot; /* NULL: free */
} Place;

struct Running {
        Batch *batch;
        Place places[BATCH_WINDOW];
        size_t n_open;
        int result; /* the first failure */
        bool lost;  /* … is one of the connection */
};

static void running_done(Running *running) {
        for (size_t i = 0; i < BATCH_WINDOW; i++)
                running->places[i].slot = sd_bus_slot_unref(running->places[i].slot);
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(error_done) Error failure = ERROR_NULL;
        const sd_bus_error *e = sd_bus_message_get_error(answer);
        Place *place = userdata;
        Running *running = place->running;
        int r;

        place->slot = sd_bus_slot_unref(place->slot);
        running->n_open--;
        if (running->result < 0)
                return 0;

        /* sd-bus answers for a peer that has gone. */
        if (e && sd_bus_is_open(sd_bus_message_get_bus(answer)) <= 0) {
                running->result = -ECONNRESET;
                running->lost = true;
                return 0;
        }

        if (e)
                (void) manager_error(e->name, e->message, &failure);
        r = running->batch->take(place->i, e ? NULL : answer, &failure, running->batch->userdata);
        if (r < 0)
                running->result = r;
        return 0;
}

static Place *free_place(Running *running) {
        for (size_t i = 0; i < BATCH_WINDOW; i++)
                if (!running->places[i].slot)
                        return running->places + i;
        return NULL;
}

static int send_call(Manager *m, Running *running, Place *place, size_t i, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        unsigned generation = m->generation;
        int r;

        r = running->batch->make(m, i, &call, running->batch->userdata, error);
        if (r < 0)
                return r;
        /* The calls before this one went over a connection that is no more. */
        if (running->n_open > 0 && m->generation != generation)
                return manager_broken(m, -ECONNRESET, error);

        *place = (Place){ .running = running, .i = i };
        r = sd_bus_call_async(m->bus, &place->slot, call, on_answer, place, UINT64_MAX);
        if (r < 0)
                return manager_broken(m, r, error);
        running->n_open++;
        return 0;
}

int manager_call_batch(Manager *m, Batch *batch, Error *error) {
        _cleanup_(running_done) Running running = { .batch = batch };
        size_t next = 0;
        int r = 0;

        while (running.result == 0 && (next < batch->n || running.n_open > 0)) {
                Place *place = next < batch->n ? free_place(&running) : NULL;

                if (place) {
                        r = send_call(m, &running, place, next++, error);
                        if (r < 0)
                                return r;
                        continue;
                }

                r = manager_step(m);
                if (r < 0 && running.n_open > 0)
                        return manager_broken(m, r, error);
        }

        if (running.result < 0)
                return running.lost ? manager_broken(m, running.result, error)
                                    : manager_nonsense(running.result, error);
        return 0;
}

static int make_get(Manager *m, size_t i, sd_bus_message **ret, void *userdata, Error *error) {
        const PropertyBatch *batch = userdata;
        const PropertyQuery *query = batch->queries + i % batch->n_queries;

        return manager_property_call(
                m, batch->paths[i / batch->n_queries], query->interface, query->property, ret, error);
}

static int take_get(size_t i, sd_bus_message *answer, Error *failure, void *userdata) {
        const PropertyBatch *batch = userdata;
        size_t path = i / batch->n_queries, query = i % batch->n_queries;
        int r;

        if (answer) {
                r = sd_bus_message_enter_container(answer, 'v', batch->queries[query].type);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
        }
        return batch->take(path, query, answer, failure, batch->userdata);
}

int manager_get_batch(Manager *m, const PropertyBatch *batch, Error *error) {
        Batch calls = {
                .n = batch->n_paths * batch->n_queries,
                .make = make_get,
                .take = take_get,
                .userdata = (PropertyBatch *) batch,
        };

        return manager_call_batch(m, &calls, error);
}
