/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of messages, as journalctl treats it before it is shown.
 */

#include "client/terminal/terminal.h"
#include "common/buffer.h"

/* Whether all of it is UTF-8 without control characters, tab and newline apart. Noncharacters count as not
 * printable. What is not, journalctl shows as "blob data". */
bool journal_text_is_printable(const char *s, size_t n) _pure_;

/*
 * Puts into `b`, which is emptied, what is shown of a message: tabs are eight blanks, sequences that set
 * colours ("ESC [ … m") and those of hyperlinks and titles ("ESC ] … BEL") are left out, and carriage
 * returns before the end of a line. Anything else stays. Returns 0, -EMSGSIZE or -ENOMEM.
 */
int journal_text_strip(const char *s, size_t n, Buffer *b);

/* Shortens UTF-8 to so many columns; of what is kept so many per cent stand before the ellipsis. NULL: no
 * memory. */
char *journal_text_ellipsize(const Terminal *t, const char *s, size_t n, size_t columns, unsigned percent);
