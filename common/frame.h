/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The frames between daemon and worker, on a SOCK_STREAM socket: a fixed header and a JSON payload. Both
 * ends check every frame; the daemon closes the connection and gives the worker up at the first breach.
 *
 * One exchange: the daemon sends FRAME_REQUEST, the worker answers any number of FRAME_PART (only to a
 * FRAME_STREAM_REQUEST), then one FRAME_REPLY or FRAME_ERROR of the same serial. A worker that waits for
 * jobs sends FRAME_WAITING once and is then free for other requests until its FRAME_REPLY or FRAME_ERROR.
 */

#include "common/limits.h"
#include "common/macro.h"

typedef enum FrameType {
        FRAME_REQUEST =
                1, /* daemon to worker: the account's home, a NUL byte, {"method": …, "parameters": {…}} */
        FRAME_STREAM_REQUEST, /* the same, and FRAME_PART may be sent */
        FRAME_PART,           /* worker to daemon: a result as FRAME_REPLY's, more of it follows */
        FRAME_REPLY,          /* worker to daemon: the result, an object as the row's `result` says */
        FRAME_WAITING,        /* worker to daemon: no payload; the answer comes when the jobs have ended */
        FRAME_ERROR,          /* worker to daemon: {"name": "NoSuchUnit", "message": "…"} */
        FRAME_CANCEL,         /* daemon to userunit-journal: no payload; a watcher of this serial is done */
        _FRAME_TYPE_MAX,
} FrameType;

/* A request may begin with this: an account whose manager is not running is answered about only if it has
 * unit files of its own. */
#define FRAME_ONLY_IF_FILES '?'

typedef struct FrameHeader {
        uint32_t size;   /* of the payload, FRAME_SIZE_MAX at most */
        uint16_t type;   /* FrameType */
        uint16_t n_fds;  /* descriptors that come with the header, see frame_max_fds() */
        uint64_t serial; /* chosen by the daemon, repeated by the worker */
} FrameHeader;

/* A frame read whole. The payload is NUL-terminated for convenience; `header.size` is the truth. */
typedef struct Frame {
        FrameHeader header;
        char *payload;
        int fds[REQUEST_FDS_MAX]; /* the first header.n_fds are owned; one that was taken is -EBADF */
} Frame;

#define FRAME_NULL                                                                                          \
        (Frame) {                                                                                           \
        }

void frame_done(Frame *frame);

/* How many descriptors a frame of this type may carry: a request those of its caller, a result one. */
unsigned frame_max_fds(FrameType type);

/* Collects frames from a stream socket piece by piece; also takes the descriptors. Zero it with
 * FRAME_READER_NULL. */
typedef struct FrameReader {
        FrameHeader header;
        size_t header_done;
        char *payload;
        size_t payload_done;
        int fds[REQUEST_FDS_MAX]; /* the first n_fds */
        unsigned n_fds;
} FrameReader;

#define FRAME_READER_NULL                                                                                   \
        (FrameReader) {                                                                                     \
        }

void frame_reader_done(FrameReader *reader);

/*
 * Reads what is there, until one frame is whole. Blocks only where the socket does.
 *
 * Returns 1 with *ret filled (the caller owns it), 0 at end of stream between frames, -EAGAIN where the
 * socket has no more for now, -EBADMSG for anything against the rules above (size, type, descriptors, end
 * inside a frame), or another errno of recvmsg(2).
 */
int frame_read(FrameReader *reader, int socket_fd, Frame *ret);

/*
 * Sends one whole frame; the descriptors stay the caller's, and there may be none (NULL, 0). On a socket
 * that does not block, what does not fit at once is polled for `timeout_msec` at most; the daemon passes 0
 * and gives the worker up at -EAGAIN (its requests are small and the socket's buffer is not).
 *
 * Returns 0 or a negative errno: -EMSGSIZE where it is too long or has too many descriptors, and nothing was
 * sent; after another error the stream is unusable.
 */
int frame_send(int socket_fd, FrameType type, uint64_t serial, const char *payload, size_t size,
        const int *fds, size_t n_fds, int timeout_msec);

/*
 * The same, without waiting and piece by piece: sends what fits of the frame behind the first *done bytes,
 * and counts these up. The descriptors (header->n_fds of them) go with the first byte and stay the caller's.
 * The caller has checked size and number of descriptors.
 *
 * Returns 0 when the frame is out, -EAGAIN where there is no room for more now, or another errno of
 * sendmsg(2).
 */
int frame_send_some(
        int socket_fd, const FrameHeader *header, const char *payload, const int *fds, size_t *done);
