/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The worker's system call filter. It is compiled once, at start; a child only hands the finished program to
 * the kernel, which keeps a fork cheap.
 */

#include <linux/filter.h>

#include "common/macro.h"

/* The compiled filter; owned by whoever built it. */
typedef struct Filter {
        struct sock_fprog program;
} Filter;

/*
 * Compiles the filter. Returns 0 or -errno. A filter lives as long as the process: there is no destructor
 * for production to call; filter_done() is for tests.
 */
int filter_build(Filter *ret);
void filter_done(Filter *filter);

/*
 * Puts the calling thread under the filter, for ever. Wants no_new_privs to be set. Uses prctl(2) rather
 * than seccomp(2), which systemd's @system-service set leaves out.
 */
int filter_install(const Filter *filter);
