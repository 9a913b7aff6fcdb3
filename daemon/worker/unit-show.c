/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Properties of units: show, status, is-active. Asked of the manager; what there is to say where it is not
 * running is in offline.c.
 */

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/manager/variant.h"
#include "daemon/worker/processes.h"
#include "daemon/worker/worker.h"

/* What `status` shows, of all types of units; and what tools that read it as JSON ask for besides. */
static const char *const status_properties[] = { "Accept", "ActiveEnterTimestamp", "ActiveExitTimestamp",
        "ActiveState", "AssertResult", "AssertTimestamp", "Asserts", "CGroup", "CPUUsageNSec", "CanReload",
        "CanStart", "CanStop", "ConditionResult", "ConditionTimestamp", "Conditions", "ControlGroup",
        "ControlPID", "Description", "Documentation", "DropInPaths", "EffectiveMemoryHigh",
        "EffectiveMemoryMax", "EffectiveTasksMax", "ExecCondition", "ExecMainCode", "ExecMainExitTimestamp",
        "ExecMainPID", "ExecMainStartTimestamp", "ExecMainStatus", "ExecReload", "ExecStart",
        "ExecStartPost", "ExecStartPre", "ExecStop", "ExecStopPost", "FileDescriptorStoreMax", "Following",
        "FragmentPath", "FreezerState", "IOReadBytes", "IOWriteBytes", "IPEgressBytes", "IPIngressBytes",
        "Id", "InactiveEnterTimestamp", "InactiveExitTimestamp", "InvocationID", "Job", "LastTriggerUSec",
        "Listen", "LoadError", "LoadState", "LogNamespace", "MainPID", "MemoryAvailable", "MemoryCurrent",
        "MemoryHigh", "MemoryLimit", "MemoryLow", "MemoryMax", "MemoryMin", "MemoryPeak",
        "MemorySwapCurrent", "MemorySwapMax", "MemorySwapPeak", "MemoryZSwapCurrent", "MemoryZSwapMax",
        "NAccepted", "NConnections", "NFileDescriptorStore", "NRefused", "NRestarts", "Names",
        "NeedDaemonReload", "NextElapseUSecMonotonic", "NextElapseUSecRealtime", "Paths",
        "RefuseManualStart", "RefuseManualStop", "Result", "RuntimeMaxUSec", "SourcePath",
        "StateChangeTimestamp", "StatusErrno", "StatusText", "SubState", "SysFSPath", "TasksCurrent",
        "TasksMax", "TimersCalendar", "TimersMonotonic", "Transient", "TriggeredBy", "Triggers", "Type",
        "Unit", "UnitFilePreset", "UnitFileState", "WatchdogTimestamp", "Where", "What", NULL };

/* Asks for all properties of an object; "" is all of its interfaces. */
static int get_all(Manager *m, const char *path, const char *interface, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, path, "org.freedesktop.DBus.Properties", "GetAll", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "s", interface);
        if (r < 0)
                return manager_nonsense(r, error);
        return manager_call(m, call, ret, error);
}

static int write_properties(Manager *m, const char *path, const char *interface, char *const *names,
        JsonWriter *w, Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        int r;

        r = get_all(m, path, interface, &reply, error);
        if (r < 0)
                return r;

        r = properties_write(reply, names, w);
        return r < 0 ? manager_nonsense(r, error) : 0;
}

