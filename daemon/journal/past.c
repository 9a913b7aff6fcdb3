/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Past entries as lines, see past.h. */

#include "daemon/journal/past.h"

#include "daemon/journal/journal-follow.h"

/* So many entries are read again, at most, for what they tell of those behind them. */
#define MEMORY_ENTRIES_MAX 4096U

/* With reverse: lines that are made in order before they are written the other way round. */
#define CHUNK_LINES 256U

typedef struct Walk {
        EntrySource *source;
        const PastReader *reader;
        Past past;
        LineWriter *out;
        Entry entry;
        JsonWriter line;
} Walk;

static void walk_done(Walk *walk) {
        entry_done(&walk->entry);
        json_writer_done(&walk->line);
}

static int step(Walk *walk, bool back) {
        return walk->source->ops->step(walk->source, back);
}

static int read_entry(Walk *walk) {
        return walk->source->ops->read(walk->source, &walk->entry);
}

static int look(Walk *walk, JsonWriter *w) {
        if (w)
                json_writer_reset(w);
        return walk->reader->look(&walk->entry, w, walk->reader->userdata);
}

static bool is_too_old(const Walk *walk) {
        return walk->past.since != UNSIGNED_UNSET && walk->entry.realtime < walk->past.since;
}

static bool is_too_new(const Walk *walk) {
        return walk->past.until != UNSIGNED_UNSET && walk->entry.realtime > walk->past.until;
}

static int put_line(Walk *walk) {
        const char *text;
        size_t n;
        int r;

        r = json_writer_peek(&walk->line, &text, &n);
        if (r < 0)
                return r;
        r = buffer_append(&walk->out->buffer, text, n);
        if (r < 0)
                return r;
        return line_writer_end_line(walk->out);
}

/*
 * Shows the reader what stands before the current entry and is recent enough, and comes back to it. Nothing
 * that is appended meanwhile is in the way: all of this lies behind.
 */
