/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who asks, see caller.h. */

#include "daemon/caller.h"

#include "common/limits.h"

/* Connections that are remembered without a request in flight; the bus allows one account 256. */
#define CALLERS_IDLE_MAX 256U

/* The bus driver answers at once or is broken. */
#define QUERY_TIMEOUT_USEC (5 * USEC_PER_SEC)

struct Callers {
        sd_bus *bus;
        sd_bus_slot *match;
        CallerKnownHandler known;
        CallerGoneHandler gone;
        void *userdata;
        Caller *list; /* each entry holds one reference */
        unsigned n_list;
        unsigned n_inflight;
        unsigned n_waiting;
        uint64_t clock;
};

Caller *caller_ref(Caller *caller) {
        caller->n_ref++;
        return caller;
}

Caller *caller_unref(Caller *caller) {
        if (!caller)
                return NULL;
        if (--caller->n_ref > 0)
                return NULL;

        sd_bus_slot_unref(caller->query);
        free(caller->name);
        free(caller);
        return NULL;
}

static bool is_unused(const Caller *caller) {
        return caller->n_inflight == 0 && caller->n_waiting == 0;
}

/* Takes the caller off the list and drops the list's reference. */
static void forget(Callers *callers, Caller *caller) {
        for (Caller **p = &callers->list; *p; p = &(*p)->next)
                if (*p == caller) {
                        *p = caller->next;
                        caller->next = NULL;
                        callers->n_list--;
                        caller_unref(caller);
                        return;
                }
}

static Caller *find(Callers *callers, const char *name) {
        for (Caller *c = callers->list; c; c = c->next)
                if (streq(c->name, name))
                        return c;
        return NULL;
}

static void forget_oldest(Callers *callers) {
        Caller *oldest = NULL;

        for (Caller *c = callers->list; c; c = c->next)
                if (is_unused(c) && c->n_ref == 1 && (!oldest || c->used < oldest->used))
                        oldest = c;
        if (oldest)
                forget(callers, oldest);
}

static int on_name_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Callers *callers = userdata;
        _cleanup_(caller_unrefp) Caller *caller = NULL;
        const char *name, *old_owner, *new_owner;
        int r;

        r = sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner);
        if (r < 0 || *new_owner || name[0] != ':')
                return 0;

        caller = find(callers, name);
        if (!caller)
                return 0;

        caller_ref(caller);
        caller->gone = true;
        callers->gone(caller, callers->userdata);
        /* What it began and left running still counts for its uid. */
        if (is_unused(caller))
                forget(callers, caller);
        return 0;
}

int callers_new(
        sd_bus *bus, CallerKnownHandler known, CallerGoneHandler gone, void *userdata, Callers **ret) {
        _cleanup_(callers_freep) Callers *callers = NULL;
        int r;

        callers = calloc(1, sizeof(*callers));
        if (!callers)
                return -ENOMEM;
        callers->bus = sd_bus_ref(bus);
        callers->known = known;
        callers->gone = gone;
        callers->userdata = userdata;

        r = sd_bus_match_signal_async(bus, &callers->match, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                "org.freedesktop.DBus", "NameOwnerChanged", on_name_owner_changed, NULL, callers);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(callers);
        return 0;
}

Callers *callers_free(Callers *callers) {
        if (!callers)
                return NULL;

        while (callers->list) {
                callers->list->registry = NULL;
                forget(callers, callers->list);
        }
        sd_bus_slot_unref(callers->match);
        sd_bus_unref(callers->bus);
        free(callers);
        return NULL;
}

/* Reads a{sv} for UnixUserID; everything else in it is passed over. */
static int read_uid(sd_bus_message *m, uid_t *ret) {
        bool found = false;
        uint32_t uid = 0;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;

        for (;;) {
                const char *key;

                r = sd_bus_message_enter_container(m, 'e', "sv");
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                r = sd_bus_message_read(m, "s", &key);
                if (r < 0)
                        return r;
                if (streq(key, "UnixUserID")) {
                        r = sd_bus_message_read(m, "v", "u", &uid);
                        found = true;
                } else
                        r = sd_bus_message_skip(m, "v");
                if (r < 0)
                        return r;

                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }

        /* 65535 and 4294967295 are "no uid" to one interface or another, and never a person. */
        if (!found || uid == UINT32_MAX || uid == UINT16_MAX)
                return -ENODATA;
        *ret = uid;
        return 0;
}

