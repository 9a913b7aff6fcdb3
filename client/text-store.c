/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts in chunks, see text-store.h. */

#include "client/text-store.h"

/* With the allocator's own words a whole number of pages. */
#define CHUNK_SIZE (64U * 1024U - 64U)

struct TextChunk {
        struct TextChunk *next;
        size_t used, size;
        char data[];
};

const char *text_store_add(TextStore *store, const char *s, size_t n) {
        struct TextChunk *chunk = store->chunks;
        char *copy;

        if (!chunk || chunk->size - chunk->used <= n) {
                size_t size = MAX(n + 1, (size_t) CHUNK_SIZE);

                chunk = malloc(sizeof(*chunk) + size);
                if (!chunk)
                        return NULL;
                *chunk = (struct TextChunk){ .next = store->chunks, .size = size };
                store->chunks = chunk;
        }

        copy = chunk->data + chunk->used;
        memcpy(copy, s, n);
        copy[n] = '\0';
        chunk->used += n + 1;
        return copy;
}

void text_store_done(TextStore *store) {
        while (store->chunks) {
                struct TextChunk *chunk = store->chunks;

                store->chunks = chunk->next;
                free(chunk);
        }
}
