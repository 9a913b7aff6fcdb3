/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finding units that are to be installed, see unit.h. */

#include "daemon/worker/install/unit.h"

#include <fcntl.h>

#include "common/limits.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/install/specifier.h"

/* Links between names, one leading to the next. */
#define HOPS_MAX 64
/* Also= can name units that name others. */
#define UNITS_MAX 1024U

static void unit_free(InstallUnit *unit) {
        free(unit->name);
        free(unit->path);
        free(unit->target);
        unit_text_done(&unit->text);
        free(unit);
}

void install_units_done(InstallUnits *units) {
        for (size_t i = 0; i < units->n; i++)
                unit_free(units->items[i]);
        free(units->items);
        units->items = NULL;
        units->n = 0;
}

InstallUnit *install_units_find(const InstallUnits *units, const char *name) {
        for (size_t i = 0; i < units->n; i++)
                if (streq(units->items[i]->name, name))
                        return units->items[i];
        return NULL;
}

int install_units_add(InstallUnits *units, const char *name, bool auxiliary, InstallUnit **ret) {
        InstallUnit *unit, **grown;

        if (!unit_name_is_valid(name, UNIT_NAME_ANY))
                return -EINVAL;

        unit = install_units_find(units, name);
        if (unit) {
                unit->auxiliary = unit->auxiliary && auxiliary;
                *ret = unit;
                return 0;
        }
        if (units->n >= UNITS_MAX)
                return -E2BIG;

        grown = reallocarray(units->items, units->n + 1, sizeof(InstallUnit *));
        if (!grown)
                return -ENOMEM;
        units->items = grown;

        unit = calloc(1, sizeof(InstallUnit));
        if (!unit)
                return -ENOMEM;
        unit->auxiliary = auxiliary;
        unit->name = strdup(name);
        if (!unit->name) {
                free(unit);
                return -ENOMEM;
        }

        units->items[units->n++] = unit;
        *ret = unit;
        return 0;
}

static bool type_is_one_of(const char *name, const char *const *types, size_t n) {
        const char *dot = strrchr(name, '.');

        for (size_t i = 0; i < n; i++)
                if (streq(dot + 1, types[i]))
                        return true;
        return false;
}

static bool may_alias(const char *name) {
        static const char *const types[] = { "service", "socket", "target", "device", "timer", "path" };

        return type_is_one_of(name, types, ELEMENTSOF(types));
}

static bool may_be_template(const char *name) {
        static const char *const types[] = { "service", "socket", "target", "timer", "path" };

        return type_is_one_of(name, types, ELEMENTSOF(types));
}

static UnitNameFlags shape_of(const char *name) {
        static const UnitNameFlags shapes[] = { UNIT_NAME_PLAIN, UNIT_NAME_TEMPLATE, UNIT_NAME_INSTANCE };

        for (size_t i = 0; i < ELEMENTSOF(shapes); i++)
                if (unit_name_is_valid(name, shapes[i]))
                        return shapes[i];
        return 0;
}

int unit_alias_check(const char *name, const char *target) {
        const char *base = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
        UnitNameFlags shape = shape_of(name), target_shape = shape_of(base);

        if (!shape || !may_alias(name) || (shape != UNIT_NAME_PLAIN && !may_be_template(name)))
                return -EINVAL;
        if (streq(name, base))
                return -ELOOP;
        if (!target_shape || !streq(strrchr(name, '.'), strrchr(base, '.')))
                return -EXDEV;

        /* An instance can be an alias of a template, of which it becomes the instance. */
        if (shape == UNIT_NAME_INSTANCE && target_shape == UNIT_NAME_TEMPLATE)
                return 0;
        if (shape != target_shape)
                return -EXDEV;
        if (shape == UNIT_NAME_INSTANCE) {
                const char *a = strchr(name, '@'), *b = strchr(base, '@');

                /* The types are equal, so these compare the instances. */
                return streq(a, b) ? 0 : -EXDEV;
        }
        return 0;
}

int install_unit_expand(const InstallUnits *units, const InstallUnit *unit, const char *format, char **ret) {
        const UnitSpecifiers s = {
                .disk = units->disk, .unit = unit->name, .default_instance = unit->text.default_instance
        };

        return unit_specifiers_expand(&s, format, ret);
}

