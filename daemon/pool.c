/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The workers and the exchanges with them, see pool.h. */

#include "daemon/pool.h"

#include <assert.h>
#include <time.h>

#include "common/json-write.h"
#include "common/limits.h"
#include "common/log.h"
#include "daemon/deadlines.h"
#include "daemon/reply-check.h"
#include "daemon/worker-link.h"

/* A killed worker has this long to go before its account is told that its home does not answer. */
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

static void pump(Pool *pool);

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

/* ---- exchanges ---- */

static Exchange *exchange_destroy(Exchange *exchange) {
        sd_event_source_disable_unref(exchange->deadline);
        account_unref(exchange->account);
        free(exchange->payload);
        free(exchange);
        return NULL;
}

/* Takes the exchange off its worker or the queue. */
static void exchange_unlink(Exchange *exchange) {
        Worker *worker = exchange->worker;

        if (!worker)
                TAILQ_REMOVE(&exchange->pool->queue, exchange, entry);
        else if (exchange->waiting) {
                TAILQ_REMOVE(&worker->waiting, exchange, entry);
                worker->n_waiting--;
        } else
                worker->current = NULL;
        exchange->worker = NULL;
}

Exchange *exchange_free(Exchange *exchange) {
        if (!exchange)
                return NULL;

        if (!exchange->worker) {
                exchange_unlink(exchange);
                return exchange_destroy(exchange);
        }

        /* The worker will still answer: the exchange stays to receive that, for nobody. */
        exchange->handlers = (ExchangeHandlers){};
        return NULL;
}

static void exchange_fail(Exchange *exchange, Error *error) {
        ExchangeHandlers handlers = exchange->handlers;
        void *userdata = exchange->userdata;

        exchange_unlink(exchange);
        exchange_destroy(exchange);
        if (handlers.error)
                handlers.error(error, userdata);
}

static void exchange_fail_with(Exchange *exchange, ErrorCode code, const char *message) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        (void) error_set(&error, code, "%s", message);
        exchange_fail(exchange, &error);
}

/* ---- the end of workers ---- */

static void worker_destroy(Worker *worker) {
        TAILQ_REMOVE(&worker->pool->workers, worker, entry);
        worker_free(worker);
}

static void worker_fail_exchanges(Worker *worker, ErrorCode code, const char *message) {
        if (worker->current)
                exchange_fail_with(worker->current, code, message);
        while (!TAILQ_EMPTY(&worker->waiting))
                exchange_fail_with(TAILQ_FIRST(&worker->waiting), ERROR_WORKER_FAILED,
                        "The process that waited for the job is gone; the job itself goes on.");
}

/* An unused worker that is wanted no more. */
static void worker_retire(Worker *worker) {
        assert(!worker->current && worker->n_waiting == 0);
        if (worker->state == WORKER_READY)
                spawner_link_kill(worker->pool->spawner, worker->child);
        worker_destroy(worker);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Pool *pool = userdata;

        pool->retry = sd_event_source_disable_unref(pool->retry);
        pump(pool);
        return 0;
}

static void worker_abandon(Worker *worker) {
        Pool *pool = worker->pool;

        worker_detach(worker);
        worker->state = WORKER_ABANDONED;
        worker->abandoned_usec = now_usec();
        spawner_link_kill(pool->spawner, worker->child);
        if (!pool->retry)
                (void) sd_event_add_time_relative(pool->event, &pool->retry, CLOCK_MONOTONIC,
                        ABANDONED_GRACE_USEC + USEC_PER_MSEC, 0, on_retry, pool);
}

void pool_on_worker_end(Worker *worker, int error) {
        Pool *pool = worker->pool;

        if (error == -EBADMSG)
                log_warning("A worker of uid %u broke the protocol and is killed.", worker->account->uid);
        worker_abandon(worker);
        worker_fail_exchanges(worker, ERROR_WORKER_FAILED,
                error == -EBADMSG ? "The process that worked for the account answered nonsense."
                                  : "The process that worked for the account died; ask again.");
        pump(pool);
}

static void on_spawner_exited(uint64_t child, int status, void *userdata) {
        Pool *pool = userdata;
        Worker *worker;

        TAILQ_FOREACH(worker, &pool->workers, entry)
        if (worker->state != WORKER_SPAWNING && worker->child == child)
                break;
        if (!worker)
                return;

        if (worker->state == WORKER_READY) {
                worker_detach(worker);
                worker->state = WORKER_ABANDONED;
                worker_fail_exchanges(worker, ERROR_WORKER_FAILED,
                        "The process that worked for the account died; ask again.");
        }
        worker_destroy(worker);
        pump(pool);
}

