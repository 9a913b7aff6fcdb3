/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * PID 1 and logind as seen through the bus, played in the test's own event loop at the other end of a
 * socketpair: one account's manager, which starts, stops and fails as the script says. There is no bus
 * between, so the mock writes the senders itself: PID1_UNIQUE for what it says, and anything else for forged
 * signals.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <time.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "common/macro.h"

#define MOCK_UID  1101
#define MOCK_UNIT "user@1101.service"

#define PID1_UNIQUE   ":1.0"
#define PID1_PATH     "/org/freedesktop/systemd1"
#define PID1_MANAGER  "org.freedesktop.systemd1.Manager"
#define PATIENCE_USEC (10 * USEC_PER_SEC)

typedef enum Manner {
        MANNER_NORMAL,
        MANNER_SILENT,  /* no answer */
        MANNER_ERROR,   /* Mock.error_name */
        MANNER_GARBAGE, /* an answer of other types */
        MANNER_GONE,    /* NoReply for the first Mock.n_gone calls, then normal */
        MANNER_HANGUP,  /* the connection ends */
        MANNER_EARLY,   /* of a job: it ends before the reply */
        MANNER_LOST,    /* of a job: nobody tells of the end */
} Manner;

typedef struct Mock {
        sd_event *event;
        sd_bus *client, *server;

        /* The script. */
        Manner list, job, linger;
        const char *error_name, *error_text;
        unsigned n_gone;
        const char *job_result; /* "done" if NULL */
        const char *active_after;
        bool forge;            /* others send JobRemoved, too */
        bool others;           /* the list has rows of others */
        const char *raw_state; /* listed in place of the active state */
        bool linger_stops;     /* disabling linger stops the manager, as logind does */
        uint64_t job_usec;

        /* The state. */
        const char *active;
        bool loaded;
        uint32_t job_id; /* queued */
        uint32_t last_job;
        sd_event_source *timer;
        bool lingers;

        unsigned n_list, n_job, n_linger, n_subscribe;
        char job_member[32];
} Mock;

static inline uint64_t mock_now(Mock *mock) {
        struct timespec ts;

        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static inline int mock_send(Mock *mock, sd_bus_message *m, const char *sender) {
        assert_true(sd_bus_message_set_sender(m, sender) >= 0);
        assert_true(sd_bus_send(mock->server, m, NULL) >= 0);
        return 1;
}

static inline void mock_job_removed(
        Mock *mock, const char *sender, uint32_t id, const char *unit, const char *result) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char path[64];

        snprintf(path, sizeof(path), PID1_PATH "/job/%u", id);
        assert_true(sd_bus_message_new_signal(mock->server, &m, PID1_PATH, PID1_MANAGER, "JobRemoved") >= 0);
        assert_true(sd_bus_message_append(m, "uoss", id, path, unit, result) >= 0);
        (void) mock_send(mock, m, sender);
}

static inline void mock_job_done(Mock *mock) {
        uint32_t id = mock->job_id;

        mock->job_id = 0;
        mock->active = mock->active_after;
        mock->loaded = !streq(mock->active, "inactive");
        if (mock->job != MANNER_LOST)
                mock_job_removed(
                        mock, PID1_UNIQUE, id, MOCK_UNIT, mock->job_result ? mock->job_result : "done");
}

static inline int mock_on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Mock *mock = userdata;

        mock->timer = sd_event_source_disable_unref(mock->timer);
        mock_job_done(mock);
        return 0;
}

static inline void mock_queue_job(Mock *mock, const char *while_running) {
        mock->job_id = ++mock->last_job;
        mock->active = while_running;
        mock->loaded = true;
        mock->timer = sd_event_source_disable_unref(mock->timer);
        assert_true(sd_event_add_time_relative(mock->event, &mock->timer, CLOCK_MONOTONIC, mock->job_usec, 1,
                            mock_on_timer, mock) >= 0);
}

