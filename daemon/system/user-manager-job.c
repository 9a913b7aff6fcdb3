/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A job of user@UID.service from the call to its end, see user-manager.h.
 *
 * Four messages leave at once, and are answered in this order: a match for JobRemoved, a listing for the
 * state before, Subscribe(), and the call that makes the job. The reply to Subscribe() tells PID 1's unique
 * name on the bus, and so whose signals count: the bus delivers a signal that any client addresses to us,
 * matching rule or not. JobRemoved may come before the reply that names the job.
 *
 * Where logind is closing the account, a start waits for that first, see job_settle().
 *
 * There is no Unsubscribe(): logind keeps PID 1 sending signals anyway.
 */

#include "daemon/system/user-manager.h"

#include <inttypes.h>

#include <systemd/sd-login.h>

#include "daemon/account.h"

#define PID1_NAME      "org.freedesktop.systemd1"
#define PID1_PATH      "/org/freedesktop/systemd1"
#define PID1_INTERFACE "org.freedesktop.systemd1.Manager"

/* How often the unit is looked at while its job runs, in case that the end of the job was not heard of. */
#define POLL_USEC (1 * USEC_PER_SEC)
/* PID 1 is away for some 100 ms when it executes itself anew; after 15 s it is missing. */
#define GONE_RETRY_USEC (250 * USEC_PER_MSEC)
#define GONE_MAX        60U
/* logind forgets a user whom it has stopped UserStopDelaySec= later, 10 s as a rule. */
#define SETTLE_USEC      (12 * USEC_PER_SEC)
#define SETTLE_LOOK_USEC (100 * USEC_PER_MSEC)
/* Jobs of the unit that end between our call and its reply; the last ones are kept. */
#define EARLY_MAX 8U

#define TIMER_ACCURACY_USEC USEC_PER_MSEC
/* Space for PID1_PATH "/job/4294967295". */
#define JOB_PATH_MAX sizeof(PID1_PATH "/job/4294967295")

typedef struct EarlyEnd {
        uint32_t id;
        char result[16];
} EarlyEnd;

struct UserManagerJob {
        sd_bus *bus;
        sd_event *event;
        uid_t uid;
        UserManagerVerb verb;
        char unit[USER_MANAGER_UNIT_MAX];

        sd_bus_slot *match;
        sd_bus_slot *subscribe;
        sd_bus_slot *call;
        sd_event_source *timer; /* the deadline */
        sd_event_source *poll;
        UserManagerStates *states; /* the listing under way */

        bool pid1_known;
        char *pid1; /* unique name; NULL on a connection without a bus between */
        bool before_known;
        bool sent;               /* the call */
        uint64_t settle_until;   /* at the latest, it is sent then */
        bool queued;             /* PID 1 took the job … */
        char path[JOB_PATH_MAX]; /* … of this path */
        bool ended;
        EarlyEnd early[EARLY_MAX];
        size_t n_early;  /* ever; the last EARLY_MAX are there */
        unsigned n_gone; /* in a row, PID 1 was not there */

        UserManagerResult result;
        UserManagerJobHandler handler;
        void *userdata;
};

static const struct {
        const char *method;
        const char *word;
} verbs[_USER_MANAGER_VERB_MAX] = {
        [USER_MANAGER_START] = { "StartUnit", "start" },
        [USER_MANAGER_STOP] = { "StopUnit", "stop" },
        [USER_MANAGER_RESTART] = { "RestartUnit", "restart" },
};

static int job_look(UserManagerJob *job);
static int job_call(UserManagerJob *job);
static int job_settle(UserManagerJob *job);

static void job_stop(UserManagerJob *job) {
        job->match = sd_bus_slot_unref(job->match);
        job->subscribe = sd_bus_slot_unref(job->subscribe);
        job->call = sd_bus_slot_unref(job->call);
        job->timer = sd_event_source_disable_unref(job->timer);
        job->poll = sd_event_source_disable_unref(job->poll);
        job->states = user_manager_states_unref(job->states);
}

UserManagerJob *user_manager_job_unref(UserManagerJob *job) {
        if (!job)
                return NULL;
        job_stop(job);
        sd_event_unref(job->event);
        sd_bus_unref(job->bus);
        free(job->pid1);
        free(job);
        return NULL;
}

static bool is_down(UserManagerActive active) {
        return active == USER_MANAGER_STOPPED || active == USER_MANAGER_FAILED;
}

