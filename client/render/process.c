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

/* Processes from `from` on, but not those from `to` on. */
static int pid_width(const Tree *tree, size_t from, size_t to) {
        int width = 0;

        for (size_t i = from; i < to; i++)
                width = MAX(width, snprintf(NULL, 0, "%" PRIu64, tree->processes[i].pid));
        return width;
}

/* Where those end that are in the group itself, which stand first. */
static size_t end_of_own(const Tree *tree, size_t from, size_t to, const char *group) {
        while (from < to && streq(tree->processes[from].cgroup, group))
                from++;
        return from;
}

/* Where those end that are in the child or below it. */
static size_t end_of_child(const Tree *tree, size_t from, size_t to, const char *child) {
        while (from < to &&
                (streq(tree->processes[from].cgroup, child) || below(tree->processes[from].cgroup, child)))
                from++;
        return from;
}

/* The path of the group right below `group` that a process is in or below. */
static char *child_of(const Process *p, const char *group) {
        const char *rest = below(p->cgroup, group);
        size_t n = rest ? (size_t) (rest - p->cgroup) + strcspn(rest, "/") : 0;

        /* What begins with a slash is below nothing. */
        return strndup(p->cgroup, n > 0 ? n : strlen(p->cgroup));
}

/* All of them are in the group or below it, in order: each is looked at once for each level above it,
 * however many groups there are. */
static void print_group(
        const Tree *tree, size_t from, size_t to, const char *group, const char *prefix, unsigned depth) {
        const Terminal *t = tree->terminal;
        size_t own = end_of_own(tree, from, to, group), end;
        int width = pid_width(tree, from, own);

        for (size_t i = from; i < own; i++) {
                const Process *p = tree->processes + i;
                _cleanup_free_ char *line = NULL;

                if (asprintf(&line, "%*" PRIu64 " %s", width, p->pid, p->command) < 0)
                        return;
                print_cut(tree, prefix, terminal_glyph(t, i + 1 == to ? GLYPH_LAST : GLYPH_BRANCH), line,
                        COLOR_GREY);
        }

        for (size_t i = own; i < to; i = end) {
                _cleanup_free_ char *child = child_of(tree->processes + i, group), *deeper = NULL;
                bool last;

                if (!child)
                        return;
                end = MAX(end_of_child(tree, i, to, child), i + 1);
                last = end == to;
                print_cut(tree, prefix, terminal_glyph(t, last ? GLYPH_LAST : GLYPH_BRANCH),
                        strempty(below(child, group)), COLOR_NONE);
                if (depth >= TREE_DEPTH_MAX ||
                        asprintf(&deeper, "%s%s", prefix, last ? "  " : terminal_glyph(t, GLYPH_LINE)) < 0)
                        continue;
                print_group(tree, i, end, child, deeper, depth + 1);
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
        print_group(&(Tree){ t, sorted, columns }, 0, n, "", prefix, 0);
}
