/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a worker may use, as shipped. */

#include "daemon/spawner/worker-bounds.h"

#define MIB (UINT64_C(1024) * 1024)

const WorkerLimit worker_limits[] = {
        { RLIMIT_CORE, 0 },
        { RLIMIT_NPROC, 0 },   /* no fork, whatever the filter says */
        { RLIMIT_NOFILE, 64 }, /* its socket, the bus, a directory a path component, request descriptors */
        { RLIMIT_FSIZE,
                16 * MIB },       /* counts for a memfd too; SIGXFSZ is ignored, so the writer gets EFBIG */
        { RLIMIT_AS, 256 * MIB }, /* what is mapped when the spawner forks is about 30 MiB */
        { RLIMIT_DATA, 64 * MIB },
        { RLIMIT_STACK, 1 * MIB },
        { RLIMIT_MEMLOCK, 0 },
        { RLIMIT_MSGQUEUE, 0 },
        { RLIMIT_RTPRIO, 0 },
};
const size_t worker_n_limits = ELEMENTSOF(worker_limits);

const int worker_extra_calls[] = { 0 };
const size_t worker_n_extra_calls = 0;

const bool worker_reports_to_stderr = false;
