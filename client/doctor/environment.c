/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's check of the caller's own environment. userunitctl needs nothing of it; "systemctl --user",
 * and whatever else speaks to a session's bus, does. */

#include "client/doctor/doctor.h"

#include <limits.h>
#include <sys/stat.h>

/* Whose directory XDG_RUNTIME_DIR names: 1 and *ret, or 0 where there is none. */
static int runtime_owner(const char *path, uid_t *ret) {
        ProbeFile file;

        if (probe_file(path, NULL, &file) < 0 || file.error < 0)
                return 0;
        *ret = file.uid;
        return 1;
}

static void check_runtime(Doctor *d, const char *path) {
        uid_t owner;

        if (runtime_owner(path, &owner) == 0) {
                doctor_say(d, SEVERITY_WARNING,
                        "XDG_RUNTIME_DIR is %s, which is not there: \"systemctl --user\" fails here with \"Failed to connect to bus\".",
                        path);
                doctor_mend(d, "export XDG_RUNTIME_DIR=%s/%u", d->places->runtime, d->caller);
        } else if (owner != d->caller) {
                doctor_say(d, SEVERITY_WARNING,
                        "XDG_RUNTIME_DIR is %s, which belongs to uid %u, and you are uid %u: \"systemctl --user\" fails here with \"Operation not permitted\", and root's programs leave files there.",
                        path, owner, d->caller);
                doctor_mend(d, "export XDG_RUNTIME_DIR=%s/%u", d->places->runtime, d->caller);
        } else
                doctor_say(d, SEVERITY_OK, "XDG_RUNTIME_DIR is your own.");
}

static void check_bus(Doctor *d, const char *address) {
        char own[PATH_MAX];

        (void) snprintf(own, sizeof(own), "unix:path=%s/%u/bus", d->places->runtime, d->caller);
        if (!startswith(address, "unix:path=/run/user/") || startswith(address, own))
                return;
        doctor_say(
                d, SEVERITY_WARNING, "DBUS_SESSION_BUS_ADDRESS is %s, the bus of another account.", address);
        doctor_mend(d, "export DBUS_SESSION_BUS_ADDRESS=%s", own);
}

void doctor_check_environment(Doctor *d) {
        const char *runtime = getenv("XDG_RUNTIME_DIR"), *address = getenv("DBUS_SESSION_BUS_ADDRESS"),
                   *sudoer = getenv("SUDO_USER");

        if (d->caller == 0 && sudoer)
                doctor_say(d, SEVERITY_NOTE,
                        "You are root by way of sudo: \"systemctl --user\" is about root's own manager here, and not about that of %s. Write \"userunitctl VERB ACCOUNT/UNIT\".",
                        d->known && d->account.uid != 0 ? d->account.name : sudoer);
        if (isempty(runtime) && isempty(address))
                doctor_say(d, SEVERITY_NOTE,
                        "XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS are not set: \"systemctl --user\" fails here with \"Failed to connect to bus: No medium found\"; userunitctl does not need them.");
        if (!isempty(runtime))
                check_runtime(d, runtime);
        if (!isempty(address))
                check_bus(d, address);
}
