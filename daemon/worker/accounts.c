/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What one account has: the counts of accounts.list.
 */

#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/worker.h"

/* Names of failed units that are told. */
#define FAILED_NAMES_MAX 100

static void write_counts(const UnitList *list, JsonWriter *w) {
        uint64_t n_loaded = 0, n_active = 0, n_failed = 0;

        for (size_t i = 0; i < list->n; i++) {
                n_loaded += streq(list->rows[i].load, "loaded");
                n_active += streq(list->rows[i].active, "active");
                n_failed += streq(list->rows[i].active, "failed");
        }

        json_write_key_u64(w, "units_loaded", n_loaded);
        json_write_key_u64(w, "units_active", n_active);
        json_write_key_u64(w, "units_failed", n_failed);

        json_write_key(w, "failed");
        json_begin_array(w);
        for (size_t i = 0, n = 0; i < list->n && n < FAILED_NAMES_MAX; i++)
                if (streq(list->rows[i].active, "failed")) {
                        json_write_string(w, list->rows[i].id);
                        n++;
                }
        json_end_array(w);
}

int offline_accounts_show(Worker *worker, Request *request, Reply *reply, Error *error) {
        size_t n;
        int r;

        r = unit_files_count_own(worker, request->home, &n, error);
        if (r < 0)
                return r;

        json_write_key_u64(&reply->writer, "unit_files", n);
        return 0;
}

int method_accounts_show(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_free_ char *state = NULL, *version = NULL;
        _cleanup_(unit_list_done) UnitList list = {};
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        Manager *m = &worker->manager;
        size_t n;
        int r;

        r = unit_list_read(m, &(UnitFilter){ .any = true }, &list, error);
        if (r < 0)
                return r;
        r = manager_get_string(m, MANAGER_PATH, MANAGER_INTERFACE, "SystemState", &state, error);
        if (r < 0)
                return r;
        r = manager_get_string(m, MANAGER_PATH, MANAGER_INTERFACE, "Version", &version, error);
        if (r < 0)
                return r;

        write_counts(&list, &reply->writer);
        json_write_key_string(&reply->writer, "system_state", state);
        json_write_key_string(&reply->writer, "manager_version", version);

        /* A home that cannot be read takes nothing from what the manager said. */
        r = unit_files_count_own(worker, request->home, &n, &ignored);
        if (r >= 0)
                json_write_key_u64(&reply->writer, "unit_files", n);
        return 0;
}