static void on_spawner_lost(void *userdata) {
        Pool *pool = userdata;
        Worker *worker, *next;

        for (worker = TAILQ_FIRST(&pool->workers); worker; worker = next) {
                next = TAILQ_NEXT(worker, entry);
                if (worker->state == WORKER_SPAWNING)
                        continue; /* its own handler follows */

                worker_detach(worker);
                worker->state = WORKER_ABANDONED;
        }

        /* Handlers may start new exchanges, so the list is walked anew after each. */
        for (;;) {
                TAILQ_FOREACH(worker, &pool->workers, entry)
                if (worker->state == WORKER_ABANDONED)
                        break;
                if (!worker)
                        return;
                worker_fail_exchanges(worker, ERROR_WORKER_FAILED,
                        "The process that starts workers was restarted; ask again.");
                worker_destroy(worker);
        }
}

/* ---- warm workers ---- */

static bool is_idle(const Worker *worker) {
        return worker->state == WORKER_READY && !worker->current;
}

static int on_worker_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        worker_retire(userdata);
        return 0;
}

static void trim_warm(Pool *pool) {
        for (;;) {
                Worker *worker, *oldest = NULL;
                unsigned n = 0;

                TAILQ_FOREACH(worker, &pool->workers, entry) {
                        if (!is_idle(worker) || worker->n_waiting > 0)
                                continue;
                        n++;
                        if (!oldest || worker->used < oldest->used)
                                oldest = worker;
                }
                if (n <= WORKERS_WARM_MAX)
                        return;
                worker_retire(oldest);
        }
}

static void worker_now_idle(Worker *worker) {
        Pool *pool = worker->pool;

        worker->used = ++pool->clock;
        if (worker->n_waiting == 0 && !worker->idle &&
                sd_event_add_time_relative(pool->event, &worker->idle, CLOCK_MONOTONIC,
                        deadline_usec(DEADLINE_WORKER_IDLE), USEC_PER_SEC, on_worker_idle, worker) < 0) {
                worker_retire(worker);
                return;
        }
        trim_warm(pool);
}

void pool_release_idle(Pool *pool) {
        Worker *worker, *next;

        for (worker = TAILQ_FIRST(&pool->workers); worker; worker = next) {
                next = TAILQ_NEXT(worker, entry);
                if (is_idle(worker) && worker->n_waiting == 0)
                        worker_retire(worker);
        }
}

/* ---- starting exchanges ---- */

static void give_up_worker(Worker *worker) {
        worker_abandon(worker);
        worker_fail_exchanges(
                worker, ERROR_WORKER_FAILED, "The process that works for the account does not read.");
}

static void on_spawned(int error, uint64_t child, int fd, void *userdata) {
        Worker *worker = userdata;
        Pool *pool = worker->pool;
        int r;

        worker->spawn = NULL;
        if (error < 0) {
                const char *message = error == -EPERM
                        ? "The spawner refuses this account (see SpawnUids= in userunitd(8))."
                        : error == -EAGAIN ? "There are too many processes at work; try again."
                        : error == -EPROTONOSUPPORT
                        ? "The spawner is of another version: \"systemctl restart userunit-spawner\"."
                        : "The process that starts workers cannot be reached; see \"systemctl status userunit-spawner\".";

                worker_fail_exchanges(
                        worker, error == -EPERM ? ERROR_ACCOUNT_REFUSED : ERROR_UNAVAILABLE, message);
                worker_destroy(worker);
                pump(pool);
                return;
        }

        r = worker_attach(worker, pool->event, child, fd);
        if (r >= 0 && worker->current)
                r = worker_send(worker, worker->current);
        if (r < 0)
                give_up_worker(worker);
        else if (!worker->current)
                worker_now_idle(worker);
        pump(pool);
}

static int worker_new(Pool *pool, Account *account, Worker **ret) {
        Worker *worker;
        int r;

        worker = calloc(1, sizeof(*worker));
        if (!worker)
                return -ENOMEM;
        worker->pool = pool;
        worker->account = account_ref(account);
        worker->state = WORKER_SPAWNING;
        worker->fd = -EBADF;
        worker->reader = FRAME_READER_NULL;
        TAILQ_INIT(&worker->waiting);

        r = spawner_link_spawn(pool->spawner, account, on_spawned, worker, &worker->spawn);
        if (r < 0) {
                worker_free(worker);
                return r;
        }

        TAILQ_INSERT_TAIL(&pool->workers, worker, entry);
        *ret = worker;
        return 0;
}

