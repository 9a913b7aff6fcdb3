/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units and their proofs, see gather.h. */

#include "daemon/worker/proof/gather.h"

#include "common/escape.h"
#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/disk/cat.h"
#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/manager/batch.h"

/* What the manager tells of a unit. */
typedef struct Facts {
        char *load;
        char *fragment;
        char **drop_ins;
} Facts;

typedef struct Gathering {
        ProvedUnits found;
        Facts *facts;
        size_t n_facts;
        char **paths; /* of the units' objects */
        char **environment;
        const Disk *disk;
} Gathering;

static void proved_unit_done(ProvedUnit *unit) {
        free(unit->unit);
        free(unit->active);
        proofs_free(unit->proofs, unit->n_proofs);
        error_done(&unit->error);
}

void proved_units_done(ProvedUnits *units) {
        for (size_t i = 0; i < units->n_units; i++)
                proved_unit_done(units->units + i);
        free(units->units);
        *units = (ProvedUnits){};
}

static void gathering_done(Gathering *g) {
        for (size_t i = 0; i < g->n_facts; i++) {
                free(g->facts[i].load);
                free(g->facts[i].fragment);
                strv_free(g->facts[i].drop_ins);
        }
        free(g->facts);
        strv_free(g->paths);
        strv_free(g->environment);
        proved_units_done(&g->found);
}

static int no_memory(Error *error) {
        return error_set(error, ERROR_INTERNAL, "No memory for the proofs of units.");
}

/* ---- one unit ---- */

static int read_file(
        const Disk *disk, const char *path, const ProofSpecifiers *specifiers, ProvedUnit *unit) {
        _cleanup_free_ char *text = NULL, *shown = NULL;
        size_t size;
        int r;

        r = cat_read_file(disk, path, &text, &size, &unit->error);
        if (r < 0)
                return r;
        r = proofs_read(text, specifiers, &unit->proofs, &unit->n_proofs);
        if (r == -E2BIG)
                return error_set(&unit->error, ERROR_UNIT_REFUSED, "%s has more than %u proofs.", unit->unit,
                        PROOFS_PER_UNIT_MAX);
        if (r == -EBADMSG) {
                shown = escape_log(path);
                return error_set(&unit->error, ERROR_UNIT_REFUSED,
                        "%s has a section whose header does not end.", strempty(shown));
        }
        return r < 0 ? no_memory(&unit->error) : 0;
}

