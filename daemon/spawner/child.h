/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a forked child does between root and the account: a table of steps, each of which must succeed. There
 * is no exec afterwards, so the process stays non-dumpable and the account can neither trace it nor read its
 * memory, descriptors or environment; it can signal it, though.
 */

#include <sys/types.h>

#include "common/macro.h"
#include "daemon/spawner/filter.h"

/* What runs as the account, on descriptor CHILD_SOCKET_FD. Its result only decides between exit status 0
 * and 1. */
typedef int (*ChildServe)(int fd, uid_t uid);

/* All a child needs to know; the spawner makes it before the fork. Nothing is owned. */
typedef struct ChildPlan {
        uid_t uid;
        gid_t gid;
        gid_t *groups; /* sorted by the child */
        size_t n_groups;

        int socket_fd;
        int null_fd;
        pid_t parent;
        const Filter *filter;
        ChildServe serve;
} ChildPlan;

/* The one descriptor a child keeps besides /dev/null on the standard ones. */
#define CHILD_SOCKET_FD 3

/* The exit status of the first step that fails; the others follow in order. */
#define CHILD_EXIT_STEPS 64

/* The name `ps` shows. */
#define CHILD_NAME "userunit-worker"

/* To be called once by main(): where the arguments of this process lie, for a child to put its own name
 * there. */
void child_set_title_area(int argc, char *argv[]);

/*
 * To be called once by main(): sets every signal to what a child is to have, since sixty system calls a fork
 * are too many. The spawner itself uses no handlers. Returns 0 or -errno.
 */
int child_reset_signals(void);

/* Drops to the account, verifies it, serves, exits. For a child of a single-threaded process, right after
 * fork(). */
void child_run(ChildPlan *plan) _noreturn_;

/* The name of the step that ended a child with this exit status; NULL where it is no step's. */
const char *child_step_name(int exit_status) _const_;
