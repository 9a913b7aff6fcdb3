/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One worker as its pool sees it: the socket, the frames on it, and the exchanges that run there. Which
 * exchange runs where, and what happens to a worker that misbehaves, is the pool's business
 * (daemon/pool/pool.c).
 */

#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "common/frame.h"
#include "daemon/pool/pool.h"
#include "daemon/pool/spawner-link.h"

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
        bool paused;          /* not read from, for its exchange has nowhere to put more */
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
        int fds[REQUEST_FDS_MAX]; /* until they are sent */
        unsigned n_fds;
        size_t received; /* bytes of result frames so far */
        uint64_t serial;
        Worker *worker;         /* NULL: in the queue */
        bool waiting;           /* the worker said that it waits for jobs */
        uint64_t limit_usec;    /* how long a worker may take over it */
        uint64_t assigned_usec; /* CLOCK_MONOTONIC, when it got its worker */
        sd_event_source *deadline;
        ExchangeHandlers handlers;
        void *userdata;
};

/* The abandonment of a worker that dies within this time is not told to anyone. */
#define ABANDONED_GRACE_USEC (500 * USEC_PER_MSEC)

struct Pool {
        sd_event *event;
        SpawnerLink *spawner;
        WorkerList workers;
        ExchangeList queue;
        uid_t last_uid; /* whose exchange was started last */
        uint64_t serial;
        uint64_t clock;
        sd_event_source *pump_later; /* starts what was just asked for, from the event loop */
        sd_event_source *retry;      /* looks at the queue again after the grace of an abandoned worker */
};

/* ---- pool.c ---- */

/* Closes the descriptors of the exchange. */
void exchange_close_fds(Exchange *exchange);

/* Ends an exchange with an error: takes it off, frees it, and then tells its owner. */
void exchange_fail(Exchange *exchange, Error *error);
void exchange_fail_with(Exchange *exchange, ErrorCode code, const char *message);

/* A frame has come; called from the event loop. The worker may be gone afterwards. */
void pool_on_frame(Worker *worker, Frame *frame);

/* ---- pool-turn.c ---- */

/* Starts every exchange that can be started now. */
void pool_pump(Pool *pool);

/* What there is at work, for one account's sake. */
typedef struct Census {
        unsigned n_busy;      /* of all accounts */
        unsigned n_live;      /* of all accounts, those that wait for jobs included */
        unsigned n_abandoned; /* of all accounts */
        unsigned n_warm;      /* of all accounts, without anything to do */
        unsigned n_account;   /* live workers of this one */
        bool stuck;           /* this account has a killed worker that does not die */
        bool dying;           /* … that was killed just now */
        Worker *idle;         /* a worker of this account that has time */
} Census;

/* Also retires idle workers of the account that were made before it was changed. */
Census pool_census(Pool *pool, const Account *account);

/* ---- pool-worker.c ---- */

/* Asks the spawner for a worker of the account. */
int worker_new(Pool *pool, Account *account, Worker **ret);

/* Kills a worker that misbehaved; it stays on the books until its exit. Its exchanges are the caller's to
 * fail. */
void worker_abandon(Worker *worker);

/* An unused worker that is wanted no more. Frees it. */
void worker_retire(Worker *worker);

/* Fails the exchange at work with this, and those that wait for jobs. */
void worker_fail_exchanges(Worker *worker, ErrorCode code, const char *message);

/* Abandons a worker that does not even read its socket. */
void worker_give_up(Worker *worker);

/* Retires the warm worker that was used least lately. Returns whether there was one. */
bool pool_retire_oldest(Pool *pool);

/* The worker has nothing to do: it stays warm for a while, if there are not too many of them. May free it.
 */
void worker_now_idle(Worker *worker);

/* The worker's socket ended, or it broke a rule (-EBADMSG). */
void pool_on_worker_end(Worker *worker, int error);

/* Takes the worker off the pool and frees it. */
void worker_destroy(Worker *worker);

/* The spawner's news, see spawner-link.h; userdata is the pool. */
void pool_on_spawner_exited(uint64_t child, int status, void *userdata);
void pool_on_spawner_lost(void *userdata);

static inline bool worker_is_idle(const Worker *worker) {
        return worker->state == WORKER_READY && !worker->current;
}

/* ---- worker-link.c ---- */

/* Takes the socket and listens on it. Negative errno of sd-event. */
int worker_attach(Worker *worker, sd_event *event, uint64_t child, int fd);

/* Closes the socket, after which a worker that behaves ends by itself. */
void worker_detach(Worker *worker);

/* Sends the exchange's request. -EAGAIN where the worker does not even read. */
int worker_send(Worker *worker, Exchange *exchange);

Worker *worker_free(Worker *worker);
