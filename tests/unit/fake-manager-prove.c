/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Proofs of the fake manager, see fake-manager-prove.h. */

#include "tests/unit/fake-manager-prove.h"

#include <fcntl.h>
#include <signal.h>

#include "common/macro.h"

#define MANAGER_PATH "/org/freedesktop/systemd1"

static char units_root[128];

void fake_manager_prove_in(const char *root) {
        (void) snprintf(units_root, sizeof(units_root), "%s/units", root);
}

/* ---- the units ---- */

static int reply_property(sd_bus_message *call) {
        _cleanup_free_ char *unit = NULL;
        const char *interface, *property;
        char fragment[512];

        if (sd_bus_path_decode(sd_bus_message_get_path(call), MANAGER_PATH "/unit", &unit) <= 0)
                return 0;
        (void) snprintf(fragment, sizeof(fragment), "%s/%s", units_root, unit);
        if (sd_bus_message_read(call, "ss", &interface, &property) < 0)
                return 0;
        if (streq(unit, "nothing.service") && streq(property, "LoadState"))
                return sd_bus_reply_method_return(call, "v", "s", "not-found");
        if (streq(unit, "nothing.service") && streq(property, "DropInPaths"))
                return sd_bus_reply_method_return(call, "v", "as", 0);
        if (access(fragment, F_OK) < 0) {
                (void) sd_bus_message_rewind(call, true);
                return 0;
        }
        if (streq(property, "FragmentPath"))
                return sd_bus_reply_method_return(call, "v", "s", fragment);
        if (streq(property, "DropInPaths"))
                return sd_bus_reply_method_return(call, "v", "as", 0);
        if (streq(property, "LoadState"))
                return sd_bus_reply_method_return(call, "v", "s", "loaded");
        if (streq(property, "Slice"))
                return sd_bus_reply_method_return(call, "v", "s", "own.slice");
        (void) sd_bus_message_rewind(call, true);
        return 0;
}

/* ---- what is run ---- */

typedef struct Run {
        char name[256];
        char word[64];
        int fd;
        unsigned n_bounds;
} Run;

/* The properties that bound it. */
static bool is_bound(const char *name) {
        static const char *const names[] = { "Type", "CollectMode", "TimeoutStartUSec", "KillSignal",
                "MemoryMax", "TasksMax", "LimitFSIZE", "Slice", "DefaultDependencies",
                "StandardErrorFileDescriptor" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (streq(names[i], name))
                        return true;
        return false;
}
#define N_BOUNDS 10

/* The program is userunit-prove, whose third word is the host, or a command, whose first decides. */
static void read_command(sd_bus_message *m, Run *run) {
        const char *program, *word;
        size_t wanted = 1;

        (void) sd_bus_message_enter_container(m, 'v', "a(sasb)");
        (void) sd_bus_message_enter_container(m, 'a', "(sasb)");
        (void) sd_bus_message_enter_container(m, 'r', "sasb");
        (void) sd_bus_message_read_basic(m, 's', &program);
        if (endswith(program, "/userunit-prove"))
                wanted = 3;
        (void) sd_bus_message_enter_container(m, 'a', "s");
        for (size_t i = 0; sd_bus_message_read_basic(m, 's', &word) > 0; i++)
                if (i == wanted)
                        (void) snprintf(run->word, sizeof(run->word), "%s", word);
        (void) sd_bus_message_exit_container(m);
        (void) sd_bus_message_skip(m, "b");
        for (unsigned i = 0; i < 3; i++)
                (void) sd_bus_message_exit_container(m);
}

static void read_properties(sd_bus_message *m, Run *run) {
        (void) sd_bus_message_enter_container(m, 'a', "(sv)");
        while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
                const char *name;
                int fd;

                (void) sd_bus_message_read_basic(m, 's', &name);
                run->n_bounds += is_bound(name);
                if (streq(name, "StandardOutputFileDescriptor") && sd_bus_message_read(m, "v", "h", &fd) > 0)
                        run->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                else if (streq(name, "ExecStart"))
                        read_command(m, run);
                else
                        (void) sd_bus_message_skip(m, "v");
                (void) sd_bus_message_exit_container(m);
        }
        (void) sd_bus_message_exit_container(m);
}

