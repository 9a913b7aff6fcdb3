/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of polkit and of its rules. */

#include "client/doctor/doctor.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "client/doctor/daemon.h"

/* How many files of a directory are tried. */
#define RULES_MAX 512U

void doctor_check_polkit(Doctor *d) {
        static const Daemon polkit = { "polkit.service", PEER_POLKIT, "polkit",
                "only root is allowed anything", true };

        d->polkit_up = daemon_check(d, &polkit);
}

typedef struct RulesAnswer {
        int error;
        char path[PATH_MAX]; /* of the first that cannot be read */
} RulesAnswer;

static void rules_fail(RulesAnswer *a, const char *directory, const char *name) {
        a->error = -errno;
        (void) snprintf(a->path, sizeof(a->path), "%s%s%s", directory, name ? "/" : "", strempty(name));
}

static void try_directory(const char *path, RulesAnswer *a) {
        struct dirent *entry;
        DIR *directory;

        directory = opendir(path);
        if (!directory) {
                if (errno != ENOENT)
                        rules_fail(a, path, NULL);
                return;
        }
        for (unsigned n = 0; a->error == 0 && n < RULES_MAX && (entry = readdir(directory)); n++) {
                _cleanup_close_ int fd = -EBADF;

                if (!endswith(entry->d_name, ".rules"))
                        continue;
                fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
                if (fd < 0)
                        rules_fail(a, path, entry->d_name);
        }
        (void) closedir(directory);
}

/* As polkit's own account. */
static void try_rules(const void *question, void *answer) {
        const DoctorPlaces *places = question;
        RulesAnswer *a = answer;

        for (size_t i = 0; i < ELEMENTSOF(places->rules) && a->error == 0; i++)
                if (places->rules[i])
                        try_directory(places->rules[i], a);
}

/* Returns whether all that polkit wants to read can be read by it. */
static bool check_readable(Doctor *d) {
        _cleanup_free_ char *quoted = NULL;
        ProbeAccount polkitd;
        RulesAnswer a;
        struct stat st;

        if (d->caller != 0 || probe_account("polkitd", &polkitd) < 0)
                return true;
        if (probe_run(try_rules, d->places, &a, sizeof(a), &polkitd, PROBE_USEC) < 0 || a.error == 0)
                return true;

        a.path[sizeof(a.path) - 1] = 0;
        quoted = doctor_quote(d, a.path);
        doctor_say(d, SEVERITY_ERROR, "polkit may not read %s (%s): the rules in it do not count.", a.path,
                strerrordesc_np(-a.error));
        if (lstat(a.path, &st) >= 0 && S_ISDIR(st.st_mode))
                doctor_mend(d, "chgrp polkitd %s && chmod 0750 %s && systemctl restart polkit.service",
                        strempty(quoted), strempty(quoted));
        else
                doctor_mend(d, "chmod 0644 %s && systemctl restart polkit.service", strempty(quoted));
        return false;
}

/* polkit tells of a broken rule only its log, and each time that it reads them all anew. */
static bool check_compiled(Doctor *d) {
        _cleanup_free_ char *words = NULL;

        if (probe_journal(
                    "polkit.service", "Error compiling script", "Loading rules from directory", &words) <= 0)
                return true;
        doctor_say(d, SEVERITY_ERROR, "A file of polkit rules is broken, and its rules do not count: %s.",
                words);
        doctor_mend(d, "journalctl --unit=polkit.service --grep='Error compiling' --lines=5");
        return false;
}

void doctor_check_rules(Doctor *d) {
        bool readable = check_readable(d), compiled = check_compiled(d);

        if (!readable || !compiled)
                return;
        if (d->caller == 0)
                doctor_say(d, SEVERITY_OK, "polkit can read its rules, and complains about none.");
        else
                doctor_say(d, SEVERITY_UNKNOWN,
                        "Only root can see whether polkit reads all of its rules; no complaint of polkit's is to be seen by you.");
}
