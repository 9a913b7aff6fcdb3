/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A line as it is being typed into bash: its words without quotes, and what of the last one readline is
 * going to replace. readline breaks words at more places than the shell does ($COMP_WORDBREAKS), and wants
 * what it inserts to be quoted already.
 */

#include "common/macro.h"

typedef struct ShellLine {
        char **words;  /* the whole ones, the program's name first */
        char *current; /* the one that the line ends in, "" behind a blank; never NULL after
                          shell_line_parse() */
        size_t start;  /* bytes of it that readline leaves alone */
        char quote;    /* the quote that is open at the end, or 0 */
} ShellLine;

void shell_line_done(ShellLine *line);

/*
 * Splits what stands before the cursor. Assignments before the program's name are left out. Expansions and
 * operators are not understood: they stay in the words as they are typed. Returns 0 or -ENOMEM.
 */
int shell_line_parse(const char *text, const char *breaks, ShellLine *ret);

/* A word, quoted for the place where readline will put it: unquoted (0), or within the open quote. NULL: no
 * memory. */
char *shell_quote(const char *word, char quote);
