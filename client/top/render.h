/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What accounts and units use: as a table, as JSON, and as a picture that fills a terminal.
 */

#include "client/top/reading.h"

/* Prints a table of all rows. Returns 0 or a negative errno. */
int top_print_table(const TopReading *reading, const Client *c);

/* Prints an array of objects on a line. Returns 0 or -ENOMEM. */
int top_print_json(const TopReading *reading, const Client *c);

/* Makes the text that redraws a terminal of so many lines and columns, with as many rows as fit. `note`
 * stands at the top, NULL: nothing. The caller frees it. Returns 0 or -ENOMEM. */
int top_draw(const TopReading *reading, const Client *c, unsigned lines, unsigned columns, const char *note,
        char **ret, size_t *ret_size);
