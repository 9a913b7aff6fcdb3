/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON on stdout: valid, and harmless on a terminal (whatever common/escape.h calls unsafe is written as
 * \uNNNN).
 */

#include <json-c/json.h>

#include "client/options/options.h"

/* One value on a line, or indented; with a newline behind it. Returns 0 or -ENOMEM. */
int json_print(FILE *f, json_object *value, OutputMode mode);

/* An array whose items are printed as they come. */
typedef struct JsonList {
        FILE *f;
        OutputMode mode;
        size_t n;
        bool open;
} JsonList;

/* Adds an item: {"account": ACCOUNT, …the members of `object`}; object may have members that are left out:
 * those named by `skip` (NULL-terminated, may be NULL). The bracket is opened by the first. Returns 0 or
 * -ENOMEM. */
int json_list_add(JsonList *l, const char *account, json_object *object, const char *const *skip);

/* Closes the array; an empty one is printed too. */
void json_list_end(JsonList *l);
