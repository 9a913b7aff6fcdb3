/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * units.usage: what the units of an account use. The manager is asked where its control group is and nothing
 * else: below it each unit with processes is a directory with the unit's name, in that of its slice. One
 * call and some small files a unit cost less than a call for each.
 */

#include <dirent.h>

#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/disk/disk.h"
#include "daemon/worker/list/usage.h"
#include "daemon/worker/worker.h"

/* Slices in slices, a descriptor each; and units in all. */
#define SLICES_DEPTH_MAX 8
#define USAGE_UNITS_MAX  4096

typedef struct UsageRow {
        char *unit;
        Usage usage;
} UsageRow;

typedef struct UsageList {
        char *const *patterns;
        uint64_t deadline;
        UsageRow *rows;
        size_t n, allocated;
} UsageList;

static void usage_list_done(UsageList *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->rows[i].unit);
        free(list->rows);
}

static bool is_wanted(const UsageList *list, const char *unit) {
        STRV_FOREACH(pattern, list->patterns)
                if (pattern_match(*pattern, unit))
                        return true;
        return !list->patterns || !*list->patterns;
}

static int add_row(UsageList *list, const char *unit, int fd) {
        UsageRow *row;

        if (list->n >= USAGE_UNITS_MAX)
                return -E2BIG;
        if (list->n == list->allocated) {
                size_t allocated = list->allocated > 0 ? list->allocated * 2 : 32;
                UsageRow *grown = reallocarray(list->rows, allocated, sizeof(UsageRow));

                if (!grown)
                        return -ENOMEM;
                list->rows = grown;
                list->allocated = allocated;
        }

        row = list->rows + list->n;
        row->unit = strdup(unit);
        if (!row->unit)
                return -ENOMEM;
        list->n++;
        usage_read(fd, &row->usage);
        return 0;
}

/* The unit that a group is of; NULL for one that is none. A name that means something to the kernel has an
 * underscore before it. */
static const char *unit_of_group(const char *name) {
        if (name[0] == '_')
                name++;
        return unit_name_is_valid(name, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE) ? name : NULL;
}

/* Takes the descriptor over. What is below a unit that is no slice is its own affair. */
static int read_slice(UsageList *list, int slice, unsigned depth) {
        _cleanup_close_ int fd = slice;
        _cleanup_closedir_ DIR *d = NULL;
        const struct dirent *entry;
        int r;

        d = fdopendir(fd);
        if (!d)
                return -errno;
        (void) TAKE_FD(fd);

        while ((entry = readdir(d))) {
                const char *unit = entry->d_type == DT_DIR ? unit_of_group(entry->d_name) : NULL;
                _cleanup_close_ int child = -EBADF;

                if (!unit)
                        continue;
                if (clock_now_usec() >= list->deadline)
                        return -ETIMEDOUT;
                child = usage_open_child(dirfd(d), entry->d_name);
                if (child < 0)
                        continue; /* it has just ended */

                if (is_wanted(list, unit)) {
                        r = add_row(list, unit, child);
                        if (r < 0)
                                return r;
                }
                if (endswith(unit, ".slice") && depth < SLICES_DEPTH_MAX) {
                        r = read_slice(list, TAKE_FD(child), depth + 1);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

static int compare_rows(const void *a, const void *b) {
        return strcmp(((const UsageRow *) a)->unit, ((const UsageRow *) b)->unit);
}

static int usage_error(int r, Error *error) {
        switch (r) {
        case -EPERM:
                return error_set(error, ERROR_MANAGER_FAILED,
                        "The service manager of this account names a control group that is not its own.");
        case -E2BIG:
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "The account has more than %u control groups; ask for some of them.",
                        USAGE_UNITS_MAX);
        case -ETIMEDOUT:
                return error_set(error, ERROR_TIMEOUT, "The control groups of this account take too long.");
        case -ENOMEM:
                return error_set(error, ERROR_INTERNAL, "No memory for what units use.");
        default:
                return error_set(error, ERROR_UNAVAILABLE,
                        "The control groups of this account cannot be read: %s.", strerrordesc_np(-r));
        }
}

static int open_groups(Worker *worker, int *ret, Error *error) {
        _cleanup_free_ char *control_group = NULL, *root = NULL;
        int r;

        r = manager_get_string(
                &worker->manager, MANAGER_PATH, MANAGER_INTERFACE, "ControlGroup", &control_group, error);
        if (r < 0)
                return r;
        if (asprintf(&root, "%s/sys/fs/cgroup", worker->system_root) < 0)
                return usage_error(-ENOMEM, error);

        r = usage_open(root, control_group, worker->uid);
        if (r < 0)
                return usage_error(r, error);
        *ret = r;
        return 0;
}

int method_units_usage(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(usage_list_done) UsageList list = {
                .patterns = request->parameters.units,
                .deadline = worker->manager.deadline,
        };
        _cleanup_close_ int fd = -EBADF;
        JsonWriter *w = &reply->writer;
        Usage all;
        int r;

        r = open_groups(worker, &fd, error);
        if (r < 0)
                return r;

        json_write_key_u64(w, "now", clock_now_usec());
        /* Who asks about some units, and may see no others, is not told the sum of all. */
        if (!list.patterns || !*list.patterns) {
                usage_read(fd, &all);
                usage_write(&all, w);
        }
        r = read_slice(&list, TAKE_FD(fd), 0);
        if (r < 0)
                return usage_error(r, error);
        if (list.n > 0)
                qsort(list.rows, list.n, sizeof(UsageRow), compare_rows);

        /* Not in parts: what stands before the rows is said once. */
        json_write_key(w, "units");
        json_begin_array(w);
        for (size_t i = 0; i < list.n; i++) {
                json_begin_object(w);
                json_write_key_string(w, "unit", list.rows[i].unit);
                usage_write(&list.rows[i].usage, w);
                json_end_object(w);
        }
        json_end_array(w);
        return 0;
}
