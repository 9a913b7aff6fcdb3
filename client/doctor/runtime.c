/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of /run/user/UID: the directory, the manager's own socket and the bus beside it. */

#include "client/doctor/doctor.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "client/doctor/daemon.h"
#include "client/doctor/mount.h"

static void say_missing(Doctor *d, const char *path) {
        if (d->manager != MANAGER_UP) {
                doctor_say(d, SEVERITY_OK, "There is no %s, as there need not be without a manager.", path);
                return;
        }
        doctor_say(
                d, SEVERITY_ERROR, "The manager runs, and its %s is gone: nobody can connect to it.", path);
        doctor_mend(d, "systemctl restart user-runtime-dir@%u.service user@%u.service", d->account.uid,
                d->account.uid);
}

/* A tmpfs that is full, or read-only: services start, and fail in strange ways. */
static void check_space(Doctor *d, const char *path, const ProbeFile *file) {
        _cleanup_(mount_done) Mount mount = {};

        if (mount_find(d->places->mounts, path, &mount) > 0 && mount.read_only) {
                _cleanup_free_ char *where = doctor_quote(d, mount.where);

                doctor_say(d, SEVERITY_ERROR, "%s is on a file system that is mounted read-only.", path);
                doctor_mend(d, "mount -o remount,rw %s", strempty(where));
        }
        if (file->full) {
                doctor_say(d, SEVERITY_ERROR,
                        "%s is full: sockets, locks and generated units cannot be made.", path);
                doctor_mend(d, "find %s -xdev -type f -size +1M -exec ls -l {} +", path);
        }
}

static void judge_directory(Doctor *d, const char *path, const ProbeFile *file) {
        mode_t mode = file->mode & 07777;

        if (!S_ISDIR(file->mode) || file->link) {
                doctor_say(d, SEVERITY_ERROR, "%s is no directory.", path);
                doctor_mend(d, "systemctl stop user@%u.service; rm %s; systemctl start user@%u.service",
                        d->account.uid, path, d->account.uid);
        } else if (file->uid != d->account.uid) {
                doctor_say(
                        d, SEVERITY_ERROR, "%s belongs to uid %u and not to the account.", path, file->uid);
                doctor_mend(d, "chown %u:%u %s", d->account.uid, d->account.gid, path);
        } else if (mode != 0700) {
                doctor_say(d, (mode & 0700) != 0700 || mode & 0022 ? SEVERITY_ERROR : SEVERITY_WARNING,
                        "%s has the mode %04o instead of 0700.", path, mode);
                doctor_mend(d, "chmod 0700 %s", path);
        }
}

void doctor_check_runtime_directory(Doctor *d) {
        size_t before = d->n_findings;
        char path[PATH_MAX];
        ProbeFile file;
        int r;

        if (d->account.uid == 0)
                return;
        (void) snprintf(path, sizeof(path), "%s/%u", d->places->runtime, d->account.uid);
        r = probe_file(path, NULL, &file);
        if (r >= 0)
                r = file.error;
        d->runtime_bad = r < 0;
        if (r == -ENOENT) {
                say_missing(d, path);
                return;
        }
        if (r < 0) {
                doctor_say(d, SEVERITY_ERROR, "%s cannot be looked at: %s.", path, strerrordesc_np(-r));
                doctor_mend(d, "findmnt %s", path);
                return;
        }

        judge_directory(d, path, &file);
        d->runtime_bad = d->n_findings > before;
        check_space(d, path, &file);
        if (d->n_findings == before)
                doctor_say(d, SEVERITY_OK, "%s is the account's own and has room.", path);
}

/* How far one came with the manager's socket. */
typedef enum Step {
        STEP_CONNECT, /* the socket is not there, or nobody listens */
        STEP_PEER,    /* someone else listens */
        STEP_ANSWERED,
} Step;

typedef struct SocketAnswer {
        Step step;
        int error;
        bool emptied; /* not even its directory is there */
        uid_t uid;
} SocketAnswer;

typedef struct SocketQuestion {
        char path[sizeof(((struct sockaddr_un *) NULL)->sun_path)];
        char directory[PATH_MAX];
        uid_t uid;
} SocketQuestion;

/* The first words of the D-Bus protocol: a manager that is alive answers them, see "Authentication" in the
 * D-Bus specification. Nothing is asked of it. */
static int shake_hands(int fd, uid_t uid) {
        char line[128], digits[16], reply[64];
        int n, k;
        ssize_t size;

        (void) snprintf(digits, sizeof(digits), "%u", uid);
        n = snprintf(line, sizeof(line), "%cAUTH EXTERNAL ", 0);
        for (const char *p = digits; *p; p++) {
                k = snprintf(line + n, sizeof(line) - (size_t) n, "%02x", (unsigned) *p);
                n += k;
        }
        n += snprintf(line + n, sizeof(line) - (size_t) n, "\r\n");
        if (send(fd, line, (size_t) n, MSG_NOSIGNAL) != n)
                return -errno;

        size = recv(fd, reply, sizeof(reply), 0);
        if (size < 0)
                return -errno;
        return size == 0 ? -ECONNRESET : 0;
}

static void try_socket(const void *question, void *answer) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const SocketQuestion *q = question;
        SocketAnswer *a = answer;
        struct ucred peer = {};
        socklen_t size = sizeof(peer);
        int fd;

        a->emptied = access(q->directory, F_OK) < 0 && errno == ENOENT;
        memcpy(address.sun_path, q->path, sizeof(q->path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0) {
                a->error = -errno;
                return;
        }
        a->step = STEP_PEER;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != q->uid) {
                a->error = -EPERM;
                a->uid = peer.uid;
                return;
        }
        a->step = STEP_ANSWERED;
        a->error = shake_hands(fd, q->uid);
}

