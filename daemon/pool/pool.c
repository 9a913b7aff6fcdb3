/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The door of the pool, exchanges and their frames, see pool.h and pool-internal.h. */

#include "daemon/pool/pool.h"

#include "common/clock.h"
#include "common/frame.h"
#include "common/json-write.h"
#include "common/limits.h"
#include "common/log.h"
#include "daemon/deadlines.h"
#include "daemon/pool/internal.h"
#include "daemon/request/reply-check.h"

/* Timers are not exact; a worker that is this near its limit has had it. */
#define DEADLINE_SLACK_USEC (50 * USEC_PER_MSEC)

void exchange_close_fds(Exchange *exchange) {
        for (unsigned i = 0; i < exchange->n_fds; i++)
                safe_close(exchange->fds[i]);
        exchange->n_fds = 0;
}

static Exchange *exchange_destroy(Exchange *exchange) {
        exchange_close_fds(exchange);
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
        exchange_pause(exchange, false);
        exchange->handlers = (ExchangeHandlers){};
        return NULL;
}

void exchange_fail(Exchange *exchange, Error *error) {
        ExchangeHandlers handlers = exchange->handlers;
        void *userdata = exchange->userdata;

        exchange_unlink(exchange);
        exchange_destroy(exchange);
        if (handlers.error)
                handlers.error(error, userdata);
}

void exchange_fail_with(Exchange *exchange, ErrorCode code, const char *message) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        (void) error_set(&error, code, "%s", message);
        exchange_fail(exchange, &error);
}

static int arm_deadline(Exchange *exchange, uint64_t usec);

/* Tells the owner that it took too long. The exchange stays, for nobody: the worker is still at it. */
static void exchange_overdue(Exchange *exchange, const char *message) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        ExchangeHandlers handlers = exchange->handlers;

        exchange->handlers = (ExchangeHandlers){};
        (void) error_set(&error, ERROR_TIMEOUT, "%s", message);
        if (handlers.error)
                handlers.error(&error, exchange->userdata);
}

/* The time of the owner is counted from when it asked, that of the worker from when it was given the
 * exchange: a worker is not killed for what the queue took. */
static int on_exchange_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Exchange *exchange = userdata;
        Worker *worker = exchange->worker;
        Pool *pool = exchange->pool;
        uint64_t taken = clock_now_usec() - exchange->assigned_usec;

        exchange->deadline = sd_event_source_disable_unref(exchange->deadline);
        if (!worker)
                exchange_fail_with(exchange, ERROR_TIMEOUT,
                        "No worker became free in time; other requests for this account, or too many in all, are running.");
        else if (exchange->waiting)
                exchange_overdue(exchange, "The job has not ended in time; it goes on.");
        else if (worker->state == WORKER_SPAWNING)
                exchange_fail_with(
                        exchange, ERROR_TIMEOUT, "The process that starts workers did not answer in time.");
        else if (taken + DEADLINE_SLACK_USEC < exchange->limit_usec &&
                arm_deadline(exchange, exchange->limit_usec - taken) >= 0)
                exchange_overdue(exchange, "The account's manager or home did not answer in time.");
        else {
                worker_abandon(worker);
                worker_fail_exchanges(
                        worker, ERROR_TIMEOUT, "The account's manager or home did not answer in time.");
        }

        pool_pump(pool);
        return 0;
}

void exchange_pause(Exchange *exchange, bool pause) {
        Worker *worker = exchange->worker;

        if (!worker || worker->current != exchange || worker->state != WORKER_READY ||
                worker->paused == pause)
                return;

        worker->paused = pause;
        (void) sd_event_source_set_enabled(worker->io, pause ? SD_EVENT_OFF : SD_EVENT_ON);
        if (pause) {
                exchange->deadline = sd_event_source_disable_unref(exchange->deadline);
                return;
        }
        exchange->assigned_usec = clock_now_usec();
        if (arm_deadline(exchange, exchange->limit_usec) < 0)
                log_error("No memory for the deadline of a worker.");
}

static int on_pump_later(sd_event_source *source, void *userdata) {
        Pool *pool = userdata;

        pool->pump_later = sd_event_source_disable_unref(pool->pump_later);
        pool_pump(pool);
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
        if (exchange->handlers.waiting)
                exchange->handlers.waiting(exchange->userdata);
        return 0;
}

