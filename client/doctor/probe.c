/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking with a deadline, see probe.h. */

#include "client/doctor/probe.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <systemd/sd-journal.h>

#include "common/clock.h"

/* The child's end of the pipe. */
#define PIPE_FD (STDERR_FILENO + 1)
/* How long a killed child may take to go. */
#define REAP_USEC (200 * USEC_PER_MSEC)
/* How many entries of the journal are looked at, from the newest back. */
#define JOURNAL_ENTRIES_MAX 400U
#define JOURNAL_TEXT_MAX    512U

/* The child keeps nothing of ours but the pipe: neither the terminal nor the connection to the bus, which
 * are root's where the child becomes an account. */
static int let_go(int fd) {
        int null;

        if (dup2(fd, PIPE_FD) < 0)
                return -errno;
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0)
                return -errno;
        for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
                if (dup2(null, i) < 0)
                        return -errno;
        return close_range(PIPE_FD + 1, ~0U, 0) < 0 ? -errno : 0;
}

/* Groups are asked from the name service, which is why this is done behind the deadline too. */
static int become(const ProbeAccount *account) {
        if (initgroups(account->name, account->gid) < 0 ||
                setresgid(account->gid, account->gid, account->gid) < 0 ||
                setresuid(account->uid, account->uid, account->uid) < 0)
                return -errno;
        /* What is in our memory is not the account's to read. */
        return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static void write_all(int fd, const char *p, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, p, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        return;
                p += k;
                n -= (size_t) k;
        }
}

static _noreturn_ void run_child(ProbeWork work, const void *question, size_t size,
        const ProbeAccount *account, int fd, pid_t parent) {
        void *answer = calloc(1, size);

        (void) signal(SIGPIPE, SIG_DFL);
        if (!answer || let_go(fd) < 0 || (account && become(account) < 0))
                _exit(EXIT_FAILURE);
        /* A change of credentials clears it, so it comes afterwards. */
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(EXIT_FAILURE);

        work(question, answer);
        write_all(PIPE_FD, answer, size);
        _exit(EXIT_SUCCESS);
}

/* Reads exactly n bytes before the deadline. */
static int read_all(int fd, char *p, size_t n, uint64_t deadline) {
        while (n > 0) {
                struct pollfd pollfd = { .fd = fd, .events = POLLIN };
                uint64_t now = clock_now_usec();
                ssize_t k;

                if (now >= deadline)
                        return -ETIMEDOUT;
                if (poll(&pollfd, 1, (int) ((deadline - now) / USEC_PER_MSEC) + 1) <= 0)
                        continue;
                k = read(fd, p, n);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        return -ECHILD;
                p += k;
                n -= (size_t) k;
        }
        return 0;
}

static void reap(pid_t pid) {
        uint64_t deadline = clock_now_usec() + REAP_USEC;

        while (waitpid(pid, NULL, WNOHANG) == 0 && clock_now_usec() < deadline)
                (void) poll(NULL, 0, 1);
}

int probe_run(ProbeWork work, const void *question, void *answer, size_t size, const ProbeAccount *account,
        uint64_t timeout_usec) {
        _cleanup_close_ int to_read = -EBADF, to_write = -EBADF;
        _cleanup_free_ char *given = NULL;
        pid_t pid, self = getpid();
        int fds[2], r;

        given = malloc(size);
        if (!given)
                return -ENOMEM;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        to_read = fds[0];
        to_write = fds[1];

        (void) fflush(NULL);
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                run_child(work, question, size, account, to_write, self);
        to_write = safe_close(to_write);

        r = read_all(to_read, given, size, clock_now_usec() + timeout_usec);
        (void) kill(pid, SIGKILL);
        reap(pid);
        if (r < 0)
                return r;
        memcpy(answer, given, size);
        return 0;
}

/* The account, and how looking it up went. */
typedef struct AccountAnswer {
        int error;
        ProbeAccount account;
} AccountAnswer;

static int copy_text(char *to, size_t size, const char *from) {
        size_t n = strlen(strempty(from));

        if (n >= size)
                return -ENAMETOOLONG;
        memcpy(to, strempty(from), n + 1);
        return 0;
}

