/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One worker as its pool sees it: the socket, the frames on it, and the exchanges that run there. Which
 * exchange runs where, and what happens to a worker that misbehaves, is the pool's business (daemon/pool.c).
 */

#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "common/frame.h"
#include "daemon/pool.h"
#include "daemon/spawner-link.h"

typedef enum WorkerState {
        WORKER_SPAWNING, /* asked for; the spawner has not answered yet */
        WORKER_READY,
        WORKER_ABANDONED, /* killed; waits for its exit, and serves nobody */
} WorkerState;

typedef TAILQ_HEAD(ExchangeList, Exchange) ExchangeList;

typedef struct Worker {
        TAILQ_ENTRY(Worker) entry;
        Pool *pool;
        Account *account;
        WorkerState state;
        Spawn *spawn;
        uint64_t child;
        int fd;
        sd_event_source *io;
        sd_event_source *idle; /* closes it when it was unused for long */
        FrameReader reader;
        Exchange *current;    /* the one exchange that has neither ended nor said that it waits */
        ExchangeList waiting; /* exchanges that wait for jobs here */
        unsigned n_waiting;
        uint64_t used;           /* order of last use */
        uint64_t abandoned_usec; /* CLOCK_MONOTONIC, when that happened */
} Worker;

typedef TAILQ_HEAD(WorkerList, Worker) WorkerList;

struct Exchange {
        TAILQ_ENTRY(Exchange) entry;
        Pool *pool;
        Account *account;
        const Method *method;
        uid_t caller;
        bool stream;
        char *payload;
        size_t payload_size;
        size_t received; /* bytes of result frames so far */
        uint64_t serial;
        Worker *worker; /* NULL: in the queue */
        bool waiting;   /* the worker said that it waits for jobs */
        sd_event_source *deadline;
        ExchangeHandlers handlers;
        void *userdata;
};

/* Takes the socket and listens on it. Negative errno of sd-event. */
int worker_attach(Worker *worker, sd_event *event, uint64_t child, int fd);

/* Closes the socket, after which a worker that behaves ends by itself. */
void worker_detach(Worker *worker);

/* Sends the exchange's request. -EAGAIN where the worker does not even read. */
int worker_send(Worker *worker, Exchange *exchange);

Worker *worker_free(Worker *worker);

/* What the pool does with a frame, and with the end of a worker. Called from the event loop. */
void pool_on_frame(Worker *worker, Frame *frame);
void pool_on_worker_end(Worker *worker, int error);
