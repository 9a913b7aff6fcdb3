/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Verbs that have options of their own: where a letter means to journalctl what it does not mean to
 * systemctl, or where all the options are about that verb. They stand behind the verb, and go before the
 * general ones of the same name or letter.
 */

#include "client/options/row.h"

typedef struct OwnOptions {
        const char *verb;
        const OptionRow *rows;
        size_t n;
        /* An option behind which the rest of the line is the command line of another program; NULL: none. */
        const char *command;
} OwnOptions;

/* By the verb's name; NULL: it has none. */
const OwnOptions *own_options_find(const char *verb);

/* As option_values(), of a verb: NULL where that has no options of its own. */
const char *const *own_option_values(const OwnOptions *own, const char *name);

/* By index, for the manual; NULL behind the last. */
const OwnOptions *own_options_get(size_t i);

/* Calls for each of them, as options_visit(). */
void own_options_visit(const OwnOptions *own, OptionVisitor visitor, void *userdata);

/* Prints what of --help is about them. */
void own_options_print_help(FILE *f, const OwnOptions *own);
