/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer to Open, see stream.h. */

#include "daemon/stream.h"

#include <fcntl.h>

#include "common/limits.h"

struct Stream {
        sd_event *event;
        int fd;
        sd_event_source *io;
        char *buffer;
        size_t size; /* bytes that wait */
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
        safe_close(stream->fd);
        free(stream->buffer);
        sd_event_unref(stream->event);
        free(stream);
        return NULL;
}

/* Moves what it can into the pipe. Negative errno where the reader is gone. */
static int flush(Stream *stream) {
        size_t done = 0;

        while (done < stream->size) {
                ssize_t n = write(stream->fd, stream->buffer + done, stream->size - done);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        if (errno == EAGAIN)
                                break;
                        return -errno;
                }
                done += (size_t) n;
        }

        memmove(stream->buffer, stream->buffer + done, stream->size - done);
        account_bytes(stream, stream->size - done);
        return 0;
}

static int on_writable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Stream *stream = userdata;
        int r;

        r = revents & (EPOLLERR | EPOLLHUP) ? -EPIPE : flush(stream);
        if (r >= 0)
                r = sd_event_source_set_io_events(source, stream->size > 0 ? EPOLLOUT : 0);
        if (r < 0)
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);

        if (r < 0 || stream->size == 0 || !stream_is_full(stream))
                stream->handler(stream, r, stream->closing && stream->size == 0, stream->userdata);
        return 0;
}

int stream_write(Stream *stream, const char *line, size_t size) {
        size_t wanted = stream->size + size + 1;

        if (wanted > STREAM_BUFFER_MAX || *stream->total + size + 1 > STREAM_BUFFER_ALL_MAX)
                return -ENOBUFS;

        if (wanted > stream->allocated) {
                size_t allocated = MAX(wanted, stream->allocated * 2);
                char *grown = realloc(stream->buffer, allocated);

                if (!grown)
                        return -ENOMEM;
                stream->buffer = grown;
                stream->allocated = allocated;
        }

        memcpy(stream->buffer + stream->size, line, size);
        stream->buffer[stream->size + size] = '\n';
        account_bytes(stream, wanted);

        return sd_event_source_set_io_events(stream->io, EPOLLOUT);
}

bool stream_is_full(const Stream *stream) {
        return stream->size >= STREAM_BUFFER_PAUSE;
}

void stream_close(Stream *stream) {
        stream->closing = true;
        (void) sd_event_source_set_io_events(stream->io, EPOLLOUT);
}
