/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers as frames, see reply.h. */

#include "daemon/worker/reply.h"

#include "common/frame.h"
#include "common/limits.h"

/* The daemon reads at once; one that does not is about to kill us. */
#define SEND_TIMEOUT_MSEC 5000

void reply_begin(Reply *reply, int socket_fd, uint64_t serial, bool stream) {
        *reply = (Reply){
                .socket_fd = socket_fd,
                .serial = serial,
                .stream = stream,
                .writer = JSON_WRITER_INIT(FRAME_SIZE_MAX),
                .fd = -EBADF,
        };
        json_begin_object(&reply->writer);
}

void reply_done(Reply *reply) {
        json_writer_done(&reply->writer);
        reply->fd = safe_close(reply->fd);
}

static int writer_error(int r, Error *error) {
        if (r == -EMSGSIZE)
                return error_set(error, ERROR_REPLY_TOO_LARGE,
                        "The answer is over %u KiB; ask for less, or with Open.", FRAME_SIZE_MAX / 1024U);
        return error_set(
                error, ERROR_INTERNAL, "The worker could not write its answer: %s.", strerrorname_np(-r));
}

static int send_written(Reply *reply, FrameType type, int fd, Error *error) {
        const char *text;
        size_t size;
        int r;

        r = json_writer_peek(&reply->writer, &text, &size);
        if (r < 0)
                return writer_error(r, error);
        if (reply->sent + size > WORKER_REPLY_MAX)
                return error_set(error, ERROR_REPLY_TOO_LARGE, "The answer is over %u MiB; ask for less.",
                        WORKER_REPLY_MAX / (1024U * 1024U));

        r = frame_send(
                reply->socket_fd, type, reply->serial, text, size, &fd, fd >= 0 ? 1 : 0, SEND_TIMEOUT_MSEC);
        if (r < 0)
                return r;
        reply->sent += size;
        return 0;
}

void reply_rows_begin(Reply *reply, const char *name) {
        reply->rows = name;
        json_write_key(&reply->writer, name);
        json_begin_array(&reply->writer);
}

int reply_row_end(Reply *reply, Error *error) {
        int r;

        if (reply->writer.error < 0)
                return writer_error(reply->writer.error, error);
        if (!reply->stream || reply->writer.buffer.size < REPLY_PART_SIZE)
                return 0;

        json_end_array(&reply->writer);
        json_end_object(&reply->writer);
        r = send_written(reply, FRAME_PART, -1, error);
        if (r < 0)
                return r;

        json_writer_reset(&reply->writer);
        json_begin_object(&reply->writer);
        reply_rows_begin(reply, reply->rows);
        return 0;
}

void reply_rows_end(Reply *reply) {
        json_end_array(&reply->writer);
}

int reply_send(Reply *reply, Error *error) {
        json_end_object(&reply->writer);
        return send_written(reply, FRAME_REPLY, reply->fd, error);
}

void error_write(const Error *error, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "name", error_code_to_string(error->code));
        json_write_key_string(w, "message", error_message(error));
        json_end_object(w);
}

int reply_send_error(int socket_fd, uint64_t serial, const Error *error) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        const char *text;
        size_t size;
        int r;

        error_write(error, &w);
        r = json_writer_peek(&w, &text, &size);
        if (r < 0)
                return r;
        return frame_send(socket_fd, FRAME_ERROR, serial, text, size, NULL, 0, SEND_TIMEOUT_MSEC);
}
