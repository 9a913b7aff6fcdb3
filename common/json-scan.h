/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A strict scanner for JSON (RFC 8259): the judge of what may be looked at at all.
 *
 * It takes exactly one value and nothing behind it, and refuses what lenient parsers let pass: duplicate
 * keys (compared after unescaping), \u0000 and lone surrogates, invalid or overlong UTF-8, a byte order
 * mark, NaN, comments, single quotes, `01`, `1.`, `+1`, trailing commas. Integers must lie in -2^63 … 2^64-1
 * and other numbers must be finite as a double, because a tree builder would clamp them silently.
 *
 * Nothing recurses, and time is at worst n·log(members) for n bytes: keys are compared pairwise in a small
 * object and sorted at the end of a large one, so there is no hash to flood. Small inputs cost no
 * allocation.
 */

#include "common/macro.h"

/* The hard bound on JsonLimits.max_depth. */
#define JSON_DEPTH_MAX 64

/* What a zero in JsonLimits stands for. */
#define JSON_DEFAULT_DEPTH   16
#define JSON_DEFAULT_LENGTH  (256 * 1024)
#define JSON_DEFAULT_MEMBERS 4096

/* Longest number, in characters. */
#define JSON_NUMBER_MAX 64

/* Each 0 means the default. */
typedef struct JsonLimits {
        size_t max_length;  /* of the text, in bytes; at most INT32_MAX */
        unsigned max_depth; /* of nested objects and arrays; 1 allows {} but not {"a":{}}; at most
                               JSON_DEPTH_MAX */
        size_t max_members; /* of one object */
} JsonLimits;

/* Where and why a text was refused. */
typedef struct JsonFault {
        size_t offset;      /* in bytes from the start; the length of the text where it ended too early */
        const char *reason; /* a constant half-sentence ("duplicate key"), never part of the input */
        char path[96]; /* the value it happened in, "parameters.units[2]": printable ASCII, cut off where too
                          long, "" at the top */
} JsonFault;

typedef enum JsonEventType {
        JSON_OBJECT_BEGIN,
        JSON_OBJECT_END,
        JSON_ARRAY_BEGIN,
        JSON_ARRAY_END,
        JSON_KEY,
        JSON_STRING,
        JSON_NUMBER,
        JSON_BOOL,
        JSON_NULL,
} JsonEventType;

/* One step of the walk; valid only during the call of the handler. */
typedef struct JsonEvent {
        JsonEventType type;
        unsigned depth;  /* containers around it; an object's own begin and end have the depth of the object
                            as a value */
        bool boolean;    /* JSON_BOOL: its value */
        bool integer;    /* JSON_NUMBER: neither fraction nor exponent */
        bool escaped;    /* JSON_KEY, JSON_STRING: raw has escapes */
        size_t offset;   /* of the token in the text */
        const char *raw; /* the token as written, strings with their quotes; not NUL-terminated */
        size_t raw_length;
        const char *reason;          /* for the handler to say why it refuses; a constant string */
        struct JsonScratch *scratch; /* private */
} JsonEvent;

/* Sees the value piece by piece while it is being checked. 0 goes on; a negative errno ends the scan, which
 * returns it with event->reason as the reason (or "refused") at the event's place. What a handler has taken
 * counts only once the scan has returned 0: the text may still turn out to be broken, and a duplicate key of
 * a large object is noticed only where the object ends. */
typedef int (*JsonHandler)(JsonEvent *event, void *userdata);

/* Scans n bytes, which need no NUL behind them. limits may be NULL for the defaults, handler NULL to check
 * only, and ret_fault NULL. Returns 0; -EBADMSG for a text that is not JSON as above; -E2BIG for one over a
 * limit; -ENOMEM; or what the handler returned. On each failure *ret_fault is written. */
int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonHandler handler, void *userdata,
        JsonFault *ret_fault);

/* The text of a JSON_KEY or JSON_STRING event with escapes resolved and a NUL behind it (it never holds
 * one). It belongs to the scanner and is valid until the handler returns. ret_length may be NULL. Returns 0
 * or -ENOMEM. */
int json_event_text(JsonEvent *event, const char **ret, size_t *ret_length);

/* Whether a JSON_KEY or JSON_STRING event has that text, escapes resolved. Allocates nothing. */
bool json_event_text_is(const JsonEvent *event, const char *s) _pure_;

/* The value of a JSON_NUMBER event. Returns 0; -EINVAL for a fraction or an exponent; -ERANGE where it does
 * not fit. */
int json_event_u64(const JsonEvent *event, uint64_t *ret);
int json_event_i64(const JsonEvent *event, int64_t *ret);

/* Line and column, both from 1, of an offset; the column counts characters where the text is UTF-8, lines
 * end with \n. */
void json_position(const char *text, size_t n, size_t offset, size_t *ret_line, size_t *ret_column);
