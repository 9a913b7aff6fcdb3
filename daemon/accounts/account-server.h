/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * userunit-accounts: a fork server (daemon/helper/fork-server.h) whose children ask the name service. The
 * master never does, so no hanging module can hang it.
 */

#include "daemon/accounts/account-nss.h"

/* Connections served at once. More wait in the socket's backlog. The daemon uses four. */
#define ACCOUNT_SERVER_CONNECTIONS_MAX 8
/* Children that were killed and are not gone yet (one stuck on a dead network file system survives SIGKILL
 * for as long as that is dead), on top of those above. */
#define ACCOUNT_SERVER_DYING_MAX 32
/* A child is replaced after so many lookups or so long, so that caches and leaks of modules stay bounded. */
#define ACCOUNT_SERVER_LOOKUPS_MAX 64
#define ACCOUNT_SERVER_AGE_SEC     300
/* A child that is asked nothing for this long ends. The daemon closes sooner; this is for one that does not.
 */
#define ACCOUNT_SERVER_IDLE_SEC 60
/* How long a lookup in flight may take after SIGTERM. Less than the unit's TimeoutStopSec=. */
#define ACCOUNT_SERVER_STOP_MSEC 3000

typedef struct AccountServerConfig {
        uid_t peer_uid;       /* the only one that is served */
        unsigned lookups_max; /* 0: ACCOUNT_SERVER_LOOKUPS_MAX */
        unsigned idle_sec;    /* 0: ACCOUNT_SERVER_IDLE_SEC */
        void (*lookup)(const AccountRequest *request, AccountFacts *facts); /* NULL: account_nss_lookup() */
} AccountServerConfig;

/*
 * Serves the listening SOCK_SEQPACKET socket (which becomes non-blocking) until SIGTERM or SIGINT; then
 * children finish the lookup they are at, and it returns 0. Requests that no one has read yet make their
 * sender's connection fail with ECONNRESET, which tells the sender to ask again. Must be called in a
 * single-threaded process; leaves both signals and SIGCHLD's disposition changed. Logs what goes wrong with
 * single connections; returns -errno where it cannot go on.
 */
int account_server_run(int listen_fd, const AccountServerConfig *config);
