/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answer to one request: a JSON object that is written member by member and sent as FRAME_REPLY, a large
 * array of rows also piecewise as FRAME_PART.
 */

#include "common/error.h"
#include "common/json-write.h"

/* A part is sent when so much has been written. */
#define REPLY_PART_SIZE (256U * 1024U)

typedef struct Reply {
        int socket_fd; /* not owned */
        uint64_t serial;
        bool stream; /* parts may be sent */
        JsonWriter writer;
        const char *rows; /* name of the array that is open */
        size_t sent;      /* in parts so far */
        int fd;           /* sent with the last frame; owned, -EBADF for none */
} Reply;

/* Opens the object of the result. */
void reply_begin(Reply *reply, int socket_fd, uint64_t serial, bool stream);
void reply_done(Reply *reply);

/* An array of rows as the member `name` (a constant). The caller writes each row as one value and calls
 * reply_row_end(), which may send what there is; then reply_rows_end(). After reply_row_end() nothing but
 * rows may follow until the array ends, and no member may stand before an array that is to be sent in parts.
 *
 * Return 0 or a negative errno with the error set: too large, no memory, the daemon is gone. */
void reply_rows_begin(Reply *reply, const char *name);
int reply_row_end(Reply *reply, Error *error);
void reply_rows_end(Reply *reply);

/* Closes the object and sends it as FRAME_REPLY. Returns 0 or a negative errno; -EMSGSIZE and -ENOMEM, with
 * the error set, are the only ones after which the stream is still usable. */
int reply_send(Reply *reply, Error *error);

/* Sends a FRAME_ERROR in its place. */
int reply_send_error(int socket_fd, uint64_t serial, const Error *error);

/* Writes {"name": …, "message": …}. */
void error_write(const Error *error, JsonWriter *w);
