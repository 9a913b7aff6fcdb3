/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Accounts: the overview, one in detail, and who lingers.
 */

#include "client/request.h"
#include "client/terminal/table.h"

/* The overview: a table, and the failed units of all below it. */
typedef struct AccountList {
        Table *table;
        char **failed;     /* "svc-web/app.service" */
        size_t n_troubled; /* accounts with a failure of any kind */
} AccountList;

int account_list_init(AccountList *l);
void account_list_done(AccountList *l);

/* How the manager of an account's object is, in a word: PID 1's, "hung" where it does not answer, or the
 * name of another error. NULL: nobody knows. */
const char *account_manager_word(json_object *o);

/* An AccountHandler of accounts.list. */
int account_list_add(Client *c, Account *account, void *userdata);
int account_list_print(AccountList *l, Client *c);

/* An AccountHandler of accounts.show: prints one account; userdata counts them (size_t). */
int account_print(Client *c, Account *account, void *userdata);

typedef struct LingerList {
        Table *table;
} LingerList;

int linger_list_init(LingerList *l);
void linger_list_done(LingerList *l);

/* An AccountHandler of linger.list. */
int linger_list_add(Client *c, Account *account, void *userdata);
int linger_list_print(LingerList *l, Client *c);
