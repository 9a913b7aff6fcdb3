/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What userunit-journal does, see request.h: the grants of all targets become one query, the caller gets the
 * end to read of a pipe, and the helper writes into the other one. Nothing of what is read passes through
 * here; so what the last line says about the request is said beforehand, and the helper writes it at the
 * end.
 */

#include <limits.h>
#include <poll.h>

#include "common/limits.h"
#include "common/log.h"
#include "daemon/deadlines.h"
#include "daemon/request/request.h"

bool request_follows(const Request *request) {
        return request->method->place == PLACE_JOURNAL &&
                (request->method->id == METHOD_EVENTS_WATCH || request->p.follow);
}

bool request_reads_everyone(const Request *request) {
        return request->everyone && request->every && grant_is_everything(request->every) &&
                config_every_account_allowed(&request->service->config);
}

static bool is_watcher(const Request *request) {
        return request->method->id == METHOD_EVENTS_WATCH;
}

static int refuse_reader(const Request *request, int r, Error *error) {
        switch (r) {
        case -EBUSY:
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "You are reading the journal %u times already, which is as often as one account may; try again "
                        "when one of these has ended.",
                        JOURNAL_READERS_PER_UID_MAX);
        case -EUSERS:
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        is_watcher(request)
                                ? "There are as many watchers as may be (%u); try again."
                                : "The journal is being read as often as may be (%u times); try again.",
                        is_watcher(request) ? WATCHERS_MAX : JOURNAL_READERS_MAX);
        case -EMSGSIZE:
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "The request is about more accounts and units than one reader of the journal takes; ask for fewer.");
        case -EPERM:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The journal cannot be read: somebody else listens on the socket of userunit-journal.");
        case -ETIMEDOUT:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The journal cannot be read: userunit-journal did not take the request in time; see \"systemctl "
                        "status userunit-journal\".");
        case -EIO:
        case -EBADMSG:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The journal cannot be read: userunit-journal failed; see \"systemctl status userunit-journal\".");
        case -ENOMEM:
        case -EMFILE:
        case -ENFILE:
                return error_set(error, ERROR_INTERNAL, "The stream could not be opened.");
        default:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The journal cannot be read: userunit-journal cannot be reached; see \"systemctl status "
                        "userunit-journal.socket\".");
        }
}

int request_check_journal(Request *request, Error *error) {
        int r;

        r = journal_link_check(request->service->journal, request->caller->uid, is_watcher(request));
        return r < 0 ? refuse_reader(request, r, error) : 0;
}

/* ---- the query ---- */

/* The one place where accounts and units get into it: out of the grants. */
static void write_grants(const Request *request, JsonWriter *w) {
        json_write_key(w, "grants");
        json_begin_array(w);
        for (size_t i = 0; i < request->n_targets; i++) {
                const Target *t = request->targets[i];

                if (target_n_grants(t) == 0)
                        continue;
                json_begin_object(w);
                json_write_key_u64(w, "uid", t->account->uid);
                json_write_key_string(w, "account", t->account->name);
                json_write_key(w, "units");
                json_begin_array(w);
                for (size_t k = 0; k < t->n_asks; k++) {
                        const Grant *grant = t->asks[k].grant;

                        if (grant && grant_method(grant) == request->method &&
                                grant_uid(grant) == t->account->uid)
                                json_write_string(w, grant_unit(grant));
                }
                json_end_array(w);
                json_end_object(w);
        }
        json_end_array(w);
}

/* A text of JSON as a string in another one. */
static void write_line(JsonWriter *w, JsonWriter *line) {
        const char *text;
        size_t size;
        int r;

        r = json_writer_peek(line, &text, &size);
        if (r >= 0)
                json_write_string_strict(w, text, size);
        else if (w->error >= 0)
                w->error = r;
}

/* What was named and is not read about: known before anything is read, so it comes first. */
static void write_preface(Request *request, JsonWriter *w) {
        /* Where all there is may be read, what a pattern stands for matters for the names alone. */
        if (request_reads_everyone(request)) {
                request->incomplete = false;
                request->missing = NULL;
        }

        json_write_key(w, "preface");
        json_begin_array(w);
        for (size_t i = 0; i < request->n_targets; i++) {
                _cleanup_(json_writer_done) JsonWriter line = JSON_WRITER_INIT(FRAME_SIZE_MAX);
                Target *t = request->targets[i];
                size_t n = target_n_grants(t);

                if (n == t->n_asks)
                        continue;
                request->incomplete = true;
                if (n > 0 || !target_refuse(t))
                        continue;
                target_write_error(t, &line);
                write_line(w, &line);
        }
        /* A watcher never sees the end. */
        if (request->incomplete && request->method->id == METHOD_EVENTS_WATCH)
                json_write_string(w, "{\"complete\":false}");
        json_end_array(w);
}

