/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of the home, and of the unit files in it. */

#include "client/doctor/doctor.h"

#include <sys/stat.h>

#include "client/doctor/mount.h"

/* The home's file system, which is told without touching it. */
static void check_mount(Doctor *d, const Mount *mount) {
        if (mount->read_only) {
                _cleanup_free_ char *quoted = doctor_quote(d, mount->where);

                doctor_say(d, SEVERITY_ERROR,
                        "The home is on a file system that is mounted read-only (%s): nothing in it can be changed.",
                        mount->where);
                doctor_mend(d, "mount -o remount,rw %s", strempty(quoted));
        }
        if (streq(mount->type, "autofs")) {
                /* To look would be to have it mounted. */
                doctor_say(d, SEVERITY_UNKNOWN,
                        "The home %s is mounted on demand, and is not mounted at present: it is not looked into.",
                        d->account.home);
                d->home_away = true;
        } else if (mount_is_remote(mount))
                doctor_say(d, SEVERITY_NOTE,
                        "The home is on %s (%s): the manager has its unit files only while that is there.",
                        mount->what, mount->type);
}

static void say_unreachable(Doctor *d, const Mount *mount, int r) {
        const char *home = d->account.home;
        _cleanup_free_ char *quoted = doctor_quote(d, home),
                            *where = doctor_quote(d, mount ? mount->where : "/");

        if (r == -ETIMEDOUT) {
                doctor_say(d, SEVERITY_ERROR,
                        "The home %s does not answer within 3 s: the server behind %s (%s) is away, and whoever looks at it hangs.",
                        home, mount ? mount->where : "it", mount ? mount->type : "?");
                if (mount && !streq(mount->where, "/"))
                        doctor_mend(d, "umount --lazy --force %s", strempty(where));
        } else if (r == -ENOENT || r == -ENOTDIR) {
                doctor_say(d, SEVERITY_ERROR, "The home %s does not exist.", home);
                doctor_mend(d, "install -d -m 0755 -o %u -g %u %s", d->account.uid, d->account.gid,
                        strempty(quoted));
        } else if (r == -EACCES && !doctor_is_inside(d)) {
                doctor_say(d, SEVERITY_UNKNOWN,
                        "You may not see the home %s; run this as the account or root.", home);
        } else if (r == -EACCES) {
                doctor_say(
                        d, SEVERITY_ERROR, "The account may not enter a directory above its home %s.", home);
                doctor_mend(d, "namei -l %s", strempty(quoted));
        } else {
                doctor_say(d, SEVERITY_ERROR, "The home %s cannot be looked at: %s.", home,
                        strerrordesc_np(-r));
        }
}

static void judge_home(Doctor *d, const ProbeFile *file) {
        const char *home = d->account.home;
        _cleanup_free_ char *quoted = doctor_quote(d, home);
        size_t before = d->n_findings;

        if (!quoted)
                return;
        if (!S_ISDIR(file->mode)) {
                doctor_say(d, SEVERITY_ERROR, "The home %s is no directory.", home);
                return;
        }
        if (file->uid != d->account.uid) {
                doctor_say(d, SEVERITY_ERROR, "The home %s belongs to uid %u, not to the account (uid %u).",
                        home, file->uid, d->account.uid);
                doctor_mend(d, "chown %u:%u %s", d->account.uid, d->account.gid, quoted);
        } else if ((file->mode & 0700) != 0700) {
                doctor_say(d, SEVERITY_ERROR,
                        "The account itself may not read, write and enter its home %s (mode %04o).", home,
                        file->mode & 07777);
                doctor_mend(d, "chmod u+rwx %s", quoted);
        }
        if (file->mode & S_IWOTH) {
                doctor_say(d, SEVERITY_ERROR,
                        "Everybody may write to the home %s (mode %04o), and so run services as the account.",
                        home, file->mode & 07777);
                doctor_mend(d, "chmod o-w %s", quoted);
        }
        if (file->mode & S_IWGRP && file->gid != d->account.gid) {
                doctor_say(d, SEVERITY_WARNING,
                        "A group that is not the account's own (gid %u) may write to the home %s.",
                        file->gid, home);
                doctor_mend(d, "chmod g-w %s", quoted);
        }
        if (file->full) {
                doctor_say(d, SEVERITY_ERROR, "The file system of the home %s is full.", home);
                doctor_mend(d, "df -h %s; df -i %s", quoted, quoted);
        }
        if (d->n_findings == before)
                doctor_say(d, SEVERITY_OK, "The home %s is the account's own (mode %04o).", home,
                        file->mode & 07777);
}

void doctor_check_home(Doctor *d) {
        _cleanup_(mount_done) Mount mount = {};
        const char *home = d->account.home;
        ProbeFile file;
        int found, r;

        if (*home != '/' || streq(home, "/") || streq(home, "/nonexistent")) {
                doctor_say(d, SEVERITY_ERROR,
                        "The account has no home (\"%s\"): it has no place for unit files of its own.",
                        home);
                doctor_mend(d, "usermod --home /home/%s --move-home %s", d->name, d->name);
                return;
        }

        found = mount_find(d->places->mounts, home, &mount);
        if (found > 0)
                check_mount(d, &mount);
        if (d->home_away)
                return;
        r = probe_file(home, doctor_inside(d), &file);
        if (r >= 0)
                r = file.error;
        d->home_away = r < 0;
        if (r < 0)
                say_unreachable(d, found > 0 ? &mount : NULL, r);
        else
                judge_home(d, &file);
}

