/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer to Open, see stream.h. */

#include "daemon/request/stream.h"

#include <fcntl.h>

#include "common/limits.h"
#include "daemon/deadlines.h"

struct Stream {
        sd_event *event;
        int fd;
        sd_event_source *io;
        sd_event_source *stalled; /* ends a reader that takes nothing */
        char *buffer;
        size_t start; /* of what waits, in the buffer */
        size_t size;  /* bytes that wait */
        size_t allocated;
        size_t *total;
        bool closing;
        StreamHandler handler;
        void *userdata;
};

static void account_bytes(Stream *stream, size_t size) {
        *stream->total += size - stream->size;
        stream->size = size;
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata);
static int on_stalled(sd_event_source *source, uint64_t usec, void *userdata);

int stream_new(
        sd_event *event, size_t *total, StreamHandler handler, void *userdata, Stream **ret, int *ret_fd) {
        _cleanup_(stream_freep) Stream *stream = NULL;
        _cleanup_close_ int reader = -EBADF;
        int fds[2], r;

        stream = calloc(1, sizeof(*stream));
        if (!stream)
                return -ENOMEM;
        stream->fd = -EBADF;
        stream->total = total;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        reader = fds[0];
        stream->fd = fds[1];
        if (fcntl(stream->fd, F_SETFL, O_WRONLY | O_NONBLOCK) < 0)
                return -errno;

        stream->event = sd_event_ref(event);
        stream->handler = handler;
        stream->userdata = userdata;
        r = sd_event_add_time_relative(event, &stream->stalled, CLOCK_MONOTONIC,
                deadline_usec(DEADLINE_STREAM), USEC_PER_SEC, on_stalled, stream);
        if (r >= 0)
                r = sd_event_source_set_enabled(stream->stalled, SD_EVENT_OFF);
        if (r < 0)
                return r;
        /* Without events asked for, only the reader's end (EPOLLERR) is reported. */
        r = sd_event_add_io(event, &stream->io, stream->fd, 0, on_writable, stream);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(stream);
        *ret_fd = TAKE_FD(reader);
        return 0;
}

Stream *stream_free(Stream *stream) {
        if (!stream)
                return NULL;

        account_bytes(stream, 0);
        sd_event_source_disable_unref(stream->io);
        sd_event_source_disable_unref(stream->stalled);
        safe_close(stream->fd);
        free(stream->buffer);
        sd_event_unref(stream->event);
        free(stream);
        return NULL;
}

/* Moves what it can into the pipe. Negative errno where the reader is gone. */
static int flush(Stream *stream) {
        while (stream->size > 0) {
                ssize_t n = write(stream->fd, stream->buffer + stream->start, stream->size);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return errno == EAGAIN ? 0 : -errno;
                }
                stream->start += (size_t) n;
                account_bytes(stream, stream->size - (size_t) n);
                (void) sd_event_source_set_time_relative(stream->stalled, deadline_usec(DEADLINE_STREAM));
        }

        stream->start = 0;
        return 0;
}

/* Listens for room in the pipe while something waits for it, and gives the reader its time. */
static int watch(Stream *stream) {
        int r;

        r = sd_event_source_set_io_events(stream->io, stream->size > 0 || stream->closing ? EPOLLOUT : 0);
        if (r >= 0)
                r = sd_event_source_set_enabled(
                        stream->stalled, stream->size > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        return r;
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Stream *stream = userdata;
        int r;

        r = revents & (EPOLLERR | EPOLLHUP) ? -EPIPE : flush(stream);
        if (r >= 0)
                r = watch(stream);
        if (r < 0)
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);

        if (r < 0 || !stream_is_full(stream))
                stream->handler(stream, r, stream->closing && stream->size == 0, stream->userdata);
        return 0;
}

static int on_stalled(sd_event_source *source, uint64_t usec, void *userdata) {
        Stream *stream = userdata;

        stream->handler(stream, -ETIMEDOUT, false, stream->userdata);
        return 0;
}

static int reserve(Stream *stream, size_t wanted) {
        size_t allocated;
        char *grown;

        if (stream->start + wanted <= stream->allocated)
                return 0;

        if (stream->start > 0) {
                memmove(stream->buffer, stream->buffer + stream->start, stream->size);
                stream->start = 0;
        }
        if (wanted <= stream->allocated)
                return 0;

        allocated = MAX(wanted, stream->allocated * 2);
        grown = realloc(stream->buffer, allocated);
        if (!grown)
                return -ENOMEM;
        stream->buffer = grown;
        stream->allocated = allocated;
        return 0;
}

int stream_write(Stream *stream, const char *line, size_t size) {
        size_t wanted = stream->size + size + 1;
        bool idle = stream->size == 0;
        int r;

        if (wanted > STREAM_BUFFER_MAX || *stream->total + size + 1 > STREAM_BUFFER_ALL_MAX)
                return -ENOBUFS;

        r = reserve(stream, wanted);
        if (r < 0)
                return r;
        memcpy(stream->buffer + stream->start + stream->size, line, size);
        stream->buffer[stream->start + stream->size + size] = '\n';
        account_bytes(stream, wanted);

        /* A reader that keeps up gets the line at once. */
        if (idle) {
                (void) sd_event_source_set_time_relative(stream->stalled, deadline_usec(DEADLINE_STREAM));
                r = flush(stream);
                if (r < 0)
                        return r;
        }
        return watch(stream);
}

int stream_fd(const Stream *stream) {
        return stream->fd;
}

size_t stream_waiting(const Stream *stream) {
        return stream->size;
}

bool stream_is_full(const Stream *stream) {
        return stream->size >= STREAM_BUFFER_PAUSE;
}

void stream_close(Stream *stream) {
        stream->closing = true;
        (void) watch(stream);
}
