/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What JSON strings and numbers are made of: the part of the scanner that looks at bytes alone. For
 * json-scan.c and json-event.c only.
 */

#include "common/macro.h"
#include "common/utf8.h"

/* Texts shorter than this need no allocation. */
#define JSON_TEXT_INLINE 256

/* Where a handler's unescaped text lives. */
typedef struct JsonScratch {
        char *spill; /* for texts that do not fit inline */
        size_t spill_size;
        char text[JSON_TEXT_INLINE];
} JsonScratch;

static inline bool json_is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* How many bytes at p need no second look inside a string: ASCII, neither quote nor backslash nor control
 * character. */
size_t json_plain_run(const char *p, size_t n);

/* Checks the escape at p, a backslash. Returns its length, or 0 with the reason why it is none. */
size_t json_check_escape(const char *p, size_t n, const char **ret_reason);

/* Resolves an escape that json_check_escape() has passed: *ret_size bytes in buf. Returns the escape's
 * length. */
size_t json_resolve_escape(const char *p, char buf[static UTF8_MAX], size_t *ret_size);

/* Writes the n checked bytes between two quotes without their escapes to out, which has room for n. Returns
 * the size. */
size_t json_unescape(const char *p, size_t n, char *out);

/* Sign and magnitude of a number without fraction and exponent. False outside -2^63 … 2^64-1. */
bool json_parse_integer(const char *p, size_t n, bool *ret_negative, uint64_t *ret);

/* Whether a number of n_digits before the point and the exponent at p (sign and digits) is surely finite as
 * a double: below 10^308. */
bool json_exponent_fits(const char *p, size_t n, size_t n_digits);
