/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The manager itself: how it is, and which unit is started with it.
 */

#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/install/unit.h"
#include "daemon/worker/manager/batch.h"
#include "daemon/worker/processes.h"
#include "daemon/worker/worker.h"

#define DEFAULT_TARGET "default.target"
#define ROOT_SLICE     "-.slice"

/* What is asked for, and the member that tells it. */
typedef struct StatusRow {
        const char *property;
        const char *type;
        const char *member;
} StatusRow;

static const StatusRow status_rows[] = {
        { "SystemState", "s", "system_state" },
        { "Version", "s", "manager_version" },
        { "Tainted", "s", "tainted" },
        { "NNames", "u", "units_loaded" },
        { "NFailedUnits", "u", "units_failed" },
        { "NJobs", "u", "jobs" },
        { "UserspaceTimestamp", "t", "started" },
        { "ControlGroup", "s", "control_group" },
};

#define STATUS_ROWS          ELEMENTSOF(status_rows)
#define STATUS_STATE         0
#define STATUS_CONTROL_GROUP (STATUS_ROWS - 1)

typedef struct Status {
        char *strings[STATUS_ROWS]; /* NULL where there is none, or it is a number */
        uint64_t numbers[STATUS_ROWS];
        bool known[STATUS_ROWS];
        Error error; /* why the state is not known */
} Status;

static void status_done(Status *status) {
        for (size_t i = 0; i < STATUS_ROWS; i++)
                free(status->strings[i]);
        error_done(&status->error);
}

static int take_status(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Status *status = userdata;
        uint32_t number;
        const char *s;
        int r;

        /* Managers differ in what they tell, but each has a state. */
        if (!answer) {
                if (query == STATUS_STATE)
                        error_move(&status->error, failure);
                return 0;
        }

        switch (status_rows[query].type[0]) {
        case 's':
                r = sd_bus_message_read_basic(answer, 's', &s);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
                status->strings[query] = strdup(s);
                if (!status->strings[query])
                        return -ENOMEM;
                break;
        case 'u':
                r = sd_bus_message_read_basic(answer, 'u', &number);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
                status->numbers[query] = number;
                break;
        default:
                r = sd_bus_message_read_basic(answer, 't', status->numbers + query);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
        }
        status->known[query] = true;
        return 0;
}

static int read_status(Manager *m, Status *status, Error *error) {
        static const char *const path = MANAGER_PATH;
        PropertyQuery queries[STATUS_ROWS];
        int r;

        for (size_t i = 0; i < STATUS_ROWS; i++)
                queries[i] = (PropertyQuery){
                        MANAGER_INTERFACE,
                        status_rows[i].property,
                        status_rows[i].type,
                };

        r = manager_get_batch(m,
                &(PropertyBatch){
                        .paths = &path,
                        .n_paths = 1,
                        .queries = queries,
                        .n_queries = STATUS_ROWS,
                        .take = take_status,
                        .userdata = status,
                },
                error);
        if (r < 0)
                return r;
        if (status->known[STATUS_STATE])
                return 0;

        error_move(error, &status->error);
        return error_set(error, error->code, "%s", error_message(error));
}

int method_manager_status(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(status_done) Status status = {};
        JsonWriter *w = &reply->writer;
        int r;

        r = read_status(&worker->manager, &status, error);
        if (r < 0)
                return r;

        for (size_t i = 0; i < STATUS_ROWS; i++) {
                if (!status.known[i])
                        continue;
                if (status.strings[i])
                        json_write_key_string(w, status_rows[i].member, status.strings[i]);
                else
                        json_write_key_u64(w, status_rows[i].member, status.numbers[i]);
        }

        r = processes_write(&worker->manager, ROOT_SLICE, status.strings[STATUS_CONTROL_GROUP], w);
        return r < 0 ? manager_nonsense(r, error) : 0;
}

int offline_manager_status(Worker *worker, Request *request, Reply *reply, Error *error) {
        json_write_key_string(&reply->writer, "system_state", "offline");
        return 0;
}

int method_unit_files_default(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_message_ sd_bus_message *answer = NULL;
        const char *target;
        int r;

        r = manager_call_method(&worker->manager, "GetDefaultTarget", &answer, error, NULL);
        if (r < 0)
                return r;
        r = sd_bus_message_read(answer, "s", &target);
        if (r <= 0)
                return manager_nonsense(r, error);

        json_write_key_string(&reply->writer, "default", target);
        return 0;
}

int offline_unit_files_default(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(unit_paths_done) UnitPaths paths = {};
        _cleanup_(install_units_done) InstallUnits units = { .disk = &disk, .paths = &paths };
        InstallUnit *unit;
        int r;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = unit_paths_make(&disk, &paths);
        if (r >= 0)
                r = install_units_add(&units, DEFAULT_TARGET, false, &unit);
        if (r < 0)
                return disk_error(r, error);

        r = install_unit_resolve(&units, unit, INSTALL_FOLLOW, &unit);
        if (r == -ENOENT)
                return error_set(
                        error, ERROR_NO_SUCH_UNIT, "The unit file of " DEFAULT_TARGET " is missing.");
        if (r < 0)
                return error_set(error, ERROR_UNIT_REFUSED, DEFAULT_TARGET " leads nowhere: %s.",
                        strerrordesc_np(-r));
        if (unit->mode == INSTALL_MASK)
                return error_set(error, ERROR_UNIT_REFUSED, DEFAULT_TARGET " is masked.");

        json_write_key_string(&reply->writer, "default", unit->name);
        return 0;
}
