/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one place that asks the name service (nsswitch.conf(5)). What is called here may load modules, speak
 * LDAP, take for ever and crash: it runs in a child of userunit-accounts and nowhere else.
 */

#include "daemon/accounts/account-protocol.h"

/* What the name service said, with the memory that the reply borrows from. */
typedef struct AccountFacts {
        AccountReply reply;
        char *passwd_buffer;
        char *group_names[ACCOUNT_GROUPS_MAX];
} AccountFacts;

/* Frees the memory; the reply is invalid afterwards. Takes facts that were only zeroed. */
void account_facts_done(AccountFacts *facts);

/* Looks the account up and its groups, and sets facts->reply.status and, on ACCOUNT_STATUS_OK, everything
 * that goes with it; serial and last are left alone. facts must be zeroed. Anything but a definite answer,
 * out of memory included, is ACCOUNT_STATUS_FAILED. */
void account_nss_lookup(const AccountRequest *request, AccountFacts *facts);