typedef struct Census {
        unsigned n_busy;      /* of all accounts */
        unsigned n_abandoned; /* of all accounts */
        unsigned n_account;   /* live workers of this one */
        bool stuck;           /* this account has a killed worker that does not die */
        bool dying;           /* … that was killed just now */
        Worker *idle;         /* a worker of this account that has time */
} Census;

static Census take_census(Pool *pool, const Account *account) {
        Census c = {};
        Worker *worker, *next;

        for (worker = TAILQ_FIRST(&pool->workers); worker; worker = next) {
                bool same = worker->account->uid == account->uid;

                next = TAILQ_NEXT(worker, entry);
                if (worker->state == WORKER_ABANDONED) {
                        c.n_abandoned++;
                        if (same && now_usec() - worker->abandoned_usec >= ABANDONED_GRACE_USEC)
                                c.stuck = true;
                        else if (same)
                                c.dying = true;
                        continue;
                }

                if (worker->current)
                        c.n_busy++;
                if (!same)
                        continue;

                if (is_idle(worker) && worker->n_waiting == 0 && !account_equal(worker->account, account)) {
                        worker_retire(worker); /* the account was changed since */
                        continue;
                }
                c.n_account++;
                if (is_idle(worker) && worker->n_waiting < WORKER_JOBS_MAX &&
                        account_equal(worker->account, account))
                        c.idle = worker;
        }

        return c;
}

static void assign(Exchange *exchange, Worker *worker) {
        TAILQ_REMOVE(&exchange->pool->queue, exchange, entry);
        exchange->worker = worker;
        worker->current = exchange;
        worker->idle = sd_event_source_disable_unref(worker->idle);
}

/* Starts the exchange if its turn can come now. Returns whether it left the queue. */
static bool try_start(Exchange *exchange) {
        Pool *pool = exchange->pool;
        Census census = take_census(pool, exchange->account);
        Worker *worker = census.idle;
        int r;

        if (census.stuck || census.n_abandoned >= WORKERS_ABANDONED_MAX) {
                exchange_fail_with(exchange, ERROR_HOME_UNAVAILABLE,
                        "An earlier request is still stuck in the account's home or manager.");
                return true;
        }
        if (census.dying || census.n_busy >= WORKERS_BUSY_MAX)
                return false;

        if (worker) {
                assign(exchange, worker);
                r = worker_send(worker, exchange);
                if (r < 0)
                        give_up_worker(worker);
                return true;
        }

        if (census.n_account >= WORKERS_PER_ACCOUNT_MAX)
                return false;
        r = worker_new(pool, exchange->account, &worker);
        if (r < 0) {
                exchange_fail_with(exchange, ERROR_UNAVAILABLE,
                        "The process that starts workers cannot be reached; see \"systemctl status userunit-spawner\".");
                return true;
        }
        assign(exchange, worker);
        return true;
}

/* The first exchange in the queue of the uid whose turn it is after `after`; NULL if there is none beyond
 * it. */
static Exchange *next_in_turn(Pool *pool, uid_t after, bool inclusive) {
        Exchange *exchange, *best = NULL;

        TAILQ_FOREACH(exchange, &pool->queue, entry)
        if ((exchange->caller > after || (inclusive && exchange->caller == after)) &&
                (!best || exchange->caller < best->caller))
                best = exchange;
        return best;
}

/* One uid's exchanges in order, until one of them could be started. */
static bool start_one_of(Pool *pool, uid_t uid) {
        Exchange *exchange;

        TAILQ_FOREACH(exchange, &pool->queue, entry)
        if (exchange->caller == uid && try_start(exchange))
                return true;
        return false;
}

/* Starts one exchange, of the uid whose turn it is; a uid that cannot be served now is passed over. */
static bool start_next(Pool *pool) {
        uid_t after = pool->last_uid;
        bool wrapped = false;

        for (;;) {
                Exchange *next = next_in_turn(pool, after, false);

                if (!next && !wrapped) {
                        wrapped = true;
                        next = next_in_turn(pool, 0, true);
                }
                if (!next || (wrapped && next->caller > pool->last_uid))
                        return false;

                after = next->caller;
                if (start_one_of(pool, after)) {
                        pool->last_uid = after;
                        return true;
                }
        }
}

static void pump(Pool *pool) {
        while (start_next(pool))
                ;
}

