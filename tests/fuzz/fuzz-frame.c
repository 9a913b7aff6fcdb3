/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stream of frames in pieces: each piece is a byte that says how many descriptors come with it (three
 * bits) and how long it is (five), and the bytes. Reading ends with the first breach, and leaves nothing
 * open.
 */

#include <fcntl.h>
#include <sys/socket.h>

#include "common/frame.h"
#include "common/limits.h"

/* What three bits stand for: a request may have 16. */
#define FDS_MAX 17
static const uint8_t fd_counts[8] = { 0, 1, 2, 3, 4, 15, 16, FDS_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void send_piece(int socket_fd, const uint8_t *data, size_t size, size_t n_fds, int fd) {
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(FDS_MAX * sizeof(int))];
        } control = {};
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
        int fds[FDS_MAX];

        for (size_t i = 0; i < n_fds; i++)
                fds[i] = fd;
        if (n_fds > 0) {
                mh.msg_control = &control;
                mh.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
        }
        check(sendmsg(socket_fd, &mh, MSG_NOSIGNAL) == (ssize_t) size);
}

/* Reads what is there. False after a breach. */
static bool drain(FrameReader *reader, int socket_fd, bool ended) {
        for (;;) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                int r;

                r = frame_read(reader, socket_fd, &frame);
                if (r == -EAGAIN && !ended)
                        return true;
                if (r <= 0) {
                        check(r == -EBADMSG || (r == 0 && ended));
                        return false;
                }
                check(frame.header.type >= FRAME_REQUEST && frame.header.type < _FRAME_TYPE_MAX);
                check(frame.header.size <= FRAME_SIZE_MAX);
                check(frame.payload[frame.header.size] == 0);
                check(frame.header.n_fds <= frame_max_fds(frame.header.type));
                for (unsigned i = 0; i < frame.header.n_fds; i++)
                        check(fcntl(frame.fds[i], F_GETFD) == FD_CLOEXEC);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        FrameReader reader = FRAME_READER_NULL;
        int fds[2], null_fd, next;

        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        check(null_fd >= 0);

        while (size > 1) {
                size_t n = MIN((size_t) (data[0] & 31U), size - 1);

                if (n > 0) {
                        send_piece(fds[0], data + 1, n, fd_counts[data[0] >> 5], null_fd);
                        if (!drain(&reader, fds[1], /* ended= */ false))
                                break;
                }
                data += n + 1;
                size -= n + 1;
        }

        safe_close(fds[0]);
        if (size <= 1)
                check(!drain(&reader, fds[1], /* ended= */ true));
        frame_reader_done(&reader);
        safe_close(fds[1]);
        safe_close(null_fd);

        /* The lowest number that is free shows whether one of theirs is still open. */
        next = open("/dev/null", O_RDONLY | O_CLOEXEC);
        check(next == MIN(fds[0], fds[1]));
        safe_close(next);
        return 0;
}
