/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who lingers, and changing that through logind with a wait for the manager, see linger.h. */

#include "daemon/system/linger.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "common/address.h"
#include "common/strv.h"
#include "daemon/system/candidates.h"
#include "daemon/system/logind-facts.h"

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

/* How often PID 1 is asked whether a manager is down: that takes some 50 ms as a rule. */
#define WATCH_FIRST_USEC (20 * USEC_PER_MSEC)
#define WATCH_MAX_USEC   (500 * USEC_PER_MSEC)
/* After the end of linger, a manager that logind does not know and that nobody stops for this long was
 * started by someone through PID 1. */
#define UNKNOWN_USEC (1 * USEC_PER_SEC)
/* logind keeps a manager for UserStopDelaySec= after the last logout, 10 s as a rule. What runs on for
 * longer, and is not being stopped, is kept for good. */
#define KEPT_USEC (15 * USEC_PER_SEC)
/* A start may be cancelled by the stop that logind had queued just before. */
#define START_ATTEMPTS_MAX 3U

#define TIMER_ACCURACY_USEC USEC_PER_MSEC

char *linger_name_escape(const char *name) {
        static const char from[] = "\a\b\f\n\r\t\v\\\"'", to[] = "abfnrtv\\\"'";
        char *escaped, *p;

        escaped = calloc(strlen(name) + 1, 4);
        if (!escaped)
                return NULL;

        p = escaped;
        for (const unsigned char *s = (const unsigned char *) name; *s; s++) {
                const char *short_form = strchr(from, *s);

                if (short_form) {
                        *p++ = '\\';
                        *p++ = to[short_form - from];
                } else if (*s < ' ' || *s >= 127) {
                        *p++ = '\\';
                        *p++ = (char) ('0' + (*s >> 6));
                        *p++ = (char) ('0' + (*s >> 3 & 7));
                        *p++ = (char) ('0' + (*s & 7));
                } else
                        *p++ = (char) *s;
        }
        return escaped;
}

int linger_is_enabled(const char *directory, const char *name) {
        _cleanup_free_ char *escaped = NULL, *path = NULL;
        struct stat st;

        if (!account_name_is_valid(name))
                return -EINVAL;
        escaped = linger_name_escape(name);
        if (!escaped)
                return -ENOMEM;
        if (asprintf(&path, "%s/%s", directory ? directory : LINGER_DIRECTORY, escaped) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (lstat(path, &st) < 0)
                /* logind could not have made a file of too long a name. */
                return errno == ENOENT || errno == ENAMETOOLONG ? 0 : -errno;
        return S_ISREG(st.st_mode);
}

static void closedirp(DIR **dir) {
        if (*dir)
                (void) closedir(*dir);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The account that a directory entry stands for, to be freed. 0: none. */
static int read_entry(DIR *dir, const struct dirent *de, char **ret) {
        _cleanup_free_ char *name = NULL;
        struct stat st;
        int r;

        if (de->d_name[0] == '.')
                return 0;
        if (fstatat(dirfd(dir), de->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(st.st_mode))
                return 0;
        r = linger_name_unescape(de->d_name, &name);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !account_name_is_valid(name))
                return 0;
        *ret = TAKE_PTR(name);
        return 1;
}

int linger_list(const char *directory, char ***ret) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_strv_free_ char **names = NULL;
        size_t n = 0, allocated = 0;
        bool full = false;

        dir = opendir(directory ? directory : LINGER_DIRECTORY);
        if (!dir && errno != ENOENT)
                return -errno;

        while (dir) {
                _cleanup_free_ char *name = NULL;
                struct dirent *de;
                int r;

                errno = 0;
                de = readdir(dir);
                if (!de && errno > 0)
                        return -errno;
                if (!de)
                        break;
                r = read_entry(dir, de, &name);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (n >= LINGER_LIST_MAX) {
                        full = true;
                        break;
                }
                if (n + 1 >= allocated) {
                        char **larger;

                        allocated = MAX(allocated * 2, (size_t) 64);
                        larger = reallocarray(names, allocated, sizeof(*names));
                        if (!larger)
                                return -ENOMEM;
                        names = larger;
                }
                names[n++] = TAKE_PTR(name);
                names[n] = NULL;
        }

        if (n > 1)
                qsort(names, n, sizeof(*names), compare_names);
        *ret = TAKE_PTR(names);
        return full;
}

struct LingerChange {
        sd_bus *bus;
        sd_event *event;
        uid_t uid;
        char *name;
        bool enable;
        uint64_t deadline;
        char unit[USER_MANAGER_UNIT_MAX];

        sd_bus_slot *call;
        sd_event_source *timer; /* the deadline, unless the job has it */
        sd_event_source *watch;
        UserManagerJob *job;
        UserManagerStates *states;

        bool before;       /* lingered */
        bool done;         /* logind did it */
        unsigned attempts; /* to start the manager */
        uint64_t interval; /* to the next look */
        uint64_t since;    /* waiting for the manager to go down */

        LingerResult result;
        char *note;
        LingerHandler handler;
        void *userdata;
};

static void change_stop(LingerChange *change) {
        change->call = sd_bus_slot_unref(change->call);
        change->timer = sd_event_source_disable_unref(change->timer);
        change->watch = sd_event_source_disable_unref(change->watch);
        change->job = user_manager_job_unref(change->job);
        change->states = user_manager_states_unref(change->states);
}

LingerChange *linger_change_unref(LingerChange *change) {
        if (!change)
                return NULL;
        change_stop(change);
        sd_event_unref(change->event);
        sd_bus_unref(change->bus);
        free(change->name);
        free(change->note);
        free(change);
        return NULL;
}

/* Tells the end. The handler may free the change: nothing may look at it afterwards. */
static int change_finish(LingerChange *change, const Error *error) {
        LingerResult result;

        change->result.lingers = change->done ? change->enable : change->before;
        change->result.changed = change->result.lingers != change->before;
        change->result.note = change->note;
        result = change->result;
        change_stop(change);
        change->handler(&result, error && error_is_set(error) ? error : NULL, change->userdata);
        return 0;
}

static int change_fail_errno(LingerChange *change, int r) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        if (r == -ENOMEM)
                (void) error_set(&error, ERROR_INTERNAL, "Out of memory.");
        else
                (void) error_set(&error, ERROR_UNAVAILABLE,
                        "The connection to logind and PID 1 was lost while changing linger of account %s: try again.",
                        change->name);
        return change_finish(change, &error);
}

