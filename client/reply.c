/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Typed access to replies, see reply.h. */

#include "client/reply.h"

#include "common/escape.h"
#include "common/json-scan.h"

/* The contract's objects are 5 deep, its properties 8. */
#define REPLY_DEPTH_MAX 32

/* The strict scanner is the judge, as in the service. json-c only builds the tree, without its own
 * strictness: that of 0.18 takes every byte over 127 in a string for a control character. */
int reply_parse(const char *text, size_t n, json_object **ret) {
        const JsonLimits limits = {
                .max_length = INT32_MAX, .max_depth = REPLY_DEPTH_MAX, .max_members = UINT16_MAX
        };
        struct json_tokener *tokener;
        json_object *o;
        bool ok;
        int r;

        r = json_scan(text, n, &limits, NULL, NULL, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;

        tokener = json_tokener_new_ex(REPLY_DEPTH_MAX);
        if (!tokener)
                return -ENOMEM;
        o = json_tokener_parse_ex(tokener, text, (int) n);
        ok = o && json_tokener_get_error(tokener) == json_tokener_success;
        json_tokener_free(tokener);
        if (!ok) {
                json_object_put(o);
                return -EBADMSG;
        }

        *ret = o;
        return 0;
}

static json_object *member(json_object *o, const char *key, enum json_type type) {
        json_object *v;

        if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
                return NULL;
        return json_object_is_type(v, type) ? v : NULL;
}

json_object *reply_object(json_object *o, const char *key) {
        return member(o, key, json_type_object);
}

json_object *reply_array(json_object *o, const char *key) {
        return member(o, key, json_type_array);
}

const char *reply_string(json_object *o, const char *key) {
        json_object *v = member(o, key, json_type_string);
        const char *s = v ? json_object_get_string(v) : NULL;

        return isempty(s) ? NULL : s;
}

bool reply_boolean(json_object *o, const char *key, bool fallback) {
        json_object *v = member(o, key, json_type_boolean);

        return v ? json_object_get_boolean(v) : fallback;
}

bool reply_value_u64(json_object *value, uint64_t *ret) {
        if (!json_object_is_type(value, json_type_int))
                return false;
        /* json-c keeps what is above INT64_MAX apart and gives 0 for what is negative. */
        if (json_object_get_int64(value) < 0)
                return false;
        *ret = json_object_get_uint64(value);
        return true;
}

uint64_t reply_u64(json_object *o, const char *key, uint64_t fallback) {
        uint64_t u;

        return reply_value_u64(member(o, key, json_type_int), &u) ? u : fallback;
}

int64_t reply_i64(json_object *o, const char *key, int64_t fallback) {
        json_object *v = member(o, key, json_type_int);

        return v ? json_object_get_int64(v) : fallback;
}

size_t reply_length(json_object *array) {
        return array ? json_object_array_length(array) : 0;
}

json_object *reply_item(json_object *array, size_t i) {
        return json_object_is_type(array, json_type_array) ? json_object_array_get_idx(array, i) : NULL;
}

const char *reply_item_string(json_object *array, size_t i) {
        json_object *v = reply_item(array, i);

        return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

static int make_string_safe(json_object *value) {
        _cleanup_free_ char *safe = NULL;
        const char *s = json_object_get_string(value);
        size_t n = (size_t) json_object_get_string_len(value);

        if (n == strlen(s) && !escape_is_needed(s))
                return 0;
        safe = escape_terminal_n(s, n);
        if (!safe || json_object_set_string(value, safe) != 1)
                return -ENOMEM;
        return 0;
}

static int make_members_safe(json_object *value) {
        json_object_object_foreach(value, key, member_value) {
                int r;

                (void) key;
                r = reply_make_safe(member_value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int make_items_safe(json_object *value) {
        for (size_t i = 0; i < reply_length(value); i++) {
                int r;

                r = reply_make_safe(reply_item(value, i));
                if (r < 0)
                        return r;
        }
        return 0;
}

int reply_make_safe(json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_string:
                return make_string_safe(value);
        case json_type_array:
                return make_items_safe(value);
        case json_type_object:
                return make_members_safe(value);
        default:
                return 0;
        }
}
