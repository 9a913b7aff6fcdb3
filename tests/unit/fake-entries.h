/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A source of entries that is an array: cursors are "c0", "c1", …, times are 1000, 1001, … Fields have a `|`
 * behind each.
 */

#include "daemon/journal/entry-source.h"

#define FAKE_ENTRIES_MAX 8192

static const char *fake_entries[FAKE_ENTRIES_MAX];
static long fake_n;

typedef struct FakeSource {
        EntrySource source;
        long at;   /* the current entry */
        long seek; /* where the next step starts from: between seek - 1 and seek; -1: at */
} FakeSource;

static inline FakeSource *fake_source(EntrySource *source) {
        return (FakeSource *) source;
}

static int fake_seek_head(EntrySource *source) {
        fake_source(source)->seek = 0;
        return 0;
}

static int fake_seek_tail(EntrySource *source) {
        fake_source(source)->seek = fake_n;
        return 0;
}

static int fake_seek_time(EntrySource *source, uint64_t usec) {
        fake_source(source)->seek = usec < 1000 ? 0 : MIN((long) usec - 1000, fake_n);
        return 0;
}

/* Like the journal's: a step in either direction lands on the entry itself. */
static int fake_seek_cursor(EntrySource *source, const char *cursor) {
        char *end;
        long i;

        if (cursor[0] != 'c')
                return -EINVAL;
        i = strtol(cursor + 1, &end, 10);
        if (*end || i < 0 || i >= fake_n)
                return -ESTALE;
        fake_source(source)->seek = -2 - i;
        return 0;
}

static int fake_step(EntrySource *source, bool back) {
        FakeSource *s = fake_source(source);
        long to;

        if (s->seek <= -2)
                to = -2 - s->seek;
        else if (s->seek >= 0)
                to = back ? s->seek - 1 : s->seek;
        else
                to = back ? s->at - 1 : s->at + 1;
        if (to < 0 || to >= fake_n)
                return 0;
        s->at = to;
        s->seek = -1;
        return 1;
}

static int fake_fill(Entry *ret, const char *text, long i) {
        int r;

        entry_reset(ret);
        ret->realtime = 1000 + (uint64_t) i;
        if (asprintf(&ret->cursor, "c%ld", i) < 0)
                return -ENOMEM;
        while (*text) {
                size_t n = strcspn(text, "|");

                r = entry_add(ret, text, n);
                if (r < 0)
                        return r;
                text += n + (text[n] == '|');
        }
        return 0;
}

static int fake_read(EntrySource *source, Entry *ret) {
        return fake_fill(ret, fake_entries[fake_source(source)->at], fake_source(source)->at);
}

static int fake_position(EntrySource *source, char **ret) {
        *ret = NULL;
        return fake_n > 0 && asprintf(ret, "c%ld", fake_n - 1) < 0 ? -ENOMEM : 0;
}

static int fake_get_fd(EntrySource *source) {
        return -1;
}

static int fake_look(EntrySource *source, bool readable) {
        return 1;
}

static int fake_wait(EntrySource *source, int pipe_fd) {
        return -EPIPE;
}

static void fake_free(EntrySource *source) {
        free(fake_source(source));
}

static inline int fake_open(EntrySource **ret) {
        static const EntrySourceOps ops = {
                .seek_head = fake_seek_head,
                .seek_tail = fake_seek_tail,
                .seek_time = fake_seek_time,
                .seek_cursor = fake_seek_cursor,
                .step = fake_step,
                .read = fake_read,
                .position = fake_position,
                .get_fd = fake_get_fd,
                .look = fake_look,
                .wait = fake_wait,
                .free = fake_free,
        };
        FakeSource *s = calloc(1, sizeof(FakeSource));

        if (!s)
                return -ENOMEM;
        *s = (FakeSource){ .source.ops = &ops };
        *ret = &s->source;
        return 0;
}
