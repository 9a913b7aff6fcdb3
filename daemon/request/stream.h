/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answer to Open: lines of JSON into a pipe whose other end the caller has. Never blocks: what the pipe
 * does not take is kept, up to a limit, and a reader that is slower than that is cut off, and so is one that
 * takes nothing at all for DEADLINE_STREAM.
 */

#include <systemd/sd-event.h>

#include "common/macro.h"

typedef struct Stream Stream;

/* There is room again, or the reader is gone (error), or all is written after stream_close() (error 0,
 * closed). */
typedef void (*StreamHandler)(Stream *stream, int error, bool closed, void *userdata);

/* A pipe; *ret_fd is the reader's end and the caller's. `total` is where the bytes held by all streams are
 * counted. */
int stream_new(
        sd_event *event, size_t *total, StreamHandler handler, void *userdata, Stream **ret, int *ret_fd);
Stream *stream_free(Stream *stream);
DEFINE_CLEANUP(Stream *, stream_free);

/* Writes one line (the newline is added). -ENOBUFS where the reader is too slow, -EPIPE where it is gone. */
int stream_write(Stream *stream, const char *line, size_t size);

/* The end of the pipe that is written to; lent. */
int stream_fd(const Stream *stream);

/* Bytes that wait for the reader. */
size_t stream_waiting(const Stream *stream);

/* Whether nothing more should be begun until the handler says that there is room. */
bool stream_is_full(const Stream *stream);

/* No more lines: the handler is called with `closed` when everything is in the pipe. */
void stream_close(Stream *stream);
