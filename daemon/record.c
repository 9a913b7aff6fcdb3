/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records as datagrams of journald's native protocol, see record.h. */

#include "daemon/record.h"

#include <assert.h>
#include <endian.h>
#include <glib.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/escape.h"
#include "daemon/record-fold.h"

/* Far above what the fields can make together. */
#define DATAGRAM_MAX (192U * 1024U)

/* Outcomes that wait for a journald that does not take them: twice what can be in flight. */
#define KEPT_MAX (2U * INFLIGHT_MAX)

#define RETRY_USEC (1U * USEC_PER_SEC)

/* A journald that has not read one of our datagrams for this long hangs: its queue would take some hundred
 * more, but no one would read them. */
#define STUCK_USEC (2U * USEC_PER_SEC)

typedef struct Kept {
        char *data;
        size_t size;
} Kept;

struct Record {
        int fd;
        struct sockaddr_un address;
        socklen_t address_size;

        /* What of our datagrams journald has not read, in the kernel's own measure: see is_stuck(). */
        int unread;
        uint64_t progress; /* when it was last seen to shrink, or to be nothing */

        Fold *fold;
        Kept kept[KEPT_MAX]; /* oldest first */
        size_t n_kept;

        sd_event *event;
        sd_event_source *timer;
};

static const char *const verdict_table[_RECORD_VERDICT_MAX] = {
        [RECORD_GRANTED] = "granted",
        [RECORD_DENIED] = "denied",
        [RECORD_REFUSED] = "refused",
};

const char *record_verdict_to_string(RecordVerdict verdict) {
        return verdict_table[verdict];
}

/* How much of a value is kept: all, or as many whole characters as leave room for the ellipsis. */
static size_t value_length(const char *value, bool *ret_cut) {
        size_t n = strnlen(value, RECORD_VALUE_MAX + 1);

        *ret_cut = n > RECORD_VALUE_MAX;
        if (!*ret_cut)
                return n;

        n = RECORD_VALUE_MAX - strlen("…");
        while (n > 0 && ((unsigned char) value[n] & 0xC0) == 0x80)
                n--;
        return n;
}

/* A datagram in the making: the first failure stays, and is asked for once at the end. */
typedef struct Datagram {
        Buffer buffer;
        int error;
} Datagram;

#define DATAGRAM_INIT                                                                                       \
        (Datagram) {                                                                                        \
                .buffer = BUFFER_INIT(DATAGRAM_MAX)                                                         \
        }

static void datagram_done(Datagram *d) {
        buffer_done(&d->buffer);
}

static void append(Datagram *d, const void *p, size_t n) {
        if (d->error == 0)
                d->error = buffer_append(&d->buffer, p, n);
}

static void append_text(Datagram *d, const char *text) {
        append(d, text, strlen(text));
}

/* One field of the native protocol: NAME=value, or, where the value has a newline, NAME, a newline, 64 bits
 * of length and the value. NULL leaves it out. */
static void put(Datagram *d, const char *name, const char *value) {
        const char *ellipsis;
        bool cut;
        size_t n;

        if (!value)
                return;

        n = value_length(value, &cut);
        ellipsis = cut ? "…" : "";

        append_text(d, name);
        if (memchr(value, '\n', n)) {
                uint64_t size = htole64(n + strlen(ellipsis));

                append(d, "\n", 1);
                append(d, &size, sizeof(size));
        } else
                append(d, "=", 1);
        append(d, value, n);
        append_text(d, ellipsis);
        append(d, "\n", 1);
}

static void put_u64(Datagram *d, const char *name, uint64_t value) {
        char text[sizeof("18446744073709551615")];

        (void) snprintf(text, sizeof(text), "%" PRIu64, value);
        put(d, name, text);
}

static void put_uid(Datagram *d, const char *name, uid_t uid) {
        if (uid != RECORD_UID_NONE)
                put_u64(d, name, uid);
}

static void put_error(Datagram *d, ErrorCode error) {
        if (error != ERROR_NONE)
                put(d, "USERUNIT_ERROR", error_code_to_string(error));
}

/* What every record has: the line for people first, which is made safe to show, and short. */
static void put_head(Datagram *d, const char *message_id, int priority, const char *format, ...)
        _printf_(4, 5);

