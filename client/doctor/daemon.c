/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the checks of services have in common, see daemon.h. */

#include "client/doctor/daemon.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "client/terminal/text.h"
#include "common/strv.h"

/* How often a service that is starting is looked at, and the time in between. */
#define SETTLE_LOOKS 40U
#define SETTLE_MSEC  25

bool daemon_process_is_stopped(uint64_t pid) {
        char path[64], text[512], *end;
        _cleanup_fclose_ FILE *f = NULL;
        size_t n;

        if (pid == 0)
                return false;
        (void) snprintf(path, sizeof(path), "/proc/%llu/stat", (unsigned long long) pid);
        f = fopen(path, "re");
        if (!f)
                return false;
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = 0;
        /* The name before it may hold anything, brackets too. */
        end = strrchr(text, ')');
        return end && (startswith(end, ") T") || startswith(end, ") t"));
}

const char *daemon_failure(const UnitFacts *u, char buf[static DAEMON_TEXT_MAX]) {
        const char *name = text_exit_status(u->exec_status);
        char signal[TEXT_MAX];

        if (streq_ptr(u->result, "start-limit-hit"))
                (void) snprintf(buf, DAEMON_TEXT_MAX, "was started too often");
        else if (streq_ptr(u->result, "timeout"))
                (void) snprintf(buf, DAEMON_TEXT_MAX, "did not come up in time");
        else if (streq_ptr(u->result, "oom-kill"))
                (void) snprintf(buf, DAEMON_TEXT_MAX, "was killed for want of memory");
        else if (u->exec_code == CLD_EXITED && u->exec_status != 0)
                (void) snprintf(buf, DAEMON_TEXT_MAX, "exited with %d%s%s", u->exec_status, name ? "/" : "",
                        strempty(name));
        else if (u->exec_code == CLD_KILLED || u->exec_code == CLD_DUMPED)
                (void) snprintf(
                        buf, DAEMON_TEXT_MAX, "was killed by SIG%s", text_signal(signal, u->exec_status));
        else
                (void) snprintf(buf, DAEMON_TEXT_MAX, "failed (%s)",
                        isempty(u->result) ? "no reason is known" : u->result);
        return buf;
}

bool daemon_has_drop_ins(const UnitFacts *u) {
        STRV_FOREACH(path, u->drop_ins)
                if (startswith(*path, "/etc/") || startswith(*path, "/run/"))
                        return true;
        return false;
}

static bool is_masked_in(const char *directory, const char *unit) {
        char path[PATH_MAX], target[PATH_MAX];
        ssize_t n;

        if (snprintf(path, sizeof(path), "%s/%s", directory, unit) >= (int) sizeof(path))
                return false;
        n = readlink(path, target, sizeof(target) - 1);
        if (n < 0)
                return false;
        target[n] = 0;
        return streq(target, "/dev/null");
}

void daemon_unmask(const Doctor *d, const char *unit, char buf[static DAEMON_TEXT_MAX]) {
        const char *at = strchr(unit, '@');
        char template[64] = "";

        if (at)
                (void) snprintf(template, sizeof(template), "%.*s@.service", (int) (at - unit), unit);
        for (size_t i = 0; i < ELEMENTSOF(d->places->system_units); i++) {
                const char *option = i == 0 ? "" : " --runtime";

                if (is_masked_in(d->places->system_units[i], unit)) {
                        (void) snprintf(buf, DAEMON_TEXT_MAX, "systemctl unmask%s %s", option, unit);
                        return;
                }
                if (at && is_masked_in(d->places->system_units[i], template)) {
                        (void) snprintf(buf, DAEMON_TEXT_MAX, "systemctl unmask%s %s", option, template);
                        return;
                }
        }
        (void) snprintf(buf, DAEMON_TEXT_MAX, "systemctl unmask %s", unit);
}

