/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The processes of a unit as a tree, see process.h. */

#include "client/render/process.h"

#include <inttypes.h>

#include "client/reply.h"

/* Deeper groups are shown by their whole path at this depth. */
#define TREE_DEPTH_MAX 16

typedef struct Process {
        const char *cgroup;
        uint64_t pid;
        const char *command;
} Process;

typedef struct Tree {
        const Terminal *terminal;
        const Process *processes;
        size_t n;
        unsigned columns;
} Tree;

/* Paths so that a group stands right before those below it: '/' comes before all else. */
static int compare_cgroups(const char *a, const char *b) {
        for (; *a && *a == *b; a++, b++)
                ;
        if (*a == *b)
                return 0;
        if (!*a || !*b)
                return *a ? 1 : -1;
        if (*a == '/' || *b == '/')
                return *a == '/' ? -1 : 1;
        return (unsigned char) *a < (unsigned char) *b ? -1 : 1;
}

static int compare_processes(const void *a, const void *b) {
        const Process *x = a, *y = b;
        int r = compare_cgroups(x->cgroup, y->cgroup);

        return r != 0 ? r : x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* What follows the group's own path in that of one below it, or NULL. */
static const char *below(const char *cgroup, const char *group) {
        const char *rest = startswith(cgroup, group);

        if (!rest || !*rest)
                return NULL;
        if (!*group)
                return rest;
        return *rest == '/' ? rest + 1 : NULL;
}

static void print_cut(
        const Tree *tree, const char *prefix, const char *glyph, const char *text, Color color) {
        size_t used = terminal_width(prefix) + terminal_width(glyph);
        _cleanup_free_ char *cut = NULL;

        if (tree->columns > used)
                cut = terminal_ellipsize(tree->terminal, text, tree->columns - used);
        printf("%s%s%s%s%s\n", prefix, glyph, terminal_color(tree->terminal, color), cut ? cut : text,
                color == COLOR_NONE ? "" : terminal_normal(tree->terminal));
}

static int pid_width(const Tree *tree, const char *group) {
        int width = 0;

        for (size_t i = 0; i < tree->n; i++)
                if (streq(tree->processes[i].cgroup, group))
                        width = MAX(width, snprintf(NULL, 0, "%" PRIu64, tree->processes[i].pid));
        return width;
}

/* The first group right below `group` behind process i, as the length of its path; 0 where there is none. */
static size_t next_child(const Tree *tree, const char *group, size_t *i) {
        for (; *i < tree->n; (*i)++) {
                const char *rest = below(tree->processes[*i].cgroup, group);

                if (rest)
                        return (size_t) (rest - tree->processes[*i].cgroup) + strcspn(rest, "/");
        }
        return 0;
}

/* Goes past all processes of the child and below it. */
static void skip_child(const Tree *tree, const char *child, size_t *i) {
        while (*i < tree->n &&
                (streq(tree->processes[*i].cgroup, child) || below(tree->processes[*i].cgroup, child)))
                (*i)++;
}

static void print_group(const Tree *tree, const char *group, const char *prefix, unsigned depth) {
        const Terminal *t = tree->terminal;
        int width = pid_width(tree, group);
        size_t i, first = 0, n;

        n = next_child(tree, group, &first);
        for (i = 0; i < tree->n; i++) {
                const Process *p = tree->processes + i;
                _cleanup_free_ char *line = NULL;
                bool last = n == 0 && (i + 1 == tree->n || !streq(tree->processes[i + 1].cgroup, group));

                if (!streq(p->cgroup, group) ||
                        asprintf(&line, "%*" PRIu64 " %s", width, p->pid, p->command) < 0)
                        continue;
                print_cut(
                        tree, prefix, terminal_glyph(t, last ? GLYPH_LAST : GLYPH_BRANCH), line, COLOR_GREY);
        }

        for (i = first; n > 0; n = next_child(tree, group, &i)) {
                _cleanup_free_ char *child = strndup(tree->processes[i].cgroup, n), *deeper = NULL;
                const char *name;
                size_t after = i;
                bool last;

                if (!child)
                        return;
                skip_child(tree, child, &i);
                after = i;
                last = next_child(tree, group, &after) == 0;
                name = below(child, group);
                print_cut(tree, prefix, terminal_glyph(t, last ? GLYPH_LAST : GLYPH_BRANCH), strempty(name),
                        COLOR_NONE);
                if (depth >= TREE_DEPTH_MAX ||
                        asprintf(&deeper, "%s%s", prefix, last ? "  " : terminal_glyph(t, GLYPH_LINE)) < 0)
                        continue;
                print_group(tree, child, deeper, depth + 1);
        }
}

void processes_print(const Terminal *t, json_object *processes, const char *prefix, unsigned columns) {
        size_t n = reply_length(processes);
        _cleanup_free_ Process *sorted = calloc(MAX(n, 1U), sizeof(Process));

        if (!sorted)
                return;
        for (size_t i = 0; i < n; i++) {
                json_object *p = reply_item(processes, i);

                sorted[i] = (Process){ strempty(reply_string(p, "cgroup")), reply_u64(p, "pid", 0),
                        strempty(reply_string(p, "command")) };
        }
        qsort(sorted, n, sizeof(Process), compare_processes);
        print_group(&(Tree){ t, sorted, n, columns }, "", prefix, 0);
}
