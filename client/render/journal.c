/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries of the journal, see journal.h. */

#include "client/render/journal.h"

#include <dlfcn.h>

#include "client/journal/text.h"
#include "client/terminal/text.h"
#include "common/escape.h"
#include "common/strv.h"

/* Of a message that is shortened, journalctl shows three lines or 300 characters, whichever is less. */
#define SHORTENED_LINES 3U
#define SHORTENED_SIZE  300U

const char *const journal_modes[] = {
        [JOURNAL_SHORT] = "short",
        [JOURNAL_SHORT_FULL] = "short-full",
        [JOURNAL_SHORT_ISO] = "short-iso",
        [JOURNAL_SHORT_ISO_PRECISE] = "short-iso-precise",
        [JOURNAL_SHORT_PRECISE] = "short-precise",
        [JOURNAL_SHORT_MONOTONIC] = "short-monotonic",
        [JOURNAL_SHORT_DELTA] = "short-delta",
        [JOURNAL_SHORT_UNIX] = "short-unix",
        [JOURNAL_WITH_UNIT] = "with-unit",
        [JOURNAL_VERBOSE] = "verbose",
        [JOURNAL_CAT] = "cat",
        [JOURNAL_JSON] = "json",
        [JOURNAL_JSON_PRETTY] = "json-pretty",
        [_JOURNAL_MODE_MAX] = NULL,
};

JournalMode journal_mode_from_string(const char *s) {
        for (JournalMode mode = 0; mode < _JOURNAL_MODE_MAX; mode++)
                if (streq(journal_modes[mode], s))
                        return mode;
        return _JOURNAL_MODE_INVALID;
}

const char *const *journal_mode_fields(JournalMode mode) {
        static const char *const of_short[] = { "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID",
                "_COMM", "_HOSTNAME", "_PID", "_SOURCE_MONOTONIC_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP",
                "_TRANSPORT", NULL };
        static const char *const of_with_unit[] = { "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID",
                "_COMM", "_HOSTNAME", "_PID", "_SOURCE_REALTIME_TIMESTAMP", "_SYSTEMD_UNIT",
                "_SYSTEMD_USER_UNIT", "_TRANSPORT", NULL };
        static const char *const of_cat[] = { "MESSAGE", "PRIORITY", NULL };

        if (mode == JOURNAL_CAT)
                return of_cat;
        if (mode == JOURNAL_WITH_UNIT)
                return of_with_unit;
        return journal_mode_is_short(mode) ? of_short : NULL;
}

void journal_printer_done(JournalPrinter *p) {
        journal_entry_done(&p->entry);
        buffer_done(&p->message);
}

/* It is the same package as our libsystemd; this function came with 255. */
bool journalctl_is_modern(void) {
        return dlsym(RTLD_DEFAULT, "sd_id128_get_app_specific");
}

void journal_put(JournalPrinter *p, const char *s, size_t n) {
        _cleanup_free_ char *safe = NULL;
        size_t i = 0;

        while (i < n && (unsigned char) s[i] >= 0x20 && (unsigned char) s[i] < 0x7F)
                i++;
        if (!p->terminal->tty || i == n) {
                (void) fwrite(s, 1, n, p->f);
                return;
        }
        safe = escape_terminal_text(s, n);
        if (safe)
                fputs(safe, p->f);
}

void journal_put_blob(JournalPrinter *p, size_t n) {
        char size[TEXT_MAX];

        fprintf(p->f, "[%s blob data]", text_bytes(size, n));
}

/* One line where lines are shortened. Returns whether it is the last that is shown. */
static bool put_shortened(JournalPrinter *p, size_t prefix, int indent, const char *on, const char *off,
        const char *s, size_t n, bool last) {
        size_t columns = p->terminal->columns, room = columns - MIN(columns, prefix);
        _cleanup_free_ char *text = NULL;

        if (room < 3) {
                fputs("...\n", p->f);
                return last;
        }
        fprintf(p->f, "%*s%s", indent, "", on);
        if (room > n + 3) {
                journal_put(p, s, n);
                fputs("...", p->f);
        } else {
                text = journal_text_ellipsize(p->terminal, s, n, room, last ? 100 : 90);
                if (text)
                        journal_put(p, text, strlen(text));
        }
        fprintf(p->f, "%s\n", off);
        return last;
}

