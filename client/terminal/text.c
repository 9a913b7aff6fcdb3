/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times, spans, sizes, signals and exit codes, see text.h. */

#include "client/terminal/text.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR   (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY    (24 * USEC_PER_HOUR)
#define USEC_PER_WEEK   (7 * USEC_PER_DAY)
/* As systemd.time(7) has them: 30.44 and 365.25 days. */
#define USEC_PER_MONTH (UINT64_C(2629800) * USEC_PER_SEC)
#define USEC_PER_YEAR  (UINT64_C(31557600) * USEC_PER_SEC)

uint64_t text_now(void) {
        struct timespec ts = {};

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

typedef struct TimestampStyle {
        const char *word;
        bool micro;
        bool utc;
        bool unix_time;
} TimestampStyle;

static const TimestampStyle timestamp_styles[] = {
        { "pretty", false, false, false },
        { "us", true, false, false },
        { "µs", true, false, false },
        { "utc", false, true, false },
        { "us+utc", true, true, false },
        { "µs+utc", true, true, false },
        { "unix", false, false, true },
};

/* One run has one style, and times are written in many places. */
static const TimestampStyle *timestamp_style = timestamp_styles;

bool text_set_timestamp_style(const char *word) {
        for (size_t i = 0; i < ELEMENTSOF(timestamp_styles); i++)
                if (streq(timestamp_styles[i].word, word)) {
                        timestamp_style = timestamp_styles + i;
                        return true;
                }
        return false;
}

static const char *write_timestamp(char *buf, uint64_t usec, const TimestampStyle *style) {
        time_t t = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;
        size_t n;

        *buf = 0;
        if (usec == 0 || usec == UINT64_MAX)
                return buf;
        if (style->unix_time) {
                snprintf(buf, TEXT_MAX, "@%" PRIu64, usec / USEC_PER_SEC);
                return buf;
        }
        if (!(style->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)))
                return buf;

        n = strftime(buf, TEXT_MAX, "%a %Y-%m-%d %H:%M:%S", &tm);
        if (n > 0 && style->micro)
                n += (size_t) snprintf(buf + n, TEXT_MAX - n, ".%06" PRIu64, usec % USEC_PER_SEC);
        if (n == 0 || (!style->utc && strftime(buf + n, TEXT_MAX - n, " %Z", &tm) == 0))
                *buf = 0;
        else if (style->utc)
                snprintf(buf + n, TEXT_MAX - n, " UTC");
        return buf;
}

const char *text_timestamp(char buf[static TEXT_MAX], uint64_t usec) {
        return write_timestamp(buf, usec, timestamp_style);
}

const char *text_timestamp_pretty(char buf[static TEXT_MAX], uint64_t usec) {
        return write_timestamp(buf, usec, timestamp_styles);
}

/* Two units beside each other, in words: "2 weeks 3 days". */
static void two_words(
        char *buf, uint64_t a, const char *one, uint64_t b, const char *other, const char *suffix) {
        snprintf(buf, TEXT_MAX, "%" PRIu64 " %s%s %" PRIu64 " %s%s %s", a, one, a == 1 ? "" : "s", b, other,
                b == 1 ? "" : "s", suffix);
}

