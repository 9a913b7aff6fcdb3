/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries of the journal in a line, see journal.h. */

#include <inttypes.h>
#include <time.h>

#include "client/journal/text.h"
#include "client/render/journal.h"

/* What journalctl takes for a time; above it is noise. */
#define TIME_MAX (UINT64_C(1) << 55)

/* Longer values than this are not shown in the head of a line. */
#define SHOWN_MAX 300U

static bool is_time(uint64_t usec) {
        return usec > 0 && usec < TIME_MAX;
}

/* When it was said, or else when journald had it. */
static bool read_realtime(const JournalPrinter *p, uint64_t *ret) {
        return (journal_entry_number(&p->entry, "_SOURCE_REALTIME_TIMESTAMP", ret) && is_time(*ret)) ||
                (journal_entry_number(&p->entry, "__REALTIME_TIMESTAMP", ret) && is_time(*ret));
}

static bool read_monotonic(const JournalPrinter *p, uint64_t *ret) {
        uint64_t source, received;

        if (!p->modern && journal_entry_number(&p->entry, "_SOURCE_MONOTONIC_TIMESTAMP", ret) &&
                *ret < TIME_MAX)
                return true;
        if (!journal_entry_number(&p->entry, "__MONOTONIC_TIMESTAMP", ret) || *ret >= TIME_MAX)
                return false;

        /* As long before journald had it as the clock of the day says. */
        if (p->modern && journal_entry_number(&p->entry, "_SOURCE_REALTIME_TIMESTAMP", &source) &&
                is_time(source) && journal_entry_number(&p->entry, "__REALTIME_TIMESTAMP", &received)) {
                if (source >= received)
                        *ret += source - received;
                else
                        *ret -= MIN(*ret, received - source);
        }
        return true;
}

/* The begin of a time, up to its seconds, and the zone in which that is. */
static void write_second(JournalPrinter *p, uint64_t second, struct tm *tm, const char **ret_zone) {
        time_t t = (time_t) second;
        const char *format;

        switch (p->mode) {
        case JOURNAL_SHORT_ISO:
        case JOURNAL_SHORT_ISO_PRECISE:
                format = "%Y-%m-%dT%H:%M:%S";
                break;
        case JOURNAL_SHORT_FULL:
        case JOURNAL_WITH_UNIT:
                format = "%a %Y-%m-%d %H:%M:%S";
                break;
        default:
                format = "%b %d %H:%M:%S";
        }
        *ret_zone = "";
        if (!(p->utc ? gmtime_r(&t, tm) : localtime_r(&t, tm)) ||
                strftime(p->calendar, sizeof(p->calendar), format, tm) == 0)
                *p->calendar = 0;
        else
                *ret_zone = p->utc ? "UTC" : tm->tm_zone;
}

/* A time of the day; what entries of the same second have in common is written once. */
static size_t put_calendar(JournalPrinter *p, uint64_t usec) {
        bool iso = p->mode == JOURNAL_SHORT_ISO || p->mode == JOURNAL_SHORT_ISO_PRECISE,
             full = p->mode == JOURNAL_SHORT_FULL || p->mode == JOURNAL_WITH_UNIT;
        uint64_t second = usec / USEC_PER_SEC;
        int n = 0;

        if (second != p->second) {
                const char *zone;
                struct tm tm;

                write_second(p, second, &tm, &zone);
                *p->zone = 0;
                if (full)
                        snprintf(p->zone, sizeof(p->zone), " %s", zone);
                else if (iso)
                        snprintf(p->zone, sizeof(p->zone), "%c%02ld%s%02ld", tm.tm_gmtoff < 0 ? '-' : '+',
                                labs(tm.tm_gmtoff) / 3600, p->modern ? ":" : "",
                                labs(tm.tm_gmtoff) / 60 % 60);
                p->second = second;
        }

        n += fprintf(p->f, "%s", p->calendar);
        if (p->mode == JOURNAL_SHORT_PRECISE || p->mode == JOURNAL_SHORT_ISO_PRECISE)
                n += fprintf(p->f, ".%06" PRIu64, usec % USEC_PER_SEC);
        n += fprintf(p->f, "%s", p->zone);
        return (size_t) MAX(n, 0);
}

/* For the entry behind this one. */
static void keep_time(JournalPrinter *p, uint64_t monotonic, uint64_t realtime, const char *boot_id) {
        p->monotonic = monotonic;
        p->time = realtime;
        snprintf(p->time_boot_id, sizeof(p->time_boot_id), "%s", boot_id);
}

/* An entry that is not shown: older journalctls count from it all the same. */
static void pass_entry(JournalPrinter *p) {
        const JournalField *boot = journal_entry_first(&p->entry, "_BOOT_ID");
        uint64_t monotonic, realtime = 0;

        if (p->modern || !boot || !read_monotonic(p, &monotonic))
                return;
        (void) read_realtime(p, &realtime);
        keep_time(p, monotonic, realtime, journal_field_value(&p->entry, boot));
}

