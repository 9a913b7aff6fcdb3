/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A table on stdout. Printing is libsmartcols' work, which is loaded only then: most runs print none, and a
 * start is faster without it.
 */

#include "client/terminal.h"
#include "common/macro.h"

typedef enum ColumnFlags {
        COLUMN_RIGHT = 1 << 0,   /* numbers */
        COLUMN_SHRINKS = 1 << 1, /* may be shortened where the terminal is too narrow */
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
 * except in a column without a name. Returns 0 or -ENOMEM. */
int table_add(Table *t, const char *text, Color color);
int table_add_u64(Table *t, uint64_t number, Color color);

/* Leaves a column out. */
void table_hide(Table *t, size_t column);

size_t table_rows(const Table *t);

/* Sorts by the text of a column; rows that are alike in it keep their order. */
void table_sort(Table *t, size_t column);

typedef enum TableFlags {
        TABLE_HEADER = 1 << 0,
        TABLE_FULL = 1 << 1, /* shorten nothing; so it is anyway where stdout is no terminal */
} TableFlags;

/* Prints it. Returns 0, -ENOMEM, or -ELIBACC where the library is not there. */
int table_print(Table *t, const Terminal *terminal, unsigned flags);
