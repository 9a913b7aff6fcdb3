/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub of watchers, see watch.h. */

#include "daemon/journal/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>

#include "daemon/journal/events-list.h"
#include "daemon/journal/journal-follow.h"
#include "daemon/journal/watcher.h"

/* Entries that are read before others get their turn. */
#define BATCH_MAX 1024U
/* Files that were cut short, one after the other, before we give up. */
#define FAULTS_MAX 8U
#define REPLY_MSEC 5000

struct WatchHub {
        int connection;
        FrameReader reader;
        WatchConfig config;

        Watcher **watchers;
        size_t n_watchers;
        struct pollfd *polls;
        int pipes_fd; /* all pipes at once: to see whether one is closed */

        EntrySource *source; /* NULL: nobody watches */
        bool readable;       /* so is its descriptor */
        bool more;           /* it has not been read to its end */
        EventMemory *memory;
        Entry entry;
        JsonWriter line;
        Ring ring;
        char *last_cursor; /* of the last entry that was read; NULL: there is none yet */
        uint64_t last_time;
        unsigned faults;
};

static const JournalGrants everyone = { .everyone = true };

static sigjmp_buf bus_jump;
static volatile sig_atomic_t bus_ready;

/* A file of the journal that is cut short raises SIGBUS where it is mapped. What was open then is in no
 * known state: it is left where it is, and the journal is opened anew. */
static int hub_guard(WatchHub *hub, int (*f)(WatchHub *)) {
        int r;

        /* The handler blocks no signals. */
        if (sigsetjmp(bus_jump, /* savemask= */ 0) != 0) {
                bus_ready = 0;
                hub->source = NULL;
                return ++hub->faults < FAULTS_MAX ? -EAGAIN : -EIO;
        }
        bus_ready = 1;
        r = f(hub);
        bus_ready = 0;
        return r;
}

static void on_bus(int sig) {
        if (!bus_ready)
                _exit(EXIT_FAILURE);
        siglongjmp(bus_jump, 1);
}

