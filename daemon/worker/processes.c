/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The processes of a unit, see processes.h. */

#include "daemon/worker/processes.h"

/* The group below the unit's own, "" for that itself. */
static const char *relative_cgroup(const char *cgroup, const char *unit_cgroup) {
        const char *rest = startswith(cgroup, strempty(unit_cgroup));

        if (!rest || isempty(unit_cgroup) || (*rest != 0 && *rest != '/'))
                rest = cgroup;
        return *rest == '/' ? rest + 1 : rest;
}

int processes_write(Manager *m, const char *unit, const char *control_group, JsonWriter *w) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        const char *cgroup, *command;
        uint32_t pid;
        int r;

        if (manager_call_method(m, "GetUnitProcesses", &reply, &ignored, "s", unit) < 0)
                return 0;

        r = sd_bus_message_enter_container(reply, 'a', "(sus)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        json_write_key(w, "processes");
        json_begin_array(w);
        for (;;) {
                r = sd_bus_message_read(reply, "(sus)", &cgroup, &pid, &command);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                json_begin_object(w);
                json_write_key_string(w, "cgroup", relative_cgroup(cgroup, control_group));
                json_write_key_u64(w, "pid", pid);
                json_write_key_string(w, "command", command);
                json_end_object(w);
        }
        json_end_array(w);
        return 0;
}
