/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Typed access to the JSON of replies. What is missing or of another type is the same as absent, so that a
 * client can talk to a daemon that is newer or older; nothing here trusts the shape.
 */

#include <json-c/json.h>

#include "common/macro.h"

static inline void reply_freep(json_object **o) {
        if (*o)
                (void) json_object_put(*o);
}
#define _cleanup_reply_ _cleanup_(reply_freep)

/* Parses one JSON value. Returns 0, -EBADMSG or -ENOMEM. The caller owns *ret (json_object_put()). */
int reply_parse(const char *text, size_t n, json_object **ret);

/* Members of an object; the results are lent. */
json_object *reply_object(json_object *o, const char *key); /* an object, or NULL */
json_object *reply_array(json_object *o, const char *key);  /* an array, or NULL */
const char *reply_string(json_object *o, const char *key);  /* a string, or NULL; an empty one is NULL too */
bool reply_boolean(json_object *o, const char *key, bool fallback);
uint64_t reply_u64(
        json_object *o, const char *key, uint64_t fallback); /* no number, or negative: fallback */
int64_t reply_i64(json_object *o, const char *key, int64_t fallback);

/* Items of an array; NULL arrays are empty. */
size_t reply_length(json_object *array);
json_object *reply_item(json_object *array, size_t i);       /* any value */
const char *reply_item_string(json_object *array, size_t i); /* a string, or NULL */

/* A number that must not be negative, from 0 to 2^64-1. */
bool reply_value_u64(json_object *value, uint64_t *ret);

/* Makes every string in the value safe for a terminal, in place (common/escape.h), so that what is rendered
 * from it needs no care. Member names are left: callers look members up by names of their own. Returns 0 or
 * -ENOMEM. */
int reply_make_safe(json_object *value);
