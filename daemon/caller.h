/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who asks. A caller is one connection to the bus, named by its unique name, which is never given twice
 * while the bus lives. Its uid comes from the bus driver (GetConnectionCredentials) and from nowhere else,
 * and is never augmented from /proc. A caller is remembered until it leaves the bus, so that its second
 * request costs no question.
 *
 * Requests in flight are counted here, by connection, by uid and in all (common/limits.h).
 */

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "common/macro.h"

typedef struct Callers Callers;
typedef struct Caller Caller;

struct Caller {
        unsigned n_ref;
        Callers *registry;
        Caller *next;
        char *name; /* ":1.42" */
        uid_t uid;  /* valid once `known` */
        bool known;
        bool gone; /* left the bus; nothing can be told to it any more */
        unsigned n_inflight;
        unsigned n_waiting; /* requests that only wait for their jobs; none of these are in flight */
        uint64_t used;      /* order of last use, for forgetting the oldest */
        sd_bus_slot *query;
};

/* Called once for each caller whose uid has become known (error 0), or could not be learned (negative errno:
 * deny). */
typedef void (*CallerKnownHandler)(Caller *caller, int error, void *userdata);
/* Called when a caller with a reference has left the bus. */
typedef void (*CallerGoneHandler)(Caller *caller, void *userdata);

/* The registry. Installs a match for NameOwnerChanged, asynchronously. Negative errno of sd-bus. */
int callers_new(
        sd_bus *bus, CallerKnownHandler known, CallerGoneHandler gone, void *userdata, Callers **ret);
Callers *callers_free(Callers *callers);
DEFINE_CLEANUP(Callers *, callers_free);

/* The caller of that unique name, with a reference. Where `known` is false the handler follows. -EINVAL for
 * a name that is not a unique one, -ENOMEM and errors of sd-bus. */
int callers_get(Callers *callers, const char *sender, Caller **ret);

Caller *caller_ref(Caller *caller);
Caller *caller_unref(Caller *caller);
DEFINE_CLEANUP(Caller *, caller_unref);

/* Counts one more request of the connection. -EBUSY where it or all together have as many as they may.
 * Undone by caller_discharge(). */
int caller_charge(Caller *caller);

/* The same for the uid, when it is known. The request stays charged to the connection whatever this returns.
 */
int caller_check_uid(Caller *caller);

void caller_discharge(Caller *caller);

/* Whether one more request may come to wait for jobs. -EBUSY where the uid or all together have as many that
 * do as they may. */
int caller_check_waiting(Caller *caller);

/* A request that was charged does nothing any more but wait: it is no longer in flight. Undone by
 * caller_end_wait(), which takes the place of caller_discharge(). */
void caller_begin_wait(Caller *caller);
void caller_end_wait(Caller *caller);
