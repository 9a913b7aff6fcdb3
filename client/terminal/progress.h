/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How far a long answer has come, on stderr where that is a terminal: "12 accounts answered…". How many
 * there will be, nobody knows before the end.
 */

#include "common/macro.h"

typedef struct Progress {
        bool wanted;
        bool shown;
        uint64_t next_usec; /* CLOCK_MONOTONIC; not shown again before */
        size_t n;
        size_t n_shown;
} Progress;

/* Begins to count. Nothing is shown for the first half second, and nothing at all where it is not wanted or
 * stderr is no terminal. */
void progress_begin(Progress *p, bool wanted);

/* Says how many there are by now, now and then. */
void progress_show(Progress *p);

/* Takes it off the terminal; to be called before anything else is written there. */
void progress_erase(Progress *p);
