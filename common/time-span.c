/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Spans of time, see time-span.h. */

#include "common/time-span.h"

#define BLANKS " \t\n\r"
#define DIGITS "0123456789"

typedef struct TimeUnit {
        const char *name;
        uint64_t usec; /* 0: a nanosecond */
} TimeUnit;

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define MONTH  (UINT64_C(2629800) * USEC_PER_SEC)
#define YEAR   (UINT64_C(31557600) * USEC_PER_SEC)

/* The first that the text begins with counts, so longer ones stand first. */
static const TimeUnit time_units[] = {
        { "seconds", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "minutes", MINUTE },
        { "minute", MINUTE },
        { "min", MINUTE },
        { "months", MONTH },
        { "month", MONTH },
        { "M", MONTH },
        { "msec", USEC_PER_MSEC },
        { "ms", USEC_PER_MSEC },
        { "m", MINUTE },
        { "hours", HOUR },
        { "hour", HOUR },
        { "hr", HOUR },
        { "h", HOUR },
        { "days", DAY },
        { "day", DAY },
        { "d", DAY },
        { "weeks", WEEK },
        { "week", WEEK },
        { "w", WEEK },
        { "years", YEAR },
        { "year", YEAR },
        { "y", YEAR },
        { "usec", 1 },
        { "us", 1 },
        { "\302\265s", 1 }, /* the micro sign … */
        { "\316\274s", 1 }, /* … and the Greek letter */
        { "nsec", 0 },
        { "ns", 0 },
};

/* What a unit is worth in µs or, `nsec`, in ns. */
static uint64_t unit_worth(const TimeUnit *unit, bool nsec) {
        return nsec ? MAX(unit->usec * 1000U, UINT64_C(1)) : unit->usec;
}

static const char *take_unit(const char *p, bool nsec, uint64_t *worth) {
        for (size_t i = 0; i < ELEMENTSOF(time_units); i++) {
                const char *rest = startswith(p, time_units[i].name);

                if (!rest || unit_worth(time_units + i, nsec) == 0)
                        continue;
                *worth = unit_worth(time_units + i, nsec);
                return rest;
        }
        return p;
}

/* The digits behind the point. */
static int add_fraction(const char *digits, size_t n, uint64_t worth, uint64_t *sum) {
        for (size_t i = 0; i < n; i++) {
                uint64_t part;

                worth /= 10;
                part = (uint64_t) (digits[i] - '0') * worth;
                if (part >= TIME_SPAN_INFINITY - *sum)
                        return -ERANGE;
                *sum += part;
        }
        return 0;
}

static int parse_time(const char *s, uint64_t unit, bool nsec, uint64_t *ret) {
        const char *p = s + strspn(s, BLANKS), *rest;
        uint64_t sum = 0;
        bool any = false;

        rest = startswith(p, "infinity");
        if (rest) {
                if (rest[strspn(rest, BLANKS)])
                        return -EINVAL;
                *ret = TIME_SPAN_INFINITY;
                return 0;
        }

        for (;;) {
                const char *fraction = NULL, *next;
                uint64_t worth = unit;
                long long number;
                size_t n = 0;
                char *end;
                int r;

                p += strspn(p, BLANKS);
                if (!*p)
                        break;
                if (*p == '-')
                        return -ERANGE;

                errno = 0;
                number = strtoll(p, &end, 10);
                if (errno > 0)
                        return -errno;
                if (number < 0)
                        return -ERANGE;
                if (*end == '.') {
                        fraction = end + 1;
                        n = strspn(fraction, DIGITS);
                        if (n == 0)
                                return -EINVAL;
                        p = fraction + n;
                } else if (end == p)
                        return -EINVAL;
                else
                        p = end;

                next = take_unit(p + strspn(p, BLANKS), nsec, &worth);
                if (next == p && *next)
                        return -EINVAL; /* "12.34.56" */
                p = next;

                if ((uint64_t) number >= TIME_SPAN_INFINITY / worth ||
                        (uint64_t) number * worth >= TIME_SPAN_INFINITY - sum)
                        return -ERANGE;
                sum += (uint64_t) number * worth;
                r = add_fraction(fraction, n, worth, &sum);
                if (r < 0)
                        return r;
                any = true;
        }
        if (!any)
                return -EINVAL;

        *ret = sum;
        return 0;
}

int time_span_parse(const char *s, uint64_t unit_usec, uint64_t *ret) {
        return parse_time(s, unit_usec, /* nsec= */ false, ret);
}

int time_span_parse_nsec(const char *s, uint64_t *ret) {
        return parse_time(s, 1, /* nsec= */ true, ret);
}

const char *time_span_format(uint64_t usec, char text[TIME_SPAN_TEXT_MAX]) {
        static const struct {
                const char *name;
                uint64_t usec;
        } parts[] = { { "y", YEAR }, { "d", DAY }, { "h", HOUR }, { "min", MINUTE }, { "s", USEC_PER_SEC } };
        size_t i = 0, n;

        if (usec == TIME_SPAN_INFINITY) {
                (void) snprintf(text, TIME_SPAN_TEXT_MAX, "infinity");
                return text;
        }
        if (usec < USEC_PER_SEC) {
                (void) snprintf(text, TIME_SPAN_TEXT_MAX, "%.*fms", usec < 10 * USEC_PER_MSEC ? 1 : 0,
                        (double) usec / 1000);
                return text;
        }
        if (usec < MINUTE) {
                uint64_t tenths = usec / (USEC_PER_SEC / 10);

                n = (size_t) snprintf(text, TIME_SPAN_TEXT_MAX, "%u", (unsigned) (tenths / 10));
                if (tenths % 10 > 0)
                        n += (size_t) snprintf(
                                text + n, TIME_SPAN_TEXT_MAX - n, ".%u", (unsigned) (tenths % 10));
                (void) snprintf(text + n, TIME_SPAN_TEXT_MAX - n, "s");
                return text;
        }

        while (usec < parts[i].usec)
                i++;
        n = (size_t) snprintf(text, TIME_SPAN_TEXT_MAX, "%llu%s",
                (unsigned long long) (usec / parts[i].usec), parts[i].name);
        usec %= parts[i].usec;
        i++;
        if (i < ELEMENTSOF(parts) && usec >= parts[i].usec)
                (void) snprintf(text + n, TIME_SPAN_TEXT_MAX - n, " %llu%s",
                        (unsigned long long) (usec / parts[i].usec), parts[i].name);
        return text;
}
