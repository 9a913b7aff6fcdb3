/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The last events, numbered from 0 on, each as the line that it is.
 */

#include "daemon/journal/event.h"

typedef struct RingItem {
        char *line; /* with its newline */
        size_t size;
        char *cursor;
        uid_t uid;
        char *unit; /* or NULL */
        EventKind kind;
} RingItem;

typedef struct Ring {
        RingItem *items; /* of items_max */
        size_t items_max;
        size_t size_max; /* of all lines */
        size_t size;
        uint64_t first; /* the oldest that is there */
        uint64_t end;   /* the next one */
} Ring;

int ring_init(Ring *ring, size_t items_max, size_t size_max) _warn_unused_;
void ring_done(Ring *ring);

/* Takes over the item's strings (on failure too); the oldest make room. Returns 0 or -EMSGSIZE for one that
 * never fits. */
int ring_push(Ring *ring, RingItem *item) _warn_unused_;

/* Forgets what is before that number. */
void ring_trim(Ring *ring, uint64_t first);

/* One that is there: first <= number < end. */
const RingItem *ring_get(const Ring *ring, uint64_t number);
