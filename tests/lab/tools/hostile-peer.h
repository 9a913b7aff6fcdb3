/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stolen userunitd, played against a running spawner: what the two files of this program share. Results go
 * to stdout in the Test Anything Protocol.
 */

#include <sys/types.h>

#include "common/macro.h"
#include "daemon/spawner/protocol.h"

/* From the command line. */
typedef struct Target {
        const char *socket;
        uid_t peer_uid; /* whom the spawner listens to */
        uid_t uid;      /* the account to become; its primary group may be below GID_MIN if passwd says so */
        gid_t gid;
        bool sanitizers; /* the spawner was built with them */
        bool echo;       /* the worker sends back what it gets */
} Target;

typedef struct Connection {
        int fd;
} Connection;

/* A child the spawner started for us. */
typedef struct Worker {
        uint64_t id;
        int fd;
} Worker;

/* One line of result; returns `good`. */
bool check(bool good, const char *format, ...) _printf_(2, 3);
void skip(const char *why, const char *format, ...) _printf_(2, 3);

/* Ends the results; whether all were good. */
bool checks_done(void);

/* Ends the program for what is no result, as "cannot connect". */
void bail_out(const char *format, ...) _printf_(1, 2) _noreturn_;

/* Connects as `uid` (root can choose); a negative errno where even connect(2) fails. Closed with
 * connection_close(). */
int connection_open_as(const Target *target, uid_t uid, Connection *ret);
void connection_close(Connection *connection);

/* The same as the peer and with the hellos exchanged; bails out where that fails. */
Connection connection_greeted(const Target *target);

/* A request that the spawner grants. */
SpawnerSpawn good_spawn(const Target *target);

/*
 * Receives one packet within some seconds. Returns its size, 0 at the end of the connection, -ETIMEDOUT, or
 * another error. A descriptor that comes along is closed where ret_fd is NULL.
 */
ssize_t receive(const Connection *connection, SpawnerPacket *ret, int *ret_fd);

/* Sends a packet as it is. Whether the spawner ends the connection, whatever it says before. */
bool send_bytes(const Connection *connection, const void *bytes, size_t size);
bool is_closed(const Connection *connection);

/* Sends a request and takes the reply, skipping notices of exits. Returns the error of the reply, or -1 for
 * none. */
int spawn(const Connection *connection, const SpawnerSpawn *request, Worker *ret);

/* Asks to kill a child, and waits for the notice of one; false where none comes. */
void send_kill(const Connection *connection, uint64_t id);
bool wait_exited(const Connection *connection, uint64_t id, int *ret_status);
void worker_done(Worker *worker);

/* Whether the worker's end closes within some seconds; whether it is open and silent. */
bool worker_gone(const Worker *worker);
bool worker_alive(const Worker *worker);

/*
 * Its process, once it has dropped; 0 where none appears, or where the spawner has several children of the
 * account.
 */
pid_t find_worker(const Target *target, const Worker *worker);

/* What a worker looks like from outside: hostile-peer-audit.c. */
void audit_worker(const Target *target);
