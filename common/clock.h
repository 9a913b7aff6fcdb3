/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one clock of deadlines and durations. */

#include <time.h>

#include "common/macro.h"

/* CLOCK_MONOTONIC in microseconds, as sd_event_now(3) counts. */
static inline uint64_t clock_now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}