/* The instance that a template has by default. */
static int take_default_instance(InstallUnits *units, InstallUnit *unit, const char *value) {
        _cleanup_free_ char *instance = NULL, *name = NULL;
        int r;

        if (!unit_name_is_valid(unit->name, UNIT_NAME_TEMPLATE))
                return 0;
        r = install_unit_expand(units, unit, value, &instance);
        if (r < 0)
                return r;
        if (!isempty(instance)) {
                r = unit_name_instantiate(unit->name, instance, &name);
                if (r < 0)
                        return r;
        }

        free(unit->text.default_instance);
        unit->text.default_instance = isempty(instance) ? NULL : TAKE_PTR(instance);
        return 0;
}

static int take_also(InstallUnits *units, InstallUnit *unit, char *const *names) {
        STRV_FOREACH(name, names) {
                _cleanup_free_ char *expanded = NULL;
                InstallUnit *other;
                int r;

                r = install_unit_expand(units, unit, *name, &expanded);
                if (r >= 0)
                        r = install_units_add(units, expanded, true, &other);
                if (r >= 0)
                        r = strv_consume(&unit->text.also, TAKE_PTR(expanded));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Takes over what a text says to a unit of this name. */
static int take_text(InstallUnits *units, InstallUnit *unit, const char *text) {
        UnitText before = unit->text;
        _cleanup_strv_free_ char **also = NULL;
        _cleanup_free_ char *instance = NULL;
        int r;

        /* These two are expanded as they come. */
        unit->text.also = NULL;
        unit->text.default_instance = NULL;
        r = unit_text_read(text, &unit->text);
        also = unit->text.also;
        instance = unit->text.default_instance;
        unit->text.also = before.also;
        unit->text.default_instance = before.default_instance;
        if (r < 0)
                return r;

        if (!may_alias(unit->name))
                unit->text.aliases = strv_free(unit->text.aliases);
        if (!units->upholds)
                unit->text.upheld_by = strv_free(unit->text.upheld_by);
        if (instance) {
                r = take_default_instance(units, unit, instance);
                if (r < 0)
                        return r;
        }
        return take_also(units, unit, also);
}

/* Returns 0 with the mode set, -ELOOP for a link, or what is wrong. */
static int load_file(InstallUnits *units, InstallUnit *unit, const char *path, unsigned flags) {
        _cleanup_free_ char *text = NULL;
        struct stat st;
        int r;

        if (unit_name_is_valid(unit->name, UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE) &&
                !may_be_template(unit->name))
                return -EINVAL;
        r = disk_lstat(units->disk, path, &st);
        if (r < 0)
                return r;
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        if (stat_is_null_or_empty(&st)) {
                unit->mode = INSTALL_MASK;
                return 0;
        }
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EBADFD;

        if (flags & INSTALL_READ) {
                r = disk_read(units->disk, path, UNIT_FILE_SIZE_MAX, &text, NULL);
                if (r >= 0)
                        r = take_text(units, unit, text);
                if (r < 0)
                        return r;
        }
        unit->mode = INSTALL_REGULAR;
        return 0;
}

/* What a link leads to, one step; whether that is on the search path makes it an alias. */
static int load_link(InstallUnits *units, InstallUnit *unit, const char *path) {
        _cleanup_free_ char *said = NULL, *joined = NULL, *target = NULL;
        const char *base = strrchr(path, '/');
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        bool outside;
        int r;

        r = disk_readlink(units->disk, path, &said);
        if (r < 0)
                return r;
        if (said[0] != '/' && asprintf(&joined, "%.*s/%s", (int) (base - path), path, said) < 0)
                return -ENOMEM;
        r = disk_chase(joined ? joined : said, DISK_CHASE_NOT_LAST, &target);
        if (r < 0)
                return r;

        outside = !unit_paths_contain(units->paths, target);
        if (!outside) {
                r = unit_alias_check(base + 1, target);
                if (r < 0)
                        return r;
        }

        free(unit->target);
        unit->target = TAKE_PTR(target);
        fd = disk_open_path(units->disk, unit->target, O_PATH);
        if (fd < 0 && fd != -ENOENT)
                return fd;
        if (fd >= 0 && fstat(fd, &st) >= 0 && stat_is_null_or_empty(&st))
                unit->mode = INSTALL_MASK;
        else
                unit->mode = outside ? INSTALL_LINK : INSTALL_ALIAS;
        return 0;
}

static int load(InstallUnits *units, InstallUnit *unit, const char *path, unsigned flags) {
        int r;

        r = load_file(units, unit, path, flags);
        return r == -ELOOP ? load_link(units, unit, path) : r;
}

/* Looks for one name in all directories. */
static int search_name(InstallUnits *units, InstallUnit *unit, const char *name, unsigned flags) {
        for (size_t i = 0; i < units->paths->n; i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                if (asprintf(&path, "%s/%s", units->paths->items[i].path, name) < 0)
                        return -ENOMEM;
                r = load(units, unit, path, flags);
                if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
                        continue;
                if (r < 0)
                        return r;
                free(unit->path);
                unit->path = TAKE_PTR(path);
                return 0;
        }
        return -ENOENT;
}

static int read_drop_ins(InstallUnits *units, InstallUnit *unit) {
        _cleanup_strv_free_ char **files = NULL;
        int r;

        r = unit_paths_install_drop_ins(units->disk, units->paths, unit->name, &files);
        if (r < 0)
                return r;

        STRV_FOREACH(file, files) {
                _cleanup_free_ char *text = NULL;

                r = disk_read(units->disk, *file, UNIT_FILE_SIZE_MAX, &text, NULL);
                /* One that is no file, or is gone, is none. */
                if (r == -EINVAL || r == -ENOENT)
                        continue;
                if (r >= 0)
                        r = take_text(units, unit, text);
                if (r < 0)
                        return r;
        }
        return 0;
}

int install_unit_search(InstallUnits *units, InstallUnit *unit, unsigned flags) {
        _cleanup_free_ char *template = NULL;
        int r;

        if (unit->mode != INSTALL_UNKNOWN)
                return 0;

        r = search_name(units, unit, unit->name, flags);
        if (r == -ENOENT && unit_name_is_valid(unit->name, UNIT_NAME_INSTANCE)) {
                r = unit_name_template(unit->name, &template);
                if (r >= 0)
                        r = search_name(units, unit, template, flags);
        }
        if (r < 0 || unit->mode == INSTALL_MASK || !(flags & INSTALL_READ))
                return r;
        return read_drop_ins(units, unit);
}

/* Goes one link further under the same name. */
static int follow(InstallUnits *units, InstallUnit *unit, unsigned flags) {
        free(unit->path);
        unit->path = TAKE_PTR(unit->target);
        unit->mode = INSTALL_UNKNOWN;
        return load(units, unit, unit->path, flags);
}

/* The unit that an alias leads to: another name, of which an instance stays the instance. NULL where the
 * name does not change, so that the link itself is to be gone through. */
static int other_name(const InstallUnit *unit, char **ret) {
        const char *target = strrchr(unit->target, '/') + 1;
        _cleanup_free_ char *instance = NULL, *name = NULL;
        int r;

        if (unit_name_is_valid(unit->name, UNIT_NAME_INSTANCE) &&
                unit_name_is_valid(target, UNIT_NAME_TEMPLATE)) {
                r = unit_name_instance(unit->name, &instance);
                if (r >= 0)
                        r = unit_name_instantiate(target, instance, &name);
                if (r < 0)
                        return r;
        } else {
                name = strdup(target);
                if (!name)
                        return -ENOMEM;
        }

        *ret = streq(name, unit->name) ? NULL : TAKE_PTR(name);
        return 0;
}

static bool is_configured(const InstallUnits *units, const char *path) {
        const UnitPath *parent = unit_paths_parent(units->paths, path);

        return parent && parent->links;
}

int install_unit_resolve(InstallUnits *units, InstallUnit *unit, unsigned flags, InstallUnit **ret) {
        unsigned hops = 0;
        int r;

        r = install_unit_search(units, unit, flags);
        if (r < 0)
                return r;

        while (unit->mode == INSTALL_ALIAS || unit->mode == INSTALL_LINK) {
                _cleanup_free_ char *name = NULL;

                if (++hops > HOPS_MAX)
                        return -ELOOP;
                if (!(flags & INSTALL_FOLLOW) && is_configured(units, unit->path))
                        return -ELOOP;

                if (unit->mode == INSTALL_ALIAS) {
                        r = other_name(unit, &name);
                        if (r < 0)
                                return r;
                }
                if (!name) {
                        r = follow(units, unit, flags);
                        if (r < 0)
                                return r;
                        continue;
                }

                r = install_units_add(units, name, false, &unit);
                if (r < 0)
                        return r;
                r = install_unit_search(units, unit, flags);
                if (r < 0)
                        return r == -ENOENT ? -ENOLINK : r;
        }

        if (ret)
                *ret = unit;
        return 0;
}