/* A service that fails says why in its last words. */
static void say_failed(Doctor *d, const Daemon *daemon, const UnitFacts *u) {
        _cleanup_free_ char *words = NULL;
        char failure[DAEMON_TEXT_MAX];

        (void) probe_journal(daemon->unit, "", NULL, &words);
        doctor_say(d, SEVERITY_ERROR, "%s %s: %s.%s%s", daemon->title, daemon_failure(u, failure),
                daemon->without, words ? " Its last words: " : "", strempty(words));
        doctor_mend(d, "journalctl --unit=%s --lines=20", daemon->unit);
}

static void say_silent(Doctor *d, const Daemon *daemon, const UnitFacts *u) {
        bool stopped = daemon_process_is_stopped(u->pid);

        doctor_say(d, SEVERITY_ERROR, "%s %s: %s.", daemon->title,
                stopped ? "is stopped, as by SIGSTOP" : "does not answer within 3 s", daemon->without);
        if (stopped)
                doctor_mend(d, "systemctl kill --signal=CONT %s", daemon->unit);
        else
                doctor_mend(d, "systemctl restart %s", daemon->unit);
}

/* Whether there is something to be said before the bus is asked who answers. */
static bool say_not_up(Doctor *d, const Daemon *daemon, const UnitFacts *u) {
        char unmask[DAEMON_TEXT_MAX];

        if (streq(u->load, "not-found")) {
                doctor_say(d, SEVERITY_ERROR, "%s is not installed (there is no %s): %s.", daemon->title,
                        daemon->unit, daemon->without);
        } else if (streq(u->load, "masked")) {
                daemon_unmask(d, daemon->unit, unmask);
                doctor_say(d, SEVERITY_ERROR, "%s is masked: %s.", daemon->title, daemon->without);
                doctor_mend(d, "%s && systemctl start %s", unmask, daemon->unit);
        } else if (!streq(u->load, "loaded")) {
                doctor_say(d, SEVERITY_ERROR, "PID 1 cannot read the unit of %s (%s): %s.", daemon->title,
                        isempty(u->load_error) ? u->load : u->load_error, daemon->without);
                doctor_mend(d, "systemctl cat %s", daemon->unit);
        } else if (streq(u->active, "failed") || streq(u->sub, "auto-restart")) {
                say_failed(d, daemon, u);
        } else if (streq(u->active, "inactive") && daemon->on_demand) {
                doctor_say(d, SEVERITY_NOTE, "%s is not running; the bus starts it when it is asked.",
                        daemon->title);
                doctor_mend(d, "systemctl start %s", daemon->unit);
        } else if (streq(u->active, "inactive")) {
                doctor_say(d, SEVERITY_ERROR, "%s is not running: %s.", daemon->title, daemon->without);
                doctor_mend(d, "systemctl start %s", daemon->unit);
        } else
                return false;
        return true;
}

/* A service that is starting is given a moment: one that fails again and again is most of the time about to
 * start. */
static int read_settled(Doctor *d, const char *unit, UnitFacts *u) {
        for (unsigned i = 0;; i++) {
                int r;

                r = doctor_bus_unit(&d->bus, unit, u);
                if (r < 0 || i >= SETTLE_LOOKS || !streq(u->active, "activating") ||
                        streq(u->sub, "auto-restart"))
                        return r;
                unit_facts_done(u);
                (void) poll(NULL, 0, SETTLE_MSEC);
        }
}

bool daemon_check(Doctor *d, const Daemon *daemon) {
        _cleanup_(unit_facts_done) UnitFacts u = {};
        int r;

        /* That the bus or PID 1 is away has been said. */
        r = read_settled(d, daemon->unit, &u);
        if (r < 0 || say_not_up(d, daemon, &u))
                return false;

        r = doctor_bus_has_owner(&d->bus, daemon->peer);
        if (r == 0) {
                doctor_say(d, SEVERITY_ERROR, "%s runs (%s), but is not on the bus: %s.", daemon->title,
                        u.sub, daemon->without);
                doctor_mend(d, "systemctl restart %s", daemon->unit);
                return false;
        }
        r = doctor_bus_ping(&d->bus, daemon->peer);
        if (r == -ETIMEDOUT) {
                say_silent(d, daemon, &u);
                return false;
        }
        doctor_say(d, SEVERITY_OK, "%s is running.", daemon->title);
        return true;
}
