/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of deadlines, see deadlines.h. */

#include "daemon/deadlines.h"

static const struct {
        uint64_t usec;
        const char *variable;
} deadline_table[_DEADLINE_MAX] = {
        [DEADLINE_POLKIT] = { 5 * USEC_PER_SEC, "USERUNIT_DEADLINE_POLKIT_MSEC" },
        [DEADLINE_POLKIT_PROMPT] = { 120 * USEC_PER_SEC, "USERUNIT_DEADLINE_POLKIT_PROMPT_MSEC" },
        [DEADLINE_ACCOUNT_LOOKUP] = { 4 * USEC_PER_SEC, "USERUNIT_DEADLINE_ACCOUNT_LOOKUP_MSEC" },
        [DEADLINE_EXCHANGE] = { 4800 * USEC_PER_MSEC, "USERUNIT_DEADLINE_EXCHANGE_MSEC" },
        [DEADLINE_WORKER_IDLE] = { 20 * USEC_PER_SEC, "USERUNIT_DEADLINE_WORKER_IDLE_MSEC" },
        [DEADLINE_MANAGER_STATES] = { 5 * USEC_PER_SEC, "USERUNIT_DEADLINE_MANAGER_STATES_MSEC" },
        [DEADLINE_JOURNAL] = { 5 * USEC_PER_SEC, "USERUNIT_DEADLINE_JOURNAL_MSEC" },
        [DEADLINE_STREAM] = { 60 * USEC_PER_SEC, "USERUNIT_DEADLINE_STREAM_MSEC" },
        [DEADLINE_DRAIN] = { 4 * USEC_PER_SEC, "USERUNIT_DEADLINE_DRAIN_MSEC" },
};

#if TEST_BUILD
static uint64_t shortened(const char *variable, uint64_t usec) {
        const char *value = getenv(variable);
        unsigned long long msec;
        char *end;

        if (isempty(value))
                return usec;
        errno = 0;
        msec = strtoull(value, &end, 10);
        if (errno != 0 || *end || msec == 0)
                return usec;
        return MIN(usec, msec * USEC_PER_MSEC);
}
#else
static uint64_t shortened(const char *variable, uint64_t usec) {
        return usec;
}
#endif

uint64_t deadline_usec(Deadline deadline) {
        return shortened(deadline_table[deadline].variable, deadline_table[deadline].usec);
}

uint64_t deadline_row_usec(unsigned sec) {
        return shortened("USERUNIT_DEADLINE_ROW_MSEC", sec * USEC_PER_SEC);
}