/* Answers in a manner other than the normal one. Returns whether it did. */
static inline bool mock_misbehaves(Mock *mock, sd_bus_message *call, Manner manner) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        switch (manner) {
        case MANNER_SILENT:
                return true;
        case MANNER_HANGUP:
                sd_bus_close(mock->server);
                return true;
        case MANNER_ERROR:
                assert_true(sd_bus_message_new_method_errorf(call, &m, mock->error_name, "%s",
                                    mock->error_text ? mock->error_text : "") >= 0);
                return mock_send(mock, m, PID1_UNIQUE);
        case MANNER_GONE:
                if (mock->n_gone == 0)
                        return false;
                mock->n_gone--;
                assert_true(sd_bus_message_new_method_errorf(
                                    call, &m, SD_BUS_ERROR_NO_REPLY, "Recipient left") >= 0);
                return mock_send(mock, m, "org.freedesktop.DBus");
        case MANNER_GARBAGE:
                assert_true(sd_bus_message_new_method_return(call, &m) >= 0);
                assert_true(sd_bus_message_append(m, "a(su)", 1, "nonsense", 42) >= 0);
                return mock_send(mock, m, PID1_UNIQUE);
        default:
                return false;
        }
}

static inline void mock_row(sd_bus_message *m, const char *unit, const char *active, uint32_t job) {
        assert_true(sd_bus_message_append(m, "(ssssssouso)", unit, "User Manager for UID", "loaded", active,
                            "running", "", "/org/freedesktop/systemd1/unit/x", job, job ? "start" : "",
                            "/") >= 0);
}

static inline int mock_list(Mock *mock, sd_bus_message *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        /* Never without a pattern: that would list all units of the host. */
        assert_true(sd_bus_message_skip(call, "as") >= 0);
        assert_true(sd_bus_message_enter_container(call, 'a', "s") > 0);
        assert_int_equal(sd_bus_message_at_end(call, false), 0);
        mock->n_list++;
        if (mock_misbehaves(mock, call, mock->list))
                return 1;
        assert_true(sd_bus_message_new_method_return(call, &m) >= 0);
        assert_true(sd_bus_message_open_container(m, 'a', "(ssssssouso)") >= 0);
        if (mock->others) {
                mock_row(m, "user@4294967294.service", "inactive", 0);
                mock_row(m, "user@0.service", "active", 0);
                mock_row(m, "user@foo.service", "active", 0);
                mock_row(m, "user@01.service", "active", 0);
                mock_row(m, "user@4294967295.service", "active", 0);
                mock_row(m, "user@99999999999.service", "active", 0);
        }
        if (mock->loaded)
                mock_row(m, MOCK_UNIT, mock->raw_state ? mock->raw_state : mock->active, mock->job_id);
        if (mock->others) {
                mock_row(m, "user@905.service", "failed", 0);
                mock_row(m, "user@1102.service", "deactivating", 0);
                mock_row(m, "user@1103.service", "reloading", 0);
        }
        assert_true(sd_bus_message_close_container(m) >= 0);
        return mock_send(mock, m, PID1_UNIQUE);
}

static inline int mock_job(Mock *mock, sd_bus_message *call, const char *member) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const char *unit, *mode;
        char path[64];

        assert_true(sd_bus_message_read(call, "ss", &unit, &mode) >= 0);
        assert_string_equal(unit, MOCK_UNIT);
        assert_string_equal(mode, "replace");
        mock->n_job++;
        snprintf(mock->job_member, sizeof(mock->job_member), "%s", member);
        if (mock_misbehaves(mock, call, mock->job))
                return 1;

        mock_queue_job(mock, streq(member, "StopUnit") ? "deactivating" : "activating");
        if (!mock->active_after)
                mock->active_after = streq(member, "StopUnit") ? "inactive" : "active";
        snprintf(path, sizeof(path), PID1_PATH "/job/%u", mock->job_id);

        if (mock->forge) {
                mock_job_removed(mock, ":1.66", mock->job_id, MOCK_UNIT, "failed");
                mock_job_removed(mock, "org.freedesktop.systemd1", mock->job_id, MOCK_UNIT, "failed");
                mock_job_removed(mock, PID1_UNIQUE, mock->job_id, "user@1102.service", "failed");
                /* An older job of the unit, cancelled by ours. */
                mock_job_removed(mock, PID1_UNIQUE, mock->job_id + 1000, MOCK_UNIT, "canceled");
        }
        if (mock->job == MANNER_EARLY) {
                mock->timer = sd_event_source_disable_unref(mock->timer);
                mock_job_done(mock);
        }

        assert_true(sd_bus_message_new_method_return(call, &m) >= 0);
        assert_true(sd_bus_message_append(m, "o", path) >= 0);
        (void) mock_send(mock, m, PID1_UNIQUE);
        if (mock->forge) {
                mock_job_removed(mock, ":1.66", mock->last_job, MOCK_UNIT, "failed");
                mock_job_removed(mock, PID1_UNIQUE, mock->last_job + 1000, MOCK_UNIT, "canceled");
        }
        return 1;
}