static int handle_result(Exchange *exchange, Frame *frame) {
        ExchangeHandlers handlers = exchange->handlers;
        void *userdata = exchange->userdata;
        bool last = frame->header.type == FRAME_REPLY;
        int fd;

        if (!last && (!exchange->stream || exchange->waiting))
                return -EBADMSG;
        if (frame->header.n_fds > 0 && !(last && method_is(exchange->method, METHOD_REPLY_FD)))
                return -EBADMSG;
        exchange->received += frame->header.size;
        if (exchange->received > WORKER_REPLY_MAX)
                return -EBADMSG;

        if (last) {
                exchange_unlink(exchange);
                exchange_destroy(exchange);
        }
        if (!handlers.result)
                return 0;
        fd = frame->header.n_fds > 0 ? TAKE_FD(frame->fds[0]) : -EBADF;
        return handlers.result(frame->payload, frame->header.size, fd, last, userdata);
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
        if (worker_is_idle(worker))
                worker_now_idle(worker);
        pool_pump(pool);
}

/* ---- the door ---- */

/* The one place where units get into a worker's request: out of the grants. */
static int make_payload(const Account *account, const Method *method, Grant *const *grants, size_t n_grants,
        const Parameters *p, bool only_if_files, char **ret, size_t *ret_size) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);
        _cleanup_free_ char **units = NULL, *json = NULL, *payload = NULL;
        size_t n_units = 0, json_size, home_size = strlen(account->home) + 1, mark_size = only_if_files;
        Parameters granted = *p;
        int r;

        units = calloc(n_grants + 1, sizeof(char *));
        if (!units)
                return -ENOMEM;
        for (size_t i = 0; i < n_grants; i++) {
                /* Of patterns, this one is all of them. */
                if (method_is(method, METHOD_UNIT_PATTERNS) && streq(grant_unit(grants[i]), "*")) {
                        n_units = 0;
                        break;
                }
                if (!isempty(grant_unit(grants[i])))
                        units[n_units++] = (char *) grant_unit(grants[i]);
        }

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

        payload = malloc(mark_size + home_size + json_size);
        if (!payload)
                return -ENOMEM;
        if (only_if_files)
                payload[0] = FRAME_ONLY_IF_FILES;
        memcpy(payload + mark_size, account->home, home_size);
        memcpy(payload + mark_size + home_size, json, json_size);

        *ret = TAKE_PTR(payload);
        *ret_size = mark_size + home_size + json_size;
        return 0;
}

int pool_exchange(Pool *pool, const Account *account, Grant *const *grants, size_t n_grants,
        const Parameters *p, const int *fds, unsigned n_fds, bool stream, bool only_if_files, uid_t caller,
        const ExchangeHandlers *handlers, void *userdata, Exchange **ret) {
        const Method *method;
        Exchange *exchange;
        int r;

        if (n_grants == 0)
                return -EPERM;
        if (n_fds > ELEMENTSOF(exchange->fds))
                return -EMSGSIZE;
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
        /* A wait for jobs has the row's own deadline once the worker says that it waits, and of what the
         * daemon carries out only the proof that it worked is asked for here. */
        exchange->limit_usec =
                method_is(method, METHOD_WAITS) || method->place == PLACE_SYSTEM || method->deadline_sec <= 5
                ? deadline_usec(DEADLINE_EXCHANGE)
                : deadline_row_usec(method->deadline_sec);

        r = make_payload(account, method, grants, n_grants, p, only_if_files, &exchange->payload,
                &exchange->payload_size);
        if (r >= 0)
                r = arm_deadline(exchange, exchange->limit_usec);
        if (r >= 0 && !pool->pump_later)
                r = sd_event_add_defer(pool->event, &pool->pump_later, on_pump_later, pool);
        if (r < 0) {
                exchange_destroy(exchange);
                return r;
        }

        memcpy(exchange->fds, fds, n_fds * sizeof(int));
        exchange->n_fds = n_fds;
        TAILQ_INSERT_TAIL(&pool->queue, exchange, entry);
        *ret = exchange;
        return 0;
}

void pool_prepare(Pool *pool, const Account *account) {
        Census census = pool_census(pool, account);
        Worker *worker;

        if (census.n_account > 0 || census.stuck || census.dying)
                return;
        if (census.n_busy >= WORKERS_BUSY_MAX || census.n_warm >= WORKERS_WARM_MAX ||
                census.n_live >= WORKERS_LIVE_MAX)
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

        r = spawner_link_new(event, spawner_socket, spawner_uid, pool_on_spawner_exited,
                pool_on_spawner_lost, pool, &pool->spawner);
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
