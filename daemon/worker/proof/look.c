/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking at files, see look.h. */

#include "daemon/worker/proof/look.h"

#include <fcntl.h>

#include "common/clock.h"
#include "daemon/worker/proof/file.h"
#include "daemon/worker/run/command.h"

static void fail(Proof *proof, int error) {
        _cleanup_free_ char *evidence = proof_file_describe_failure(error);

        proof_decide(proof, PROOF_FAIL, "%s", strempty(evidence));
}

/* Links are followed first, by hand: what is then opened has none, and where it really is decides who can
 * look at it. */
static void look(const Disk *disk, const char *path, Proof *proof) {
        _cleanup_free_ char *evidence = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct statx st;
        bool pass;

        fd = disk_open_path(disk, path, O_PATH | O_NOFOLLOW);
        if (fd < 0) {
                fail(proof, -fd);
                return;
        }
        if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0) {
                fail(proof, errno);
                return;
        }
        pass = proof_file_judge(&st, proof->max_age_usec, proof->min_size, proof_file_now_usec(), &evidence);
        proof_decide(proof, pass ? PROOF_PASS : PROOF_FAIL, "%s", strempty(evidence));
}

bool proof_look_file(const Disk *disk, Proof *proof) {
        _cleanup_free_ char *real = NULL;
        uint64_t began = clock_now_usec();
        int r;

        if (run_path_is_own_place(proof->target))
                return false;
        r = disk_chase(proof->target, 0, &real);
        if (r >= 0 && run_path_is_own_place(real))
                return false;

        if (r > 0)
                look(disk, real, proof);
        else
                fail(proof, r < 0 ? -r : ENOENT);
        proof->duration_usec = clock_now_usec() - began;
        return true;
}