static int remember(Walk *walk) {
        uint64_t now, n = 0;
        int r;

        if (walk->reader->reset)
                walk->reader->reset(walk->reader->userdata);
        if (walk->reader->memory_usec == 0)
                return 0;

        r = read_entry(walk);
        if (r < 0)
                return r;
        now = walk->entry.realtime;

        while (n < MEMORY_ENTRIES_MAX) {
                r = step(walk, /* back= */ true);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                n++;
                r = read_entry(walk);
                if (r < 0)
                        return r;
                if (walk->entry.realtime + walk->reader->memory_usec < now)
                        break;
        }

        for (; n > 0; n--) {
                r = read_entry(walk);
                if (r >= 0)
                        r = look(walk, NULL);
                if (r >= 0)
                        r = step(walk, /* back= */ false);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int seek_after(Walk *walk, const char *cursor) {
        int r;

        r = walk->source->ops->seek_cursor(walk->source, cursor);
        if (r < 0)
                return r;

        /* The last that is not behind the cursor: the entry itself, where it is one that is visited. */
        r = step(walk, /* back= */ true);
        if (r < 0)
                return r;
        if (r == 0) {
                if (walk->reader->reset)
                        walk->reader->reset(walk->reader->userdata);
                return walk->source->ops->seek_head(walk->source);
        }

        r = remember(walk);
        if (r >= 0)
                r = read_entry(walk);
        if (r >= 0)
                r = look(walk, NULL);
        return r < 0 ? r : 0;
}

int past_seek_after(EntrySource *source, const PastReader *reader, const char *cursor) {
        _cleanup_(walk_done) Walk walk = { .source = source, .reader = reader, .entry = ENTRY_NULL };

        return seek_after(&walk, cursor);
}

/* Puts the source before the first entry, or behind it and *ret_on is set. */
static int seek_start(Walk *walk, bool *ret_on) {
        int r;

        *ret_on = false;
        if (walk->past.after_cursor)
                return seek_after(walk, walk->past.after_cursor);

        if (walk->past.since == UNSIGNED_UNSET) {
                if (walk->reader->reset)
                        walk->reader->reset(walk->reader->userdata);
                return walk->source->ops->seek_head(walk->source);
        }

        r = walk->source->ops->seek_time(walk->source, walk->past.since);
        if (r < 0)
                return r;
        r = step(walk, /* back= */ false);
        if (r < 0)
                return r;
        if (r == 0)
                return 0;
        *ret_on = true;
        return remember(walk);
}

static int write_forward(Walk *walk) {
        bool on;
        int r;

        r = seek_start(walk, &on);
        if (r < 0)
                return r;

        for (;;) {
                if (!on) {
                        r = step(walk, /* back= */ false);
                        if (r <= 0)
                                return r;
                }
                on = false;

                r = read_entry(walk);
                if (r < 0)
                        return r;
                if (is_too_new(walk) ||
                        (walk->past.last_cursor && walk->entry.realtime > walk->past.last_time))
                        return 0;
                r = look(walk, &walk->line);
                if (r > 0 && !is_too_old(walk))
                        r = put_line(walk);
                if (r < 0)
                        return r;
                if (walk->past.last_cursor && streq(walk->entry.cursor, walk->past.last_cursor))
                        return 0;
        }
}

/*
 * From the current entry (not counted) back over so many entries with lines: *ret_entries have been stepped
 * over. Returns 1, or 0 where the start was reached before; the source stands on the last that counts, or
 * where none does before what may come.
 */
static int count_back(Walk *walk, uint64_t lines, uint64_t *ret_entries) {
        uint64_t entries = 0, found = 0;
        int r;

        while (found < lines) {
                r = step(walk, /* back= */ true);
                if (r < 0)
                        return r;
                if (r == 0) {
                        /* Nothing at all: what comes is new. */
                        if (entries == 0)
                                r = walk->source->ops->seek_head(walk->source);
                        if (r < 0)
                                return r;
                        break;
                }
                r = read_entry(walk);
                if (r < 0)
                        return r;
                if (is_too_old(walk) ||
                        (walk->past.after_cursor && streq(walk->entry.cursor, walk->past.after_cursor))) {
                        r = entries > 0 ? step(walk, /* back= */ false) : 0;
                        if (r < 0)
                                return r;
                        break;
                }
                entries++;
                /* Without what came before an end may count twice; that makes it more, not less. */
                if (is_too_new(walk))
                        continue;
                if (walk->reader->reset)
                        walk->reader->reset(walk->reader->userdata);
                r = look(walk, NULL);
                if (r < 0)
                        return r;
                if (r > 0)
                        found++;
        }
        *ret_entries = entries;
        return found >= lines;
}

static int seek_end(Walk *walk) {
        int r;

        if (walk->past.until == UNSIGNED_UNSET)
                return walk->source->ops->seek_tail(walk->source);

        /* One beyond, for entries of that very microsecond count. */
        r = walk->source->ops->seek_time(walk->source, walk->past.until + 1);
        return r < 0 ? r : 0;
}

/* Back over n - 1 entries: from the last of n to the first of them. */
static int rewind_entries(Walk *walk, uint64_t n) {
        for (; n > 1; n--) {
                int r = step(walk, /* back= */ true);
                if (r <= 0)
                        return r < 0 ? r : -EIO;
        }
        return 0;
}

/* Over n entries, the current one being the first; the lines behind the first `skip` are put. Ends on the
 * last. */
static int go_forward(Walk *walk, uint64_t n, uint64_t skip, bool put, uint64_t *ret_lines) {
        uint64_t lines = 0;
        int r;

        for (uint64_t i = 0; i < n; i++) {
                if (i > 0) {
                        r = step(walk, /* back= */ false);
                        if (r <= 0)
                                return r;
                }
                r = read_entry(walk);
                if (r < 0)
                        return r;
                r = look(walk, put ? &walk->line : NULL);
                if (r < 0)
                        return r;
                if (r == 0 || is_too_new(walk))
                        continue;
                if (put && lines >= skip) {
                        r = put_line(walk);
                        if (r < 0)
                                return r;
                }
                lines++;
        }
        *ret_lines = lines;
        return 0;
}

static int write_last(Walk *walk) {
        /* With no lines at all there still is a place to go on from. */
        uint64_t entries, lines, want = MAX(walk->past.lines, 1U);
        int r, enough;

        for (;;) {
                r = seek_end(walk);
                if (r < 0)
                        return r;
                enough = count_back(walk, want, &entries);
                if (enough < 0)
                        return enough;
                if (entries == 0)
                        return 0;

                r = remember(walk);
                if (r >= 0)
                        r = go_forward(walk, entries, 0, /* put= */ false, &lines);
                if (r < 0)
                        return r;
                if (lines >= walk->past.lines || !enough)
                        break;
                want *= 2;
        }

        if (walk->past.lines == 0)
                return 0;
        r = rewind_entries(walk, entries);
        if (r >= 0)
                r = remember(walk);
        if (r < 0)
                return r;
        return go_forward(walk, entries, lines > walk->past.lines ? lines - walk->past.lines : 0,
                /* put= */ true, &lines);
}

/* Lines of one chunk, kept until they can be written from the last to the first. */
typedef struct Chunk {
        char *lines[CHUNK_LINES];
        size_t n;
} Chunk;

static void chunk_done(Chunk *chunk) {
        while (chunk->n > 0)
                free(chunk->lines[--chunk->n]);
}

static int chunk_fill(Walk *walk, Chunk *chunk, uint64_t entries) {
        int r;

        for (uint64_t i = 0; i < entries; i++) {
                if (i > 0) {
                        r = step(walk, /* back= */ false);
                        if (r <= 0)
                                return r;
                }
                r = read_entry(walk);
                if (r >= 0)
                        r = look(walk, &walk->line);
                if (r < 0)
                        return r;
                if (r == 0 || is_too_new(walk) || chunk->n == CHUNK_LINES)
                        continue;
                r = json_writer_finish(&walk->line, chunk->lines + chunk->n, NULL);
                if (r < 0)
                        return r;
                chunk->n++;
        }
        return 0;
}

static int write_reverse(Walk *walk) {
        uint64_t entries, left = walk->past.lines;
        int r, more;

        r = seek_end(walk);
        if (r < 0)
                return r;

        do {
                _cleanup_(chunk_done) Chunk chunk = {};

                more = count_back(walk, MIN(left, CHUNK_LINES), &entries);
                if (more < 0)
                        return more;
                if (entries == 0)
                        return 0;
                r = remember(walk);
                if (r >= 0)
                        r = chunk_fill(walk, &chunk, entries);
                if (r >= 0)
                        r = rewind_entries(walk, entries);
                if (r < 0)
                        return r;

                for (size_t i = chunk.n; i > 0; i--) {
                        r = line_writer_put(walk->out, chunk.lines[i - 1]);
                        if (r < 0)
                                return r;
                }
                left -= left == UNSIGNED_UNSET ? 0 : chunk.n;
        } while (more && left > 0);

        return 0;
}

/* Going back ends at the cursor's own time: it may be of an entry that is not visited. */
static int bound_by_cursor(Walk *walk) {
        int r;

        if (!walk->past.after_cursor)
                return 0;

        r = seek_after(walk, walk->past.after_cursor);
        if (r < 0)
                return r;
        r = step(walk, /* back= */ false);
        if (r < 0)
                return r;
        if (r == 0) {
                walk->past.lines = 0;
                return 0;
        }
        r = read_entry(walk);
        if (r < 0)
                return r;
        if (walk->past.since == UNSIGNED_UNSET || walk->entry.realtime > walk->past.since)
                walk->past.since = walk->entry.realtime;
        return 0;
}

static int write_past(Walk *walk) {
        int r;

        if (!walk->past.reverse && walk->past.lines == UNSIGNED_UNSET)
                return write_forward(walk);

        r = bound_by_cursor(walk);
        if (r < 0)
                return r;
        if (walk->past.reverse)
                return walk->past.lines == 0 ? 0 : write_reverse(walk);
        return write_last(walk);
}

int past_write(
        EntrySource *source, const PastReader *reader, const Past *past, LineWriter *out, Error *error) {
        _cleanup_(walk_done) Walk walk = {
                .source = source,
                .reader = reader,
                .past = *past,
                .out = out,
                .entry = ENTRY_NULL,
                .line = JSON_WRITER_INIT(PAST_LINE_MAX),
        };
        int r;

        r = write_past(&walk);
        if (r >= 0)
                return 0;
        return r == -EPIPE ? r : entry_source_error(r, error);
}

static int follow(Walk *walk) {
        int r;

        for (;;) {
                r = step(walk, /* back= */ false);
                if (r < 0)
                        return r;
                if (r == 0) {
                        r = line_writer_flush(walk->out);
                        if (r >= 0)
                                r = walk->source->ops->wait(walk->source, walk->out->fd);
                        if (r < 0)
                                return r;
                        if (r == JOURNAL_LOOK_GONE)
                                return -EPIPE;
                        continue;
                }
                r = read_entry(walk);
                if (r >= 0)
                        r = look(walk, &walk->line);
                if (r > 0)
                        r = put_line(walk);
                if (r < 0)
                        return r;
        }
}

int past_follow(EntrySource *source, const PastReader *reader, LineWriter *out, Error *error) {
        _cleanup_(walk_done) Walk walk = {
                .source = source,
                .reader = reader,
                .past = PAST_NULL,
                .out = out,
                .entry = ENTRY_NULL,
                .line = JSON_WRITER_INIT(PAST_LINE_MAX),
        };
        int r;

        r = follow(&walk);
        return r == -EPIPE ? r : entry_source_error(r, error);
}
