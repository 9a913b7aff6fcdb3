/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Warnings about changes to unit files, see notes.h. */

#include "daemon/worker/install/notes.h"

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/disk/unit-files-state.h"
#include "daemon/worker/disk/unit-files.h"

static int no_memory(Error *error) {
        return error_set(error, ERROR_INTERNAL, "No memory for notes about unit files.");
}

/* A name to a list in words. */
static int join(char **list, const char *name) {
        char *joined;

        if (asprintf(&joined, "%s%s%s", strempty(*list), *list ? ", " : "", name) < 0)
                return -ENOMEM;
        free(*list);
        *list = joined;
        return 0;
}

static int exists_online(Manager *m, const char *unit, Error *error) {
        _cleanup_free_ char *path = NULL, *load = NULL, *active = NULL;
        int r;

        r = manager_unit_path(unit, &path, error);
        if (r >= 0)
                r = manager_get_string(m, path, UNIT_INTERFACE, "LoadState", &load, error);
        if (r >= 0)
                r = manager_get_string(m, path, UNIT_INTERFACE, "ActiveState", &active, error);
        if (r < 0)
                return r;
        return !streq(load, "not-found") || !streq(active, "inactive");
}

int install_note_missing(
        Worker *worker, const Request *request, bool online, InstallChanges *changes, Error *error) {
        int r;

        if (request->method->id != METHOD_UNIT_FILES_MASK && request->method->id != METHOD_UNIT_FILES_UNMASK)
                return 0;

        STRV_FOREACH(unit, request->parameters.units) {
                /* A manager knows of no templates. */
                if (online && !unit_name_is_valid(*unit, UNIT_NAME_TEMPLATE))
                        r = exists_online(&worker->manager, *unit, error);
                else
                        r = unit_files_exists(worker, request->home, *unit, error);
                if (r < 0)
                        return r;
                if (r == 0 &&
                        install_changes_note(changes, "Unit %s does not exist, proceeding anyway.", *unit) <
                                0)
                        return no_memory(error);
        }
        return 0;
}

int install_note_shared(Worker *worker, const Request *request, InstallChanges *changes, Error *error) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(unit_files_done) UnitFiles files = {};
        _cleanup_free_ char *list = NULL;
        int r;

        if (request->method->id != METHOD_UNIT_FILES_DISABLE)
                return 0;

        r = disk_open(worker->uid, "", worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = unit_files_scan_shared(&disk, &files);
        if (r < 0)
                return disk_error(r, error);

        STRV_FOREACH(unit, request->parameters.units) {
                const char *state = "";

                if (unit_files_state(&disk, &files, *unit, &state) == -ENOMEM)
                        return no_memory(error);
                if ((streq(state, "enabled") || streq(state, "enabled-runtime")) && join(&list, *unit) < 0)
                        return no_memory(error);
        }
        if (list &&
                install_changes_note(changes,
                        "The following unit files have been enabled in global scope. This means they will "
                        "still be started automatically after a successful disablement in user scope: %s",
                        list) < 0)
                return no_memory(error);
        return 0;
}

/* Those of the units that start another and are active, in words; NULL where there are none. */
static int active_triggers(Manager *m, const char *path, char **ret, Error *error) {
        _cleanup_strv_free_ char **triggers = NULL;
        _cleanup_free_ char *list = NULL;
        int r;

        r = manager_get_strv(m, path, UNIT_INTERFACE, "TriggeredBy", &triggers, error);
        if (r < 0)
                return r;

        STRV_FOREACH(trigger, triggers) {
                _cleanup_free_ char *trigger_path = NULL, *active = NULL;

                r = manager_unit_path(*trigger, &trigger_path, error);
                if (r >= 0)
                        r = manager_get_string(
                                m, trigger_path, UNIT_INTERFACE, "ActiveState", &active, error);
                if (r < 0)
                        return r;
                if ((streq(active, "active") || streq(active, "reloading") || streq(active, "refreshing")) &&
                        join(&list, *trigger) < 0)
                        return no_memory(error);
        }

        *ret = TAKE_PTR(list);
        return 0;
}

int install_note_triggers(Worker *worker, const Request *request, InstallChanges *changes, Error *error) {
        bool masking = request->method->id == METHOD_UNIT_FILES_MASK;
        Manager *m = &worker->manager;
        int r;

        if (!masking && request->method->id != METHOD_UNIT_FILES_DISABLE)
                return 0;

        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_free_ char *path = NULL, *load = NULL, *list = NULL;

                if (unit_name_is_valid(*unit, UNIT_NAME_TEMPLATE))
                        continue;
                r = manager_unit_path(*unit, &path, error);
                if (r >= 0)
                        r = manager_get_string(m, path, UNIT_INTERFACE, "LoadState", &load, error);
                if (r < 0)
                        return r;
                /* What was masked before is not started by anything. */
                if (!masking && streq(load, "masked"))
                        continue;
                r = active_triggers(m, path, &list, error);
                if (r < 0)
                        return r;
                if (list &&
                        install_changes_note(changes,
                                "%s '%s', but its triggering units are still active: %s",
                                masking ? "Masking" : "Disabling", *unit, list) < 0)
                        return no_memory(error);
        }
        return 0;
}

/* The file that stands for the unit before all links of the account, in *ret; NULL: it has none, or it is
 * masked there. `own`: only in a folder of the account. */
static int find_before_links(
        Worker *worker, const Request *request, const char *unit, bool own, char **ret) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(unit_files_done) UnitFiles files = {};
        const UnitFileEntry *entry;
        const UnitPath *directory;
        char *path = NULL;
        int r;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = unit_files_scan(&disk, &files);
        if (r < 0)
                return r;

        /* A template's file does not stand before a mask of its instance. */
        entry = unit_files_find(&files, unit);
        directory = entry ? files.paths.items + entry->path : NULL;
        if (entry && !entry->masked && streq(entry->name, unit) && directory->kind == UNIT_PATH_CONFIG &&
                (directory->own || !own) && asprintf(&path, "%s/%s", directory->path, unit) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

int install_note_ineffective(Worker *worker, const Request *request, InstallChanges *changes, Error *error) {
        int r;

        if (request->method->id != METHOD_UNIT_FILES_MASK || !request->parameters.runtime)
                return 0;

        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_free_ char *path = NULL;

                r = find_before_links(worker, request, *unit, false, &path);
                if (r < 0)
                        return disk_error(r, error);
                if (path &&
                        install_changes_note(changes,
                                "The mask of %s has no effect: its file '%s' comes before what is masked until the "
                                "next boot only. Disable and stop the unit instead, or move the file away.",
                                *unit, path) < 0)
                        return no_memory(error);
        }
        return 0;
}

void install_explain_mask(Worker *worker, const Request *request, Error *error) {
        if (request->method->id != METHOD_UNIT_FILES_MASK || request->parameters.runtime ||
                error->code == ERROR_INTERNAL)
                return;

        STRV_FOREACH(unit, request->parameters.units) {
                _cleanup_free_ char *path = NULL, *message = NULL;
                ErrorCode code = error->code;

                /* The error stands without more words where they cannot be had. */
                if (find_before_links(worker, request, *unit, true, &path) < 0)
                        return;
                if (!path || !strstr(error_message(error), path))
                        continue;
                message = strdup(error_message(error));
                if (!message)
                        return;
                error_done(error);
                (void) error_set(error, code,
                        "%s%s It is the unit itself, and a mask would have its place: disable and stop %s instead "
                        "(disable --now), or move the file away.",
                        message, endswith(message, ".") ? "" : ".", *unit);
                return;
        }
}
