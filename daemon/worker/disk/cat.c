/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The texts of unit files, see cat.h. The manager says which they are; which files it may lead us to is
 * bounded. */

#include "daemon/worker/disk/cat.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "common/escape.h"
#include "common/limits.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/list/unit-list.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

int cat_begin(Cat *cat, Error *error) {
        cat->size = 0;
        cat->fd = memfd_create("unit-files", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
        /* Before Linux 6.3. */
        if (cat->fd < 0 && errno == EINVAL)
                cat->fd = memfd_create("unit-files", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (cat->fd < 0)
                return error_set(error, ERROR_INTERNAL, "The worker could not make a memfd: %s.",
                        strerrordesc_np(errno));
        return 0;
}

void cat_done(Cat *cat) {
        cat->fd = safe_close(cat->fd);
}

static int write_all(int fd, const char *data, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                size -= (size_t) n;
        }
        return 0;
}

/* What can be a unit file or a drop-in; a manager that names another file does not get it read. */
static bool path_is_plausible(const char *path) {
        const char *base = strrchr(path, '/');

        if (path[0] != '/' || strstr(path, "/../") || startswith(path, "/proc/"))
                return false;
        return unit_name_is_valid(base + 1, UNIT_NAME_ANY) || endswith(base, ".conf");
}

/* A masked unit has no text. */
static bool is_null(const Disk *disk, const char *path) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        fd = disk_open_path(disk, path, O_PATH);
        return fd >= 0 && fstat(fd, &st) >= 0 && stat_is_null_or_empty(&st);
}

static int read_failed(int r, const char *path, Error *error) {
        _cleanup_free_ char *shown = escape_log(path);

        if (r == -ENOENT || r == -ENOTDIR)
                return error_set(error, ERROR_NO_SUCH_FILE, "There is no file %s.", strempty(shown));
        if (r == -EFBIG)
                return error_set(error, ERROR_NO_SUCH_FILE, "%s is larger than %u KiB.", strempty(shown),
                        UNIT_FILE_SIZE_MAX / 1024U);
        if (r == -EINVAL)
                return error_set(error, ERROR_NO_SUCH_FILE, "%s is not a regular file.", strempty(shown));
        if (r == -EACCES || r == -EPERM || r == -ELOOP || r == -EXDEV)
                return error_set(error, ERROR_NO_SUCH_FILE, "%s may not be read: %s.", strempty(shown),
                        strerrordesc_np(-r));
        return disk_error(r, error);
}

int cat_read_file(const Disk *disk, const char *path, char **ret, size_t *ret_size, Error *error) {
        int r;

        if (!path_is_plausible(path) && !streq(path, "/dev/null"))
                return error_set(
                        error, ERROR_MANAGER_FAILED, "The manager names a unit file that cannot be one.");

        if (is_null(disk, path)) {
                *ret = strdup("");
                *ret_size = 0;
                return *ret ? 0 : error_set(error, ERROR_INTERNAL, "No memory for a unit file.");
        }
        r = disk_read(disk, path, UNIT_FILE_SIZE_MAX, ret, ret_size);
        return r < 0 ? read_failed(r, path, error) : 0;
}

static int add_file(Cat *cat, const Disk *disk, const char *path, JsonWriter *w, Error *error) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = cat_read_file(disk, path, &text, &size, error);
        if (r < 0)
                return r;
        if (cat->size + size > CAT_SIZE_MAX)
                return error_set(error, ERROR_REPLY_TOO_LARGE,
                        "The unit files are over %u MiB; ask for fewer.", CAT_SIZE_MAX / (1024U * 1024U));

        r = write_all(cat->fd, text, size);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "The worker could not write a memfd: %s.",
                        strerrordesc_np(-r));

        json_begin_object(w);
        json_write_key_string(w, "path", path);
        json_write_key_u64(w, "offset", cat->size);
        json_write_key_u64(w, "size", size);
        json_end_object(w);
        cat->size += size;
        return 0;
}

