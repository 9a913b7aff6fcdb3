/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times whole processes, interleaved: runs the first command, the second, the first again …, each as its own
 * uid, from fork to the end of wait4(2), and prints a line for each run:
 *
 *     INDEX WALL_USEC CPU_USEC
 *
 *     bench-pairs RUNS WARM { -- UID[,EXIT[,BEFORE]] COMMAND [ARGUMENT…] }…
 *
 * WARM runs more come first and are not printed. EXIT is the code that is expected (0). BEFORE is a shell
 * command run as root before each run of this one, untimed. Standard input and output are /dev/null; what
 * goes to standard error is shown of a run that failed.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX  4
#define ARGUMENTS_MAX 1024

typedef struct Command {
        uid_t uid;
        int expected;
        const char *before;
        char *arguments[ARGUMENTS_MAX + 1];
        size_t n_arguments;
} Command;

static uint64_t now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000U + (uint64_t) ts.tv_nsec / 1000U;
}

static void die(const char *what) {
        fprintf(stderr, "bench-pairs: %s\n", what);
        exit(EXIT_FAILURE);
}

static void become(uid_t uid, int null, int errors) {
        static char runtime[64], home[64];

        if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
                _exit(126);
        if (uid == 0)
                return;
        if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
                _exit(126);
        snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=/run/user/%u", uid);
        snprintf(home, sizeof(home), "HOME=/");
        putenv(runtime);
        putenv(home);
}

/* Copies what a command said. */
static void show(int errors) {
        char text[4096];
        ssize_t n = pread(errors, text, sizeof(text), 0);

        if (n > 0)
                (void) !write(STDERR_FILENO, text, (size_t) n);
}

static void run_once(Command *command, unsigned index, unsigned run, bool print) {
        static int null = -1, errors = -1;
        struct rusage usage;
        uint64_t start, wall, cpu;
        int status;
        pid_t pid;

        if (null < 0)
                null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (errors < 0)
                errors = memfd_create("errors", MFD_CLOEXEC);
        if (null < 0 || errors < 0 || ftruncate(errors, 0) < 0 || lseek(errors, 0, SEEK_SET) < 0)
                die("cannot redirect");
        if (command->before && system(command->before) < 0)
                die("cannot run what comes before");

        start = now_usec();
        pid = fork();
        if (pid < 0)
                die("cannot fork");
        if (pid == 0) {
                become(command->uid, null, errors);
                execvp(command->arguments[0], command->arguments);
                _exit(127);
        }
        if (wait4(pid, &status, 0, &usage) != pid)
                die("cannot wait");
        wall = now_usec() - start;

        if (!WIFEXITED(status) || WEXITSTATUS(status) != command->expected) {
                fprintf(stderr, "bench-pairs: %s, run %u: status 0x%x\n", command->arguments[0], run,
                        status);
                show(errors);
                exit(EXIT_FAILURE);
        }
        cpu = (uint64_t) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000U +
                (uint64_t) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
        if (print)
                printf("%u %llu %llu\n", index, (unsigned long long) wall, (unsigned long long) cpu);
}

/* UID[,EXIT[,BEFORE]] */
static void read_spec(char *spec, Command *command) {
        char *comma = strchr(spec, ',');

        command->uid = (uid_t) atoi(spec);
        if (!comma)
                return;
        command->expected = atoi(comma + 1);
        comma = strchr(comma + 1, ',');
        if (comma)
                command->before = comma + 1;
}

int main(int argc, char *argv[]) {
        Command commands[COMMANDS_MAX] = {};
        unsigned n = 0, runs, warm;

        if (argc < 6)
                die("usage: RUNS WARM { -- UID[,EXIT[,BEFORE]] COMMAND [ARGUMENT…] }…");
        runs = (unsigned) atoi(argv[1]);
        warm = (unsigned) atoi(argv[2]);
        for (int i = 3; i < argc; i++) {
                if (strcmp(argv[i], "--") == 0) {
                        if (n == COMMANDS_MAX || i + 2 >= argc)
                                die("too many commands, or an empty one");
                        read_spec(argv[++i], commands + n++);
                        continue;
                }
                if (n == 0 || commands[n - 1].n_arguments == ARGUMENTS_MAX)
                        die("too many arguments");
                commands[n - 1].arguments[commands[n - 1].n_arguments++] = argv[i];
        }

        for (unsigned run = 0; run < warm + runs; run++)
                for (unsigned i = 0; i < n; i++)
                        run_once(commands + i, i, run, run >= warm);
        return EXIT_SUCCESS;
}
