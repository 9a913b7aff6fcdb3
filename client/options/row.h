/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One row of a table of options. Only options.c and the tables of verbs that have options of their own
 * include this.
 */

#include "client/options/options.h"

typedef struct OptionRow OptionRow;

/* Takes one occurrence; value is NULL for an option without argument. Says itself what is wrong. Returns 1
 * where it printed what there is to choose from, and nothing else is wanted. */
typedef int (*OptionFunction)(const OptionRow *row, Options *o, const char *value);

struct OptionRow {
        const char *name;
        char letter;
        const char *argument; /* its name in --help; NULL: takes none */
        OptionFunction function;
        size_t offset;   /* of the member it sets */
        const char *doc; /* NULL: not listed in --help */
};

static inline void *option_member(const OptionRow *row, Options *o) {
        return (char *) o + row->offset;
}

/* Functions for rows. */
int option_set_flag(const OptionRow *row, Options *o, const char *value);
int option_set_string(const OptionRow *row, Options *o, const char *value);

/* The same for --type=, --state=, --timestamp= and --signal=, option-words.c. */
int option_add_types(const OptionRow *row, Options *o, const char *value);
int option_add_states(const OptionRow *row, Options *o, const char *value);
int option_set_timestamp(const OptionRow *row, Options *o, const char *value);
int option_set_signal(const OptionRow *row, Options *o, const char *value);

/* Whether the word behind an option whose argument may be left out is that argument. */
bool option_takes_word(const OptionRow *row, const char *word);

/* Appends what stands between commas. Returns 0 or -ENOMEM. */
int option_add_words(char ***list, const char *value);

/* Takes $USERUNIT_ACCOUNT for the default, where the command line says nothing else. */
int option_default_account(Options *o, const char *account);

/* The general options, options.c. */
extern const OptionRow general_option_table[];
extern const size_t general_n_options;

/* The options of run, run.c. */
extern const OptionRow run_option_table[];
extern const size_t run_n_options;

/* Prints a row of --help. */
void option_print_help(FILE *f, const OptionRow *row);
