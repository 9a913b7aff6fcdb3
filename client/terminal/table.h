/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A table on stdout. On a terminal printing is libsmartcols' work, which is loaded only then. Everywhere
 * else the same bytes are written without it, in a tenth of the time: that is for programs that read on.
 */

#include "client/terminal/terminal.h"
#include "common/macro.h"

typedef enum ColumnFlags {
        COLUMN_RIGHT = 1 << 0,   /* numbers */
        COLUMN_SHRINKS = 1 << 1, /* may be shortened where the terminal is too narrow */
        COLUMN_BLANK = 1 << 2,   /* an empty cell stays empty */
        COLUMN_SPARE = 1 << 3,   /* is left out where the terminal is too narrow for all */
} ColumnFlags;

typedef struct TableColumn {
        const char *name; /* may be "", not NULL */
        unsigned flags;
} TableColumn;

typedef struct Table Table;

/* The columns are borrowed for the table's life. NULL: no memory. */
Table *table_new(const TableColumn *columns, size_t n_columns);
Table *table_free(Table *t);
DEFINE_CLEANUP(Table *, table_free);

/* Adds a cell; rows fill from left to right. The text must be safe for a terminal; NULL or "" becomes "-"
 * except in a column without a name or with COLUMN_BLANK. Returns 0 or -ENOMEM. */
int table_add(Table *t, const char *text, Color color);
int table_add_u64(Table *t, uint64_t number, Color color);

/* Leaves a column out. */
void table_hide(Table *t, size_t column);

/* All rows that were ever added. */
size_t table_rows(const Table *t);

/* Takes the last rows away again, down to so many that were ever added; those that were printed stay. */
void table_truncate(Table *t, size_t n_rows);

/* Sorts by the text of a column; rows that are alike in it keep their order. */
void table_sort(Table *t, size_t column);

/* Whether so many rows are waiting that they should be printed now: what is kept in memory must not grow
 * with the number of accounts. */
bool table_is_full(const Table *t);

/* Whether some of it was printed. */
bool table_is_begun(const Table *t);

typedef enum TableFlags {
        TABLE_HEADER = 1 << 0,
        TABLE_FULL = 1 << 1, /* shorten nothing; so it is anyway where stdout is no terminal */
} TableFlags;

/* Prints the rows that have not been printed, with the header the first time (an empty table is its header).
 * A table can go on afterwards: its columns are never narrower than they were before. Returns 0, -ENOMEM, or
 * -ELIBACC where the library is not there. */
int table_print(Table *t, const Terminal *terminal, unsigned flags);
