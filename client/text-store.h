/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Many short texts that live and die together, in a few large pieces of memory: a table of a hundred
 * thousand cells would otherwise be mostly the allocator's.
 */

#include "common/macro.h"

typedef struct TextStore {
        struct TextChunk *chunks; /* the one that is being filled first */
} TextStore;

/* Copies n bytes of s and puts a NUL behind them. The copy lives until text_store_done(). NULL: no memory.
 */
const char *text_store_add(TextStore *store, const char *s, size_t n);

/* Frees everything; the store can be used again. */
void text_store_done(TextStore *store);
