/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One worker as its pool sees it, see internal.h. */

#include "daemon/pool/internal.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "common/limits.h"

/* Frames taken from one worker before others get their turn. */
#define FRAMES_PER_TURN 8

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        /* The worker may be gone after a frame, and its reference with it; ours tells whether it is. */
        _cleanup_(sd_event_source_unrefp) sd_event_source *ours = sd_event_source_ref(source);
        Worker *worker = userdata;

        for (unsigned i = 0; i < FRAMES_PER_TURN; i++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                int r;

                r = frame_read(&worker->reader, fd, &frame);
                if (r == -EAGAIN)
                        return 0;
                if (r <= 0) {
                        pool_on_worker_end(worker, r < 0 ? r : -ECONNRESET);
                        return 0;
                }

                /* The handler may give the worker up, or close it: look at nothing of it afterwards but
                 * this. */
                pool_on_frame(worker, &frame);
                if (sd_event_source_get_enabled(ours, NULL) <= 0)
                        return 0;
        }

        return 0;
}

int worker_attach(Worker *worker, sd_event *event, uint64_t child, int fd) {
        int flags, r;

        worker->fd = fd;
        worker->child = child;

        /* A request is sent in one go, also to a worker that does not read yet. As much as net.core.wmem_max
         * allows is more than the largest one. */
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){ 2 * REQUEST_SIZE_MAX }, sizeof(int));

        flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;

        r = sd_event_add_io(event, &worker->io, fd, EPOLLIN, on_readable, worker);
        if (r < 0)
                return r;

        worker->state = WORKER_READY;
        return 0;
}

void worker_detach(Worker *worker) {
        worker->io = sd_event_source_disable_unref(worker->io);
        worker->idle = sd_event_source_disable_unref(worker->idle);
        worker->fd = safe_close(worker->fd);
        frame_reader_done(&worker->reader);
}

int worker_send(Worker *worker, Exchange *exchange) {
        int r;

        r = frame_send(worker->fd, exchange->stream ? FRAME_STREAM_REQUEST : FRAME_REQUEST, exchange->serial,
                exchange->payload, exchange->payload_size, exchange->fds, exchange->n_fds, 0);
        exchange_close_fds(exchange);
        return r;
}

Worker *worker_free(Worker *worker) {
        if (!worker)
                return NULL;

        spawn_free(worker->spawn);
        worker_detach(worker);
        account_unref(worker->account);
        free(worker);
        return NULL;
}
