/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The daemon's end of the lines to userunit-journal, see journal-link.h. */

#include "daemon/journal-link.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/clock.h"
#include "common/frame.h"
#include "common/limits.h"
#include "daemon/deadlines.h"

#define RETRY_USEC (20 * USEC_PER_MSEC)
/* How often a helper is looked at that has not taken a request yet. */
#define TAKEN_USEC (100 * USEC_PER_MSEC)

typedef struct Connection Connection;

/* One frame on its way, until the helper has taken it. */
typedef struct Out {
        TAILQ_ENTRY(Out) entry;
        FrameHeader header;
        char *payload;
        int fd;                /* the end to write of the pipe */
        size_t done;           /* bytes of it that the socket has */
        JournalReader *reader; /* NULL: a cancellation, or of a reader that is gone */
        uint64_t deadline;
} Out;

TAILQ_HEAD(OutList, Out);
TAILQ_HEAD(ReaderList, JournalReader);

struct JournalReader {
        TAILQ_ENTRY(JournalReader) entry;
        Connection *connection;
        uid_t caller;
        bool watcher;
        bool started; /* all was sent */
        bool told;    /* … and the handler knows */
        bool ended;
        uint64_t serial;
        JournalReaderHandlers handlers;
        void *userdata;
};

struct Connection {
        TAILQ_ENTRY(Connection) entry;
        unsigned n_ref;
        JournalLink *link; /* NULL: closed */
        bool shared;       /* by the watchers */
        bool retried;
        int fd;
        int error;      /* why it broke */
        uint64_t since; /* the first try to connect; 0: none yet */
        sd_event_source *io;
        sd_event_source *timer;  /* tries again to connect, or looks whether all is taken */
        sd_event_source *broken; /* ends the readers from the event loop */
        FrameReader reader;
        struct OutList outs;
        struct ReaderList readers;
};

struct JournalLink {
        sd_event *event;
        struct sockaddr_un address;
        uid_t peer_uid;
        uint64_t serial;
        TAILQ_HEAD(ConnectionList, Connection) connections;
};

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);
static int on_broken(sd_event_source *source, void *userdata);

/* ---- frames on their way ---- */

static Out *out_free(Out *out) {
        safe_close(out->fd);
        free(out->payload);
        free(out);
        return NULL;
}

static size_t out_size(const Out *out) {
        return sizeof(out->header) + out->header.size;
}

static void out_drop(Connection *c, Out *out) {
        TAILQ_REMOVE(&c->outs, out, entry);
        out_free(out);
}

static void outs_drop(Connection *c) {
        while (!TAILQ_EMPTY(&c->outs))
                out_drop(c, TAILQ_FIRST(&c->outs));
}

static Out *out_of(const JournalReader *reader) {
        Out *out;

        TAILQ_FOREACH(out, &reader->connection->outs, entry)
                if (out->reader == reader)
                        return out;
        return NULL;
}

/* Takes the payload and the descriptor. */
static int out_add(Connection *c, JournalReader *reader, FrameType type, uint64_t serial, char *payload,
        size_t size, int fd) {
        Out *out;

        out = calloc(1, sizeof(*out));
        if (!out) {
                free(payload);
                safe_close(fd);
                return -ENOMEM;
        }
        out->header = (FrameHeader){
                .size = (uint32_t) size, .type = (uint16_t) type, .n_fds = fd >= 0, .serial = serial
        };
        out->payload = payload;
        out->fd = fd;
        out->reader = reader;
        out->deadline = clock_now_usec() + deadline_usec(DEADLINE_JOURNAL);
        TAILQ_INSERT_TAIL(&c->outs, out, entry);
        return 0;
}

/* ---- one connection ---- */

static void connection_disconnect(Connection *c) {
        c->io = sd_event_source_disable_unref(c->io);
        c->fd = safe_close(c->fd);
        frame_reader_done(&c->reader);
}

static void connection_close(Connection *c) {
        if (!c->link)
                return;
        connection_disconnect(c);
        c->timer = sd_event_source_disable_unref(c->timer);
        c->broken = sd_event_source_disable_unref(c->broken);
        outs_drop(c);
        TAILQ_REMOVE(&c->link->connections, c, entry);
        c->link = NULL;
}