int watch_hub_new(int connection, const WatchConfig *config, WatchHub **ret) {
        _cleanup_(watch_hub_freep) WatchHub *hub = NULL;
        int r, flags;

        hub = calloc(1, sizeof(WatchHub));
        if (!hub)
                return -ENOMEM;
        hub->connection = connection;
        hub->pipes_fd = -1;
        hub->config = *config;
        hub->entry = ENTRY_NULL;
        hub->line = JSON_WRITER_INIT(EVENT_LINE_MAX);
        r = ring_init(&hub->ring, WATCH_RING_EVENTS_MAX, WATCH_RING_SIZE_MAX);
        if (r < 0)
                return r;
        r = event_memory_new(&hub->memory);
        if (r < 0)
                return r;

        hub->pipes_fd = epoll_create1(EPOLL_CLOEXEC);
        if (hub->pipes_fd < 0)
                return -errno;
        flags = fcntl(connection, F_GETFL);
        if (flags < 0 || fcntl(connection, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;
        *ret = TAKE_PTR(hub);
        return 0;
}

static void hub_close_source(WatchHub *hub) {
        hub->source = entry_source_free(hub->source);
        free(hub->last_cursor);
        hub->last_cursor = NULL;
        hub->faults = 0;
        ring_trim(&hub->ring, hub->ring.end);
}

WatchHub *watch_hub_free(WatchHub *hub) {
        if (!hub)
                return NULL;
        for (size_t i = 0; i < hub->n_watchers; i++)
                watcher_free(hub->watchers[i]);
        free(hub->watchers);
        free(hub->polls);
        safe_close(hub->pipes_fd);
        frame_reader_done(&hub->reader);
        hub_close_source(hub);
        ring_done(&hub->ring);
        event_memory_free(hub->memory);
        entry_done(&hub->entry);
        json_writer_done(&hub->line);
        free(hub);
        return NULL;
}

size_t watch_hub_watchers(const WatchHub *hub) {
        return hub->n_watchers;
}

static int remember_entry(const Entry *entry, JsonWriter *w, void *userdata) {
        WatchHub *hub = userdata;
        Event event;

        return event_from_entry(entry, hub->config.self, hub->memory, &event);
}

static void forget_entries(void *userdata) {
        WatchHub *hub = userdata;

        event_memory_clear(hub->memory);
}

static int note_place(WatchHub *hub) {
        char *cursor = strdup(hub->entry.cursor);

        if (!cursor)
                return -ENOMEM;
        free(hub->last_cursor);
        hub->last_cursor = cursor;
        hub->last_time = hub->entry.realtime;
        return 0;
}

/* Opens the journal behind the last entry that was read, or else behind the last that there is. */
static int hub_open(WatchHub *hub) {
        const PastReader reader = {
                .look = remember_entry,
                .reset = forget_entries,
                .memory_usec = EVENT_MEMORY_USEC,
                .userdata = hub,
        };
        int r;

        if (hub->source)
                return 0;
        r = hub->config.open(/* follow= */ true, &everyone, hub->config.userdata, &hub->source);
        if (r < 0)
                return r;
        hub->more = true;
        if (hub->last_cursor)
                return past_seek_after(hub->source, &reader, hub->last_cursor);

        r = hub->source->ops->seek_tail(hub->source);
        if (r < 0)
                return r;
        r = hub->source->ops->step(hub->source, /* back= */ true);
        if (r < 0)
                return r;
        if (r == 0)
                return hub->source->ops->seek_head(hub->source);
        r = hub->source->ops->read(hub->source, &hub->entry);
        if (r < 0)
                return r;
        r = note_place(hub);
        if (r < 0)
                return r;
        return past_seek_after(hub->source, &reader, hub->last_cursor);
}

/* Names come from files of ours, or from userunitd, who has asked the name service. */
static const char *find_account(WatchHub *hub, uid_t uid) {
        const char *name = account_names_get(hub->config.names, uid);

        for (size_t i = 0; !name && i < hub->n_watchers; i++)
                name = grants_account(&hub->watchers[i]->query.grants, uid);
        return name;
}

static int push_event(WatchHub *hub, const Event *event) {
        RingItem item = { .uid = event->uid, .kind = event->kind };
        const char *text;
        size_t n;
        int r;

        json_writer_reset(&hub->line);
        event_write(event, &hub->entry, find_account(hub, event->uid), &hub->line);
        r = json_writer_peek(&hub->line, &text, &n);
        if (r < 0)
                return r;

        item.size = n + 1;
        item.line = malloc(item.size);
        item.cursor = strdup(hub->entry.cursor);
        item.unit = event->unit ? strdup(event->unit) : NULL;
        if (!item.line || !item.cursor || (event->unit && !item.unit)) {
                free(item.line);
                free(item.cursor);
                free(item.unit);
                return -ENOMEM;
        }
        memcpy(item.line, text, n);
        item.line[n] = '\n';
        return ring_push(&hub->ring, &item);
}

/* Reads what has come. Returns 1 where there may be more, 0 where that was all. */
static int hub_read(WatchHub *hub) {
        Event event;
        int r;

        for (unsigned i = 0; hub->more && i < BATCH_MAX; i++) {
                r = hub->source->ops->step(hub->source, /* back= */ false);
                hub->more = r > 0;
                if (r <= 0)
                        return r;
                r = hub->source->ops->read(hub->source, &hub->entry);
                if (r < 0)
                        return r;
                r = note_place(hub);
                if (r < 0)
                        return r;
                r = event_from_entry(&hub->entry, hub->config.self, hub->memory, &event);
                if (r > 0)
                        r = push_event(hub, &event);
                if (r < 0)
                        return r;
        }
        if (hub->more)
                hub->faults = 0;
        return hub->more;
}

static int hub_look(WatchHub *hub) {
        int r;

        r = hub->source->ops->look(hub->source, hub->readable);
        if (r > 0)
                hub->more = true;
        return r;
}

static void hub_fail_all(WatchHub *hub, int error) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) entry_source_error(error, &e);
        for (size_t i = 0; i < hub->n_watchers; i++) {
                watch_child_stop(&hub->watchers[i]->child);
                (void) watcher_set_blocking(hub->watchers[i], false);
                watcher_fail(hub->watchers[i], &e);
        }
        hub_close_source(hub);
}