static int write_unit_properties(
        Manager *m, const char *unit, char *const *names, JsonWriter *w, Error *error) {
        _cleanup_free_ char *path = NULL;
        int r;

        /* The manager would fail on these with a sentence about object paths. */
        if (!unit_name_is_valid(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                return error_set(
                        error, ERROR_UNIT_REFUSED, "%s is a template; name an instance of it.", unit);

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;
        return write_properties(m, path, "", names, w, error);
}

int method_units_show(Worker *worker, Request *request, Reply *reply, Error *error) {
        const UnitFilter filter = unit_filter_of(&request->parameters);
        _cleanup_strv_free_ char **units = NULL;
        char *const *names = request->parameters.properties;
        JsonWriter *w = &reply->writer;
        int r;

        /* The manager itself is a row without a name. */
        if (!request->parameters.units || !*request->parameters.units) {
                reply_rows_begin(reply, "units");
                json_begin_object(w);
                json_write_key_string(w, "unit", "");
                json_write_key(w, "properties");
                r = write_properties(&worker->manager, MANAGER_PATH, MANAGER_INTERFACE, names, w, error);
                if (r < 0)
                        return r;
                json_end_object(w);
                reply_rows_end(reply);
                return 0;
        }

        r = unit_names_expand(&worker->manager, request->parameters.units, &filter, &units, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                json_begin_object(w);
                json_write_key_string(w, "unit", *unit);
                json_write_key(w, "properties");
                r = write_unit_properties(&worker->manager, *unit, names, w, error);
                if (r < 0)
                        return r;
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

static int read_control_group(Manager *m, const char *unit, char **ret) {
        static const char *const types[][2] = {
                { ".mount", "org.freedesktop.systemd1.Mount" },
                { ".scope", "org.freedesktop.systemd1.Scope" },
                { ".service", "org.freedesktop.systemd1.Service" },
                { ".slice", "org.freedesktop.systemd1.Slice" },
                { ".socket", "org.freedesktop.systemd1.Socket" },
                { ".swap", "org.freedesktop.systemd1.Swap" },
        };
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        _cleanup_free_ char *path = NULL;

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                int r;

                if (!endswith(unit, types[i][0]))
                        continue;
                r = manager_unit_path(unit, &path, &ignored);
                if (r < 0)
                        return r;
                return manager_get_string(m, path, types[i][1], "ControlGroup", ret, &ignored);
        }

        return -ENOENT;
}

static int write_processes(Manager *m, const char *unit, JsonWriter *w) {
        _cleanup_free_ char *control_group = NULL;

        /* Units without processes have none to tell of; that is no failure of the status. */
        if (read_control_group(m, unit, &control_group) < 0 || isempty(control_group))
                return 0;
        return processes_write(m, unit, control_group, w);
}

int method_units_status(Worker *worker, Request *request, Reply *reply, Error *error) {
        const UnitFilter filter = unit_filter_of(&request->parameters);
        _cleanup_strv_free_ char **units = NULL;
        JsonWriter *w = &reply->writer;
        int r;

        r = unit_names_expand(&worker->manager, request->parameters.units, &filter, &units, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                json_begin_object(w);
                json_write_key_string(w, "unit", *unit);
                json_write_key(w, "properties");
                r = write_unit_properties(
                        &worker->manager, *unit, (char *const *) status_properties, w, error);
                if (r < 0)
                        return r;

                r = write_processes(&worker->manager, *unit, w);
                if (r < 0)
                        return manager_nonsense(r, error);
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

static void write_state(
        const char *unit, const char *load, const char *active, const char *sub, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "unit", unit);
        json_write_key_string(w, "load", load);
        json_write_key_string(w, "active", active);
        json_write_key_string(w, "sub", sub);
        json_end_object(w);
}

static int write_unit_state(Manager *m, const char *unit, JsonWriter *w, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL, *reply = NULL;
        const char *load, *active, *sub;
        int r;

        /* No unit, and so in no state: what is-active says of a template. */
        if (!unit_name_is_valid(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE)) {
                write_state(unit, "not-found", "inactive", "dead", w);
                return 0;
        }

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "ListUnitsByNames", &call, error);
        if (r < 0)
                return r;
        r = message_append_strv(call, (char *[]){ (char *) unit, NULL });
        if (r < 0)
                return manager_nonsense(r, error);
        r = manager_call(m, call, &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        if (r <= 0)
                return manager_nonsense(r, error);
        r = sd_bus_message_read(
                reply, "(ssssssouso)", NULL, NULL, &load, &active, &sub, NULL, NULL, NULL, NULL, NULL);
        if (r <= 0)
                return manager_nonsense(r, error);

        write_state(unit, load, active, sub, w);
        return 0;
}

int method_units_state(Worker *worker, Request *request, Reply *reply, Error *error) {
        const UnitFilter filter = unit_filter_of(&request->parameters);
        _cleanup_strv_free_ char **units = NULL;
        int r;

        r = unit_names_expand(&worker->manager, request->parameters.units, &filter, &units, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                r = write_unit_state(&worker->manager, *unit, &reply->writer, error);
                if (r < 0)
                        return r;
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}
