/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a handler of json_scan() may ask about an event.
 */

#include <assert.h>

#include "common/json-scan.h"
#include "common/json-token.h"

int json_event_text(JsonEvent *event, const char **ret, size_t *ret_length) {
        JsonScratch *s = event->scratch;
        const char *p = event->raw + 1;
        size_t n = event->raw_length - 2;
        char *out = s->text;

        assert(event->type == JSON_KEY || event->type == JSON_STRING);

        if (n >= JSON_TEXT_INLINE) {
                if (n >= s->spill_size) {
                        char *spill = realloc(s->spill, n + 1);

                        if (!spill)
                                return -ENOMEM;
                        s->spill = spill;
                        s->spill_size = n + 1;
                }
                out = s->spill;
        }

        if (event->escaped)
                n = json_unescape(p, n, out);
        else
                memcpy(out, p, n);
        out[n] = '\0';

        *ret = out;
        if (ret_length)
                *ret_length = n;
        return 0;
}

bool json_event_text_is(const JsonEvent *event, const char *s) {
        const char *p = event->raw + 1;
        size_t n = event->raw_length - 2, length = strlen(s), i = 0, at = 0;

        assert(event->type == JSON_KEY || event->type == JSON_STRING);

        if (!event->escaped)
                return n == length && memcmp(p, s, n) == 0;

        while (i < n) {
                char buf[UTF8_MAX];
                size_t k = 1;

                if (p[i] == '\\')
                        i += json_resolve_escape(p + i, buf, &k);
                else
                        buf[0] = p[i++];

                if (length - at < k || memcmp(s + at, buf, k) != 0)
                        return false;
                at += k;
        }

        return at == length;
}

int json_event_u64(const JsonEvent *event, uint64_t *ret) {
        uint64_t v;
        bool negative;

        assert(event->type == JSON_NUMBER);

        if (!event->integer)
                return -EINVAL;
        if (!json_parse_integer(event->raw, event->raw_length, &negative, &v) || (negative && v != 0))
                return -ERANGE;

        *ret = v;
        return 0;
}

int json_event_i64(const JsonEvent *event, int64_t *ret) {
        uint64_t v;
        bool negative;

        assert(event->type == JSON_NUMBER);

        if (!event->integer)
                return -EINVAL;
        if (!json_parse_integer(event->raw, event->raw_length, &negative, &v) ||
                (!negative && v > INT64_MAX))
                return -ERANGE;

        /* -2^63 has no positive counterpart. */
        *ret = negative ? -(int64_t) (v - (v != 0)) - (v != 0) : (int64_t) v;
        return 0;
}

void json_position(const char *text, size_t n, size_t offset, size_t *ret_line, size_t *ret_column) {
        size_t line = 1, column = 1;

        for (size_t i = 0; i < MIN(n, offset); i++)
                if (text[i] == '\n') {
                        line++;
                        column = 1;
                } else if (((unsigned char) text[i] & 0xC0) != 0x80)
                        column++;

        *ret_line = line;
        *ret_column = column;
}