const char *text_relative(char buf[static TEXT_MAX], uint64_t usec, uint64_t now) {
        const char *suffix = usec <= now ? "ago" : "left";
        uint64_t d = usec <= now ? now - usec : usec - now;

        *buf = 0;
        if (usec == 0 || usec == UINT64_MAX)
                return buf;

        if (d >= USEC_PER_YEAR)
                two_words(
                        buf, d / USEC_PER_YEAR, "year", d % USEC_PER_YEAR / USEC_PER_MONTH, "month", suffix);
        else if (d >= USEC_PER_MONTH)
                two_words(
                        buf, d / USEC_PER_MONTH, "month", d % USEC_PER_MONTH / USEC_PER_DAY, "day", suffix);
        else if (d >= USEC_PER_WEEK)
                two_words(buf, d / USEC_PER_WEEK, "week", d % USEC_PER_WEEK / USEC_PER_DAY, "day", suffix);
        else if (d >= 2 * USEC_PER_DAY)
                snprintf(buf, TEXT_MAX, "%" PRIu64 " days %s", d / USEC_PER_DAY, suffix);
        else if (d >= 25 * USEC_PER_HOUR)
                snprintf(buf, TEXT_MAX, "1 day %" PRIu64 "h %s", (d - USEC_PER_DAY) / USEC_PER_HOUR, suffix);
        else if (d >= 6 * USEC_PER_HOUR)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "h %s", d / USEC_PER_HOUR, suffix);
        else if (d >= USEC_PER_HOUR)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "h %" PRIu64 "min %s", d / USEC_PER_HOUR,
                        d % USEC_PER_HOUR / USEC_PER_MINUTE, suffix);
        else if (d >= 5 * USEC_PER_MINUTE)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "min %s", d / USEC_PER_MINUTE, suffix);
        else if (d >= USEC_PER_MINUTE)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "min %" PRIu64 "s %s", d / USEC_PER_MINUTE,
                        d % USEC_PER_MINUTE / USEC_PER_SEC, suffix);
        else if (d >= USEC_PER_SEC)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "s %s", d / USEC_PER_SEC, suffix);
        else if (d >= USEC_PER_MSEC)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "ms %s", d / USEC_PER_MSEC, suffix);
        else if (d > 0)
                snprintf(buf, TEXT_MAX, "%" PRIu64 "us %s", d, suffix);
        else
                snprintf(buf, TEXT_MAX, "now");
        return buf;
}

const char *text_left(char buf[static TEXT_MAX], uint64_t usec, uint64_t now) {
        (void) text_relative(buf, usec, now);
        if (endswith(buf, " left"))
                buf[strlen(buf) - strlen(" left")] = 0;
        return buf;
}

typedef struct SpanUnit {
        const char *name;
        uint64_t usec;
        unsigned digits; /* of what is below one of them */
} SpanUnit;

/* Below a minute the rest is written as a fraction, cut to the accuracy. False: no digit of it is wanted. */
static bool span_fraction(
        char *buf, size_t size, const SpanUnit *unit, uint64_t usec, uint64_t accuracy, int *ret_n) {
        uint64_t rest = usec % unit->usec;
        unsigned digits = unit->digits;

        if (usec >= USEC_PER_MINUTE || rest == 0)
                return false;
        for (uint64_t a = accuracy; a > 1 && digits > 0; a /= 10, digits--)
                rest /= 10;
        if (digits == 0)
                return false;
        *ret_n = snprintf(
                buf, size, "%" PRIu64 ".%0*" PRIu64 "%s", usec / unit->usec, (int) digits, rest, unit->name);
        return true;
}

const char *text_timespan(char buf[static TEXT_MAX], uint64_t usec, uint64_t accuracy) {
        static const SpanUnit units[] = { { "y", USEC_PER_YEAR, 0 }, { "month", USEC_PER_MONTH, 0 },
                { "w", USEC_PER_WEEK, 0 }, { "d", USEC_PER_DAY, 0 }, { "h", USEC_PER_HOUR, 0 },
                { "min", USEC_PER_MINUTE, 0 }, { "s", USEC_PER_SEC, 6 }, { "ms", USEC_PER_MSEC, 3 },
                { "us", 1, 0 } };
        size_t used = 0;

        if (usec == UINT64_MAX)
                return strcpy(buf, "infinity");
        if (usec == 0)
                return strcpy(buf, "0");

        *buf = 0;
        for (size_t i = 0; i < ELEMENTSOF(units) && usec > 0; i++) {
                int n;

                if (usec < accuracy && used > 0)
                        break;
                if (usec < units[i].usec)
                        continue;
                if (used > 0)
                        buf[used++] = ' ';
                if (span_fraction(buf + used, TEXT_MAX - used, units + i, usec, accuracy, &n)) {
                        used += (size_t) n;
                        break;
                }
                n = snprintf(
                        buf + used, TEXT_MAX - used, "%" PRIu64 "%s", usec / units[i].usec, units[i].name);
                used += (size_t) n;
                usec %= units[i].usec;
        }
        return buf;
}

