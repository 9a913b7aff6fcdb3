/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times as people write them, see timestamp.h. */

#include "client/time/timestamp.h"

#include <fcntl.h>
#include <strings.h>
#include <time.h>

#include "client/message.h"
#include "client/terminal/text.h"
#include "common/escape.h"
#include "common/time-span.h"

/* The end of 9999-12-30: the last day that is in the year 9999 everywhere. */
#define USEC_TIMESTAMP_MAX UINT64_C(253402214399000000)

#define DIGITS "0123456789"

/* ---- calendar times ---- */

/* How what stands before the zone is understood. */
typedef struct Zone {
        bool utc;
        int dst;      /* as tm_isdst */
        int64_t east; /* seconds, where utc */
} Zone;

#define ZONE_LOCAL ((Zone){ .dst = -1 })

static const struct {
        const char *format;
        bool fraction; /* one may follow */
        bool date;     /* it has no time: the day's begin */
} formats[] = {
        { "%y-%m-%d %H:%M:%S", true, false },
        { "%Y-%m-%d %H:%M:%S", true, false },
        { "%Y-%m-%dT%H:%M:%S", true, false },
        { "%b %d %H:%M:%S", true, false }, /* as logs show it */
        { "%y-%m-%d %H:%M", false, false },
        { "%Y-%m-%d %H:%M", false, false },
        { "%Y-%m-%dT%H:%M", false, false },
        { "%y-%m-%d", false, true },
        { "%Y-%m-%d", false, true },
        { "%H:%M:%S", true, false },
        { "%H:%M", false, false },
};

static void begin_day(struct tm *tm) {
        tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
}

/* A weekday before a time: its length with the blank, 0 where there is none. */
static size_t read_weekday(const char *text, int *ret) {
        static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday", "thursday", "friday",
                "saturday" };
        size_t n = strcspn(text, " ");

        if (text[n] != ' ')
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(days); i++)
                if ((n == 3 || n == strlen(days[i])) && strncasecmp(text, days[i], n) == 0) {
                        *ret = (int) i;
                        return n + 1;
                }
        return 0;
}

/* What is behind the point of a second, as µs, rounded. Returns whether it is digits and nothing else. */
static bool read_fraction(const char *text, uint64_t *ret) {
        size_t n = strspn(text, DIGITS);

        *ret = 0;
        for (size_t i = 0; i < 6; i++)
                *ret = *ret * 10 + (i < n ? (uint64_t) (text[i] - '0') : 0);
        if (n > 6 && text[6] >= '5')
                (*ret)++;
        return n > 0 && !text[n];
}

static bool read_calendar(const char *text, struct tm *tm, uint64_t *ret_fraction) {
        static const struct {
                const char *word;
                int days;
        } words[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };
        const struct tm now = *tm;
        int weekday = -1;

        *ret_fraction = 0;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(text, words[i].word)) {
                        tm->tm_mday += words[i].days;
                        begin_day(tm);
                        return true;
                }

        text += read_weekday(text, &weekday);
        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                const char *rest;

                *tm = now;
                if (!strstr(formats[i].format, "%S"))
                        tm->tm_sec = 0;
                if (formats[i].date)
                        begin_day(tm);
                rest = strptime(text, formats[i].format, tm);
                if (!rest)
                        continue;
                if (formats[i].fraction && *rest == '.')
                        return read_fraction(rest + 1, ret_fraction) &&
                                (weekday < 0 || tm->tm_wday == weekday);
                if (!*rest)
                        return weekday < 0 || tm->tm_wday == weekday;
        }
        return false;
}

static int parse_calendar(const char *text, uint64_t now, const Zone *zone, uint64_t *ret) {
        time_t t = (time_t) (now / USEC_PER_SEC);
        uint64_t fraction, usec;
        struct tm tm;

        if (!(zone->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)))
                return -EINVAL;
        tm.tm_isdst = zone->dst;
        if (!read_calendar(text, &tm, &fraction))
                return -EINVAL;

        t = zone->utc ? timegm(&tm) : mktime(&tm);
        if (t < 0 && !(zone->utc && zone->east < 0))
                return -EINVAL;
        if (zone->utc)
                t -= zone->east;
        if (t < 0 || __builtin_mul_overflow((uint64_t) t, USEC_PER_SEC, &usec))
                return -EINVAL;
        usec += fraction;
        if (usec > USEC_TIMESTAMP_MAX)
                return -EINVAL;

        *ret = usec;
        return 0;
}

/* A time that is so far from now. */
static int parse_relative(const char *text, size_t n, uint64_t now, bool past, uint64_t *ret) {
        _cleanup_free_ char *span = strndup(text, n);
        uint64_t usec;
        int r;

        if (!span)
                return -ENOMEM;
        r = time_span_parse(span, USEC_PER_SEC, &usec);
        if (r < 0)
                return r;
        if (past ? usec > now : __builtin_add_overflow(now, usec, &usec) || usec > USEC_TIMESTAMP_MAX)
                return -EINVAL;

        *ret = past ? now - usec : usec;
        return 0;
}

