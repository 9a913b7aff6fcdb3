/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who did what, as a table.
 */

#include "client/client.h"
#include "client/terminal/table.h"

#include <json-c/json.h>

/* An empty table for rows of client/history.h. NULL: no memory. */
Table *history_table_new(void);

/* Adds a row, whose strings are safe for a terminal. Returns 0 or -ENOMEM. */
int history_table_add(Table *t, json_object *row);

/* Whose it is, "svc-web/app.service"; NULL: no memory. */
char *history_address(json_object *row);

/* How it ended, as the column RESULT has it: malloc()ed, "" where there is nothing to say; NULL: no memory.
 */
char *history_result_text(json_object *row, Color *ret_color);
