/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The connection to the account's service manager: the manager's own socket (systemd/private), or else the
 * account's bus. It is kept for the next request and opened anew when it is found dead.
 *
 * The manager belongs to the account and may be silent, drip, lie or die. So sd-bus never waits by itself
 * here: all calls, and the handshake before them, are driven from one loop that ends at `deadline`. A
 * connection that missed it is closed, because a late answer must not be taken for the next one.
 *
 * Interface: org.freedesktop.systemd1(5).
 */

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "common/clock.h"
#include "common/error.h"

#define MANAGER_DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH        "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE   "org.freedesktop.systemd1.Manager"
#define UNIT_INTERFACE      "org.freedesktop.systemd1.Unit"

typedef struct Manager {
        uid_t uid;
        const char *runtime_root;
        uint64_t deadline;     /* of the exchange under way, CLOCK_MONOTONIC in µs */
        sd_bus *bus;           /* NULL: not connected */
        bool direct;           /* no bus in between */
        unsigned generation;   /* another one after each connection */
        sd_bus_slot *job_slot; /* the match for JobRemoved */
        sd_bus_message_handler_t on_job_removed;
        void *userdata;
} Manager;

#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)

/* Closes the connection, if there is one. */
void manager_disconnect(Manager *m);

/* Makes sure that there is a connection that was alive a moment ago. Returns 0 or a negative errno with the
 * error set: ManagerNotRunning where there is no socket or nobody listens, Timeout, ManagerFailed for all
 * else. */
int manager_connect(Manager *m, Error *error);

/* Connects, and sees to it that JobRemoved signals reach m->on_job_removed. */
int manager_subscribe(Manager *m, Error *error);

/* Handles what has arrived. Returns 0, or a negative errno when the connection is gone (and closed). */
int manager_dispatch(Manager *m);

/* What to poll(2) for between requests; false where there is no connection. */
bool manager_pollfd(Manager *m, int *ret_fd, short *ret_events);

/* A call to a method of the manager's object or another of its objects. Connects first. */
int manager_message_new(Manager *m, const char *path, const char *interface, const char *member,
        sd_bus_message **ret, Error *error);

/* Handles one message or, where there is none, waits for one: for those who have calls under way. Returns 0
 * or a negative errno, -ETIMEDOUT at the deadline; then manager_broken() closes the connection and sets the
 * error. */
int manager_step(Manager *m);
int manager_broken(Manager *m, int r, Error *error);

/* Sends the call and waits for the answer. Returns 0 with *ret (may be NULL) set; -EBADRQC where the manager
 * does not know the method, or another negative errno; with the error set in each case. */
int manager_call(Manager *m, sd_bus_message *call, sd_bus_message **ret, Error *error);

/* Both of these at once, for a method of the manager's object; `types` and what follows as
 * sd_bus_message_append(). */
int manager_call_method(
        Manager *m, const char *member, sd_bus_message **ret, Error *error, const char *types, ...);

/* One property. `type` is a basic type or "s"; *ret as sd_bus_message_read_basic() writes it, strings as a
 * copy. */
int manager_get_string(
        Manager *m, const char *path, const char *interface, const char *property, char **ret, Error *error);
int manager_get_trivial(Manager *m, const char *path, const char *interface, const char *property, char type,
        void *ret, Error *error);
int manager_get_strv(Manager *m, const char *path, const char *interface, const char *property, char ***ret,
        Error *error);

/* The call that asks for a property of an object. */
int manager_property_call(Manager *m, const char *path, const char *interface, const char *property,
        sd_bus_message **ret, Error *error);

/* Any one property: the answer, inside the variant whose contents must be of that type. */
int manager_get_property(Manager *m, const char *path, const char *interface, const char *property,
        const char *type, sd_bus_message **ret, Error *error);

/* The object path of a unit. The manager loads a unit when it is asked for its path. */
int manager_unit_path(const char *unit, char **ret, Error *error);

/* An answer that is not what the interface says. */
int manager_nonsense(int r, Error *error);

/* Fills the error from a D-Bus error of the manager: its name by a table, its message made safe to show. */
int manager_error(const char *name, const char *message, Error *error);