static Connection *connection_unref(Connection *c) {
        if (!c || --c->n_ref > 0)
                return NULL;
        connection_close(c);
        free(c);
        return NULL;
}
DEFINE_CLEANUP(Connection *, connection_unref);

static Connection *connection_ref(Connection *c) {
        c->n_ref++;
        return c;
}

static int connection_new(JournalLink *link, bool shared, Connection **ret) {
        _cleanup_(connection_unrefp) Connection *c = NULL;
        int r;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        c->n_ref = 1;
        c->fd = -EBADF;
        c->shared = shared;
        TAILQ_INIT(&c->outs);
        TAILQ_INIT(&c->readers);
        c->link = link;
        TAILQ_INSERT_TAIL(&link->connections, c, entry);

        r = sd_event_add_time_relative(
                link->event, &c->timer, CLOCK_MONOTONIC, RETRY_USEC, USEC_PER_MSEC, on_timer, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(link->event, &c->broken, on_broken, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->broken, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(c);
        return 0;
}

/* Of no more use; the readers hear of it from the event loop. */
static void connection_break(Connection *c, int error) {
        if (c->error < 0)
                return;
        c->error = error;
        connection_disconnect(c);
        (void) sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(c->broken, SD_EVENT_ONESHOT);
}

static void connection_look_later(Connection *c, uint64_t usec) {
        int r;

        r = sd_event_source_set_time_relative(c->timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                connection_break(c, r);
}

static int check_peer(const JournalLink *link, int fd) {
        struct ucred ucred;
        socklen_t n = sizeof(ucred);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &n) < 0)
                return -errno;
        return ucred.uid == link->peer_uid ? 0 : -EPERM;
}

static int connection_open(Connection *c) {
        const JournalLink *link = c->link;
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* On AF_UNIX this succeeds, fails, or says EAGAIN where the backlog is full. */
        if (connect(fd, (const struct sockaddr *) &link->address, sizeof(link->address)) < 0)
                return -errno;
        r = check_peer(link, fd);
        if (r < 0)
                return r;
        r = sd_event_add_io(link->event, &c->io, fd, EPOLLIN, on_io, c);
        if (r < 0)
                return r;

        c->fd = TAKE_FD(fd);
        return 0;
}

/* connect(2) failed: again soon, for as long as the helper may be starting, or busy. */
static void connection_unreachable(Connection *c, int error) {
        uint64_t now = clock_now_usec();
        const Out *first = TAILQ_FIRST(&c->outs);

        if (error == -EAGAIN && first && now < first->deadline)
                connection_look_later(c, RETRY_USEC);
        else if ((error == -ENOENT || error == -ECONNREFUSED) && now - c->since < JOURNAL_UNREACHABLE_USEC)
                connection_look_later(c, RETRY_USEC);
        else
                connection_break(c, error == -EAGAIN ? -ETIMEDOUT : error);
}

/* The helper closed its end and had not read all: what it has not read it has not begun. Asked once more,
 * and only once, for it may be this that kills it. Returns whether it is. */
static bool connection_retry(Connection *c) {
        Out *out = TAILQ_FIRST(&c->outs);

        if (c->shared || c->retried || !out)
                return false;
        c->retried = true;
        c->since = clock_now_usec();
        out->done = 0;
        connection_disconnect(c);
        connection_look_later(c, RETRY_USEC);
        return true;
}

/* Sends what goes out at once; calls no handler. */
static void connection_push(Connection *c) {
        uint32_t events = EPOLLIN;
        Out *out;
        int r;

        if (c->error < 0)
                return;
        if (c->fd < 0) {
                if (c->since == 0)
                        c->since = clock_now_usec();
                r = connection_open(c);
                if (r < 0) {
                        connection_unreachable(c, r);
                        return;
                }
        }

        TAILQ_FOREACH(out, &c->outs, entry) {
                if (out->done == out_size(out))
                        continue;
                r = frame_send_some(c->fd, &out->header, out->payload, &out->fd, &out->done);
                if (r == -EAGAIN) {
                        events |= EPOLLOUT;
                        break;
                }
                if ((r == -EPIPE || r == -ECONNRESET) && connection_retry(c))
                        return;
                if (r < 0) {
                        connection_break(c, r == -EPIPE || r == -ECONNRESET ? -EIO : r);
                        return;
                }
                if (out->reader)
                        out->reader->started = true;
        }

        r = sd_event_source_set_io_events(c->io, events);
        if (r < 0)
                connection_break(c, r);
        else if (!TAILQ_EMPTY(&c->outs) && sd_event_source_get_enabled(c->timer, NULL) == 0)
                connection_look_later(c, TAKEN_USEC);
}

/* ---- what the readers hear ---- */

static JournalReader *find_untold(const Connection *c) {
        JournalReader *reader;

        TAILQ_FOREACH(reader, &c->readers, entry)
                if (reader->started && !reader->told)
                        return reader;
        return NULL;
}

/* A handler may free any reader, and with the last one the connection is closed: the caller has a reference.
 */
static void tell_started(Connection *c) {
        JournalReader *reader;

        for (;;) {
                reader = find_untold(c);
                if (!reader)
                        return;
                reader->told = true;
                reader->handlers.started(reader->userdata);
        }
}

static void reader_end(JournalReader *reader, int error, int fd) {
        reader->ended = true;
        reader->handlers.ended(error, fd, reader->userdata);
}

static JournalReader *find_unended(const Connection *c) {
        JournalReader *reader;

        TAILQ_FOREACH(reader, &c->readers, entry)
                if (!reader->ended)
                        return reader;
        return NULL;
}

static int on_broken(sd_event_source *source, void *userdata) {
        _cleanup_(connection_unrefp) Connection *c = connection_ref(userdata);
        JournalReader *reader;

        for (;;) {
                const Out *out;

                reader = find_unended(c);
                if (!reader)
                        return 0;
                /* Of several frames in a row only the last is known not to have been read. */
                out = out_of(reader);
                reader_end(reader, c->error, out && !TAILQ_NEXT(out, entry) ? out->fd : -EBADF);
        }
}

/* Without taking anything: the helper is gone. What it had taken may have been begun. */
static void connection_lost(Connection *c, int r) {
        if (r == -ECONNRESET && connection_retry(c))
                return;
        if (r != -ECONNRESET)
                outs_drop(c);
        connection_break(c, r == -EBADMSG ? r : -EIO);
}

static int handle_frame(Connection *c, const Frame *frame) {
        JournalReader *reader;

        if (frame->header.type != FRAME_REPLY || frame->header.size > 0 || frame->header.n_fds > 0)
                return -EBADMSG;
        TAILQ_FOREACH(reader, &c->readers, entry)
                if (reader->serial == frame->header.serial && !reader->ended) {
                        reader_end(reader, 0, -EBADF);
                        return 0;
                }
        /* A watcher may have ended just when it was cancelled. */
        return c->shared ? 0 : -EBADMSG;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        _cleanup_(connection_unrefp) Connection *c = connection_ref(userdata);

        if (revents & EPOLLOUT) {
                connection_push(c);
                tell_started(c);
        }

        /* A handler may have ended the last reader, or the line was broken. */
        while (c->link && c->fd == fd) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                int r;

                r = frame_read(&c->reader, fd, &frame);
                if (r == -EAGAIN)
                        return 0;
                if (r == 1)
                        r = handle_frame(c, &frame);
                else if (r == 0)
                        r = -EIO;
                if (r < 0 && c->link)
                        connection_lost(c, r);
        }
        return 0;
}

