/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times as people write them: what they mean, and that systemd-analyze understands them likewise where it is
 * installed.
 */

#include "tests/unit/client-fixture.h"

#include <inttypes.h>
#include <time.h>

#include "client/time/timestamp.h"

/* Mon 2026-11-23 14:05:06.789 UTC */
#define NOW UINT64_C(1795442706789000)

static void set_zone(const char *zone) {
        setenv("TZ", zone, 1);
        tzset();
}

static void assert_time(const char *text, const char *expected) {
        uint64_t usec;
        char got[64];
        time_t t;
        struct tm tm;

        if (timestamp_parse(text, NOW, &usec) < 0)
                fail_msg("'%s' is refused", text);
        t = (time_t) (usec / USEC_PER_SEC);
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(strftime(got, sizeof(got), "%Y-%m-%d %H:%M:%S", &tm) > 0);
        if (usec % USEC_PER_SEC != 0)
                snprintf(got + strlen(got), sizeof(got) - strlen(got), ".%06" PRIu64, usec % USEC_PER_SEC);
        assert_string_equal(got, expected);
}

static void assert_refused(const char *text) {
        uint64_t usec = 42;

        if (timestamp_parse(text, NOW, &usec) >= 0)
                fail_msg("'%s' is %" PRIu64, text, usec);
        assert_int_equal(usec, 42);
}

static void test_calendar(void **state) {
        set_zone("UTC");
        assert_time("2026-11-23 10:00:30.123", "2026-11-23 10:00:30.123000");
        assert_time("2026-11-23 10:00:30", "2026-11-23 10:00:30");
        assert_time("2026-11-23 10:00", "2026-11-23 10:00:00");
        assert_time("2026-11-23", "2026-11-23 00:00:00");
        assert_time("26-11-23", "2026-11-23 00:00:00");
        assert_time("26-11-23 10:00:01.5", "2026-11-23 10:00:01.500000");
        assert_time("2026-11-23T10:00:30", "2026-11-23 10:00:30");
        assert_time("2026-11-23T10:00", "2026-11-23 10:00:00");
        assert_time("Nov 23 10:00:30", "2026-11-23 10:00:30");
        assert_time("10:00:30", "2026-11-23 10:00:30");
        assert_time("10:00", "2026-11-23 10:00:00");
        assert_time("today", "2026-11-23 00:00:00");
        assert_time("yesterday", "2026-11-22 00:00:00");
        assert_time("tomorrow", "2026-11-24 00:00:00");
        assert_time("Mon 2026-11-23", "2026-11-23 00:00:00");
        assert_time("monday 2026-11-23 10:00", "2026-11-23 10:00:00");
        assert_time("2026-11-23 10:00:30.1234567", "2026-11-23 10:00:30.123457");
        assert_time("2026-11-23 10:00:30.9999996", "2026-11-23 10:00:31");
        assert_time("1970-01-01", "1970-01-01 00:00:00");

        assert_refused("");
        assert_refused(" ");
        assert_refused("tuesday 2026-11-23");
        assert_refused("Mon");
        assert_refused("2026-11-23 10:00:30.");
        assert_refused("2026-11-23 10:00:30.x");
        assert_refused("2026-11-23 10:00.5");
        assert_refused("2026-13-01");
        assert_refused("2026-11-23x");
        assert_refused("25:00");
        assert_refused("Today");
        assert_refused("1969-12-31");
        assert_refused("10000-01-01");
}

static void test_zone(void **state) {
        set_zone("UTC");
        assert_time("2026-11-23 10:00 UTC", "2026-11-23 10:00:00");
        assert_time("2026-11-23 10:00 +01:00", "2026-11-23 09:00:00");
        assert_time("2026-11-23 10:00 -0830", "2026-11-23 18:30:00");
        assert_time("2026-11-23T10:00:30Z", "2026-11-23 10:00:30");
        assert_time("2026-11-23T10:00:30+01:00", "2026-11-23 09:00:30");
        assert_time("2026-11-23T10:00:30.5-01:30", "2026-11-23 11:30:30.500000");
        assert_time("2026-07-01 10:00 Europe/Berlin", "2026-07-01 08:00:00");
        assert_time("2026-12-01 10:00 Asia/Kathmandu", "2026-12-01 04:15:00");
        assert_time("today UTC", "2026-11-23 00:00:00");
        assert_string_equal(getenv("TZ"), "UTC");
        assert_refused("2026-11-23 10:00 Mars/Olympus");
        assert_refused("2026-11-23 10:00 ../../etc/passwd");
        assert_refused("2026-11-23 10:00 /usr/share/zoneinfo/UTC");
        assert_refused("2026-11-23 10:00 +25:00");
        assert_refused("now UTC");
        assert_refused("+1h UTC");
        assert_refused("@5 UTC");
        assert_refused(" UTC");

        set_zone("Europe/Berlin");
        assert_time("2026-07-01 10:00", "2026-07-01 08:00:00");
        assert_time("2026-07-01 10:00 CEST", "2026-07-01 08:00:00");
        assert_time("2026-12-01 10:00 CET", "2026-12-01 09:00:00");
        assert_time("2026-07-01 10:00 UTC", "2026-07-01 10:00:00");
        assert_time("today", "2026-11-22 23:00:00");
        set_zone("UTC");
}