/* Moves a watcher along the ring as far as its pipe takes it. */
static void watcher_pump(WatchHub *hub, Watcher *watcher) {
        while (!watcher->ended && !watch_child_is_running(&watcher->child)) {
                const RingItem *item;

                if (watcher_flush(watcher) <= 0)
                        return;
                if (watcher->closing) {
                        watcher->ended = true;
                        return;
                }
                if (watcher->next < hub->ring.first) {
                        _cleanup_(error_done) Error e = ERROR_NULL;

                        (void) error_set(&e, ERROR_LIMIT_EXCEEDED,
                                "More has happened than was read; go on behind the cursor.");
                        watcher_fail(watcher, &e);
                        continue;
                }
                if (watcher->next == hub->ring.end)
                        return;

                item = ring_get(&hub->ring, watcher->next++);
                if (!watcher_wants(watcher, item))
                        continue;
                if (watcher_note(watcher, item->cursor) < 0)
                        watcher->ended = true;
                else
                        (void) watcher_queue(watcher, item->line, item->size);
        }
}

/* Has a child tell what lies between two places; the watcher's place in the ring is behind it. */
static int watcher_catch_up(WatchHub *hub, Watcher *watcher, const char *after, bool first) {
        WatchPast past = {
                .query = &watcher->query,
                .names = hub->config.names,
                .self = hub->config.self,
                .open = hub->config.open,
                .userdata = hub->config.userdata,
                .after = after,
                .last = hub->last_cursor,
                .last_time = hub->last_time,
                .first = first,
                .pipe_fd = watcher->fd,
        };
        int fds[WATCHERS_MAX * 2 + 2];
        size_t n = 0;
        int r;

        /* What the child must not keep open. */
        fds[n++] = hub->connection;
        fds[n++] = hub->pipes_fd;
        for (size_t i = 0; i < hub->n_watchers; i++) {
                if (hub->watchers[i] == watcher)
                        continue;
                fds[n++] = hub->watchers[i]->fd;
                if (watch_child_is_running(&hub->watchers[i]->child))
                        fds[n++] = hub->watchers[i]->child.status_fd;
        }

        free(watcher->told_until);
        watcher->told_until = NULL;
        if (hub->last_cursor) {
                watcher->told_until = strdup(hub->last_cursor);
                if (!watcher->told_until)
                        return -ENOMEM;
        }
        watcher->next = hub->ring.end;
        r = watch_child_start(&past, fds, n, &watcher->child);
        return r;
}

static void watcher_caught_up(WatchHub *hub, Watcher *watcher) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        WatchChildResult result;
        int r;

        result = watch_child_result(&watcher->child);
        if (result == WATCH_CHILD_RUNNING)
                return;
        if (result == WATCH_CHILD_ENDED) {
                watcher->ended = true;
                return;
        }

        if (watcher_set_blocking(watcher, false) < 0) {
                watcher->ended = true;
                return;
        }
        if (result == WATCH_CHILD_DIED) {
                (void) error_set(&e, ERROR_UNAVAILABLE, "The past could not be read to its end.");
                watcher_fail(watcher, &e);
                return;
        }

        r = watcher->told_until ? watcher_note(watcher, watcher->told_until) : 0;
        if (r >= 0 && watcher->next < hub->ring.first && watcher->told_until) {
                _cleanup_free_ char *after = TAKE_PTR(watcher->told_until);

                r = watcher_set_blocking(watcher, true);
                if (r >= 0)
                        r = watcher_catch_up(hub, watcher, after, /* first= */ false);
        }
        if (r < 0)
                watcher->ended = true;
}

