/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Spans of time as systemd.time(7) has them: "5min 20s", "1.5h", "infinity".
 */

#include "common/macro.h"

#define TIME_SPAN_INFINITY UINT64_MAX

/* In µs; a bare number is in units of `unit_usec`. Returns 0, -EINVAL for what is none, or -ERANGE for one
 * that is negative or too long. */
int time_span_parse(const char *s, uint64_t unit_usec, uint64_t *ret);

/* The same in ns, and a bare number is ns. */
int time_span_parse_nsec(const char *s, uint64_t *ret);

/* "1h 5min", "2.5s", "340ms": the two greatest parts, for eyes. Any span fits; returns `text`. */
#define TIME_SPAN_TEXT_MAX 48
const char *time_span_format(uint64_t usec, char text[TIME_SPAN_TEXT_MAX]);
