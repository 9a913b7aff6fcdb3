/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shell patterns for names of units and accounts: `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]`, as fnmatch(3)
 * with FNM_NOESCAPE, which systemd uses for unit names. Differences, so that daemon and client always agree:
 * the locale plays no part (a character is a UTF-8 code point, classes and ranges are ASCII and by code
 * point), `[.x.]` and `[=x=]` are not known, and many `*` cannot make it slow: time is at most
 * length(pattern)² × length(name).
 */

#include "common/macro.h"

/* Longest pattern, in bytes. */
#define PATTERN_MAX 255

/* Whether s has a character that makes it a pattern rather than a name: `*`, `?` or `[`. */
bool pattern_is_glob(const char *s) _pure_;

/* Whether s can be a pattern (or a plain name): 1 to PATTERN_MAX bytes of valid UTF-8, no control character,
 * no slash (what patterns match are names, which never have one). */
bool pattern_is_valid(const char *s) _pure_;

/* Whether the pattern covers all of name. A pattern without special characters matches itself. A `[` that is
 * never closed stands for itself. */
bool pattern_match(const char *pattern, const char *name) _pure_;
