/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What accounts and units use, see render.h. */

#include "client/top/render.h"

#include <inttypes.h>
#include <time.h>

#include "client/json-print.h"
#include "client/listing.h"
#include "client/reply.h"
#include "client/terminal/table.h"
#include "client/terminal/text.h"

#define CPU_PERCENT 100.0

enum {
        CELL_ACCOUNT,
        CELL_UNIT,
        CELL_CPU,
        CELL_MEMORY,
        CELL_TASKS,
        CELL_READ,
        CELL_WRITE,
        _CELL_MAX,
};

static const TableColumn columns[_CELL_MAX] = {
        [CELL_ACCOUNT] = { "ACCOUNT", 0 },
        [CELL_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [CELL_CPU] = { "%CPU", COLUMN_RIGHT },
        [CELL_MEMORY] = { "MEMORY", COLUMN_RIGHT },
        [CELL_TASKS] = { "TASKS", COLUMN_RIGHT },
        [CELL_READ] = { "READ/S", COLUMN_RIGHT },
        [CELL_WRITE] = { "WRITE/S", COLUMN_RIGHT },
};

/* Of a picture: columns that do not jump. */
static const unsigned widths[_CELL_MAX] = {
        [CELL_CPU] = 7,
        [CELL_MEMORY] = 8,
        [CELL_TASKS] = 6,
        [CELL_READ] = 8,
        [CELL_WRITE] = 8,
};

/* Names are cut to what is left, but not to nothing. */
#define ACCOUNT_WIDTH_MAX 24U
#define UNIT_WIDTH_MIN    8U

/* Lines that are no rows: two at the top, and the header. */
#define HEAD_LINES 3U

/* Bytes in a second, whole; what a worker says may come to more than there are numbers for. */
static uint64_t whole(double rate) {
        return rate < 0x1p64 ? (uint64_t) rate : UINT64_MAX;
}

/* The text of a number's cell; "" for what is not known. */
static const char *cell_text(char buf[static TEXT_MAX], const TopRow *row, unsigned cell) {
        *buf = 0;
        switch (cell) {
        case CELL_CPU:
                if (row->rated[TOP_CPU])
                        (void) snprintf(buf, TEXT_MAX, "%.1f", row->rates[TOP_CPU] * CPU_PERCENT);
                break;
        case CELL_MEMORY:
                if (row->known[TOP_MEMORY])
                        (void) text_bytes(buf, row->values[TOP_MEMORY]);
                break;
        case CELL_TASKS:
                if (row->known[TOP_TASKS])
                        (void) snprintf(buf, TEXT_MAX, "%" PRIu64, row->values[TOP_TASKS]);
                break;
        case CELL_READ:
                if (row->rated[TOP_IO_READ])
                        (void) text_bytes(buf, whole(row->rates[TOP_IO_READ]));
                break;
        case CELL_WRITE:
                if (row->rated[TOP_IO_WRITTEN])
                        (void) text_bytes(buf, whole(row->rates[TOP_IO_WRITTEN]));
                break;
        default:
                break;
        }
        return buf;
}

int top_print_table(const TopReading *reading, const Client *c) {
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTSOF(columns));
        char buf[TEXT_MAX];
        int r = t ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < reading->n; i++) {
                const TopRow *row = reading->rows + i;
                Color color = row->unit ? COLOR_NONE : COLOR_BOLD;

                r = table_add(t, row->account, color);
                if (r >= 0)
                        r = table_add(t, row->unit, color);
                for (unsigned cell = CELL_CPU; r >= 0 && cell < _CELL_MAX; cell++)
                        r = table_add(t, cell_text(buf, row, cell), color);
        }
        if (r >= 0)
                r = table_print(t, &c->terminal, listing_flags(&c->options));
        return r;
}

/* ---- JSON ---- */

static int add_member(json_object *o, const char *key, bool known, json_object *value) {
        if (!known) {
                (void) json_object_put(value);
                value = NULL;
        } else if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                (void) json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static json_object *percent(double rate) {
        char text[64];

        (void) snprintf(text, sizeof(text), "%.2f", rate * CPU_PERCENT);
        return json_object_new_double_s(rate * CPU_PERCENT, text);
}

static json_object *number(uint64_t v) {
        return json_object_new_uint64(v);
}

static int add_json_row(JsonList *list, const TopRow *row) {
        _cleanup_reply_ json_object *o = json_object_new_object();
        const struct {
                const char *key;
                bool known;
                json_object *value;
        } row_members[] = {
                { "unit", row->unit != NULL, row->unit ? json_object_new_string(row->unit) : NULL },
                { "cpu_percent", row->rated[TOP_CPU], percent(row->rates[TOP_CPU]) },
                { "cpu_usec", row->known[TOP_CPU], number(row->values[TOP_CPU]) },
                { "memory", row->known[TOP_MEMORY], number(row->values[TOP_MEMORY]) },
                { "tasks", row->known[TOP_TASKS], number(row->values[TOP_TASKS]) },
                { "io_read", row->known[TOP_IO_READ], number(row->values[TOP_IO_READ]) },
                { "io_written", row->known[TOP_IO_WRITTEN], number(row->values[TOP_IO_WRITTEN]) },
                { "io_read_per_second", row->rated[TOP_IO_READ], number(whole(row->rates[TOP_IO_READ])) },
                { "io_written_per_second", row->rated[TOP_IO_WRITTEN],
                        number(whole(row->rates[TOP_IO_WRITTEN])) },
        };
        int r = o ? 0 : -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(row_members); i++)
                if (r >= 0)
                        r = add_member(o, row_members[i].key, row_members[i].known, row_members[i].value);
                else
                        (void) json_object_put(row_members[i].value);
        return r < 0 ? r : json_list_add(list, row->account, o, NULL);
}

