/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of unit files, see file-list.h. */

#include "daemon/worker/list/file-list.h"

#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/disk/preset.h"
#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/list/unit-list.h"

void file_list_done(FileList *list) {
        for (size_t i = 0; i < list->n; i++) {
                free(list->rows[i].name);
                free(list->rows[i].state);
        }
        free(list->rows);
        *list = (FileList){};
}

static bool passes(const Parameters *p, const char *name, const char *state) {
        const char *dot = strrchr(name, '.');
        bool matches = !p->units || !*p->units;

        STRV_FOREACH(pattern, p->units)
                matches = matches || pattern_match(*pattern, name);
        if (!matches)
                return false;
        if (p->types && *p->types && (!dot || !strv_contains(p->types, dot + 1)))
                return false;
        return !p->states || !*p->states || strv_contains(p->states, state);
}

int file_list_add(FileList *list, const Parameters *p, const char *name, const char *state) {
        FileRow row;

        if (!passes(p, name, state))
                return 0;

        /* By doubling. */
        if ((list->n & (list->n - 1)) == 0) {
                FileRow *grown = reallocarray(list->rows, list->n > 0 ? list->n * 2 : 1, sizeof(FileRow));

                if (!grown)
                        return -ENOMEM;
                list->rows = grown;
        }

        row = (FileRow){ .name = strdup(name), .state = strdup(state) };
        if (!row.name || !row.state) {
                free(row.name);
                free(row.state);
                return -ENOMEM;
        }
        list->rows[list->n++] = row;
        return 0;
}

static int compare_rows(const void *a, const void *b) {
        return unit_name_compare(((const FileRow *) a)->name, ((const FileRow *) b)->name);
}

int file_list_write(FileList *list, const Disk *disk, Reply *reply, Error *error) {
        _cleanup_(presets_done) Presets presets = {};
        JsonWriter *w = &reply->writer;
        int r;

        r = presets_read(disk, &presets);
        if (r < 0)
                return disk_error(r, error);

        if (list->n > 0)
                qsort(list->rows, list->n, sizeof(FileRow), compare_rows);

        reply_rows_begin(reply, "unit_files");
        for (size_t i = 0; i < list->n; i++) {
                const FileRow *row = list->rows + i;

                json_begin_object(w);
                json_write_key_string(w, "unit_file", row->name);
                json_write_key_string(w, "state", row->state);
                if (preset_applies(row->state))
                        json_write_key_string(w, "preset", presets_query(&presets, row->name));
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

int file_missing(const char *unit, Error *error) {
        return error_set(error, ERROR_NO_SUCH_UNIT, "There is no unit file %s.", unit);
}

int file_state_write(const Request *request, const char *unit, const char *state, Error *unit_error,
        JsonWriter *w, Error *error) {
        int r;

        if (!state) {
                r = request_unit_failed(request, unit_error, error);
                if (r < 0)
                        return r;
        }

        json_begin_object(w);
        json_write_key_string(w, "unit", unit);
        if (state)
                json_write_key_string(w, "state", state);
        else {
                json_write_key(w, "error");
                error_write(unit_error, w);
        }
        json_end_object(w);
        return 0;
}
