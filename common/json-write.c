/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The JSON writer, see the header.
 */

#include <assert.h>

#include "common/escape.h"
#include "common/json-write.h"
#include "common/strv.h"
#include "common/utf8.h"

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

void json_writer_done(JsonWriter *w) {
        buffer_done(&w->buffer);
        *w = JSON_WRITER_INIT(w->buffer.max);
}

void json_writer_reset(JsonWriter *w) {
        Buffer buffer = w->buffer;

        buffer.size = 0;
        *w = (JsonWriter){ .buffer = buffer };
}

int json_writer_peek(const JsonWriter *w, const char **ret, size_t *ret_length) {
        if (w->error < 0)
                return w->error;

        assert(w->depth == 0 && w->comma);
        *ret = w->buffer.data;
        *ret_length = w->buffer.size;
        return 0;
}

int json_writer_finish(JsonWriter *w, char **ret, size_t *ret_length) {
        int r = w->error;

        if (r == 0) {
                assert(w->depth == 0 && w->comma);
                r = buffer_steal(&w->buffer, ret, ret_length);
        }

        json_writer_done(w);
        return r;
}

static void append(JsonWriter *w, const void *p, size_t n) {
        if (w->error == 0)
                w->error = buffer_append(&w->buffer, p, n);
}

static void append_char(JsonWriter *w, char c) {
        Buffer *b = &w->buffer;

        if (w->error == 0 && b->size < b->allocated && b->size < b->max)
                b->data[b->size++] = c;
        else
                append(w, &c, 1);
}

static bool in_object(const JsonWriter *w) {
        return w->depth > 0 && (w->objects >> (w->depth - 1) & 1);
}

/* What stands before a value: nothing, or a comma. Nesting is followed also after an error, so that misuse
 * shows. */
static void before_value(JsonWriter *w) {
        assert(!in_object(w) || w->key);
        assert(w->depth > 0 || !w->comma); /* a second value at the top */

        if (w->comma && !w->key)
                append_char(w, ',');
        w->key = false;
        w->comma = true;
}

static void begin(JsonWriter *w, bool object) {
        before_value(w);
        assert(w->depth < JSON_WRITER_DEPTH_MAX);

        if (object)
                w->objects |= UINT64_C(1) << w->depth;
        else
                w->objects &= ~(UINT64_C(1) << w->depth);
        w->depth++;
        w->comma = false;
        append_char(w, object ? '{' : '[');
}

static void end(JsonWriter *w, bool object) {
        assert(w->depth > 0 && in_object(w) == object && !w->key);

        w->depth--;
        w->comma = true;
        append_char(w, object ? '}' : ']');
}

void json_begin_object(JsonWriter *w) {
        begin(w, /* object= */ true);
}

void json_end_object(JsonWriter *w) {
        end(w, /* object= */ true);
}

void json_begin_array(JsonWriter *w) {
        begin(w, /* object= */ false);
}

void json_end_array(JsonWriter *w) {
        end(w, /* object= */ false);
}

/* ASCII that stands for itself in a string. */
static bool is_plain(unsigned char c) {
        return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* How many of the bytes at s are plain, eight at a time: nearly all of a long list is such text. */
static size_t plain_length(const char *s, size_t n) {
        const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
        size_t i = 0;

        for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
                uint64_t v, quote, backslash, delete;

                memcpy(&v, s + i, sizeof(v));
                quote = v ^ ones * '"';
                backslash = v ^ ones * '\\';
                delete = v ^ ones * 0x7F;
                /* Each term has the highest bit of a byte that is not plain set, and so has v where that
                 * byte is over 0x7F. A borrow from one byte to the next may only add a bit, and then the
                 * loop below looks again. */
                if (((v - ones * 0x20) | (quote - ones) | (backslash - ones) | (delete - ones) | v) & high)
                        break;
        }
        while (i < n && is_plain((unsigned char) s[i]))
                i++;
        return i;
}

static void append_unit(JsonWriter *w, uint32_t unit) {
        char buf[sizeof("\\uFFFF")];

        (void) snprintf(buf, sizeof(buf), "\\u%04x", (unsigned) (unit & 0xFFFF));
        append(w, buf, 6);
}