static int send_end(sd_bus *bus, const Run *run, const char *result, int code, int status) {
        _cleanup_free_ char *path = NULL;

        (void) sd_bus_path_encode(MANAGER_PATH "/unit", run->name, &path);
        (void) sd_bus_emit_signal(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                "sa{sv}as", "org.freedesktop.systemd1.Service", 3, "Result", "s", result, "ExecMainCode",
                "i", code, "ExecMainStatus", "i", status, 0);
        return sd_bus_emit_signal(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                "sa{sv}as", "org.freedesktop.systemd1.Unit", 2, "ActiveState", "s", "inactive", "Job",
                "(uo)", 0, "/", 0);
}

static void say(const Run *run, const char *text) {
        (void) !write(run->fd, text, strlen(text));
}

static void flood(sd_bus *bus, const Run *run) {
        char text[65536];

        memset(text, 'x', sizeof(text));
        (void) sd_bus_flush(bus);
        (void) signal(SIGPIPE, SIG_IGN);
        for (unsigned i = 0; i < 128; i++)
                if (write(run->fd, text, sizeof(text)) < 0)
                        break;
}

static int behave(sd_bus_message *call, const Run *run) {
        sd_bus *bus = sd_bus_message_get_bus(call);

        if (streq(run->word, "refused"))
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INVALID_ARGS, "No \033[2Jsuch thing.");
        if (streq(run->word, "dies")) {
                sd_bus_close(bus);
                return 1;
        }
        (void) sd_bus_reply_method_return(call, "o", "/job/6");
        if (run->n_bounds != N_BOUNDS) {
                say(run, "it is not bounded");
                return send_end(bus, run, "exit-code", CLD_EXITED, 1);
        }
        if (streq(run->word, "pass")) {
                say(run, "seen\n");
                return send_end(bus, run, "success", CLD_EXITED, 0);
        }
        if (streq(run->word, "fail")) {
                say(run, "refused\033[2J\n");
                return send_end(bus, run, "exit-code", CLD_EXITED, 1);
        }
        if (streq(run->word, "late"))
                return send_end(bus, run, "exit-code", CLD_EXITED, 3);
        if (streq(run->word, "slow")) {
                say(run, "so far");
                return send_end(bus, run, "timeout", CLD_KILLED, SIGKILL);
        }
        if (streq(run->word, "flood")) {
                flood(bus, run);
                return send_end(bus, run, "signal", CLD_KILLED, SIGPIPE);
        }
        if (streq(run->word, "gone"))
                return sd_bus_emit_signal(bus, MANAGER_PATH, "org.freedesktop.systemd1.Manager",
                        "UnitRemoved", "so", run->name, "/x");
        return 1; /* hang */
}

static int reply_start(sd_bus_message *call) {
        const char *unit, *mode;
        Run run = { .fd = -EBADF };
        int r;

        r = sd_bus_message_read(call, "ss", &unit, &mode);
        if (r < 0 || !startswith(unit, "userunit-prove-")) {
                (void) sd_bus_message_rewind(call, true);
                return 0;
        }
        (void) snprintf(run.name, sizeof(run.name), "%s", unit);
        read_properties(call, &run);
        r = behave(call, &run);
        (void) safe_close(run.fd);
        return r < 0 ? r : 1;
}

int fake_manager_reply_prove(sd_bus_message *call) {
        const char *member = sd_bus_message_get_member(call);

        if (streq(member, "Get"))
                return reply_property(call);
        if (streq(member, "StartTransientUnit"))
                return reply_start(call);
        return 0;
}