static inline int mock_set_linger(Mock *mock, sd_bus_message *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        uint32_t uid;
        int enable, interactive;

        assert_true(sd_bus_message_read(call, "ubb", &uid, &enable, &interactive) >= 0);
        assert_int_equal(uid, MOCK_UID);
        assert_false(interactive);
        mock->n_linger++;
        if (mock_misbehaves(mock, call, mock->linger))
                return 1;

        mock->lingers = enable;
        assert_true(sd_bus_message_new_method_return(call, &m) >= 0);
        (void) mock_send(mock, m, ":1.3");
        if (!enable && mock->linger_stops && mock->loaded) {
                mock->active_after = "inactive";
                mock_queue_job(mock, "active");
        }
        return 1;
}

static inline int mock_on_message(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        Mock *mock = userdata;
        const char *member = sd_bus_message_get_member(m);

        if (!sd_bus_message_is_method_call(m, NULL, NULL))
                return 0;
        /* Nothing may make polkit ask a person: nobody sits at the daemon. */
        assert_int_equal(sd_bus_message_get_allow_interactive_authorization(m), 0);
        if (streq(member, "SetUserLinger"))
                return mock_set_linger(mock, m);
        if (streq(member, "ListUnitsByPatterns"))
                return mock_list(mock, m);
        if (streq(member, "Subscribe")) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

                /* As the second and every further time. */
                mock->n_subscribe++;
                assert_true(sd_bus_message_new_method_errorf(m, &reply,
                                    "org.freedesktop.systemd1.AlreadySubscribed",
                                    "Client is already subscribed.") >= 0);
                return mock_send(mock, reply, PID1_UNIQUE);
        }
        assert_non_null(strstr(member, "Unit"));
        return mock_job(mock, m, member);
}

static inline Mock *mock_new(const char *active) {
        int fds[2];
        sd_id128_t id;
        Mock *mock;

        mock = calloc(1, sizeof(*mock));
        assert_non_null(mock);
        mock->active = active;
        mock->loaded = !streq(active, "inactive");
        mock->job_usec = 5 * USEC_PER_MSEC;
        mock->last_job = 7;

        assert_true(sd_event_new(&mock->event) >= 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        assert_true(sd_id128_randomize(&id) >= 0);

        assert_true(sd_bus_new(&mock->server) >= 0);
        assert_true(sd_bus_set_fd(mock->server, fds[0], fds[0]) >= 0);
        assert_true(sd_bus_set_server(mock->server, 1, id) >= 0);
        assert_true(sd_bus_set_anonymous(mock->server, 1) >= 0);
        assert_true(sd_bus_add_filter(mock->server, NULL, mock_on_message, mock) >= 0);
        assert_true(sd_bus_attach_event(mock->server, mock->event, 0) >= 0);
        assert_true(sd_bus_start(mock->server) >= 0);

        assert_true(sd_bus_new(&mock->client) >= 0);
        assert_true(sd_bus_set_fd(mock->client, fds[1], fds[1]) >= 0);
        assert_true(sd_bus_set_anonymous(mock->client, 1) >= 0);
        assert_true(sd_bus_attach_event(mock->client, mock->event, 0) >= 0);
        assert_true(sd_bus_start(mock->client) >= 0);
        return mock;
}

static inline void mock_free(Mock *mock) {
        sd_event_source_disable_unref(mock->timer);
        sd_bus_detach_event(mock->client);
        sd_bus_detach_event(mock->server);
        sd_bus_close_unref(mock->client);
        sd_bus_close_unref(mock->server);
        sd_event_unref(mock->event);
        free(mock);
}

/* Runs the loop until *n_calls is 1 and for a moment longer: a handler must not be called twice. */
static inline void mock_run(Mock *mock, const unsigned *n_calls) {
        uint64_t end = mock_now(mock) + PATIENCE_USEC;

        while (*n_calls == 0 && mock_now(mock) < end)
                assert_true(sd_event_run(mock->event, 10 * USEC_PER_MSEC) >= 0);
        for (unsigned i = 0; i < 20; i++)
                assert_true(sd_event_run(mock->event, USEC_PER_MSEC) >= 0);
        assert_int_equal(*n_calls, 1);
}

/* Runs it for a while. */
static inline void mock_run_for(Mock *mock, uint64_t usec) {
        uint64_t end = mock_now(mock) + usec;

        while (mock_now(mock) < end)
                assert_true(sd_event_run(mock->event, 5 * USEC_PER_MSEC) >= 0);
}
