/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes to unit files without a manager, see install.h. */

#include "daemon/worker/install/install.h"

#include <dlfcn.h>
#include <fcntl.h>

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/install/apply.h"
#include "daemon/worker/install/link.h"
#include "daemon/worker/install/remove.h"

InstallDialect install_dialect_detect(void) {
        /* The library that is loaded is of the same version as the managers that will be started. This
         * function is of systemd 256, the first in which all of these are so. */
        bool recent = dlsym(RTLD_DEFAULT, "sd_bus_pending_method_calls") != NULL;

        return (InstallDialect){ .upholds = recent, .disable_asks = recent, .alias_chains = recent };
}

int install_begin(const Disk *disk, bool runtime, Install *ret) {
        struct stat st;
        int r;

        *ret = (Install){
                .disk = disk,
                .dialect = install_dialect_detect(),
                .changes = INSTALL_CHANGES_NULL,
        };
        r = unit_paths_make(disk, &ret->paths);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ret->paths.n; i++) {
                const UnitPath *path = ret->paths.items + i;

                if (!path->links)
                        continue;
                if (path->own)
                        ret->persistent = path->path;
                if (path->own != runtime)
                        ret->config = path->path;
        }
        if (runtime) {
                _cleanup_free_ char *directory = NULL;

                if (asprintf(&directory, "%s/%u", disk->runtime_root, (unsigned) disk->uid) < 0)
                        return -ENOMEM;
                r = disk_lstat(disk, directory, &st);
                if (r < 0)
                        return r;
        }
        return ret->config ? 0 : -ENOENT;
}

void install_done(Install *in) {
        unit_paths_done(&in->paths);
        install_changes_done(&in->changes);
        free(in->fault.path);
        free(in->fault.source);
        in->fault = (InstallFault){};
}

int install_fault(Install *in, int error, const char *path, const char *source) {
        if (in->fault.error < 0)
                return error;

        in->fault.path = strdup(path);
        in->fault.source = source ? strdup(source) : NULL;
        if (!in->fault.path || (source && !in->fault.source))
                return -ENOMEM;
        in->fault.error = error;
        return error;
}

static InstallUnits units_of(const Install *in) {
        return (InstallUnits){
                .disk = in->disk,
                .paths = &in->paths,
                .upholds = in->dialect.upholds,
        };
}

static int discover(Install *in, InstallUnits *units, const char *name, unsigned flags, InstallUnit **ret) {
        InstallUnit *unit;
        int r;

        r = install_units_add(units, name, false, &unit);
        if (r >= 0)
                r = install_unit_resolve(units, unit, flags, ret);
        return r < 0 ? install_fault(in, r, name, NULL) : 0;
}

/* The same for units that are to be changed: masked ones and those that a program made are refused. */
static int discover_for_change(
        Install *in, InstallUnits *units, const char *name, unsigned flags, InstallUnit **ret) {
        const UnitPath *parent;
        InstallUnit *unit;
        int r;

        r = discover(in, units, name, flags, &unit);
        if (r < 0)
                return r;
        if (unit->mode == INSTALL_MASK)
                return install_fault(in, -ERFKILL, unit->path, NULL);
        parent = unit_paths_parent(&in->paths, unit->path);
        if (parent && (parent->kind == UNIT_PATH_GENERATOR || parent->kind == UNIT_PATH_TRANSIENT))
                return install_fault(in, -EADDRNOTAVAIL, unit->path, NULL);
        *ret = unit;
        return 0;
}

/* Nothing was changed and something was wrong: then that is the answer, though it stopped nobody. */
static int conclude(const Install *in, int r) {
        return r >= 0 && in->changes.n == 0 && in->fault.error < 0 ? in->fault.error : r;
}

static int enable_units(Install *in, char *const *names) {
        _cleanup_(install_units_done) InstallUnits units = units_of(in);
        InstallUnit *unit;
        int r;

        STRV_FOREACH(name, names) {
                r = discover_for_change(in, &units, *name, INSTALL_READ | INSTALL_FOLLOW, &unit);
                if (r < 0)
                        return r;
        }

        r = install_apply(in, &units, INSTALL_READ);
        if (r >= 0)
                in->changes.carries_install = r > 0;
        return r;
}

int install_enable(Install *in, char *const *units) {
        int r;

        r = conclude(in, enable_units(in, units));
        return r < 0 ? r : 0;
}

/* A unit whose links are to go, and what it names in Also=. Returns 1 where it counts, 0 where it is left
 * alone. */