static void look_up_account(const void *question, void *answer) {
        const char *asked = question;
        AccountAnswer *a = answer;
        struct passwd *pw;
        uid_t uid;

        errno = 0;
        pw = uid_parse(asked, &uid) >= 0 ? getpwuid(uid) : getpwnam(asked);
        if (!pw) {
                /* What "there is none" is called differs between modules, see getpwnam(3). */
                a->error =
                        errno == 0 || errno == ENOENT || errno == ESRCH || errno == EBADF || errno == EPERM
                        ? -ESRCH
                        : -errno;
                return;
        }
        a->account.uid = pw->pw_uid;
        a->account.gid = pw->pw_gid;
        a->error = copy_text(a->account.name, sizeof(a->account.name), pw->pw_name);
        if (a->error == 0)
                a->error = copy_text(a->account.home, sizeof(a->account.home), pw->pw_dir);
        if (a->error == 0)
                a->error = copy_text(a->account.shell, sizeof(a->account.shell), pw->pw_shell);
}

int probe_account(const char *asked, ProbeAccount *ret) {
        AccountAnswer a;
        int r;

        r = probe_run(look_up_account, asked, &a, sizeof(a), NULL, PROBE_USEC);
        if (r < 0)
                return r;
        if (a.error < 0)
                return a.error;
        *ret = a.account;
        return 0;
}

static int try_to_read(const char *path, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;

        /* Opening a device or a FIFO could do something. */
        if (!S_ISREG(mode) && !S_ISDIR(mode))
                return 0;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        return fd < 0 ? -errno : 0;
}

static void look_at_file(const void *question, void *answer) {
        const char *path = question;
        ProbeFile *file = answer;
        struct statvfs fs;
        struct statx st;

        file->link = statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW,
                             STATX_TYPE, &st) >= 0 &&
                S_ISLNK(st.stx_mode);
        if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0) {
                file->error = -errno;
                return;
        }
        file->uid = st.stx_uid;
        file->gid = st.stx_gid;
        file->mode = st.stx_mode;
        file->mtime = st.stx_mtime.tv_sec > 0 ? (uint64_t) st.stx_mtime.tv_sec : 0;
        file->access = try_to_read(path, st.stx_mode);
        file->search = access(path, X_OK) >= 0;
        if (statvfs(path, &fs) >= 0)
                file->full = fs.f_blocks > 0 && (fs.f_bavail == 0 || (fs.f_files > 0 && fs.f_favail == 0));
}

int probe_file(const char *path, const ProbeAccount *account, ProbeFile *ret) {
        return probe_run(look_at_file, path, ret, sizeof(*ret), account, PROBE_USEC);
}

typedef struct JournalQuestion {
        const char *unit;
        const char *text;
        const char *unless;
} JournalQuestion;

typedef struct JournalAnswer {
        char text[JOURNAL_TEXT_MAX];
} JournalAnswer;

static bool contains(const void *data, size_t n, const char *text) {
        return text && memmem(data, n, text, strlen(text));
}

static void look_into_journal(const void *question, void *answer) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        const JournalQuestion *q = question;
        _cleanup_free_ char *match = NULL;
        JournalAnswer *a = answer;

        if (asprintf(&match, "_SYSTEMD_UNIT=%s", q->unit) < 0)
                return;
        if (sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM) < 0)
                return;
        if (sd_journal_add_match(journal, match, 0) < 0 || sd_journal_seek_tail(journal) < 0)
                return;

        for (unsigned i = 0; i < JOURNAL_ENTRIES_MAX && sd_journal_previous(journal) > 0; i++) {
                static const char field[] = "MESSAGE=";
                const void *data;
                size_t n;

                if (sd_journal_get_data(journal, "MESSAGE", &data, &n) < 0 || n < sizeof(field) - 1)
                        continue;
                if (contains(data, n, q->text)) {
                        n = MIN(n - (sizeof(field) - 1), sizeof(a->text) - 1);
                        memcpy(a->text, (const char *) data + sizeof(field) - 1, n);
                        return;
                }
                if (contains(data, n, q->unless))
                        return;
        }
}

int probe_journal(const char *unit, const char *text, const char *unless, char **ret) {
        const JournalQuestion q = { unit, text, unless };
        JournalAnswer a;
        int r;

        r = probe_run(look_into_journal, &q, &a, sizeof(a), NULL, PROBE_USEC);
        if (r < 0)
                return r;
        a.text[sizeof(a.text) - 1] = 0;
        if (!*a.text)
                return 0;
        *ret = strdup(a.text);
        return *ret ? 1 : -ENOMEM;
}
