/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units and what they depend on, see dependencies.h. */

#include "daemon/worker/list/dependencies.h"

#include <strings.h>

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/manager/batch.h"

#define PROPERTIES_MAX 6

/* Which properties are which direction: what systemctl list-dependencies looks at. */
typedef struct Direction {
        const char *name;
        const char *properties[PROPERTIES_MAX + 1];
} Direction;

static const Direction directions[] = {
        { "forward", { "Requires", "Requisite", "Wants", "ConsistsOf", "BindsTo", "Upholds" } },
        { "reverse", { "RequiredBy", "RequisiteOf", "WantedBy", "PartOf", "BoundBy", "UpheldBy" } },
        { "after", { "After" } },
        { "before", { "Before" } },
};

static Node *node_free(Node *node) {
        if (!node)
                return NULL;
        free(node->name);
        free(node->path);
        free(node->edges);
        for (size_t i = 0; i < ELEMENTSOF(node->own_states); i++)
                free(node->own_states[i]);
        free(node);
        return NULL;
}
DEFINE_CLEANUP(Node *, node_free);

void graph_done(Graph *graph) {
        for (size_t i = 0; i < graph->n; i++)
                (void) node_free(graph->nodes[i]);
        free(graph->nodes);
        unit_list_done(&graph->states);
        *graph = (Graph){};
}

/* ---- nodes by name ---- */

/* Where the name is, or would be. */
static size_t node_position(const Graph *graph, const char *name, bool *ret_found) {
        size_t low = 0, high = graph->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int c = strcmp(graph->nodes[middle]->name, name);

                if (c == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret_found = false;
        return low;
}

Node *graph_find(const Graph *graph, const char *unit) {
        bool found;
        size_t i = node_position(graph, unit, &found);

        return found ? graph->nodes[i] : NULL;
}

static int grow(void **items, size_t n, size_t *allocated, size_t size) {
        size_t wanted = *allocated > 0 ? *allocated * 2 : 16;
        void *grown;

        if (n < *allocated)
                return 0;
        grown = reallocarray(*items, wanted, size);
        if (!grown)
                return -ENOMEM;
        *items = grown;
        *allocated = wanted;
        return 0;
}

/* Finds or makes it. -E2BIG where there are too many. */
static int graph_add(Graph *graph, const char *name, Node **ret) {
        _cleanup_(node_freep) Node *node = NULL;
        bool found;
        size_t i = node_position(graph, name, &found);
        int r;

        if (found) {
                *ret = graph->nodes[i];
                return 0;
        }
        if (graph->n >= GRAPH_NODES_MAX)
                return -E2BIG;

        node = calloc(1, sizeof(Node));
        if (!node)
                return -ENOMEM;
        node->name = strdup(name);
        if (!node->name || sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &node->path) < 0)
                return -ENOMEM;
        node->target = endswith(name, ".target");

        r = grow((void **) &graph->nodes, graph->n, &graph->n_allocated, sizeof(Node *));
        if (r < 0)
                return r;
        memmove(graph->nodes + i + 1, graph->nodes + i, (graph->n - i) * sizeof(Node *));
        graph->nodes[i] = *ret = TAKE_PTR(node);
        graph->n++;
        return 0;
}

/* ---- edges ---- */

static int compare_edges(const void *a, const void *b) {
        const Node *x = *(Node *const *) a, *y = *(Node *const *) b;
        int r;

        if (x->target != y->target)
                return x->target ? 1 : -1;
        r = strcasecmp(x->name, y->name);
        return r != 0 ? r : strcmp(x->name, y->name);
}

/* Several properties may name the same unit. */
static void sort_edges(Node *node) {
        size_t n = 0;

        if (node->n_edges == 0)
                return;
        qsort(node->edges, node->n_edges, sizeof(Node *), compare_edges);
        for (size_t i = 0; i < node->n_edges; i++)
                if (n == 0 || node->edges[n - 1] != node->edges[i])
                        node->edges[n++] = node->edges[i];
        node->n_edges = n;
}

/* The nodes whose edges are read in one round. */
typedef struct Level {
        Graph *graph;
        Node **nodes;
        const char **paths;
        size_t n;
        bool too_many;
} Level;

static void level_done(Level *level) {
        free(level->nodes);
        free(level->paths);
}

