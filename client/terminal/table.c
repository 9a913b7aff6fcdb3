/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A table on stdout, see table.h. */

#include "client/terminal/table.h"

#include <assert.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>

#include "client/text-store.h"

#define SMARTCOLS_LIBRARY "libsmartcols.so.1"
/* A column is never made narrower than this, or than its name. */
#define SHRUNK_MIN  8U
#define COLUMNS_MAX 16U
/* Rows that wait to be printed: some megabytes. */
#define ROWS_MAX 8192U

typedef struct Cell {
        const char *text; /* the store's */
        uint32_t width;   /* on a terminal */
        Color color;
} Cell;

struct Table {
        const TableColumn *columns;
        size_t n_columns;
        bool *hidden;
        TextStore texts;
        Cell *cells;
        size_t n_cells;
        size_t allocated;
        size_t n_printed;           /* rows, which are gone */
        size_t widths[COLUMNS_MAX]; /* that columns had */
};

Table *table_new(const TableColumn *columns, size_t n_columns) {
        _cleanup_(table_freep) Table *t = calloc(1, sizeof(Table));

        assert(n_columns > 0 && n_columns <= COLUMNS_MAX);
        if (!t)
                return NULL;
        t->columns = columns;
        t->n_columns = n_columns;
        t->hidden = calloc(n_columns, sizeof(bool));
        return t->hidden ? TAKE_PTR(t) : NULL;
}

static void drop_rows(Table *t) {
        t->n_printed += t->n_cells / t->n_columns;
        t->n_cells = 0;
        text_store_done(&t->texts);
}

Table *table_free(Table *t) {
        if (!t)
                return NULL;
        drop_rows(t);
        free(t->cells);
        free(t->hidden);
        free(t);
        return NULL;
}

static int cell_set_text(Table *t, Cell *cell, const char *text) {
        size_t n = strlen(text);

        cell->text = text_store_add(&t->texts, text, n);
        if (!cell->text)
                return -ENOMEM;
        cell->width = (uint32_t) terminal_width(text);
        return 0;
}

int table_add(Table *t, const char *text, Color color) {
        const TableColumn *column = t->columns + t->n_cells % t->n_columns;
        const Cell *above;
        Cell *cell;

        if (t->n_cells == t->allocated) {
                size_t n = MAX(2 * t->allocated, 64 * t->n_columns);
                Cell *cells = reallocarray(t->cells, n, sizeof(Cell));

                if (!cells)
                        return -ENOMEM;
                t->cells = cells;
                t->allocated = n;
        }

        if (isempty(text))
                text = *column->name && !(column->flags & COLUMN_BLANK) ? "-" : "";
        cell = t->cells + t->n_cells;
        above = t->n_cells >= t->n_columns ? cell - t->n_columns : NULL;
        /* Most columns say the same many times over. */
        if (above && streq(above->text, text))
                *cell = *above;
        else if (cell_set_text(t, cell, text) < 0)
                return -ENOMEM;
        cell->color = color;
        t->n_cells++;
        return 0;
}

int table_add_u64(Table *t, uint64_t number, Color color) {
        char text[24];

        snprintf(text, sizeof(text), "%" PRIu64, number);
        return table_add(t, text, color);
}

void table_hide(Table *t, size_t column) {
        t->hidden[column] = true;
}

static size_t waiting_rows(const Table *t) {
        return t->n_cells / t->n_columns;
}

size_t table_rows(const Table *t) {
        return t->n_printed + waiting_rows(t);
}

bool table_is_full(const Table *t) {
        return waiting_rows(t) >= ROWS_MAX;
}

bool table_is_begun(const Table *t) {
        return t->n_printed > 0;
}

void table_truncate(Table *t, size_t n_rows) {
        size_t n = n_rows > t->n_printed ? (n_rows - t->n_printed) * t->n_columns : 0;

        t->n_cells = MIN(t->n_cells, n);
}

typedef struct SortKey {
        const char *text;
        size_t row;
} SortKey;

static int compare_keys(const void *a, const void *b) {
        const SortKey *x = a, *y = b;
        int r = x->text == y->text ? 0 : strcmp(x->text, y->text);

        return r != 0 ? r : x->row < y->row ? -1 : x->row > y->row;
}

void table_sort(Table *t, size_t column) {
        size_t n = waiting_rows(t);
        _cleanup_free_ SortKey *keys = calloc(MAX(n, 1U), sizeof(SortKey));
        _cleanup_free_ Cell *sorted = calloc(MAX(n * t->n_columns, 1U), sizeof(Cell));

        /* Without memory the order of arrival must do. */
        if (n == 0 || !keys || !sorted)
                return;
        for (size_t i = 0; i < n; i++)
                keys[i] = (SortKey){ t->cells[i * t->n_columns + column].text, i };
        qsort(keys, n, sizeof(SortKey), compare_keys);
        for (size_t i = 0; i < n; i++)
                memcpy(sorted + i * t->n_columns, t->cells + keys[i].row * t->n_columns,
                        t->n_columns * sizeof(Cell));
        memcpy(t->cells, sorted, n * t->n_columns * sizeof(Cell));
}