/* What is below a home the account can put another thing in place of, at any time: what root does there, to
 * /etc as well. So modes are changed as the account; and find(1) goes down from the home without following
 * a link, to what is still the stranger's when it gets there. Behind a link that is there already things are
 * looked at and not mended. */
static void mend_mode(
        Doctor *d, const ProbeFile *file, bool linked, const char *change, const char *quoted) {
        if (linked || file->uid != d->account.uid)
                doctor_mend(d, "namei -l %s", quoted);
        else if (d->caller == d->account.uid)
                doctor_mend(d, "chmod %s %s", change, quoted);
        else
                doctor_mend(d, "runuser -u %s -- chmod %s %s", d->name, change, quoted);
}

static void mend_owner(Doctor *d, const ProbeFile *file, bool linked, const char *path, const char *quoted) {
        _cleanup_free_ char *top = NULL, *below = NULL, *quoted_top = NULL, *quoted_below = NULL;

        if (linked) {
                doctor_mend(d, "namei -l %s", quoted);
                return;
        }
        if (asprintf(&top, "%s/.config", d->account.home) < 0 || asprintf(&below, "%s/*", path) < 0) {
                d->error = -ENOMEM;
                return;
        }
        quoted_top = doctor_quote(d, top);
        quoted_below = doctor_quote(d, below);
        doctor_mend(d, "find %s -xdev '(' -path %s -o -path %s ')' -uid %u -execdir chown -h %u:%u '{}' +",
                strempty(quoted_top), quoted, strempty(quoted_below), file->uid, d->account.uid,
                d->account.gid);
}

/* One of the directories above the unit files; *linked: on the way to it, or to one above, there is a link.
 * Returns whether there is anything to look at below. */
static bool check_directory(Doctor *d, const char *path, bool *linked) {
        _cleanup_free_ char *quoted = doctor_quote(d, path);
        ProbeFile file;
        int r;

        r = probe_file(path, doctor_inside(d), &file);
        if (r >= 0)
                r = file.error;
        if (r < 0 || !quoted)
                return false;
        *linked = *linked || file.link;

        if (!S_ISDIR(file.mode)) {
                doctor_say(d, SEVERITY_ERROR, "%s is no directory.", path);
                doctor_mend(d, "ls -ld %s", quoted);
                return false;
        }
        if (file.uid != d->account.uid && file.uid != 0) {
                doctor_say(d, SEVERITY_ERROR,
                        "%s belongs to uid %u: someone else decides what runs as the account.", path,
                        file.uid);
                mend_owner(d, &file, *linked, path, quoted);
        } else if (file.uid == 0 && d->account.uid != 0) {
                doctor_say(d, SEVERITY_WARNING,
                        "%s belongs to root: the account cannot enable or change its own units.", path);
                mend_owner(d, &file, *linked, path, quoted);
        }
        if (file.mode & S_IWOTH) {
                doctor_say(d, SEVERITY_ERROR,
                        "Everybody may write to %s, and so run services as the account.", path);
                mend_mode(d, &file, *linked, "o-w", quoted);
        }
        /* Of a caller who may not read it, nothing follows for the account. */
        if (doctor_is_inside(d) && (file.access < 0 || !file.search)) {
                doctor_say(d, SEVERITY_ERROR,
                        "The account may not read %s (mode %04o): its manager knows nothing of the units in there.",
                        path, file.mode & 07777);
                mend_mode(d, &file, *linked, "u+rwx", quoted);
                return false;
        }
        return true;
}

/* Whether anything is to be started with the manager. */
static bool are_units_enabled(Doctor *d) {
        static const char *const targets[] = { "default", "paths", "sockets", "timers" };

        for (size_t i = 0; i < ELEMENTSOF(targets); i++) {
                _cleanup_free_ char *path = NULL;
                ProbeFile file;

                if (asprintf(&path, "%s/.config/systemd/user/%s.target.wants", d->account.home, targets[i]) <
                        0) {
                        d->error = -ENOMEM;
                        return false;
                }
                if (probe_file(path, doctor_inside(d), &file) >= 0 && file.error == 0)
                        return true;
        }
        return false;
}

void doctor_check_unit_files(Doctor *d) {
        static const char *const below[] = { "", "/systemd", "/systemd/user" };
        size_t before = d->n_findings, i;
        bool linked = false;

        /* One look at a dead server takes long enough. */
        if (d->home_away)
                return;
        for (i = 0; i < ELEMENTSOF(below); i++) {
                _cleanup_free_ char *directory = NULL;

                if (asprintf(&directory, "%s/.config%s", d->account.home, below[i]) < 0) {
                        d->error = -ENOMEM;
                        return;
                }
                if (!check_directory(d, directory, &linked))
                        break;
        }

        d->has_units = i == ELEMENTSOF(below) && are_units_enabled(d);
        if (d->n_findings > before)
                return;
        doctor_say(d, i < ELEMENTSOF(below) && !doctor_is_inside(d) ? SEVERITY_UNKNOWN : SEVERITY_OK,
                i < ELEMENTSOF(below)
                        ? "There is no directory of unit files in %s/.config/systemd/user that you could see."
                        : "The unit files are in %s/.config/systemd/user.",
                d->account.home);
}
