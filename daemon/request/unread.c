/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What readers have left in pipes, see unread.h. */

#include "daemon/request/unread.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "common/limits.h"

typedef struct Pipe {
        uid_t uid;
        int fd;
} Pipe;

struct Unread {
        Pipe *pipes;
        size_t n;
        size_t n_allocated;
};

Unread *unread_new(void) {
        return calloc(1, sizeof(Unread));
}

Unread *unread_free(Unread *unread) {
        if (!unread)
                return NULL;

        for (size_t i = 0; i < unread->n; i++)
                safe_close(unread->pipes[i].fd);
        free(unread->pipes);
        free(unread);
        return NULL;
}

static int open_again(int fd, int flags) {
        char path[sizeof("/proc/self/fd/") + 11];
        int r;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        r = open(path, flags | O_CLOEXEC);
        return r < 0 ? -errno : r;
}

/* Whether something is in a pipe. */
static bool holds_bytes(int fd) {
        int n;

        return ioctl(fd, FIONREAD, &n) >= 0 && n > 0;
}

/* Without a reader nothing can be opened for writing (ENXIO), and nothing is in the pipe any more. Where
 * even that cannot be found out the pipe counts. */
static bool is_unread(const Pipe *p) {
        _cleanup_close_ int fd = open_again(p->fd, O_WRONLY | O_NONBLOCK);

        return fd >= 0 ? holds_bytes(fd) : fd != -ENXIO;
}

void unread_add(Unread *unread, uid_t uid, int fd) {
        int held;

        if (!holds_bytes(fd))
                return;
        if (unread->n == unread->n_allocated) {
                size_t n = unread->n_allocated == 0 ? 16 : 2 * unread->n_allocated;
                Pipe *grown = reallocarray(unread->pipes, n, sizeof(Pipe));

                if (!grown)
                        return;
                unread->pipes = grown;
                unread->n_allocated = n;
        }

        held = open_again(fd, O_PATH);
        if (held >= 0)
                unread->pipes[unread->n++] = (Pipe){ .uid = uid, .fd = held };
}

static size_t count(const Unread *unread, uid_t uid) {
        size_t n = 0;

        for (size_t i = 0; i < unread->n; i++)
                n += unread->pipes[i].uid == uid;
        return n;
}

static bool is_over(const Unread *unread, uid_t uid) {
        return unread->n >= (uid == 0 ? UNREAD_PIPES_MAX : UNREAD_PIPES_MAX - INFLIGHT_RESERVED) ||
                count(unread, uid) >= UNREAD_PIPES_PER_UID_MAX;
}

static void sweep(Unread *unread) {
        size_t n = 0;

        for (size_t i = 0; i < unread->n; i++)
                if (is_unread(unread->pipes + i))
                        unread->pipes[n++] = unread->pipes[i];
                else
                        safe_close(unread->pipes[i].fd);
        unread->n = n;
}

int unread_check(Unread *unread, uid_t uid) {
        if (is_over(unread, uid))
                sweep(unread);
        return is_over(unread, uid) ? -EBUSY : 0;
}