/* A manager makes its socket anew when it executes itself; its services do not notice. */
static void mend_socket(Doctor *d) {
        if (d->runtime_bad)
                doctor_mend(d, "systemctl restart user-runtime-dir@%u.service user@%u.service",
                        d->account.uid, d->account.uid);
        else
                doctor_mend(d, "systemctl kill --kill-whom=main --signal=RTMIN+25 user@%u.service",
                        d->account.uid);
}

static void judge_socket(Doctor *d, const char *path, int r, const SocketAnswer *a) {
        bool up = d->manager == MANAGER_UP;

        if (r == -ETIMEDOUT) {
                doctor_say(d, SEVERITY_ERROR,
                        "The manager does not answer at %s within 3 s: whoever asks it waits.", path);
                if (daemon_process_is_stopped(d->manager_pid))
                        doctor_mend(d, "systemctl kill --kill-whom=main --signal=CONT user@%u.service",
                                d->account.uid);
                else
                        doctor_mend(d, "systemctl restart user@%u.service", d->account.uid);
        } else if (r < 0) {
                doctor_say(d, SEVERITY_UNKNOWN, "The manager's socket %s cannot be looked at: %s.", path,
                        strerrordesc_np(-r));
        } else if (a->error == 0) {
                d->answers = true;
                doctor_say(d, SEVERITY_OK, "The manager answers at %s.", path);
        } else if (a->step == STEP_PEER) {
                doctor_say(d, SEVERITY_ERROR, "Somebody else (uid %u) listens at the manager's socket %s.",
                        a->uid, path);
                mend_socket(d);
        } else if (a->error == -ECONNREFUSED && up) {
                doctor_say(d, SEVERITY_ERROR,
                        "Nobody listens at %s, although the manager runs: the socket is a stale one (\"Connection refused\"), as some programs leave it that act as a manager.",
                        path);
                mend_socket(d);
        } else if (a->error == -ECONNREFUSED) {
                doctor_say(d, SEVERITY_WARNING,
                        "%s was left behind by a manager that was killed (\"Connection refused\"); the next one replaces it.",
                        path);
                doctor_mend(d, "systemctl restart user@%u.service", d->account.uid);
        } else if (a->error == -ENOENT || a->error == -ENOTDIR) {
                if (!up) {
                        doctor_say(d, SEVERITY_OK, "There is no manager's socket%s.",
                                d->manager == MANAGER_UNKNOWN ? "" : ", as there is no manager");
                        return;
                }
                doctor_say(d, SEVERITY_ERROR,
                        "The manager runs, and its socket %s is gone (\"No such file or directory\")%s.",
                        path,
                        a->emptied ? ", with all that was in the directory, as if that had been made anew"
                                   : "");
                d->runtime_bad = d->runtime_bad || a->emptied;
                mend_socket(d);
        } else {
                doctor_say(d, SEVERITY_ERROR, "The manager cannot be reached at %s: %s.", path,
                        strerrordesc_np(-a->error));
                mend_socket(d);
        }
}

void doctor_check_socket(Doctor *d) {
        SocketQuestion q = { .uid = d->account.uid };
        SocketAnswer a;
        int r;

        if (d->account.uid == 0)
                return;
        if (!doctor_is_inside(d)) {
                doctor_say(d, SEVERITY_UNKNOWN, "Only the account and root can see its sockets.");
                return;
        }
        if (snprintf(q.path, sizeof(q.path), "%s/%u/systemd/private", d->places->runtime, d->account.uid) >=
                (int) sizeof(q.path))
                return;
        (void) snprintf(
                q.directory, sizeof(q.directory), "%s/%u/systemd", d->places->runtime, d->account.uid);
        r = probe_run(try_socket, &q, &a, sizeof(a), doctor_inside(d), PROBE_USEC);
        judge_socket(d, q.path, r, &a);
}

static bool has_unit(const Doctor *d, const char *unit) {
        char path[PATH_MAX];

        for (size_t i = 0; i < ELEMENTSOF(d->places->user_units); i++)
                if (d->places->user_units[i] &&
                        snprintf(path, sizeof(path), "%s/%s", d->places->user_units[i], unit) < PATH_MAX &&
                        access(path, F_OK) == 0)
                        return true;
        return false;
}

void doctor_check_user_bus(Doctor *d) {
        bool installed = has_unit(d, "dbus.socket"), inside = doctor_is_inside(d);
        ProbeFile file = { .error = -EACCES };
        char path[PATH_MAX];

        if (d->account.uid == 0)
                return;
        (void) snprintf(path, sizeof(path), "%s/%u/bus", d->places->runtime, d->account.uid);
        if (inside && probe_file(path, doctor_inside(d), &file) < 0)
                return;

        if (inside && file.error == 0) {
                doctor_say(d, SEVERITY_OK, "The account has a bus of its own at %s.", path);
        } else if (!installed) {
                doctor_say(d, SEVERITY_NOTE,
                        "dbus-user-session is not installed: accounts have no bus of their own. Managers can be reached, but programs that want DBUS_SESSION_BUS_ADDRESS fail.");
                doctor_mend(d, "apt install dbus-user-session");
        } else if (inside && d->manager == MANAGER_UP && !d->runtime_bad) {
                doctor_say(d, SEVERITY_WARNING,
                        "The manager runs, and there is no bus at %s: its dbus.socket is not active.", path);
                doctor_mend(d, "userunitctl start %s/dbus.socket", d->name);
        } else
                doctor_say(
                        d, SEVERITY_OK, "dbus-user-session is installed: a manager brings a bus with it.");
}