/* Whether the unit's state may be another because of the job. */
static bool job_changed(const UserManagerJob *job) {
        const UserManagerResult *result = &job->result;

        if (!job->queued)
                return false;
        if (job->verb == USER_MANAGER_RESTART || result->before == USER_MANAGER_UNKNOWN ||
                result->after == USER_MANAGER_UNKNOWN)
                return true;
        if (job->verb == USER_MANAGER_STOP)
                return !is_down(result->before) && result->after != result->before;
        return result->after != result->before;
}

/* Tells the end. The handler may free the job: nothing may look at it afterwards. */
static int job_finish(UserManagerJob *job, const Error *error) {
        UserManagerResult result;

        job->result.changed = job_changed(job);
        result = job->result;
        job_stop(job);
        job->handler(&result, error && error_is_set(error) ? error : NULL, job->userdata);
        return 0;
}

static int job_fail_errno(UserManagerJob *job, int r) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        if (r == -ENOMEM)
                (void) error_set(&error, ERROR_INTERNAL, "Out of memory.");
        else
                (void) error_set(&error, ERROR_UNAVAILABLE,
                        "The connection to PID 1 was lost while waiting for %s: try again.", job->unit);
        return job_finish(job, &error);
}

/* The job has ended and the state after it is known: is it what was asked for? */
static int job_judge(UserManagerJob *job) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        const UserManagerResult *result = &job->result;
        bool done;

        done = job->verb == USER_MANAGER_STOP ? is_down(result->after)
                                              : result->after == USER_MANAGER_RUNNING;
        /* For a restart the state alone is no evidence, unless nobody told us how the job ended. */
        if (job->verb == USER_MANAGER_RESTART)
                done = done && (isempty(result->job_result) || streq(result->job_result, "done"));
        if (done)
                return job_finish(job, NULL);

        (void) error_set(&error, ERROR_MANAGER_FAILED,
                "PID 1 could not %s %s (job result %s, now %s): see `systemctl status %s`.",
                verbs[job->verb].word, job->unit,
                isempty(result->job_result) ? "unknown" : result->job_result,
                user_manager_active_to_string(result->after), job->unit);
        return job_finish(job, &error);
}

static int job_on_poll(sd_event_source *source, uint64_t usec, void *userdata) {
        UserManagerJob *job = userdata;

        job->poll = sd_event_source_disable_unref(job->poll);
        if (job->queued)
                return job_look(job);
        return job->sent ? job_call(job) : job_settle(job);
}

/* Looks again, or tries the call again, after a while. */
static int job_poll_later(UserManagerJob *job, uint64_t usec) {
        int r;

        job->poll = sd_event_source_disable_unref(job->poll);
        r = sd_event_add_time_relative(
                job->event, &job->poll, CLOCK_MONOTONIC, usec, TIMER_ACCURACY_USEC, job_on_poll, job);
        return r < 0 ? job_fail_errno(job, r) : 0;
}

static bool job_is_ours(const UserManagerJob *job, uint32_t id) {
        char path[JOB_PATH_MAX];

        (void) snprintf(path, sizeof(path), PID1_PATH "/job/%" PRIu32, id);
        return streq(path, job->path);
}

/* What PID 1 says of the unit: before the job, while it runs, or after it. */
static void job_on_states(const UserManagerState *states, size_t n, const Error *error, void *userdata) {
        UserManagerJob *job = userdata;
        const UserManagerState *state;
        UserManagerActive active;

        job->states = user_manager_states_unref(job->states);
        if (error) {
                if (error->code == ERROR_UNAVAILABLE && job->n_gone++ < GONE_MAX) {
                        /* The state before is gone for good; the one after can be had in a moment. */
                        job->before_known = true;
                        if (!job->sent)
                                (void) job_call(job);
                        else if (job->queued)
                                (void) job_poll_later(job, GONE_RETRY_USEC);
                        return;
                }
                (void) job_finish(job, error);
                return;
        }

        state = user_manager_state_find(states, n, job->uid);
        active = state ? state->active : USER_MANAGER_STOPPED;
        job->n_gone = 0;
        if (!job->before_known) {
                job->before_known = true;
                job->result.before = active;
                if (!job->sent) {
                        (void) job_settle(job);
                        return;
                }
                /* The end may have been heard of, or a look put off, while this was under way. */
                if (job->ended)
                        (void) job_look(job);
                else if (job->queued && !job->poll)
                        (void) job_poll_later(job, POLL_USEC);
                return;
        }

        if (!job->ended && state && state->job_id != 0 && job_is_ours(job, state->job_id)) {
                (void) job_poll_later(job, POLL_USEC);
                return;
        }

        /* PID 1 sends JobRemoved before it answers that the job is gone. So a job that is gone without one
         * ended while PID 1 executed itself anew, say; its result is what the state says. */
        job->ended = true;
        job->result.after = active;
        (void) job_judge(job);
}

