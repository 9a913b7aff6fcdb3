/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of top.
 */

#include "common/macro.h"

typedef enum TopSort {
        TOP_SORT_CPU,
        TOP_SORT_MEMORY,
        TOP_SORT_TASKS,
        TOP_SORT_IO,
        TOP_SORT_NAME,
        _TOP_SORT_MAX,
} TopSort;

/* Part of Options. */
typedef struct TopOptions {
        TopSort sort;
        uint64_t delay_usec; /* 0: the usual */
        unsigned iterations; /* 0: as many as make sense */
} TopOptions;

/* The words of --sort=, ended by NULL. */
extern const char *const top_sorts[];

struct OptionRow;
struct Options;

/* Functions for rows, see client/options/row.h. */
int top_set_delay(const struct OptionRow *row, struct Options *o, const char *value);
int top_set_iterations(const struct OptionRow *row, struct Options *o, const char *value);
int top_set_sort(const struct OptionRow *row, struct Options *o, const char *value);
