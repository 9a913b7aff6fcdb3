/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which records are sent one by one and which are only counted, so that neither monitoring nor someone who
 * is denied in a loop can flood the journal. Logic alone: the time is an argument (microseconds of any clock
 * that does not jump back), sending is the caller's.
 *
 * Granted reads: the first of a caller, method and account is sent, those that follow within
 * RECORD_FOLD_USEC are counted, and the count is told when that time is over. While reads keep coming there
 * is one counting record a minute. Denials: the first RECORD_DENIALS_MAX of a caller's uid within that time
 * are sent, those that follow are counted.
 *
 * Both tables are bounded; where one is full, what has no row in it is sent one by one.
 */

#include <sys/types.h>

#include "common/contract.h"
#include "common/limits.h"

/* Rows of each of the two tables. */
#define FOLD_ROWS_MAX 1024

typedef enum FoldAdvice {
        FOLD_SEND,  /* to be sent now */
        FOLD_COUNT, /* counted, nothing to do */
} FoldAdvice;

/* One counting record that is due. */
typedef struct FoldCount {
        uid_t caller_uid;
        bool denials; /* of any method and account; otherwise granted reads: */
        const Method *method;
        const char *account; /* NULL: none; valid during the call */
        uint64_t count;
} FoldCount;

/* Sends one. On a negative errno the count stays for the next time. */
typedef int (*FoldSend)(const FoldCount *count, void *userdata);

typedef struct Fold Fold;

/* Returns 0 or -ENOMEM. */
int fold_new(Fold **ret);
Fold *fold_free(Fold *fold);
DEFINE_CLEANUP(Fold *, fold_free);

/* A granted read of an account (NULL for none). */
FoldAdvice fold_read(Fold *fold, uint64_t now, uid_t caller_uid, const Method *method, const char *account);

/* A denial or refusal. */
FoldAdvice fold_denial(Fold *fold, uint64_t now, uid_t caller_uid);

/* What FOLD_SEND advised to send could not be sent: it is counted after all. Returns false where there is no
 * row to count it in, so that it is lost. */
bool fold_read_failed(Fold *fold, uid_t caller_uid, const Method *method, const char *account);
bool fold_denial_failed(Fold *fold, uid_t caller_uid);

/* Sends the counts whose time is over at `now` (UINT64_MAX: all of them) and forgets rows without one. Goes
 * on after a failure, and returns the first. */
int fold_flush(Fold *fold, uint64_t now, FoldSend send, void *userdata);

/* When fold_flush() has something to do next; UINT64_MAX for never. */
uint64_t fold_next(const Fold *fold);
