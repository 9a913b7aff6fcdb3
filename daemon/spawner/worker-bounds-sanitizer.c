/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a worker may use in a build with sanitizers: no limit on memory, and the calls that they need to
 * report. LSan cannot work here, since it clones a thread that traces its process.
 */

#include <seccomp.h>

#include "daemon/spawner/worker-bounds.h"

const WorkerLimit worker_limits[] = {
        { RLIMIT_CORE, 0 },
        { RLIMIT_NPROC, 0 },
        { RLIMIT_NOFILE, 64 },
        { RLIMIT_FSIZE, UINT64_C(16) * 1024 * 1024 },
};
const size_t worker_n_limits = ELEMENTSOF(worker_limits);

const int worker_extra_calls[] = {
        SCMP_SYS(ioctl), /* isatty() */
        SCMP_SYS(kill),
        SCMP_SYS(open),
        SCMP_SYS(pipe),
        SCMP_SYS(prctl),
        SCMP_SYS(readlink),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(sched_getparam),
        SCMP_SYS(stat),
        SCMP_SYS(tgkill),
};
const size_t worker_n_extra_calls = ELEMENTSOF(worker_extra_calls);

const bool worker_reports_to_stderr = true;
