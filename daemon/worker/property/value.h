/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Values as unit files have them: systemd.syntax(7), systemd.time(7), systemd.resource-control(5). All of
 * these return 0 (or what they say), -EINVAL for what is none and -ERANGE for what is too much or too
 * little.
 */

#include "common/macro.h"

#define VALUE_INFINITY UINT64_MAX

/* yes, true, on, 1, y, t and their opposites; returns 0 or 1. */
int parse_boolean(const char *s) _pure_;

/* A whole number, also with 0x or 0 before it, and without a sign. */
int parse_u64(const char *s, uint64_t *ret);
int parse_u32(const char *s, uint32_t *ret);

/* The same with a sign. */
int parse_i64(const char *s, int64_t *ret);
int parse_i32(const char *s, int32_t *ret);

/* A number and no less or more than this. */
int parse_range(const char *s, int min, int max, int32_t *ret);

/* An octal mode. */
int parse_mode(const char *s, uint32_t *ret);

/* "4G", "1.5M", "512K 100B"; the base is 1024 or 1000. */
int parse_size(const char *s, uint64_t base, uint64_t *ret);

/* "20%", "12.5%", "7‰", "1‱", in hundredths of a percent; without an upper bound, or up to 100%. */
int parse_permyriad_unbounded(const char *s, uint32_t *ret);
int parse_permyriad(const char *s, uint32_t *ret);

/* Hundredths of a percent as a part of 2^32-1, which is how the bus has them. */
uint32_t scale_from_permyriad(uint32_t permyriad) _const_;

/* Index of the string in the array, or -EINVAL. Holes in the array are NULL. */
int parse_choice(const char *s, const char *const *choices, size_t n) _pure_;