static int read_unit(const Gathering *g, size_t i) {
        const Facts *facts = g->facts + i;
        ProvedUnit *unit = g->found.units + i;
        const ProofSpecifiers specifiers = {
                .unit = { .disk = g->disk, .unit = unit->unit },
                .fragment = facts->fragment,
                .environment = g->environment,
        };
        int r;

        if (error_is_set(&unit->error))
                return -EINVAL;
        if (streq_ptr(facts->load, "not-found"))
                return error_set(&unit->error, ERROR_NO_SUCH_UNIT, "There is no unit %s.", unit->unit);
        if (streq_ptr(facts->load, "masked"))
                return 0;

        if (!isempty(facts->fragment)) {
                r = read_file(g->disk, facts->fragment, &specifiers, unit);
                if (r < 0)
                        return r;
        }
        STRV_FOREACH(path, facts->drop_ins) {
                r = read_file(g->disk, *path, &specifiers, unit);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- which units ---- */

static int add_unit(Gathering *g, const char *name, bool named, Error *error) {
        ProvedUnit *grown;

        for (size_t i = 0; i < g->found.n_units; i++)
                if (streq(g->found.units[i].unit, name)) {
                        g->found.units[i].named = g->found.units[i].named || named;
                        return 0;
                }
        grown = reallocarray(g->found.units, g->found.n_units + 1, sizeof(ProvedUnit));
        if (!grown)
                return no_memory(error);
        g->found.units = grown;
        grown[g->found.n_units] = (ProvedUnit){ .unit = strdup(name), .named = named };
        if (!grown[g->found.n_units].unit)
                return no_memory(error);
        g->found.n_units++;
        return 0;
}

/* Devices come from the kernel and have no files, but are many. */
static int add_pattern(Worker *worker, Gathering *g, const char *pattern, Error *error) {
        const UnitFilter filter = { .patterns = pattern ? (char *[]){ (char *) pattern, NULL } : NULL,
                .all = true };
        _cleanup_(unit_list_done) UnitList list = {};
        int r;

        r = unit_list_read(&worker->manager, &filter, &list, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n; i++) {
                const UnitRow *row = list.rows + i;

                if (!streq(row->load, "loaded") || streq_ptr(row->suffix, ".device") ||
                        !unit_name_is_valid(row->id, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                        continue;
                r = add_unit(g, row->id, /* named= */ false, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_units(Worker *worker, Gathering *g, char *const *names, Error *error) {
        int r;

        if (!names || !*names)
                return add_pattern(worker, g, NULL, error);
        STRV_FOREACH(name, names) {
                if (pattern_is_glob(*name))
                        r = add_pattern(worker, g, *name, error);
                else
                        r = add_unit(g, *name, /* named= */ true, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- what the manager knows of them ---- */

static const PropertyQuery queries[] = {
        { UNIT_INTERFACE, "ActiveState", "s" },
        { UNIT_INTERFACE, "LoadState", "s" },
        { UNIT_INTERFACE, "FragmentPath", "s" },
        { UNIT_INTERFACE, "DropInPaths", "as" },
};

static int take_string(sd_bus_message *answer, char **where) {
        const char *s;
        int r;

        r = sd_bus_message_read(answer, "s", &s);
        if (r < 0)
                return r;
        *where = strdup(s);
        return *where ? 0 : -ENOMEM;
}

static int take_property(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Gathering *g = userdata;
        ProvedUnit *unit = g->found.units + path;
        Facts *facts = g->facts + path;

        if (!answer) {
                if (!error_is_set(&unit->error))
                        error_move(&unit->error, failure);
                return 0;
        }
        switch (query) {
        case 0:
                return take_string(answer, &unit->active);
        case 1:
                return take_string(answer, &facts->load);
        case 2:
                return take_string(answer, &facts->fragment);
        default:
                return sd_bus_message_read_strv(answer, &facts->drop_ins);
        }
}

static int ask_manager(Worker *worker, Gathering *g, Error *error) {
        PropertyBatch batch = {
                .n_paths = g->found.n_units,
                .queries = queries,
                .n_queries = ELEMENTSOF(queries),
                .take = take_property,
                .userdata = g,
        };
        int r;

        g->facts = calloc(g->found.n_units + 1, sizeof(Facts));
        g->paths = calloc(g->found.n_units + 1, sizeof(char *));
        if (!g->facts || !g->paths)
                return no_memory(error);
        g->n_facts = g->found.n_units;
        for (size_t i = 0; i < g->found.n_units; i++) {
                r = manager_unit_path(g->found.units[i].unit, g->paths + i, error);
                if (r < 0)
                        return r;
        }
        batch.paths = (const char *const *) g->paths;
        r = manager_get_batch(&worker->manager, &batch, error);
        if (r < 0)
                return r;
        return manager_get_strv(
                &worker->manager, MANAGER_PATH, MANAGER_INTERFACE, "Environment", &g->environment, error);
}

/* Those that a pattern found and that have no proofs are not told of. */
static void drop_silent(ProvedUnits *units) {
        size_t n = 0;

        for (size_t i = 0; i < units->n_units; i++) {
                ProvedUnit *unit = units->units + i;

                if (unit->named || unit->n_proofs > 0 || error_is_set(&unit->error))
                        units->units[n++] = *unit;
                else
                        proved_unit_done(unit);
        }
        units->n_units = n;
}

int proved_units_gather(
        Worker *worker, const Request *request, const Disk *disk, ProvedUnits *ret, Error *error) {
        _cleanup_(gathering_done) Gathering g = { .disk = disk };
        int r;

        r = add_units(worker, &g, request->parameters.units, error);
        if (r >= 0)
                r = ask_manager(worker, &g, error);
        if (r < 0)
                return r;

        for (size_t i = 0; i < g.found.n_units; i++) {
                ProvedUnit *unit = g.found.units + i;

                r = read_unit(&g, i);
                /* The manager has it no more: nobody asked for it by its name. */
                if (r < 0 && !unit->named && unit->error.code == ERROR_NO_SUCH_UNIT)
                        error_done(&unit->error);
                else if (r < 0 && unit->named) {
                        r = request_unit_failed(request, &unit->error, error);
                        if (r < 0)
                                return r;
                }
                g.found.n_proofs += unit->n_proofs;
                if (g.found.n_proofs > PROOFS_PER_REQUEST_MAX)
                        return error_set(error, ERROR_LIMIT_EXCEEDED,
                                "These units have more than %u proofs; name fewer of them.",
                                PROOFS_PER_REQUEST_MAX);
        }

        *ret = g.found;
        g.found = (ProvedUnits){};
        drop_silent(ret);
        return 0;
}