static int judge_for_removal(Install *in, InstallUnits *units, InstallUnit *unit) {
        const char *where;
        int r;

        r = install_unit_resolve(units, unit, INSTALL_READ | INSTALL_FOLLOW, NULL);
        where = unit->path ? unit->path : unit->name;
        if (r == -ENOMEM)
                return r;
        if (r == -ENOLINK) {
                r = install_changes_add(&in->changes, INSTALL_DANGLING, where, NULL);
                return r < 0 ? r : 1;
        }
        if (r == -ENOENT && unit->auxiliary)
                return 1;
        if (r < 0) {
                if (install_fault(in, r, where, NULL) == -ENOMEM)
                        return -ENOMEM;
                return 1;
        }

        if (unit->mode == INSTALL_MASK) {
                r = install_changes_add(&in->changes, INSTALL_MASKED, where, NULL);
                return r < 0 ? r : 0;
        }
        return unit->mode == INSTALL_REGULAR;
}

static int remove_links_of(Install *in, InstallUnits *units) {
        _cleanup_strv_free_ char **marks = NULL;
        int r;

        for (size_t i = 0; i < units->n; i++) {
                r = judge_for_removal(in, units, units->items[i]);
                if (r > 0)
                        r = strv_extend(&marks, units->items[i]->name);
                if (r < 0)
                        return r;
        }
        return install_remove_links(in, &marks);
}

/* Judges what is to be disabled. Returns 1 where one of the units has something to install, 0, or a negative
 * errno. */
static int ask_before_disable(Install *in, InstallUnits *units) {
        bool carries = false;
        size_t n = units->n;
        int r;

        for (size_t i = 0; i < n; i++) {
                InstallUnit *unit = units->items[i];

                r = install_unit_resolve(units, unit, INSTALL_READ | INSTALL_FOLLOW, NULL);
                if (r < 0 && install_fault(in, r, unit->name, NULL) == -ENOMEM)
                        return -ENOMEM;
                /* Links can be left of a unit that is gone. */
                if (r < 0 && r != -ENOENT)
                        return r;
                carries = carries || unit_text_has_rules(&unit->text) || strv_length(unit->text.also) > 0;
        }
        return carries;
}

static int disable_units(Install *in, char *const *names) {
        _cleanup_(install_units_done) InstallUnits units = units_of(in);
        InstallUnit *unit;
        int carries = 0, r;

        STRV_FOREACH(name, names) {
                r = install_units_add(&units, *name, false, &unit);
                if (r < 0)
                        return install_fault(in, r, *name, NULL);
        }
        if (in->dialect.disable_asks) {
                carries = ask_before_disable(in, &units);
                if (carries < 0)
                        return carries;
        }

        r = remove_links_of(in, &units);
        if (r < 0)
                return r;
        if (in->dialect.disable_asks)
                in->changes.carries_install = carries > 0 || install_changes_any(&in->changes);
        return 0;
}

int install_disable(Install *in, char *const *units) {
        return conclude(in, disable_units(in, units));
}

int install_reenable(Install *in, char *const *units) {
        int r;

        r = disable_units(in, units);
        if (r < 0)
                return r;
        return install_enable(in, units);
}

int install_mask(Install *in, char *const *units) {
        int first = 0, r;

        STRV_FOREACH(name, units) {
                r = install_link_make(in, *name, "/dev/null", in->force);
                if (r < 0 && first == 0)
                        first = r;
        }
        return first;
}

/* Whether what is there under the name masks it. */
static int is_mask(const Install *in, const char *name) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (asprintf(&path, "%s/%s", in->config, name) < 0)
                return -ENOMEM;
        fd = disk_open_path(in->disk, path, O_PATH);
        if (fd < 0)
                return fd;
        return fstat(fd, &st) < 0 ? -errno : stat_is_null_or_empty(&st);
}

/* A generator's mask is on top of all others. */
static int note_generator(Install *in, const char *name) {
        _cleanup_(install_units_done) InstallUnits units = units_of(in);
        const UnitPath *parent;
        InstallUnit *unit;
        int r;

        r = install_units_add(&units, name, false, &unit);
        if (r < 0)
                return r;
        r = install_unit_search(&units, unit, 0);
        if (r < 0 || unit->mode != INSTALL_MASK)
                return r == -ENOMEM ? r : 0;
        parent = unit_paths_parent(&in->paths, unit->path);
        if (!parent || parent->kind != UNIT_PATH_GENERATOR)
                return 0;
        return install_changes_add(&in->changes, INSTALL_MASKED_BY_GENERATOR, unit->name, unit->path);
}

