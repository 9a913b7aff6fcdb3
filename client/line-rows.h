/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The quick way through a line of a stream: an account's array of flat objects, read straight out of the
 * strict scanner's events. A tree of objects costs ten times as much, and a list over many accounts is
 * mostly that. What is not of this simple form is left to the tree.
 */

#include "client/client.h"

/* What is taken out of each object at most. */
#define LINE_FIELDS_MAX 12

/* Sees one object: values[i] is the string member fields[i], safe for a terminal, or NULL where it is empty,
 * absent or no string. Lent until it returns. Returns 0 or a negative errno. */
typedef int (*LineRowHandler)(Client *c, const char *account, const char *const *values, void *userdata);

typedef struct LineForm {
        const char *member; /* the array: "units" */
        const char *fields[LINE_FIELDS_MAX + 1];
        LineRowHandler handler;
} LineForm;

/* Reads a line of n bytes. Returns 1 where it was an account's answer of that form and every object was
 * handed on; 0 where it is something else (an error, the end, an answer with more to it), and objects may
 * have been handed on all the same, which the caller takes back; a negative errno. */
int line_rows(const LineForm *form, Client *c, const char *line, size_t n, void *userdata);

/* Sees the text of one account's object. Returns 0 to go on. */
typedef int (*PartHandler)(const char *text, size_t n, void *userdata);

/* Takes an answer of Call apart: hands on the accounts' objects one by one, as text, and gives back what is
 * left, with an empty array in their place. Returns 1; 0 where the text has no such array (or is broken, as
 * the tree will say), and then nothing was handed on; or a negative errno, also the handler's. */
int line_split(const char *text, PartHandler handler, void *userdata, char **ret_rest);
