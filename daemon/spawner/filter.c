/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The worker's system call filter.
 *
 * Three answers. Listed calls are allowed. Calls that no path through a worker makes and that an attacker
 * wants (running a program, becoming someone else, tracing, mounting, kernel interfaces with a history) kill
 * the process: an attempt proves that the worker has been taken over, and the wait status says so to the
 * daemon. Everything else gets EPERM: libraries probe for calls they can do without, and a libc update must
 * not kill every worker.
 *
 * The account could do most of what is forbidden here by itself; the filter keeps it from doing so in a
 * process that the daemon talks to and that shares the spawner's address layout.
 */

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/seccomp.h>

#include "daemon/spawner/filter.h"
#include "daemon/spawner/worker-bounds.h"

/* The lists below are the calls of 64-bit architectures; 32-bit ones have other names for time and files. */
_Static_assert(sizeof(void *) == 8, "the filter is written for 64-bit architectures");

static const int allowed_calls[] = {
        /* its socket, the account's bus */
        SCMP_SYS(connect),
        SCMP_SYS(getpeername),
        SCMP_SYS(getsockname),
        SCMP_SYS(getsockopt),
        SCMP_SYS(recvfrom),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),
        SCMP_SYS(sendto),
        SCMP_SYS(setsockopt),
        SCMP_SYS(shutdown),

        /* waiting */
        SCMP_SYS(clock_getres),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(epoll_create1),
        SCMP_SYS(epoll_ctl),
        SCMP_SYS(epoll_pwait),
        SCMP_SYS(epoll_pwait2),
        SCMP_SYS(epoll_wait),
        SCMP_SYS(eventfd2),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(nanosleep),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(signalfd4),
        SCMP_SYS(timerfd_create),
        SCMP_SYS(timerfd_gettime),
        SCMP_SYS(timerfd_settime),

        /* descriptors and files */
        SCMP_SYS(close),
        SCMP_SYS(close_range),
        SCMP_SYS(copy_file_range),
        SCMP_SYS(dup),
        SCMP_SYS(dup3),
        SCMP_SYS(faccessat),
        SCMP_SYS(faccessat2),
        SCMP_SYS(fallocate),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(fcntl),
        SCMP_SYS(fdatasync),
        SCMP_SYS(flock),
        SCMP_SYS(fstat),
        SCMP_SYS(fstatfs),
        SCMP_SYS(fsync),
        SCMP_SYS(ftruncate),
        SCMP_SYS(getdents64),
        SCMP_SYS(linkat),
        SCMP_SYS(lseek),
        SCMP_SYS(memfd_create),
        SCMP_SYS(mkdirat),
        SCMP_SYS(newfstatat),
        SCMP_SYS(openat),
        SCMP_SYS(openat2),
        SCMP_SYS(pipe2),
        SCMP_SYS(pread64),
        SCMP_SYS(pwrite64),
        SCMP_SYS(read),
        SCMP_SYS(readlinkat),
        SCMP_SYS(readv),
        SCMP_SYS(renameat),
        SCMP_SYS(renameat2),
        SCMP_SYS(statx),
        SCMP_SYS(symlinkat),
        SCMP_SYS(unlinkat),
        SCMP_SYS(utimensat),
        SCMP_SYS(write),
        SCMP_SYS(writev),

        /* memory; mmap and mprotect are below */
        SCMP_SYS(brk),
        SCMP_SYS(madvise),
        SCMP_SYS(mremap),
        SCMP_SYS(munmap),

        /* itself */
        SCMP_SYS(capget),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(futex),
        SCMP_SYS(getegid),
        SCMP_SYS(geteuid),
        SCMP_SYS(getgid),
        SCMP_SYS(getgroups),
        SCMP_SYS(getpgid),
        SCMP_SYS(getpid),
        SCMP_SYS(getppid),
        SCMP_SYS(getrandom),
        SCMP_SYS(getresgid),
        SCMP_SYS(getresuid),
        SCMP_SYS(getrlimit),
        SCMP_SYS(getrusage),
        SCMP_SYS(getsid),
        SCMP_SYS(gettid),
        SCMP_SYS(getuid),
        SCMP_SYS(rseq),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigpending),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigtimedwait),
        SCMP_SYS(sched_yield),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(sigaltstack),
        SCMP_SYS(sysinfo),
        SCMP_SYS(uname),
};