/* Ends well, with something to say. Without memory it is not said. */
_printf_(2, 3) static int change_finish_note(LingerChange *change, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&change->note, format, ap) < 0)
                change->note = NULL;
        va_end(ap);
        return change_finish(change, NULL);
}

static int change_start_manager(LingerChange *change);
static int change_look(LingerChange *change);

static void change_on_job(const UserManagerResult *result, const Error *error, void *userdata) {
        LingerChange *change = userdata;

        change->job = user_manager_job_unref(change->job);
        change->result.manager = result->after;
        if (error && streq(result->job_result, "canceled") && change->attempts < START_ATTEMPTS_MAX)
                (void) change_start_manager(change);
        else
                (void) change_finish(change, error);
}

static int change_start_manager(LingerChange *change) {
        int r;

        /* The job keeps the deadline, and has more to say about it. */
        change->timer = sd_event_source_disable_unref(change->timer);
        change->attempts++;
        r = user_manager_job_start(change->bus, change->event, change->uid, USER_MANAGER_START,
                change->deadline, change_on_job, change, &change->job);
        return r < 0 ? change_fail_errno(change, r) : 0;
}

static int change_on_watch(sd_event_source *source, uint64_t usec, void *userdata) {
        LingerChange *change = userdata;

        change->watch = sd_event_source_disable_unref(change->watch);
        return change_look(change);
}

static int change_look_later(LingerChange *change) {
        int r;

        r = sd_event_add_time_relative(change->event, &change->watch, CLOCK_MONOTONIC, change->interval,
                TIMER_ACCURACY_USEC, change_on_watch, change);
        if (r < 0)
                return change_fail_errno(change, r);
        change->interval = MIN(change->interval * 2, (uint64_t) WATCH_MAX_USEC);
        return 0;
}