static void test_relative(void **state) {
        set_zone("UTC");
        assert_time("now", "2026-11-23 14:05:06.789000");
        assert_time("-1h 30min", "2026-11-23 12:35:06.789000");
        assert_time("+5s", "2026-11-23 14:05:11.789000");
        assert_time("2 days ago", "2026-11-21 14:05:06.789000");
        assert_time("1h30min ago", "2026-11-23 12:35:06.789000");
        assert_time("5min left", "2026-11-23 14:10:06.789000");
        assert_time("-0", "2026-11-23 14:05:06.789000");
        assert_time("@1395716396", "2014-03-25 02:59:56");
        assert_time("@1395716396.5", "2014-03-25 02:59:56.500000");
        assert_time("@0", "1970-01-01 00:00:00");

        assert_refused("-");
        assert_refused("+");
        assert_refused("@");
        assert_refused("@-1");
        assert_refused("--5s");
        assert_refused("-5 parsecs");
        assert_refused("-100 years");
        assert_refused("ago");
        assert_refused(" ago");
        assert_refused("+9000 years");
        assert_refused("1h ago ago");
}

/* The line of systemd-analyze timestamp that has the time in seconds; false where it refuses. */
static bool ask_systemd(const char *text, double *ret) {
        _cleanup_free_ char *command = NULL;
        char line[512];
        bool found = false;
        FILE *f;

        assert_true(asprintf(&command, "systemd-analyze timestamp -- '%s' 2>/dev/null", text) > 0);
        f = popen(command, "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
                const char *value = startswith(line, "    UNIX seconds: @");

                if (!value)
                        value = startswith(line, "UNIX seconds: @");
                if (!value && strstr(line, "UNIX seconds: @"))
                        value = strstr(line, "@") + 1;
                if (value) {
                        *ret = strtod(value, NULL);
                        found = true;
                }
        }
        (void) pclose(f);
        return found;
}

/* `newer`: systemd learned it between 252 and 257. */
static bool compare(const char *text, bool newer) {
        struct timespec now;
        double ours, theirs;
        bool known, valid;
        uint64_t usec;

        clock_gettime(CLOCK_REALTIME, &now);
        valid = timestamp_parse(text, (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000,
                        &usec) >= 0;
        /* What is for ever is not shown. */
        if (valid && usec == UINT64_MAX)
                return false;
        known = ask_systemd(text, &theirs);
        if (known != valid && !(newer && valid))
                fail_msg("'%s': %s, and for systemd it is the other way round", text,
                        valid ? "a time" : "none");
        ours = valid ? (double) usec / 1e6 : 0;
        if (known && (theirs - ours > 2 || ours - theirs > 0.001))
                fail_msg("'%s': %f, and for systemd %f", text, ours, theirs);
        return known;
}

static void test_as_systemd(void **state) {
        static const char *const texts[] = { "2026-11-23 10:00:30.123", "2026-11-23 10:00", "10:00", "today",
                "yesterday", "tomorrow", "now", "-1h 30min", "+5s", "2 days ago", "5min left", "@1395716396",
                "@1395716396.25", "Mon 2026-11-23", "Tue 2026-11-23", "monday 2026-11-23 10:00 UTC",
                "26-11-23", "26-1-2 3:4:5", "2026-2-30", "Nov 23 10:00:30", "Nov  3 10:00:30.25", "1.5h ago",
                "1.5.5h ago", "12.34 .56 ago", "1y 2month 3w ago", "1M ago", "1m ago", "10us ago",
                "10µs ago", "10 ago", "x", "", "2026-11-23 ", " 2026-11-23", "10:00:30.1234567", "10:00.5",
                "24:00", "23:59:60", "2026-11-23  10:00", "2026-11-2310:00", "infinity", "@infinity",
                "-infinity", "+ 5s", "+5", "- 5s", "@ 5", "@5s", "today UTC", "now UTC", "1970-01-01",
                "1969-12-31", "9999-12-30", "10000-01-01", "TODAY" };
        static const char *const newer[] = { "2026-07-01 10:00 Europe/Berlin",
                "2026-03-29 02:30 Europe/Berlin", "yesterday Asia/Kathmandu", "2026-11-23 10:00 +01",
                "2026-11-23 10:00 -03:30", "1970-01-01 03:00 +01", "2026-11-23 10:00 Z", "2026-11-23T10:00",
                "2026-11-23T10:00:30.5Z", "2026-11-23T10:00:30+01:00" };
        double theirs;

        set_zone("UTC");
        if (!ask_systemd("2026-11-23", &theirs))
                skip();
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                (void) compare(texts[i], false);
        for (size_t i = 0; i < ELEMENTSOF(newer); i++)
                (void) compare(newer[i], true);

        /* In summer time, in winter time, and in the hour that there is twice. */
        set_zone("Europe/Berlin");
        assert_true(compare("2026-07-01 10:00", false));
        assert_true(compare("2026-12-01 10:00", false));
        assert_true(compare("2026-10-25 02:30", false));
        (void) compare("2026-10-25 02:30 CET", true);
        (void) compare("2026-10-25 02:30 CEST", true);
        assert_true(compare("today", false));
        set_zone("UTC");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_calendar),
                cmocka_unit_test(test_zone),
                cmocka_unit_test(test_relative),
                cmocka_unit_test(test_as_systemd),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
