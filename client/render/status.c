/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One unit as `systemctl status` shows it, see status.h. */

#include "client/render/status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>

#include "client/render/process.h"
#include "client/render/unit.h"
#include "client/reply.h"
#include "client/terminal/text.h"

/* Width of what stands before the values, and of an empty title. */
#define TITLE "%11s: "
#define BLANK "             "

typedef struct Status {
        Client *client;
        const Terminal *t;
        json_object *p; /* the properties */
        const char *active;
        uint64_t main_pid;
        uint64_t control_pid;
} Status;

static uint64_t number(const Status *s, const char *name) {
        return reply_u64(s->p, name, UINT64_MAX);
}

static bool is_time(uint64_t usec) {
        return usec > 0 && usec != UINT64_MAX;
}

static void print_head(const Status *s, const Account *account, const char *unit) {
        const char *description = reply_string(s->p, "Description");
        _cleanup_free_ char *name = account_unit(account, unit);
        Color color = state_color(s->active);

        printf("%s%s%s %s", terminal_color(s->t, color), terminal_glyph(s->t, state_glyph(s->active)),
                color == COLOR_NONE ? "" : terminal_normal(s->t), strempty(name));
        if (description && !streq(description, unit))
                printf(" - %s", description);
        putchar('\n');
        if (reply_string(s->p, "Following"))
                printf(TITLE "unit currently follows state of %s\n", "Follows",
                        reply_string(s->p, "Following"));
}

static void print_loaded(const Status *s) {
        const char *load = strempty(reply_string(s->p, "LoadState")),
                   *file_state = reply_string(s->p, "UnitFileState");
        const char *path = reply_string(s->p, "SourcePath"), *preset = reply_string(s->p, "UnitFilePreset");
        json_object *error = reply_array(s->p, "LoadError");
        const char *reason = reply_item_string(error, 1);
        bool bad = streq(load, "error") || streq(load, "not-found") || streq(load, "bad-setting");

        if (!path)
                path = reply_string(s->p, "FragmentPath");
        printf(TITLE "%s%s%s", "Loaded", bad ? terminal_color(s->t, COLOR_RED) : "", load,
                bad ? terminal_normal(s->t) : "");
        if (!isempty(reason))
                printf(" (Reason: %s)", reason);
        else if (path && file_state)
                printf(" (%s; %s%s%s)", path, file_state,
                        preset && state_has_preset(file_state) ? "; preset: " : "",
                        preset && state_has_preset(file_state) ? preset : "");
        else if (path)
                printf(" (%s)", path);
        putchar('\n');
        if (reply_boolean(s->p, "Transient", false))
                printf(TITLE "yes\n", "Transient");
}

/* Drop-ins, those of one folder on a line. */
static void print_drop_ins(const Status *s) {
        json_object *paths = reply_array(s->p, "DropInPaths");
        size_t n = reply_length(paths), length = 0;
        const char *folder = NULL;

        for (size_t i = 0; i < n; i++) {
                const char *path = strempty(reply_item_string(paths, i)), *slash = strrchr(path, '/');
                size_t l = slash ? (size_t) (slash - path) : 0;

                if (!folder || l != length || strncmp(path, folder, l) != 0) {
                        if (folder)
                                putchar('\n');
                        printf("%s%.*s\n" BLANK "%s", folder ? BLANK : "    Drop-In: ", (int) l, path,
                                terminal_glyph(s->t, GLYPH_LAST));
                        folder = path;
                        length = l;
                } else
                        fputs(", ", stdout);
                fputs(slash ? slash + 1 : path, stdout);
        }
        if (n > 0)
                putchar('\n');
}

static uint64_t state_since(const Status *s) {
        if (state_color(s->active) == COLOR_GREEN)
                return number(s, "ActiveEnterTimestamp");
        if (streq_ptr(s->active, "inactive") || streq_ptr(s->active, "failed"))
                return number(s, "InactiveEnterTimestamp");
        if (streq_ptr(s->active, "activating"))
                return number(s, "InactiveExitTimestamp");
        return number(s, "ActiveExitTimestamp");
}

/* Nothing is said of a unit whose processes run as always. */
static void print_freezer(const Status *s) {
        const char *state = reply_string(s->p, "FreezerState");

        if (state && !streq(state, "running"))
                printf(" %s(%s)%s", terminal_color(s->t, COLOR_BLUE), state, terminal_normal(s->t));
}

/* When it will be stopped for having run long enough. */
static void print_until(const Status *s) {
        uint64_t enter = number(s, "ActiveEnterTimestamp"), most = number(s, "RuntimeMaxUSec");
        char when[TEXT_MAX], left[TEXT_MAX];

        if (state_color(s->active) != COLOR_GREEN || !is_time(enter) || !is_time(most) ||
                most >= UINT64_MAX - enter)
                return;
        printf(TITLE "%s; %s\n", "Until", text_timestamp(when, enter + most),
                text_relative(left, enter + most, text_now()));
}

