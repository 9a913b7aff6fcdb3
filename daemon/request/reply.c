/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the caller gets, see request.h: one reply to Call, or lines to Open, both with the same objects, one
 * for each account. A worker's members are copied as they are, after daemon/request/reply-check.h has passed
 * them.
 */

#include <sys/utsname.h>
#include <time.h>

#include "common/limits.h"
#include "common/log.h"
#include "daemon/request/request.h"

void request_reply_text(Request *request, const char *text) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if (!request->message)
                return;

        r = sd_bus_message_new_method_return(request->message, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "s", text);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "h");
        for (unsigned i = 0; r >= 0 && i < request->n_fds; i++)
                r = sd_bus_message_append(reply, "h", request->fds[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(request->service->bus, reply, NULL);
        if (r < 0)
                log_warning_errno(r, "Failed to send a reply, ignoring: %m");
        request->message = sd_bus_message_unref(request->message);
}

int request_reply_fd(Request *request, int fd) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(request->message, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "h", fd);
        if (r < 0)
                return r;
        r = sd_bus_send(request->service->bus, reply, NULL);
        if (r < 0)
                return r;

        request->message = sd_bus_message_unref(request->message);
        return 0;
}

static void write_error_object(JsonWriter *w, const Error *error) {
        json_write_key(w, "error");
        json_begin_object(w);
        json_write_key_string(w, "name", error_code_to_string(error->code));
        json_write_key_string(w, "message", error_message(error));
        json_end_object(w);
}

/* What all streams of a uid hold for readers that do not read. */
static size_t stream_bytes_of(Service *service, uid_t uid) {
        Request *request;
        size_t n = 0;

        TAILQ_FOREACH(request, &service->requests, entry)
                if (request->stream && request->caller->uid == uid)
                        n += stream_waiting(request->stream);
        return n;
}

static void stream_line(Request *request, JsonWriter *w) {
        const char *line;
        size_t size;

        /* A line that cannot be written ends the stream: a reader must not take what it has for all there
         * is. */
        if (json_writer_peek(w, &line, &size) < 0 ||
                stream_bytes_of(request->service, request->caller->uid) + size > STREAM_BUFFER_PER_UID_MAX ||
                stream_write(request->stream, line, size) < 0) {
                request->stream_broken = true;
                stream_close(request->stream);
        }
}

void request_reply_error(Request *request, const Error *error) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;

        if (request->stream) {
                _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);

                json_begin_object(&w);
                write_error_object(&w, error);
                json_end_object(&w);
                stream_line(request, &w);
                return;
        }

        if (!request->message)
                return;
        if (sd_bus_error_set(&e, error_code_to_bus_name(error->code), error_message(error)) != -ENOMEM)
                (void) sd_bus_reply_method_error(request->message, &e);
        request->message = sd_bus_message_unref(request->message);
}

