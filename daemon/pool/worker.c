/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lives of workers: new, warm, abandoned, ended; see internal.h. */

#include <assert.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "daemon/deadlines.h"
#include "daemon/pool/internal.h"

void worker_destroy(Worker *worker) {
        TAILQ_REMOVE(&worker->pool->workers, worker, entry);
        worker_free(worker);
}

void worker_fail_exchanges(Worker *worker, ErrorCode code, const char *message) {
        if (worker->current)
                exchange_fail_with(worker->current, code, message);
        while (!TAILQ_EMPTY(&worker->waiting))
                exchange_fail_with(TAILQ_FIRST(&worker->waiting), ERROR_WORKER_FAILED,
                        "The process that waited for the job is gone; the job itself goes on.");
}

/* An unused worker that is wanted no more. */
void worker_retire(Worker *worker) {
        assert(!worker->current && worker->n_waiting == 0);
        if (worker->state == WORKER_READY)
                spawner_link_kill(worker->pool->spawner, worker->child);
        worker_destroy(worker);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata);

/* Looks at the queue again when the grace of those that are dying is over. */
static void arm_retry(Pool *pool) {
        if (!pool->retry)
                (void) sd_event_add_time_relative(pool->event, &pool->retry, CLOCK_MONOTONIC,
                        ABANDONED_GRACE_USEC + USEC_PER_MSEC, 0, on_retry, pool);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Pool *pool = userdata;
        Worker *worker;

        pool->retry = sd_event_source_disable_unref(pool->retry);
        TAILQ_FOREACH(worker, &pool->workers, entry)
                if (worker->state == WORKER_ABANDONED &&
                        clock_now_usec() - worker->abandoned_usec < ABANDONED_GRACE_USEC)
                        arm_retry(pool);
        pool_pump(pool);
        return 0;
}

void worker_abandon(Worker *worker) {
        Pool *pool = worker->pool;

        worker_detach(worker);
        worker->state = WORKER_ABANDONED;
        worker->abandoned_usec = clock_now_usec();
        spawner_link_kill(pool->spawner, worker->child);
        arm_retry(pool);
}

void pool_on_worker_end(Worker *worker, int error) {
        Pool *pool = worker->pool;

        if (error == -EBADMSG)
                log_warning("A worker of uid %u broke the protocol and is killed.", worker->account->uid);
        worker_abandon(worker);
        worker_fail_exchanges(worker, ERROR_WORKER_FAILED,
                error == -EBADMSG ? "The process that worked for the account answered nonsense."
                                  : "The process that worked for the account died; ask again.");
        pool_pump(pool);
}

void pool_on_spawner_exited(uint64_t child, int status, void *userdata) {
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
        pool_pump(pool);
}

void pool_on_spawner_lost(void *userdata) {
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
                        break;
                worker_fail_exchanges(worker, ERROR_WORKER_FAILED,
                        "The process that starts workers was restarted; ask again.");
                worker_destroy(worker);
        }
        pool_pump(pool);
}

static int on_worker_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        worker_retire(userdata);
        return 0;
}

static Worker *find_oldest_warm(Pool *pool, unsigned *ret_n) {
        Worker *worker, *oldest = NULL;
        unsigned n = 0;

        TAILQ_FOREACH(worker, &pool->workers, entry) {
                if (!worker_is_idle(worker) || worker->n_waiting > 0)
                        continue;
                n++;
                if (!oldest || worker->used < oldest->used)
                        oldest = worker;
        }

        *ret_n = n;
        return oldest;
}

bool pool_retire_oldest(Pool *pool) {
        unsigned n;
        Worker *oldest = find_oldest_warm(pool, &n);

        if (!oldest)
                return false;
        worker_retire(oldest);
        return true;
}

static void trim_warm(Pool *pool) {
        for (;;) {
                unsigned n;
                Worker *oldest = find_oldest_warm(pool, &n);

                if (n <= WORKERS_WARM_MAX)
                        return;
                worker_retire(oldest);
        }
}

void worker_now_idle(Worker *worker) {
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

void worker_give_up(Worker *worker) {
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
                        ? "The spawner refuses this account (USERUNIT_SPAWN_UIDS in the unit of userunit-spawner)."
                        : error == -EAGAIN ? "There are too many processes at work; try again."
                        : error == -EPROTONOSUPPORT
                        ? "The spawner is of another version: \"systemctl restart userunit-spawner\"."
                        : "The process that starts workers cannot be reached; see \"systemctl status userunit-spawner\".";

                worker_fail_exchanges(
                        worker, error == -EPERM ? ERROR_ACCOUNT_REFUSED : ERROR_UNAVAILABLE, message);
                worker_destroy(worker);
                pool_pump(pool);
                return;
        }

        r = worker_attach(worker, pool->event, child, fd);
        if (r >= 0 && worker->current)
                r = worker_send(worker, worker->current);
        if (r < 0)
                worker_give_up(worker);
        else if (!worker->current)
                worker_now_idle(worker);
        pool_pump(pool);
}

int worker_new(Pool *pool, Account *account, Worker **ret) {
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
