/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units and what they depend on, as a graph: read from the manager level by level, so that its size and not
 * that of the tree it is shown as decides what is asked.
 */

#include "daemon/worker/list/unit-list.h"

/* Units that one request may come to, whatever the manager says. */
#define GRAPH_NODES_MAX 8192

typedef struct Node {
        char *name;
        char *path;          /* of its object */
        struct Node **edges; /* each unit once; targets last, otherwise by name without regard to case */
        size_t n_edges, n_allocated;
        bool target;
        bool asked;
        bool marked; /* of who walks */
        const char *load, *active, *sub;
        char *own_states[3]; /* of a unit that the list has not: it goes by another name there */
} Node;

typedef struct Graph {
        Node **nodes; /* by name */
        size_t n, n_allocated;
        UnitList states;
} Graph;

void graph_done(Graph *graph);

/* Reads what stands behind these units in one direction ("forward", "reverse", "after", "before"): behind
 * targets, or with `all` behind each unit that is found; and the states of all. Returns 0 or a negative
 * errno with the error set: LimitExceeded where there are more than GRAPH_NODES_MAX. */
int graph_read(Manager *m, char *const *units, const char *direction, bool all, Graph *ret, Error *error);

/* The node of a unit, or NULL. */
Node *graph_find(const Graph *graph, const char *unit);