static size_t column_width(const Table *t, size_t column, bool header) {
        size_t w = header ? terminal_width(t->columns[column].name) : 0;

        for (size_t i = column; i < t->n_cells; i += t->n_columns)
                w = MAX(w, (size_t) t->cells[i].width);
        return w;
}

/* What was printed before decides how wide a column is at least; its first row is filled up to that. */
static int widen(Table *t, bool header) {
        for (size_t i = 0; i < t->n_columns && t->n_cells > 0; i++) {
                size_t width = column_width(t, i, header), first = t->cells[i].width;
                bool last = true;
                _cleanup_free_ char *padded = NULL;

                for (size_t j = i + 1; j < t->n_columns; j++)
                        last = last && t->hidden[j];
                if (t->hidden[i] || width >= t->widths[i]) {
                        t->widths[i] = width;
                        continue;
                }
                if (last)
                        continue;
                if (asprintf(&padded, t->columns[i].flags & COLUMN_RIGHT ? "%2$*1$s%3$s" : "%3$s%2$*1$s",
                            (int) (t->widths[i] - first), "", t->cells[i].text) < 0)
                        return -ENOMEM;
                if (cell_set_text(t, t->cells + i, padded) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int shrink_column(Table *t, const Terminal *terminal, size_t column, size_t width) {
        for (size_t i = column; i < t->n_cells; i += t->n_columns) {
                _cleanup_free_ char *shorter = NULL;

                if (t->cells[i].width <= width)
                        continue;
                shorter = terminal_ellipsize(terminal, t->cells[i].text, width);
                if (!shorter)
                        return -ENOMEM;
                if (cell_set_text(t, t->cells + i, shorter) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* Leaves out from the right what may be left out, until the table fits, and shortens what may be shortened.
 */
static int shrink(Table *t, const Terminal *terminal, bool header) {
        size_t total = 0, widths[COLUMNS_MAX];
        int r;

        for (size_t i = 0; i < t->n_columns; i++) {
                widths[i] = t->hidden[i] ? 0 : column_width(t, i, header);
                if (!t->hidden[i])
                        total += widths[i] + 1;
        }
        if (total > 0)
                total--; /* the last has no blank behind it */

        /* A column that was printed once goes on. */
        for (size_t i = t->n_columns; i-- > 0 && total > terminal->columns && t->n_printed == 0;)
                if (!t->hidden[i] && t->columns[i].flags & COLUMN_SPARE) {
                        t->hidden[i] = true;
                        total -= widths[i] + 1;
                }

        for (size_t i = t->n_columns; i-- > 0 && total > terminal->columns;) {
                size_t least = MAX((size_t) SHRUNK_MIN, terminal_width(t->columns[i].name)), width;

                if (t->hidden[i] || !(t->columns[i].flags & COLUMN_SHRINKS) || widths[i] <= least)
                        continue;
                width = widths[i] - MIN(widths[i] - least, total - terminal->columns);
                r = shrink_column(t, terminal, i, width);
                if (r < 0)
                        return r;
                total -= widths[i] - width;
        }
        return 0;
}

#define SMARTCOLS_FUNCTIONS(F)                                                                              \
        F(scols_new_table)                                                                                  \
        F(scols_unref_table)                                                                                \
        F(scols_table_new_column)                                                                           \
        F(scols_table_new_line)                                                                             \
        F(scols_line_set_data)                                                                              \
        F(scols_line_get_cell)                                                                              \
        F(scols_cell_set_color)                                                                             \
        F(scols_table_enable_colors)                                                                        \
        F(scols_table_enable_noheadings)                                                                    \
        F(scols_table_enable_noencoding)                                                                    \
        F(scols_table_set_termforce)                                                                        \
        F(scols_table_set_stream)                                                                           \
        F(scols_print_table)

typedef struct Smartcols {
#define DECLARE(f) __typeof__(f) *f;
        SMARTCOLS_FUNCTIONS(DECLARE)
#undef DECLARE
} Smartcols;

static int smartcols_load(Smartcols *s) {
        void *library = dlopen(SMARTCOLS_LIBRARY, RTLD_NOW | RTLD_NODELETE);

        if (!library)
                return -ELIBACC;
#define LOAD(f)                                                                                             \
        s->f = (__typeof__(f) *) dlsym(library, #f);                                                        \
        if (!s->f)                                                                                          \
                return -ELIBACC;
        SMARTCOLS_FUNCTIONS(LOAD)
#undef LOAD
        return 0;
}

static int fill_row(const Smartcols *s, const Table *t, const Terminal *terminal, struct libscols_table *st,
        size_t row) {
        struct libscols_line *line = s->scols_table_new_line(st, NULL);
        size_t visible = 0;

        if (!line)
                return -ENOMEM;
        for (size_t i = 0; i < t->n_columns; i++) {
                const Cell *cell = t->cells + row * t->n_columns + i;
                /* Newer versions give no room to a first column without a name and without a dot. */
                const char *text = i == 0 && !*cell->text ? " " : cell->text;

                if (t->hidden[i])
                        continue;
                if (s->scols_line_set_data(line, visible, text) < 0)
                        return -ENOMEM;
                if (cell->color != COLOR_NONE && terminal->colors &&
                        s->scols_cell_set_color(s->scols_line_get_cell(line, visible),
                                terminal_color(terminal, cell->color)) < 0)
                        return -ENOMEM;
                visible++;
        }
        return 0;
}

static int print_with(const Smartcols *s, const Table *t, const Terminal *terminal,
        struct libscols_table *st, bool header) {
        int r;

        /* The text is safe already, and smartcols would write the backslash of \x2d as \x5c. */
        s->scols_table_enable_noencoding(st, 1);
        s->scols_table_enable_noheadings(st, !header);
        s->scols_table_enable_colors(st, terminal->colors);
        s->scols_table_set_termforce(st, SCOLS_TERMFORCE_NEVER);
        s->scols_table_set_stream(st, stdout);

        /* A name that is not printed would still make its column wider. */
        for (size_t i = 0; i < t->n_columns; i++)
                if (!t->hidden[i] &&
                        !s->scols_table_new_column(st, header ? t->columns[i].name : "", 0.0,
                                t->columns[i].flags & COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0))
                        return -ENOMEM;
        for (size_t row = 0; row < waiting_rows(t); row++) {
                r = fill_row(s, t, terminal, st, row);
                if (r < 0)
                        return r;
        }

        r = s->scols_print_table(st);
        return r < 0 ? r : 0;
}

/* What libsmartcols prints where there is no terminal: a blank between columns, and none behind the last. */
static void write_cell(const Table *t, size_t column, size_t last, const char *text, size_t width) {
        /* A column without a name is as wide as one character, also where it is empty. */
        size_t full = MAX(t->widths[column], 1U), fill = full > width ? full - width : 0;

        if (t->columns[column].flags & COLUMN_RIGHT)
                for (; fill > 0; fill--)
                        putchar_unlocked(' ');
        fputs_unlocked(text, stdout);
        if (column == last) {
                putchar_unlocked('\n');
                return;
        }
        for (; fill > 0; fill--)
                putchar_unlocked(' ');
        putchar_unlocked(' ');
}

static void write_plain(const Table *t, bool header) {
        size_t last = 0;

        for (size_t i = 0; i < t->n_columns; i++)
                if (!t->hidden[i])
                        last = i;

        for (size_t i = 0; header && i < t->n_columns; i++)
                if (!t->hidden[i])
                        write_cell(t, i, last, t->columns[i].name, terminal_width(t->columns[i].name));
        for (size_t i = 0; i < t->n_cells; i++)
                if (!t->hidden[i % t->n_columns])
                        write_cell(t, i % t->n_columns, last, t->cells[i].text, t->cells[i].width);
}

/* A column without a name is as wide as one character, as systemctl's column of dots. */
static void print_header(const Table *t) {
        const char *blank = "";

        for (size_t i = 0; i < t->n_columns; i++) {
                if (t->hidden[i])
                        continue;
                printf("%s%s", blank, *t->columns[i].name ? t->columns[i].name : " ");
                blank = " ";
        }
        putchar('\n');
}

int table_print(Table *t, const Terminal *terminal, unsigned flags) {
        bool header = flags & TABLE_HEADER && t->n_printed == 0;
        struct libscols_table *st;
        Smartcols s = {};
        int r;

        if (table_rows(t) == 0 && header)
                print_header(t);
        if (waiting_rows(t) == 0)
                return 0;
        if (terminal->tty && !(flags & TABLE_FULL)) {
                r = shrink(t, terminal, header);
                if (r < 0)
                        return r;
        }
        r = widen(t, header);
        if (r < 0)
                return r;
        if (!terminal->tty && !terminal->colors) {
                write_plain(t, header);
                drop_rows(t);
                return 0;
        }
        r = smartcols_load(&s);
        if (r < 0)
                return r;

        st = s.scols_new_table();
        if (!st)
                return -ENOMEM;
        r = print_with(&s, t, terminal, st, header);
        s.scols_unref_table(st);
        drop_rows(t);
        return r;
}
