/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker's system call filter, in a child for each call: what is allowed, what is refused, what kills.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/spawner/filter.h"

/* What became of a call: it went through, it was refused with EPERM, or the process was killed. */
typedef enum Fate {
        ALLOWED,
        REFUSED,
        KILLED,
        ODD,
} Fate;

typedef struct Call {
        const char *name;
        long number;
        long arguments[6];
        Fate want;
} Call;

static Filter filter;

static int build(void **state) {
        return filter_build(&filter);
}

static int done(void **state) {
        filter_done(&filter);
        return 0;
}

static Fate fate_of(const Call *call) {
        const long *a = call->arguments;
        int status;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                long r;

                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || filter_install(&filter) < 0)
                        _exit(ODD);
                errno = 0;
                r = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
                _exit(r == -1 && errno == EPERM ? REFUSED : ALLOWED);
        }

        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status))
                return WTERMSIG(status) == SIGSYS ? KILLED : ODD;
        return (Fate) WEXITSTATUS(status);
}

static void test_calls(void **state) {
        static const Call calls[] = {
                { "getpid", SYS_getpid, {}, ALLOWED },
                { "socket unix", SYS_socket, { AF_UNIX, SOCK_STREAM }, ALLOWED },
                { "socketpair unix", SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0, 0 }, ALLOWED },
                { "mmap", SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 },
                        ALLOWED },
                { "openat2", SYS_openat2, { -1, 0, 0, 0 }, ALLOWED },
                { "memfd_create", SYS_memfd_create, { (long) "x", 0 }, ALLOWED },
                { "prlimit read", SYS_prlimit64, { 0, RLIMIT_NOFILE, 0, 0 }, ALLOWED },
                { "renameat2", SYS_renameat2, { -1, 0, -1, 0, 0 }, ALLOWED },

                { "socket inet", SYS_socket, { AF_INET, SOCK_STREAM }, REFUSED },
                { "socket inet6", SYS_socket, { AF_INET6, SOCK_STREAM }, REFUSED },
                { "socket netlink", SYS_socket, { AF_NETLINK, SOCK_RAW }, REFUSED },
                { "socket unix with high bits", SYS_socket, { (1L << 32) | AF_UNIX, SOCK_STREAM }, REFUSED },
                { "mmap exec", SYS_mmap,
                        { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 }, REFUSED },
                { "mprotect exec", SYS_mprotect, { 0, 0, PROT_EXEC }, REFUSED },
                { "prlimit of another", SYS_prlimit64, { 1, RLIMIT_NOFILE, 0, 0 }, REFUSED },
                { "prlimit write", SYS_prlimit64, { 0, RLIMIT_NOFILE, 16, 0 }, REFUSED },
                { "listen", SYS_listen, { -1, 0 }, REFUSED },
                { "bind", SYS_bind, { -1, 0, 0 }, REFUSED },
                { "setrlimit", SYS_setrlimit, { RLIMIT_NOFILE, 0 }, REFUSED },
                { "setsid", SYS_setsid, {}, REFUSED },
                { "seccomp", SYS_seccomp, {}, REFUSED },
                { "a call that does not exist", 4000, {}, REFUSED },

                { "execve", SYS_execve, { 0, 0, 0 }, KILLED },
                { "execveat", SYS_execveat, {}, KILLED },
                { "clone", SYS_clone, {}, KILLED },
                { "clone3", SYS_clone3, {}, KILLED },
                { "ptrace", SYS_ptrace, {}, KILLED },
                { "setuid", SYS_setuid, { 0 }, KILLED },
                { "setresgid", SYS_setresgid, { 0, 0, 0 }, KILLED },
                { "setgroups", SYS_setgroups, { 0, 0 }, KILLED },
                { "mount", SYS_mount, {}, KILLED },
                { "unshare", SYS_unshare, { 0 }, KILLED },
                { "setns", SYS_setns, { -1, 0 }, KILLED },
                { "bpf", SYS_bpf, {}, KILLED },
                { "keyctl", SYS_keyctl, {}, KILLED },
                { "io_uring_setup", SYS_io_uring_setup, {}, KILLED },
                { "userfaultfd", SYS_userfaultfd, {}, KILLED },
                { "process_vm_readv", SYS_process_vm_readv, {}, KILLED },
#ifdef SYS_fork /* not on arm64 */
                { "fork", SYS_fork, {}, KILLED },
                { "vfork", SYS_vfork, {}, KILLED },
#endif
#ifdef __x86_64__
                { "a call of the x32 architecture", 0x40000000 | SYS_getpid, {}, KILLED },
#endif
        };

        for (size_t i = 0; i < ELEMENTSOF(calls); i++) {
                Fate fate = fate_of(calls + i);

                if (fate != calls[i].want)
                        fail_msg("%s: %d instead of %d", calls[i].name, fate, calls[i].want);
        }
}

/* A filter cannot be taken off, and wants no_new_privs. */
static void test_install(void **state) {
        int status;
        pid_t pid;

        assert_true(filter.program.len > 0);

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                /* Root needs no no_new_privs, and a build chroot may have set it for us. */
                bool may = geteuid() == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
                int r = filter_install(&filter);

                _exit(r == (may ? 0 : -EACCES) ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_calls),
                cmocka_unit_test(test_install),
        };

        return cmocka_run_group_tests(tests, build, done);
}