int top_print_json(const TopReading *reading, const Client *c) {
        JsonList list = { .f = stdout, .mode = c->options.output };
        int r;

        for (size_t i = 0; i < reading->n; i++) {
                r = add_json_row(&list, reading->rows + i);
                if (r < 0)
                        return r;
        }
        json_list_end(&list);
        return 0;
}

/* ---- the picture ---- */

typedef struct Picture {
        FILE *f;
        const Terminal *terminal;
        unsigned columns;
        unsigned account_width, unit_width;
} Picture;

/* Ends a line: what an earlier picture had there goes. */
static void end_line(const Picture *p) {
        fprintf(p->f, "%s\x1b[K", terminal_normal(p->terminal));
}

static void print_name(const Picture *p, const char *text, unsigned width) {
        _cleanup_free_ char *cut = terminal_ellipsize(p->terminal, text, width);
        size_t used = cut ? terminal_width(cut) : 0;

        fprintf(p->f, "%s%*s ", strempty(cut), (int) (width - MIN(used, width)), "");
}

static void print_line(const Picture *p, const char *text) {
        _cleanup_free_ char *cut = terminal_ellipsize(p->terminal, text, p->columns);

        fputs(strempty(cut), p->f);
        end_line(p);
}

/* Columns for names: accounts get what the longest of those that are shown takes. */
static void lay_out(Picture *p, const TopReading *reading, size_t n_rows) {
        unsigned numbers = 0, left;
        size_t longest = strlen("ACCOUNT");

        for (unsigned cell = CELL_CPU; cell < _CELL_MAX; cell++)
                numbers += widths[cell] + 1;
        for (size_t i = 0; i < n_rows; i++)
                longest = MAX(longest, terminal_width(reading->rows[i].account));

        left = p->columns > numbers ? p->columns - numbers : 0;
        p->account_width = (unsigned) MIN(longest, (size_t) ACCOUNT_WIDTH_MAX);
        p->account_width = MIN(p->account_width, left / 2);
        p->unit_width = left > p->account_width + 2 ? left - p->account_width - 2 : 0;
        p->unit_width = MAX(p->unit_width, UNIT_WIDTH_MIN);
}

static void print_row(const Picture *p, const TopRow *row) {
        char buf[TEXT_MAX];

        print_name(p, row->account, p->account_width);
        print_name(p, row->unit ? row->unit : "-", p->unit_width);
        for (unsigned cell = CELL_CPU; cell < _CELL_MAX; cell++) {
                const char *text = cell_text(buf, row, cell);

                fprintf(p->f, "%*s%s", (int) widths[cell], *text ? text : "-",
                        cell + 1 < _CELL_MAX ? " " : "");
        }
}

static void print_head(const Picture *p, const TopReading *reading, const Client *c, const char *note) {
        const Terminal *t = p->terminal;
        char line[512], when[16] = "";
        time_t now = time(NULL);
        struct tm tm;

        if (localtime_r(&now, &tm))
                (void) strftime(when, sizeof(when), "%H:%M:%S", &tm);
        (void) snprintf(line, sizeof(line), "%s  %zu account%s, %zu units, by %s%s%s", when,
                reading->n_accounts, reading->n_accounts == 1 ? "" : "s", reading->n_units,
                top_sorts[c->options.top.sort], note ? "; " : "", strempty(note));
        print_line(p, line);
        fprintf(p->f, "\n%s", terminal_color(t, COLOR_GREY));
        print_line(p, "q quit, sort by: c CPU, m memory, t tasks, i IO, n name");

        fprintf(p->f, "\n%s", terminal_color(t, COLOR_BOLD));
        print_name(p, columns[CELL_ACCOUNT].name, p->account_width);
        print_name(p, columns[CELL_UNIT].name, p->unit_width);
        for (unsigned cell = CELL_CPU; cell < _CELL_MAX; cell++)
                fprintf(p->f, "%*s%s", (int) widths[cell], columns[cell].name,
                        cell + 1 < _CELL_MAX ? " " : "");
        end_line(p);
}

int top_draw(const TopReading *reading, const Client *c, unsigned lines, unsigned n_columns,
        const char *note, char **ret, size_t *ret_size) {
        size_t n_rows = lines > HEAD_LINES ? MIN(reading->n, (size_t) (lines - HEAD_LINES)) : 0;
        Picture p = { .terminal = &c->terminal, .columns = n_columns };
        char *text = NULL;
        size_t size;

        p.f = open_memstream(&text, &size);
        if (!p.f)
                return -ENOMEM;

        /* Home, and at the end what is below goes. */
        fputs("\x1b[H", p.f);
        lay_out(&p, reading, n_rows);
        print_head(&p, reading, c, note);
        for (size_t i = 0; i < n_rows; i++) {
                const TopRow *row = reading->rows + i;

                fprintf(p.f, "\n%s", row->unit ? "" : terminal_color(p.terminal, COLOR_BOLD));
                print_row(&p, row);
                end_line(&p);
        }
        fputs("\x1b[J", p.f);

        if (fclose(p.f) != 0) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        *ret_size = size;
        return 0;
}
