/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a worker looks like from outside: its /proc/PID/status as anyone sees it, its environment and
 * descriptors as root sees them, and what the account itself can get at.
 */

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/lab/tools/hostile-peer.h"

#define SPAWNER_CAPABILITIES UINT64_C(0xe0) /* KILL, SETGID, SETUID */

/* Reads a whole file of /proc. Returns its size or -errno; always terminated. */
static ssize_t read_proc(pid_t pid, const char *name, char *buffer, size_t size) {
        _cleanup_close_ int fd = -EBADF;
        char path[64];
        size_t done = 0;

        (void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, name);
        buffer[0] = '\0';
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        while (done < size - 1) {
                ssize_t n = read(fd, buffer + done, size - 1 - done);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                done += (size_t) n;
        }

        buffer[done] = '\0';
        return (ssize_t) done;
}

/* The value behind "Key:" of a status file, up to the end of the line. */
static bool status_field(const char *status, const char *key, char *ret, size_t size) {
        for (const char *line = status; line; line = strchr(line, '\n')) {
                const char *value;

                line += *line == '\n';
                value = startswith(line, key);
                if (!value || *value != ':')
                        continue;

                value += 1 + strspn(value + 1, " \t");
                (void) snprintf(ret, size, "%.*s", (int) strcspn(value, "\n"), value);
                for (size_t n = strlen(ret); n > 0 && ret[n - 1] == ' '; n--)
                        ret[n - 1] = '\0';
                return true;
        }

        return false;
}

static void check_field(const char *status, const char *key, const char *want) {
        char value[512] = "(missing)";

        (void) status_field(status, key, value, sizeof(value));
        check(streq(value, want), "worker: %s is \"%s\" (want \"%s\")", key, value, want);
}

static void check_status(const Target *target, pid_t pid, const SpawnerSpawn *request) {
        static const char *const empty_sets[] = { "CapInh", "CapPrm", "CapEff", "CapAmb" };
        char status[8192], want[1024], value[64] = "";
        size_t n = 0;

        if (!check(read_proc(pid, "status", status, sizeof(status)) > 0, "worker: its status can be read"))
                return;

        (void) snprintf(
                want, sizeof(want), "%u\t%u\t%u\t%u", target->uid, target->uid, target->uid, target->uid);
        check_field(status, "Uid", want);
        (void) snprintf(
                want, sizeof(want), "%u\t%u\t%u\t%u", target->gid, target->gid, target->gid, target->gid);
        check_field(status, "Gid", want);

        want[0] = '\0';
        for (size_t i = 0; i < request->n_groups; i++)
                n += (size_t) snprintf(
                        want + n, sizeof(want) - n, "%s%u", i > 0 ? " " : "", request->groups[i]);
        check_field(status, "Groups", want);

        for (size_t i = 0; i < ELEMENTSOF(empty_sets); i++)
                check_field(status, empty_sets[i], "0000000000000000");
        (void) status_field(status, "CapBnd", value, sizeof(value));
        check((strtoull(value, NULL, 16) & ~SPAWNER_CAPABILITIES) == 0,
                "worker: CapBnd %s is within the three", value);

        check_field(status, "Name", "userunit-worker");
        check_field(status, "NoNewPrivs", "1");
        check_field(status, "Seccomp", "2");
        check_field(status, "Umask", "0077");
        check_field(status, "Threads", "1");
        check_field(status, "TracerPid", "0");
        check_field(status, "SigBlk", "0000000000000000");
        check_field(status, "SigIgn", "0000000001001000"); /* SIGPIPE and SIGXFSZ */
}