static int on_exchange_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Exchange *exchange = userdata;
        Worker *worker = exchange->worker;
        Pool *pool = exchange->pool;

        if (!worker)
                exchange_fail_with(exchange, ERROR_TIMEOUT,
                        "No worker became free in time; other requests for this account, or too many in all, are running.");
        else if (exchange->waiting) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                ExchangeHandlers handlers = exchange->handlers;

                /* The worker's answer may still come, so the exchange stays, for nobody. */
                exchange->handlers = (ExchangeHandlers){};
                exchange->deadline = sd_event_source_disable_unref(exchange->deadline);
                (void) error_set(&error, ERROR_TIMEOUT, "The job has not ended in time; it goes on.");
                if (handlers.error)
                        handlers.error(&error, exchange->userdata);
        } else if (worker->state == WORKER_SPAWNING) {
                exchange_fail_with(
                        exchange, ERROR_TIMEOUT, "The process that starts workers did not answer in time.");
        } else {
                worker_abandon(worker);
                worker_fail_exchanges(
                        worker, ERROR_TIMEOUT, "The account's manager or home did not answer in time.");
        }

        pump(pool);
        return 0;
}

static int on_pump_later(sd_event_source *source, void *userdata) {
        Pool *pool = userdata;

        pool->pump_later = sd_event_source_disable_unref(pool->pump_later);
        pump(pool);
        return 0;
}

static int arm_deadline(Exchange *exchange, uint64_t usec) {
        exchange->deadline = sd_event_source_disable_unref(exchange->deadline);
        return sd_event_add_time_relative(exchange->pool->event, &exchange->deadline, CLOCK_MONOTONIC, usec,
                USEC_PER_MSEC, on_exchange_deadline, exchange);
}

/* ---- frames ---- */

static Exchange *exchange_of(Worker *worker, uint64_t serial) {
        Exchange *exchange;

        if (worker->current && worker->current->serial == serial)
                return worker->current;
        TAILQ_FOREACH(exchange, &worker->waiting, entry)
        if (exchange->serial == serial)
                return exchange;
        return NULL;
}

static int handle_waiting(Exchange *exchange) {
        Worker *worker = exchange->worker;
        int r;

        if (exchange->waiting || !method_is(exchange->method, METHOD_WAITS) ||
                worker->n_waiting >= WORKER_JOBS_MAX)
                return -EBADMSG;

        r = arm_deadline(exchange, deadline_row_usec(exchange->method->deadline_sec));
        if (r < 0)
                return r;

        worker->current = NULL;
        exchange->waiting = true;
        TAILQ_INSERT_TAIL(&worker->waiting, exchange, entry);
        worker->n_waiting++;
        return 0;
}

static int handle_result(Exchange *exchange, Frame *frame) {
        ExchangeHandlers handlers = exchange->handlers;
        void *userdata = exchange->userdata;
        bool last = frame->header.type == FRAME_REPLY;

        if (!last && (!exchange->stream || exchange->waiting))
                return -EBADMSG;
        if (frame->fd >= 0 && !(last && method_is(exchange->method, METHOD_REPLY_FD)))
                return -EBADMSG;
        exchange->received += frame->header.size;
        if (exchange->received > WORKER_REPLY_MAX)
                return -EBADMSG;

        if (last) {
                exchange_unlink(exchange);
                exchange_destroy(exchange);
        }
        if (handlers.result)
                handlers.result(frame->payload, frame->header.size, TAKE_FD(frame->fd), last, userdata);
        return 0;
}

static int handle_error(Exchange *exchange, const Frame *frame) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        r = reply_check_error(frame->payload, frame->header.size, &error, NULL);
        if (r < 0)
                return r;
        exchange_fail(exchange, &error);
        return 0;
}

void pool_on_frame(Worker *worker, Frame *frame) {
        Exchange *exchange = exchange_of(worker, frame->header.serial);
        Pool *pool = worker->pool;
        int r = -EBADMSG;

        if (exchange)
                switch (frame->header.type) {
                case FRAME_WAITING:
                        r = frame->header.size == 0 ? handle_waiting(exchange) : -EBADMSG;
                        break;
                case FRAME_PART:
                case FRAME_REPLY:
                        r = handle_result(exchange, frame);
                        break;
                case FRAME_ERROR:
                        r = handle_error(exchange, frame);
                        break;
                default:
                        break;
                }

        if (r < 0) {
                pool_on_worker_end(worker, r);
                return;
        }
        if (is_idle(worker))
                worker_now_idle(worker);
        pump(pool);
}

/* ---- the door ---- */

