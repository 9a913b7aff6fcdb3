/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether a file is what a proof asks for. Only what is known of it counts, its contents are never read.
 * Used by the worker and by userunit-prove.
 */

#include <sys/stat.h>

#include "common/macro.h"

/* Judges what statx(2) said, `now_usec` being CLOCK_REALTIME; UINT64_MAX for no bound. Returns whether it
 * passes; *ret_evidence is a sentence, or NULL where there is no memory. */
bool proof_file_judge(const struct statx *st, uint64_t max_age_usec, uint64_t min_size, uint64_t now_usec,
        char **ret_evidence);

/* The sentence for a file that cannot be looked at, by its errno. NULL: no memory. */
char *proof_file_describe_failure(int error);

/* CLOCK_REALTIME in µs. */
uint64_t proof_file_now_usec(void);
