/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Times as people write them, in the syntax of systemd.time(7): "2026-11-23 10:00:30.123",
 * "2026-11-23T10:00Z", "10:00", "today", "yesterday", "tomorrow", "now", "+5s", "-1h 30min", "2 days ago",
 * "5min left", "@1395716396", each but the relative ones also with a weekday before it and with "UTC", an
 * offset or the name of a zone behind it.
 */

#include "common/macro.h"

/* A time, in µs since the epoch; `now` is what the relative ones count from. Returns 0; -EINVAL for what is
 * none, or lies before 1970 or behind the year 9999; -ERANGE for a span that is negative or too long;
 * -ENOMEM. May set $TZ for a moment: not for programs with threads. */
int timestamp_parse(const char *text, uint64_t now, uint64_t *ret_usec);

/* The same for the value of an option, from now on; says on stderr what is wrong and what would be right.
 * `option` is its name with the dashes. Returns 0, -EINVAL after it has said so, or -ENOMEM. */
int timestamp_parse_option(const char *option, const char *text, uint64_t *ret_usec);