/* The whole text, which has no zone. */
static int parse_local(const char *text, uint64_t now, uint64_t *ret) {
        static const char ago[] = " ago", left[] = " left";
        size_t n = strlen(text);

        if (*text == '@')
                return time_span_parse(text + 1, USEC_PER_SEC, ret);
        if (streq(text, "now")) {
                *ret = now;
                return 0;
        }
        if (*text == '+' || *text == '-')
                return parse_relative(text + 1, n - 1, now, *text == '-', ret);
        if (endswith(text, ago))
                return parse_relative(text, n - strlen(ago), now, true, ret);
        if (endswith(text, left))
                return parse_relative(text, n - strlen(left), now, false, ret);
        return parse_calendar(text, now, &ZONE_LOCAL, ret);
}

static int parse_before_zone(const char *text, size_t n, uint64_t now, const Zone *zone, uint64_t *ret) {
        _cleanup_free_ char *copy = strndup(text, n);

        if (!copy)
                return -ENOMEM;
        return parse_calendar(copy, now, zone, ret);
}

/* ---- zones ---- */

/* "+01:00", "-0830", "+02", "Z" and what else strptime(3) takes for an offset. */
static bool read_offset(const char *text, int64_t *ret) {
        struct tm tm = {};
        const char *rest = strptime(text, "%z", &tm);

        if (!rest || *rest || llabs(tm.tm_gmtoff) > 24 * 3600)
                return false;
        *ret = tm.tm_gmtoff;
        return true;
}

/* Whether the system has the rules of a zone: then libc finds them too. */
static bool zone_is_known(const char *name) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *path = NULL;
        char magic[4];

        if (isempty(name) || *name == '/' || strstr(name, "..") || strstr(name, "//") ||
                name[strlen(name) - 1] == '/' ||
                name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_/")] ||
                asprintf(&path, "/usr/share/zoneinfo/%s", name) < 0) {
                path = NULL;
                return false;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
}

/* In the zone that $TZ says: the name may be its winter's or its summer's. */
static int parse_in_zone(const char *text, size_t n, const char *name, uint64_t now, uint64_t *ret) {
        Zone zone = ZONE_LOCAL;

        for (int dst = 0; dst < 2; dst++)
                if (!isempty(tzname[dst]) && streq(name, tzname[dst]))
                        zone.dst = dst;
        return parse_before_zone(text, n, now, &zone, ret);
}

static int parse_in_other_zone(const char *text, size_t n, const char *name, uint64_t now, uint64_t *ret) {
        const char *old = getenv("TZ");
        _cleanup_free_ char *saved = old ? strdup(old) : NULL, *value = NULL;
        int r;

        if ((old && !saved) || asprintf(&value, ":%s", name) < 0) {
                value = NULL;
                return -ENOMEM;
        }
        if (setenv("TZ", value, 1) < 0)
                return -errno;
        tzset();
        r = parse_in_zone(text, n, name, now, ret);
        (void) (saved ? setenv("TZ", saved, 1) : unsetenv("TZ"));
        tzset();
        return r;
}

int timestamp_parse(const char *text, uint64_t now, uint64_t *ret_usec) {
        Zone zone = { .utc = true, .dst = -1 };
        const char *blank = strrchr(text, ' '), *name;
        size_t n = strlen(text);

        if (n > 2 && text[n - 1] == 'Z' && parse_before_zone(text, n - 1, now, &zone, ret_usec) == 0)
                return 0;
        if (n > 7 && (text[n - 6] == '+' || text[n - 6] == '-') && text[n - 7] != ' ' &&
                read_offset(text + n - 6, &zone.east))
                return parse_before_zone(text, n - 6, now, &zone, ret_usec);
        if (!blank)
                return parse_local(text, now, ret_usec);

        name = blank + 1;
        n = (size_t) (blank - text);
        zone.east = 0;
        if (streq(name, "UTC") || read_offset(name, &zone.east))
                return parse_before_zone(text, n, now, &zone, ret_usec);
        if (zone_is_known(name))
                return parse_in_other_zone(text, n, name, now, ret_usec);

        tzset();
        for (int dst = 0; dst < 2; dst++)
                if (!isempty(tzname[dst]) && streq(name, tzname[dst]))
                        return parse_in_zone(text, n, name, now, ret_usec);
        return parse_local(text, now, ret_usec);
}

int timestamp_parse_option(const char *option, const char *text, uint64_t *ret_usec) {
        _cleanup_free_ char *safe = NULL;
        int r;

        r = timestamp_parse(text, text_now(), ret_usec);
        if (r >= 0 || r == -ENOMEM)
                return r;

        safe = escape_terminal(text);
        if (!safe)
                return -ENOMEM;
        message_error(
                "%s: '%s' is no time. Write it as in \"2026-11-23 10:00:30\", 10:00, today, yesterday, "
                "\"-1h 30min\", \"2 days ago\" or @1395716396; systemd.time(7) has more.",
                option, safe);
        return -EINVAL;
}
