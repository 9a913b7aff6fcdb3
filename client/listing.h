/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What all lists over accounts have in common: a table that begins with the account, sorted by it, printed
 * in parts where it is long, and what stands below it.
 */

#include "client/request.h"
#include "client/terminal/table.h"

typedef struct Listing {
        Table *table;
        size_t account_column;
        bool wide; /* more than one account can be in it */
} Listing;

/* Makes the table, which leaves the account out where it is always the same. Returns 0 or -ENOMEM. */
int listing_init(Listing *l, const TableColumn *columns, size_t n_columns, size_t account_column, bool wide);
void listing_done(Listing *l);

/* Prints the rows that are there, sorted by account. Returns as table_print(). */
int listing_print(Listing *l, Client *c);

/* To be called after an account's rows: prints what is there where that is much. Up to then nothing is on
 * stdout, and beyond it the accounts come in parts, each sorted. Returns as table_print(). */
int listing_spill(Listing *l, Client *c);

/* "3 timers listed." and the hint to --all, as systemctl has them below its lists. */
void listing_print_count(const Listing *l, const Client *c, const char *what);

/* The flags of a table that options ask for. */
unsigned listing_flags(const Options *o);

/* Runs a request whose answer fills a list with `handler`, which gets `userdata`, and prints it with
 * `print`, which gets the same. Nothing is printed where nothing came but errors. Returns an exit code. */
int listing_run(Client *c, Request *q, Listing *l, AccountHandler handler, int (*print)(void *, Client *),
        void *userdata);
