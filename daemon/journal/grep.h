/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A caller's pattern (PCRE2), with bounds on what it may cost.
 */

#include "common/error.h"

/* Longest pattern, in bytes. */
#define GREP_PATTERN_MAX 4096U
/* So much of a message is searched; journalctl does the same with what is compressed. */
#define GREP_SUBJECT_MAX (64U * 1024U)

typedef struct Grep Grep;

Grep *grep_free(Grep *grep);
DEFINE_CLEANUP(Grep *, grep_free);

typedef enum GrepCase {
        GREP_CASE_AUTO, /* insensitive where the pattern has no capital letters, as journalctl */
        GREP_CASE_SENSITIVE,
        GREP_CASE_INSENSITIVE,
} GrepCase;

/* Compiles a pattern. Returns 0, or a negative errno with the error filled, which names the place. */
int grep_new(const char *pattern, GrepCase grep_case, Grep **ret, Error *error) _warn_unused_;

/* Whether n bytes match. Returns 1, 0, or a negative errno with the error filled: the pattern takes too
 * long. */
int grep_match(Grep *grep, const char *text, size_t n, Error *error) _warn_unused_;