static Watcher *hub_forget(WatchHub *hub, Watcher *watcher) {
        /* A child may have the pipe yet: closing it does not take it out. */
        (void) epoll_ctl(hub->pipes_fd, EPOLL_CTL_DEL, watcher->fd, NULL);
        return watcher_free(watcher);
}

/* Tells userunitd of watchers that are done, and forgets them. */
static int hub_collect(WatchHub *hub) {
        uint64_t first = hub->ring.end;
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; i < hub->n_watchers; i++) {
                Watcher *watcher = hub->watchers[i];
                uint64_t serial = watcher->serial;

                if (!watcher->ended) {
                        hub->watchers[kept++] = watcher;
                        first = MIN(first, watcher->next);
                        continue;
                }
                hub_forget(hub, watcher);
                if (r >= 0)
                        r = frame_send(hub->connection, FRAME_REPLY, serial, NULL, 0, NULL, 0, REPLY_MSEC);
        }
        hub->n_watchers = kept;
        ring_trim(&hub->ring, first);
        if (kept == 0)
                hub_close_source(hub);
        return r < 0 ? r : 1;
}

/* Reads the journal and moves everybody along. */
static void hub_pump(WatchHub *hub) {
        int r = 1;

        while (r > 0 && hub->n_watchers > 0) {
                r = hub_guard(hub, hub_open);
                if (r >= 0)
                        r = hub_guard(hub, hub_read);
                for (size_t i = 0; i < hub->n_watchers; i++)
                        watcher_pump(hub, hub->watchers[i]);
        }
        /* The next round opens the journal again. */
        if (r < 0 && r != -EAGAIN) {
                hub_fail_all(hub, r);
                for (size_t i = 0; i < hub->n_watchers; i++)
                        watcher_pump(hub, hub->watchers[i]);
        }
}

/* Where the journal ends, for a watcher who begins there. */
static int hub_position(WatchHub *hub) {
        char *position = NULL;
        int r;

        r = hub->source->ops->position(hub->source, &position);
        if (r < 0)
                return r;
        r = watcher_note(hub->watchers[hub->n_watchers - 1], position);
        free(position);
        return r;
}

static int hub_begin(WatchHub *hub, Watcher *watcher) {
        int r;

        /* The past ends where the others are now. */
        hub->more = true;
        do {
                r = hub_guard(hub, hub_open);
                if (r >= 0)
                        r = hub_guard(hub, hub_read);
                for (size_t i = 0; i + 1 < hub->n_watchers; i++)
                        watcher_pump(hub, hub->watchers[i]);
        } while (r > 0 || r == -EAGAIN);
        if (r < 0)
                return r;

        if (watcher->query.parameters.after_cursor) {
                r = watcher_note(watcher, watcher->query.parameters.after_cursor);
                return r < 0 ? r : watcher_catch_up(hub, watcher, watcher->cursor, /* first= */ true);
        }

        /* What has been read is before the position, and what is behind it will be read. */
        watcher->next = hub->ring.end;
        r = hub_guard(hub, hub_position);
        if (r < 0)
                return r;
        r = watcher_set_blocking(watcher, false);
        if (r < 0)
                return r;
        return watcher_queue_preface(watcher, watcher->cursor);
}