/* What only root can look at. */
static void check_as_root(const Target *target, pid_t pid) {
        char environment[8192], path[64], link[256];
        size_t n_fds = 0, n_zero = 0;
        struct dirent *entry;
        ssize_t n;
        DIR *dir;

        n = read_proc(pid, "environ", environment, sizeof(environment));
        while (n > 0 && n_zero < (size_t) n && environment[n_zero] == '\0')
                n_zero++;
        check(n >= 0 && n_zero == (size_t) n, "worker: its environment is empty");

        (void) snprintf(path, sizeof(path), "/proc/%d/cwd", (int) pid);
        n = readlink(path, link, sizeof(link) - 1);
        check(n == 1 && link[0] == '/', "worker: its working directory is /");

        (void) snprintf(path, sizeof(path), "/proc/%d/fd", (int) pid);
        dir = opendir(path);
        if (!check(!!dir, "worker: root can list its descriptors"))
                return;
        while ((entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                n_fds++;

                n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
                link[MAX(n, 0)] = '\0';
                if (streq(entry->d_name, "3"))
                        check(!!startswith(link, "socket:"), "worker: descriptor 3 is its socket (%s)",
                                link);
                else if (!target->sanitizers || !streq(entry->d_name, "2"))
                        check(streq(link, "/dev/null"), "worker: descriptor %s is /dev/null (%s)",
                                entry->d_name, link);
        }
        check(n_fds == 4, "worker: %zu descriptors (want 4)", n_fds);
        (void) closedir(dir);
}

/* Whether this process is a worker of that spawner that has finished its drop. */
static bool is_ready_worker(const Target *target, pid_t pid, pid_t spawner) {
        char status[8192], value[64], want[64];

        if (read_proc(pid, "status", status, sizeof(status)) <= 0)
                return false;

        (void) snprintf(want, sizeof(want), "%d", (int) spawner);
        if (!status_field(status, "PPid", value, sizeof(value)) || !streq(value, want))
                return false;
        if (!status_field(status, "State", value, sizeof(value)) || value[0] == 'Z')
                return false;

        (void) snprintf(want, sizeof(want), "%u\t", target->uid);
        return status_field(status, "Uid", value, sizeof(value)) && startswith(value, want) &&
                status_field(status, "Seccomp", value, sizeof(value)) && streq(value, "2");
}

pid_t find_worker(const Target *target, const Worker *worker) {
        const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
        struct ucred maker;
        socklen_t size = sizeof(maker);

        /* The socket pair was made by the spawner; who holds its other end does not matter to SO_PEERCRED.
         */
        if (getsockopt(worker->fd, SOL_SOCKET, SO_PEERCRED, &maker, &size) < 0)
                return 0;

        for (unsigned i = 0; i < 300; i++) {
                struct dirent *entry;
                unsigned n_found = 0;
                pid_t found = 0;
                DIR *dir;

                dir = opendir("/proc");
                while (dir && (entry = readdir(dir))) {
                        pid_t pid = (pid_t) strtol(entry->d_name, NULL, 10);

                        if (pid > 0 && is_ready_worker(target, pid, maker.pid)) {
                                found = pid;
                                n_found++;
                        }
                }
                if (dir)
                        (void) closedir(dir);
                if (n_found == 1)
                        return found;

                (void) nanosleep(&pause, NULL); /* not dropped yet, or others still die */
        }

        return 0;
}

static void check_limit(const char *limits, const char *name, const char *want) {
        const char *line = strstr(limits, name);
        char soft[32] = "", hard[32] = "";

        check(line && sscanf(line + strlen(name), " %31s %31s", soft, hard) == 2 && streq(soft, want) &&
                        streq(hard, want),
                "worker: %s are %s and %s (want %s)", name, soft, hard, want);
}

static void check_limits(const Target *target, pid_t pid) {
        char limits[8192];

        if (!check(read_proc(pid, "limits", limits, sizeof(limits)) > 0, "worker: its limits can be read"))
                return;
        check_limit(limits, "Max core file size", "0");
        check_limit(limits, "Max processes", "0");
        check_limit(limits, "Max open files", "64");
        check_limit(limits, "Max file size", "16777216");
        if (!target->sanitizers) {
                check_limit(limits, "Max data size", "67108864");
                check_limit(limits, "Max address space", "268435456");
        }
}

/* In a child that is the account itself. Returns the errors it did not get, as bits. */
static unsigned peek(const Target *target, pid_t pid) {
        static const char *const secrets[] = { "mem", "environ", "maps", "fd", "fdinfo", "auxv", "stack",
                "cwd" };
        unsigned seen = 0;

        if (setgroups(0, NULL) < 0 || setresgid(target->gid, target->gid, target->gid) < 0 ||
                setresuid(target->uid, target->uid, target->uid) < 0)
                return ~0U;

        for (size_t i = 0; i < ELEMENTSOF(secrets); i++) {
                char path[64], buffer[16];
                int fd;

                (void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, secrets[i]);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                errno = 0;
                /* A file that opens and then refuses to be read is as good. */
                if (fd >= 0 && (read(fd, buffer, sizeof(buffer)) > 0 || errno == EISDIR))
                        seen |= 1U << i;
                (void) safe_close(fd);
        }

        if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0)
                seen |= 1U << ELEMENTSOF(secrets);
        return seen;
}

static void check_as_account(const Target *target, pid_t pid) {
        int status = 0;
        pid_t child;

        (void) fflush(stdout);
        child = fork();
        if (child == 0)
                _exit(peek(target, pid) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
        (void) waitpid(child, &status, 0);
        check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                "worker: the account reads none of mem, environ, maps, fd, … and cannot trace it");
}

void audit_worker(const Target *target) {
        Connection c = connection_greeted(target);
        SpawnerSpawn request = good_spawn(target);
        Worker worker;
        pid_t pid;

        request.n_groups = 3;
        request.groups[0] = 60001;
        request.groups[1] = 60002;
        request.groups[2] = 60003;

        if (!check(spawn(&c, &request, &worker) == 0, "worker: started with three groups")) {
                connection_close(&c);
                return;
        }
        pid = find_worker(target, &worker);
        if (check(pid > 0, "worker: found in /proc")) {
                check_status(target, pid, &request);
                check_limits(target, pid);
                if (geteuid() == 0) {
                        check_as_root(target, pid);
                        check_as_account(target, pid);
                } else
                        skip("not root", "worker: environment, descriptors, what the account sees");
        }

        if (target->echo) {
                char byte = 'x';

                check(send(worker.fd, &byte, 1, MSG_NOSIGNAL) == 1 && recv(worker.fd, &byte, 1, 0) == 1,
                        "worker: serves on its socket");
        }

        worker_done(&worker);
        connection_close(&c);
}
