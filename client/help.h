/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The two columns of --help, at most HELP_WIDTH wide.
 */

#include "common/macro.h"

#define HELP_WIDTH 80

/* Prints what is explained and its explanation, broken at words; an explained part that is too long for its
 * column has a line of its own. */
void help_print_row(FILE *f, const char *left, const char *doc);

/* Prints a paragraph with every line indented. */
void help_print_paragraph(FILE *f, size_t indent, const char *text);