static const int deadly_calls[] = {
        /* another program, another process */
        SCMP_SYS(clone),
        SCMP_SYS(clone3),
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),

        /* another identity */
        SCMP_SYS(capset),
        SCMP_SYS(setfsgid),
        SCMP_SYS(setfsuid),
        SCMP_SYS(setgid),
        SCMP_SYS(setgroups),
        SCMP_SYS(setregid),
        SCMP_SYS(setresgid),
        SCMP_SYS(setresuid),
        SCMP_SYS(setreuid),
        SCMP_SYS(setuid),

        /* other processes' memory and descriptors */
        SCMP_SYS(kcmp),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(process_madvise),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(ptrace),

        /* namespaces and mounts */
        SCMP_SYS(chroot),
        SCMP_SYS(fsconfig),
        SCMP_SYS(fsmount),
        SCMP_SYS(fsopen),
        SCMP_SYS(fspick),
        SCMP_SYS(mount),
        SCMP_SYS(mount_setattr),
        SCMP_SYS(move_mount),
        SCMP_SYS(open_tree),
        SCMP_SYS(pivot_root),
        SCMP_SYS(setns),
        SCMP_SYS(umount2),
        SCMP_SYS(unshare),

        /* the kernel itself */
        SCMP_SYS(acct),
        SCMP_SYS(add_key),
        SCMP_SYS(bpf),
        SCMP_SYS(delete_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(init_module),
        SCMP_SYS(io_uring_enter),
        SCMP_SYS(io_uring_register),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(kexec_file_load),
        SCMP_SYS(kexec_load),
        SCMP_SYS(keyctl),
        SCMP_SYS(mknod),
        SCMP_SYS(mknodat),
        SCMP_SYS(modify_ldt),
        SCMP_SYS(name_to_handle_at),
        SCMP_SYS(open_by_handle_at),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(personality),
        SCMP_SYS(quotactl),
        SCMP_SYS(reboot),
        SCMP_SYS(request_key),
        SCMP_SYS(swapoff),
        SCMP_SYS(swapon),
        SCMP_SYS(userfaultfd),
};

static void context_releasep(scmp_filter_ctx *context) {
        if (*context)
                seccomp_release(*context);
}

static int add_calls(scmp_filter_ctx context, uint32_t action, const int *calls, size_t n_calls) {
        int r;

        for (size_t i = 0; i < n_calls; i++) {
                r = seccomp_rule_add(context, action, calls[i], 0);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Calls of which only some arguments are allowed; with others they get EPERM as an unlisted call does. */
static int add_calls_with_arguments(scmp_filter_ctx context) {
        const struct scmp_arg_cmp family = SCMP_A0(SCMP_CMP_EQ, AF_UNIX);
        const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
        const struct scmp_arg_cmp read_own_limits[] = {
                SCMP_A0(SCMP_CMP_EQ, 0),
                SCMP_A2(SCMP_CMP_EQ, 0),
        };
        int r;

        r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &family);
        if (r < 0)
                return r;

        r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1, &family);
        if (r < 0)
                return r;

        r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_executable);
        if (r < 0)
                return r;

        r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &not_executable);
        if (r < 0)
                return r;

        return seccomp_rule_add_array(
                context, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), ELEMENTSOF(read_own_limits), read_own_limits);
}

/* libseccomp hands its program out through a descriptor only. */
static int read_program(int fd, struct sock_fprog *ret) {
        _cleanup_free_ struct sock_filter *instructions = NULL;
        struct stat st;
        ssize_t n;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size <= 0 || st.st_size % sizeof(*instructions) != 0 ||
                st.st_size / sizeof(*instructions) > BPF_MAXINSNS)
                return -EBADMSG;

        instructions = malloc((size_t) st.st_size);
        if (!instructions)
                return -ENOMEM;

        n = pread(fd, instructions, (size_t) st.st_size, 0);
        if (n < 0)
                return -errno;
        if (n != st.st_size)
                return -EIO;

        *ret = (struct sock_fprog){
                .len = (unsigned short) ((size_t) n / sizeof(*instructions)),
                .filter = TAKE_PTR(instructions),
        };
        return 0;
}

int filter_build(Filter *ret) {
        _cleanup_(context_releasep) scmp_filter_ctx context = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
        if (!context)
                return -ENOMEM;

        /* The calls of another architecture (i386 on amd64) are not ours: the default there kills the
         * thread. */
        r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        if (r < 0)
                return r;

        /*
         * A binary tree rather than a list: the kernel walks the program once for each call number when a
         * child installs it, which otherwise is half of what a cold worker costs.
         */
        r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        if (r < 0)
                return r;

        r = add_calls(context, SCMP_ACT_ALLOW, allowed_calls, ELEMENTSOF(allowed_calls));
        if (r < 0)
                return r;

        r = add_calls(context, SCMP_ACT_ALLOW, worker_extra_calls, worker_n_extra_calls);
        if (r < 0)
                return r;

        r = add_calls_with_arguments(context);
        if (r < 0)
                return r;

        r = add_calls(context, SCMP_ACT_KILL_PROCESS, deadly_calls, ELEMENTSOF(deadly_calls));
        if (r < 0)
                return r;

        fd = memfd_create("userunit-filter", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;

        r = seccomp_export_bpf(context, fd);
        if (r < 0)
                return r;

        return read_program(fd, &ret->program);
}

void filter_done(Filter *filter) {
        free(filter->program.filter);
        filter->program = (struct sock_fprog){ 0 };
}

int filter_install(const Filter *filter) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter->program, 0, 0) < 0)
                return -errno;

        return 0;
}
