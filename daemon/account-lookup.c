/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client of userunit-accounts on sd-event: connections, queue, deadlines. */

#include "daemon/account-lookup.h"

#include <assert.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "common/address.h"

/* Deadlines need no better than this, and so share wake-ups. */
#define DEADLINE_ACCURACY_USEC (10 * USEC_PER_MSEC)

typedef struct Connection {
        AccountLookups *lookups;
        int fd; /* negative: not connected */
        sd_event_source *io;
        sd_event_source *idle; /* runs while nothing is asked */
        AccountLookup *current;
} Connection;

/* Either waiting (queued), asked (connection), or ended (lookups is NULL). The first two hold a reference of
 * the AccountLookups' own beside the caller's. */
struct AccountLookup {
        unsigned n_ref;
        AccountLookups *lookups;
        char *name; /* NULL: by uid */
        uid_t uid;
        uid_t asker;
        uint32_t serial;
        AccountLookupHandler handler; /* NULL: cancelled */
        void *userdata;
        sd_event_source *deadline;
        Connection *connection;
        bool queued;
        bool retried;
        AccountLookup *previous, *next; /* in the queue */
};

struct AccountLookups {
        sd_event *event;
        struct sockaddr_un address;
        socklen_t address_size;
        uint64_t deadline_usec;
        uint32_t last_serial;

        Connection connections[ACCOUNT_LOOKUP_CONNECTIONS_MAX];
        AccountLookup *first, *last;
        size_t n_queued;

        sd_event_source *dispatch;  /* one shot: look at the queue */
        sd_event_source *retry;     /* the same, a little later */
        uint64_t unreachable_since; /* 0: the last connect(2) succeeded */
        unsigned n_handlers_running;

        uint8_t buffer[ACCOUNT_REPLY_MAX];
};

/* --- the queue --- */

static void queue_insert(AccountLookups *lookups, AccountLookup *lookup, bool first) {
        AccountLookup *next = first ? lookups->first : NULL, *previous = first ? NULL : lookups->last;

        assert(!lookup->queued && !lookup->connection);
        lookup->next = next;
        lookup->previous = previous;
        *(next ? &next->previous : &lookups->last) = lookup;
        *(previous ? &previous->next : &lookups->first) = lookup;
        lookup->queued = true;
        lookups->n_queued++;
}

static void queue_remove(AccountLookups *lookups, AccountLookup *lookup) {
        assert(lookup->queued);
        *(lookup->next ? &lookup->next->previous : &lookups->last) = lookup->previous;
        *(lookup->previous ? &lookup->previous->next : &lookups->first) = lookup->next;
        lookup->next = lookup->previous = NULL;
        lookup->queued = false;
        lookups->n_queued--;
}

/* Has the queue looked at from the event loop. */
static void lookups_kick(AccountLookups *lookups) {
        (void) sd_event_source_set_enabled(lookups->dispatch, SD_EVENT_ONESHOT);
}

/* --- one lookup --- */

static AccountLookup *lookup_drop(AccountLookup *lookup) {
        assert(lookup->n_ref > 0);
        lookup->n_ref--;
        if (lookup->n_ref > 0)
                return NULL;
        assert(!lookup->lookups);
        free(lookup->name);
        free(lookup);
        return NULL;
}
DEFINE_CLEANUP(AccountLookup *, lookup_drop);

/* Takes the lookup out of queue and connection; the reference that the AccountLookups held becomes the
 * caller's. */
static AccountLookup *lookup_detach(AccountLookup *lookup) {
        assert(lookup->lookups);
        if (lookup->queued)
                queue_remove(lookup->lookups, lookup);
        if (lookup->connection)
                lookup->connection->current = NULL;
        lookup->connection = NULL;
        lookup->deadline = sd_event_source_disable_unref(lookup->deadline);
        lookup->lookups = NULL;
        return lookup;
}

/* Ends the lookup and tells its owner. Anything may have been started when this returns, but the
 * AccountLookups are still there. */
static void lookup_finish(AccountLookup *l, int error, Account *account) {
        AccountLookups *lookups = l->lookups;
        _cleanup_(lookup_dropp) AccountLookup *lookup = lookup_detach(l);

        if (!lookup->handler)
                return;
        lookups->n_handlers_running++;
        lookup->handler(error, account, lookup->userdata);
        lookups->n_handlers_running--;
}

/* --- connections --- */

/* Closes the connection, which has the helper kill the child behind it. What was asked on it is the caller's
 * affair. */
