/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What accounts and their units use at a moment, and how fast, which takes two moments.
 */

#include "client/options/top.h"
#include "client/request.h"

typedef enum TopValue {
        TOP_CPU, /* µs so far */
        TOP_MEMORY,
        TOP_TASKS,
        TOP_IO_READ, /* bytes so far */
        TOP_IO_WRITTEN,
        _TOP_VALUE_MAX,
} TopValue;

typedef struct TopRow {
        char *account;
        char *unit;   /* NULL: all of the account */
        uint64_t now; /* when it was read, µs of the account's host's monotonic clock */
        uint64_t values[_TOP_VALUE_MAX];
        bool known[_TOP_VALUE_MAX];
        double rates[_TOP_VALUE_MAX]; /* a second; of CPU time: 1 is one CPU */
        bool rated[_TOP_VALUE_MAX];
} TopRow;

typedef struct TopReading {
        TopRow *rows;
        size_t n, allocated;
        size_t n_accounts;
        size_t n_units;
} TopReading;

void top_reading_done(TopReading *reading);

/* An AccountHandler of units.usage; `userdata` is the reading. */
int top_reading_add(Client *c, Account *account, void *userdata);

/* Finds out the rates since another reading; both are sorted by name then. What was not there before, or
 * began anew since, has none. */
void top_reading_rate(TopReading *reading, TopReading *before);

/* Sorts by name, or with the largest first and what is not known last. */
void top_reading_sort(TopReading *reading, TopSort sort);
