/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes to unit files where the manager is not running; daemon/worker/unit-files-change.c has the others.
 */

#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/install/install.h"
#include "daemon/worker/install/notes.h"
#include "daemon/worker/worker.h"

static int apply_presets(Install *in, const Parameters *p) {
        _cleanup_(presets_done) Presets presets = {};
        int r;

        r = presets_read(in->disk, &presets);
        if (r < 0)
                return r;
        return install_preset(in, p->units, &presets, p->preset_mode);
}

static int carry_out(Install *in, MethodId method, const Parameters *p) {
        switch (method) {
        case METHOD_UNIT_FILES_ADD_REQUIRES:
        case METHOD_UNIT_FILES_ADD_WANTS:
                return install_add_dependency(
                        in, p->units, p->target, method == METHOD_UNIT_FILES_ADD_REQUIRES);
        case METHOD_UNIT_FILES_DISABLE:
                return install_disable(in, p->units);
        case METHOD_UNIT_FILES_ENABLE:
                return install_enable(in, p->units);
        case METHOD_UNIT_FILES_MASK:
                return install_mask(in, p->units);
        case METHOD_UNIT_FILES_UNMASK:
                return install_unmask(in, p->units);
        case METHOD_UNIT_FILES_PRESET:
                return apply_presets(in, p);
        case METHOD_UNIT_FILES_REENABLE:
                return install_reenable(in, p->units);
        case METHOD_UNIT_FILES_SET_DEFAULT:
                return install_set_default(in, p->units[0]);
        default:
                return -EOPNOTSUPP;
        }
}

static int begin(Install *in, const Disk *disk, bool runtime, Error *error) {
        int r;

        r = install_begin(disk, runtime, in);
        if (r == -ENOENT && runtime)
                return error_set(error, ERROR_UNAVAILABLE,
                        "The account has no runtime directory, so nothing can be changed until the next boot "
                        "only.");
        if (r == -ENOENT)
                return error_set(error, ERROR_HOME_UNAVAILABLE, "The account has no home directory.");
        return r < 0 ? install_error(in, r, error) : 0;
}

int offline_unit_files_change(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(install_done) Install in = {};
        int r;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &disk);
        if (r < 0)
                return disk_error(r, error);
        r = begin(&in, &disk, p->runtime, error);
        if (r < 0)
                return r;

        in.force = p->force;
        r = install_note_missing(worker, request, false, &in.changes, error);
        if (r < 0)
                return r;
        r = carry_out(&in, request->method->id, p);
        if (r < 0) {
                r = install_error(&in, r, error);
                install_explain_mask(worker, request, error);
                return r;
        }
        r = install_note_shared(worker, request, &in.changes, error);
        if (r >= 0)
                r = install_note_ineffective(worker, request, &in.changes, error);
        if (r < 0)
                return r;
        r = install_changes_write(&in.changes, &reply->writer);
        return r < 0 ? install_error(&in, r, error) : 0;
}
