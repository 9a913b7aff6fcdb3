/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of a line of a unit file, with quotes and escapes as systemd.syntax(7) has them.
 */

#include "common/macro.h"

typedef enum WordFlags {
        WORD_UNQUOTE = 1 << 0, /* '…' and "…" keep separators and are taken off */
        WORD_UNESCAPE = 1 << 1, /* \n, \x41, \u00fc …; otherwise a backslash stands for the next character */
        WORD_SINGLE = 1 << 2,   /* each separator ends a word, which may be empty */
} WordFlags;

#define WORD_BLANKS " \t\n\r"

/*
 * Takes the next word off the text. `separators` are NULL for blanks. *text is behind the separator
 * afterwards, which *ret_separator (may be NULL) tells, 0 at the end.
 *
 * Returns 1 with *ret filled, 0 where there is no more, -EINVAL for a quote that does not end, an escape
 * that is none, and one that stands for NUL or not for UTF-8; -ENOMEM.
 */
int word_take(const char **text, const char *separators, unsigned flags, char **ret, char *ret_separator);

/* All of them. Returns 0 with *ret an array that may be empty but is not NULL; or as above. */
int words_split(const char *text, unsigned flags, char ***ret);

/* The whole text with its escapes taken off; NUL is refused. 0, -EINVAL or -ENOMEM. */
int text_unescape(const char *text, char **ret);
