/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Strict UTF-8, see the header.
 */

#include <assert.h>

#include "common/utf8.h"

int utf8_decode(const char *s, size_t n, uint32_t *ret) {
        const unsigned char *p = (const unsigned char *) s;
        uint32_t c, least;
        int length;

        if (n == 0)
                return -EILSEQ;

        if (p[0] < 0x80) {
                *ret = p[0];
                return 1;
        } else if ((p[0] & 0xE0) == 0xC0) {
                c = p[0] & 0x1F;
                least = 0x80;
                length = 2;
        } else if ((p[0] & 0xF0) == 0xE0) {
                c = p[0] & 0x0F;
                least = 0x800;
                length = 3;
        } else if ((p[0] & 0xF8) == 0xF0) {
                c = p[0] & 0x07;
                least = 0x10000;
                length = 4;
        } else
                return -EILSEQ;

        if (n < (size_t) length)
                return -EILSEQ;

        for (int i = 1; i < length; i++) {
                if ((p[i] & 0xC0) != 0x80)
                        return -EILSEQ;
                c = c << 6 | (p[i] & 0x3F);
        }

        if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
                return -EILSEQ;

        *ret = c;
        return length;
}

size_t utf8_encode(uint32_t codepoint, char buf[static UTF8_MAX]) {
        assert(codepoint <= 0x10FFFF && (codepoint < 0xD800 || codepoint > 0xDFFF));

        if (codepoint < 0x80) {
                buf[0] = (char) codepoint;
                return 1;
        }
        if (codepoint < 0x800) {
                buf[0] = (char) (0xC0 | codepoint >> 6);
                buf[1] = (char) (0x80 | (codepoint & 0x3F));
                return 2;
        }
        if (codepoint < 0x10000) {
                buf[0] = (char) (0xE0 | codepoint >> 12);
                buf[1] = (char) (0x80 | (codepoint >> 6 & 0x3F));
                buf[2] = (char) (0x80 | (codepoint & 0x3F));
                return 3;
        }
        buf[0] = (char) (0xF0 | codepoint >> 18);
        buf[1] = (char) (0x80 | (codepoint >> 12 & 0x3F));
        buf[2] = (char) (0x80 | (codepoint >> 6 & 0x3F));
        buf[3] = (char) (0x80 | (codepoint & 0x3F));
        return 4;
}

size_t utf8_valid_prefix(const char *s, size_t n) {
        size_t i = 0;

        while (i < n) {
                uint32_t c;
                int k;

                k = utf8_decode(s + i, n - i, &c);
                if (k < 0)
                        break;
                i += (size_t) k;
        }

        return i;
}
