/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a worker may use: resource limits and, beyond the common list in filter.c, system calls. One of two
 * files holds them, chosen by meson: worker-bounds.c, or worker-bounds-sanitizer.c for a build with
 * sanitizers, which map terabytes and report through stderr.
 */

#include <sys/resource.h>

#include "common/macro.h"

typedef struct WorkerLimit {
        int resource;
        rlim_t value; /* soft and hard */
} WorkerLimit;

extern const WorkerLimit worker_limits[];
extern const size_t worker_n_limits;

/* System calls by the numbers of SCMP_SYS(). */
extern const int worker_extra_calls[];
extern const size_t worker_n_extra_calls;

/* Whether stderr and the handlers for SIGSEGV and the like stay as they are. */
extern const bool worker_reports_to_stderr;
