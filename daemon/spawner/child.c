/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From root to the account, in a table of steps. The order matters: groups before uids, since setgroups(2)
 * wants the privilege that the uid change takes away; the filter last, since it forbids most of what stands
 * above it. Nothing is logged: stderr is gone by then, so the exit status names the step and the spawner
 * logs it.
 */

#include <grp.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "daemon/spawner/capability.h"
#include "daemon/spawner/child.h"
#include "daemon/spawner/protocol.h"
#include "daemon/spawner/worker-bounds.h"

static char *title_area;
static size_t title_size;

void child_set_title_area(int argc, char *argv[]) {
        const char *end = argv[0] + strlen(argv[0]) + 1;

        /* The kernel lays the arguments out one behind the other; whatever does not follow is not taken. */
        for (int i = 1; i < argc && argv[i] == end; i++)
                end += strlen(argv[i]) + 1;

        title_area = argv[0];
        title_size = (size_t) (end - argv[0]);
}

static bool signal_reports_a_fault(int sig) {
        return sig == SIGABRT || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGSEGV;
}

int child_reset_signals(void) {
        for (int sig = 1; sig < NSIG; sig++) {
                struct sigaction action = { .sa_handler = SIG_DFL };

                if (sig == SIGKILL || sig == SIGSTOP || (sig > SIGSYS && sig < SIGRTMIN))
                        continue; /* cannot be changed, or libc's own */
                if (worker_reports_to_stderr && signal_reports_a_fault(sig))
                        continue;

                /* A peer that is gone and a file over RLIMIT_FSIZE are errors to handle, not reasons to die.
                 */
                if (sig == SIGPIPE || sig == SIGXFSZ)
                        action.sa_handler = SIG_IGN;

                if (sigaction(sig, &action, NULL) < 0)
                        return -errno;
        }

        return 0;
}

/* The actions are what child_reset_signals() left; the mask is that of the server's loop. */
static int step_signals(ChildPlan *plan) {
        sigset_t none;

        if (sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                return -errno;

        return 0;
}

static int step_surroundings(ChildPlan *plan) {
        (void) umask(0077);

        if (chdir("/") < 0 || setsid() < 0)
                return -errno;

        return 0;
}

static int step_name(ChildPlan *plan) {
        if (prctl(PR_SET_NAME, CHILD_NAME, 0, 0, 0) < 0)
                return -errno;

        if (title_size > sizeof(CHILD_NAME)) {
                memset(title_area, 0, title_size);
                memcpy(title_area, CHILD_NAME, sizeof(CHILD_NAME));
        }

        return 0;
}

/* Runs twice: the kernel clears the death signal when the ids change. The parent may have gone before
 * either. */
static int step_death_signal(ChildPlan *plan) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                return -errno;

        return getppid() == plan->parent ? 0 : -ESRCH;
}

static int step_descriptors(ChildPlan *plan) {
        const int last = worker_reports_to_stderr ? STDOUT_FILENO : STDERR_FILENO;

        for (int fd = STDIN_FILENO; fd <= last; fd++)
                if (dup2(plan->null_fd, fd) < 0)
                        return -errno;

        if (dup2(plan->socket_fd, CHILD_SOCKET_FD) < 0)
                return -errno;
        if (close_range(CHILD_SOCKET_FD + 1, ~0U, 0) < 0)
                return -errno;

        return 0;
}

/* The strings themselves, which /proc/PID/environ shows, were erased when the spawner started. */
static int step_environment(ChildPlan *plan) {
        return clearenv() == 0 ? 0 : -ENOMEM;
}

static int step_limits(ChildPlan *plan) {
        for (size_t i = 0; i < worker_n_limits; i++) {
                const struct rlimit limit = { worker_limits[i].value, worker_limits[i].value };
                struct rlimit old;

                /* What the unit set lower stays: raising would want CAP_SYS_RESOURCE. */
                if (getrlimit((__rlimit_resource_t) worker_limits[i].resource, &old) < 0)
                        return -errno;
                if (old.rlim_max < limit.rlim_max)
                        continue;

                if (setrlimit((__rlimit_resource_t) worker_limits[i].resource, &limit) < 0)
                        return -errno;
        }

        return 0;
}

static int step_groups(ChildPlan *plan) {
        return setgroups(plan->n_groups, plan->groups) < 0 ? -errno : 0;
}