static void append_codepoint(JsonWriter *w, uint32_t c) {
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char *simple;

        simple = c < 0x80 ? memchr(from, (int) c, sizeof(from) - 1) : NULL;
        if (simple) {
                append(w, (char[]){ '\\', to[simple - from] }, 2);
                return;
        }

        if (c < 0x10000) {
                append_unit(w, c);
                return;
        }

        append_unit(w, 0xD800 + ((c - 0x10000) >> 10));
        append_unit(w, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

static void append_quoted(JsonWriter *w, const char *s, size_t n, bool strict) {
        size_t i = 0;

        append_char(w, '"');

        while (i < n && w->error == 0) {
                size_t plain = plain_length(s + i, n - i);
                uint32_t c;
                int k;

                append(w, s + i, plain);
                i += plain;
                if (i >= n)
                        break;

                k = utf8_decode(s + i, n - i, &c);
                if (k < 0 || c == 0) {
                        if (strict && w->error == 0)
                                w->error = -EILSEQ;
                        append(w, replacement, sizeof(replacement) - 1);
                        i++;
                        continue;
                }

                if (c == '"' || c == '\\' || codepoint_is_unsafe(c))
                        append_codepoint(w, c);
                else
                        append(w, s + i, (size_t) k);
                i += (size_t) k;
        }

        append_char(w, '"');
}

void json_write_key(JsonWriter *w, const char *key) {
        assert(in_object(w) && !w->key);

        if (w->comma)
                append_char(w, ',');
        append_quoted(w, key, strlen(key), /* strict= */ false);
        append_char(w, ':');
        w->key = true;
}

void json_write_string_n(JsonWriter *w, const char *s, size_t n) {
        before_value(w);
        append_quoted(w, s, n, /* strict= */ false);
}

void json_write_string(JsonWriter *w, const char *s) {
        if (s)
                json_write_string_n(w, s, strlen(s));
        else
                json_write_null(w);
}

void json_write_string_strict(JsonWriter *w, const char *s, size_t n) {
        before_value(w);
        append_quoted(w, s, n, /* strict= */ true);
}

/* printf() would take half of the time of a table of numbers. */
static void append_decimal(JsonWriter *w, bool negative, uint64_t v) {
        char buf[20 + 1]; /* 2^64 has 20 digits */
        size_t i = sizeof(buf);

        do {
                buf[--i] = (char) ('0' + v % 10);
                v /= 10;
        } while (v > 0);
        if (negative)
                buf[--i] = '-';

        append(w, buf + i, sizeof(buf) - i);
}

void json_write_u64(JsonWriter *w, uint64_t v) {
        before_value(w);
        append_decimal(w, /* negative= */ false, v);
}

void json_write_i64(JsonWriter *w, int64_t v) {
        before_value(w);
        append_decimal(w, v < 0, v < 0 ? -(uint64_t) v : (uint64_t) v);
}

void json_write_bool(JsonWriter *w, bool v) {
        before_value(w);
        append(w, v ? "true" : "false", v ? 4 : 5);
}

void json_write_null(JsonWriter *w) {
        before_value(w);
        append(w, "null", 4);
}

void json_write_raw(JsonWriter *w, const char *json, size_t n) {
        assert(n > 0);

        before_value(w);
        append(w, json, n);
}

void json_write_raw_members(JsonWriter *w, const char *members, size_t n) {
        assert(n > 0);
        assert(w->error < 0 || (w->depth > 0 && !w->key));

        if (w->comma)
                append_char(w, ',');
        append(w, members, n);
        w->comma = true;
}

void json_write_strv(JsonWriter *w, char *const *l) {
        json_begin_array(w);
        STRV_FOREACH(s, l)
                json_write_string(w, *s);
        json_end_array(w);
}

void json_write_key_string(JsonWriter *w, const char *key, const char *s) {
        json_write_key(w, key);
        json_write_string(w, s);
}

void json_write_key_u64(JsonWriter *w, const char *key, uint64_t v) {
        json_write_key(w, key);
        json_write_u64(w, v);
}

void json_write_key_i64(JsonWriter *w, const char *key, int64_t v) {
        json_write_key(w, key);
        json_write_i64(w, v);
}

void json_write_key_bool(JsonWriter *w, const char *key, bool v) {
        json_write_key(w, key);
        json_write_bool(w, v);
}

void json_write_key_strv(JsonWriter *w, const char *key, char *const *l) {
        json_write_key(w, key);
        json_write_strv(w, l);
}
