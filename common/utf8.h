/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Strict UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
 */

#include "common/macro.h"

/* The longest encoding of one code point. */
#define UTF8_MAX 4

/* Decodes the code point at the start of n bytes. Returns how many bytes it takes (1 to 4), or -EILSEQ where
 * no valid sequence starts there (also for n == 0 and for one that is cut off). NUL is an ordinary code
 * point here. */
int utf8_decode(const char *s, size_t n, uint32_t *ret);

/* Encodes a code point, without a terminating NUL. Returns how many bytes were written. A surrogate or a
 * number above U+10FFFF is a caller's mistake. */
size_t utf8_encode(uint32_t codepoint, char buf[static UTF8_MAX]);

/* How many of the n bytes, from the start, are valid UTF-8: n if all are, else the offset of the first bad
 * byte. */
size_t utf8_valid_prefix(const char *s, size_t n) _pure_;

static inline bool utf8_is_valid(const char *s, size_t n) {
        return utf8_valid_prefix(s, n) == n;
}