static int job_look(UserManagerJob *job) {
        int r;

        if (job->states)
                return 0;
        r = user_manager_states_start(
                job->bus, job->event, &job->uid, 1, UINT64_MAX, job_on_states, job, &job->states);
        return r < 0 ? job_fail_errno(job, r) : 0;
}

/* The job is no more: looks at what it left. */
static int job_end(UserManagerJob *job, const char *result) {
        (void) snprintf(job->result.job_result, sizeof(job->result.job_result), "%s", result);
        job->ended = true;
        job->poll = sd_event_source_disable_unref(job->poll);
        /* A listing under way may have been answered before the end. */
        if (job->before_known)
                job->states = user_manager_states_unref(job->states);
        return job_look(job);
}

static int job_on_removed(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        UserManagerJob *job = userdata;
        const char *path, *unit, *result;
        uint32_t id;

        if (!job->pid1_known || !streq_ptr(sd_bus_message_get_sender(m), job->pid1))
                return 0;
        if (job->ended || sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
                return 0;
        if (!streq(unit, job->unit) || result[strspn(result, "abcdefghijklmnopqrstuvwxyz-")])
                return 0;

        if (job->queued)
                return job_is_ours(job, id) ? job_end(job, result) : 0;

        EarlyEnd *early = job->early + job->n_early++ % EARLY_MAX;
        early->id = id;
        (void) snprintf(early->result, sizeof(early->result), "%s", result);
        return 0;
}

static int job_on_subscribed(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        UserManagerJob *job = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);

        /* "Already subscribed" is as good. An error of the bus itself is not from PID 1; then the end of the
         * job is found by looking. */
        job->subscribe = sd_bus_slot_unref(job->subscribe);
        if (e && system_error_is_gone(e))
                return 0;
        free(job->pid1);
        job->pid1 = NULL;
        if (sd_bus_message_get_sender(m)) {
                job->pid1 = strdup(sd_bus_message_get_sender(m));
                if (!job->pid1)
                        return job_fail_errno(job, -ENOMEM);
        }
        job->pid1_known = true;
        return 0;
}

/* PID 1 was not there for the call. To start and to stop once more does no harm; a restart may have begun
 * already. */
static int job_gone(UserManagerJob *job) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        if (job->verb != USER_MANAGER_RESTART && job->n_gone++ < GONE_MAX) {
                job->pid1_known = false;
                job->n_early = 0;
                return job_poll_later(job, GONE_RETRY_USEC);
        }

        (void) error_set(&error, ERROR_UNAVAILABLE,
                "PID 1 left the bus while it was asked to %s %s: see `systemctl status %s` whether it did, and try again.",
                verbs[job->verb].word, job->unit, job->unit);
        return job_finish(job, &error);
}

static int job_on_queued(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        UserManagerJob *job = userdata;
        const char *path;

        job->call = sd_bus_slot_unref(job->call);
        if (e && system_error_is_gone(e))
                return job_gone(job);
        if (e) {
                char what[64], hint[96];

                (void) snprintf(what, sizeof(what), "%s %s", verbs[job->verb].word, job->unit);
                (void) snprintf(hint, sizeof(hint), "see `systemctl status %s`.", job->unit);
                (void) system_error_set(&error, e, "PID 1", what, ERROR_MANAGER_FAILED, hint);
                return job_finish(job, &error);
        }
        if (sd_bus_message_read(m, "o", &path) < 0 || strlen(path) >= sizeof(job->path)) {
                (void) error_set(&error, ERROR_UNAVAILABLE,
                        "PID 1 answered in a way that userunitd does not understand: see `systemctl status %s`.",
                        job->unit);
                return job_finish(job, &error);
        }

        memcpy(job->path, path, strlen(path) + 1);
        job->queued = true;
        job->n_gone = 0;
        for (size_t i = 0; i < MIN(job->n_early, (size_t) EARLY_MAX); i++)
                if (job_is_ours(job, job->early[i].id))
                        return job_end(job, job->early[i].result);
        return job_poll_later(job, POLL_USEC);
}

static int job_on_matched(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        /* Without the match the end is found by looking. The default would close the daemon's connection. */
        return 0;
}