static void write_end(Request *request, JsonWriter *w) {
        _cleanup_(json_writer_done) JsonWriter line = JSON_WRITER_INIT(FRAME_SIZE_MAX);

        request_write_end(request, &line);
        json_write_key(w, "end");
        write_line(w, &line);
}

static void write_query(Request *request, JsonWriter *w) {
        json_begin_object(w);
        write_grants(request, w);
        if (request_reads_everyone(request))
                json_write_key_bool(w, "everyone", true);
        write_preface(request, w);
        write_end(request, w);
        json_end_object(w);
}

/* What is asked for, without whom: that is the query's. */
static void write_request(const Request *request, JsonWriter *w) {
        Parameters p = request->p;

        p.accounts = p.targets = p.units = NULL;
        json_begin_object(w);
        json_write_key_string(w, "method", request->method->name);
        json_write_key(w, "parameters");
        parameters_write(&p, request->method, w);
        json_end_object(w);
}

static int make_payload(Request *request, char **ret, size_t *ret_size) {
        _cleanup_(json_writer_done) JsonWriter head = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        _cleanup_(json_writer_done) JsonWriter query = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        const char *a, *b;
        size_t n_a, n_b;
        char *payload;
        int r;

        write_request(request, &head);
        write_query(request, &query);
        r = json_writer_peek(&head, &a, &n_a);
        if (r >= 0)
                r = json_writer_peek(&query, &b, &n_b);
        if (r < 0)
                return r;

        payload = malloc(n_a + 1 + n_b);
        if (!payload)
                return -ENOMEM;
        memcpy(payload, a, n_a);
        payload[n_a] = 0;
        memcpy(payload + n_a + 1, b, n_b);

        *ret = payload;
        *ret_size = n_a + 1 + n_b;
        return 0;
}

/* ---- reading ---- */

/* The pipe is empty and has room for a line; should it not, the caller sees that it was cut off. */
static void write_error_line(int fd, const Error *error) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(PIPE_BUF);
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        _cleanup_free_ char *line = NULL;
        size_t size;

        json_begin_object(&w);
        json_write_key(&w, "error");
        json_begin_object(&w);
        json_write_key_string(&w, "name", error_code_to_string(error->code));
        json_write_key_string(&w, "message", error_message(error));
        json_end_object(&w);
        json_end_object(&w);
        if (json_writer_finish(&w, &line, &size) < 0 || size >= PIPE_BUF || poll(&p, 1, 0) <= 0 ||
                !(p.revents & POLLOUT))
                return;

        line[size] = '\n'; /* in place of the NUL */
        if (write(fd, line, size + 1) < 0)
                return;
}

static void on_ended(int error_number, int fd, void *userdata) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        Request *request = userdata;

        if (error_number >= 0) {
                request_end(request);
                return;
        }

        log_warning_errno(error_number, "Lost a reader of the journal: %m");
        (void) refuse_reader(request, error_number, &error);
        if (request->message) {
                request_fail(request, &error);
                return;
        }
        if (fd >= 0)
                write_error_line(fd, &error);
        request_end(request);
}

/* A row's deadline is for the sake of an end: who wants more asks again, from the last cursor on. */
static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        request_end(userdata);
        return 0;
}

static void reply(Request *request) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        r = request_reply_fd(request, request->fds[0]);
        if (r >= 0)
                r = sd_event_add_time_relative(request->service->event, &request->reading, CLOCK_MONOTONIC,
                        deadline_row_usec(request->method->deadline_sec), 0, on_deadline, request);
        if (r < 0) {
                (void) error_set(&error, ERROR_INTERNAL, "The stream could not be opened.");
                request_fail(request, &error);
                return;
        }
        request->fds[0] = safe_close(request->fds[0]);
        request->n_fds = 0;
}

static void on_started(void *userdata) {
        reply(userdata);
}

void request_act_journal(Request *request) {
        static const JournalReaderHandlers handlers = { on_started, on_ended };
        _cleanup_(error_done) Error error = ERROR_NULL;
        size_t size = 0;
        char *payload;
        int r;

        r = make_payload(request, &payload, &size);
        if (r >= 0)
                r = journal_reader_start(request->service->journal, request->caller->uid,
                        is_watcher(request), payload, size, &handlers, request, &request->journal,
                        &request->fds[0]);
        if (r < 0) {
                (void) refuse_reader(request, r, &error);
                request_fail(request, &error);
                return;
        }
        request->n_fds = 1;

        caller_begin_wait(request->caller);
        request->waiting = true;
        if (r > 0)
                reply(request);
}
