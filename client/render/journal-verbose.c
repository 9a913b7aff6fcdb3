/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Entries of the journal with all their fields, see journal.h. */

#include <inttypes.h>
#include <time.h>

#include "client/journal/text.h"
#include "client/render/journal.h"

#define TIME_MAX (UINT64_C(1) << 55)

/* With the name and its "=": longer fields are not shown where lines are shortened. */
#define SHOWN_MAX 300U

static void put_head(JournalPrinter *p) {
        const JournalField *cursor = journal_entry_first(&p->entry, "__CURSOR");
        bool modern = p->modern && p->terminal->colors;
        char text[64] = "", zone[16] = "UTC";
        uint64_t usec;
        struct tm tm;
        time_t t;

        if ((journal_entry_number(&p->entry, "_SOURCE_REALTIME_TIMESTAMP", &usec) && usec > 0 &&
                    usec < TIME_MAX) ||
                journal_entry_number(&p->entry, "__REALTIME_TIMESTAMP", &usec)) {
                t = (time_t) (usec / USEC_PER_SEC);
                if ((p->utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) &&
                        strftime(text, sizeof(text), "%a %Y-%m-%d %H:%M:%S", &tm) > 0 && !p->utc)
                        snprintf(zone, sizeof(zone), "%s", tm.tm_zone);
        }
        fputs(*text && modern ? "\x1b[0;4m" : "", p->f);
        if (*text)
                fprintf(p->f, "%s.%06" PRIu64 " %s", text, usec % USEC_PER_SEC, zone);
        else
                fputs("(no timestamp)", p->f);
        fprintf(p->f, "%s %s[", *text && modern ? terminal_normal(p->terminal) : "",
                modern ? terminal_color(p->terminal, COLOR_GREY) : "");
        if (cursor)
                journal_put(p, journal_field_value(&p->entry, cursor), cursor->length);
        fprintf(p->f, "]%s\n", modern ? terminal_normal(p->terminal) : "");
}

/* The message stands out, and of the rest what journald vouches for. */
static const char *field_color(const JournalPrinter *p, const JournalField *field) {
        const char *name = journal_field_name(&p->entry, field);

        if (streq(name, "MESSAGE"))
                return terminal_color(p->terminal, COLOR_BOLD);
        return p->modern && *name == '_' && p->terminal->colors ? "\x1b[0;32m" : "";
}

static void put_verbose_field(JournalPrinter *p, const JournalField *field) {
        const char *on = field_color(p, field), *value = journal_field_value(&p->entry, field);
        bool shown = p->all ||
                ((!p->shorten || field->name_length + 1 + field->length < SHOWN_MAX) &&
                        journal_text_is_printable(value, field->length));

        fprintf(p->f, "    %s", on);
        journal_put(p, journal_field_name(&p->entry, field), field->name_length);
        putc('=', p->f);
        if (shown) {
                journal_put_lines(
                        p, 4 + field->name_length + 1, /* shorten= */ false, "", "", value, field->length);
                fputs(*on ? terminal_normal(p->terminal) : "", p->f);
                return;
        }
        journal_put_blob(p, field->length);
        fprintf(p->f, "%s\n", *on ? terminal_normal(p->terminal) : "");
}

void journal_print_verbose(JournalPrinter *p) {
        put_head(p);
        for (size_t i = 0; i < p->entry.n; i++) {
                const JournalField *field = p->entry.fields + i;

                if (!journal_field_is_address(&p->entry, field) && field->kind != JOURNAL_NONE &&
                        journal_wants_field(p, field))
                        put_verbose_field(p, field);
        }
}

/* ---- JSON ---- */

static void put_json_string(JournalPrinter *p, const char *s, size_t n) {
        size_t begin = 0;

        putc('"', p->f);
        for (size_t i = 0; i < n; i++) {
                static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
                const char *special = s[i] ? strchr(plain, s[i]) : NULL;

                if (!special && (unsigned char) s[i] >= 0x20)
                        continue;
                journal_put(p, s + begin, i - begin);
                if (special)
                        fprintf(p->f, "\\%c", letters[special - plain]);
                else
                        fprintf(p->f, "\\u%04x", (unsigned) (unsigned char) s[i]);
                begin = i + 1;
        }
        journal_put(p, s + begin, n - begin);
        putc('"', p->f);
}

static void put_json_bytes(JournalPrinter *p, const char *s, size_t n, const char *indent) {
        if (n == 0) {
                fputs("[]", p->f);
                return;
        }
        for (size_t i = 0; i < n; i++)
                fprintf(p->f, "%s\n%s\t%u", i == 0 ? "[" : ",", indent, (unsigned) (unsigned char) s[i]);
        fprintf(p->f, "\n%s]", indent);
}

static void put_json_value(JournalPrinter *p, const JournalField *field, const char *indent) {
        const char *value = journal_field_value(&p->entry, field);

        if (field->kind == JOURNAL_NONE)
                fputs("null", p->f);
        else if (field->kind == JOURNAL_TEXT)
                put_json_string(p, value, field->length);
        else
                put_json_bytes(p, value, field->length, indent);
}

void journal_print_json_pretty(JournalPrinter *p) {
        const JournalField *fields = p->entry.fields;

        for (size_t i = 0; i < p->entry.n; i++) {
                fprintf(p->f, "%s\n\t", i == 0 ? "{" : ",");
                put_json_string(p, journal_field_name(&p->entry, fields + i), fields[i].name_length);
                fputs(" : ", p->f);
                if (!fields[i].repeated) {
                        put_json_value(p, fields + i, "\t");
                        continue;
                }
                for (size_t first = i;; i++) {
                        fprintf(p->f, "%s\n\t\t", i == first ? "[" : ",");
                        put_json_value(p, fields + i, "\t\t");
                        /* Values of one array share the place of the name. */
                        if (i + 1 == p->entry.n || fields[i + 1].name != fields[first].name)
                                break;
                }
                fputs("\n\t]", p->f);
        }
        fputs(p->entry.n > 0 ? "\n}\n" : "{}\n", p->f);
}
