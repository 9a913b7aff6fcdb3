/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading the pipe that Open gives, see stream.h. */

#include "client/stream.h"

#include <poll.h>

#include "common/buffer.h"

#define READ_SIZE (64U * 1024U)
#define IDLE_MSEC 250

static void buffer_donep(Buffer *b) {
        buffer_done(b);
}

/* Hands on the whole lines that are there, and keeps the rest. */
static int take_lines(Buffer *b, size_t *seen, StreamHandler handler, void *userdata) {
        size_t start = 0;
        int r = 0;

        while (r == 0) {
                char *end = memchr(b->data + *seen, '\n', b->size - *seen);

                if (!end) {
                        *seen = b->size;
                        break;
                }
                r = handler(b->data + start, (size_t) (end - (b->data + start)), userdata);
                start = *seen = (size_t) (end - b->data) + 1;
        }

        memmove(b->data, b->data + start, b->size - start);
        b->size -= start;
        *seen -= start;
        return r;
}

int stream_read(int fd, StreamHandler handler, void *userdata) {
        return stream_read_idle(fd, handler, NULL, userdata);
}

int stream_read_idle(int fd, StreamHandler handler, StreamIdle idle, void *userdata) {
        _cleanup_(buffer_donep) Buffer b = BUFFER_INIT(STREAM_LINE_MAX);
        size_t seen = 0;

        for (;;) {
                ssize_t n;
                int r;

                r = buffer_reserve(&b, MIN((size_t) READ_SIZE, b.max - b.size));
                if (r < 0)
                        return r;
                if (b.size == b.max)
                        return -EMSGSIZE;

                if (idle && poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, IDLE_MSEC) <= 0) {
                        r = idle(userdata);
                        if (r != 0)
                                return MIN(r, 0);
                        continue;
                }
                n = read(fd, b.data + b.size, MIN((size_t) READ_SIZE, b.max - b.size));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EPIPE;
                b.size += (size_t) n;

                r = take_lines(&b, &seen, handler, userdata);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
}
