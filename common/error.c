/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of errors, see error.h. */

#include "common/error.h"

#include <stdarg.h>

#include "common/exit-code.h"

typedef struct ErrorRow {
        const char *bus_name;
        int error_number;
        int exit_code;
        const char *doc;
} ErrorRow;

#define ROW(code, name, number, exit, text) [code] = { ERROR_PREFIX name, number, exit, text }

static const ErrorRow error_table[_ERROR_MAX] = {
        ROW(ERROR_NONE, "None", 0, EXIT_CODE_OK, "No error."),
        ROW(ERROR_INVALID_REQUEST, "InvalidRequest", EBADMSG, EXIT_CODE_INVALID,
                "The request is malformed; the text names the place."),
        ROW(ERROR_NO_SUCH_METHOD, "NoSuchMethod", EOPNOTSUPP, EXIT_CODE_INVALID,
                "There is no method of that name; Describe lists them."),
        ROW(ERROR_NO_SUCH_ACCOUNT, "NoSuchAccount", ESRCH, EXIT_CODE_FAILURE,
                "The system knows no account of that name or uid."),
        ROW(ERROR_ACCOUNT_REFUSED, "AccountRefused", EPERM, EXIT_CODE_FAILURE,
                "The account exists but this service never touches it (root, nobody, or outside the configuration)."),
        ROW(ERROR_AMBIGUOUS_ACCOUNT, "AmbiguousAccount", ENOTUNIQ, EXIT_CODE_INVALID,
                "A unit was named without an account by someone who has no units of that name."),
        ROW(ERROR_ACCOUNT_CHANGED, "AccountChanged", ESTALE, EXIT_CODE_FAILURE,
                "The account changed between the question to polkit and the answer; nothing was done."),
        ROW(ERROR_NOT_AUTHORIZED, "NotAuthorized", EACCES, EXIT_CODE_NOT_AUTHORIZED,
                "polkit did not allow it; the text has the action, the details and a rule that would."),
        ROW(ERROR_READ_ONLY, "ReadOnly", EROFS, EXIT_CODE_NOT_AUTHORIZED,
                "The configuration has Mode=read-only and the method changes something."),
        ROW(ERROR_LIMIT_EXCEEDED, "LimitExceeded", EBUSY, EXIT_CODE_FAILURE,
                "Too much at once from this caller, or in all; try again."),
        ROW(ERROR_RECORD_UNAVAILABLE, "RecordUnavailable", ENOLINK, EXIT_CODE_FAILURE,
                "The journal does not take the record, and nothing is changed without one."),
        ROW(ERROR_MANAGER_NOT_RUNNING, "ManagerNotRunning", ENOTCONN, EXIT_CODE_NOT_RUNNING,
                "The account's service manager is not running; nothing was started."),
        ROW(ERROR_MANAGER_FAILED, "ManagerFailed", EREMOTEIO, EXIT_CODE_FAILURE,
                "The account's service manager answered with an error or with nonsense."),
        ROW(ERROR_HOME_UNAVAILABLE, "HomeUnavailable", EHOSTDOWN, EXIT_CODE_FAILURE,
                "The account's home does not answer; an earlier request is still stuck in it."),
        ROW(ERROR_TIMEOUT, "Timeout", ETIMEDOUT, EXIT_CODE_FAILURE,
                "No answer within the deadline of the method."),
        ROW(ERROR_WORKER_FAILED, "WorkerFailed", EPIPE, EXIT_CODE_FAILURE,
                "The process that worked for the account died or answered nonsense."),
        ROW(ERROR_NO_SUCH_UNIT, "NoSuchUnit", ENOENT, EXIT_CODE_NOT_INSTALLED,
                "The account's manager knows no such unit."),
        ROW(ERROR_UNIT_REFUSED, "UnitRefused", EPROTO, EXIT_CODE_FAILURE,
                "The account's manager refused: masked, not active, nothing to clean and the like."),
        ROW(ERROR_UNIT_UNSUITED, "UnitUnsuited", EOPNOTSUPP, EXIT_CODE_NOT_IMPLEMENTED,
                "A unit of that type, or this one, cannot do that."),
        ROW(ERROR_UNIT_PROTECTED, "UnitProtected", EPERM, EXIT_CODE_PROTECTED,
                "The unit may only be started or stopped by others, or a job that must not be replaced is queued."),
        ROW(ERROR_UNIT_BROKEN, "UnitBroken", EINVAL, EXIT_CODE_NOT_CONFIGURED,
                "The unit's file cannot be loaded."),
        ROW(ERROR_JOB_FAILED, "JobFailed", ECANCELED, EXIT_CODE_FAILURE,
                "The job ended with another result than \"done\"."),
        ROW(ERROR_NO_SUCH_FILE, "NoSuchFile", ENOENT, EXIT_CODE_FAILURE,
                "No unit file was found for the unit."),
        ROW(ERROR_REPLY_TOO_LARGE, "ReplyTooLarge", EMSGSIZE, EXIT_CODE_FAILURE,
                "The reply is over 1 MiB; ask with Open."),
        ROW(ERROR_CANCELLED, "Cancelled", ECANCELED, EXIT_CODE_FAILURE, "The caller left the bus."),
        ROW(ERROR_SHUTTING_DOWN, "ShuttingDown", ESHUTDOWN, EXIT_CODE_FAILURE,
                "The service is being stopped or replaced; ask again."),
        ROW(ERROR_INTERRUPTED, "Interrupted", EOWNERDEAD, EXIT_CODE_NO_SERVICE,
                "The service was stopped or replaced in the middle of it: what was begun goes on; look before asking again."),
        ROW(ERROR_UNAVAILABLE, "Unavailable", EAGAIN, EXIT_CODE_FAILURE,
                "A part of the system that is needed does not answer; the text names it."),
        ROW(ERROR_INTERNAL, "Internal", EIO, EXIT_CODE_FAILURE,
                "A fault of the service itself, such as no memory."),
};

static const ErrorRow *error_row(ErrorCode code) {
        if (code < 0 || code >= _ERROR_MAX)
                code = ERROR_INTERNAL;
        return error_table + code;
}

const char *error_code_to_string(ErrorCode code) {
        return error_row(code)->bus_name + strlen(ERROR_PREFIX);
}

const char *error_code_to_bus_name(ErrorCode code) {
        return error_row(code)->bus_name;
}

ErrorCode error_code_from_bus_name(const char *name) {
        const char *rest = startswith(name, ERROR_PREFIX);
        return rest ? error_code_from_string(rest) : _ERROR_INVALID;
}

ErrorCode error_code_from_string(const char *name) {
        for (ErrorCode code = 0; code < _ERROR_MAX; code++)
                if (streq(error_code_to_string(code), name))
                        return code;
        return _ERROR_INVALID;
}

const char *error_code_doc(ErrorCode code) {
        return error_row(code)->doc;
}

int error_code_to_exit(ErrorCode code) {
        return error_row(code)->exit_code;
}

int error_set(Error *error, ErrorCode code, const char *format, ...) {
        va_list ap;

        if (!error_is_set(error)) {
                error->code = code;

                va_start(ap, format);
                if (vasprintf(&error->message, format, ap) < 0)
                        error->message = NULL;
                va_end(ap);
        }

        return -error_row(error->code)->error_number;
}

const char *error_message(const Error *error) {
        return error->message ? error->message : error_code_doc(error->code);
}

void error_done(Error *error) {
        free(error->message);
        *error = ERROR_NULL;
}

void error_move(Error *to, Error *from) {
        error_done(to);
        *to = *from;
        *from = ERROR_NULL;
}
