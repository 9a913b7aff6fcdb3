/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The accounts' managers seen from PID 1: names, errors and listing, see user-manager.h. */

#include "daemon/system/user-manager.h"

#include "common/escape.h"
#include "daemon/account.h"

#define PID1_NAME      "org.freedesktop.systemd1"
#define PID1_PATH      "/org/freedesktop/systemd1"
#define PID1_INTERFACE "org.freedesktop.systemd1.Manager"

/* More uids than this are cheaper to pick out of the whole list: PID 1 matches each unit against each
 * pattern. */
#define PATTERNS_MAX 64U

#define TIMER_ACCURACY_USEC USEC_PER_MSEC

static const char *const active_words[_USER_MANAGER_ACTIVE_MAX] = {
        [USER_MANAGER_STOPPED] = "stopped",
        [USER_MANAGER_STARTING] = "starting",
        [USER_MANAGER_RUNNING] = "running",
        [USER_MANAGER_STOPPING] = "stopping",
        [USER_MANAGER_FAILED] = "failed",
        [USER_MANAGER_UNKNOWN] = "unknown",
};

static const struct {
        const char *active_state;
        UserManagerActive active;
} active_states[] = {
        { "activating", USER_MANAGER_STARTING },
        { "active", USER_MANAGER_RUNNING },
        { "deactivating", USER_MANAGER_STOPPING },
        { "failed", USER_MANAGER_FAILED },
        { "inactive", USER_MANAGER_STOPPED },
        { "refreshing", USER_MANAGER_RUNNING },
        { "reloading", USER_MANAGER_RUNNING },
};

const char *user_manager_active_to_string(UserManagerActive active) {
        return active < _USER_MANAGER_ACTIVE_MAX ? active_words[active] : "unknown";
}

static UserManagerActive active_from_string(const char *s) {
        for (size_t i = 0; i < ELEMENTSOF(active_states); i++)
                if (streq(active_states[i].active_state, s))
                        return active_states[i].active;
        return USER_MANAGER_UNKNOWN;
}

const char *user_manager_unit(uid_t uid, char buf[static USER_MANAGER_UNIT_MAX]) {
        (void) snprintf(buf, USER_MANAGER_UNIT_MAX, "user@%u.service", (unsigned) uid);
        return buf;
}

/* Reads a decimal number without sign or leading zero that is not 0. Returns where it ends, or NULL. */
static const char *parse_positive(const char *s, uint32_t *ret) {
        uint64_t n = 0;

        if (*s < '1' || *s > '9')
                return NULL;
        for (; *s >= '0' && *s <= '9'; s++) {
                n = n * 10 + (uint64_t) (*s - '0');
                if (n > UINT32_MAX)
                        return NULL;
        }
        *ret = (uint32_t) n;
        return s;
}

int user_manager_unit_parse(const char *unit, uid_t *ret) {
        const char *s;
        uint32_t n;

        s = startswith(unit, "user@");
        if (s)
                s = parse_positive(s, &n);
        if (!s || !streq(s, ".service") || n == UID_INVALID)
                return -EINVAL;
        *ret = n;
        return 0;
}

static int compare_uids(const void *a, const void *b) {
        const uid_t *x = a, *y = b;
        return (*x > *y) - (*x < *y);
}

static int compare_states(const void *a, const void *b) {
        const UserManagerState *x = a, *y = b;
        return compare_uids(&x->uid, &y->uid);
}

const UserManagerState *user_manager_state_find(const UserManagerState *states, size_t n, uid_t uid) {
        const UserManagerState key = { .uid = uid };

        return n > 0 ? bsearch(&key, states, n, sizeof(*states), compare_states) : NULL;
}

UserManagerActive user_manager_state_get(const UserManagerState *states, size_t n, uid_t uid) {
        const UserManagerState *state;

        state = user_manager_state_find(states, n, uid);
        return state ? state->active : USER_MANAGER_STOPPED;
}

/* Errors. */

static bool error_is_denial(const sd_bus_error *e) {
        return sd_bus_error_has_names(e, SD_BUS_ERROR_ACCESS_DENIED,
                SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, SD_BUS_ERROR_AUTH_FAILED);
}

