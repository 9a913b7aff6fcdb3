/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's check of PAM: pam_systemd(8) gives a login its session, and the manager its runtime
 * directory. */

#include "client/doctor/doctor.h"

#include <ctype.h>
#include <limits.h>

#define MODULE "pam_systemd"
/* How far one file includes others. */
#define INCLUDE_DEPTH_MAX 8U

/* What a search through a service's files saw. */
typedef struct PamSearch {
        bool exists;              /* the service has a file */
        bool unreadable;          /* some file could not be read */
        char commented[PATH_MAX]; /* where the module stands behind a comment sign; "": nowhere */
        char last[PATH_MAX];      /* the service's own file */
} PamSearch;

static FILE *open_service(
        const Doctor *d, const char *service, char path[static PATH_MAX], bool *unreadable) {
        for (size_t i = 0; i < ELEMENTSOF(d->places->pam); i++) {
                FILE *f;

                if (!d->places->pam[i])
                        continue;
                if (*service == '/')
                        (void) snprintf(path, PATH_MAX, "%s", service);
                else if (snprintf(path, PATH_MAX, "%s/%s", d->places->pam[i], service) >= PATH_MAX)
                        continue;
                f = fopen(path, "re");
                if (f)
                        return f;
                if (errno != ENOENT)
                        *unreadable = true;
        }
        return NULL;
}

/* The file that a line includes: "@include FILE", "session include FILE", "session substack FILE". */
static const char *included(char *line) {
        char *save, *first = strtok_r(line, " \t\n", &save);
        char *second = first ? strtok_r(NULL, " \t\n", &save) : NULL;
        char *third = second ? strtok_r(NULL, " \t\n", &save) : NULL;

        if (!second)
                return NULL;
        if (streq(first, "@include"))
                return second;
        if (*first == '-')
                first++;
        if (streq(first, "session") && (streq(second, "include") || streq(second, "substack")))
                return third;
        return NULL;
}

static bool is_session_line(const char *line) {
        if (*line == '-')
                line++;
        return startswith(line, "session") && isspace((unsigned char) line[7]);
}

/* Whether the module is in a session line of the service or of what it includes. */
static bool search(const Doctor *d, const char *service, unsigned depth, PamSearch *s) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        char path[PATH_MAX];
        size_t size = 0;

        if (depth > INCLUDE_DEPTH_MAX)
                return false;
        f = open_service(d, service, path, &s->unreadable);
        if (!f)
                return false;
        if (depth == 0) {
                s->exists = true;
                (void) snprintf(s->last, sizeof(s->last), "%s", path);
        }

        while (getline(&line, &size, f) >= 0) {
                char *text = line + strspn(line, " \t");
                const char *file;

                if (*text == '#') {
                        if (strstr(text, MODULE ".so") && strstr(text, "session"))
                                (void) snprintf(s->commented, sizeof(s->commented), "%s", path);
                        continue;
                }
                if (is_session_line(text) && strstr(text, MODULE))
                        return true;
                file = included(text);
                if (file && search(d, file, depth + 1, s))
                        return true;
        }
        return false;
}

/* Returns whether the service is in order, or not there. */
static bool check_service(Doctor *d, const char *service, Severity severity, const char *without) {
        _cleanup_free_ char *quoted = NULL;
        PamSearch s = {};

        if (search(d, service, 0, &s) || s.unreadable)
                return true;
        if (!s.exists) {
                /* A host need not have ssh; but nothing starts a manager without its own service. */
                if (severity < SEVERITY_ERROR)
                        return true;
                doctor_say(d, severity, "There is no PAM service \"%s\": %s.", service, without);
                doctor_mend(d, "apt install --reinstall libpam-systemd systemd");
                return false;
        }

        quoted = doctor_quote(d, *s.commented ? s.commented : s.last);
        doctor_say(d, severity, "The PAM service \"%s\" does not call pam_systemd%s%s%s: %s.", service,
                *s.commented ? " (the line in " : "", s.commented, *s.commented ? " is commented out)" : "",
                without);
        if (*s.commented)
                doctor_mend(d, "sed -i '/^[[:blank:]]*#.*session.*" MODULE "\\.so/s/^[#[:blank:]]*//' %s",
                        strempty(quoted));
        else
                doctor_mend(d, "echo 'session optional " MODULE ".so' >>%s", strempty(quoted));
        return false;
}

void doctor_check_pam(Doctor *d) {
        bool ok;

        ok = check_service(
                d, "systemd-user", SEVERITY_ERROR, "managers get no XDG_RUNTIME_DIR and do not start");
        ok = check_service(d, "login", SEVERITY_WARNING,
                     "a login at the console gets no session and no manager") &&
                ok;
        ok = check_service(d, "sshd", SEVERITY_WARNING, "a login by ssh gets no session and no manager") &&
                ok;
        if (ok)
                doctor_say(d, SEVERITY_OK, "PAM calls pam_systemd for logins and for managers.");
}
