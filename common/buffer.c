/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A growable run of bytes with a hard cap.
 */

#include "common/buffer.h"

/* The first allocation: most replies and most escaped strings fit. */
#define BUFFER_FIRST 256

void buffer_done(Buffer *b) {
        free(b->data);
        *b = BUFFER_INIT(b->max);
}

int buffer_reserve(Buffer *b, size_t n) {
        size_t need, allocate;
        char *data;

        if (b->size > b->max || n > b->max - b->size)
                return -EMSGSIZE;

        need = b->size + n;
        if (need <= b->allocated)
                return 0;

        allocate =
                b->allocated > SIZE_MAX / 2 ? need : MAX(MAX(need, b->allocated * 2), (size_t) BUFFER_FIRST);
        data = realloc(b->data, allocate);
        if (!data)
                return -ENOMEM;

        b->data = data;
        b->allocated = allocate;
        return 0;
}

int buffer_append(Buffer *b, const void *p, size_t n) {
        int r;

        if (n == 0)
                return 0;

        r = buffer_reserve(b, n);
        if (r < 0)
                return r;

        memcpy(b->data + b->size, p, n);
        b->size += n;
        return 0;
}

int buffer_steal(Buffer *b, char **ret, size_t *ret_size) {
        if (b->size >= b->allocated) {
                char *data;

                data = realloc(b->data, b->size + 1);
                if (!data)
                        return -ENOMEM;
                b->data = data;
                b->allocated = b->size + 1;
        }

        b->data[b->size] = '\0';
        if (ret_size)
                *ret_size = b->size;
        *ret = TAKE_PTR(b->data);
        *b = BUFFER_INIT(b->max);
        return 0;
}