/* The account does not linger and its manager runs, or is on its way: will it go down by itself? */
static int change_judge_running(LingerChange *change) {
        _cleanup_(logind_facts_done) LogindFacts facts = LOGIND_FACTS_NULL;
        uint64_t now, waited;
        size_t n;
        int r;

        if (change->result.manager == USER_MANAGER_STOPPING)
                return change_look_later(change);

        /* What cannot be read now may be read at the next look. */
        r = logind_facts_get(change->uid, &facts);
        if (r == -ENOMEM)
                return change_fail_errno(change, r);
        if (r < 0)
                return change_look_later(change);

        n = logind_facts_holding(&facts);
        if (n > 0)
                return change_finish_note(change,
                        "Account %s has %zu open session%s: its manager runs on and is stopped after the last logout.",
                        change->name, n, n == 1 ? "" : "s");

        r = sd_event_now(change->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return change_fail_errno(change, r);
        waited = now - change->since;
        if (streq(facts.state, "offline") && (!change->before || waited >= UNKNOWN_USEC))
                return change_finish_note(change,
                        "The manager of account %s was started through PID 1: logind does not know about it and will not stop it.",
                        change->name);
        if (waited >= KEPT_USEC)
                return change_finish_note(change,
                        "The manager of account %s runs on although nothing seems to need it: see UserStopDelaySec= in "
                        "logind.conf. It is not waited for any longer.",
                        change->name);
        return change_look_later(change);
}

static void change_on_states(const UserManagerState *states, size_t n, const Error *error, void *userdata) {
        LingerChange *change = userdata;

        change->states = user_manager_states_unref(change->states);
        if (error) {
                change->result.manager = USER_MANAGER_UNKNOWN;
                /* PID 1 may be executing itself anew; the deadline bounds this. */
                if (error->code == ERROR_UNAVAILABLE)
                        (void) change_look_later(change);
                else
                        (void) change_finish(change, error);
                return;
        }

        change->result.manager = user_manager_state_get(states, n, change->uid);
        if (change->result.manager == USER_MANAGER_STOPPED || change->result.manager == USER_MANAGER_FAILED)
                (void) change_finish(change, NULL);
        else
                (void) change_judge_running(change);
}

static int change_look(LingerChange *change) {
        int r;

        r = user_manager_states_start(change->bus, change->event, &change->uid, 1, UINT64_MAX,
                change_on_states, change, &change->states);
        return r < 0 ? change_fail_errno(change, r) : 0;
}

/* Whether logind says that the name service knows no such account. 252 passes on what getpwuid() left in
 * errno. */
static bool error_is_no_account(const sd_bus_error *e) {
        int number = sd_bus_error_get_errno(e);

        return number == ENOENT || number == ESRCH ||
                sd_bus_error_has_name(e, "org.freedesktop.login1.NoSuchUser");
}

static int change_on_reply(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        LingerChange *change = userdata;
        int r;

        change->call = sd_bus_slot_unref(change->call);
        if (e) {
                _cleanup_free_ char *what = NULL;

                if (asprintf(&what, "%s linger for account %s", change->enable ? "enable" : "disable",
                            change->name) < 0) {
                        what = NULL;
                        return change_fail_errno(change, -ENOMEM);
                }
                (void) system_error_set(&error, e, "logind", what,
                        error_is_no_account(e) ? ERROR_NO_SUCH_ACCOUNT : ERROR_UNAVAILABLE,
                        error_is_no_account(e)
                                ? "check that `getent passwd` finds the account, and try again."
                                : "see `systemctl status systemd-logind.service`.");
                return change_finish(change, &error);
        }

        change->done = true;
        if (change->enable)
                return change_start_manager(change);

        r = sd_event_now(change->event, CLOCK_MONOTONIC, &change->since);
        return r < 0 ? change_fail_errno(change, r) : change_look(change);
}

static int change_on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        LingerChange *change = userdata;

        if (change->done)
                (void) error_set(&error, ERROR_TIMEOUT,
                        "Account %s does not linger any more, but %s was not down in time (%s): see `systemctl status %s`.",
                        change->name, change->unit, user_manager_active_to_string(change->result.manager),
                        change->unit);
        else
                (void) error_set(&error, ERROR_TIMEOUT,
                        "logind did not answer in time when asked to %s linger for account %s: see `systemctl status "
                        "systemd-logind.service`.",
                        change->enable ? "enable" : "disable", change->name);
        return change_finish(change, &error);
}

static int change_send(LingerChange *change) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                change->bus, &m, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE, "SetUserLinger");
        if (r < 0)
                return r;
        r = sd_bus_message_append(
                m, "ubb", (uint32_t) change->uid, (int) change->enable, /* interactive= */ 0);
        if (r < 0)
                return r;
        return sd_bus_call_async(change->bus, &change->call, m, change_on_reply, change, UINT64_MAX);
}

int linger_change_start(sd_bus *bus, sd_event *event, const char *directory, const Account *account,
        bool enable, uint64_t deadline, LingerHandler handler, void *userdata, LingerChange **ret) {
        _cleanup_(linger_change_unrefp) LingerChange *change = NULL;
        int r;

        if (account->uid == 0 || account->uid == UID_INVALID)
                return -EINVAL;

        change = calloc(1, sizeof(*change));
        if (!change)
                return -ENOMEM;
        change->bus = sd_bus_ref(bus);
        change->event = sd_event_ref(event);
        change->uid = account->uid;
        change->enable = enable;
        change->deadline = deadline;
        change->interval = WATCH_FIRST_USEC;
        change->result.manager = USER_MANAGER_UNKNOWN;
        change->handler = handler;
        change->userdata = userdata;
        (void) user_manager_unit(account->uid, change->unit);
        change->name = strdup(account->name);
        if (!change->name)
                return -ENOMEM;

        r = linger_is_enabled(directory, account->name);
        if (r < 0)
                return r;
        change->before = r > 0;

        r = sd_event_add_time(event, &change->timer, CLOCK_MONOTONIC, deadline, TIMER_ACCURACY_USEC,
                change_on_deadline, change);
        if (r < 0)
                return r;
        r = change_send(change);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(change);
        return 0;
}
