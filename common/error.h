/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The errors a caller of the bus can see: one table of names, exit codes and meanings. A D-Bus error is
 * "org.userunit1.Error." plus the name; the client's exit code comes from the same row.
 */

#include "common/macro.h"

#define ERROR_PREFIX "org.userunit1.Error."

typedef enum ErrorCode {
        ERROR_NONE = 0,
        ERROR_INVALID_REQUEST,
        ERROR_NO_SUCH_METHOD,
        ERROR_NO_SUCH_ACCOUNT,
        ERROR_ACCOUNT_REFUSED,
        ERROR_AMBIGUOUS_ACCOUNT,
        ERROR_ACCOUNT_CHANGED,
        ERROR_NOT_AUTHORIZED,
        ERROR_READ_ONLY,
        ERROR_LIMIT_EXCEEDED,
        ERROR_RECORD_UNAVAILABLE,
        ERROR_MANAGER_NOT_RUNNING,
        ERROR_MANAGER_FAILED,
        ERROR_HOME_UNAVAILABLE,
        ERROR_TIMEOUT,
        ERROR_WORKER_FAILED,
        ERROR_NO_SUCH_UNIT,
        ERROR_UNIT_REFUSED,
        ERROR_UNIT_UNSUITED,
        ERROR_UNIT_PROTECTED,
        ERROR_UNIT_BROKEN,
        ERROR_JOB_FAILED,
        ERROR_NO_SUCH_FILE,
        ERROR_REPLY_TOO_LARGE,
        ERROR_CANCELLED,
        ERROR_SHUTTING_DOWN,
        ERROR_INTERRUPTED,
        ERROR_UNAVAILABLE,
        ERROR_INTERNAL,
        _ERROR_MAX,
        _ERROR_INVALID = -EINVAL,
} ErrorCode;

/* An error on its way to the caller: a code of the table and one sentence that says what to do. Own it with
 * _cleanup_(error_done); ERROR_NULL is "no error". */
typedef struct Error {
        ErrorCode code;
        char *message;
} Error;

#define ERROR_NULL                                                                                          \
        (Error) {                                                                                           \
        }

/* The row's short name, e.g. "NoSuchAccount"; never NULL. */
const char *error_code_to_string(ErrorCode code);

/* From a short name; _ERROR_INVALID if there is no such row. */
ErrorCode error_code_from_string(const char *name);

/* The D-Bus name, e.g. "org.userunit1.Error.NoSuchAccount"; static. */
const char *error_code_to_bus_name(ErrorCode code);

/* From a D-Bus name; _ERROR_INVALID for names that are not ours. */
ErrorCode error_code_from_bus_name(const char *name);

/* What the code means, one sentence, for the manual. */
const char *error_code_doc(ErrorCode code);

/* The client's exit code, common/exit-code.h. */
int error_code_to_exit(ErrorCode code);

/* Fills an empty error. Where memory is short the message stays NULL and the code's own doc is shown.
 * Returns a negative errno that fits the code, so that `return error_set(…)` passes it up. The first error
 * set wins. */
int error_set(Error *error, ErrorCode code, const char *format, ...) _printf_(3, 4);

static inline bool error_is_set(const Error *error) {
        return error->code != ERROR_NONE;
}

/* The sentence to show; never NULL. */
const char *error_message(const Error *error);

void error_done(Error *error);

/* Moves the contents; the source is empty afterwards. */
void error_move(Error *to, Error *from);
