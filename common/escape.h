/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Foreign bytes made safe to show. Every string that comes from an account, a manager or the bus goes
 * through here before it reaches a terminal or a line of log.
 *
 * What a terminal or a reader could be fooled with becomes visible text: C0 and C1 controls, DEL and bytes
 * that are not UTF-8 as \xNN, characters that change the direction of text, separate lines or are invisible
 * as \uNNNN (above U+FFFF as \UNNNNNNNN). Everything else, also a backslash, stays: unit names are full of
 * \x2d. So the result is for eyes and cannot be turned back without doubt.
 */

#include "common/macro.h"

/* What escape_log() shows at most, in bytes, with the ellipsis. */
#define ESCAPE_LOG_MAX 512

/* One line, newline and tab escaped too: names, descriptions, error messages, table cells. NULL means out of
 * memory. */
char *escape_terminal(const char *s);

/* The same for n bytes that may hold NUL, which is shown as \x00. */
char *escape_terminal_n(const char *s, size_t n);

/* Text that has lines of its own (a unit file, say): newline and tab stay. A carriage return does not. */
char *escape_terminal_text(const char *s, size_t n);

/* One line of at most ESCAPE_LOG_MAX bytes for a log message; a longer one is cut at a whole character and
 * ends in "…". */
char *escape_log(const char *s);

/* Whether escape_terminal() would change anything; for callers that want to save the copy. */
bool escape_is_needed(const char *s) _pure_;

/* Whether a code point is one of those that are never shown as they are, newline and tab among them. */
bool codepoint_is_unsafe(uint32_t codepoint) _const_;