static void put_head(Datagram *d, const char *message_id, int priority, const char *format, ...) {
        _cleanup_free_ char *raw = NULL, *shown = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&raw, format, ap);
        va_end(ap);
        if (r < 0) {
                raw = NULL;
                d->error = -ENOMEM;
                return;
        }

        shown = escape_log(raw);
        if (!shown) {
                d->error = -ENOMEM;
                return;
        }

        put(d, "MESSAGE", shown);
        put(d, "MESSAGE_ID", message_id);
        put_u64(d, "PRIORITY", (uint64_t) priority);
        put(d, "SYSLOG_IDENTIFIER", "userunitd");
}

static void put_method(Datagram *d, const Method *method) {
        if (!method)
                return;
        put(d, "USERUNIT_VERB", method->verb);
        put(d, "USERUNIT_METHOD", method->name);
}

static void put_entry(Datagram *d, const RecordEntry *e) {
        char id[SD_ID128_STRING_MAX];

        put(d, "USERUNIT_REQUEST", sd_id128_to_string(e->request, id));
        put_uid(d, "USERUNIT_CALLER_UID", e->caller_uid);
        put(d, "USERUNIT_CALLER", e->caller);
        put(d, "USERUNIT_ACCOUNT", e->account);
        put_uid(d, "USERUNIT_ACCOUNT_UID", e->account_uid);
        put(d, "USERUNIT_UNIT", e->unit);
        put_method(d, e->method);
        put(d, "USERUNIT_ACTION", action_to_id(e->action));
        put(d, "USERUNIT_POLKIT", e->polkit);
        put(d, "USERUNIT_DIGEST", e->digest);
}

/* "uid 1002: restart svc-web/app.service", the middle of each message. */
#define WHAT_FORMAT "uid %" PRId64 ": %s%s%s%s%s"
#define WHAT_ARGS(e)                                                                                        \
        (e)->caller_uid == RECORD_UID_NONE ? INT64_C(-1) : (int64_t) (e)->caller_uid,                       \
                (e)->method ? (e)->method->verb : "request", (e)->account || (e)->unit ? " " : "",          \
                strempty((e)->account), (e)->account ? "/" : "", strempty((e)->unit)

static int build_verdict(const RecordEntry *e, Datagram *d) {
        static const char *const words[_RECORD_VERDICT_MAX] = { "Granted", "Denied", "Refused" };
        const char *subject = NULL, *because = NULL;

        /* A refusal is not polkit's word, whatever polkit was asked before. */
        if (e->verdict == RECORD_REFUSED || !action_to_id(e->action))
                because = e->error == ERROR_NONE ? NULL : error_code_to_string(e->error);
        else {
                subject = action_to_id(e->action);
                because = strempty(e->polkit);
        }

        put_head(d, RECORD_VERDICT_ID_STR, e->verdict == RECORD_GRANTED ? LOG_INFO : LOG_NOTICE,
                "%s " WHAT_FORMAT "%s%s%s%s%s", words[e->verdict], WHAT_ARGS(e), because ? " (" : "",
                strempty(subject), subject ? ": " : "", strempty(because), because ? ")" : "");
        put_entry(d, e);
        put(d, "USERUNIT_VERDICT", record_verdict_to_string(e->verdict));
        put_error(d, e->error);
        return d->error;
}

static int build_outcome(const RecordEntry *e, const RecordOutcome *o, Datagram *d) {
        bool failed = o->error != ERROR_NONE;

        put_head(d, RECORD_OUTCOME_ID_STR, failed ? LOG_WARNING : LOG_INFO,
                "%s for " WHAT_FORMAT " (%s%s%s%safter %" PRIu64 ".%03us)", failed ? "Failed" : "Done",
                WHAT_ARGS(e), failed ? error_code_to_string(o->error) : strempty(o->result),
                failed && o->result ? ": " : "", failed ? strempty(o->result) : "",
                failed || o->result ? ", " : "", o->duration_usec / USEC_PER_SEC,
                (unsigned) (o->duration_usec % USEC_PER_SEC / USEC_PER_MSEC));
        put_entry(d, e);
        put(d, "USERUNIT_RESULT", o->result);
        put_error(d, o->error);
        put(d, "USERUNIT_CHANGED", o->changed < 0 ? NULL : yes_no(o->changed));
        put_u64(d, "USERUNIT_DURATION_USEC", o->duration_usec);
        put(d, "USERUNIT_DIGEST_BEFORE", o->digest_before);
        put(d, "USERUNIT_DIGEST_AFTER", o->digest_after);
        return d->error;
}