static int add_files(Cat *cat, const Disk *disk, const char *unit, const char *fragment,
        char *const *drop_ins, JsonWriter *w, Error *error) {
        int r;

        if (isempty(fragment) && (!drop_ins || !*drop_ins))
                return error_set(error, ERROR_NO_SUCH_FILE, "No files found for %s.", unit);

        if (!isempty(fragment)) {
                r = add_file(cat, disk, fragment, w, error);
                if (r < 0)
                        return r;
        }

        STRV_FOREACH(path, drop_ins) {
                r = add_file(cat, disk, *path, w, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

int cat_unit(Cat *cat, const Disk *disk, const Request *request, const char *unit, const char *fragment,
        char *const *drop_ins, int needs_reload, JsonWriter *w, Error *error) {
        _cleanup_(error_done) Error unit_error = ERROR_NULL;
        int r;

        json_begin_object(w);
        json_write_key_string(w, "unit", unit);
        json_write_key(w, "files");
        json_begin_array(w);
        r = add_files(cat, disk, unit, fragment, drop_ins, w, &unit_error);
        json_end_array(w);

        if (needs_reload >= 0)
                json_write_key_bool(w, "needs_reload", needs_reload);
        if (r < 0) {
                r = request_unit_failed(request, &unit_error, error);
                if (r < 0)
                        return r;
                json_write_key(w, "error");
                error_write(&unit_error, w);
        }
        json_end_object(w);
        return 0;
}

int cat_end(Cat *cat, Reply *reply, Error *error) {
        /* The writable description goes along: sealed, it can change nothing any more. */
        if (fcntl(cat->fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return error_set(error, ERROR_INTERNAL, "The worker could not seal a memfd: %s.",
                        strerrordesc_np(errno));

        reply->fd = TAKE_FD(cat->fd);
        return 0;
}

/* What the manager read for the unit; for what it has not read (templates), what it would. */
static int cat_online(Worker *worker, Cat *cat, const Disk *disk, const UnitPaths *paths,
        const Request *request, const char *unit, JsonWriter *w, Error *error) {
        _cleanup_free_ char *fragment = NULL, *path = NULL, *load = NULL;
        _cleanup_strv_free_ char **drop_ins = NULL;
        Manager *m = &worker->manager;
        int needs_reload = -1, r;

        if (unit_name_is_valid(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE)) {
                r = manager_unit_path(unit, &path, error);
                if (r >= 0)
                        r = manager_get_string(m, path, UNIT_INTERFACE, "FragmentPath", &fragment, error);
                if (r >= 0)
                        r = manager_get_string(m, path, UNIT_INTERFACE, "LoadState", &load, error);
                if (r >= 0)
                        r = manager_get_strv(m, path, UNIT_INTERFACE, "DropInPaths", &drop_ins, error);
                if (r >= 0)
                        r = manager_get_trivial(
                                m, path, UNIT_INTERFACE, "NeedDaemonReload", 'b', &needs_reload, error);
                if (r < 0)
                        return r;
        }

        if (isempty(fragment) && !drop_ins) {
                free(TAKE_PTR(fragment));
                r = unit_paths_find(disk, paths, unit, &fragment);
                if (r >= 0)
                        r = unit_paths_drop_ins(disk, paths, unit, &drop_ins);
                if (r < 0 && r != -ENOENT)
                        return disk_error(r, error);
        }

        /* Older managers tell the drop-ins of masked units, which count for nothing. */
        if (streq_ptr(load, "masked"))
                drop_ins = strv_free(drop_ins);
        return cat_unit(cat, disk, request, unit, fragment, drop_ins, needs_reload, w, error);
}

int method_units_cat(Worker *worker, Request *request, Reply *reply, Error *error) {
        UnitFilter filter = unit_filter_of(&request->parameters);
        _cleanup_strv_free_ char **units = NULL;
        _cleanup_(unit_paths_done) UnitPaths paths = {};
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(cat_done) Cat cat = { .fd = -EBADF };
        int r;

        /* A text is there whether the unit is active or not. */
        filter.all = true;
        r = unit_names_expand(&worker->manager, request->parameters.units, &filter, &units, error);
        if (r < 0)
                return r;
        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &disk);
        if (r >= 0)
                r = unit_paths_make(&disk, &paths);
        if (r < 0)
                return disk_error(r, error);
        r = cat_begin(&cat, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                r = cat_online(worker, &cat, &disk, &paths, request, *unit, &reply->writer, error);
                if (r < 0)
                        return r;
                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return cat_end(&cat, reply, error);
}
