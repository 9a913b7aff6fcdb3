/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whose turn it is, and on which worker, see pool.h and pool-internal.h. Exchanges wait in one queue; the
 * uids in it are served in turn, and what cannot be started now (its account has as many workers as it may,
 * or one that is just dying) is passed over.
 */

#include "common/clock.h"
#include "common/limits.h"
#include "daemon/pool/internal.h"

Census pool_census(Pool *pool, const Account *account) {
        Census c = {};
        Worker *worker, *next;

        for (worker = TAILQ_FIRST(&pool->workers); worker; worker = next) {
                bool same = worker->account->uid == account->uid;

                next = TAILQ_NEXT(worker, entry);
                if (worker->state == WORKER_ABANDONED) {
                        c.n_abandoned++;
                        if (same && clock_now_usec() - worker->abandoned_usec >= ABANDONED_GRACE_USEC)
                                c.stuck = true;
                        else if (same)
                                c.dying = true;
                        continue;
                }

                c.n_live++;
                if ((worker->current && !worker->paused) || worker->state == WORKER_SPAWNING)
                        c.n_busy++;
                else if (worker->n_waiting == 0)
                        c.n_warm++;
                if (!same)
                        continue;

                if (worker_is_idle(worker) && worker->n_waiting == 0 &&
                        !account_equal(worker->account, account)) {
                        worker_retire(worker); /* the account was changed since */
                        continue;
                }
                c.n_account++;
                if (!worker->current && worker->n_waiting < WORKER_JOBS_MAX &&
                        account_equal(worker->account, account))
                        c.idle = worker;
        }

        return c;
}

static void assign(Exchange *exchange, Worker *worker) {
        TAILQ_REMOVE(&exchange->pool->queue, exchange, entry);
        exchange->worker = worker;
        exchange->assigned_usec = clock_now_usec();
        worker->current = exchange;
        worker->idle = sd_event_source_disable_unref(worker->idle);
}

/* Starts the exchange if its turn can come now. Returns whether it left the queue. */
static bool try_start(Exchange *exchange) {
        Pool *pool = exchange->pool;
        Census census = pool_census(pool, exchange->account);
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
                if (worker->state == WORKER_SPAWNING)
                        return true; /* made ahead of time; it is sent when the worker is there */
                r = worker_send(worker, exchange);
                if (r < 0)
                        worker_give_up(worker);
                return true;
        }

        if (census.n_account >= WORKERS_PER_ACCOUNT_MAX)
                return false;
        if (census.n_live >= WORKERS_LIVE_MAX && !pool_retire_oldest(pool))
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

void pool_pump(Pool *pool) {
        while (start_next(pool))
                ;
}
