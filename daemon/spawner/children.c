/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of children. */

#include <assert.h>
#include <signal.h>

#include "daemon/spawner/children.h"

#define FOREACH_CHILD(child, children)                                                                      \
        for (__typeof__(&(children)->table[0]) child = (children)->table;                                   \
                child < (children)->table + SPAWNER_CHILDREN_MAX; child++)

bool children_have_room(const Children *children, int peer) {
        size_t live = 0, n = 0;

        FOREACH_CHILD(child, children) {
                if (child->state != CHILD_FREE)
                        n++;
                if (child->state == CHILD_LIVE && child->peer == peer)
                        live++;
        }

        return live < SPAWNER_LIVE_PER_PEER && n < SPAWNER_CHILDREN_MAX;
}

Child *children_add(Children *children, pid_t pid, uid_t uid, int peer) {
        FOREACH_CHILD(child, children)
        if (child->state == CHILD_FREE) {
                *child = (Child){
                        .id = ++children->last_id,
                        .state = CHILD_LIVE,
                        .pid = pid,
                        .uid = uid,
                        .peer = peer,
                };
                return child;
        }

        assert(!"the table is full although it had room");
        abort();
}

Child *children_find(Children *children, int peer, uint64_t id) {
        FOREACH_CHILD(child, children)
        if (child->state != CHILD_FREE && child->peer == peer && child->id == id)
                return child;

        return NULL;
}

Child *children_find_pid(Children *children, pid_t pid) {
        FOREACH_CHILD(child, children)
        if ((child->state == CHILD_LIVE || child->state == CHILD_KILLED) && child->pid == pid)
                return child;

        return NULL;
}

Child *children_find_untold(Children *children, int peer) {
        FOREACH_CHILD(child, children)
        if (child->state == CHILD_EXITED && child->peer == peer)
                return child;

        return NULL;
}

void child_kill(Child *child) {
        if (child->state != CHILD_LIVE)
                return;

        /* Cannot fail for a child of ours that we have not waited for: CAP_KILL covers its other uid. */
        (void) kill(child->pid, SIGKILL);
        child->state = CHILD_KILLED;
}

void child_exited(Child *child, int status) {
        child->pid = 0;
        child->status = status;
        child->state = child->peer < 0 ? CHILD_FREE : CHILD_EXITED;
}

void child_told(Child *child) {
        *child = (Child){ 0 };
}

void children_orphan(Children *children, int peer) {
        FOREACH_CHILD(child, children) {
                if (child->state == CHILD_FREE || child->peer != peer)
                        continue;

                child->peer = -1;
                if (child->state == CHILD_EXITED)
                        child_told(child);
                else
                        child_kill(child);
        }
}
