/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of JSON on their way into a caller's pipe.
 *
 * The writer is for a process that serves one pipe and may block on it. The functions for a Buffer below are
 * for everyone.
 */

#include "common/buffer.h"
#include "common/error.h"

/* Written out when so much has gathered: a pipe's default size. */
#define LINE_WRITER_FLUSH (64U * 1024U)
/* A buffer that a long line has made longer than this is given back. */
#define LINE_WRITER_KEEP (1024U * 1024U)
/* One field of an entry, in bytes of the journal, and one line: what is longer is null in a line. */
#define LINE_FIELD_MAX (16U * 1024U * 1024U)
#define LINE_SIZE_MAX  (128U * 1024U * 1024U)

typedef struct LineWriter {
        int fd; /* of the pipe, not owned */
        Buffer buffer;
        size_t whole; /* bytes of it that are whole lines; behind them is the line that is being written */
} LineWriter;

#define LINE_WRITER_INIT(pipe_fd)                                                                           \
        (LineWriter) {                                                                                      \
                .fd = (pipe_fd), .buffer = BUFFER_INIT(LINE_SIZE_MAX)                                       \
        }

void line_writer_done(LineWriter *w);

/* Marks the end of a line, with its newline; writes what there is where enough has gathered. Returns 0,
 * -EPIPE where nobody reads any more, or another errno of the line or of write(2). */
int line_writer_end_line(LineWriter *w) _warn_unused_;

/* Forgets the line that is being written. */
void line_writer_drop_line(LineWriter *w);

/* Writes all whole lines; blocks until the reader has taken it. Returns as line_writer_end_line(). */
int line_writer_flush(LineWriter *w) _warn_unused_;

/* One whole line that is JSON already. */
int line_writer_put(LineWriter *w, const char *line) _warn_unused_;

/* {"error": {"name", "message"}}, as the last line, and flushes. */
int line_writer_error(LineWriter *w, const Error *error);

/* Whether the other end of a pipe has been closed; does not block. */
bool line_reader_is_gone(int fd);

/* {"error": {"name", "message"}} and, where it is not NULL, "cursor": a line without its newline. Returns 0
 * or an errno of the buffer. */
int line_append_error(Buffer *b, const Error *error, const char *cursor) _warn_unused_;

/*
 * A value of the journal as journalctl -o json writes it: a string where it is UTF-8 without control
 * characters other than newline and tab, else an array of byte numbers. Returns 0 or an errno of the buffer.
 */
int line_append_value(Buffer *b, const char *p, size_t n) _warn_unused_;
