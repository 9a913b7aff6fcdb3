/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A growable run of bytes with a hard cap.
 */

#include "common/macro.h"

typedef struct Buffer {
        char *data; /* NULL until the first byte; not NUL-terminated */
        size_t size;
        size_t allocated;
        size_t max; /* of size */
} Buffer;

#define BUFFER_INIT(limit) ((Buffer){ .max = (limit) })

/* Frees the bytes; the buffer is empty afterwards and keeps its cap. */
void buffer_done(Buffer *b);

/* Makes room for n more bytes at data + size. Returns 0, -EMSGSIZE where that would pass the cap, or
 * -ENOMEM; on failure nothing has changed. Capacity at least doubles, so that appending byte by byte stays
 * linear. */
int buffer_reserve(Buffer *b, size_t n);

/* Appends n bytes; errors as buffer_reserve(). */
int buffer_append(Buffer *b, const void *p, size_t n);

/* Hands the bytes over with a NUL behind them (not counted) and leaves the buffer empty. Returns 0 or
 * -ENOMEM. ret_size may be NULL. */
int buffer_steal(Buffer *b, char **ret, size_t *ret_size);