static void print_active(const Status *s) {
        const char *sub = reply_string(s->p, "SubState"), *result = reply_string(s->p, "Result");
        uint64_t since = state_since(s), enter = number(s, "ActiveEnterTimestamp"),
                 leave = number(s, "ActiveExitTimestamp");
        char when[TEXT_MAX], ago[TEXT_MAX];
        Color color = state_color(s->active);

        printf(TITLE "%s%s%s%s%s%s", "Active", terminal_color(s->t, color), strempty(s->active),
                sub && !streq_ptr(sub, s->active) ? " (" : "", sub && !streq_ptr(sub, s->active) ? sub : "",
                sub && !streq_ptr(sub, s->active) ? ")" : "",
                color == COLOR_NONE ? "" : terminal_normal(s->t));
        if (result && !streq(result, "success"))
                printf(" (Result: %s)", result);
        print_freezer(s);
        if (is_time(since))
                printf(" since %s; %s", text_timestamp(when, since), text_relative(ago, since, text_now()));
        putchar('\n');
        print_until(s);

        if ((streq_ptr(s->active, "inactive") || streq_ptr(s->active, "failed")) && is_time(enter) &&
                is_time(leave) && leave >= enter)
                printf(TITLE "%s\n", "Duration", text_timespan(when, leave - enter, USEC_PER_MSEC));
}

static void print_job(const Status *s) {
        uint64_t id = 0;

        if (reply_value_u64(reply_item(reply_array(s->p, "Job"), 0), &id) && id > 0)
                printf(TITLE "%" PRIu64 "\n", "Job", id);
}

static void print_invocation(const Status *s) {
        json_object *id = reply_array(s->p, "InvocationID");

        if (reply_length(id) != 16)
                return;
        printf(TITLE, "Invocation");
        for (size_t i = 0; i < 16; i++)
                printf("%02x", (unsigned) json_object_get_int(reply_item(id, i)) & 0xFFU);
        putchar('\n');
}

static void print_units(const Status *s, const char *title, const char *name) {
        json_object *units = reply_array(s->p, name);

        for (size_t i = 0; i < reply_length(units); i++) {
                if (i == 0)
                        printf("%11s: ", title);
                else
                        fputs(BLANK, stdout);
                printf("%s %s\n", terminal_glyph(s->t, GLYPH_TRIGGER),
                        strempty(reply_item_string(units, i)));
        }
}

