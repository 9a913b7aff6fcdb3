/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of checks and what they find, see doctor.h. */

#include "client/doctor/doctor.h"

#include <stdarg.h>

#include "client/shell-quote.h"

const DoctorPlaces doctor_places_default = {
        .linger = "/var/lib/systemd/linger",
        .runtime = "/run/user",
        .mounts = "/proc/self/mountinfo",
        .pam = { "/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d" },
        .user_units = { "/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user",
                "/usr/lib/systemd/user" },
        .system_units = { "/etc/systemd/system", "/run/systemd/system" },
        .rules = { "/etc/polkit-1/rules.d", "/run/polkit-1/rules.d", "/usr/local/share/polkit-1/rules.d",
                "/usr/share/polkit-1/rules.d" },
        .configuration = CONFIG_FILE,
        .cgroup = "/sys/fs/cgroup",
        .clock = { "/var/lib/systemd/timesync/clock", "/usr/lib/clock-epoch", "/usr/lib/systemd/systemd" },
};

static const DoctorCheck doctor_checks[] = {
        { "account", false, doctor_check_account },
        { "expiry", true, doctor_check_expiry },
        { "shell", true, doctor_check_shell },
        { "home", true, doctor_check_home },
        { "unit-files", true, doctor_check_unit_files },
        { "system-bus", false, doctor_check_bus },
        { "logind", false, doctor_check_logind },
        { "linger", true, doctor_check_linger },
        { "manager", true, doctor_check_manager },
        { "runtime-service", true, doctor_check_runtime_service },
        { "runtime-directory", true, doctor_check_runtime_directory },
        { "socket", true, doctor_check_socket },
        { "bus", true, doctor_check_user_bus },
        { "pam", false, doctor_check_pam },
        { "polkit", false, doctor_check_polkit },
        { "rules", false, doctor_check_rules },
        { "service", false, doctor_check_service },
        { "access", true, doctor_check_access },
        { "units", true, doctor_check_units },
        { "environment", false, doctor_check_environment },
        { "clock", false, doctor_check_clock },
        { "boot", false, doctor_check_boot },
        { "cgroup", false, doctor_check_cgroup },
        { "strays", false, doctor_check_strays },
};

const DoctorCheck *doctor_check_get(size_t i) {
        return i < ELEMENTSOF(doctor_checks) ? doctor_checks + i : NULL;
}

const char *severity_to_string(Severity severity) {
        static const char *const words[_SEVERITY_MAX] = {
                [SEVERITY_OK] = "ok",
                [SEVERITY_UNKNOWN] = "unknown",
                [SEVERITY_NOTE] = "note",
                [SEVERITY_WARNING] = "warning",
                [SEVERITY_ERROR] = "error",
        };

        return words[severity];
}

int doctor_init(Doctor *d, const DoctorPlaces *places, const char *asked) {
        *d = (Doctor){ .places = places, .caller = getuid() };
        d->asked = strdup(asked);
        return d->asked ? 0 : -ENOMEM;
}

void doctor_done(Doctor *d) {
        for (size_t i = 0; i < d->n_findings; i++) {
                free(d->findings[i].message);
                free(d->findings[i].command);
        }
        free(d->findings);
        free(d->asked);
        free(d->name);
        doctor_bus_done(&d->bus);
        *d = (Doctor){};
}

int doctor_run(Doctor *d) {
        for (size_t i = 0; i < ELEMENTSOF(doctor_checks) && d->error >= 0; i++) {
                const DoctorCheck *check = doctor_checks + i;

                if (check->of_account && (!d->known || d->unserved))
                        continue;
                d->check = check->name;
                check->run(d);
        }
        return d->error;
}

Severity doctor_worst(const Doctor *d) {
        Severity worst = SEVERITY_OK;

        for (size_t i = 0; i < d->n_findings; i++)
                worst = MAX(worst, d->findings[i].severity);
        return worst;
}

static char *format_text(Doctor *d, const char *format, va_list ap) {
        char *text;

        if (vasprintf(&text, format, ap) < 0) {
                d->error = -ENOMEM;
                return NULL;
        }
        return text;
}

void doctor_say(Doctor *d, Severity severity, const char *format, ...) {
        Finding *larger, finding = { .check = d->check, .severity = severity };
        va_list ap;

        larger = reallocarray(d->findings, d->n_findings + 1, sizeof(*d->findings));
        if (!larger) {
                d->error = -ENOMEM;
                return;
        }
        d->findings = larger;

        va_start(ap, format);
        finding.message = format_text(d, format, ap);
        va_end(ap);
        if (finding.message)
                d->findings[d->n_findings++] = finding;
}

void doctor_mend(Doctor *d, const char *format, ...) {
        va_list ap;

        if (d->error < 0)
                return;
        va_start(ap, format);
        d->findings[d->n_findings - 1].command = format_text(d, format, ap);
        va_end(ap);
}

char *doctor_quote(Doctor *d, const char *word) {
        char *quoted = shell_word(word);

        if (!quoted)
                d->error = -ENOMEM;
        return quoted;
}
