/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes JSON into a growing buffer with a cap. No function but json_writer_finish() returns an error: the
 * first failure stays, all later calls do nothing, and the caller asks once at the end.
 *
 * Commas come by themselves. A key outside an object, a value without a key inside one, and unbalanced ends
 * are our own mistakes and assert. Duplicate keys are not noticed.
 *
 * Beyond what JSON asks for, everything that escape.h calls unsafe is written as \uNNNN, so that output
 * shown raw on a terminal does no harm. Strings come out as one line.
 */

#include "common/buffer.h"
#include "common/macro.h"

#define JSON_WRITER_DEPTH_MAX 64

typedef struct JsonWriter {
        Buffer buffer;
        int error;        /* the first failure, a negative errno */
        unsigned depth;   /* open containers */
        uint64_t objects; /* bit i: container i is an object */
        bool comma;       /* a value stands before the next one */
        bool key;         /* a key waits for its value */
} JsonWriter;

/* A writer of at most so many bytes. */
#define JSON_WRITER_INIT(limit) ((JsonWriter){ .buffer = BUFFER_INIT(limit) })

/* Frees everything; the writer may be used again. */
void json_writer_done(JsonWriter *w);

/* Empties it but keeps the memory and the cap: for a line after line. The error is forgotten. */
void json_writer_reset(JsonWriter *w);

/* Hands over the text, NUL-terminated, when the value is complete; the writer is empty afterwards. Returns
 * 0; -EMSGSIZE where the text would have passed the cap; -EILSEQ where a strict string was not UTF-8;
 * -ENOMEM. On failure it frees what there was. ret_length may be NULL. */
int json_writer_finish(JsonWriter *w, char **ret, size_t *ret_length);

/* As json_writer_finish(), but only lends the text, which is *not* NUL-terminated, until the next call on
 * the writer. */
int json_writer_peek(const JsonWriter *w, const char **ret, size_t *ret_length);

void json_begin_object(JsonWriter *w);
void json_end_object(JsonWriter *w);
void json_begin_array(JsonWriter *w);
void json_end_array(JsonWriter *w);

/* A key: treated like json_write_string(). */
void json_write_key(JsonWriter *w, const char *key);

/* A string; each byte that is not part of valid UTF-8 becomes U+FFFD, NUL too in the variant with a length.
 * NULL writes null. */
void json_write_string(JsonWriter *w, const char *s);
void json_write_string_n(JsonWriter *w, const char *s, size_t n);

/* A string that must be UTF-8 without NUL; otherwise -EILSEQ at the end. */
void json_write_string_strict(JsonWriter *w, const char *s, size_t n);

void json_write_u64(JsonWriter *w, uint64_t v);
void json_write_i64(JsonWriter *w, int64_t v);
void json_write_bool(JsonWriter *w, bool v);
void json_write_null(JsonWriter *w);

/* A value that is JSON already: from this writer or through json_scan(). An empty one asserts. */
void json_write_raw(JsonWriter *w, const char *json, size_t n);

/* Members of an object that are JSON already, without the braces around them ("\"a\":1,\"b\":2"), into the
 * object that is open. An empty text asserts. */
void json_write_raw_members(JsonWriter *w, const char *members, size_t n);

/* An array of strings; NULL is the empty one. */
void json_write_strv(JsonWriter *w, char *const *l);

/* A key and its value. */
void json_write_key_string(JsonWriter *w, const char *key, const char *s);
void json_write_key_u64(JsonWriter *w, const char *key, uint64_t v);
void json_write_key_i64(JsonWriter *w, const char *key, int64_t v);
void json_write_key_bool(JsonWriter *w, const char *key, bool v);
void json_write_key_strv(JsonWriter *w, const char *key, char *const *l);
