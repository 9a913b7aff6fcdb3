/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading and writing frames, see frame.h. */

#include "common/frame.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void close_fds(const int *fds, size_t n) {
        for (size_t i = 0; i < n; i++)
                safe_close(fds[i]);
}

void frame_done(Frame *frame) {
        free(frame->payload);
        close_fds(frame->fds, frame->header.n_fds);
        *frame = FRAME_NULL;
}

void frame_reader_done(FrameReader *reader) {
        free(reader->payload);
        close_fds(reader->fds, reader->n_fds);
        *reader = FRAME_READER_NULL;
}

unsigned frame_max_fds(FrameType type) {
        return type == FRAME_REQUEST || type == FRAME_STREAM_REQUEST ? REQUEST_FDS_MAX : 1;
}

/* Takes the descriptors that a frame may carry; closes what is too many, and then says -EBADMSG. */
static int take_fds(FrameReader *reader, struct msghdr *mh) {
        bool breach = (mh->msg_flags & MSG_CTRUNC) != 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
                size_t n;

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;

                n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
                        if (reader->n_fds >= ELEMENTSOF(reader->fds)) {
                                safe_close(fd);
                                breach = true;
                        } else
                                reader->fds[reader->n_fds++] = fd;
                }
        }

        return breach ? -EBADMSG : 0;
}

static int read_some(FrameReader *reader, int socket_fd, void *buffer, size_t size) {
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE((REQUEST_FDS_MAX + 1) * sizeof(int))];
        } control = {};
        struct iovec iov = { .iov_base = buffer, .iov_len = size };
        struct msghdr mh = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n;
        int r;

        do
                n = recvmsg(socket_fd, &mh, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        r = take_fds(reader, &mh);
        if (r < 0)
                return r;

        return (int) n;
}

static int check_header(const FrameReader *reader) {
        const FrameHeader *h = &reader->header;

        if (h->size > FRAME_SIZE_MAX || h->type < FRAME_REQUEST || h->type >= _FRAME_TYPE_MAX ||
                h->n_fds > frame_max_fds(h->type))
                return -EBADMSG;
        return h->n_fds == reader->n_fds ? 0 : -EBADMSG;
}

int frame_read(FrameReader *reader, int socket_fd, Frame *ret) {
        int r;

        while (reader->header_done < sizeof(FrameHeader)) {
                r = read_some(reader, socket_fd, (uint8_t *) &reader->header + reader->header_done,
                        sizeof(FrameHeader) - reader->header_done);
                if (r < 0)
                        return r;
                if (r == 0)
                        return reader->header_done == 0 && reader->n_fds == 0 ? 0 : -EBADMSG;
                reader->header_done += (size_t) r;
        }

        if (!reader->payload) {
                r = check_header(reader);
                if (r < 0)
                        return r;

                reader->payload = malloc((size_t) reader->header.size + 1);
                if (!reader->payload)
                        return -ENOMEM;
        }

        while (reader->payload_done < reader->header.size) {
                r = read_some(reader, socket_fd, reader->payload + reader->payload_done,
                        reader->header.size - reader->payload_done);
                if (r < 0)
                        return r;
                if (r == 0)
                        return -EBADMSG;
                reader->payload_done += (size_t) r;

                /* Descriptors belong to the header's bytes; one that arrives later is none of the rules'. */
                if (reader->n_fds != reader->header.n_fds)
                        return -EBADMSG;
        }

        reader->payload[reader->header.size] = 0;
        *ret = (Frame){ .header = reader->header, .payload = TAKE_PTR(reader->payload) };
        memcpy(ret->fds, reader->fds, reader->n_fds * sizeof(int));
        *reader = FRAME_READER_NULL;
        return 1;
}

static int wait_writable(int fd, int timeout_msec) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        int r;

        if (timeout_msec == 0)
                return -EAGAIN;

        r = poll(&p, 1, timeout_msec);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        return r == 0 ? -EAGAIN : 0;
}

int frame_send_some(
        int socket_fd, const FrameHeader *header, const char *payload, const int *fds, size_t *done) {
        size_t total = sizeof(*header) + header->size;
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(REQUEST_FDS_MAX * sizeof(int))];
        } control = {};

        while (*done < total) {
                struct iovec iov[2];
                struct msghdr mh = { .msg_iov = iov };
                ssize_t n;

                if (*done < sizeof(*header))
                        iov[mh.msg_iovlen++] =
                                (struct iovec){ (uint8_t *) header + *done, sizeof(*header) - *done };
                if (header->size > 0) {
                        size_t from = *done > sizeof(*header) ? *done - sizeof(*header) : 0;
                        iov[mh.msg_iovlen++] =
                                (struct iovec){ (char *) payload + from, header->size - from };
                }

                if (*done == 0 && header->n_fds > 0) {
                        mh.msg_control = &control;
                        mh.msg_controllen = CMSG_SPACE(header->n_fds * sizeof(int));
                        control.header = (struct cmsghdr){
                                .cmsg_len = CMSG_LEN(header->n_fds * sizeof(int)),
                                .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS,
                        };
                        memcpy(CMSG_DATA(&control.header), fds, header->n_fds * sizeof(int));
                }

                n = sendmsg(socket_fd, &mh, MSG_NOSIGNAL);
                if (n >= 0)
                        *done += (size_t) n;
                else if (errno != EINTR)
                        return -errno;
        }

        return 0;
}

int frame_send(int socket_fd, FrameType type, uint64_t serial, const char *payload, size_t size,
        const int *fds, size_t n_fds, int timeout_msec) {
        FrameHeader header = {
                .size = (uint32_t) size,
                .type = (uint16_t) type,
                .n_fds = (uint16_t) n_fds,
                .serial = serial,
        };
        size_t done = 0;

        if (size > FRAME_SIZE_MAX || n_fds > frame_max_fds(type))
                return -EMSGSIZE;

        for (;;) {
                int r;

                r = frame_send_some(socket_fd, &header, payload, fds, &done);
                if (r != -EAGAIN)
                        return r;
                r = wait_writable(socket_fd, timeout_msec);
                if (r < 0)
                        return r;
        }
}
