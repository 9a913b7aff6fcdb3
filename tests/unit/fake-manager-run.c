/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Transient units of the fake manager, see fake-manager-run.h. */

#include "tests/unit/fake-manager-run.h"

#include <signal.h>

#include "common/macro.h"

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define JOB_PATH     "/job/5"
#define RESTARTS_252 "restarts-252.service"

/* What the unit is that was run last, for who asks. */
static char last_path[256], last_active[32];

static int send_state(sd_bus *bus, const char *unit, const char *active, uint32_t job) {
        _cleanup_free_ char *path = NULL;

        (void) sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path);
        (void) snprintf(last_path, sizeof(last_path), "%s", path);
        (void) snprintf(last_active, sizeof(last_active), "%s", active);
        (void) sd_bus_emit_signal(bus, MANAGER_PATH "/unit/other_2eservice",
                "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
                "org.freedesktop.systemd1.Unit", 1, "ActiveState", "s", "failed", 0);
        return sd_bus_emit_signal(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                "sa{sv}as", "org.freedesktop.systemd1.Unit", 5, "ActiveState", "s", active, "Job", "(uo)",
                job, job != 0 ? JOB_PATH : "/", "InactiveExitTimestampMonotonic", "t", UINT64_C(1000),
                "InactiveEnterTimestampMonotonic", "t", UINT64_C(3500), "Whatever", "(sas)", "x", 0, 0);
}

static int send_sub_state(sd_bus *bus, const char *unit, const char *sub) {
        _cleanup_free_ char *path = NULL;

        (void) sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path);
        return sd_bus_emit_signal(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                "sa{sv}as", "org.freedesktop.systemd1.Unit", 1, "SubState", "s", sub, 0);
}

static int send_end(sd_bus *bus, const char *unit, const char *result, int code, int status) {
        _cleanup_free_ char *path = NULL;

        (void) sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path);
        return sd_bus_emit_signal(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                "sa{sv}as", "org.freedesktop.systemd1.Service", 3, "Result", "s", result, "ExecMainCode",
                "i", code, "ExecMainStatus", "i", status, 1, "ExecStart");
}

static int send_job(sd_bus *bus, const char *unit, const char *result) {
        return sd_bus_emit_signal(bus, MANAGER_PATH, "org.freedesktop.systemd1.Manager", "JobRemoved",
                "uoss", 5, JOB_PATH, unit, result);
}

static int send_removed(sd_bus *bus, const char *unit) {
        return sd_bus_emit_signal(
                bus, MANAGER_PATH, "org.freedesktop.systemd1.Manager", "UnitRemoved", "so", unit, "/x");
}

/* What the service writes to its standard output, if it was given one. */
static void write_hello(sd_bus_message *call) {
        int r;

        r = sd_bus_message_enter_container(call, 'a', "(sv)");
        while (r >= 0 && sd_bus_message_enter_container(call, 'r', "sv") > 0) {
                const char *name;
                int fd;

                (void) sd_bus_message_read_basic(call, 's', &name);
                if (streq(name, "StandardOutputFileDescriptor") &&
                        sd_bus_message_read(call, "v", "h", &fd) > 0)
                        (void) !write(fd, "hello", strlen("hello"));
                else
                        (void) sd_bus_message_skip(call, "v");
                r = sd_bus_message_exit_container(call);
        }
}

/* Sees to it that the worker has looked at what was sent before it gets more. */
static void rest(sd_bus *bus) {
        (void) sd_bus_flush(bus);
        (void) usleep(50000);
}

static int start(sd_bus *bus, sd_bus_message *call, const char *unit) {
        (void) sd_bus_reply_method_return(call, "o", JOB_PATH);
        (void) send_state(bus, unit, "inactive", 5);
        (void) send_state(bus, unit, "active", 5);
        (void) send_job(bus, unit, "done");
        (void) send_removed(bus, "other.service");
        rest(bus);
        return 1;
}

/* It fails, and nothing says before it is asked about that it is started again. */
static int restart_252(sd_bus *bus) {
        (void) send_sub_state(bus, RESTARTS_252, "auto-restart");
        (void) send_state(bus, RESTARTS_252, "activating", 0);
        (void) send_state(bus, RESTARTS_252, "active", 0);
        (void) send_end(bus, RESTARTS_252, "success", CLD_EXITED, 0);
        return send_state(bus, RESTARTS_252, "inactive", 0);
}

