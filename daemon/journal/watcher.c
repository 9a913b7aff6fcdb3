/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One who watches, see watcher.h. */

#include "daemon/journal/watcher.h"

#include <fcntl.h>

Watcher *watcher_new(uint64_t serial, int pipe_fd, Query *query) {
        Watcher *watcher = calloc(1, sizeof(Watcher));

        if (!watcher) {
                safe_close(pipe_fd);
                query_done(query);
                return NULL;
        }
        *watcher = (Watcher){
                .serial = serial,
                .fd = pipe_fd,
                .query = *query,
                .kinds = event_kinds(query->parameters.events),
                .out = BUFFER_INIT(FRAME_SIZE_MAX + 2 * (size_t) EVENT_LINE_MAX),
                .child = WATCH_CHILD_NULL,
        };
        *query = QUERY_NULL;
        return watcher;
}

Watcher *watcher_free(Watcher *watcher) {
        if (!watcher)
                return NULL;
        watch_child_stop(&watcher->child);
        safe_close(watcher->fd);
        query_done(&watcher->query);
        buffer_done(&watcher->out);
        free(watcher->cursor);
        free(watcher->told_until);
        free(watcher);
        return NULL;
}

int watcher_queue(Watcher *watcher, const char *text, size_t n) {
        int r;

        r = buffer_append(&watcher->out, text, n);
        if (r < 0)
                watcher->ended = true;
        return r;
}

int watcher_note(Watcher *watcher, const char *cursor) {
        char *copy = NULL;

        if (cursor) {
                copy = strdup(cursor);
                if (!copy)
                        return -ENOMEM;
        }
        free(watcher->cursor);
        watcher->cursor = copy;
        return 0;
}

void watcher_fail(Watcher *watcher, const Error *error) {
        int r;

        if (watcher->closing)
                return;
        r = line_append_error(&watcher->out, error, watcher->cursor);
        if (r >= 0)
                r = watcher_queue(watcher, "\n", 1);
        if (r < 0)
                watcher->ended = true;
        watcher->closing = true;
}

int watcher_flush(Watcher *watcher) {
        size_t done = 0;

        while (done < watcher->out.size) {
                ssize_t n = write(watcher->fd, watcher->out.data + done, watcher->out.size - done);

                if (n > 0)
                        done += (size_t) n;
                else if (n < 0 && errno == EAGAIN)
                        break;
                else if (n < 0 && errno != EINTR) {
                        watcher->ended = true;
                        return -errno;
                }
        }

        watcher->out.size -= done;
        if (watcher->out.size > 0) {
                memmove(watcher->out.data, watcher->out.data + done, watcher->out.size);
                return 0;
        }
        /* A preface can be long; it comes once. */
        if (watcher->out.allocated > EVENT_LINE_MAX)
                buffer_done(&watcher->out);
        return 1;
}

bool watcher_wants(const Watcher *watcher, const RingItem *item) {
        return (watcher->kinds & UINT32_C(1) << item->kind) != 0 &&
                query_wants(&watcher->query, item->uid, item->unit);
}

int watcher_queue_preface(Watcher *watcher, const char *position) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(EVENT_LINE_MAX);
        const char *text;
        size_t n;
        int r = 0;

        for (char **line = watcher->query.preface; line && *line && r >= 0; line++) {
                r = watcher_queue(watcher, *line, strlen(*line));
                if (r >= 0)
                        r = watcher_queue(watcher, "\n", 1);
        }
        if (r < 0 || !position)
                return r;

        json_begin_object(&w);
        json_write_key_string(&w, "cursor", position);
        json_end_object(&w);
        r = json_writer_peek(&w, &text, &n);
        if (r < 0)
                return r;
        r = watcher_queue(watcher, text, n);
        return r < 0 ? r : watcher_queue(watcher, "\n", 1);
}

int watcher_set_blocking(Watcher *watcher, bool blocking) {
        return fcntl(watcher->fd, F_SETFL, O_WRONLY | (blocking ? 0 : O_NONBLOCK)) < 0 ? -errno : 0;
}