/* When a timer goes off next, by whichever of its clocks is first. */
static void print_timer(const Status *s, const char *unit) {
        uint64_t next = number(s, "NextElapseUSecRealtime"),
                 monotonic = number(s, "NextElapseUSecMonotonic");
        char when[TEXT_MAX], left[TEXT_MAX];
        uint64_t now = text_now();
        struct timespec ts;

        if (!endswith(unit, ".timer"))
                return;
        if (is_time(monotonic) && clock_gettime(CLOCK_MONOTONIC, &ts) >= 0) {
                uint64_t now_monotonic = (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
                uint64_t at = now + (monotonic > now_monotonic ? monotonic - now_monotonic : 0);

                if (!is_time(next) || at < next)
                        next = at;
        }
        if (is_time(next))
                printf(TITLE "%s; %s\n", "Trigger", text_timestamp(when, next),
                        text_relative(left, next, now));
        else
                printf(TITLE "n/a\n", "Trigger");
}

/* Conditions or Asserts that were not met: (sbbsi). */
static void print_unmet(const Status *s, const char *list, const char *result, const char *timestamp,
        const char *title, const char *what) {
        uint64_t when = number(s, timestamp);
        json_object *conditions = reply_array(s->p, list);
        char at[TEXT_MAX], ago[TEXT_MAX];

        if (reply_boolean(s->p, result, true) || !is_time(when))
                return;
        printf(TITLE "start %s%s unmet%s at %s; %s\n", title, terminal_color(s->t, COLOR_YELLOW), what,
                terminal_normal(s->t), text_timestamp(at, when), text_relative(ago, when, text_now()));
        for (size_t i = 0; i < reply_length(conditions); i++) {
                json_object *c = reply_item(conditions, i);

                if (json_object_get_int(reply_item(c, 4)) >= 0)
                        continue;
                printf(BLANK "%s %s=%s%s%s was not met\n", terminal_glyph(s->t, GLYPH_LAST),
                        strempty(reply_item_string(c, 0)),
                        json_object_get_boolean(reply_item(c, 1)) ? "|" : "",
                        json_object_get_boolean(reply_item(c, 2)) ? "!" : "",
                        strempty(reply_item_string(c, 3)));
        }
}

static void print_documentation(const Status *s) {
        json_object *docs = reply_array(s->p, "Documentation");

        for (size_t i = 0; i < reply_length(docs); i++)
                printf("%s%s\n", i == 0 ? "       Docs: " : BLANK, strempty(reply_item_string(docs, i)));
}

static void print_sockets(const Status *s) {
        json_object *listen = reply_array(s->p, "Listen");

        for (size_t i = 0; i < reply_length(listen); i++)
                printf("%s%s (%s)\n", i == 0 ? "     Listen: " : BLANK,
                        strempty(reply_item_string(reply_item(listen, i), 1)),
                        strempty(reply_item_string(reply_item(listen, i), 0)));
        if (reply_boolean(s->p, "Accept", false))
                printf(TITLE "%" PRIu64 "; Connected: %" PRIu64 ";\n", "Accepted",
                        reply_u64(s->p, "NAccepted", 0), reply_u64(s->p, "NConnections", 0));
}

static void print_end(int64_t code, int64_t status) {
        char signal_name[TEXT_MAX];

        if (code == CLD_EXITED) {
                const char *name = text_exit_status(status);

                printf("(code=exited, status=%" PRIi64 "%s%s)", status, name ? "/" : "", strempty(name));
        } else
                printf("(code=%s, signal=%s)", strempty(text_exit_code(code)),
                        text_signal(signal_name, status));
}

/* Signals that a daemon is expected to end by. */
static bool ended_well(int64_t code, int64_t status) {
        return code == CLD_EXITED
                ? status == 0
                : status == SIGHUP || status == SIGINT || status == SIGTERM || status == SIGPIPE;
}

static void print_command(Status *s, const char *name, json_object *command) {
        json_object *argv = reply_item(command, 1);
        int64_t code = json_object_get_int64(reply_item(command, 8)),
                status = json_object_get_int64(reply_item(command, 9));
        uint64_t pid = 0;
        bool good = ended_well(code, status);

        if (code == 0)
                return;
        (void) reply_value_u64(reply_item(command, 7), &pid);
        printf(TITLE "%" PRIu64 " %s=", "Process", pid, name);
        for (size_t i = 0; json_object_is_type(argv, json_type_array) && i < reply_length(argv); i++)
                printf("%s%s", i > 0 ? " " : "", strempty(reply_item_string(argv, i)));
        printf(" %s", good ? "" : terminal_color(s->t, COLOR_RED));
        print_end(code, status);
        printf("%s\n", good ? "" : terminal_normal(s->t));

        /* It need not be said again. */
        if (pid == s->control_pid)
                s->control_pid = 0;
}

static void print_commands(Status *s) {
        static const char *const names[] = { "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost",
                "ExecReload", "ExecStop", "ExecStopPost" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                json_object *commands = reply_array(s->p, names[i]);

                for (size_t k = 0; k < reply_length(commands); k++)
                        print_command(s, names[i], reply_item(commands, k));
        }
}

/* The name of a process that runs on this host. */
static void print_name(uint64_t pid) {
        char path[64], name[64];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        n = read(fd, name, sizeof(name) - 1);
        if (n <= 0)
                return;
        name[n] = 0;
        name[strcspn(name, "\n")] = 0;
        for (char *p = name; *p; p++)
                if ((unsigned char) *p < ' ' || (unsigned char) *p >= 127)
                        *p = '?';
        printf(" (%s)", name);
}

static void print_pids(const Status *s) {
        bool running = reply_u64(s->p, "MainPID", 0) > 0;
        int64_t code = reply_i64(s->p, "ExecMainCode", 0);

        if (s->main_pid > 0) {
                printf(TITLE "%" PRIu64, "Main PID", s->main_pid);
                if (running)
                        print_name(s->main_pid);
                else if (code > 0) {
                        putchar(' ');
                        print_end(code, reply_i64(s->p, "ExecMainStatus", 0));
                }
        }
        if (s->control_pid > 0) {
                if (s->main_pid > 0)
                        printf("; Control PID: %" PRIu64, s->control_pid);
                else
                        printf(TITLE "%" PRIu64, "Cntrl PID", s->control_pid);
                print_name(s->control_pid);
        }
        if (s->main_pid > 0 || s->control_pid > 0)
                putchar('\n');
}

static void print_texts(const Status *s) {
        int64_t error = reply_i64(s->p, "StatusErrno", 0);
        const char *text = reply_string(s->p, "StatusText");

        if (text)
                printf(TITLE "\"%s\"\n", "Status", text);
        if (error > 0)
                printf(TITLE "%" PRIi64 " (%s)\n", "Error", error, strerror((int) error));
        if (reply_string(s->p, "SysFSPath"))
                printf(TITLE "%s\n", "Device", reply_string(s->p, "SysFSPath"));
        if (reply_string(s->p, "Where"))
                printf(TITLE "%s\n", "Where", reply_string(s->p, "Where"));
        if (reply_string(s->p, "What"))
                printf(TITLE "%s\n", "What", reply_string(s->p, "What"));
}

static void print_pair(const Status *s, const char *title, const char *in, const char *in_word,
        const char *out, const char *out_word) {
        uint64_t a = number(s, in), b = number(s, out);
        char x[TEXT_MAX], y[TEXT_MAX];

        if (a != UINT64_MAX && b != UINT64_MAX)
                printf(TITLE "%s %s, %s %s\n", title, text_bytes(x, a), in_word, text_bytes(y, b), out_word);
}

static void print_memory(const Status *s) {
        static const struct {
                const char *name;
                const char *word;
                bool floor; /* 0 is none; of the others UINT64_MAX is */
        } details[] = {
                { "MemoryMin", "min", true },
                { "MemoryLow", "low", true },
                { "MemoryHigh", "high", false },
                { "MemoryMax", "max", false },
                { "MemorySwapMax", "swap max", false },
                { "MemoryZSwapMax", "zswap max", false },
                { "MemoryLimit", "limit", false },
                { "MemoryAvailable", "available", false },
                { "MemoryPeak", "peak", false },
                { "MemorySwapCurrent", "swap", true },
        };
        uint64_t current = number(s, "MemoryCurrent");
        const char *before = " (";
        char text[TEXT_MAX];

        if (current == UINT64_MAX)
                return;
        printf(TITLE "%s", "Memory", text_bytes(text, current));
        for (size_t i = 0; i < ELEMENTSOF(details); i++) {
                uint64_t u = number(s, details[i].name);

                if (u == UINT64_MAX || (details[i].floor && u == 0))
                        continue;
                printf("%s%s: %s", before, details[i].word, text_bytes(text, u));
                before = " ";
        }
        puts(streq(before, " ") ? ")" : "");
}

static void print_resources(const Status *s) {
        uint64_t tasks = number(s, "TasksCurrent"), limit = number(s, "TasksMax"),
                 cpu = number(s, "CPUUsageNSec"), fds = reply_u64(s->p, "NFileDescriptorStore", 0),
                 fds_max = reply_u64(s->p, "FileDescriptorStoreMax", 0);
        char text[TEXT_MAX];

        print_pair(s, "IP", "IPIngressBytes", "in", "IPEgressBytes", "out");
        print_pair(s, "IO", "IOReadBytes", "read", "IOWriteBytes", "written");
        if (tasks != UINT64_MAX) {
                printf(TITLE "%" PRIu64, "Tasks", tasks);
                if (limit != UINT64_MAX)
                        printf(" (limit: %" PRIu64 ")", limit);
                putchar('\n');
        }
        if (fds > 0 || fds_max > 0)
                printf(TITLE "%" PRIu64 " (limit: %" PRIu64 ")\n", "FD Store", fds, fds_max);
        print_memory(s);
        if (cpu != UINT64_MAX)
                printf(TITLE "%s\n", "CPU", text_timespan(text, cpu / 1000, USEC_PER_MSEC));
}

void status_print(Client *c, const Account *account, json_object *row) {
        const char *unit = strempty(reply_string(row, "unit")), *group;
        Status s = { .client = c, .t = &c->terminal, .p = reply_object(row, "properties") };
        bool cut = c->terminal.tty && c->pager.pid == 0 && !c->options.full;

        if (reply_string(s.p, "Id"))
                unit = reply_string(s.p, "Id");
        s.active = reply_string(s.p, "ActiveState");
        s.main_pid = reply_u64(s.p, "MainPID", 0);
        if (s.main_pid == 0)
                s.main_pid = reply_u64(s.p, "ExecMainPID", 0);
        s.control_pid = reply_u64(s.p, "ControlPID", 0);

        print_head(&s, account, unit);
        print_loaded(&s);
        print_drop_ins(&s);
        print_active(&s);
        print_job(&s);
        print_invocation(&s);
        print_units(&s, "TriggeredBy", "TriggeredBy");
        print_timer(&s, unit);
        print_units(&s, "Triggers", "Triggers");
        print_unmet(&s, "Conditions", "ConditionResult", "ConditionTimestamp", "Condition", "condition");
        print_unmet(&s, "Asserts", "AssertResult", "AssertTimestamp", "Assert", "assertion");
        print_documentation(&s);
        print_sockets(&s);
        print_commands(&s);
        print_pids(&s);
        print_texts(&s);
        print_resources(&s);

        group = reply_string(s.p, "ControlGroup");
        if (group) {
                printf(TITLE "%s\n", "CGroup", group);
                processes_print(s.t, reply_array(row, "processes"), BLANK, cut ? c->terminal.columns : 0);
        }
}