/* The one place where units get into a worker's request: out of the grants. */
static int make_payload(const Account *account, const Method *method, Grant *const *grants, size_t n_grants,
        const Parameters *p, char **ret, size_t *ret_size) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);
        _cleanup_free_ char **units = NULL, *json = NULL, *payload = NULL;
        size_t n_units = 0, json_size, home_size = strlen(account->home) + 1;
        Parameters granted = *p;
        int r;

        units = calloc(n_grants + 1, sizeof(char *));
        if (!units)
                return -ENOMEM;
        for (size_t i = 0; i < n_grants; i++)
                if (!isempty(grant_unit(grants[i])) && !streq(grant_unit(grants[i]), "*"))
                        units[n_units++] = (char *) grant_unit(grants[i]);

        granted.accounts = granted.targets = NULL;
        granted.units = n_units > 0 ? units : NULL;

        json_begin_object(&w);
        json_write_key_string(&w, "method", method->name);
        json_write_key(&w, "parameters");
        parameters_write(&granted, method, &w);
        json_end_object(&w);
        r = json_writer_finish(&w, &json, &json_size);
        if (r < 0)
                return r;

        payload = malloc(home_size + json_size);
        if (!payload)
                return -ENOMEM;
        memcpy(payload, account->home, home_size);
        memcpy(payload + home_size, json, json_size);

        *ret = TAKE_PTR(payload);
        *ret_size = home_size + json_size;
        return 0;
}

int pool_exchange(Pool *pool, const Account *account, Grant *const *grants, size_t n_grants,
        const Parameters *p, bool stream, uid_t caller, const ExchangeHandlers *handlers, void *userdata,
        Exchange **ret) {
        const Method *method;
        Exchange *exchange;
        int r;

        if (n_grants == 0)
                return -EPERM;
        method = grant_method(grants[0]);
        for (size_t i = 0; i < n_grants; i++)
                if (grant_method(grants[i]) != method || grant_uid(grants[i]) != account->uid)
                        return -EPERM;

        exchange = calloc(1, sizeof(*exchange));
        if (!exchange)
                return -ENOMEM;
        exchange->pool = pool;
        exchange->account = account_ref((Account *) account);
        exchange->method = method;
        exchange->caller = caller;
        exchange->stream = stream;
        exchange->serial = ++pool->serial;
        exchange->handlers = *handlers;
        exchange->userdata = userdata;

        r = make_payload(account, method, grants, n_grants, p, &exchange->payload, &exchange->payload_size);
        if (r >= 0)
                r = arm_deadline(exchange,
                        method_is(method, METHOD_WAITS) || method->deadline_sec <= 5
                                ? deadline_usec(DEADLINE_EXCHANGE)
                                : deadline_row_usec(method->deadline_sec));
        if (r >= 0 && !pool->pump_later)
                r = sd_event_add_defer(pool->event, &pool->pump_later, on_pump_later, pool);
        if (r < 0) {
                exchange_destroy(exchange);
                return r;
        }

        TAILQ_INSERT_TAIL(&pool->queue, exchange, entry);
        *ret = exchange;
        return 0;
}

void pool_prepare(Pool *pool, const Account *account) {
        Census census = take_census(pool, account);
        Worker *worker;

        if (census.n_account > 0 || census.stuck || census.dying || census.n_busy >= WORKERS_BUSY_MAX)
                return;
        (void) worker_new(pool, (Account *) account, &worker);
}

int pool_new(sd_event *event, const char *spawner_socket, uid_t spawner_uid, Pool **ret) {
        _cleanup_(pool_freep) Pool *pool = NULL;
        int r;

        pool = calloc(1, sizeof(*pool));
        if (!pool)
                return -ENOMEM;
        pool->event = sd_event_ref(event);
        TAILQ_INIT(&pool->workers);
        TAILQ_INIT(&pool->queue);

        r = spawner_link_new(event, spawner_socket, spawner_uid, on_spawner_exited, on_spawner_lost, pool,
                &pool->spawner);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(pool);
        return 0;
}

Pool *pool_free(Pool *pool) {
        Worker *worker;

        if (!pool)
                return NULL;

        while (!TAILQ_EMPTY(&pool->queue)) {
                Exchange *exchange = TAILQ_FIRST(&pool->queue);

                exchange_unlink(exchange);
                exchange_destroy(exchange);
        }
        while ((worker = TAILQ_FIRST(&pool->workers))) {
                Exchange *exchange;

                while ((exchange = worker->current ?: TAILQ_FIRST(&worker->waiting))) {
                        exchange_unlink(exchange);
                        exchange_destroy(exchange);
                }
                worker_destroy(worker);
        }
        sd_event_source_disable_unref(pool->retry);
        sd_event_source_disable_unref(pool->pump_later);
        spawner_link_free(pool->spawner);
        sd_event_unref(pool->event);
        free(pool);
        return NULL;
}
