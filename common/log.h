/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Log lines of the services: to stderr with a priority prefix, which the journal reads (sd-daemon(3)). One
 * line each; nothing that a stranger wrote goes into them unescaped. The records of requests are not logs:
 * daemon/record.h.
 */

#include <syslog.h>

#include "common/macro.h"

/* Writes one line. `error` is a positive or negative errno for %m, or 0. Keeps errno; returns -|error|. */
int log_full(int level, int error, const char *format, ...) _printf_(3, 4);

#define log_error(...)                log_full(LOG_ERR, 0, __VA_ARGS__)
#define log_warning(...)              log_full(LOG_WARNING, 0, __VA_ARGS__)
#define log_notice(...)               log_full(LOG_NOTICE, 0, __VA_ARGS__)
#define log_info(...)                 log_full(LOG_INFO, 0, __VA_ARGS__)
#define log_error_errno(error, ...)   log_full(LOG_ERR, error, __VA_ARGS__)
#define log_warning_errno(error, ...) log_full(LOG_WARNING, error, __VA_ARGS__)