/* RFC 3339 with microseconds, UTC. */
static void write_time(JsonWriter *w) {
        char text[64], whole[32];
        struct timespec ts;
        struct tm tm;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        if (!gmtime_r(&ts.tv_sec, &tm) || strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
                return;
        snprintf(text, sizeof(text), "%s.%06ldZ", whole, ts.tv_nsec / 1000);
        json_write_key_string(w, "time", text);
}

void request_write_header(Request *request, JsonWriter *w) {
        struct utsname host;

        json_write_key_u64(w, "schema", CONTRACT_SCHEMA);
        json_write_key_string(w, "version", VERSION);
        if (uname(&host) >= 0)
                json_write_key_string(w, "host", host.nodename);
        json_write_key_string(w, "machine_id", request->service->machine_id);
        write_time(w);
        json_write_key_string(w, "method", request->method->name);
        json_write_key_bool(w, "complete", !request->incomplete);
        if (request->missing)
                json_write_key_string(w, "missing", request->missing);
        if (method_is(request->method, METHOD_CHANGES))
                json_write_key_bool(w, "changed", request->changed);
}

static const char *manager_word(const Target *target, bool answered) {
        if (target->state_known)
                return user_manager_active_to_string(target->state);
        if (answered && !method_is(target->request->method, METHOD_NO_MANAGER))
                return "running";
        return target->error.code == ERROR_MANAGER_NOT_RUNNING ? "stopped" : NULL;
}

static void write_account(Target *target, JsonWriter *w, const char *members, size_t length, int fd_index) {
        bool granted = target_n_grants(target) > 0;
        const char *manager = granted ? manager_word(target, members != NULL) : NULL;

        json_begin_object(w);
        if (!isempty(target_name(target)))
                json_write_key_string(w, "account", target_name(target));
        if (target->account || !target->name)
                json_write_key_u64(w, "uid", target->account ? target->account->uid : target->uid);
        if (manager)
                json_write_key_string(w, "manager", manager);
        /* Facts are only for those who may look; an object without a grant has nothing but its error. */
        if (granted)
                target_write_facts(target, w);
        /* What the daemon does itself, it reports itself; a worker only proved that it worked. */
        if (granted && target->request->method->place == PLACE_SYSTEM &&
                method_is(target->request->method, METHOD_CHANGES)) {
                json_write_key_bool(w, "changed", target->changed);
                length = 0;
        }
        if (target->note)
                json_write_key_string(w, "note", target->note);
        if (fd_index >= 0)
                json_write_key_u64(w, "fd", (uint64_t) fd_index);
        if (error_is_set(&target->error))
                write_error_object(w, &target->error);
        if (length > 0)
                json_write_raw_members(w, members, length);
        json_end_object(w);
}

/* That there is none is an answer, and nothing of it is missing. */
static void note_incomplete(Target *target) {
        if (error_is_set(&target->error) && target->error.code != ERROR_NO_SUCH_UNIT &&
                target->error.code != ERROR_NO_SUCH_FILE)
                target->request->incomplete = true;
}

void target_write_error(Target *target, JsonWriter *w) {
        note_incomplete(target);
        write_account(target, w, NULL, 0, -1);
}

void target_report(Target *target, const char *members, size_t length, int fd, bool last) {
        Request *request = target->request;
        int fd_index = -1;

        note_incomplete(target);

        if (request->stream) {
                _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX + 4096);

                safe_close(fd);
                if (request->stream_broken)
                        return;
                write_account(target, &w, members, length, -1);
                stream_line(request, &w);
                return;
        }

        if (fd >= 0) {
                if (request->n_fds < REPLY_FDS_MAX) {
                        fd_index = (int) request->n_fds;
                        request->fds[request->n_fds++] = fd;
                } else {
                        safe_close(fd);
                        members = NULL;
                        length = 0;
                        (void) error_set(&target->error, ERROR_REPLY_TOO_LARGE,
                                "One reply carries the files of %u accounts at most; ask for fewer.",
                                REPLY_FDS_MAX);
                        request->incomplete = true;
                }
        }
        write_account(target, &request->reply, members, length, fd_index);
}

/* Pairs that were not authorised although others of the request were. */
static void write_refused(Request *request, JsonWriter *w) {
        bool any = false;

        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                if (t->by_glob && !method_is(request->method, METHOD_CHANGES))
                        continue;
                for (size_t k = 0; k < t->n_asks; k++) {
                        const Ask *ask = t->asks + k;

                        if (ask->grant || !error_is_set(&ask->error))
                                continue;
                        if (!any) {
                                json_write_key(w, "refused");
                                json_begin_array(w);
                                any = true;
                        }
                        json_begin_object(w);
                        json_write_key_string(w, "account", target_name(t));
                        json_write_key_string(w, "unit", ask->unit);
                        write_error_object(w, &ask->error);
                        json_end_object(w);
                }
        }
        if (any)
                json_end_array(w);
}

static bool any_refused(const Request *request) {
        for (size_t i = 0; i < request->n_targets; i++)
                for (size_t k = 0; k < request->targets[i]->n_asks; k++)
                        if (!request->targets[i]->asks[k].grant)
                                return true;
        return false;
}

void request_write_end(Request *request, JsonWriter *w) {
        json_begin_object(w);
        json_write_key(w, "end");
        json_begin_object(w);
        request_write_header(request, w);
        /* What was not taken is not there to be read either. */
        if (request->method->place == PLACE_JOURNAL && !record_is_heard(request->service->record))
                json_write_key_bool(w, "journald", false);
        write_refused(request, w);
        json_end_object(w);
        json_end_object(w);
}

