/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of JSON for a pipe, see line.h. */

#include "daemon/journal/line.h"

#include <poll.h>

#include "common/json-write.h"
#include "common/limits.h"
#include "common/utf8.h"

void line_writer_done(LineWriter *w) {
        buffer_done(&w->buffer);
        w->whole = 0;
}

int line_writer_flush(LineWriter *w) {
        size_t done = 0;

        while (done < w->whole) {
                ssize_t n = write(w->fd, w->buffer.data + done, w->whole - done);

                if (n >= 0) {
                        done += (size_t) n;
                        continue;
                }
                if (errno != EINTR)
                        return -errno;
        }

        w->buffer.size -= w->whole;
        if (w->buffer.size > 0)
                memmove(w->buffer.data, w->buffer.data + w->whole, w->buffer.size);
        w->whole = 0;

        /* One long line is no reason to keep its memory for ever. */
        if (w->buffer.size == 0 && w->buffer.allocated > LINE_WRITER_KEEP)
                buffer_done(&w->buffer);
        return 0;
}

int line_writer_end_line(LineWriter *w) {
        int r;

        r = buffer_append(&w->buffer, "\n", 1);
        if (r < 0)
                return r;
        w->whole = w->buffer.size;
        return w->whole >= LINE_WRITER_FLUSH ? line_writer_flush(w) : 0;
}

void line_writer_drop_line(LineWriter *w) {
        w->buffer.size = w->whole;
}

int line_writer_put(LineWriter *w, const char *line) {
        int r;

        r = buffer_append(&w->buffer, line, strlen(line));
        if (r < 0)
                return r;
        return line_writer_end_line(w);
}

int line_append_error(Buffer *b, const Error *error, const char *cursor) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        const char *text;
        size_t n;
        int r;

        json_begin_object(&w);
        json_write_key(&w, "error");
        json_begin_object(&w);
        json_write_key_string(&w, "name", error_code_to_string(error->code));
        json_write_key_string(&w, "message", error_message(error));
        json_end_object(&w);
        if (cursor)
                json_write_key_string(&w, "cursor", cursor);
        json_end_object(&w);

        r = json_writer_peek(&w, &text, &n);
        if (r < 0)
                return r;
        return buffer_append(b, text, n);
}

int line_writer_error(LineWriter *w, const Error *error) {
        int r;

        line_writer_drop_line(w);
        r = line_append_error(&w->buffer, error, NULL);
        if (r >= 0)
                r = line_writer_end_line(w);
        if (r >= 0)
                r = line_writer_flush(w);
        return r;
}

bool line_reader_is_gone(int fd) {
        struct pollfd p = { .fd = fd };

        return poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/* What a byte of ASCII is in a string of JSON: itself, behind a backslash with that letter, or (1) a control
 * character that journalctl writes no string with. */
static const char ascii_class[128] = {
        [0 ... 8] = 1,
        ['\t'] = 't',
        ['\n'] = 'n',
        [11 ... 31] = 1,
        ['"'] = '"',
        ['\\'] = '\\',
        [127] = 1,
};

/* What journalctl takes for text: no C1 control characters and no code points that are not characters. */
static bool codepoint_is_text(uint32_t c) {
        return c >= 0xA0 && !(c >= 0xFDD0 && c <= 0xFDEF) && (c & 0xFFFE) != 0xFFFE;
}

/* Appends the string with its quotes. Returns 1, 0 where it is no text (and nothing was appended), or an
 * errno. */
static int append_text(Buffer *b, const char *p, size_t n) {
        char *out;
        int r;

        r = buffer_reserve(b, 2 * n + 2);
        if (r < 0)
                return r;

        out = b->data + b->size;
        *out++ = '"';
        for (size_t i = 0; i < n;) {
                unsigned char c = (unsigned char) p[i];

                if (c < 128) {
                        char class = ascii_class[c];

                        if (class == 0) {
                                *out++ = (char) c;
                                i++;
                                continue;
                        }
                        if (class == 1)
                                return 0;
                        *out++ = '\\';
                        *out++ = class;
                        i++;
                } else {
                        uint32_t codepoint;
                        int k = utf8_decode(p + i, n - i, &codepoint);

                        if (k < 0 || !codepoint_is_text(codepoint))
                                return 0;
                        memcpy(out, p + i, (size_t) k);
                        out += k;
                        i += (size_t) k;
                }
        }
        *out++ = '"';
        b->size = (size_t) (out - b->data);
        return 1;
}

/* Appends the bytes as an array of numbers. */
static int append_bytes(Buffer *b, const char *p, size_t n) {
        char *out;
        int r;

        r = buffer_reserve(b, 4 * n + 2);
        if (r < 0)
                return r;

        out = b->data + b->size;
        *out++ = '[';
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) p[i];

                if (i > 0)
                        *out++ = ',';
                if (c >= 100)
                        *out++ = (char) ('0' + c / 100);
                if (c >= 10)
                        *out++ = (char) ('0' + c / 10 % 10);
                *out++ = (char) ('0' + c % 10);
        }
        *out++ = ']';
        b->size = (size_t) (out - b->data);
        return 0;
}

int line_append_value(Buffer *b, const char *p, size_t n) {
        int r;

        r = append_text(b, p, n);
        return r != 0 ? MIN(r, 0) : append_bytes(b, p, n);
}