/* How long after the entry before. */
static int put_delta(JournalPrinter *p, uint64_t monotonic) {
        const JournalField *boot = journal_entry_first(&p->entry, "_BOOT_ID");
        const char *boot_id = boot ? journal_field_value(&p->entry, boot) : "";
        bool first = !*p->time_boot_id, same_boot = !first && streq(p->time_boot_id, boot_id);
        uint64_t realtime = 0, delta;
        int n;

        (void) read_realtime(p, &realtime);
        if (same_boot)
                delta = monotonic - MIN(monotonic, p->monotonic);
        else
                delta = realtime - MIN(realtime, p->time);
        if (first)
                n = fprintf(p->f, "%16s", "");
        else
                n = fprintf(p->f, " <%5" PRIu64 ".%06" PRIu64 "%s>", delta / USEC_PER_SEC,
                        delta % USEC_PER_SEC, same_boot ? " " : "*");
        keep_time(p, monotonic, realtime, boot_id);
        return n;
}

/* The time at the begin of the line. Returns how wide it is, 0 where there is none. */
static size_t put_time(JournalPrinter *p) {
        uint64_t usec;
        int n;

        if (p->mode == JOURNAL_SHORT_MONOTONIC || p->mode == JOURNAL_SHORT_DELTA) {
                if (!read_monotonic(p, &usec))
                        return 0;
                n = fprintf(p->f, "[%5" PRIu64 ".%06" PRIu64, usec / USEC_PER_SEC, usec % USEC_PER_SEC);
                if (p->mode == JOURNAL_SHORT_DELTA)
                        n += put_delta(p, usec);
                return (size_t) (n + fprintf(p->f, "]"));
        }
        if (!read_realtime(p, &usec))
                return 0;
        if (p->mode == JOURNAL_SHORT_UNIX)
                return (size_t) fprintf(
                        p->f, "%10" PRIu64 ".%06" PRIu64, usec / USEC_PER_SEC, usec % USEC_PER_SEC);
        return put_calendar(p, usec);
}

/* A field that is fit for the head of a line; NULL. */
static const JournalField *find_shown(const JournalPrinter *p, const char *name) {
        const JournalField *field = journal_entry_last(&p->entry, name);

        if (!field || field->kind == JOURNAL_NONE)
                return NULL;
        if (!p->all &&
                (field->length >= SHOWN_MAX ||
                        !journal_text_is_printable(journal_field_value(&p->entry, field), field->length)))
                return NULL;
        return field;
}

static size_t put_field(
        JournalPrinter *p, const char *before, const JournalField *field, const char *after) {
        fputs(before, p->f);
        journal_put(p, journal_field_value(&p->entry, field), field->length);
        fputs(after, p->f);
        return strlen(before) + field->length + strlen(after);
}

/* Who says it. Returns the columns that the further lines of a message leave for it: they are journalctl's,
 * which counts the unit of the system twice and that of the account not, and nobody where nobody is known.
 */
static size_t put_source(JournalPrinter *p) {
        const JournalField *unit = NULL, *user_unit = NULL, *identifier = find_shown(p, "SYSLOG_IDENTIFIER"),
                           *comm = find_shown(p, "_COMM");
        size_t n = 0;

        if (p->mode == JOURNAL_WITH_UNIT) {
                unit = find_shown(p, "_SYSTEMD_UNIT");
                user_unit = find_shown(p, "_SYSTEMD_USER_UNIT");
        }
        if (unit)
                n += put_field(p, " ", unit, "");
        if (user_unit) {
                (void) put_field(p, unit ? "/" : " ", user_unit, "");
                n += (unit ? unit->length : 0) + 1;
        }
        if (unit || user_unit)
                return n;
        if (identifier)
                return put_field(p, " ", identifier, "");
        if (comm)
                return put_field(p, " ", comm, "");
        fputs(" unknown", p->f);
        return 0;
}

void journal_print_short(JournalPrinter *p) {
        const JournalField *message = journal_entry_last(&p->entry, "MESSAGE"),
                           *hostname = p->no_hostname ? NULL : find_shown(p, "_HOSTNAME"),
                           *pid = find_shown(p, "_PID"),
                           *transport = journal_entry_last(&p->entry, "_TRANSPORT");
        int priority = journal_priority(&p->entry, journal_entry_last(&p->entry, "PRIORITY"));
        const char *on = journal_priority_color(p, priority), *text;
        size_t columns, n;

        if (!message || message->kind == JOURNAL_NONE) {
                pass_entry(p);
                return;
        }
        columns = put_time(p);
        if (columns == 0)
                return;
        if (!pid)
                pid = find_shown(p, "SYSLOG_PID");

        if (hostname)
                columns += put_field(p, " ", hostname, "");
        columns += put_source(p);
        if (pid)
                columns += put_field(p, "[", pid, "]");
        fputs(": ", p->f);

        text = journal_field_value(&p->entry, message);
        n = message->length;
        if (!p->all && journal_text_strip(text, n, &p->message) >= 0) {
                text = strempty(p->message.data);
                n = p->message.size;
        }
        if (p->truncate_newline)
                n = (size_t) (memchr(text, '\n', n) ? (const char *) memchr(text, '\n', n) - text
                                                    : (ptrdiff_t) n);
        if (!p->all && !journal_text_is_printable(text, n)) {
                journal_put_blob(p, n);
                putc('\n', p->f);
                return;
        }
        if (!*on && transport && streq(journal_field_value(&p->entry, transport), "audit"))
                on = terminal_color(p->terminal, COLOR_BLUE);
        journal_put_lines(
                p, columns + 2, p->shorten && !p->all, on, *on ? terminal_normal(p->terminal) : "", text, n);
}
