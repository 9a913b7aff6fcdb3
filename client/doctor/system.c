/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of the machine: the bus, the boot, the clock, control groups. */

#include "client/doctor/doctor.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "client/terminal/text.h"

void doctor_check_bus(Doctor *d) {
        int r;

        if (sd_booted() == 0) {
                doctor_say(d, SEVERITY_ERROR,
                        "systemd is not this system's PID 1 (a plain container, perhaps): there are no managers to be reached.");
                return;
        }
        r = doctor_bus_connect(&d->bus);
        if (r == -ETIMEDOUT) {
                doctor_say(d, SEVERITY_ERROR, "The system bus does not answer within 3 s.");
                doctor_mend(d,
                        "systemctl kill --kill-whom=main --signal=CONT dbus.service; systemctl status dbus.service");
        } else if (r < 0) {
                doctor_say(d, SEVERITY_ERROR,
                        "The system bus cannot be reached (%s): nothing is known of services, and userunitctl can do nothing.",
                        strerrordesc_np(-r));
                doctor_mend(d, "systemctl start dbus.socket dbus.service");
        } else if (doctor_bus_ping(&d->bus, PEER_PID1) < 0) {
                doctor_say(d, SEVERITY_ERROR,
                        "PID 1 does not answer on the system bus within 3 s: it reloads for long, or is stuck.");
                doctor_mend(d, "systemctl status");
        } else
                doctor_say(d, SEVERITY_OK, "The system bus and PID 1 answer.");
}

void doctor_check_boot(Doctor *d) {
        _cleanup_free_ char *state = NULL, *version = NULL;

        if (doctor_bus_string(&d->bus, PEER_PID1, "SystemState", &state) < 0 ||
                doctor_bus_string(&d->bus, PEER_PID1, "Version", &version) < 0)
                return;

        if (streq(state, "running")) {
                doctor_say(d, SEVERITY_OK, "systemd %s has booted the system completely.", version);
        } else if (streq(state, "degraded")) {
                doctor_say(d, SEVERITY_NOTE,
                        "The system is up (systemd %s), but some of its own units failed.", version);
                doctor_mend(d, "systemctl --failed");
        } else if (streq(state, "initializing") || streq(state, "starting")) {
                doctor_say(d, SEVERITY_WARNING,
                        "The system is still starting (systemd %s): managers of accounts that linger may be yet to come.",
                        version);
                doctor_mend(d, "systemctl list-jobs");
        } else {
                doctor_say(d, SEVERITY_ERROR, "The system is in the state \"%s\" (systemd %s).", state,
                        version);
                doctor_mend(d, "systemctl default");
        }
}

void doctor_check_cgroup(Doctor *d) {
        struct statfs fs;

        if (statfs(d->places->cgroup, &fs) < 0)
                return;
        if (fs.f_type == CGROUP2_SUPER_MAGIC) {
                doctor_say(d, SEVERITY_OK, "Control groups are of version 2.");
                return;
        }
        doctor_say(d, SEVERITY_WARNING,
                "Control groups are of version 1: memory, tasks and CPU time of an account's units cannot be counted or limited.");
        doctor_mend(d, "cat /proc/cmdline");
}

/* The newest of some files is older than any true time can be. */
static uint64_t clock_floor(const Doctor *d) {
        uint64_t newest = 0;

        for (size_t i = 0; i < ELEMENTSOF(d->places->clock); i++) {
                struct stat st;

                if (d->places->clock[i] && stat(d->places->clock[i], &st) >= 0 && st.st_mtime > 0)
                        newest = MAX(newest, (uint64_t) st.st_mtime);
        }
        return newest;
}

void doctor_check_clock(Doctor *d) {
        uint64_t now = (uint64_t) time(NULL), floor = clock_floor(d);
        struct timex timex = {};
        char text[TEXT_MAX];
        int state;

        if (now < floor) {
                doctor_say(d, SEVERITY_ERROR,
                        "The clock is wrong: it says %s, and the system has files that are newer. Calendar timers and expiry dates go wrong.",
                        text_timestamp(text, now * USEC_PER_SEC));
                doctor_mend(d, "systemctl restart systemd-timesyncd.service; timedatectl");
                return;
        }
        /* Reads only, which anybody may. */
        state = adjtimex(&timex);
        if (state < 0 || state == TIME_ERROR || timex.status & STA_UNSYNC) {
                doctor_say(d, SEVERITY_NOTE,
                        "The clock is not known to be synchronised; calendar timers go by it all the same.");
                doctor_mend(d, "timedatectl");
                return;
        }
        doctor_say(d, SEVERITY_OK, "The clock is synchronised.");
}
