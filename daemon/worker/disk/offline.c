/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Answers where the manager is not running: what the files tell. Nothing is started, and nothing is said to
 * be known that only a manager knows.
 */

#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/disk/cat.h"
#include "daemon/worker/disk/preset.h"
#include "daemon/worker/disk/unit-files-state.h"
#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/disk/unit-text.h"
#include "daemon/worker/install/install.h"
#include "daemon/worker/list/file-list.h"

typedef struct Offline {
        Disk disk;
        UnitFiles files;
        char **units; /* patterns expanded */
} Offline;

#define OFFLINE_NULL                                                                                        \
        (Offline) {                                                                                         \
                .disk.home_fd = -EBADF                                                                      \
        }

static void offline_done(Offline *o) {
        disk_done(&o->disk);
        unit_files_done(&o->files);
        strv_free(o->units);
}

static int expand(Offline *o, char *const *names) {
        int r;

        STRV_FOREACH(name, names) {
                if (!pattern_is_glob(*name)) {
                        r = strv_extend(&o->units, *name);
                        if (r < 0)
                                return r;
                        continue;
                }

                for (size_t i = 0; i < o->files.n_entries; i++) {
                        const char *found = o->files.entries[i].name;

                        if (!pattern_match(*name, found) || strv_contains(o->units, found))
                                continue;
                        r = strv_extend(&o->units, found);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

static int offline_open(Worker *worker, const Request *request, Offline *o, Error *error) {
        int r;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &o->disk);
        if (r >= 0)
                r = unit_files_scan(&o->disk, &o->files);
        if (r >= 0)
                r = expand(o, request->parameters.units);
        return r < 0 ? disk_error(r, error) : 0;
}

int offline_unit_files_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(offline_done) Offline o = OFFLINE_NULL;
        _cleanup_(file_list_done) FileList list = {};
        const char *state;
        int r;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &o.disk);
        if (r >= 0)
                r = unit_files_scan(&o.disk, &o.files);
        if (r < 0)
                return disk_error(r, error);

        for (size_t i = 0; i < o.files.n_entries; i++) {
                const char *name = o.files.entries[i].name;

                /* Those behind the first of a name are not in effect. */
                if (i > 0 && streq(name, o.files.entries[i - 1].name))
                        continue;

                r = unit_files_state(&o.disk, &o.files, name, &state);
                if (r < 0 && r != -ENOMEM) {
                        state = "bad";
                        r = 0;
                }
                if (r >= 0)
                        r = file_list_add(&list, &request->parameters, name, state);
                if (r < 0)
                        return disk_error(r, error);
        }

        return file_list_write(&list, &o.disk, reply, error);
}

int offline_unit_files_state(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(offline_done) Offline o = OFFLINE_NULL;
        int r;

        r = offline_open(worker, request, &o, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, o.units) {
                _cleanup_(error_done) Error unit_error = ERROR_NULL;
                const char *state = NULL;

                r = unit_files_state(&o.disk, &o.files, *unit, &state);
                if (r == -ENOMEM)
                        return disk_error(r, error);
                if (r == -ENOENT)
                        (void) file_missing(*unit, &unit_error);
                else if (r < 0)
                        (void) error_set(&unit_error, ERROR_UNIT_REFUSED,
                                "The unit file %s has no state: %s.", *unit, strerrordesc_np(-r));

                r = file_state_write(request, *unit, state, &unit_error, &reply->writer, error);
                if (r < 0)
                        return r;
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

/* The load state as it would be, without having loaded. */
static const char *load_word(const UnitFileEntry *entry) {
        return !entry ? "not-found" : entry->masked ? "masked" : "loaded";
}

int offline_units_state(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(offline_done) Offline o = OFFLINE_NULL;
        JsonWriter *w = &reply->writer;
        int r;

        r = offline_open(worker, request, &o, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, o.units) {
                json_begin_object(w);
                json_write_key_string(w, "unit", *unit);
                json_write_key_string(w, "load", load_word(unit_files_find(&o.files, *unit)));
                json_write_key_string(w, "active", "inactive");
                json_write_key_string(w, "sub", "dead");
                json_end_object(w);
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

static int write_description(const Offline *o, const char *fragment, const char *unit, JsonWriter *w) {
        _cleanup_(unit_text_done) UnitText text = {};
        _cleanup_free_ char *data = NULL;
        int r;

        r = disk_read(&o->disk, fragment, UNIT_FILE_SIZE_MAX, &data, NULL);
        if (r >= 0)
                r = unit_text_read(data, &text);
        if (r == -ENOMEM)
                return r;
        json_write_key_string(w, "Description", text.description ? text.description : unit);
        return 0;
}

static int write_status(const Offline *o, const Presets *presets, const char *unit, JsonWriter *w) {
        const UnitFileEntry *entry = unit_files_find(&o->files, unit);
        _cleanup_strv_free_ char **drop_ins = NULL;
        _cleanup_free_ char *fragment = NULL;
        const char *state;
        int r;

        json_write_key_string(w, "Id", unit);
        json_write_key_string(w, "LoadState", load_word(entry));
        json_write_key_string(w, "ActiveState", "inactive");
        json_write_key_string(w, "SubState", "dead");
        if (!entry)
                return 0;

        if (asprintf(&fragment, "%s/%s", o->files.paths.items[entry->path].path, entry->name) < 0)
                return -ENOMEM;
        json_write_key_string(w, "FragmentPath", fragment);
        r = write_description(o, fragment, unit, w);
        if (r < 0)
                return r;

        r = unit_paths_drop_ins(&o->disk, &o->files.paths, unit, &drop_ins);
        if (r < 0)
                return r;
        json_write_key_strv(w, "DropInPaths", drop_ins);

        r = unit_files_state(&o->disk, &o->files, unit, &state);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                state = "bad";
        json_write_key_string(w, "UnitFileState", state);
        if (preset_applies(state))
                json_write_key_string(w, "UnitFilePreset", presets_query(presets, unit));
        return 0;
}

int offline_units_status(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(offline_done) Offline o = OFFLINE_NULL;
        _cleanup_(presets_done) Presets presets = {};
        JsonWriter *w = &reply->writer;
        int r;

        r = offline_open(worker, request, &o, error);
        if (r < 0)
                return r;
        r = presets_read(&o.disk, &presets);
        if (r < 0)
                return disk_error(r, error);

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, o.units) {
                json_begin_object(w);
                json_write_key_string(w, "unit", *unit);
                json_write_key(w, "properties");
                json_begin_object(w);
                r = write_status(&o, &presets, *unit, w);
                if (r < 0)
                        return disk_error(r, error);
                json_end_object(w);
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

int offline_units_cat(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(offline_done) Offline o = OFFLINE_NULL;
        _cleanup_(cat_done) Cat cat = { .fd = -EBADF };
        int r;

        r = offline_open(worker, request, &o, error);
        if (r < 0)
                return r;
        r = cat_begin(&cat, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, o.units) {
                _cleanup_strv_free_ char **drop_ins = NULL;
                _cleanup_free_ char *fragment = NULL;

                r = unit_paths_find(&o.disk, &o.files.paths, *unit, &fragment);
                if (r >= 0 || r == -ENOENT)
                        r = unit_paths_drop_ins(&o.disk, &o.files.paths, *unit, &drop_ins);
                if (r < 0)
                        return disk_error(r, error);

                /* Drop-ins of a whole type or prefix alone do not make a unit. */
                r = cat_unit(&cat, &o.disk, request, *unit, fragment, fragment ? drop_ins : NULL, -1,
                        &reply->writer, error);
                if (r < 0)
                        return r;
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return cat_end(&cat, reply, error);
}
