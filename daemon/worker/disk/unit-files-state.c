/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* States of unit files, see unit-files-state.h. */

#include "daemon/worker/disk/unit-files-state.h"

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/install/install.h"
#include "daemon/worker/install/unit.h"

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is_runtime(UnitPathKind kind) {
        return kind == UNIT_PATH_RUNTIME || kind == UNIT_PATH_GENERATOR || kind == UNIT_PATH_TRANSIENT;
}

/* Whether a link of that name is one that the unit's [Install] asks for. */
static bool is_known_name(const InstallUnit *unit, const char *name) {
        _cleanup_free_ char *instance = NULL;

        if (streq(name, unit->name) || strv_contains(unit->text.aliases, name))
                return true;
        if (!unit->text.default_instance || !unit_name_is_valid(unit->name, UNIT_NAME_TEMPLATE) ||
                unit_name_instantiate(unit->name, unit->text.default_instance, &instance) < 0)
                return false;
        return streq(name, instance);
}

/* A link in a.target.wants/ and the like is about the unit that it is named after, or about its template. */
static bool is_dependency_link(const InstallUnit *unit, const char *name) {
        _cleanup_free_ char *template = NULL;

        if (streq(name, unit->name))
                return true;
        return unit_name_template(name, &template) >= 0 && streq(template, unit->name);
}

typedef struct LinkSearch {
        const UnitFiles *files;
        const InstallUnit *unit;
        bool known;     /* only links that [Install] asks for */
        bool below;     /* the directory comes after that of the unit, whose own name is hidden there */
        bool same_name; /* found: a link of the unit's own name to a file of that name */
} LinkSearch;

/* Whether there is a link to the unit in one directory of the search path, or in those in it. */
static bool find_link(LinkSearch *s, size_t path) {
        const char *name = s->unit->name;

        for (size_t i = 0; i < s->files->n_links; i++) {
                const UnitFileLink *l = s->files->links + i;

                if (l->path == path && is_dependency_link(s->unit, l->name) &&
                        (!s->known || is_known_name(s->unit, l->name)))
                        return true;
        }

        for (size_t i = 0; i < s->files->n_entries; i++) {
                const UnitFileEntry *e = s->files->entries + i;
                bool same_target, same_name;

                if (e->path != path || !e->target)
                        continue;
                same_target = streq(e->target, name);
                same_name = !s->below && streq(e->name, name);
                if (same_target && same_name)
                        s->same_name = true;
                else if ((same_target || same_name) && (!s->known || is_known_name(s->unit, e->name)))
                        return true;
        }
        return false;
}

/* The word for links that were found, or NULL. */
static const char *link_word(const UnitFiles *files, const InstallUnit *unit, bool known) {
        bool runtime = false, vendor = false, linked = false, linked_runtime = false, below = false;

        for (size_t i = 0; i < files->paths.n; i++) {
                const UnitPath *path = files->paths.items + i;
                LinkSearch s = { .files = files, .unit = unit, .known = known, .below = below };
                bool own = path->links && path->own;
                const char *rest;

                if (find_link(&s, i)) {
                        if (own || path->global)
                                return "enabled";
                        if (is_runtime(path->kind))
                                runtime = true;
                        else
                                vendor = true;
                } else if (s.same_name) {
                        linked = linked || own;
                        linked_runtime = linked_runtime || (!own && is_runtime(path->kind));
                }

                rest = startswith(unit->path, path->path);
                below = below || (rest && *rest == '/');
        }

        if (runtime)
                return "enabled-runtime";
        /* An instance is made by its link; other names are merely names. */
        if (vendor && unit_name_is_valid(unit->name, UNIT_NAME_INSTANCE))
                return "static";
        return linked ? "linked" : linked_runtime ? "linked-runtime" : NULL;
}

static const char *regular_word(const UnitFiles *files, const InstallUnit *unit, const char *asked) {
        const UnitPath *parent = unit_paths_parent(&files->paths, unit->path);
        const char *word;

        if (!streq(asked, base_name(unit->path)) && !unit_name_is_valid(unit->name, UNIT_NAME_INSTANCE))
                return "alias";
        if (parent && parent->kind == UNIT_PATH_GENERATOR)
                return "generated";
        if (parent && parent->kind == UNIT_PATH_TRANSIENT)
                return "transient";

        word = link_word(files, unit, true);
        if (word)
                return word;
        /* Under a name that it did not ask for it may be in use all the same. */
        if (link_word(files, unit, false))
                return "indirect";
        return unit_text_has_rules(&unit->text)    ? "disabled"
                : strv_length(unit->text.also) > 0 ? "indirect"
                                                   : "static";
}

int unit_files_state(const Disk *disk, const UnitFiles *files, const char *unit, const char **ret) {
        InstallUnits units = {
                .disk = disk, .paths = &files->paths, .upholds = install_dialect_detect().upholds
        };
        InstallUnit *found;
        int r;

        r = install_units_add(&units, unit, false, &found);
        if (r >= 0)
                r = install_unit_resolve(&units, found, INSTALL_READ | INSTALL_FOLLOW, &found);
        if (r >= 0 && found->mode == INSTALL_MASK) {
                const UnitPath *parent = unit_paths_parent(&files->paths, found->path);

                *ret = parent && is_runtime(parent->kind) ? "masked-runtime" : "masked";
        } else if (r >= 0)
                *ret = regular_word(files, found, unit);

        install_units_done(&units);
        return r;
}