/* Whether the helper has read all that was sent: the kernel charges it to our socket until then. */
static bool is_taken(const Connection *c) {
        const Out *last = TAILQ_LAST(&c->outs, OutList);
        int unread;

        if (last && last->done < out_size(last))
                return false;
        return ioctl(c->fd, SIOCOUTQ, &unread) >= 0 && unread == 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        _cleanup_(connection_unrefp) Connection *c = connection_ref(userdata);

        if (c->fd < 0) {
                connection_push(c);
                tell_started(c);
        } else if (is_taken(c))
                outs_drop(c);
        else if (clock_now_usec() >= TAILQ_FIRST(&c->outs)->deadline)
                connection_break(c, -ETIMEDOUT);
        else
                connection_look_later(c, TAKEN_USEC);
        return 0;
}

/* ---- public ---- */

int journal_link_new(sd_event *event, const char *socket_path, uid_t peer_uid, JournalLink **ret) {
        JournalLink *link;

        if (strlen(socket_path) >= sizeof(link->address.sun_path))
                return -ENAMETOOLONG;

        link = calloc(1, sizeof(*link));
        if (!link)
                return -ENOMEM;
        link->event = sd_event_ref(event);
        link->address.sun_family = AF_UNIX;
        strcpy(link->address.sun_path, socket_path);
        link->peer_uid = peer_uid;
        TAILQ_INIT(&link->connections);

        *ret = link;
        return 0;
}