bool system_error_is_gone(const sd_bus_error *e) {
        return sd_bus_error_has_names(e, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_SERVICE_UNKNOWN,
                       SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_DISCONNECTED, SD_BUS_ERROR_TIMEOUT) ||
                (e->name && startswith(e->name, "org.freedesktop.DBus.Error.Spawn."));
}

int system_error_set(Error *error, const sd_bus_error *e, const char *who, const char *what,
        ErrorCode otherwise, const char *hint) {
        _cleanup_free_ char *text = NULL;

        text = escape_log(isempty(e->message) ? strempty(e->name) : e->message);

        if (error_is_denial(e))
                return error_set(error, ERROR_UNAVAILABLE,
                        "%s does not let userunitd %s (%s): check that polkitd runs and that the polkit rule of userunitd is installed.",
                        who, what, strempty(text));
        if (system_error_is_gone(e))
                return error_set(error, ERROR_UNAVAILABLE, "%s cannot be reached to %s (%s): try again.",
                        who, what, strempty(text));
        if (sd_bus_error_has_name(e, "org.freedesktop.systemd1.TransactionIsDestructive") ||
                sd_bus_error_has_name(e, "org.freedesktop.systemd1.ShuttingDown"))
                return error_set(error, ERROR_UNAVAILABLE, "%s will not %s, the host is going down: %s", who,
                        what, strempty(text));
        return error_set(error, otherwise, "%s would not %s: %s%s%s", who, what, strempty(text),
                hint ? " -- " : "", strempty(hint));
}

/* Listing. */

/* Copies a state word; one that is not a short word of lower case letters and dashes is none of systemd's.
 */
static int copy_word(char *to, size_t size, const char *from) {
        size_t n = strspn(from, "abcdefghijklmnopqrstuvwxyz-");

        if (from[n] || n == 0 || n >= size)
                return -EBADMSG;
        memcpy(to, from, n + 1);
        return 0;
}

/* Reads the next row. Returns 1; 0 at the end of the array; 2 for a unit that is no account's manager. */
static int read_row(sd_bus_message *m, UserManagerState *ret) {
        const char *unit, *load, *active, *sub;
        UserManagerState state = {};
        int r;

        r = sd_bus_message_read(
                m, "(ssssssouso)", &unit, NULL, &load, &active, &sub, NULL, NULL, &state.job_id, NULL, NULL);
        if (r <= 0)
                return r;
        if (user_manager_unit_parse(unit, &state.uid) < 0)
                return 2;

        r = copy_word(state.load_state, sizeof(state.load_state), load);
        if (r >= 0)
                r = copy_word(state.active_state, sizeof(state.active_state), active);
        if (r >= 0)
                r = copy_word(state.sub_state, sizeof(state.sub_state), sub);
        if (r < 0)
                return r;
        state.active = active_from_string(active);
        *ret = state;
        return 1;
}

/* Reads the reply of ListUnitsByPatterns(): only uids of the sorted filter, all without one. -EBADMSG for
 * what is no such reply. */
static int read_states(
        sd_bus_message *m, const uid_t *uids, size_t n_uids, UserManagerState **ret, size_t *ret_n) {
        _cleanup_free_ UserManagerState *states = NULL;
        size_t n = 0, allocated = 0;
        int r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "(ssssssouso)");
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        for (;;) {
                UserManagerState state;

                r = read_row(m, &state);
                if (r < 0)
                        return r == -ENOMEM ? r : -EBADMSG;
                if (r == 0)
                        break;
                if (r == 2 || (uids && !bsearch(&state.uid, uids, n_uids, sizeof(*uids), compare_uids)))
                        continue;
                if (n == allocated) {
                        UserManagerState *larger;

                        if (n >= USER_MANAGER_STATES_MAX)
                                return -EBADMSG;
                        allocated = MAX(allocated * 2, (size_t) 16);
                        larger = reallocarray(states, allocated, sizeof(*states));
                        if (!larger)
                                return -ENOMEM;
                        states = larger;
                }
                states[n++] = state;
        }

        if (n > 0)
                qsort(states, n, sizeof(*states), compare_states);
        *ret = TAKE_PTR(states);
        *ret_n = n;
        return 0;
}

