/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A command for each event, see event-command.h. */

#include "client/event-command.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "client/account-name.h"
#include "client/reply.h"
#include "common/contract.h"

#define VARIABLE_PREFIX "USERUNIT_"
#define VARIABLE_MAX    64

/* "exit_code" is USERUNIT_EXIT_CODE. */
static bool variable_name(const char *member, char ret[static VARIABLE_MAX]) {
        char *p = stpcpy(ret, VARIABLE_PREFIX);

        if (strlen(member) >= VARIABLE_MAX - strlen(VARIABLE_PREFIX))
                return false;
        for (; *member; member++) {
                if (!isalnum((unsigned char) *member) && *member != '_')
                        return false;
                *p++ = (char) toupper((unsigned char) *member);
        }
        *p = 0;
        return true;
}

static int set_variable(const char *member, const char *value) {
        char name[VARIABLE_MAX];

        if (!variable_name(member, name))
                return 0;
        return setenv(name, value, /* overwrite= */ 1) < 0 ? -errno : 0;
}

/* Those that one event has are not the next one's. */
static void clear_variables(void) {
        char name[VARIABLE_MAX];

        for (const Field *field = method_get(METHOD_EVENTS_WATCH)->result; field->name; field++)
                if (variable_name(field->name, name))
                        (void) unsetenv(name);
}

static int set_variables(json_object *event) {
        uint64_t uid = reply_u64(event, "uid", UINT64_MAX);
        int r;

        clear_variables();
        if (!reply_string(event, "account") && uid < UINT32_MAX) {
                r = set_variable("account", strempty(account_name((uid_t) uid)));
                if (r < 0)
                        return r;
        }
        json_object_object_foreach(event, member, value) {
                if (json_object_is_type(value, json_type_object) ||
                        json_object_is_type(value, json_type_array))
                        continue;
                r = set_variable(member, json_object_get_string(value));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The event as a file: one that the command does not read keeps nobody. */
static int make_input(const char *line, size_t n) {
        _cleanup_close_ int fd = memfd_create("event", MFD_CLOEXEC);

        if (fd < 0)
                return -errno;
        for (size_t done = 0; done < n;) {
                ssize_t k = write(fd, line + done, n - done);

                if (k < 0)
                        return -errno;
                done += (size_t) k;
        }
        if (write(fd, "\n", 1) != 1 || lseek(fd, 0, SEEK_SET) < 0)
                return -EIO;
        return TAKE_FD(fd);
}

/* In the child: the handlers of the parent are gone with exec, what it ignores is not. */
static void become(char *const *command, json_object *event, int input, int report) _noreturn_;

static void become(char *const *command, json_object *event, int input, int report) {
        int r;

        (void) signal(SIGPIPE, SIG_DFL);
        r = set_variables(event);
        if (r >= 0 && dup2(input, STDIN_FILENO) < 0)
                r = -errno;
        if (r >= 0) {
                (void) execvp(command[0], command);
                r = -errno;
        }
        (void) !write(report, &r, sizeof(r));
        _exit(EXIT_FAILURE);
}

static int wait_for(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int event_command_run(char *const *command, json_object *event, const char *line, size_t n) {
        _cleanup_close_ int input = -EBADF, report = -EBADF;
        int pair[2], error = 0, r;
        ssize_t k;
        pid_t pid;

        input = make_input(line, n);
        if (input < 0)
                return input;
        if (pipe2(pair, O_CLOEXEC) < 0)
                return -errno;
        report = pair[0];

        /* What is in the buffer would be printed twice. */
        fflush(stdout);
        pid = fork();
        if (pid == 0)
                become(command, event, input, pair[1]);
        r = pid < 0 ? -errno : 0;
        (void) safe_close(pair[1]);
        if (r < 0)
                return r;

        do
                k = read(report, &error, sizeof(error));
        while (k < 0 && errno == EINTR);
        r = wait_for(pid);
        return k == sizeof(error) ? error : r;
}