const char *text_bytes(char buf[static TEXT_MAX], uint64_t bytes) {
        static const char letters[] = "KMGTPE";
        uint64_t unit = UINT64_C(1024);
        size_t i = 0;

        if (bytes < unit) {
                snprintf(buf, TEXT_MAX, "%" PRIu64 "B", bytes);
                return buf;
        }
        while (i + 1 < sizeof(letters) - 1 && bytes / unit >= 1024) {
                unit *= 1024;
                i++;
        }
        snprintf(buf, TEXT_MAX, "%" PRIu64 ".%" PRIu64 "%c", bytes / unit,
                bytes % unit / (unit / 1024) * 10 / 1024, letters[i]);
        return buf;
}

const char *text_signal(char buf[static TEXT_MAX], int64_t number) {
        const char *name = number > 0 && number < NSIG ? sigabbrev_np((int) number) : NULL;

        if (name)
                snprintf(buf, TEXT_MAX, "%s", name);
        else if (number >= SIGRTMIN && number <= SIGRTMAX)
                snprintf(buf, TEXT_MAX, "RTMIN+%d", (int) number - SIGRTMIN);
        else
                snprintf(buf, TEXT_MAX, "%" PRIi64, number);
        return buf;
}

const char *text_exit_code(int64_t code) {
        switch (code) {
        case CLD_EXITED:
                return "exited";
        case CLD_KILLED:
                return "killed";
        case CLD_DUMPED:
                return "dumped";
        case CLD_TRAPPED:
                return "trapped";
        case CLD_STOPPED:
                return "stopped";
        case CLD_CONTINUED:
                return "continued";
        default:
                return NULL;
        }
}

const char *text_exit_status(int64_t status) {
        static const char *const names[] = {
                [0] = "SUCCESS",
                [1] = "FAILURE",
                [200] = "CHDIR",
                [201] = "NICE",
                [202] = "FDS",
                [203] = "EXEC",
                [204] = "MEMORY",
                [205] = "LIMITS",
                [206] = "OOM_ADJUST",
                [207] = "SIGNAL_MASK",
                [208] = "STDIN",
                [209] = "STDOUT",
                [210] = "CHROOT",
                [211] = "IOPRIO",
                [212] = "TIMERSLACK",
                [213] = "SECUREBITS",
                [214] = "SETSCHEDULER",
                [215] = "CPUAFFINITY",
                [216] = "GROUP",
                [217] = "USER",
                [218] = "CAPABILITIES",
                [219] = "CGROUP",
                [220] = "SETSID",
                [221] = "CONFIRM",
                [222] = "STDERR",
                [224] = "PAM",
                [225] = "NETWORK",
                [226] = "NAMESPACE",
                [227] = "NO_NEW_PRIVILEGES",
                [228] = "SECCOMP",
                [229] = "SELINUX_CONTEXT",
                [230] = "PERSONALITY",
                [231] = "APPARMOR",
                [232] = "ADDRESS_FAMILIES",
                [233] = "RUNTIME_DIRECTORY",
                [235] = "CHOWN",
                [236] = "SMACK_PROCESS_LABEL",
                [237] = "KEYRING",
                [238] = "STATE_DIRECTORY",
                [239] = "CACHE_DIRECTORY",
                [240] = "LOGS_DIRECTORY",
                [241] = "CONFIGURATION_DIRECTORY",
                [242] = "NUMA_POLICY",
                [243] = "CREDENTIALS",
                [245] = "BPF",
                [255] = "EXCEPTION",
        };

        return status >= 0 && (size_t) status < ELEMENTSOF(names) ? names[status] : NULL;
}
