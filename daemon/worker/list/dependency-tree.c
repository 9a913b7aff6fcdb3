/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * units.dependencies: the graph written as the tree that `systemctl list-dependencies` prints. A unit is
 * shown wherever it stands, but never below itself: there the tree is cut. With `once`, which is systemctl's
 * --plain, a unit behind which the tree went on is not shown again; a filter by type or state does not keep
 * the form of a tree and works in the same way.
 */

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/list/dependencies.h"
#include "daemon/worker/worker.h"

/* Units that stand behind each other in so long a row are nobody's; and a graph of a few hundred units can
 * have more paths than there is time. */
#define TREE_DEPTH_MAX 128
#define TREE_ROWS_MAX  65536

/* How often the clock is looked at. */
#define STEPS_PER_LOOK 4096

typedef struct Walk {
        const Parameters *p;
        uint64_t deadline;
        bool once;
        size_t n_rows;
        size_t n_steps;
        Reply *reply;
        Error *error;
} Walk;

static bool state_passes(const Walk *walk, const Node *node) {
        char *const *states = walk->p->states;

        return !states || !*states || strv_contains(states, node->load) ||
                strv_contains(states, node->active) || strv_contains(states, node->sub);
}

static bool type_passes(const Walk *walk, const Node *node) {
        char *const *types = walk->p->types;

        return !types || !*types || strv_contains(types, strrchr(node->name, '.') + 1);
}

static bool goes_on(const Walk *walk, const Node *node, unsigned level) {
        return level == 0 || walk->p->all || node->target;
}

/* Whether something that stands behind the unit is left out. The unit itself is marked. */
static bool is_cut(const Walk *walk, const Node *node, unsigned level) {
        if (!goes_on(walk, node, level))
                return false;
        if (level >= TREE_DEPTH_MAX)
                return node->n_edges > 0;
        for (size_t i = 0; i < node->n_edges && !walk->once; i++)
                if (node->edges[i]->marked)
                        return true;
        return false;
}

static int write_node(Walk *walk, const Node *node, unsigned level) {
        JsonWriter *w = &walk->reply->writer;

        if (++walk->n_rows > TREE_ROWS_MAX)
                return error_set(walk->error, ERROR_LIMIT_EXCEEDED,
                        "The tree has more than %u rows; ask for each unit once, or without all.",
                        TREE_ROWS_MAX);

        json_begin_object(w);
        json_write_key_string(w, "unit", node->name);
        json_write_key_u64(w, "level", level);
        json_write_key_string(w, "active", node->active);
        if (is_cut(walk, node, level))
                json_write_key_bool(w, "cut", true);
        json_end_object(w);
        return reply_row_end(walk->reply, walk->error);
}

static int take_step(Walk *walk) {
        if (++walk->n_steps % STEPS_PER_LOOK != 0 || clock_now_usec() < walk->deadline)
                return 0;
        return error_set(walk->error, ERROR_TIMEOUT,
                "The tree takes too long; ask for each unit once, or without all.");
}

static int walk_node(Walk *walk, Node *node, unsigned level) {
        bool marked = node->marked;
        int r;

        node->marked = goes_on(walk, node, level) || marked;
        r = write_node(walk, node, level);
        if (r < 0)
                return r;
        if (!goes_on(walk, node, level) || level >= TREE_DEPTH_MAX)
                return 0;

        for (size_t i = 0; i < node->n_edges; i++) {
                Node *other = node->edges[i];

                r = take_step(walk);
                if (r < 0)
                        return r;
                if (other->marked || !type_passes(walk, other) || !state_passes(walk, other))
                        continue;
                r = walk_node(walk, other, level + 1);
                if (r < 0)
                        return r;
        }

        node->marked = walk->once || marked;
        return 0;
}

static int check_names(char *const *units, Error *error) {
        STRV_FOREACH(unit, units)
                if (!unit_name_is_valid(*unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                        return error_set(error, ERROR_UNIT_REFUSED,
                                "%s is a template; name an instance of it.", *unit);
        return 0;
}

int method_units_dependencies(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_strv_free_ char **units = NULL;
        _cleanup_(graph_done) Graph graph = {};
        Walk walk = {
                .p = p,
                .deadline = worker->manager.deadline,
                .once = p->once || (p->types && *p->types) || (p->states && *p->states),
                .reply = reply,
                .error = error,
        };
        int r;

        r = unit_names_expand(&worker->manager, p->units, &(UnitFilter){}, &units, error);
        if (r < 0)
                return r;
        r = check_names(units, error);
        if (r < 0)
                return r;
        r = graph_read(&worker->manager, units, p->dependency, p->all, &graph, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        STRV_FOREACH(unit, units) {
                r = walk_node(&walk, graph_find(&graph, *unit), 0);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}
