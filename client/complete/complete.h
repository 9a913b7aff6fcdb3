/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Completion: what could stand where the cursor is. The shells' scripts are thin and call the hidden verb
 * `__complete` (client/verb/complete.c), which splits the line, asks here and prints for the shell.
 *
 * Whatever needs the service is asked without leave to ask for a password, and errors are nobody's business:
 * there are just no candidates then.
 */

#include "client/client.h"
#include "client/manual.h"

typedef struct Candidate {
        char *value;  /* the whole word */
        char *doc;    /* safe for a terminal; NULL: none */
        bool partial; /* more belongs to the word: no blank behind it */
        size_t order; /* when it was added */
} Candidate;

typedef struct Candidates {
        Candidate *items;
        size_t n;
        size_t allocated;
        const char *current; /* the word so far; others are not added. Lent */
} Candidates;

void candidates_done(Candidates *l);

/* Adds prefix and value as one word, if it begins with what is there already. The text of doc is made safe
 * here. Returns 0 or -ENOMEM. */
int candidates_add(Candidates *l, const char *prefix, const char *value, const char *doc, bool partial);

/* Sorts, and leaves each word once: the first that was added. */
void candidates_sort(Candidates *l);

/*
 * Collects the candidates for a command line. `words` are those before the cursor's, without the program's
 * own name; `current` is the cursor's as far as it stands before the cursor. *ret_files says that names of
 * files and programs would be fine too. Returns 0 or -ENOMEM.
 */
int complete(Client *c, char *const *words, const char *current, Candidates *l, bool *ret_files);

/* Arguments that only the service or the system knows (client/complete/ask.c). `account` is the default
 * account, NULL for one's own. Return 0 or -ENOMEM. */
int complete_accounts(Client *c, const char *suffix, Candidates *l);
int complete_jobs(Client *c, const char *account, const char *prefix, Candidates *l);
int complete_units(Client *c, const char *account, const char *prefix, ArgumentKind kind, Candidates *l);
int complete_variables(Client *c, const char *account, Candidates *l);