static int step_gid(ChildPlan *plan) {
        return setresgid(plan->gid, plan->gid, plan->gid) < 0 ? -errno : 0;
}

static int step_uid(ChildPlan *plan) {
        return setresuid(plan->uid, plan->uid, plan->uid) < 0 ? -errno : 0;
}

static int step_capabilities(ChildPlan *plan) {
        int r;

        r = capability_set(0);
        if (r < 0)
                return r;

        return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ? -errno : 0;
}

static int step_no_new_privs(ChildPlan *plan) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

static int step_verify_ids(ChildPlan *plan) {
        uid_t ruid, euid, suid;
        gid_t rgid, egid, sgid;

        if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
                return -errno;
        if (ruid != plan->uid || euid != plan->uid || suid != plan->uid)
                return -EPERM;
        if (rgid != plan->gid || egid != plan->gid || sgid != plan->gid)
                return -EPERM;

        /* An invalid id changes nothing; the answer is the present one. */
        if ((uid_t) setfsuid((uid_t) -1) != plan->uid || (gid_t) setfsgid((gid_t) -1) != plan->gid)
                return -EPERM;

        return 0;
}

static int compare_gids(const void *a, const void *b) {
        const gid_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static int step_verify_groups(ChildPlan *plan) {
        gid_t groups[SPAWNER_GROUPS_MAX + 1];
        int n;

        n = getgroups((int) ELEMENTSOF(groups), groups);
        if (n < 0)
                return -errno;
        if ((size_t) n != plan->n_groups)
                return -EPERM;

        qsort(groups, (size_t) n, sizeof(*groups), compare_gids);
        qsort(plan->groups, plan->n_groups, sizeof(*plan->groups), compare_gids);
        return memcmp(groups, plan->groups, (size_t) n * sizeof(*groups)) == 0 ? 0 : -EPERM;
}

/* What must not work any more is tried. Each is expected to fail, with EPERM and nothing else. */
static int step_verify_no_way_back(ChildPlan *plan) {
        const gid_t root_group = 0;

        if (setuid(0) == 0 || errno != EPERM)
                return -EPERM;
        if (seteuid(0) == 0 || errno != EPERM)
                return -EPERM;
        if (setgid(0) == 0 || errno != EPERM)
                return -EPERM;
        if (setegid(0) == 0 || errno != EPERM)
                return -EPERM;
        if (setgroups(1, &root_group) == 0 || errno != EPERM)
                return -EPERM;

        return 0;
}

static int step_verify_capabilities(ChildPlan *plan) {
        return capability_verify_none();
}

static int step_not_dumpable(ChildPlan *plan) {
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;

        return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -EPERM;
}

static int step_filter(ChildPlan *plan) {
        return filter_install(plan->filter);
}

static const struct {
        const char *name;
        int (*run)(ChildPlan *plan);
} steps[] = {
        { "unblock signals", step_signals },
        { "leave the parent's surroundings", step_surroundings },
        { "take a name", step_name },
        { "arm the death signal", step_death_signal },
        { "close descriptors", step_descriptors },
        { "empty the environment", step_environment },
        { "set limits", step_limits },
        { "set supplementary groups", step_groups },
        { "set the group", step_gid },
        { "set the user", step_uid },
        { "drop capabilities", step_capabilities },
        { "forbid new privileges", step_no_new_privs },
        { "verify user and group", step_verify_ids },
        { "verify supplementary groups", step_verify_groups },
        { "verify that root is out of reach", step_verify_no_way_back },
        { "verify that no capability is left", step_verify_capabilities },
        { "become non-dumpable", step_not_dumpable },
        { "arm the death signal again", step_death_signal },
        { "install the system call filter", step_filter },
};
_Static_assert(CHILD_EXIT_STEPS + ELEMENTSOF(steps) < 126, "statuses from 126 on mean something to shells");

void child_run(ChildPlan *plan) {
        int r;

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                r = steps[i].run(plan);
                if (r < 0)
                        _exit(CHILD_EXIT_STEPS + (int) i);
        }

        r = plan->serve(CHILD_SOCKET_FD, plan->uid);
        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

const char *child_step_name(int exit_status) {
        if (exit_status < CHILD_EXIT_STEPS || exit_status >= CHILD_EXIT_STEPS + (int) ELEMENTSOF(steps))
                return NULL;

        return steps[exit_status - CHILD_EXIT_STEPS].name;
}
