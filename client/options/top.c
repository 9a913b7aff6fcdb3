/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of top, see top.h. */

#include "client/options/top.h"

#include "client/message.h"
#include "client/options/row.h"

/* Each reading asks a process of each account: more often than this helps nobody. */
#define DELAY_MIN_USEC (USEC_PER_SEC / 10)
#define DELAY_MAX_SEC  3600

const char *const top_sorts[] = {
        [TOP_SORT_CPU] = "cpu",
        [TOP_SORT_MEMORY] = "memory",
        [TOP_SORT_TASKS] = "tasks",
        [TOP_SORT_IO] = "io",
        [TOP_SORT_NAME] = "name",
        [_TOP_SORT_MAX] = NULL,
};

/* Digits, at most so many of them, as a number; SIZE_MAX where there is something else. */
static size_t parse_digits(const char **p, size_t max_digits) {
        size_t n = strspn(*p, "0123456789"), v = 0;

        if (n == 0 || n > max_digits)
                return SIZE_MAX;
        for (size_t i = 0; i < n; i++)
                v = v * 10 + (size_t) ((*p)[i] - '0');
        *p += n;
        return v;
}

static int parse_seconds(const char *value, uint64_t *ret) {
        const char *p = value;
        size_t seconds = parse_digits(&p, 4), fraction = 0;

        if (seconds > DELAY_MAX_SEC)
                return -EINVAL;
        if (*p == '.') {
                size_t digits = strspn(++p, "0123456789");

                fraction = parse_digits(&p, 6);
                if (fraction == SIZE_MAX)
                        return -EINVAL;
                for (; digits < 6; digits++)
                        fraction *= 10;
        }
        if (*p == 's')
                p++;
        if (*p)
                return -EINVAL;

        *ret = seconds * USEC_PER_SEC + fraction;
        return *ret < DELAY_MIN_USEC ? -ERANGE : 0;
}

int top_set_delay(const OptionRow *row, Options *o, const char *value) {
        if (parse_seconds(value, &o->top.delay_usec) >= 0)
                return 0;
        message_error("--delay= takes seconds from 0.1 to %u, not '%s'.", DELAY_MAX_SEC, value);
        return -EINVAL;
}

int top_set_iterations(const OptionRow *row, Options *o, const char *value) {
        const char *p = value;
        size_t n = parse_digits(&p, 9);

        if (n > 0 && n != SIZE_MAX && !*p) {
                o->top.iterations = (unsigned) n;
                return 0;
        }
        message_error("--iterations= takes a number from 1, not '%s'.", value);
        return -EINVAL;
}

int top_set_sort(const OptionRow *row, Options *o, const char *value) {
        for (size_t i = 0; i < _TOP_SORT_MAX; i++)
                if (streq(top_sorts[i], value)) {
                        o->top.sort = (TopSort) i;
                        return 0;
                }
        message_error("--sort= takes cpu, memory, tasks, io or name, not '%s'.", value);
        return -EINVAL;
}