static int reply_state(sd_bus_message *call) {
        const char *interface, *property;

        if (streq(sd_bus_message_get_path(call), last_path) &&
                sd_bus_message_read(call, "ss", &interface, &property) > 0 &&
                streq(property, "ActiveState")) {
                (void) sd_bus_reply_method_return(call, "v", "s", last_active);
                return streq(last_active, "activating") ? restart_252(sd_bus_message_get_bus(call)) : 1;
        }
        (void) sd_bus_message_rewind(call, true);
        return 0;
}

int fake_manager_reply_run(sd_bus_message *call) {
        sd_bus *bus = sd_bus_message_get_bus(call);
        const char *unit, *mode;
        int r;

        if (streq(sd_bus_message_get_member(call), "Get"))
                return reply_state(call);
        if (!streq(sd_bus_message_get_member(call), "StartTransientUnit"))
                return 0;
        r = sd_bus_message_read(call, "ss", &unit, &mode);
        if (r < 0)
                return r;

        if (streq(unit, "exists.service"))
                return sd_bus_reply_method_errorf(
                        call, "org.freedesktop.systemd1.UnitExists", "Unit %s was already loaded.", unit);
        if (streq(unit, "invalid.service"))
                return sd_bus_reply_method_errorf(
                        call, SD_BUS_ERROR_INVALID_ARGS, "Invalid %s setting: %s", "Type", "x");
        if (streq(unit, "fast.service")) {
                (void) sd_bus_reply_method_return(call, "o", JOB_PATH);
                (void) send_end(bus, unit, "success", CLD_EXITED, 0);
                (void) send_state(bus, unit, "inactive", 0);
                (void) send_job(bus, unit, "done");
                return send_removed(bus, unit);
        }
        /* The end of another one of its name, which the manager forgets only now. */
        if (streq(unit, "reused.service")) {
                (void) send_end(bus, unit, "success", CLD_EXITED, 0);
                (void) send_state(bus, unit, "inactive", 0);
                (void) send_removed(bus, unit);
        }
        if (streq(unit, "job-fails.service")) {
                (void) sd_bus_reply_method_return(call, "o", JOB_PATH);
                (void) send_end(bus, unit, "resources", 0, 0);
                (void) send_state(bus, unit, "failed", 5);
                (void) send_job(bus, unit, "failed");
                return send_state(bus, unit, "failed", 0);
        }

        if (streq(unit, "pipe.service"))
                write_hello(call);
        (void) start(bus, call, unit);
        if (streq(unit, "stays.service"))
                return 1;
        if (streq(unit, "restarts.service")) {
                (void) send_end(bus, unit, "exit-code", CLD_EXITED, 1);
                (void) send_state(bus, unit, "failed", 6);
                rest(bus);
                (void) send_sub_state(bus, unit, "failed-before-auto-restart");
                (void) send_state(bus, unit, "failed", 0);
                rest(bus);
                (void) send_sub_state(bus, unit, "auto-restart");
                (void) send_state(bus, unit, "activating", 0);
                (void) send_state(bus, unit, "active", 0);
        }
        /* Up to systemd 253 nothing says that it will not stay so. */
        if (streq(unit, RESTARTS_252)) {
                (void) send_end(bus, unit, "exit-code", CLD_EXITED, 1);
                (void) send_state(bus, unit, "failed", 0);
                strcpy(last_active, "activating");
                return 1;
        }
        if (streq(unit, "exits.service") || streq(unit, "reused.service"))
                (void) send_end(bus, unit, "exit-code", CLD_EXITED, 42);
        else if (streq(unit, "killed.service"))
                (void) send_end(bus, unit, "signal", CLD_KILLED, SIGKILL);
        else
                (void) send_end(bus, unit, "success", CLD_EXITED, 0);
        if (streq(unit, "gone.service"))
                return send_removed(bus, unit);
        return send_state(bus, unit,
                streq(unit, "exits.service") || streq(unit, "reused.service") ? "failed" : "inactive", 0);
}
