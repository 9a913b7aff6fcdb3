/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Following a service to its end, see wait.h. */

#include "daemon/worker/run/wait.h"

#include "daemon/worker/manager/manager.h"

RunWait *run_wait_free(RunWait *run) {
        if (!run)
                return NULL;

        sd_bus_slot_unref(run->changed_slot);
        sd_bus_slot_unref(run->removed_slot);
        free(run->path);
        free(run->unit);
        free(run->timer);
        free(run->active);
        free(run->sub);
        free(run->result);
        free(run);
        return NULL;
}

int run_wait_new(sd_bus *bus, const char *sender, const char *unit, RunWait **ret) {
        _cleanup_(run_wait_freep) RunWait *run = NULL;
        int r;

        run = calloc(1, sizeof(*run));
        if (!run)
                return -ENOMEM;
        run->unit = strdup(unit);
        if (!run->unit)
                return -ENOMEM;
        r = sd_bus_path_encode(MANAGER_PATH "/unit", unit, &run->path);
        if (r < 0)
                return r;

        r = sd_bus_match_signal_async(bus, &run->changed_slot, sender, run->path,
                "org.freedesktop.DBus.Properties", "PropertiesChanged", run_wait_on_changed, NULL, run);
        if (r < 0)
                return r;
        r = sd_bus_match_signal_async(bus, &run->removed_slot, sender, MANAGER_PATH, MANAGER_INTERFACE,
                "UnitRemoved", run_wait_on_removed, NULL, run);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(run);
        return 0;
}

bool run_wait_is_open(const RunWait *run) {
        if (!run->follow || run->removed)
                return false;
        /* One that is to be restarted has a job, or is "activating" until then; from systemd 254 on it is
         * for a moment what it will not stay. */
        if (run->sub && endswith(run->sub, "-before-auto-restart"))
                return true;
        return run->job != 0 || !run->active ||
                (!streq(run->active, "inactive") && !streq(run->active, "failed"));
}

uint64_t run_wait_runtime(const RunWait *run) {
        if (run->began_usec == 0 || run->ended_usec < run->began_usec)
                return RUN_USEC_UNKNOWN;
        return run->ended_usec - run->began_usec;
}

static int read_string(sd_bus_message *m, char **where) {
        const char *s;
        char *copy;
        int r;

        r = sd_bus_message_read(m, "v", "s", &s);
        if (r < 0)
                return r;
        copy = strdup(s);
        if (!copy)
                return -ENOMEM;
        free(*where);
        *where = copy;
        return 0;
}

static int read_job(sd_bus_message *m, uint32_t *where) {
        const char *path;

        return sd_bus_message_read(m, "v", "(uo)", where, &path);
}

static int read_property(sd_bus_message *m, RunWait *run) {
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;

        if (streq(name, "ActiveState"))
                return read_string(m, &run->active);
        if (streq(name, "SubState"))
                return read_string(m, &run->sub);
        if (streq(name, "Result"))
                return read_string(m, &run->result);
        if (streq(name, "Job"))
                return read_job(m, &run->job);
        if (streq(name, "ExecMainCode"))
                return sd_bus_message_read(m, "v", "i", &run->code);
        if (streq(name, "ExecMainStatus"))
                return sd_bus_message_read(m, "v", "i", &run->status);
        if (streq(name, "InactiveExitTimestampMonotonic"))
                return sd_bus_message_read(m, "v", "t", &run->began_usec);
        if (streq(name, "InactiveEnterTimestampMonotonic"))
                return sd_bus_message_read(m, "v", "t", &run->ended_usec);
        return sd_bus_message_skip(m, "v");
}

/* A signal that cannot be read is the account's own loss. */
int run_wait_on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error) {
        RunWait *run = userdata;
        int r;

        if (!run->made)
                return 0;
        r = sd_bus_message_skip(signal, "s");
        if (r >= 0)
                r = sd_bus_message_enter_container(signal, 'a', "{sv}");
        while (r >= 0) {
                r = sd_bus_message_enter_container(signal, 'e', "sv");
                if (r <= 0)
                        break;
                r = read_property(signal, run);
                if (r < 0)
                        break;
                r = sd_bus_message_exit_container(signal);
        }
        return 0;
}

int run_wait_on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *ret_error) {
        RunWait *run = userdata;
        const char *unit, *path;

        if (run->made && sd_bus_message_read(signal, "so", &unit, &path) >= 0 && streq(unit, run->unit))
                run->removed = true;
        return 0;
}