static int take_edges(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Level *level = userdata;
        Node *node = level->nodes[path];
        int r;

        /* A manager may be too old to know a kind of dependency. */
        if (!answer)
                return 0;

        r = sd_bus_message_enter_container(answer, 'a', "s");
        if (r < 0)
                return r;
        for (;;) {
                const char *name;
                Node *other;

                r = sd_bus_message_read_basic(answer, 's', &name);
                if (r <= 0)
                        return r;
                if (!unit_name_is_valid(name, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                        continue;

                r = graph_add(level->graph, name, &other);
                if (r == -E2BIG)
                        level->too_many = true;
                if (r >= 0)
                        r = grow((void **) &node->edges, node->n_edges, &node->n_allocated, sizeof(Node *));
                if (r < 0)
                        return r;
                node->edges[node->n_edges++] = other;
        }
}

static const Direction *find_direction(const char *name) {
        for (size_t i = 1; name && i < ELEMENTSOF(directions); i++)
                if (streq(directions[i].name, name))
                        return directions + i;
        return directions;
}

static int level_begin(Graph *graph, char *const *units, bool all, Level *level) {
        level->graph = graph;
        level->nodes = calloc(MAX(graph->n, 1U), sizeof(*level->nodes));
        level->paths = calloc(MAX(graph->n, 1U), sizeof(*level->paths));
        if (!level->nodes || !level->paths)
                return -ENOMEM;

        for (size_t i = 0; i < graph->n; i++) {
                Node *node = graph->nodes[i];

                if (node->asked || !(all || node->target || strv_contains(units, node->name)))
                        continue;
                node->asked = true;
                level->paths[level->n] = node->path;
                level->nodes[level->n++] = node;
        }
        return 0;
}

/* Reads the edges of what was found last. Returns 1 where there may be more, 0 at the end. */
static int read_level(
        Manager *m, Graph *graph, char *const *units, const Direction *direction, bool all, Error *error) {
        _cleanup_(level_done) Level level = {};
        PropertyQuery queries[PROPERTIES_MAX];
        size_t n_queries = 0;
        int r;

        r = level_begin(graph, units, all, &level);
        if (r < 0)
                return manager_nonsense(r, error);
        if (level.n == 0)
                return 0;

        for (; direction->properties[n_queries]; n_queries++)
                queries[n_queries] =
                        (PropertyQuery){ UNIT_INTERFACE, direction->properties[n_queries], "as" };
        r = manager_get_batch(m,
                &(PropertyBatch){
                        .paths = level.paths,
                        .n_paths = level.n,
                        .queries = queries,
                        .n_queries = n_queries,
                        .take = take_edges,
                        .userdata = &level,
                },
                error);
        if (level.too_many) {
                error_done(error);
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "More than %u units stand behind the ones that were named.", GRAPH_NODES_MAX);
        }
        if (r < 0)
                return r;

        for (size_t i = 0; i < level.n; i++)
                sort_edges(level.nodes[i]);
        return 1;
}

/* ---- states ---- */

static const PropertyQuery state_queries[] = {
        { UNIT_INTERFACE, "LoadState", "s" },
        { UNIT_INTERFACE, "ActiveState", "s" },
        { UNIT_INTERFACE, "SubState", "s" },
};

static int take_state(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Level *level = userdata;
        const char *s;
        int r;

        if (!answer)
                return 0;
        r = sd_bus_message_read_basic(answer, 's', &s);
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        level->nodes[path]->own_states[query] = strdup(s);
        return level->nodes[path]->own_states[query] ? 0 : -ENOMEM;
}

/* One list has nearly all of them. */
static int read_states(Manager *m, Graph *graph, Error *error) {
        _cleanup_(level_done) Level level = {};
        int r;

        r = unit_list_read(m, &(UnitFilter){ .any = true }, &graph->states, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < graph->states.n; i++) {
                const UnitRow *row = graph->states.rows + i;
                Node *node = graph_find(graph, row->id);

                if (!node)
                        continue;
                node->load = row->load;
                node->active = row->active;
                node->sub = row->sub;
        }

        level.nodes = calloc(MAX(graph->n, 1U), sizeof(*level.nodes));
        level.paths = calloc(MAX(graph->n, 1U), sizeof(*level.paths));
        if (!level.nodes || !level.paths)
                return manager_nonsense(-ENOMEM, error);
        for (size_t i = 0; i < graph->n; i++)
                if (!graph->nodes[i]->active) {
                        level.paths[level.n] = graph->nodes[i]->path;
                        level.nodes[level.n++] = graph->nodes[i];
                }

        r = manager_get_batch(m,
                &(PropertyBatch){
                        .paths = level.paths,
                        .n_paths = level.n,
                        .queries = state_queries,
                        .n_queries = ELEMENTSOF(state_queries),
                        .take = take_state,
                        .userdata = &level,
                },
                error);
        if (r < 0)
                return r;

        for (size_t i = 0; i < level.n; i++) {
                Node *node = level.nodes[i];

                node->load = node->own_states[0] ? node->own_states[0] : "not-found";
                node->active = node->own_states[1] ? node->own_states[1] : "inactive";
                node->sub = node->own_states[2] ? node->own_states[2] : "dead";
        }
        return 0;
}

int graph_read(Manager *m, char *const *units, const char *direction, bool all, Graph *ret, Error *error) {
        int r;

        STRV_FOREACH(unit, units) {
                Node *node;

                r = graph_add(ret, *unit, &node);
                if (r < 0)
                        return manager_nonsense(r, error);
        }

        do {
                r = read_level(m, ret, units, find_direction(direction), all, error);
                if (r < 0)
                        return r;
        } while (r > 0);

        return read_states(m, ret, error);
}