int watch_hub_add(WatchHub *hub, uint64_t serial, int pipe_fd, Query *query) {
        Watcher *watcher, **watchers;
        int r;

        watcher = watcher_new(serial, pipe_fd, query);
        watchers = reallocarray(hub->watchers, hub->n_watchers + 1, sizeof(Watcher *));
        if (watchers)
                hub->watchers = watchers;
        if (!watcher || !watchers || hub->n_watchers >= WATCHERS_MAX) {
                watcher_free(watcher);
                return frame_send(hub->connection, FRAME_REPLY, serial, NULL, 0, NULL, 0, REPLY_MSEC);
        }
        watcher->next = hub->ring.end;
        hub->watchers[hub->n_watchers++] = watcher;

        /* POLLERR and POLLHUP are told unasked. */
        r = epoll_ctl(hub->pipes_fd, EPOLL_CTL_ADD, watcher->fd, &(struct epoll_event){}) < 0 ? -errno : 0;
        if (r >= 0)
                r = hub_begin(hub, watcher);
        if (r < 0) {
                _cleanup_(error_done) Error e = ERROR_NULL;

                (void) entry_source_error(r, &e);
                (void) watcher_set_blocking(watcher, false);
                watcher_fail(watcher, &e);
        }
        hub_pump(hub);
        r = hub_collect(hub);
        return r < 0 ? r : 0;
}

static void hub_cancel(WatchHub *hub, uint64_t serial) {
        for (size_t i = 0; i < hub->n_watchers; i++) {
                if (hub->watchers[i]->serial != serial)
                        continue;
                hub_forget(hub, hub->watchers[i]);
                hub->watchers[i] = hub->watchers[--hub->n_watchers];
                if (hub->n_watchers == 0)
                        hub_close_source(hub);
                return;
        }
}

static int handle_request(WatchHub *hub, Frame *frame) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(query_done) Query query = QUERY_NULL;
        int r;

        if (frame->header.n_fds != 1)
                return -EBADMSG;
        r = query_parse(frame->payload, frame->header.size, &query, &error);
        if (r >= 0 && query.method->id != METHOD_EVENTS_WATCH)
                r = error_set(&error, ERROR_INVALID_REQUEST, "Only watchers share a connection.");
        if (r >= 0)
                return watch_hub_add(hub, frame->header.serial, TAKE_FD(frame->fds[0]), &query);

        /* Its pipe is empty: this much fits. */
        LineWriter writer = LINE_WRITER_INIT(frame->fds[0]);
        (void) line_writer_error(&writer, &error);
        line_writer_done(&writer);
        return frame_send(hub->connection, FRAME_REPLY, frame->header.serial, NULL, 0, NULL, 0, REPLY_MSEC);
}

/* Returns 1, 0 at the end of the connection, or a negative errno. */
static int hub_read_frames(WatchHub *hub) {
        for (;;) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                int r;

                r = frame_read(&hub->reader, hub->connection, &frame);
                if (r <= 0)
                        return r == -EAGAIN ? 1 : r;
                if (frame.header.type == FRAME_STREAM_REQUEST)
                        r = handle_request(hub, &frame);
                else if (frame.header.type == FRAME_CANCEL)
                        hub_cancel(hub, frame.header.serial);
                else
                        return -EBADMSG;
                if (r < 0)
                        return r;
        }
}

/* Whether nothing is waited for of any watcher but that its pipe is closed. */
static bool is_quiet(const WatchHub *hub) {
        for (size_t i = 0; i < hub->n_watchers; i++)
                if (hub->watchers[i]->out.size > 0 || watch_child_is_running(&hub->watchers[i]->child))
                        return false;
        return true;
}

/* Looks after the watchers whose pipes or children have something to tell. */
static int hub_poll_watchers(WatchHub *hub, const struct pollfd *polls) {
        bool told = false;

        for (size_t i = 0; i < hub->n_watchers; i++) {
                if (polls[2 * i].revents & (POLLERR | POLLHUP | POLLNVAL))
                        hub->watchers[i]->ended = true;
                else if (polls[2 * i + 1].revents)
                        watcher_caught_up(hub, hub->watchers[i]);
                told = told || polls[2 * i].revents || polls[2 * i + 1].revents;
        }
        return told;
}

