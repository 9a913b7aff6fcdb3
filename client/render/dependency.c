/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tree of dependencies, see dependency.h. */

#include "client/render/dependency.h"

#include "client/message.h"
#include "client/render/unit.h"
#include "client/reply.h"

/* A tree that is deeper is drawn as if it were this deep. */
#define LEVEL_MAX 63U

/* Narrower than this nothing is drawn, however narrow the terminal. */
#define COLUMNS_MIN 20U

typedef struct Node {
        const char *unit;
        const char *active;
        unsigned level; /* 0: what was asked about */
        bool last;      /* among its siblings */
        bool dots;      /* no unit: something is left out here */
} Node;

static Color node_color(const char *active) {
        if (streq_ptr(active, "activating"))
                return COLOR_GREEN;
        if (streq_ptr(active, "maintenance"))
                return COLOR_RED;
        return state_color(active);
}

/* Draws what stands left of a name at a level below the first, and says how many columns there are for the
 * name; 0 where there are none. `lines` has a bit for each level above that goes on further down. */
static size_t draw_branch(const Client *c, unsigned level, uint64_t lines, bool last) {
        size_t columns = MAX(c->terminal.columns, COLUMNS_MIN), used = 0;

        for (unsigned i = 1; i <= level; i++) {
                used += 2;
                if (used > columns - 3 && !c->options.full) {
                        printf("%s...\n", columns % 2 ? "" : " ");
                        return 0;
                }
                if (i == level)
                        fputs(terminal_glyph(&c->terminal, last ? GLYPH_LAST : GLYPH_BRANCH), stdout);
                else
                        fputs(lines & UINT64_C(1) << i ? terminal_glyph(&c->terminal, GLYPH_LINE) : "  ",
                                stdout);
        }
        return columns - used;
}

static int print_name(const Client *c, const char *name, size_t columns) {
        _cleanup_free_ char *cut = NULL;

        if (c->options.full) {
                puts(name);
                return 0;
        }
        cut = terminal_ellipsize(&c->terminal, name, columns);
        if (!cut)
                return -ENOMEM;
        puts(cut);
        return 0;
}

static int print_node(const Client *c, const Node *node, uint64_t lines) {
        bool tree = !c->options.plain && !c->options.types && !c->options.states;
        size_t columns;

        if (!tree && node->dots)
                return 0;
        if (!tree) {
                fputs("  ", stdout);
                return print_name(c, node->unit, MAX(c->terminal.columns, COLUMNS_MIN));
        }

        if (node->dots)
                fputs("  ", stdout);
        else
                printf("%s%s%s ", terminal_color(&c->terminal, node_color(node->active)),
                        terminal_glyph(&c->terminal, state_glyph(node->active)),
                        node_color(node->active) == COLOR_NONE ? "" : terminal_normal(&c->terminal));
        columns = draw_branch(c, node->level, lines, node->last);
        return columns == 0 ? 0 : print_name(c, node->unit, columns);
}

/* What is left out stands at the end of what is behind a unit: from this level down it ends here. */
static size_t end_levels(Node *nodes, size_t n, uint64_t *cut, unsigned level) {
        for (unsigned i = LEVEL_MAX; i-- > level;)
                if (*cut & UINT64_C(1) << i)
                        nodes[n++] =
                                (Node){ .unit = "...", .level = MIN(i + 1, LEVEL_MAX - 1), .dots = true };
        *cut &= (UINT64_C(1) << level) - 1;
        return n;
}

/* Returns how many there are, at most twice as many as rows. */
static size_t read_nodes(json_object *array, Node *nodes) {
        uint64_t seen = 0; /* levels that have a node further down, below the same parent */
        uint64_t cut = 0;
        size_t n = 0;

        for (size_t i = 0; i < reply_length(array); i++) {
                json_object *row = reply_item(array, i);
                unsigned level = (unsigned) MIN(reply_u64(row, "level", 0), LEVEL_MAX - 1);

                n = end_levels(nodes, n, &cut, level);
                nodes[n++] = (Node){
                        .unit = strempty(reply_string(row, "unit")),
                        .active = reply_string(row, "active"),
                        .level = level,
                };
                if (reply_boolean(row, "cut", false))
                        cut |= UINT64_C(1) << level;
        }
        n = end_levels(nodes, n, &cut, 0);

        for (size_t i = n; i-- > 0;) {
                unsigned level = nodes[i].level;

                nodes[i].last = !(seen & UINT64_C(1) << level);
                seen &= (UINT64_C(1) << level) - 1;
                seen |= UINT64_C(1) << level;
        }
        return n;
}

int dependencies_print(Client *c, Account *account, void *userdata) {
        json_object *array = reply_array(account->object, "units");
        _cleanup_free_ Node *nodes = calloc(2 * reply_length(array) + 1, sizeof(Node));
        size_t n, *n_trees = userdata;
        uint64_t lines = 0;
        int r;

        if (!nodes)
                return message_errno(-ENOMEM);
        n = read_nodes(array, nodes);

        for (size_t i = 0; i < n; i++) {
                const Node *node = nodes + i;

                if (node->level == 0) {
                        _cleanup_free_ char *name = account_unit(account, node->unit);

                        printf("%s%s\n", (*n_trees)++ > 0 ? "\n" : "", strempty(name));
                        lines = 0;
                        continue;
                }
                r = print_node(c, node, lines);
                if (r < 0)
                        return message_errno(r);
                if (node->last)
                        lines &= ~(UINT64_C(1) << node->level);
                else
                        lines |= UINT64_C(1) << node->level;
        }
        return EXIT_CODE_OK;
}