void journal_put_lines(JournalPrinter *p, size_t prefix, bool shorten, const char *on, const char *off,
        const char *s, size_t n) {
        size_t begin = 0;

        if (n == 0)
                putc('\n', p->f);
        for (unsigned line = 1; begin < n; line++) {
                const char *newline = memchr(s + begin, '\n', n - begin);
                size_t end = newline ? (size_t) (newline - s) : n, length = end - begin;
                bool last = line == SHORTENED_LINES || end + 1 >= SHORTENED_SIZE;
                int indent = line > 1 ? (int) prefix : 0;

                /* Of a NUL and what stands behind it journalctl prints nothing. */
                if (!p->terminal->tty)
                        length = strnlen(s + begin, length);
                if (!shorten || (prefix + length + 1 < p->terminal->columns && !last)) {
                        fprintf(p->f, "%*s", indent, "");
                        fputs(on, p->f);
                        journal_put(p, s + begin, length);
                        fputs(off, p->f);
                        putc('\n', p->f);
                } else if (put_shortened(p, prefix, indent, on, off, s + begin, length, last))
                        break;
                begin = end + 1;
        }
}

const char *journal_priority_color(const JournalPrinter *p, int priority) {
        static const Color colors[] = { COLOR_RED, COLOR_RED, COLOR_RED, COLOR_RED, COLOR_YELLOW, COLOR_BOLD,
                COLOR_NONE, COLOR_GREY };

        return terminal_color(p->terminal, colors[priority]);
}

int journal_priority(const JournalEntry *entry, const JournalField *field) {
        char c = field && field->length == 1 ? *journal_field_value(entry, field) : 0;

        return c >= '0' && c <= '7' ? c - '0' : 6;
}

bool journal_wants_field(const JournalPrinter *p, const JournalField *field) {
        const char *name = journal_field_name(&p->entry, field);

        STRV_FOREACH(wanted, p->output_fields)
                if (strlen(*wanted) == field->name_length && memcmp(*wanted, name, field->name_length) == 0)
                        return true;
        return !p->output_fields;
}

static void put_cat_field(JournalPrinter *p, const char *name, const char *on) {
        const JournalField *field = journal_entry_first(&p->entry, name);

        if (!field || field->kind == JOURNAL_NONE)
                return;
        fputs(on, p->f);
        journal_put(p, journal_field_value(&p->entry, field), field->length);
        if (*on)
                fputs(terminal_normal(p->terminal), p->f);
        putc('\n', p->f);
}

void journal_print_cat(JournalPrinter *p) {
        const JournalField *priority = journal_entry_first(&p->entry, "PRIORITY");
        const char *on = journal_priority_color(p, journal_priority(&p->entry, priority));

        if (!p->output_fields)
                put_cat_field(p, "MESSAGE", on);
        STRV_FOREACH(name, p->output_fields)
                put_cat_field(p, *name, on);
}

/* A line between the entries of two boots. */
static void print_boot(JournalPrinter *p) {
        const JournalField *field = journal_entry_first(&p->entry, "_BOOT_ID");
        const char *id;

        if (!field || field->length == 0 || field->length >= sizeof(p->boot_id))
                return;
        id = journal_field_value(&p->entry, field);
        if (*p->boot_id && !streq(p->boot_id, id)) {
                fprintf(p->f, "%s-- Boot ", terminal_color(p->terminal, COLOR_BOLD));
                journal_put(p, id, field->length);
                fprintf(p->f, " --%s\n", terminal_normal(p->terminal));
        }
        memcpy(p->boot_id, id, field->length + 1);
}

int journal_print_line(JournalPrinter *p, const char *line, size_t n) {
        int r;

        r = journal_entry_parse(&p->entry, line, n);
        if (r < 0)
                return r;

        if (!p->quiet && p->mode <= JOURNAL_VERBOSE)
                print_boot(p);
        if (journal_mode_is_short(p->mode))
                journal_print_short(p);
        else if (p->mode == JOURNAL_VERBOSE)
                journal_print_verbose(p);
        else if (p->mode == JOURNAL_CAT)
                journal_print_cat(p);
        else if (p->mode == JOURNAL_JSON_PRETTY)
                journal_print_json_pretty(p);
        p->n++;
        return 0;
}
