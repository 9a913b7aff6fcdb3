/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * NULL-terminated arrays of strings. NULL stands for the empty array everywhere.
 */

#include "common/macro.h"

/* Frees the strings and the array; takes NULL; returns NULL. */
char **strv_free(char **l);
DEFINE_CLEANUP(char **, strv_free);
#define _cleanup_strv_free_ _cleanup_(strv_freep)

size_t strv_length(char *const *l) _pure_;

bool strv_contains(char *const *l, const char *s) _pure_;

/* Appends a copy of s. Returns 0 or -ENOMEM, in which case *l is as before. Each call costs a walk over the
 * array: meant for arguments and names, not for thousands of rows. */
int strv_extend(char ***l, const char *s);

/* The same for a string that the array takes over; on failure s is freed. */
int strv_consume(char ***l, char *s);

/* A deep copy. Returns 0 or -ENOMEM. The copy of NULL is an empty array, not NULL. */
int strv_copy(char *const *l, char ***ret);

/* Walks all strings; `s` is declared by the loop as a `char *const *`. */
#define STRV_FOREACH(s, l) for (char *const *s = (l); s && *s; s++)
