/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of children: of fixed size, so that nothing a peer or a child does makes the spawner grow. Only
 * what is in here is ever signalled. A process id is safe to use until we have waited for it, which is when
 * it leaves the table's living part; so none is ever reused under us, and no pidfd is needed.
 */

#include <sys/types.h>

#include "common/macro.h"
#include "daemon/spawner/protocol.h"

typedef enum ChildState {
        CHILD_FREE = 0,
        CHILD_LIVE,
        CHILD_KILLED, /* SIGKILL was sent; may take for ever, in a dead mount */
        CHILD_EXITED, /* waited for; its peer is not told yet */
} ChildState;

typedef struct Child {
        uint64_t id;
        ChildState state;
        pid_t pid;
        uid_t uid;
        int peer;   /* index of the connection that asked for it, -1 when that is gone */
        int status; /* of wait(2), when CHILD_EXITED */
} Child;

typedef struct Children {
        Child table[SPAWNER_CHILDREN_MAX];
        uint64_t last_id;
} Children;

/* Whether this peer may have one more. */
bool children_have_room(const Children *children, int peer) _pure_;

/* Enters a process just forked. There must be room. Returns the entry, which has a fresh id. */
Child *children_add(Children *children, pid_t pid, uid_t uid, int peer);

/* The child of this id if it belongs to this peer, else NULL; likewise by a process id of the living ones.
 */
Child *children_find(Children *children, int peer, uint64_t id) _pure_;
Child *children_find_pid(Children *children, pid_t pid) _pure_;

/* A child of this peer that has exited without the peer having been told; NULL where there is none. */
Child *children_find_untold(Children *children, int peer) _pure_;

/* Sends SIGKILL to a living child, once. */
void child_kill(Child *child);

/* Notes the end of a child; without a peer the entry is free again, else when the peer has been told. */
void child_exited(Child *child, int status);
void child_told(Child *child);

/* Kills the living children of a peer that is gone and forgets the rest. */
void children_orphan(Children *children, int peer);