static int build_count(const FoldCount *c, Datagram *d) {
        RecordEntry e = { .caller_uid = c->caller_uid, .account = c->account, .method = c->method };

        put_head(d, RECORD_VERDICT_ID_STR, c->denials ? LOG_NOTICE : LOG_INFO,
                "%s " WHAT_FORMAT ", %" PRIu64 " more", c->denials ? "Denied" : "Granted", WHAT_ARGS(&e),
                c->count);
        put_uid(d, "USERUNIT_CALLER_UID", c->caller_uid);
        put(d, "USERUNIT_ACCOUNT", c->account);
        put_method(d, c->method);
        put(d, "USERUNIT_VERDICT", record_verdict_to_string(c->denials ? RECORD_DENIED : RECORD_GRANTED));
        put_u64(d, "USERUNIT_COUNT", c->count);
        return d->error;
}

/*
 * Whether journald hangs. Its receive queue takes some hundred datagrams that nobody may ever read; but the
 * kernel charges them to our socket until they are read (SIOCOUTQ), so a charge that has not shrunk for a
 * while tells.
 */
static bool is_stuck(Record *record, uint64_t now) {
        int unread = 0;

        if (ioctl(record->fd, SIOCOUTQ, &unread) < 0)
                return false;

        if (unread == 0 || unread < record->unread)
                record->progress = now;
        record->unread = unread;
        return unread > 0 && now - record->progress >= STUCK_USEC;
}

