/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Links made, see apply.h. */

#include "daemon/worker/install/apply.h"

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/install/link.h"

/* One step's count, or the first failure of them. */
static int combine(int sum, int step) {
        return sum < 0 ? sum : step < 0 ? step : sum + step;
}

/* Whether the link NAME in a directory like a.target.wants/ can stand for the unit: NAME is the unit, or an
 * instance of it. In the directory of a template, a template can stand for itself: each instance will want
 * its own. */
static bool stands_for(const char *name, const char *unit, bool of_template) {
        _cleanup_free_ char *template = NULL;

        if (streq(name, unit) && unit_name_is_valid(name, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                return true;
        if (unit_name_template(name, &template) < 0 || !streq(template, unit))
                return false;
        return unit_name_is_valid(name, UNIT_NAME_INSTANCE) ||
                (of_template && unit_name_is_valid(name, UNIT_NAME_TEMPLATE));
}

/* Alias=a.target.wants/b.service, as it was written before there was WantedBy=. */
static int check_alias_path(Install *in, const InstallUnit *unit, const char *alias) {
        const char *slash = strrchr(alias, '/');
        _cleanup_free_ char *owner = strndup(alias, (size_t) (slash - alias));
        char *dot;

        if (!owner)
                return -ENOMEM;
        dot = strrchr(owner, '.');
        if (!dot || (!streq(dot, ".wants") && !streq(dot, ".requires")))
                return install_fault(in, -EXDEV, alias, NULL);
        *dot = 0;
        if (!unit_name_is_valid(owner, UNIT_NAME_ANY))
                return install_fault(in, -EXDEV, alias, NULL);
        if (!stands_for(slash + 1, unit->name, unit_name_is_valid(owner, UNIT_NAME_TEMPLATE)))
                return install_fault(in, -EXDEV, alias, unit->name);
        return 0;
}

/* Judges an alias, and gives it the instance of the unit where it is a template and the unit is not. Returns
 * 0 with *ret set; -ELOOP where it is the unit itself. */
static int check_alias(Install *in, const InstallUnit *unit, const char *alias, char **ret) {
        _cleanup_free_ char *name = NULL, *instance = NULL;
        int r;

        if (strchr(alias, '/')) {
                r = check_alias_path(in, unit, alias);
                if (r < 0)
                        return r;
        } else {
                if (unit_name_is_valid(alias, UNIT_NAME_TEMPLATE) &&
                        unit_name_is_valid(unit->name, UNIT_NAME_INSTANCE)) {
                        r = unit_name_instance(unit->name, &instance);
                        if (r >= 0)
                                r = unit_name_instantiate(alias, instance, &name);
                        if (r < 0)
                                return r;
                }
                r = unit_alias_check(name ? name : alias, unit->name);
                if (r == -ELOOP)
                        return r;
                if (r < 0)
                        return install_fault(in, -EXDEV, name ? name : alias, unit->name);
        }

        *ret = name ? TAKE_PTR(name) : strdup(alias);
        return *ret ? 0 : -ENOMEM;
}

static int make_alias(Install *in, const InstallUnits *units, const InstallUnit *unit, const char *format) {
        _cleanup_free_ char *expanded = NULL, *alias = NULL, *link = NULL, *there = NULL, *seen = NULL;
        bool force = in->force;
        int r;

        r = install_unit_expand(units, unit, format, &expanded);
        if (r < 0)
                return install_fault(in, r, format, NULL);
        r = check_alias(in, unit, expanded, &alias);
        if (r < 0)
                return r == -ELOOP ? 0 : r;

        if (in->dialect.alias_chains) {
                /* To a unit that is only linked, the alias leads through its link. */
                if (!unit_paths_parent(&in->paths, unit->path) &&
                        asprintf(&link, "%s/%s", in->config, unit->name) < 0)
                        return -ENOMEM;
                if (asprintf(&there, "%s/%s", in->config, alias) < 0)
                        return -ENOMEM;
                r = disk_chase(there, 0, &seen);
                if (r < 0 && r != -ENOENT)
                        return install_fault(in, r, there, NULL);
                force = force || r == 0;
        }
        return install_link_make(in, alias, link ? link : unit->path, force);
}

/* Looks whether the instance can be started at all. */
static int check_instance(Install *in, const InstallUnits *units, const char *name) {
        InstallUnits others = { .disk = units->disk, .paths = units->paths };
        InstallUnit *instance;
        int r;

        r = install_units_add(&others, name, false, &instance);
        if (r >= 0)
                r = install_unit_search(&others, instance, INSTALL_FOLLOW);
        if (r < 0)
                r = install_fault(in, r, name, NULL);
        else if (instance->mode == INSTALL_MASK)
                r = install_fault(in, -ERFKILL, instance->path, NULL);
        install_units_done(&others);
        return r;
}

/* The name under which a unit is wanted: a template's is that of its default instance. *ret_shapes says
 * which units can want it. */
static int wanted_name(
        Install *in, InstallUnits *units, const InstallUnit *unit, char **ret, UnitNameFlags *ret_shapes) {
        int r;

        if (unit->text.default_instance && unit_name_is_valid(unit->name, UNIT_NAME_TEMPLATE)) {
                r = unit_name_instantiate(unit->name, unit->text.default_instance, ret);
                if (r < 0)
                        return r;
                *ret_shapes = UNIT_NAME_ANY;
                return check_instance(in, units, *ret);
        }

        /* Without one, it gets the instance of who wants it. */
        *ret_shapes = unit_name_is_valid(unit->name, UNIT_NAME_TEMPLATE)
                ? UNIT_NAME_INSTANCE | UNIT_NAME_TEMPLATE
                : UNIT_NAME_ANY;
        *ret = strdup(unit->name);
        return *ret ? 0 : -ENOMEM;
}

static bool is_missing(const InstallUnits *units, const char *name) {
        InstallUnits others = { .disk = units->disk, .paths = units->paths };
        InstallUnit *unit;
        int r;

        r = install_units_add(&others, name, false, &unit);
        if (r >= 0)
                r = install_unit_resolve(&others, unit, 0, NULL);
        install_units_done(&others);
        return r == -ENOENT;
}

static int make_dependency(Install *in, InstallUnits *units, const InstallUnit *unit, const char *name,
        UnitNameFlags shapes, const char *format, const char *suffix) {
        _cleanup_free_ char *owner = NULL, *link = NULL;
        int r, q;

        r = install_unit_expand(units, unit, format, &owner);
        if (r < 0)
                return install_fault(in, r, format, NULL);
        if (!unit_name_is_valid(owner, shapes)) {
                if (in->lenient)
                        return 0;
                if (unit_name_is_valid(owner, UNIT_NAME_ANY))
                        return install_fault(in, -EIDRM, owner, name);
                return install_fault(in, -EUCLEAN, owner, NULL);
        }

        if (asprintf(&link, "%s%s/%s", owner, suffix, name) < 0)
                return -ENOMEM;
        r = install_link_make(in, link, unit->path, true);
        if (is_missing(units, owner)) {
                q = install_changes_add(&in->changes, INSTALL_NO_DESTINATION, owner, unit->path);
                if (q < 0)
                        return q;
        }
        return r;
}

static int make_dependencies(
        Install *in, InstallUnits *units, const InstallUnit *unit, char *const *owners, const char *suffix) {
        _cleanup_free_ char *name = NULL;
        UnitNameFlags shapes;
        int sum = 0, r;

        if (!owners || !*owners)
                return 0;
        r = wanted_name(in, units, unit, &name, &shapes);
        if (r < 0)
                return r;
        STRV_FOREACH(owner, owners)
                sum = combine(sum, make_dependency(in, units, unit, name, shapes, *owner, suffix));
        return sum;
}

static int apply_unit(Install *in, InstallUnits *units, const InstallUnit *unit) {
        int sum = 0;

        /* A file elsewhere gets a link of its own name, which is nothing that [Install] asked for. Without
         * it the others would lead nowhere. */
        if (!unit_paths_parent(&in->paths, unit->path)) {
                int r = install_link_make(in, unit->name, unit->path, in->force);

                if (r < 0)
                        return r;
        }

        STRV_FOREACH(alias, unit->text.aliases)
                sum = combine(sum, make_alias(in, units, unit, *alias));
        sum = combine(sum, make_dependencies(in, units, unit, unit->text.wanted_by, ".wants"));
        sum = combine(sum, make_dependencies(in, units, unit, unit->text.required_by, ".requires"));
        return combine(sum, make_dependencies(in, units, unit, unit->text.upheld_by, ".upholds"));
}

int install_apply(Install *in, InstallUnits *units, unsigned flags) {
        int sum = 0, r;

        /* Also= makes the list longer as it is gone through. */
        for (size_t i = 0; i < units->n; i++) {
                InstallUnit *unit = units->items[i];

                r = install_unit_resolve(units, unit, flags, NULL);
                if (r < 0) {
                        if (!unit->auxiliary)
                                return install_fault(in, r, unit->name, NULL);
                        r = install_changes_add(&in->changes, INSTALL_AUXILIARY_FAILED, unit->name, NULL);
                        if (r < 0)
                                return r;
                        continue;
                }

                if (unit->mode == INSTALL_MASK) {
                        r = install_changes_add(&in->changes, INSTALL_MASKED, unit->path, NULL);
                        if (r < 0)
                                return r;
                        /* There may have been something to make. */
                        sum = combine(sum, 1);
                } else if (unit->mode == INSTALL_REGULAR)
                        sum = combine(sum, apply_unit(in, units, unit));
        }
        return sum;
}
