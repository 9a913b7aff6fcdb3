/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What userunitd and userunit-spawner say to each other: fixed-size packets on one SOCK_SEQPACKET
 * connection.
 *
 *     userunitd                              userunit-spawner
 *     SpawnerHello                    ->
 *                                     <-     SpawnerHello
 *     SpawnerSpawn                    ->
 *                                     <-     SpawnerReply, on success with one descriptor (SCM_RIGHTS)
 *     SpawnerKill                     ->
 *                                     <-     SpawnerExited, once for each child, at any time after its
 * SpawnerReply
 *
 * Replies come in the order of the SpawnerSpawn packets. A kill has no reply: the child's SpawnerExited
 * follows, as it does when a child ends by itself; an id that is no living child of this connection is
 * ignored, since it may have ended while the packet was under way. When the connection ends, its children
 * are killed.
 *
 * Both processes run on one host, so integers are in its byte order. A packet has exactly the size of its
 * struct; every byte that has no meaning is zero. Whoever receives anything else closes the connection.
 *
 * The layout of SpawnerHello never changes, in no version: with it, two programs of different versions find
 * out. A spawner of another version answers with its own version in the header and SPAWNER_ERROR_VERSION,
 * and closes. SPAWNER_PROTOCOL_VERSION also goes up with each change to what daemon and worker say to each
 * other: the worker's code is in the spawner.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

#define SPAWNER_PROTOCOL_MAGIC   UINT32_C(0x77737575) /* "uusw" */
#define SPAWNER_PROTOCOL_VERSION UINT32_C(1)

/* Supplementary groups a request may carry. */
#define SPAWNER_GROUPS_MAX 64

/* Connections at once: one, and those of a daemon that is being replaced. */
#define SPAWNER_PEERS_MAX 4

/* Children of one connection that nobody has killed yet: 16 busy and 32 warm ones, and those that wait for
 * jobs. */
#define SPAWNER_LIVE_PER_PEER 256

/* Children in all, with those that were killed and do not die (stuck in a dead mount): 256 of these. */
#define SPAWNER_CHILDREN_MAX 512

typedef enum SpawnerType {
        SPAWNER_HELLO = 1, /* both ways */
        SPAWNER_SPAWN,     /* to the spawner */
        SPAWNER_KILL,      /* to the spawner */
        SPAWNER_REPLY,     /* to the daemon */
        SPAWNER_EXITED,    /* to the daemon */
} SpawnerType;

/* What a child is to do. 2 is kept for `systemd-analyze verify`; a spawner that does not know a kind says
 * so. */
typedef enum SpawnerKind {
        SPAWNER_KIND_WORKER = 1,
} SpawnerKind;

typedef enum SpawnerError {
        SPAWNER_ERROR_NONE = 0,
        SPAWNER_ERROR_VERSION,   /* the other side speaks another version; only in SpawnerHello */
        SPAWNER_ERROR_KIND,      /* this spawner does not know the kind */
        SPAWNER_ERROR_UID,       /* this account is never served, or outside USERUNIT_SPAWN_UIDS */
        SPAWNER_ERROR_GID,       /* the primary group may not be taken */
        SPAWNER_ERROR_GROUPS,    /* one of the supplementary groups may not be taken */
        SPAWNER_ERROR_LIMIT,     /* SPAWNER_LIVE_PER_PEER or SPAWNER_CHILDREN_MAX is reached */
        SPAWNER_ERROR_RESOURCES, /* the kernel gave no process or no socket; may work later */
        _SPAWNER_ERROR_MAX,
} SpawnerError;

typedef struct SpawnerHeader {
        uint32_t magic;
        uint32_t version;
        uint32_t type; /* SpawnerType */
        uint32_t zero;
} SpawnerHeader;

typedef struct SpawnerHello {
        SpawnerHeader header;
        uint32_t error; /* SpawnerError; zero from the daemon */
        uint32_t zero;
} SpawnerHello;

typedef struct SpawnerSpawn {
        SpawnerHeader header;
        uint32_t kind; /* SpawnerKind */
        uint32_t uid;
        uint32_t gid;
        uint32_t n_groups;
        uint32_t groups[SPAWNER_GROUPS_MAX]; /* zero from n_groups on */
} SpawnerSpawn;

typedef struct SpawnerKill {
        SpawnerHeader header;
        uint64_t child;
} SpawnerKill;

/*
 * On SPAWNER_ERROR_NONE `child` is the new child's id, never zero and never given twice by one spawner, and
 * the packet carries our end of a SOCK_STREAM pair. The child may still fail to drop its privileges: then it
 * serves nothing and its SpawnerExited says so.
 */
typedef struct SpawnerReply {
        SpawnerHeader header;
        uint32_t error; /* SpawnerError */
        uint32_t zero;
        uint64_t child;
} SpawnerReply;

typedef struct SpawnerExited {
        SpawnerHeader header;
        uint64_t child;
        int32_t status; /* as wait(2) has it */
        uint32_t zero;
} SpawnerExited;

/* Any packet; as a buffer for recv() it wants one byte more, so that a packet too long is seen. */
typedef union SpawnerPacket {
        SpawnerHeader header;
        SpawnerHello hello;
        SpawnerSpawn spawn;
        SpawnerKill kill;
        SpawnerReply reply;
        SpawnerExited exited;
} SpawnerPacket;

_Static_assert(sizeof(SpawnerHeader) == 16, "no padding");
_Static_assert(sizeof(SpawnerHello) == 24, "the layout of the hello never changes");
_Static_assert(sizeof(SpawnerSpawn) == 32 + 4 * SPAWNER_GROUPS_MAX, "no padding");
_Static_assert(sizeof(SpawnerKill) == 24, "no padding");
_Static_assert(sizeof(SpawnerReply) == 32, "no padding");
_Static_assert(sizeof(SpawnerExited) == 32, "no padding");

/* Who sent the packet that is being checked. */
typedef enum SpawnerSide {
        SPAWNER_FROM_DAEMON,
        SPAWNER_FROM_SPAWNER,
} SpawnerSide;

/* The header of an outgoing packet. */
SpawnerHeader spawner_header(SpawnerType type) _const_;

/*
 * Checks a packet of `size` bytes: magic, version, a type this side may send, the exact size, zero where
 * nothing may be. Returns 0, -EBADMSG where any of this is wrong, -EPROTONOSUPPORT for a well-formed hello
 * of another version. Says nothing about the values: whether a uid may be served is the spawner's policy.
 */
int spawner_packet_check(SpawnerSide side, const SpawnerPacket *packet, size_t size);

/* A short lower-case name for logs and messages ("uid-refused"); never NULL. */
const char *spawner_error_to_string(uint32_t error) _const_;
