/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Holds what a worker says against the contract. A worker is as trusted as the account it serves, which is
 * not at all: its answer must be one JSON object with exactly the members that the method's row has, of the
 * right types, and no larger or deeper than allowed. What has passed may be copied byte by byte into a reply
 * of our own.
 */

#include "common/contract.h"
#include "common/error.h"
#include "common/json-scan.h"

/* Containers around any value of an answer. */
#define REPLY_DEPTH_MAX 12U
/* Containers of a FIELD_PROPERTIES, itself included. */
#define REPLY_PROPERTIES_DEPTH_MAX 8U
/* Longest sentence of an error, in bytes. */
#define REPLY_MESSAGE_MAX 4096U

/* One object of "units"; a member that is not there is NULL. All of it valid during the call only. */
typedef struct ReplyUnit {
        const char *unit;
        const char *result;
        ErrorCode error; /* ERROR_NONE: none */
        int changed;     /* 1, 0, or negative: not said */
} ReplyUnit;

/* Is shown each unit of an answer that has passed as a whole, in order. A negative errno stops the walk and
 * is returned. */
typedef struct ReplyVisitor {
        int (*unit)(const ReplyUnit *unit, void *userdata);
        void *userdata;
} ReplyVisitor;

typedef struct ReplyFacts {
        int changed;    /* the member "changed" at the top: 1, 0, or negative: not said */
        size_t n_units; /* objects in "units" */
        const char
                *members; /* what stands between the braces, trimmed; a part of the text that was checked */
        size_t members_length; /* 0 for {} */
} ReplyFacts;

/*
 * Checks the n bytes of a FRAME_REPLY or FRAME_PART. Members that the row marks as optional may be missing.
 * "name" of an error object must be an error that a worker may report.
 *
 * Returns 0 with *ret filled; -EBADMSG for anything against the row, -E2BIG for what is too large or too
 * deep, -ENOMEM, or what the visitor returned. ret_fault (may be NULL) has the place and the reason.
 */
int reply_check(const char *json, size_t n, const Method *method, const ReplyVisitor *visitor,
        ReplyFacts *ret, JsonFault *ret_fault);

/*
 * Checks the n bytes of a FRAME_ERROR, {"name": …, "message": …}, and fills an empty error. Returns 0, or
 * -EBADMSG, -E2BIG, -ENOMEM as above with the error untouched.
 */
int reply_check_error(const char *json, size_t n, Error *ret, JsonFault *ret_fault);

/* Whether a worker may report that error: what it can know about its account, but nothing that is decided by
 * the daemon, such as NotAuthorized. */
bool reply_error_is_acceptable(ErrorCode code);