/* Polls for everything there is. With many watchers that is not done each tick: see watch_hub_round(). */
static int poll_all(WatchHub *hub, struct pollfd *fixed, size_t n_fixed, int timeout_msec) {
        struct pollfd *polls;
        size_t n = n_fixed;
        int r;

        polls = reallocarray(hub->polls, n_fixed + 2 * hub->n_watchers, sizeof(struct pollfd));
        if (!polls)
                return -ENOMEM;
        hub->polls = polls;

        memcpy(polls, fixed, n_fixed * sizeof(struct pollfd));
        for (size_t i = 0; i < hub->n_watchers; i++) {
                const Watcher *watcher = hub->watchers[i];
                bool telling = watch_child_is_running(&watcher->child);

                polls[n++] = (struct pollfd){
                        .fd = watcher->fd,
                        .events = watcher->out.size > 0 && !telling ? POLLOUT : 0,
                };
                polls[n++] = (struct pollfd){
                        .fd = telling ? watcher->child.status_fd : -1,
                        .events = POLLIN,
                };
        }
        r = poll(polls, n, timeout_msec);
        if (r < 0)
                return -errno;
        memcpy(fixed, polls, n_fixed * sizeof(struct pollfd));
        return hub_poll_watchers(hub, polls + n_fixed);
}

int watch_hub_round(WatchHub *hub, int timeout_msec) {
        struct pollfd fixed[] = {
                { .fd = hub->connection, .events = POLLIN },
                { .fd = hub->source ? hub->source->ops->get_fd(hub->source) : -1, .events = POLLIN },
                { .fd = hub->pipes_fd, .events = POLLIN },
        };
        int r, told = 0;

        if (hub->n_watchers > 0 && (timeout_msec < 0 || timeout_msec > JOURNAL_TICK_MSEC))
                timeout_msec = JOURNAL_TICK_MSEC;
        if (is_quiet(hub)) {
                r = poll(fixed, ELEMENTSOF(fixed), timeout_msec);
                if (r < 0)
                        return errno == EINTR ? 1 : -errno;
                if (r > 0 && fixed[2].revents)
                        told = poll_all(hub, fixed, 2, 0);
        } else
                told = poll_all(hub, fixed, 2, timeout_msec);
        if (told < 0)
                return told == -EINTR ? 1 : told;

        r = 0;
        hub->readable = fixed[1].revents != 0;
        if (hub->source)
                r = hub_guard(hub, hub_look);
        if (r != 0 || told > 0 || !hub->source) {
                /* What is wrong is found again where the journal is read. */
                hub->more = true;
                hub_pump(hub);
                r = hub_collect(hub);
                if (r < 0)
                        return r;
        }
        return fixed[0].revents ? hub_read_frames(hub) : 1;
}

static int open_journal(bool follow, const JournalGrants *grants, void *userdata, EntrySource **ret) {
        const WatchConfig *config = userdata;

        return entry_source_new(NULL, grants, config->self, ENTRIES_EVENTS,
                follow ? ENTRY_SOURCE_FOLLOWS : ENTRY_SOURCE_ALL_FILES, ret);
}

void watch_serve(int connection, Frame *frame, Query *query) {
        _cleanup_(account_names_freep) AccountNames *names = NULL;
        _cleanup_(watch_hub_freep) WatchHub *hub = NULL;
        struct sigaction bus = { .sa_handler = on_bus, .sa_flags = SA_NODEFER };
        WatchConfig config = { .open = open_journal, .userdata = &config };
        int r;

        if (sigaction(SIGBUS, &bus, NULL) < 0)
                return;
        r = account_names_new(NULL, &names);
        if (r < 0)
                return;
        config.names = names;
        config.self = account_names_find(names, SELF_ACCOUNT);

        r = watch_hub_new(connection, &config, &hub);
        if (r < 0)
                return;
        r = watch_hub_add(hub, frame->header.serial, TAKE_FD(frame->fds[0]), query);
        if (r < 0)
                return;
        do
                r = watch_hub_round(hub, -1);
        while (r > 0);
}
