/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whatever the strict scanner accepts, json-c must read too, and find the same keys and values in it. The
 * walk is written down again with our writer, so that its text, our unescaping and json-c's are all held
 * against each other.
 */

#include <json-c/json.h>

#include "common/json-scan.h"
#include "common/json-write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static int write_event(JsonEvent *event, void *userdata) {
        JsonWriter *w = userdata;
        const char *text;
        size_t n;

        switch (event->type) {
        case JSON_OBJECT_BEGIN:
                json_begin_object(w);
                break;
        case JSON_OBJECT_END:
                json_end_object(w);
                break;
        case JSON_ARRAY_BEGIN:
                json_begin_array(w);
                break;
        case JSON_ARRAY_END:
                json_end_array(w);
                break;
        case JSON_KEY:
        case JSON_STRING:
                check(json_event_text(event, &text, &n) == 0 && strlen(text) == n);
                check(json_event_text_is(event, text));
                if (event->type == JSON_KEY)
                        json_write_key(w, text);
                else
                        json_write_string_strict(w, text, n);
                break;
        case JSON_NUMBER:
                json_write_raw(w, event->raw, event->raw_length);
                break;
        case JSON_BOOL:
                json_write_bool(w, event->boolean);
                break;
        case JSON_NULL:
                json_write_null(w);
                break;
        }

        return 0;
}

/* "null" is a value that json-c represents by NULL, so success is told apart. */
static bool parse(const char *text, size_t n, json_object **ret) {
        json_tokener *tokener;
        bool ok;

        tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
        check(tokener);
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        *ret = json_tokener_parse_ex(tokener, text, (int) n);
        ok = json_tokener_get_error(tokener) == json_tokener_success;
        /* A number at the top ends only where json-c sees something behind it. */
        if (json_tokener_get_error(tokener) == json_tokener_continue) {
                *ret = json_tokener_parse_ex(tokener, "", 1);
                ok = json_tokener_get_error(tokener) == json_tokener_success;
        }
        json_tokener_free(tokener);
        return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        JsonWriter w = JSON_WRITER_INIT(64 * 1024 * 1024);
        json_object *ours = NULL, *theirs = NULL;
        _cleanup_free_ char *text = NULL;
        JsonFault fault = {};
        size_t n, line, column;
        int r, again;

        r = json_scan((const char *) data, size, NULL, write_event, &w, &fault);
        again = json_scan((const char *) data, size, NULL, NULL, NULL, NULL);
        check(r == again);
        if (r < 0) {
                check(fault.reason && fault.offset <= size);
                check(strlen(fault.path) < sizeof(fault.path));
                json_position((const char *) data, size, fault.offset, &line, &column);
                check(line >= 1 && column >= 1);
                json_writer_done(&w);
                return 0;
        }

        check(json_writer_finish(&w, &text, &n) == 0);
        check(json_scan(text, n, &(JsonLimits){ .max_length = INT32_MAX }, NULL, NULL, NULL) == 0);
        check(parse((const char *) data, size, &theirs));
        check(parse(text, n, &ours));
        check(json_object_equal(ours, theirs));
        json_object_put(ours);
        json_object_put(theirs);
        return 0;
}
