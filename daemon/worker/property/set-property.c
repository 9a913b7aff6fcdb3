/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * units.set-property. Everything is read before anything is set, so that a value that is none leaves all
 * units as they are.
 */

#include "common/buffer.h"
#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/control.h"
#include "daemon/worker/manager/variant.h"
#include "daemon/worker/property/property.h"

static int no_memory(Error *error) {
        return error_set(error, ERROR_INTERNAL, "No memory for the properties of the unit.");
}

static int make_call(
        Manager *m, const Request *request, const char *unit, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "SetUnitProperties", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "sb", unit, (int) request->parameters.runtime);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sv)");
        if (r < 0)
                return no_memory(error);
        r = unit_properties_append(call, unit, request->parameters.assignments, error);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(call);
        if (r < 0)
                return no_memory(error);

        *ret = TAKE_PTR(call);
        return 0;
}

/* Whether a property of the bus is what one of the assignments is about: "CPUQuota" is CPUQuotaPerSecUSec
 * there, "RestartSec" RestartUSec. The file that it was written to counts too. */
static bool is_concerned(const char *property, char *const *assignments) {
        if (streq(property, "DropInPaths"))
                return true;
        STRV_FOREACH(assignment, assignments) {
                size_t n = strcspn(*assignment, "=");

                if (n > strlen("Sec") && strncmp(*assignment + n - strlen("Sec"), "Sec", strlen("Sec")) == 0)
                        n -= strlen("Sec");
                if (strncmp(property, *assignment, n) == 0)
                        return true;
        }
        return false;
}

static int write_state(sd_bus_message *reply, char *const *assignments, JsonWriter *w) {
        int r;

        json_begin_object(w);
        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        while (r >= 0) {
                const char *name;

                r = sd_bus_message_enter_container(reply, 'e', "sv");
                if (r <= 0)
                        break;
                r = sd_bus_message_read_basic(reply, 's', &name);
                if (r < 0)
                        break;
                if (is_concerned(name, assignments)) {
                        json_write_key(w, name);
                        r = variant_write(reply, w);
                } else
                        r = sd_bus_message_skip(reply, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        json_end_object(w);
        return r;
}

/* What the assignments are about, as it is now, as text that can be compared. */
static int read_state(Manager *m, const char *unit, char *const *assignments, char **ret, Error *error) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        _cleanup_message_ sd_bus_message *call = NULL, *reply = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;
        r = manager_message_new(m, path, "org.freedesktop.DBus.Properties", "GetAll", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "s", ""); /* of all interfaces */
        if (r < 0)
                return no_memory(error);
        r = manager_call(m, call, &reply, error);
        if (r < 0)
                return r;

        r = write_state(reply, assignments, &w);
        if (r >= 0)
                r = json_writer_finish(&w, ret, NULL);
        return r < 0 ? manager_nonsense(r, error) : 0;
}

static int set_one(Manager *m, const Request *request, const char *unit, sd_bus_message *call,
        bool *ret_changed, Error *error) {
        char *const *assignments = request->parameters.assignments;
        _cleanup_free_ char *before = NULL, *after = NULL;
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        int r;

        r = read_state(m, unit, assignments, &before, error);
        if (r < 0)
                return r;
        r = manager_call(m, call, NULL, error);
        if (r < 0)
                return r;
        /* What has been done has been done. */
        r = read_state(m, unit, assignments, &after, &ignored);

        *ret_changed = r < 0 || !streq(before, after);
        return 0;
}

static void calls_free(sd_bus_message **calls, size_t n) {
        for (size_t i = 0; calls && i < n; i++)
                sd_bus_message_unref(calls[i]);
        free(calls);
}

static int set_all(
        Worker *worker, const Request *request, sd_bus_message **calls, Reply *reply, Error *error) {
        bool any = false;

        reply_rows_begin(reply, "units");
        for (size_t i = 0; request->parameters.units[i]; i++) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;
                const char *unit = request->parameters.units[i];
                bool changed = false;
                int r;

                (void) set_one(&worker->manager, request, unit, calls[i], &changed, &unit_error);
                any = any || changed;
                r = control_row_write(request, unit, changed, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        json_write_key_bool(&reply->writer, "changed", any);
        return 0;
}

int method_units_set_property(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        size_t n = strv_length(p->units);
        sd_bus_message **calls;
        int r = 0;

        if (!p->assignments || !*p->assignments)
                return error_set(error, ERROR_INVALID_REQUEST, "There is nothing to set: name NAME=VALUE.");
        calls = calloc(n + 1, sizeof(sd_bus_message *));
        if (!calls)
                return no_memory(error);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = make_call(&worker->manager, request, p->units[i], calls + i, error);
        if (r >= 0)
                r = set_all(worker, request, calls, reply, error);
        calls_free(calls, n);
        return r;
}
