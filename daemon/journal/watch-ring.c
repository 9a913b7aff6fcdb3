/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ring of events, see watch-ring.h. */

#include "daemon/journal/watch-ring.h"

#include <assert.h>

static void item_done(RingItem *item) {
        free(item->line);
        free(item->cursor);
        free(item->unit);
        *item = (RingItem){};
}

int ring_init(Ring *ring, size_t items_max, size_t size_max) {
        *ring = (Ring){ .items_max = items_max, .size_max = size_max };
        ring->items = calloc(items_max, sizeof(RingItem));
        return ring->items ? 0 : -ENOMEM;
}

static void drop_first(Ring *ring) {
        RingItem *item = ring->items + ring->first % ring->items_max;

        ring->size -= item->size;
        item_done(item);
        ring->first++;
}

void ring_done(Ring *ring) {
        if (!ring->items)
                return;
        ring_trim(ring, ring->end);
        free(ring->items);
        ring->items = NULL;
}

int ring_push(Ring *ring, RingItem *item) {
        if (item->size > ring->size_max) {
                item_done(item);
                return -EMSGSIZE;
        }
        while (ring->end - ring->first >= ring->items_max || ring->size + item->size > ring->size_max)
                drop_first(ring);

        ring->items[ring->end % ring->items_max] = *item;
        ring->size += item->size;
        ring->end++;
        *item = (RingItem){};
        return 0;
}

void ring_trim(Ring *ring, uint64_t first) {
        while (ring->first < first && ring->first < ring->end)
                drop_first(ring);
}

const RingItem *ring_get(const Ring *ring, uint64_t number) {
        assert(number >= ring->first && number < ring->end);
        return ring->items + number % ring->items_max;
}
