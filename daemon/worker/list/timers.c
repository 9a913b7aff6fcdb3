/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Timers: when they elapse and what they start, as `systemctl list-timers` has it.
 */

#include <time.h>

#include "daemon/worker/list/trigger-list.h"

#define TIMER_INTERFACE "org.freedesktop.systemd1.Timer"

/* In the order of the queries. */
typedef enum TimerTime {
        TIMER_NEXT_MONOTONIC,
        TIMER_NEXT_REALTIME,
        TIMER_LAST_REALTIME,
        TIMER_LAST_MONOTONIC,
        _TIMER_TIME_MAX,
} TimerTime;

static const PropertyQuery timer_queries[_TIMER_TIME_MAX] = {
        [TIMER_NEXT_MONOTONIC] = { TIMER_INTERFACE, "NextElapseUSecMonotonic", "t" },
        [TIMER_NEXT_REALTIME] = { TIMER_INTERFACE, "NextElapseUSecRealtime", "t" },
        [TIMER_LAST_REALTIME] = { TIMER_INTERFACE, "LastTriggerUSec", "t" },
        [TIMER_LAST_MONOTONIC] = { TIMER_INTERFACE, "LastTriggerUSecMonotonic", "t" },
};

/* µs; UINT64_MAX stands for never, and so does 0 of what may be on either clock. */
typedef struct Timer {
        uint64_t times[_TIMER_TIME_MAX];
        uint64_t next;
        const char *unit;
        char *const *activates;
} Timer;

typedef struct Timers {
        TriggerList triggers;
        Timer *timers;
} Timers;

static void timers_done(Timers *timers) {
        free(timers->timers);
        trigger_list_done(&timers->triggers);
}

static bool time_is_set(uint64_t usec) {
        return usec > 0 && usec != UINT64_MAX;
}

static int take_time(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Timers *timers = userdata;
        int r;

        if (!timers->timers) {
                timers->timers = calloc(timers->triggers.list.n, sizeof(Timer));
                if (!timers->timers)
                        return -ENOMEM;
        }

        timers->timers[path].times[query] = UINT64_MAX;
        if (!answer)
                return 0;
        r = sd_bus_message_read_basic(answer, 't', timers->timers[path].times + query);
        return r < 0 ? r : 0;
}

static uint64_t realtime_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000U;
}

/* A timer may wait for moments on both clocks; the earlier one counts. */
static uint64_t next_elapse(const Timer *timer, uint64_t realtime, uint64_t monotonic) {
        uint64_t m = timer->times[TIMER_NEXT_MONOTONIC], next = timer->times[TIMER_NEXT_REALTIME], converted;

        if (!time_is_set(m))
                return next;
        if (m > monotonic)
                converted = m - monotonic < UINT64_MAX - realtime ? realtime + (m - monotonic) : UINT64_MAX;
        else
                converted = monotonic - m < realtime ? realtime - (monotonic - m) : 0;
        return time_is_set(next) ? MIN(converted, next) : converted;
}

static int compare_timers(const void *a, const void *b) {
        const Timer *x = a, *y = b;

        if (x->next != y->next)
                return x->next < y->next ? -1 : 1;
        return strcmp(x->unit, y->unit);
}

static void write_timer(const Timer *timer, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "unit", timer->unit);
        json_write_key_strv(w, "activates", timer->activates);
        if (timer->next != UINT64_MAX)
                json_write_key_u64(w, "next", timer->next);
        if (timer->times[TIMER_LAST_REALTIME] != UINT64_MAX)
                json_write_key_u64(w, "last", timer->times[TIMER_LAST_REALTIME]);
        if (timer->times[TIMER_LAST_MONOTONIC] != UINT64_MAX)
                json_write_key_u64(w, "last_monotonic", timer->times[TIMER_LAST_MONOTONIC]);
        json_end_object(w);
}

int method_timers_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(timers_done) Timers timers = {};
        uint64_t realtime, monotonic;
        size_t n;
        int r;

        r = trigger_list_read(worker, request, ".timer", timer_queries, ELEMENTSOF(timer_queries), take_time,
                &timers, &timers.triggers, error);
        if (r < 0)
                return r;

        realtime = realtime_usec();
        monotonic = clock_now_usec();
        n = timers.triggers.list.n;
        for (size_t i = 0; i < n; i++) {
                Timer *timer = timers.timers + i;

                timer->unit = timers.triggers.list.rows[i].id;
                timer->activates = timers.triggers.activates[i];
                timer->next = next_elapse(timer, realtime, monotonic);
        }
        if (n > 0)
                qsort(timers.timers, n, sizeof(Timer), compare_timers);

        reply_rows_begin(reply, "timers");
        for (size_t i = 0; i < n; i++) {
                write_timer(timers.timers + i, &reply->writer);
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}