/* Asks for the units of n uids, or for all. */
static int call_list(sd_bus *bus, const uid_t *uids, size_t n_uids, sd_bus_message_handler_t callback,
        void *userdata, sd_bus_slot **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                bus, &m, PID1_NAME, PID1_PATH, PID1_INTERFACE, "ListUnitsByPatterns");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "as", 0);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;
        /* No pattern at all would mean all units. */
        if (!uids || n_uids == 0 || n_uids > PATTERNS_MAX)
                r = sd_bus_message_append(m, "s", "user@*.service");
        else
                for (size_t i = 0; i < n_uids && r >= 0; i++) {
                        char unit[USER_MANAGER_UNIT_MAX];

                        r = sd_bus_message_append(m, "s", user_manager_unit(uids[i], unit));
                }
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return sd_bus_call_async(bus, ret, m, callback, userdata, UINT64_MAX);
}

struct UserManagerStates {
        sd_bus_slot *call;
        sd_event_source *timer;
        uid_t *uids; /* sorted; NULL: all */
        size_t n_uids;
        UserManagerStatesHandler handler;
        void *userdata;
};

static void states_stop(UserManagerStates *states) {
        states->call = sd_bus_slot_unref(states->call);
        states->timer = sd_event_source_disable_unref(states->timer);
}

UserManagerStates *user_manager_states_unref(UserManagerStates *states) {
        if (!states)
                return NULL;
        states_stop(states);
        free(states->uids);
        free(states);
        return NULL;
}

/* The handler may free the operation: nothing may look at it afterwards. */
static int states_fail(UserManagerStates *states, Error *error) {
        states_stop(states);
        states->handler(NULL, 0, error, states->userdata);
        return 0;
}

static int states_on_reply(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        _cleanup_free_ UserManagerState *rows = NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        UserManagerStates *states = userdata;
        size_t n;
        int r;

        if (sd_bus_message_is_method_error(m, NULL)) {
                (void) system_error_set(&error, sd_bus_message_get_error(m), "PID 1",
                        "list the managers of accounts", ERROR_UNAVAILABLE, NULL);
                return states_fail(states, &error);
        }

        r = read_states(m, states->uids, states->n_uids, &rows, &n);
        if (r < 0) {
                if (r == -ENOMEM)
                        (void) error_set(&error, ERROR_INTERNAL, "Out of memory.");
                else
                        (void) error_set(&error, ERROR_UNAVAILABLE,
                                "PID 1 listed the managers of accounts in a way that userunitd does not understand.");
                return states_fail(states, &error);
        }

        states_stop(states);
        states->handler(n > 0 ? rows : NULL, n, NULL, states->userdata);
        return 0;
}

static int states_on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        (void) error_set(
                &error, ERROR_TIMEOUT, "PID 1 did not list the managers of accounts in time: try again.");
        return states_fail(userdata, &error);
}

int user_manager_states_start(sd_bus *bus, sd_event *event, const uid_t *uids, size_t n_uids,
        uint64_t deadline, UserManagerStatesHandler handler, void *userdata, UserManagerStates **ret) {
        _cleanup_(user_manager_states_unrefp) UserManagerStates *states = NULL;
        int r;

        states = calloc(1, sizeof(*states));
        if (!states)
                return -ENOMEM;
        states->handler = handler;
        states->userdata = userdata;

        if (uids) {
                /* One more: no uids at all is a filter that nothing passes, not "all". */
                states->uids = calloc(n_uids + 1, sizeof(*uids));
                if (!states->uids)
                        return -ENOMEM;
                if (n_uids > 0) {
                        memcpy(states->uids, uids, n_uids * sizeof(*uids));
                        qsort(states->uids, n_uids, sizeof(*uids), compare_uids);
                }
                states->n_uids = n_uids;
        }

        r = sd_event_add_time(event, &states->timer, CLOCK_MONOTONIC, deadline, TIMER_ACCURACY_USEC,
                states_on_deadline, states);
        if (r < 0)
                return r;
        r = call_list(bus, states->uids, states->n_uids, states_on_reply, states, &states->call);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(states);
        return 0;
}
