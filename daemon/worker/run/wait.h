/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Following a service that was just made until it has ended.
 *
 * A service that ends well is forgotten by its manager at once, and nothing can be asked about it then. Over
 * a bus one could hold it with a reference, but over the manager's own socket there are none. So all that is
 * told about the end comes out of the signals, which have the values in them: the manager sends
 * PropertiesChanged before it forgets a unit, and before it tells the end of a job.
 */

#include <systemd/sd-bus.h>

#include "common/macro.h"

#define RUN_USEC_UNKNOWN UINT64_MAX

typedef struct RunWait {
        char *path;  /* of the unit's object */
        char *unit;  /* its name */
        char *timer; /* the timer that was made with it; NULL: it was started */
        bool follow; /* to the end of the service, not of its job */
        bool made;   /* the manager has made the unit; what was told before was of another of its name */
        sd_bus_slot *changed_slot;
        sd_bus_slot *removed_slot;

        /* as last told */
        char *active;
        char *sub;
        uint32_t job;
        char *result;
        int32_t code; /* CLD_EXITED …; 0: not told */
        int32_t status;
        uint64_t began_usec; /* CLOCK_MONOTONIC; 0: not told */
        uint64_t ended_usec;
        bool removed;
} RunWait;

RunWait *run_wait_free(RunWait *run);
DEFINE_CLEANUP(RunWait *, run_wait_free);

/* Begins to listen to what becomes of the unit; to be called before it is made. `sender` is NULL where there
 * is no bus in between. Returns 0 or a negative errno. */
int run_wait_new(sd_bus *bus, const char *sender, const char *unit, RunWait **ret);

/* Whether there is more to wait for once the job has ended. */
bool run_wait_is_open(const RunWait *run);

/* How long it ran, or RUN_USEC_UNKNOWN. */
uint64_t run_wait_runtime(const RunWait *run);

/* The handlers of the two signals; userdata is the RunWait. */
int run_wait_on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error);
int run_wait_on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error);
