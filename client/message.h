/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the client says on stderr. All of it is made safe for a terminal here, so callers pass foreign text
 * as it is.
 */

#include "common/error.h"
#include "common/macro.h"

/* "userunitctl: SENTENCE". Text of several lines (a refusal with its rule) keeps its lines. */
void message_error(const char *format, ...) _printf_(1, 2);

/* The same without the program's name: what is no error, in systemctl's own words. */
void message_note(const char *format, ...) _printf_(1, 2);

/* Prints "out of memory", or what else a negative errno means; returns EXIT_CODE_FAILURE. */
int message_errno(int error);