JournalLink *journal_link_free(JournalLink *link) {
        if (!link)
                return NULL;

        assert(TAILQ_EMPTY(&link->connections));
        sd_event_unref(link->event);
        free(link);
        return NULL;
}

int journal_link_check(const JournalLink *link, uid_t caller, bool watcher) {
        const unsigned max = watcher ? WATCHERS_MAX : JOURNAL_READERS_MAX;
        const Connection *c;
        unsigned n = 0, n_own = 0;

        TAILQ_FOREACH(c, &link->connections, entry) {
                const JournalReader *reader;

                TAILQ_FOREACH(reader, &c->readers, entry)
                        if (reader->watcher == watcher) {
                                n++;
                                n_own += reader->caller == caller;
                        }
        }

        if (!watcher && n_own >= JOURNAL_READERS_PER_UID_MAX)
                return -EBUSY;
        return n >= (caller == 0 ? max : max - JOURNAL_READERS_PER_UID_MAX) ? -EUSERS : 0;
}

/* The one of the watchers, or a new one. */
static int connection_get(JournalLink *link, bool watcher, Connection **ret) {
        Connection *c;

        if (watcher)
                TAILQ_FOREACH(c, &link->connections, entry)
                        if (c->shared && c->error >= 0) {
                                *ret = connection_ref(c);
                                return 0;
                        }
        return connection_new(link, watcher, ret);
}

int journal_reader_start(JournalLink *link, uid_t caller, bool watcher, char *payload, size_t size,
        const JournalReaderHandlers *handlers, void *userdata, JournalReader **ret, int *ret_fd) {
        _cleanup_(journal_reader_freep) JournalReader *reader = NULL;
        _cleanup_free_ char *owned = payload;
        _cleanup_close_ int reading = -EBADF, writing = -EBADF;
        int fds[2], r;

        if (size > FRAME_SIZE_MAX)
                return -EMSGSIZE;
        r = journal_link_check(link, caller, watcher);
        if (r < 0)
                return r;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        reading = fds[0];
        writing = fds[1];

        reader = calloc(1, sizeof(*reader));
        if (!reader)
                return -ENOMEM;
        r = connection_get(link, watcher, &reader->connection);
        if (r < 0)
                return r;
        TAILQ_INSERT_TAIL(&reader->connection->readers, reader, entry);
        reader->caller = caller;
        reader->watcher = watcher;
        reader->serial = ++link->serial;
        reader->handlers = *handlers;
        reader->userdata = userdata;

        r = out_add(reader->connection, reader, FRAME_STREAM_REQUEST, reader->serial, TAKE_PTR(owned), size,
                TAKE_FD(writing));
        if (r < 0)
                return r;
        connection_push(reader->connection);
        reader->told = reader->started;

        r = reader->started;
        *ret_fd = TAKE_FD(reading);
        *ret = TAKE_PTR(reader);
        return r;
}

/* Takes a watcher's frame back, or its effect. */
static void cancel(Connection *c, JournalReader *reader) {
        Out *out = out_of(reader);

        if (out && out->done == 0) {
                out_drop(c, out);
                return;
        }
        if (out) {
                /* The helper has its own, or is about to. */
                out->reader = NULL;
                out->fd = safe_close(out->fd);
        }
        if (reader->ended || c->error < 0)
                return;
        if (out_add(c, NULL, FRAME_CANCEL, reader->serial, NULL, 0, -EBADF) < 0)
                connection_break(c, -ENOMEM);
        else
                connection_push(c);
}

JournalReader *journal_reader_free(JournalReader *reader) {
        Connection *c;

        if (!reader)
                return NULL;

        c = reader->connection;
        if (c) {
                TAILQ_REMOVE(&c->readers, reader, entry);
                if (TAILQ_EMPTY(&c->readers))
                        connection_close(c);
                else
                        cancel(c, reader);
                connection_unref(c);
        }
        free(reader);
        return NULL;
}
