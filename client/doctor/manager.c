/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of what PID 1 runs for the account: user@UID.service and user-runtime-dir@UID.service.
 * Anybody may ask PID 1 about them. */

#include "client/doctor/doctor.h"

#include "client/doctor/daemon.h"
#include "common/strv.h"

#define UNIT_MAX sizeof("user-runtime-dir@4294967295.service")

static void say_drop_ins(Doctor *d, const char *unit, const UnitFacts *u, const char *what) {
        _cleanup_free_ char *first = NULL;

        STRV_FOREACH(path, u->drop_ins)
                if (!first && (startswith(*path, "/etc/") || startswith(*path, "/run/")))
                        first = strdup(*path);
        doctor_say(d, SEVERITY_ERROR, "%s %s; it is changed by the drop-in %s, which may be why.", unit,
                what, strempty(first));
        /* Drop-ins of one account are of the instance; those of all accounts of the template. */
        if (first && strstr(first, unit))
                doctor_mend(d, "systemctl revert %s && systemctl restart %s", unit, unit);
        else
                doctor_mend(d, "systemctl cat %s; journalctl --unit=%s --lines=20", unit, unit);
}

static void say_failed(Doctor *d, const char *unit, const UnitFacts *u) {
        char failure[DAEMON_TEXT_MAX];

        (void) daemon_failure(u, failure);
        if (daemon_has_drop_ins(u)) {
                say_drop_ins(d, unit, u, failure);
                return;
        }
        if (strstr(failure, "/PAM"))
                doctor_say(d, SEVERITY_ERROR,
                        "%s %s: PAM refused the account (it has expired, its password is to be changed, a limit, pam_access).",
                        unit, failure);
        else
                doctor_say(d, SEVERITY_ERROR, "%s %s; \"journalctl --unit=%s\" has the details.", unit,
                        failure, unit);
        doctor_mend(d, "systemctl restart %s", unit);
}

/* Whether the unit cannot run at all, which has been said then. */
static bool say_not_loaded(Doctor *d, const char *unit, const UnitFacts *u) {
        char unmask[DAEMON_TEXT_MAX];

        if (streq(u->load, "loaded"))
                return false;
        if (streq(u->load, "masked")) {
                daemon_unmask(d, unit, unmask);
                doctor_say(
                        d, SEVERITY_ERROR, "%s is masked: the account's manager cannot be started.", unit);
                doctor_mend(d, "%s && systemctl start user@%u.service", unmask, d->account.uid);
        } else if (daemon_has_drop_ins(u)) {
                say_drop_ins(d, unit, u, isempty(u->load_error) ? "cannot be loaded" : u->load_error);
        } else {
                doctor_say(d, SEVERITY_ERROR, "PID 1 cannot load %s: %s.", unit,
                        isempty(u->load_error) ? u->load : u->load_error);
                doctor_mend(d, "systemctl cat %s", unit);
        }
        return true;
}

static ManagerState manager_state(const UnitFacts *u) {
        if (streq(u->active, "active") || streq(u->active, "reloading"))
                return MANAGER_UP;
        if (streq(u->active, "activating") || streq(u->active, "deactivating"))
                return MANAGER_CHANGING;
        return streq(u->active, "failed") ? MANAGER_FAILED : MANAGER_DOWN;
}

/* Ours returns when the manager is up, and may be allowed to more people; PID 1 is always there. */
static void mend_down(Doctor *d, const char *unit) {
        if (doctor_bus_has_owner(&d->bus, PEER_SERVICE) > 0)
                doctor_mend(d, "userunitctl manager start %s", d->name);
        else
                doctor_mend(d, "systemctl start %s", unit);
}

static void say_down(Doctor *d, const char *unit) {
        if (d->lingers || d->n_sessions > 0) {
                doctor_say(d, SEVERITY_ERROR, "%s is not running, although the account %s.", unit,
                        d->lingers ? "lingers" : "has a session");
                /* logind starts it, and knows of it again. */
                if (d->forgotten)
                        doctor_mend(d, "loginctl enable-linger %s", d->name);
                else
                        mend_down(d, unit);
                return;
        }
        doctor_say(d, SEVERITY_NOTE,
                "%s is not running, as nobody asks for it: there is no linger and no session. Until it runs, \"systemctl --user\" says \"Failed to connect to bus\".",
                unit);
        mend_down(d, unit);
}

/* By where it stands. */
static void judge_manager(Doctor *d, const char *unit, const UnitFacts *u) {
        switch (d->manager) {
        case MANAGER_UP:
                if (daemon_process_is_stopped(u->pid)) {
                        doctor_say(d, SEVERITY_ERROR,
                                "The manager (process %llu) is stopped, as by SIGSTOP: whoever asks it waits for ever.",
                                (unsigned long long) u->pid);
                        doctor_mend(d, "systemctl kill --kill-whom=main --signal=CONT %s", unit);
                        return;
                }
                if (u->needs_reload) {
                        doctor_say(d, SEVERITY_NOTE, "The files of %s were changed since PID 1 read them.",
                                unit);
                        doctor_mend(d, "systemctl daemon-reload");
                }
                doctor_say(d, SEVERITY_OK, "%s is running.", unit);
                return;
        case MANAGER_CHANGING:
                doctor_say(d, SEVERITY_WARNING, "%s is %s (%s): wait, and look again.", unit, u->active,
                        u->sub);
                doctor_mend(d, "systemctl status %s", unit);
                return;
        case MANAGER_FAILED:
                say_failed(d, unit, u);
                return;
        default:
                say_down(d, unit);
        }
}

void doctor_check_manager(Doctor *d) {
        _cleanup_(unit_facts_done) UnitFacts u = {};
        char unit[UNIT_MAX];
        int r;

        if (d->account.uid == 0)
                return;
        (void) snprintf(unit, sizeof(unit), "user@%u.service", d->account.uid);
        r = doctor_bus_unit(&d->bus, unit, &u);
        if (r < 0) {
                doctor_say(d, SEVERITY_UNKNOWN, "What PID 1 knows of %s cannot be asked: %s.", unit,
                        strerrordesc_np(-r));
                return;
        }
        d->manager = manager_state(&u);
        d->manager_pid = u.pid;
        /* One that was masked while it ran goes on. */
        if (!say_not_loaded(d, unit, &u))
                judge_manager(d, unit, &u);
}

void doctor_check_runtime_service(Doctor *d) {
        _cleanup_(unit_facts_done) UnitFacts u = {};
        char unit[UNIT_MAX], failure[DAEMON_TEXT_MAX];
        int r;

        if (d->account.uid == 0)
                return;
        (void) snprintf(unit, sizeof(unit), "user-runtime-dir@%u.service", d->account.uid);
        r = doctor_bus_unit(&d->bus, unit, &u);
        if (r < 0 || say_not_loaded(d, unit, &u))
                return;

        if (streq(u.active, "failed")) {
                doctor_say(d, SEVERITY_ERROR, "%s %s: without %s/%u the manager does not start.", unit,
                        daemon_failure(&u, failure), d->places->runtime, d->account.uid);
                doctor_mend(d, "systemctl restart %s user@%u.service", unit, d->account.uid);
        } else if (d->manager == MANAGER_UP && !streq(u.active, "active")) {
                doctor_say(d, SEVERITY_WARNING, "The manager runs, and %s, which it needs, is %s.", unit,
                        u.active);
                doctor_mend(d, "systemctl start %s", unit);
        } else
                doctor_say(d, SEVERITY_OK, "%s is %s.", unit, u.active);
}