static int transmit(Record *record, const char *data, size_t size) {
        struct iovec iov = { .iov_base = (char *) data, .iov_len = size };
        struct msghdr mh = {
                .msg_name = &record->address,
                .msg_namelen = record->address_size,
                .msg_iov = &iov,
                .msg_iovlen = 1,
        };
        ssize_t n;

        if (is_stuck(record, clock_now_usec()))
                return -EAGAIN;

        /* The address goes with each datagram: a journald that was replaced needs no new connection. */
        do
                n = sendmsg(record->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        (void) ioctl(record->fd, SIOCOUTQ, &record->unread);
        return 0;
}

static void kept_drop(Record *record) {
        free(record->kept[0].data);
        record->n_kept--;
        memmove(record->kept, record->kept + 1, record->n_kept * sizeof(Kept));
}

static int kept_flush(Record *record) {
        int r;

        while (record->n_kept > 0) {
                r = transmit(record, record->kept[0].data, record->kept[0].size);
                if (r < 0)
                        return r;
                kept_drop(record);
        }
        return 0;
}

static void kept_add(Record *record, Datagram *d) {
        if (record->n_kept == KEPT_MAX)
                kept_drop(record);
        record->kept[record->n_kept++] = (Kept){ .data = TAKE_PTR(d->buffer.data), .size = d->buffer.size };
}

static int send_count(const FoldCount *count, void *userdata) {
        _cleanup_(datagram_done) Datagram d = DATAGRAM_INIT;
        int r;

        r = build_count(count, &d);
        if (r < 0)
                return r;
        return transmit(userdata, d.buffer.data, d.buffer.size);
}

/* Sets the timer to what comes next; without one it is off. A failure costs a delay, because each later
 * record sets it again. */
static void arm(Record *record) {
        uint64_t now = clock_now_usec(), next = fold_next(record->fold);

        if (!record->timer)
                return;

        /* What is overdue was not taken just now. */
        if (record->n_kept > 0 || next <= now)
                next = now + RETRY_USEC;
        if (next != UINT64_MAX)
                (void) sd_event_source_set_time(record->timer, next);
        (void) sd_event_source_set_enabled(
                record->timer, next == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

int record_flush(Record *record, bool all) {
        int r, q;

        r = kept_flush(record);
        q = fold_flush(record->fold, all ? UINT64_MAX : clock_now_usec(), send_count, record);
        arm(record);
        return r < 0 ? r : q;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        (void) record_flush(userdata, /* all= */ false);
        return 0;
}

int record_new(const char *socket_path, sd_event *event, Record **ret) {
        _cleanup_(record_freep) Record *record = NULL;
        size_t n;
        int r;

        if (!socket_path)
                socket_path = RECORD_SOCKET;

        record = calloc(1, sizeof(Record));
        if (!record)
                return -ENOMEM;
        record->fd = -EBADF;

        n = strlen(socket_path);
        if (n == 0 || n >= sizeof(record->address.sun_path))
                return -EINVAL;
        record->address.sun_family = AF_UNIX;
        memcpy(record->address.sun_path, socket_path, n + 1);
        record->address_size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n + 1);

        record->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (record->fd < 0)
                return -errno;

        r = fold_new(&record->fold);
        if (r < 0)
                return r;

        if (event) {
                record->event = sd_event_ref(event);
                r = sd_event_add_time(event, &record->timer, CLOCK_MONOTONIC, UINT64_MAX, USEC_PER_SEC / 2,
                        on_timer, record);
                if (r < 0)
                        return r;
                r = sd_event_source_set_enabled(record->timer, SD_EVENT_OFF);
                if (r < 0)
                        return r;
                (void) sd_event_source_set_description(record->timer, "record");
        }

        *ret = TAKE_PTR(record);
        return 0;
}

Record *record_free(Record *record) {
        if (!record)
                return NULL;

        if (record->fold && record->fd >= 0)
                (void) record_flush(record, /* all= */ true);
        while (record->n_kept > 0)
                kept_drop(record);

        sd_event_source_disable_unref(record->timer);
        sd_event_unref(record->event);
        fold_free(record->fold);
        safe_close(record->fd);
        free(record);
        return NULL;
}

/* Sent alone or counted? */
static FoldAdvice ask_fold(Record *record, const RecordEntry *e) {
        if (e->verdict != RECORD_GRANTED)
                return fold_denial(record->fold, clock_now_usec(), e->caller_uid);
        if (e->method && !method_is(e->method, METHOD_CHANGES))
                return fold_read(record->fold, clock_now_usec(), e->caller_uid, e->method, e->account);
        return FOLD_SEND;
}

/* Nothing happens on these, so that they may be told later. */
static void tell_fold(Record *record, const RecordEntry *e) {
        if (e->verdict != RECORD_GRANTED)
                (void) fold_denial_failed(record->fold, e->caller_uid);
        else if (e->method && !method_is(e->method, METHOD_CHANGES))
                (void) fold_read_failed(record->fold, e->caller_uid, e->method, e->account);
}

int record_verdict(Record *record, const RecordEntry *entry) {
        _cleanup_(datagram_done) Datagram d = DATAGRAM_INIT;
        int r = 0;

        if (ask_fold(record, entry) == FOLD_SEND) {
                r = build_verdict(entry, &d);
                if (r >= 0)
                        r = transmit(record, d.buffer.data, d.buffer.size);
                if (r < 0)
                        tell_fold(record, entry);
        }

        arm(record);
        return r;
}

/* In order: behind what waits already. What is not taken is kept. */
static int hand_over(Record *record, Datagram *d) {
        int r;

        r = kept_flush(record);
        if (r >= 0)
                r = transmit(record, d->buffer.data, d->buffer.size);
        if (r < 0)
                kept_add(record, d);

        arm(record);
        return r < 0 ? 1 : 0;
}

int record_outcome(Record *record, const RecordEntry *entry, const RecordOutcome *outcome) {
        _cleanup_(datagram_done) Datagram d = DATAGRAM_INIT;
        int r;

        r = build_outcome(entry, outcome, &d);
        return r < 0 ? r : hand_over(record, &d);
}

int record_linger(Record *record, const char *account, uid_t account_uid, bool lingers) {
        _cleanup_(datagram_done) Datagram d = DATAGRAM_INIT;

        put_head(&d, RECORD_EVENT_ID_STR, LOG_INFO, "Account %s %s, and not through this service", account,
                lingers ? "lingers now" : "does not linger any more");
        put(&d, "USERUNIT_EVENT", lingers ? "linger-on" : "linger-off");
        put(&d, "USERUNIT_ACCOUNT", account);
        put_uid(&d, "USERUNIT_ACCOUNT_UID", account_uid);
        return d.error < 0 ? d.error : hand_over(record, &d);
}

bool record_is_heard(Record *record) {
        _cleanup_close_ int fd = -EBADF;
        struct pollfd p = { .events = POLLOUT };

        if (record->n_kept > 0 || is_stuck(record, clock_now_usec()))
                return false;

        /* Connected, a socket tells whether the queue at its other end has room. */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return true;
        if (connect(fd, (const struct sockaddr *) &record->address, record->address_size) < 0)
                return false;
        p.fd = fd;
        return poll(&p, 1, 0) != 0;
}

void record_digest(const char *text, size_t length, char ret[static RECORD_DIGEST_SIZE]) {
        g_autofree char *digest =
                g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const unsigned char *) text, length);

        assert(digest);
        assert(strlen(digest) == RECORD_DIGEST_SIZE - 1);
        memcpy(ret, digest, RECORD_DIGEST_SIZE);
}