static void connection_close(Connection *c) {
        c->io = sd_event_source_disable_unref(c->io);
        c->idle = sd_event_source_disable_unref(c->idle);
        c->fd = safe_close(c->fd);
        if (c->current)
                c->current->connection = NULL;
        c->current = NULL;
}

static void connection_set_idle(Connection *c) {
        (void) sd_event_source_set_time_relative(c->idle, ACCOUNT_LOOKUP_IDLE_USEC);
        (void) sd_event_source_set_enabled(c->idle, SD_EVENT_ONESHOT);
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        connection_close(userdata);
        return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int connection_open(Connection *c) {
        _cleanup_(sd_event_source_disable_unrefp) sd_event_source *io = NULL, *idle = NULL;
        _cleanup_close_ int fd = -EBADF;
        AccountLookups *lookups = c->lookups;
        int r;

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* On AF_UNIX this never is in progress: it succeeds, fails, or says EAGAIN where the backlog is
         * full. */
        r = connect(fd, (const struct sockaddr *) &lookups->address, lookups->address_size);
        if (r < 0)
                return -errno;

        r = sd_event_add_io(lookups->event, &io, fd, EPOLLIN, on_io, c);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(
                lookups->event, &idle, CLOCK_MONOTONIC, ACCOUNT_LOOKUP_IDLE_USEC, USEC_PER_SEC, on_idle, c);
        if (r < 0)
                return r;

        c->fd = TAKE_FD(fd);
        c->io = TAKE_PTR(io);
        c->idle = TAKE_PTR(idle);
        return 0;
}

/* The helper was replaced: what is connected to the old one is of no use. */
static void lookups_close_idle(AccountLookups *lookups) {
        for (size_t i = 0; i < ELEMENTSOF(lookups->connections); i++)
                if (!lookups->connections[i].current)
                        connection_close(&lookups->connections[i]);
}

/* The helper went away before it read the question. Asked once more on a fresh connection, and only once: a
 * question that comes back twice may be what kills it. */
static void lookup_retry(AccountLookups *lookups, AccountLookup *lookup) {
        lookups_close_idle(lookups);
        lookups_kick(lookups);
        if (lookup->retried) {
                lookup_finish(lookup, -EIO, NULL);
                return;
        }
        lookup->retried = true;
        queue_insert(lookups, lookup, /* first= */ true);
}

/* Puts the question on a connection that has none. */
static int connection_ask(Connection *c, AccountLookup *lookup) {
        AccountRequest request;
        int r;

        r = account_request_init(&request, lookup->serial, lookup->name, lookup->uid);
        if (r < 0)
                return r;
        if (send(c->fd, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                return -errno;

        (void) sd_event_source_set_enabled(c->idle, SD_EVENT_OFF);
        lookup->connection = c;
        c->current = lookup;
        return 0;
}

/* --- replies --- */

/* Checks that the reply answers the question, and makes an account of it. */
static int reply_to_account(const AccountReply *reply, const AccountLookup *lookup, Account **ret) {
        bool has_primary = false;

        switch (reply->status) {
        case ACCOUNT_STATUS_OK:
                break;
        case ACCOUNT_STATUS_NO_SUCH_ACCOUNT:
                return -ESRCH;
        case ACCOUNT_STATUS_FAILED:
                return -EAGAIN;
        case ACCOUNT_STATUS_TOO_BIG:
                return -E2BIG;
        default:
                return -EBADMSG;
        }

        /* A name may come back in another spelling (case, realm); a uid may not. */
        if (!lookup->name && reply->uid != lookup->uid)
                return -EBADMSG;
        /* Or the primary group would have no name, and account_is_privileged() would not know it. */
        for (size_t i = 0; i < reply->n_groups; i++)
                has_primary |= reply->groups[i] == reply->gid;
        if (!has_primary && !reply->groups_truncated)
                return -EBADMSG;

        return account_new(reply, ret);
}

/* Reads the one message that may be there. Returns its size, 0 for the end, or an error. */
static ssize_t connection_receive(Connection *c, uint8_t *buffer, size_t size) {
        struct iovec iov = { .iov_base = buffer, .iov_len = size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n;

        n = recvmsg(c->fd, &message, MSG_DONTWAIT);
        if (n < 0)
                return -errno;
        /* Longer than any reply, or with descriptors (which the kernel closed). */
        if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
                return -EBADMSG;
        return n;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        _cleanup_(account_unrefp) Account *account = NULL;
        Connection *c = userdata;
        AccountLookups *lookups = c->lookups;
        AccountLookup *lookup = c->current;
        AccountReply reply;
        ssize_t n;
        int r;

        n = connection_receive(c, lookups->buffer, sizeof(lookups->buffer));
        if (n == -EAGAIN || n == -EINTR)
                return 0;
        if (!lookup) {
                /* The end, or an answer to nothing. */
                connection_close(c);
                return 0;
        }
        if (n == -ECONNRESET || n == -EPIPE) {
                /* The kernel's word for: the other end is gone, and the question was still unread. */
                connection_close(c);
                lookup_retry(lookups, lookup);
                return 0;
        }

        r = n > 0 ? account_reply_decode(lookups->buffer, (size_t) n, &reply) : n == 0 ? -EIO : (int) n;
        if (r >= 0 && reply.serial != lookup->serial)
                r = -EBADMSG;
        if (r >= 0)
                r = reply_to_account(&reply, lookup, &account);

        if (n <= 0 || r == -EBADMSG || reply.last)
                connection_close(c);
        else {
                c->current = NULL;
                lookup->connection = NULL;
                connection_set_idle(c);
        }
        if (lookups->n_queued > 0)
                lookups_kick(lookups);
        lookup_finish(lookup, r, account);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        AccountLookup *lookup = userdata;
        AccountLookups *lookups = lookup->lookups;

        if (lookup->connection)
                connection_close(lookup->connection);
        if (lookups->n_queued > 0)
                lookups_kick(lookups);
        lookup_finish(lookup, -ETIMEDOUT, NULL);
        return 0;
}

/* --- the pool --- */

/* A connection that is free to ask, preferably an open one. */
static Connection *connection_pick(AccountLookups *lookups) {
        Connection *closed = NULL;

        for (size_t i = 0; i < ELEMENTSOF(lookups->connections); i++) {
                Connection *c = &lookups->connections[i];

                if (c->fd >= 0 && !c->current)
                        return c;
                if (c->fd < 0 && !closed)
                        closed = c;
        }
        return closed;
}

/* connect(2) failed: tries again soon, and after a while tells those who wait. */
static void lookups_unreachable(AccountLookups *lookups, int error) {
        uint64_t now = 0;
        size_t n = lookups->n_queued;

        (void) sd_event_now(lookups->event, CLOCK_MONOTONIC, &now);
        if (lookups->unreachable_since == 0)
                lookups->unreachable_since = now;

        /* A full backlog is a busy helper and not an absent one: their deadlines bound that. */
        if (error == -EAGAIN || now - lookups->unreachable_since < ACCOUNT_LOOKUP_UNREACHABLE_USEC) {
                (void) sd_event_source_set_time_relative(lookups->retry, ACCOUNT_LOOKUP_RETRY_USEC);
                (void) sd_event_source_set_enabled(lookups->retry, SD_EVENT_ONESHOT);
                return;
        }
        /* As many as waited; handlers may queue new ones, whose turn is the next. */
        for (; n > 0 && lookups->first; n--)
                lookup_finish(lookups->first, error, NULL);
        if (lookups->n_queued > 0)
                lookups_kick(lookups);
}

/* The first in the queue whose asker does not hold as many connections as one may. */
static AccountLookup *lookup_pick(AccountLookups *lookups) {
        for (AccountLookup *lookup = lookups->first; lookup; lookup = lookup->next) {
                size_t n = 0;

                for (size_t i = 0; i < ELEMENTSOF(lookups->connections); i++) {
                        const Connection *c = &lookups->connections[i];

                        n += c->current && c->current->asker == lookup->asker;
                }
                if (n < ACCOUNT_LOOKUP_PER_ASKER_MAX)
                        return lookup;
        }
        return NULL;
}

/* Puts waiting lookups on free connections. */
static void lookups_dispatch(AccountLookups *lookups) {
        AccountLookup *lookup;

        while ((lookup = lookup_pick(lookups))) {
                Connection *c;
                int r;

                c = connection_pick(lookups);
                if (!c)
                        return;
                if (c->fd < 0) {
                        r = connection_open(c);
                        if (r < 0) {
                                lookups_unreachable(lookups, r);
                                return;
                        }
                        lookups->unreachable_since = 0;
                }

                queue_remove(lookups, lookup);
                r = connection_ask(c, lookup);
                if (r < 0) {
                        connection_close(c);
                        lookup_retry(lookups, lookup);
                }
        }
}

static int on_dispatch(sd_event_source *source, void *userdata) {
        lookups_dispatch(userdata);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        lookups_dispatch(userdata);
        return 0;
}

/* --- public --- */

int account_lookups_new(sd_event *event, const char *socket_path, AccountLookups **ret) {
        _cleanup_(account_lookups_freep) AccountLookups *lookups = NULL;
        size_t n = strlen(socket_path);
        int r;

        if (n == 0)
                return -EINVAL;
        if (n >= sizeof(lookups->address.sun_path))
                return -ENAMETOOLONG;

        lookups = calloc(1, sizeof(*lookups));
        if (!lookups)
                return -ENOMEM;
        lookups->event = sd_event_ref(event);
        lookups->deadline_usec = ACCOUNT_LOOKUP_DEADLINE_USEC;
        lookups->address.sun_family = AF_UNIX;
        memcpy(lookups->address.sun_path, socket_path, n + 1);
        lookups->address_size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n + 1);
        for (size_t i = 0; i < ELEMENTSOF(lookups->connections); i++)
                lookups->connections[i] = (Connection){ .lookups = lookups, .fd = -EBADF };

        r = sd_event_add_defer(event, &lookups->dispatch, on_dispatch, lookups);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(lookups->dispatch, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &lookups->retry, CLOCK_MONOTONIC, ACCOUNT_LOOKUP_RETRY_USEC,
                USEC_PER_MSEC, on_retry, lookups);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(lookups->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(lookups);
        return 0;
}

AccountLookups *account_lookups_free(AccountLookups *lookups) {
        if (!lookups)
                return NULL;
        assert(lookups->n_handlers_running == 0);

        while (lookups->first)
                (void) lookup_drop(lookup_detach(lookups->first));
        for (size_t i = 0; i < ELEMENTSOF(lookups->connections); i++) {
                Connection *c = &lookups->connections[i];

                if (c->current)
                        (void) lookup_drop(lookup_detach(c->current));
                if (c->lookups)
                        connection_close(c);
        }
        (void) sd_event_source_disable_unref(lookups->dispatch);
        (void) sd_event_source_disable_unref(lookups->retry);
        (void) sd_event_unref(lookups->event);
        free(lookups);
        return NULL;
}

void account_lookups_set_deadline(AccountLookups *lookups, uint64_t usec) {
        lookups->deadline_usec = usec;
}

int account_lookup_start(AccountLookups *lookups, const AccountKey *key, AccountLookupHandler handler,
        void *userdata, AccountLookup **ret) {
        _cleanup_(lookup_dropp) AccountLookup *lookup = NULL;
        int r;

        assert(handler);
        if (key->name ? !account_name_is_valid(key->name) : key->uid == UID_INVALID)
                return -EINVAL;
        if (lookups->n_queued >= ACCOUNT_LOOKUP_QUEUE_MAX)
                return -ENOBUFS;

        lookup = calloc(1, sizeof(*lookup));
        if (!lookup)
                return -ENOMEM;
        lookup->n_ref = 1;
        lookup->uid = key->uid;
        lookup->asker = key->asker;
        lookup->serial = ++lookups->last_serial;
        lookup->handler = handler;
        lookup->userdata = userdata;
        if (key->name) {
                lookup->name = strdup(key->name);
                if (!lookup->name)
                        return -ENOMEM;
        }
        r = sd_event_add_time_relative(lookups->event, &lookup->deadline, CLOCK_MONOTONIC,
                lookups->deadline_usec, DEADLINE_ACCURACY_USEC, on_deadline, lookup);
        if (r < 0)
                return r;

        lookup->lookups = lookups;
        queue_insert(lookups, lookup, /* first= */ false);
        lookups_kick(lookups);
        if (ret) {
                lookup->n_ref++;
                *ret = lookup;
        }
        /* The queue's reference. */
        (void) TAKE_PTR(lookup);
        return 0;
}

AccountLookup *account_lookup_unref(AccountLookup *lookup) {
        if (!lookup)
                return NULL;

        lookup->handler = NULL;
        /* One that is being asked keeps its connection until the answer or the deadline: the helper answers
         * in order, and a child that is about to answer is worth more than a new one. */
        if (lookup->lookups && lookup->queued)
                (void) lookup_drop(lookup_detach(lookup));
        return lookup_drop(lookup);
}
