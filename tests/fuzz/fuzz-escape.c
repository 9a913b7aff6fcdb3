/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whatever comes in, what goes to a terminal is harmless UTF-8, and harmless UTF-8 comes out as it was. Also
 * held against it: strings in our JSON output.
 */

#include "common/escape.h"
#include "common/json-scan.h"
#include "common/json-write.h"
#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void check_harmless(const char *s, const char *allowed) {
        size_t n = strlen(s);

        for (size_t i = 0; i < n;) {
                uint32_t c;
                int k;

                k = utf8_decode(s + i, n - i, &c);
                check(k > 0);
                check(!codepoint_is_unsafe(c) || (c < 0x80 && strchr(allowed, (int) c)));
                i += (size_t) k;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *s = NULL, *line = NULL, *lines = NULL, *log = NULL, *json = NULL, *again = NULL;
        JsonWriter w = JSON_WRITER_INIT(SIZE_MAX);
        size_t n;

        s = strndup((const char *) data, size);
        line = escape_terminal_n((const char *) data, size);
        lines = escape_terminal_text((const char *) data, size);
        check(s && line && lines);
        check_harmless(line, "");
        check_harmless(lines, "\n\t");

        log = escape_log(s);
        again = escape_terminal(line);
        check(log && again);
        check_harmless(log, "");
        check(strlen(log) <= ESCAPE_LOG_MAX);
        check(streq(again, line));
        if (!escape_is_needed(s) && strlen(s) == size)
                check(streq(line, s));

        json_write_string_n(&w, (const char *) data, size);
        check(json_writer_finish(&w, &json, &n) == 0);
        check_harmless(json, "");
        check(json_scan(json, n, &(JsonLimits){ .max_length = INT32_MAX }, NULL, NULL, NULL) == 0);
        return 0;
}
