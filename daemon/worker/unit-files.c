/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Unit files by the manager: list and is-enabled.
 */

#include "daemon/worker/disk/unit-files.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/disk/preset.h"
#include "daemon/worker/list/file-list.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/worker.h"

static int read_files(sd_bus_message *answer, const Parameters *p, FileList *list) {
        const char *path, *state, *base;
        int r;

        r = sd_bus_message_enter_container(answer, 'a', "(ss)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        for (;;) {
                r = sd_bus_message_read(answer, "(ss)", &path, &state);
                if (r < 0)
                        return r;
                if (r == 0)
                        return 0;

                base = strrchr(path, '/');
                r = file_list_add(list, p, base ? base + 1 : path, state);
                if (r < 0)
                        return r;
        }
}

static int call_list(Manager *m, const Parameters *p, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "ListUnitFilesByPatterns", &call, error);
        if (r < 0)
                return r;
        r = message_append_strv(call, p->states);
        if (r < 0)
                return manager_nonsense(r, error);
        r = message_append_strv(call, p->units);
        if (r < 0)
                return manager_nonsense(r, error);
        return manager_call(m, call, ret, error);
}

int method_unit_files_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        _cleanup_(file_list_done) FileList list = {};
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        int r;

        r = call_list(&worker->manager, &request->parameters, &answer, error);
        if (r < 0)
                return r;
        r = read_files(answer, &request->parameters, &list);
        if (r < 0)
                return manager_nonsense(r, error);

        /* Only the system's directories have presets: the home is not visited. */
        r = disk_open(worker->uid, "", worker->system_root, worker->runtime_root, &disk);
        if (r < 0)
                return disk_error(r, error);
        return file_list_write(&list, &disk, reply, error);
}

int method_unit_files_state(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_strv_free_ char **units = NULL;
        JsonWriter *w = &reply->writer;
        int r;

        r = unit_names_expand(&worker->manager, request->parameters.units, &(UnitFilter){}, &units, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                _cleanup_message_ sd_bus_message *answer = NULL;
                _cleanup_(error_done) Error unit_error = ERROR_NULL;
                const char *state;

                r = manager_call_method(
                        &worker->manager, "GetUnitFileState", &answer, &unit_error, "s", *unit);
                if (r >= 0 && sd_bus_message_read(answer, "s", &state) <= 0)
                        return manager_nonsense(-EBADMSG, error);

                if (unit_error.code == ERROR_NO_SUCH_UNIT) {
                        /* Managers differ in what they say of this. */
                        error_done(&unit_error);
                        (void) file_missing(*unit, &unit_error);
                }

                r = file_state_write(request, *unit, r < 0 ? NULL : state, &unit_error, w, error);
                if (r < 0)
                        return r;
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}
