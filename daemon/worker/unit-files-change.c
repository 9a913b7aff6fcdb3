/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Changes to unit files by the manager: enable, disable, mask and their like, and then what systemctl does
 * as well, which is to have everything read again and to say what the change will not achieve.
 */

#include "daemon/worker/install/notes.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/worker.h"

/* A call of the manager; org.freedesktop.systemd1(5) has the order of its arguments. */
typedef struct ChangeCall {
        const char *member;
        const char *arguments; /* u: names, m: preset mode, t: target, d: kind of dependency, n: the one
                                  name, F: flags as a number, r: runtime, f: force, !: force, always */
        bool carries;          /* a boolean comes before the changes */
} ChangeCall;

static const ChangeCall calls[_METHOD_MAX] = {
        [METHOD_UNIT_FILES_ADD_REQUIRES] = { "AddDependencyUnitFiles", "utdrf", false },
        [METHOD_UNIT_FILES_ADD_WANTS] = { "AddDependencyUnitFiles", "utdrf", false },
        [METHOD_UNIT_FILES_DISABLE] = { "DisableUnitFilesWithFlagsAndInstallInfo", "uF", true },
        [METHOD_UNIT_FILES_ENABLE] = { "EnableUnitFiles", "urf", true },
        [METHOD_UNIT_FILES_MASK] = { "MaskUnitFiles", "urf", false },
        [METHOD_UNIT_FILES_PRESET] = { "PresetUnitFilesWithMode", "umrf", true },
        [METHOD_UNIT_FILES_REENABLE] = { "ReenableUnitFiles", "urf", true },
        [METHOD_UNIT_FILES_SET_DEFAULT] = { "SetDefaultTarget", "n!", false },
        [METHOD_UNIT_FILES_UNMASK] = { "UnmaskUnitFiles", "ur", false },
};

/* Before systemd 252.2 there is no other. */
static const ChangeCall old_disable = { "DisableUnitFiles", "ur", false };

/* Bit of the flags of …WithFlags. */
#define FLAG_RUNTIME (UINT64_C(1) << 0)

static int append_argument(sd_bus_message *call, char argument, const Method *method, const Parameters *p) {
        bool wants = method->id == METHOD_UNIT_FILES_ADD_WANTS;

        switch (argument) {
        case 'u':
                return message_append_strv(call, p->units);
        case 'm':
                return sd_bus_message_append(call, "s", strempty(p->preset_mode));
        case 't':
                return sd_bus_message_append(call, "s", p->target);
        case 'd':
                return sd_bus_message_append(call, "s", wants ? "Wants" : "Requires");
        case 'n':
                return sd_bus_message_append(call, "s", p->units[0]);
        case 'F':
                return sd_bus_message_append(call, "t", p->runtime ? FLAG_RUNTIME : UINT64_C(0));
        case 'r':
                return sd_bus_message_append(call, "b", (int) p->runtime);
        case 'f':
                return sd_bus_message_append(call, "b", (int) p->force);
        default:
                return sd_bus_message_append(call, "b", 1);
        }
}

static int call_change(
        Manager *m, const ChangeCall *change, const Request *request, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, change->member, &call, error);
        if (r < 0)
                return r;
        for (const char *p = change->arguments; *p; p++) {
                r = append_argument(call, *p, request->method, &request->parameters);
                if (r < 0)
                        return manager_nonsense(r, error);
        }
        return manager_call(m, call, ret, error);
}

static int read_changes(sd_bus_message *answer, bool carries, InstallChanges *changes) {
        const char *word, *path, *source;
        int r;

        if (carries) {
                r = sd_bus_message_read(answer, "b", &changes->carries_install);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
        }

        r = sd_bus_message_enter_container(answer, 'a', "(sss)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        for (;;) {
                InstallChangeType type;

                r = sd_bus_message_read(answer, "(sss)", &word, &path, &source);
                if (r <= 0)
                        return r;

                /* One that a newer manager may know is passed over, as systemctl does. */
                type = install_change_type_from_string(word);
                if (type < 0)
                        continue;
                /* Of this one systemd 252 has the name in the other place. */
                if (type == INSTALL_AUXILIARY_FAILED && isempty(path))
                        path = source;
                r = install_changes_add(changes, type, path, source);
                if (r < 0)
                        return r;
        }
}

int method_unit_files_change(Worker *worker, Request *request, Reply *reply, Error *error) {
        const ChangeCall *change = calls + request->method->id;
        _cleanup_message_ sd_bus_message *answer = NULL;
        _cleanup_(install_changes_done) InstallChanges changes = INSTALL_CHANGES_NULL;
        _cleanup_(error_done) Error late = ERROR_NULL;
        Manager *m = &worker->manager;
        int r;

        r = install_note_missing(worker, request, true, &changes, error);
        if (r < 0)
                return r;

        r = call_change(m, change, request, &answer, error);
        if (r == -EBADRQC && request->method->id == METHOD_UNIT_FILES_DISABLE) {
                error_done(error);
                change = &old_disable;
                r = call_change(m, change, request, &answer, error);
        }
        if (r < 0) {
                install_explain_mask(worker, request, error);
                return r;
        }
        r = read_changes(answer, change->carries, &changes);
        if (r < 0)
                return manager_nonsense(r, error);

        /* The links mean nothing to the manager until it has read them; systemctl does the same. */
        r = manager_call_method(m, "Reload", NULL, &late, NULL);
        if (r < 0)
                return error_set(error, late.code, "The unit files are changed, but not read again: %s",
                        error_message(&late));
        /* Warnings; where they cannot be had it is done all the same. */
        (void) install_note_shared(worker, request, &changes, &late);
        (void) install_note_triggers(worker, request, &changes, &late);
        (void) install_note_ineffective(worker, request, &changes, &late);

        r = install_changes_write(&changes, &reply->writer);
        return r < 0 ? manager_nonsense(r, error) : 0;
}
