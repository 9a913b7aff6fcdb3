/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of logins: logind, linger, sessions. */

#include "client/doctor/doctor.h"

#include <dirent.h>
#include <pwd.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>

#include "client/doctor/daemon.h"
#include "common/strv.h"

/* Names of accounts that are shown and looked up at most. */
#define STRAYS_MAX 64U

void doctor_check_logind(Doctor *d) {
        static const Daemon logind = { "systemd-logind.service", PEER_LOGIND, "logind",
                "logins get no session and no manager, and linger cannot be changed", false };

        (void) daemon_check(d, &logind);
        if (access("/etc/nologin", F_OK) == 0) {
                doctor_say(d, SEVERITY_WARNING,
                        "/etc/nologin keeps everyone but root from logging in, so no session starts a manager.");
                doctor_mend(d, "rm /etc/nologin");
        } else if (access("/run/nologin", F_OK) == 0) {
                doctor_say(d, SEVERITY_NOTE,
                        "/run/nologin keeps everyone but root from logging in: the system is starting or going down.");
        }
}

/* Sessions that keep the manager: all but the manager's own, which systemd 256 has. */
static size_t count_sessions(uid_t uid) {
        char **sessions = NULL;
        size_t n = 0;

        if (sd_uid_get_sessions(uid, 0, &sessions) < 0)
                return 0;
        STRV_FOREACH(session, sessions) {
                _cleanup_free_ char *class = NULL;

                if (sd_session_get_class(*session, &class) < 0 || !startswith(class, "manager"))
                        n++;
        }
        strv_free(sessions);
        return n;
}

/* The name of the file that logind makes for an account: as in a C string. */
static void escape_name(const char *name, char *to) {
        for (const unsigned char *p = (const unsigned char *) name; *p; p++)
                if (*p == '\\' || *p == '"' || *p == '\'')
                        to += sprintf(to, "\\%c", *p);
                else if (*p < ' ' || *p >= 127)
                        to += sprintf(to, "\\%03o", *p);
                else
                        *to++ = (char) *p;
        *to = 0;
}

static int lingers(const Doctor *d) {
        char name[4 * ACCOUNT_NAME_MAX + 1], path[PATH_MAX];
        struct stat st;

        escape_name(d->account.name, name);
        if (snprintf(path, sizeof(path), "%s/%s", d->places->linger, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;
        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        return S_ISREG(st.st_mode);
}

/* Ours returns when the manager is up, and may be allowed to more people; logind's is always there. */
static void mend_linger(Doctor *d) {
        bool ours = doctor_bus_has_owner(&d->bus, PEER_SERVICE) > 0;

        doctor_mend(d, "%s enable-linger %s", ours ? "userunitctl" : "loginctl", d->name);
}

void doctor_check_linger(Doctor *d) {
        _cleanup_free_ char *state = NULL;
        int r;

        r = lingers(d);
        d->lingers = r > 0;
        d->n_sessions = count_sessions(d->account.uid);
        if (d->account.uid == 0)
                return;

        if (r < 0) {
                doctor_say(d, SEVERITY_UNKNOWN, "Whether the account lingers cannot be seen: %s.",
                        strerrordesc_np(-r));
                return;
        }
        if (!d->lingers) {
                doctor_say(d, d->has_units ? SEVERITY_WARNING : SEVERITY_NOTE,
                        "The account does not linger and has %s: its manager %s, and does not start at boot%s.",
                        d->n_sessions > 0 ? "a session" : "no session",
                        d->n_sessions > 0 ? "stops when the last session ends" : "is not kept running",
                        d->has_units ? ", although units are enabled for it" : "");
                mend_linger(d);
                return;
        }

        if (sd_uid_get_state(d->account.uid, &state) >= 0 && streq(state, "offline")) {
                /* So it is after a stop of the manager's unit, and the manager may be up again since. */
                d->forgotten = true;
                doctor_say(d, SEVERITY_NOTE,
                        "The account lingers, but logind has lost sight of it (its manager was stopped, or could not start): \"loginctl\" does not list it.");
                mend_linger(d);
                return;
        }
        doctor_say(d, SEVERITY_OK, "The account lingers: its manager starts at boot and stays.");
}

typedef struct StraysAnswer {
        unsigned n;
        char first[ACCOUNT_NAME_MAX + 1];
} StraysAnswer;

static void look_for_strays(const void *question, void *answer) {
        StraysAnswer *a = answer;
        unsigned n = 0;
        DIR *directory;

        directory = opendir(question);
        if (!directory)
                return;
        while (n < STRAYS_MAX) {
                struct dirent *entry = readdir(directory);

                if (!entry)
                        break;
                /* What logind had to escape is no name that could be looked up as it stands. */
                if (*entry->d_name == '.' || strchr(entry->d_name, '\\'))
                        continue;
                n++;
                errno = 0;
                if (getpwnam(entry->d_name) || (errno != 0 && errno != ENOENT && errno != ESRCH))
                        continue;
                if (a->n++ == 0)
                        (void) snprintf(a->first, sizeof(a->first), "%.*s", ACCOUNT_NAME_MAX, entry->d_name);
        }
        (void) closedir(directory);
}

void doctor_check_strays(Doctor *d) {
        _cleanup_free_ char *path = NULL, *quoted = NULL;
        StraysAnswer a;
        int r;

        r = probe_run(look_for_strays, d->places->linger, &a, sizeof(a), NULL, PROBE_USEC);
        if (r < 0 || a.n == 0)
                return;
        a.first[sizeof(a.first) - 1] = 0;
        if (asprintf(&path, "%s/%s", d->places->linger, a.first) < 0) {
                d->error = -ENOMEM;
                return;
        }
        quoted = doctor_quote(d, path);
        doctor_say(d, SEVERITY_WARNING,
                "Linger is on for \"%s\"%s, and there is no such account: logind complains at each boot, and an account that gets the name will linger.",
                a.first, a.n > 1 ? " and others" : "");
        doctor_mend(d, "rm %s", strempty(quoted));
}
