/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Unit files by the manager: list, is-enabled, enable, disable.
 */

#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/file-list.h"
#include "daemon/worker/preset.h"
#include "daemon/worker/unit-files-disk.h"
#include "daemon/worker/unit-list.h"
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

        r = unit_names_expand(&worker->manager, request->parameters.units, &units, error);
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

/* The calls that change links; which of them carry the [Install] flag in their answer differs. */
typedef struct ChangeCall {
        const char *member;
        const char *flags; /* type of what follows the names: b, bb or t */
        bool carries;      /* a boolean comes before the changes */
} ChangeCall;

static const ChangeCall enable_call = { "EnableUnitFiles", "bb", true };
static const ChangeCall disable_call = { "DisableUnitFilesWithFlagsAndInstallInfo", "t", true };
static const ChangeCall old_disable_call = { "DisableUnitFiles", "b", false };

/* Bit of the flags of …WithFlags. */
#define FLAG_RUNTIME (UINT64_C(1) << 0)

static int call_change(
        Manager *m, const ChangeCall *change, const Parameters *p, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, change->member, &call, error);
        if (r < 0)
                return r;

        r = message_append_strv(call, p->units);
        if (r < 0)
                return manager_nonsense(r, error);

        if (streq(change->flags, "t"))
                r = sd_bus_message_append(call, "t", p->runtime ? FLAG_RUNTIME : UINT64_C(0));
        else
                r = sd_bus_message_append(call, change->flags, p->runtime, p->force);
        if (r < 0)
                return manager_nonsense(r, error);

        return manager_call(m, call, ret, error);
}

static int write_links(sd_bus_message *answer, bool *ret_changed, JsonWriter *w) {
        const char *type, *path, *destination;
        bool changed = false;
        int r;

        r = sd_bus_message_enter_container(answer, 'a', "(sss)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        json_write_key(w, "links");
        json_begin_array(w);
        for (;;) {
                r = sd_bus_message_read(answer, "(sss)", &type, &path, &destination);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                changed = true;
                json_begin_object(w);
                json_write_key_string(w, "type", type);
                json_write_key_string(w, "path", path);
                json_write_key_string(w, "destination", destination);
                json_end_object(w);
        }
        json_end_array(w);

        *ret_changed = changed;
        return 0;
}

int method_unit_files_change(Worker *worker, Request *request, Reply *reply, Error *error) {
        const ChangeCall *change =
                request->method->id == METHOD_UNIT_FILES_ENABLE ? &enable_call : &disable_call;
        _cleanup_message_ sd_bus_message *answer = NULL;
        JsonWriter *w = &reply->writer;
        int carries = 0, r;
        bool changed;

        r = call_change(&worker->manager, change, &request->parameters, &answer, error);
        if (r == -EBADRQC && change == &disable_call) {
                error_done(error);
                change = &old_disable_call;
                r = call_change(&worker->manager, change, &request->parameters, &answer, error);
        }
        if (r < 0)
                return r;

        if (change->carries && sd_bus_message_read(answer, "b", &carries) <= 0)
                return manager_nonsense(-EBADMSG, error);
        r = write_links(answer, &changed, w);
        if (r < 0)
                return manager_nonsense(r, error);
        if (change->carries)
                json_write_key_bool(w, "carries_install_info", carries);
        json_write_key_bool(w, "changed", changed);

        /* The links mean nothing to the manager until it has read them; systemctl does the same. */
        return manager_call_method(&worker->manager, "Reload", NULL, error, NULL);
}
