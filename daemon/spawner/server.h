/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The spawner's loop: accepts userunitd, checks each packet and each request, forks, reaps, reports.
 * Single-threaded, without allocation, never blocking on a peer or a child. Nothing a peer sends is used
 * before spawner_packet_check() and spawner_policy_decide() have passed it.
 */

#include "common/macro.h"
#include "daemon/spawner/child.h"
#include "daemon/spawner/children.h"
#include "daemon/spawner/policy.h"

typedef struct Peer {
        int fd; /* -EBADF where the slot is free */
        pid_t pid;
        bool greeted;
        uint32_t events; /* what epoll watches for */
} Peer;

typedef struct Server {
        /* Set by the caller, which keeps them alive. */
        SpawnerPolicy policy;
        const char *passwd_path;
        const Filter *filter;
        ChildServe serve;
        uid_t peer_uid;

        /* The server's own. */
        int listen_fd, epoll_fd, signal_fd, null_fd;
        pid_t pid;
        Peer peers[SPAWNER_PEERS_MAX];
        Children children;
} Server;

/*
 * Takes over `listen_fd`, a listening SOCK_SEQPACKET socket, and blocks SIGCHLD and SIGTERM for itself.
 * Returns 0 or -errno.
 */
int server_init(Server *server, int listen_fd);

/* Serves until SIGTERM. Returns 0, or -errno where the loop itself fails. Logs. */
int server_run(Server *server);

/* Closes everything. The children of its peers die with the process at the latest. */
void server_done(Server *server);