int install_unmask(Install *in, char *const *units) {
        _cleanup_strv_free_ char **marks = NULL, **masks = NULL;
        int first = 0, r;

        STRV_FOREACH(name, units) {
                r = note_generator(in, *name);
                if (r >= 0)
                        r = is_mask(in, *name);
                if (r > 0 && !strv_contains(masks, *name))
                        r = strv_extend(&masks, *name);
                if (r < 0 && r != -ENOENT)
                        return install_fault(in, r, *name, NULL);
        }

        STRV_FOREACH(name, masks) {
                char *path;

                r = install_link_remove(in, in->config, *name);
                if (r < 0 && first == 0)
                        first = r;
                if (r <= 0)
                        continue;
                if (asprintf(&path, "%s/%s", in->config, *name) < 0)
                        return -ENOMEM;
                r = strv_consume(&marks, path);
                if (r < 0)
                        return r;
        }

        r = install_remove_links(in, &marks);
        return first < 0 ? first : r;
}

/* Sorts a unit by what the presets say of it. */
static int prepare_preset(
        Install *in, InstallUnits *plus, InstallUnits *minus, const char *name, const Presets *presets) {
        _cleanup_(install_units_done) InstallUnits look = units_of(in);
        _cleanup_strv_free_ char **instances = NULL;
        char *const alone[] = { (char *) name, NULL };
        InstallUnit *unit;
        PresetAction action;
        int r;

        if (install_units_find(plus, name) || install_units_find(minus, name))
                return 0;
        r = discover(in, &look, name, INSTALL_FOLLOW, &unit);
        if (r < 0)
                return r;
        /* An alias: its unit has a preset of its own. */
        if (!streq(unit->name, name))
                return 0;

        r = presets_decide(presets, name, &action, &instances);
        if (r < 0)
                return r;
        if (action == PRESET_DISABLE)
                return discover(in, minus, name, INSTALL_FOLLOW, &unit);
        if (action != PRESET_ENABLE)
                return 0;
        STRV_FOREACH(instance, instances ? instances : (char **) alone) {
                r = discover_for_change(in, plus, *instance, INSTALL_READ | INSTALL_FOLLOW, &unit);
                if (r < 0)
                        return r;
        }
        return 0;
}

int install_preset(Install *in, char *const *units, const Presets *presets, const char *mode) {
        _cleanup_(install_units_done) InstallUnits plus = units_of(in);
        _cleanup_(install_units_done) InstallUnits minus = units_of(in);
        int first = 0, r;

        STRV_FOREACH(name, units) {
                r = prepare_preset(in, &plus, &minus, *name, presets);
                if (r < 0)
                        return r;
        }

        if (!streq_ptr(mode, "enable-only"))
                first = remove_links_of(in, &minus);
        r = 0;
        if (first != -ENOMEM && !streq_ptr(mode, "disable-only")) {
                in->lenient = true;
                r = install_apply(in, &plus, INSTALL_READ);
        }
        r = conclude(in, first < 0 ? first : r);
        if (r >= 0)
                in->changes.carries_install = r > 0;
        return r < 0 ? r : 0;
}

int install_add_dependency(Install *in, char *const *names, const char *target, bool requires) {
        _cleanup_(install_units_done) InstallUnits units = units_of(in);
        InstallUnit *owner, *unit;
        int r;

        r = discover_for_change(in, &units, target, INSTALL_FOLLOW, &owner);
        if (r < 0)
                return r;
        STRV_FOREACH(name, names) {
                char ***list;

                r = discover_for_change(in, &units, *name, INSTALL_FOLLOW, &unit);
                if (r < 0)
                        return r;
                list = requires ? &unit->text.required_by : &unit->text.wanted_by;
                *list = strv_free(*list);
                r = strv_extend(list, owner->name);
                if (r < 0)
                        return r;
        }

        r = conclude(in, install_apply(in, &units, INSTALL_FOLLOW));
        return r < 0 ? r : 0;
}

int install_set_default(Install *in, const char *name) {
        _cleanup_(install_units_done) InstallUnits units = units_of(in);
        InstallUnit *unit;
        int r;

        if (!endswith(name, ".target") || streq(name, "default.target"))
                return install_fault(in, -EINVAL, name, NULL);
        r = discover_for_change(in, &units, name, 0, &unit);
        if (r < 0)
                return r;

        if (!in->persistent)
                return -ENOENT;
        in->config = in->persistent;
        r = install_link_make(in, "default.target", unit->path, true);
        return r < 0 ? r : 0;
}
