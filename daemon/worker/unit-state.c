/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One unit at a moment, see unit-state.h. */

#include "daemon/worker/unit-state.h"

static int read_invocation(Manager *m, const char *path, UnitBefore *before, Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        const void *bytes;
        size_t size;
        int r;

        r = manager_get_property(m, path, UNIT_INTERFACE, "InvocationID", "ay", &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
        if (r < 0)
                return manager_nonsense(r, error);

        /* Empty for a unit that never ran. */
        if (size == sizeof(before->invocation)) {
                memcpy(before->invocation, bytes, size);
                before->has_invocation = true;
        }
        return 0;
}

int unit_before_read(Manager *m, const char *unit, UnitBefore *ret, bool *ret_needs_reload, Error *error) {
        _cleanup_(unit_before_done) UnitBefore before = {};
        _cleanup_free_ char *path = NULL;
        int needs_reload;
        int r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;

        r = manager_get_string(m, path, UNIT_INTERFACE, "ActiveState", &before.active, error);
        if (r < 0)
                return r;
        r = read_invocation(m, path, &before, error);
        if (r < 0)
                return r;
        r = manager_get_trivial(m, path, UNIT_INTERFACE, "NeedDaemonReload", 'b', &needs_reload, error);
        if (r < 0)
                return r;

        *ret = before;
        before = (UnitBefore){};
        *ret_needs_reload = needs_reload;
        return 0;
}

bool unit_before_differs(const UnitBefore *a, const UnitBefore *b) {
        if (!streq_ptr(a->active, b->active) || a->has_invocation != b->has_invocation)
                return true;
        return a->has_invocation && memcmp(a->invocation, b->invocation, sizeof(a->invocation)) != 0;
}

int unit_conditions_read(Manager *m, const char *unit, bool *ret, Error *error) {
        _cleanup_free_ char *path = NULL;
        uint64_t checked;
        int met, r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;

        r = manager_get_trivial(
                m, path, UNIT_INTERFACE, "ConditionTimestampMonotonic", 't', &checked, error);
        if (r < 0)
                return r;
        r = manager_get_trivial(m, path, UNIT_INTERFACE, "ConditionResult", 'b', &met, error);
        if (r < 0)
                return r;

        *ret = checked == 0 || met;
        return 0;
}

int unit_result_read(Manager *m, const char *unit, char **ret, Error *error) {
        static const struct {
                const char *suffix, *interface;
        } types[] = {
                { ".automount", "org.freedesktop.systemd1.Automount" },
                { ".mount", "org.freedesktop.systemd1.Mount" },
                { ".path", "org.freedesktop.systemd1.Path" },
                { ".scope", "org.freedesktop.systemd1.Scope" },
                { ".service", "org.freedesktop.systemd1.Service" },
                { ".socket", "org.freedesktop.systemd1.Socket" },
                { ".swap", "org.freedesktop.systemd1.Swap" },
                { ".timer", "org.freedesktop.systemd1.Timer" },
        };
        _cleanup_free_ char *path = NULL;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                if (!endswith(unit, types[i].suffix))
                        continue;

                r = manager_unit_path(unit, &path, error);
                if (r < 0)
                        return r;
                return manager_get_string(m, path, types[i].interface, "Result", ret, error);
        }

        *ret = NULL;
        return 0;
}
