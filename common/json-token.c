/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What JSON strings and numbers are made of.
 */

#include "common/json-token.h"

size_t json_plain_run(const char *p, size_t n) {
        const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
        size_t i = 0;

        for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
                uint64_t v, quote, backslash;

                memcpy(&v, p + i, sizeof(v));
                quote = v ^ ones * '"';
                backslash = v ^ ones * '\\';
                /* x - 1 borrows into the high bit where a byte of x is zero, v - 0x20 where one of v is
                 * below 0x20. A borrow may run on and mark a byte behind; the loop below then finds it
                 * harmless. */
                if (((quote - ones) | (backslash - ones) | (v - ones * 0x20) | v) & highs)
                        break;
        }

        for (; i < n; i++) {
                unsigned char c = (unsigned char) p[i];

                if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
                        break;
        }

        return i;
}

/* Four hexadecimal digits, or -1. */
static int32_t parse_hex4(const char *p, size_t n) {
        int32_t v = 0;

        if (n < 4)
                return -1;

        for (size_t i = 0; i < 4; i++) {
                char c = p[i];

                if (json_is_digit(c))
                        v = v << 4 | (c - '0');
                else if (c >= 'a' && c <= 'f')
                        v = v << 4 | (c - 'a' + 10);
                else if (c >= 'A' && c <= 'F')
                        v = v << 4 | (c - 'A' + 10);
                else
                        return -1;
        }

        return v;
}

size_t json_check_escape(const char *p, size_t n, const char **ret_reason) {
        int32_t high, low;

        if (n >= 2 && p[1] != '\0' && strchr("\"\\/bfnrt", p[1]))
                return 2;

        if (n < 2 || p[1] != 'u') {
                *ret_reason = "unknown escape";
                return 0;
        }

        high = parse_hex4(p + 2, n - 2);
        if (high < 0) {
                *ret_reason = "\\u needs four hexadecimal digits";
                return 0;
        }
        if (high == 0) {
                *ret_reason = "\\u0000 is not allowed";
                return 0;
        }
        if (high < 0xD800 || high > 0xDFFF)
                return 6;

        low = high <= 0xDBFF && n >= 12 && p[6] == '\\' && p[7] == 'u' ? parse_hex4(p + 8, n - 8) : -1;
        if (low < 0xDC00 || low > 0xDFFF) {
                *ret_reason = "lone surrogate";
                return 0;
        }

        return 12;
}

size_t json_resolve_escape(const char *p, char buf[static UTF8_MAX], size_t *ret_size) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        uint32_t c;

        if (p[1] != 'u') {
                buf[0] = to[strchr(from, p[1]) - from];
                *ret_size = 1;
                return 2;
        }

        c = (uint32_t) parse_hex4(p + 2, 4);
        if (c < 0xD800 || c > 0xDFFF) {
                *ret_size = utf8_encode(c, buf);
                return 6;
        }

        c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t) parse_hex4(p + 8, 4) - 0xDC00);
        *ret_size = utf8_encode(c, buf);
        return 12;
}

size_t json_unescape(const char *p, size_t n, char *out) {
        size_t i = 0, size = 0;

        while (i < n) {
                char buf[UTF8_MAX];
                size_t k;

                if (p[i] != '\\') {
                        out[size++] = p[i++];
                        continue;
                }

                i += json_resolve_escape(p + i, buf, &k);
                memcpy(out + size, buf, k);
                size += k;
        }

        return size;
}

bool json_parse_integer(const char *p, size_t n, bool *ret_negative, uint64_t *ret) {
        bool negative = p[0] == '-';
        uint64_t v = 0;

        for (size_t i = negative; i < n; i++)
                if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
                        __builtin_add_overflow(v, (uint64_t) (p[i] - '0'), &v))
                        return false;

        if (negative && v > (uint64_t) INT64_MAX + 1)
                return false;

        *ret_negative = negative;
        *ret = v;
        return true;
}

bool json_exponent_fits(const char *p, size_t n, size_t n_digits) {
        bool negative = n > 0 && p[0] == '-';
        long v = 0;

        for (size_t i = n > 0 && !json_is_digit(p[0]); i < n; i++)
                v = MIN(v * 10 + (p[i] - '0'), 100000L);

        return (negative ? -v : v) + (long) n_digits <= 308;
}