static int on_credentials(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Caller *caller = userdata;
        Callers *callers = caller->registry;
        const sd_bus_error *e;
        int r;

        caller->query = sd_bus_slot_unref(caller->query);
        if (!callers || caller->gone)
                return 0;

        e = sd_bus_message_get_error(m);
        if (e)
                r = -sd_bus_error_get_errno(e);
        else
                r = read_uid(m, &caller->uid);
        if (r >= 0)
                caller->known = true;

        caller_ref(caller);
        callers->known(caller, r < 0 ? r : 0, callers->userdata);
        if (r < 0)
                forget(callers, caller);
        caller_unref(caller);
        return 0;
}

static int ask_credentials(Callers *callers, Caller *caller) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(callers->bus, &m, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                "org.freedesktop.DBus", "GetConnectionCredentials");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "s", caller->name);
        if (r < 0)
                return r;
        return sd_bus_call_async(
                callers->bus, &caller->query, m, on_credentials, caller, QUERY_TIMEOUT_USEC);
}

int callers_get(Callers *callers, const char *sender, Caller **ret) {
        _cleanup_(caller_unrefp) Caller *caller = NULL;
        int r;

        if (!sender || sender[0] != ':')
                return -EINVAL;

        caller = find(callers, sender);
        if (caller) {
                caller->used = ++callers->clock;
                *ret = caller_ref(TAKE_PTR(caller));
                return 0;
        }

        caller = calloc(1, sizeof(*caller));
        if (!caller)
                return -ENOMEM;
        caller->n_ref = 1;
        caller->registry = callers;
        caller->used = ++callers->clock;
        caller->name = strdup(sender);
        if (!caller->name)
                return -ENOMEM;

        r = ask_credentials(callers, caller);
        if (r < 0)
                return r;

        if (callers->n_list >= CALLERS_IDLE_MAX)
                forget_oldest(callers);

        caller->next = callers->list;
        callers->list = caller_ref(caller);
        callers->n_list++;

        *ret = TAKE_PTR(caller);
        return 0;
}

int caller_charge(Caller *caller) {
        Callers *callers = caller->registry;

        if (!callers || callers->n_inflight >= INFLIGHT_MAX ||
                caller->n_inflight >= INFLIGHT_PER_CONNECTION_MAX)
                return -EBUSY;

        caller->n_inflight++;
        callers->n_inflight++;
        return 0;
}

int caller_check_uid(Caller *caller) {
        unsigned n = 0;

        if (!caller->known || !caller->registry)
                return -EBUSY;
        if (caller->uid != 0 && caller->registry->n_inflight > INFLIGHT_MAX - INFLIGHT_RESERVED)
                return -EBUSY;

        for (Caller *c = caller->registry->list; c; c = c->next)
                if (c->known && c->uid == caller->uid)
                        n += c->n_inflight;

        return n > INFLIGHT_PER_UID_MAX ? -EBUSY : 0;
}

void caller_discharge(Caller *caller) {
        Callers *callers = caller->registry;

        caller->n_inflight--;
        if (!callers)
                return;
        callers->n_inflight--;
        if (caller->gone && is_unused(caller))
                forget(callers, caller);
}

int caller_check_waiting(Caller *caller) {
        Callers *callers = caller->registry;
        unsigned n = 0;

        if (!caller->known || !callers)
                return -EBUSY;
        if (callers->n_waiting >= (caller->uid == 0 ? WAITING_MAX : WAITING_MAX - INFLIGHT_RESERVED))
                return -EBUSY;

        for (Caller *c = callers->list; c; c = c->next)
                if (c->known && c->uid == caller->uid)
                        n += c->n_waiting;

        return n >= WAITING_PER_UID_MAX ? -EBUSY : 0;
}

void caller_begin_wait(Caller *caller) {
        caller->n_inflight--;
        caller->n_waiting++;
        if (!caller->registry)
                return;
        caller->registry->n_inflight--;
        caller->registry->n_waiting++;
}

void caller_end_wait(Caller *caller) {
        Callers *callers = caller->registry;

        caller->n_waiting--;
        if (!callers)
                return;
        callers->n_waiting--;
        if (caller->gone && is_unused(caller))
                forget(callers, caller);
}