static void finish_stream(Request *request) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);

        request_write_end(request, &w);
        if (!request->stream_broken)
                stream_line(request, &w);
        stream_close(request->stream);
        request->stage = STAGE_DONE; /* request_end() follows when the reader has it all */
}

static void send_reply(Request *request, JsonWriter *w) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = json_writer_finish(w, &text, NULL);
        if (r >= 0)
                request_reply_text(request, text);
        else {
                if (r == -EMSGSIZE)
                        (void) error_set(&error, ERROR_REPLY_TOO_LARGE,
                                "The reply is over %u bytes; ask with Open, or for less.", REPLY_SIZE_MAX);
                else
                        (void) error_set(&error, ERROR_INTERNAL, "No memory for the reply.");
                request_reply_error(request, &error);
        }
        request_end(request);
}

static void begin_reply(Request *request, JsonWriter *w) {
        json_begin_object(w);
        json_write_key(w, "parameters");
        json_begin_object(w);
        request_write_header(request, w);
}

static void end_reply(JsonWriter *w) {
        json_end_object(w);
        json_end_object(w);
}

void request_finish(Request *request) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REPLY_SIZE_MAX);
        const char *accounts;
        size_t length;
        int r;

        if (any_refused(request))
                request->incomplete = true;
        if (request->stream) {
                finish_stream(request);
                return;
        }

        /* One account, and it failed: that is the answer, unless something is known of it all the same. */
        if (request->n_targets == 1 && !request->host_wide && error_is_set(&request->targets[0]->error) &&
                !(request->method->place == PLACE_MIXED && target_n_grants(request->targets[0]) > 0)) {
                request_fail(request, &request->targets[0]->error);
                return;
        }

        json_end_array(&request->reply);
        begin_reply(request, &w);
        r = json_writer_peek(&request->reply, &accounts, &length);
        if (r >= 0) {
                json_write_key(&w, "accounts");
                json_write_raw(&w, accounts, length);
        } else
                w.error = r;
        write_refused(request, &w);
        end_reply(&w);
        send_reply(request, &w);
}

/* ---- access ---- */

static const char *answer_word(Verdict verdict) {
        switch (verdict) {
        case VERDICT_YES:
                return "yes";
        case VERDICT_CHALLENGE:
                return "password";
        case VERDICT_NONE:
        case VERDICT_NO:
        case VERDICT_ERROR:
                break;
        }
        return "no";
}

static void write_answers(Request *request, JsonWriter *w) {
        json_write_key(w, "answers");
        json_begin_array(w);
        for (size_t i = 0; i < request->n_targets; i++) {
                Target *t = request->targets[i];

                for (size_t k = 0; k < t->n_asks; k++) {
                        json_begin_object(w);
                        json_write_key_string(w, "account", target_name(t));
                        json_write_key_string(w, "unit", t->asks[k].unit);
                        json_write_key_string(w, "verb", request->checked->verb);
                        json_write_key_string(w, "method", request->checked->name);
                        json_write_key_string(w, "action", strempty(action_to_id(t->asks[k].action)));
                        json_write_key_string(w, "answer", answer_word(t->asks[k].verdict));
                        json_end_object(w);
                }
        }
        json_end_array(w);
}

static void write_actions(Request *request, JsonWriter *w) {
        json_write_key(w, "actions");
        json_begin_array(w);
        for (size_t i = 0; i < request->n_actions; i++) {
                json_begin_object(w);
                json_write_key_string(w, "action", action_to_id(request->actions[i].action));
                json_write_key_string(w, "doc", action_doc(request->actions[i].action));
                json_write_key_string(w, "answer", answer_word(request->actions[i].verdict));
                json_end_object(w);
        }
        json_end_array(w);
}

void request_reply_access(Request *request) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REPLY_SIZE_MAX);

        (void) request_record_verdict(request, request->n_targets == 1 ? request->targets[0] : NULL, NULL,
                RECORD_GRANTED, ERROR_NONE);
        request->stage = STAGE_ACT;
        begin_reply(request, &w);
        if (request->checked)
                write_answers(request, &w);
        else
                write_actions(request, &w);
        end_reply(&w);
        send_reply(request, &w);
}