static int job_on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        UserManagerJob *job = userdata;

        if (!job->sent)
                (void) error_set(&error, ERROR_TIMEOUT,
                        "logind has not finished to close the sessions of the account in time, and %s was not asked to %s: try again.",
                        job->unit, verbs[job->verb].word);
        else if (job->queued)
                (void) error_set(&error, ERROR_TIMEOUT,
                        "PID 1 has not finished to %s %s in time and goes on with it: see `systemctl status %s`.",
                        verbs[job->verb].word, job->unit, job->unit);
        else
                (void) error_set(&error, ERROR_TIMEOUT,
                        "PID 1 did not answer in time when asked to %s %s: see `systemctl status %s` whether it did.",
                        verbs[job->verb].word, job->unit, job->unit);
        return job_finish(job, &error);
}

/* Sends Subscribe() and the call. No time limits of their own: the job has its deadline, and a call that
 * sd-bus gave up could not be told from one that found no PID 1. */
static int job_send(UserManagerJob *job) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *subscribe = NULL, *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                job->bus, &subscribe, PID1_NAME, PID1_PATH, PID1_INTERFACE, "Subscribe");
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_call(
                job->bus, &call, PID1_NAME, PID1_PATH, PID1_INTERFACE, verbs[job->verb].method);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "ss", job->unit, "replace");
        if (r < 0)
                return r;

        job->subscribe = sd_bus_slot_unref(job->subscribe);
        r = sd_bus_call_async(job->bus, &job->subscribe, subscribe, job_on_subscribed, job, UINT64_MAX);
        if (r < 0)
                return r;
        return sd_bus_call_async(job->bus, &job->call, call, job_on_queued, job, UINT64_MAX);
}

/* Sends for the first time, later than at the start, or once more. */
static int job_call(UserManagerJob *job) {
        int r;

        job->sent = true;

        r = job_send(job);
        return r < 0 ? job_fail_errno(job, r) : 0;
}

/* Whether logind is about to forget the account. */
static bool is_closing(uid_t uid) {
        _cleanup_free_ char *state = NULL;

        return sd_uid_get_state(uid, &state) >= 0 && streq(state, "closing");
}

/* A manager that is started behind the back of a logind (seen: 257) which has just stopped it, for the end
 * of linger or after the last logout, hangs in its PAM session until it times out after 90 s: logind drops
 * the session together with the user. So that is waited for. It cannot be told from outside whether logind
 * stopped the manager or somebody else did, in which case a start would have been fine. */
static int job_settle(UserManagerJob *job) {
        uint64_t now;
        int r;

        r = sd_event_now(job->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return job_fail_errno(job, r);
        if (job->result.before == USER_MANAGER_RUNNING || job->result.before == USER_MANAGER_STARTING ||
                now >= job->settle_until || !is_closing(job->uid))
                return job_call(job);
        return job_poll_later(job, SETTLE_LOOK_USEC);
}

/* sd-bus cannot match on the unit's name, which comes behind a number. So all jobs of the host are heard of,
 * but only while there is one to wait for. */
static int job_match(UserManagerJob *job) {
        return sd_bus_match_signal_async(job->bus, &job->match, PID1_NAME, PID1_PATH, PID1_INTERFACE,
                "JobRemoved", job_on_removed, job_on_matched, job);
}

int user_manager_job_start(sd_bus *bus, sd_event *event, uid_t uid, UserManagerVerb verb, uint64_t deadline,
        UserManagerJobHandler handler, void *userdata, UserManagerJob **ret) {
        _cleanup_(user_manager_job_unrefp) UserManagerJob *job = NULL;
        int r;

        if (uid == 0 || uid == UID_INVALID)
                return -EINVAL;

        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        job->bus = sd_bus_ref(bus);
        job->event = sd_event_ref(event);
        job->uid = uid;
        job->verb = verb;
        job->result.before = job->result.after = USER_MANAGER_UNKNOWN;
        job->handler = handler;
        job->userdata = userdata;
        (void) user_manager_unit(uid, job->unit);

        r = sd_event_add_time(
                event, &job->timer, CLOCK_MONOTONIC, deadline, TIMER_ACCURACY_USEC, job_on_deadline, job);
        if (r < 0)
                return r;
        r = job_match(job);
        if (r < 0)
                return r;
        r = user_manager_states_start(bus, event, &uid, 1, UINT64_MAX, job_on_states, job, &job->states);
        if (r < 0)
                return r;
        if (verb == USER_MANAGER_STOP || !is_closing(uid)) {
                job->sent = true;
                r = job_send(job);
        } else {
                r = sd_event_now(event, CLOCK_MONOTONIC, &job->settle_until);
                job->settle_until += SETTLE_USEC;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(job);
        return 0;
}
