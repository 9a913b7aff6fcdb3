/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * print-manual TEMPLATE: the source of a manual page on standard output. Lines of the template that are a
 * word between two @ are replaced by what the tables of client and contract have to say; all others stay.
 */

#include <ctype.h>

#include "client/manual.h"
#include "client/options/own.h"
#include "client/options/values.h"
#include "client/verbs.h"
#include "common/error.h"

/* scdoc(5): what would be markup in running text. */
static void put_char(char c) {
        if (strchr("\\*_", c))
                putchar('\\');
        putchar(c);
}

static void put_n(const char *s, size_t n) {
        for (size_t i = 0; i < n; i++)
                put_char(s[i]);
}

static void put(const char *s) {
        put_n(s, strlen(s));
}

static void put_marked(char mark, const char *s, size_t n) {
        putchar(mark);
        put_n(s, n);
        putchar(mark);
}

static bool is_page_character(char c) {
        return isalnum((unsigned char) c) || strchr(".-@", c);
}

/* Running text, in which options and names of other pages are made bold. */
static void put_text(const char *text) {
        for (const char *p = text; *p;) {
                bool starts = p == text || strchr(" (\"", p[-1]);
                size_t n = 0;

                while (p[n] && is_page_character(p[n]))
                        n++;
                if (starts && startswith(p, "--") && n > 2) {
                        n += p[n] == '=';
                        put_marked('*', p, n);
                } else if (starts && n > 0 && p[n] == '(' && isdigit((unsigned char) p[n + 1]) &&
                        p[n + 2] == ')')
                        put_marked('*', p, n);
                else {
                        n = MAX(n, 1U);
                        put_n(p, n);
                }
                p += n;
        }
}

static bool is_placeholder_character(char c) {
        return isupper((unsigned char) c);
}

/* A usage: what stands for something else is underlined. */
static void put_usage(const char *usage) {
        for (const char *p = usage; *p;) {
                size_t n = 0;

                while (p[n] && is_placeholder_character(p[n]))
                        n++;
                if (n > 1)
                        put_marked('_', p, n);
                else {
                        n = 1;
                        put_char(*p);
                }
                p += n;
        }
}

static void print_verb(const Verb *verb) {
        const Manual *manual = manual_find(verb->name);

        put_marked('*', verb->name, strlen(verb->name));
        if (*verb->usage) {
                putchar(' ');
                put_usage(verb->usage);
        }
        printf("\n\t");
        put_text(verb->doc);
        printf(". ");
        if (manual)
                put_text(manual->text);
        if (verb->aliases) {
                printf(" Also: ");
                for (const char *p = verb->aliases; *p;) {
                        size_t n = strcspn(p, " ");

                        put_marked('*', p, n);
                        p += n;
                        if (*p == ' ') {
                                printf(", ");
                                p++;
                        }
                }
                putchar('.');
        }
        printf("\n\n");
}

static void print_verbs(void) {
        for (VerbGroup group = 0; group < _VERB_GROUP_MAX; group++) {
                printf("## %s\n\n", verb_group_title(group));
                for (size_t i = 0; verb_get(i); i++)
                        if (verb_get(i)->group == group)
                                print_verb(verb_get(i));
        }
}

/* "With list-units, status." */
static void print_users(const char *name, char letter) {
        bool first = true;

        for (size_t i = 0; verb_get(i); i++) {
                const Manual *manual = manual_find(verb_get(i)->name);

                if (!manual || !manual_lists_option(manual->options, name, letter))
                        continue;
                printf("%s", first ? "With " : ", ");
                put_marked('*', manual->verb, strlen(manual->verb));
                first = false;
        }
        if (!first)
                putchar('.');
}

static void print_choices(const char *const *values) {
        printf("One of ");
        for (size_t i = 0; values[i]; i++) {
                if (i > 0)
                        printf("%s", values[i + 1] ? ", " : " and ");
                put_marked('*', values[i], strlen(values[i]));
        }
        printf(". ");
}

/* Which options are printed. */
typedef enum OptionKind {
        OPTION_GLOBAL,
        OPTION_OF_VERBS,
        OPTION_OF_RUN,
        OPTION_OF_ONE, /* verb that has some of its own */
} OptionKind;

/* The verb whose own options they are; NULL: of none. */
static const OwnOptions *option_owner;

static void print_option(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        const OptionKind *kind = userdata;
        const char *const *values = name ? own_option_values(option_owner, name) : NULL;

        if (!doc)
                return;
        if (*kind < OPTION_OF_RUN &&
                (*kind == OPTION_GLOBAL) != manual_lists_option(manual_global_options, name, letter))
                return;
        if (letter)
                printf("*-%c*", letter);
        if (letter && name)
                printf(", ");
        if (name) {
                printf("*--");
                put(name);
                printf("%s*", argument && !option_argument_is_optional(argument) ? "=" : "");
        } else if (argument)
                putchar(' ');
        if (argument)
                put_usage(argument);
        printf("\n\t");
        put_text(doc);
        printf(". ");
        if (values && !strstr(doc, values[0]))
                print_choices(values);
        if (*kind == OPTION_OF_VERBS && !startswith(doc, "Of "))
                print_users(name, letter);
        printf("\n\n");
}

static void print_global_options(void) {
        OptionKind kind = OPTION_GLOBAL;

        options_visit(print_option, &kind);
}

static void print_verb_options(void) {
        OptionKind kind = OPTION_OF_VERBS;

        options_visit(print_option, &kind);
}

static void print_run_options(void) {
        OptionKind kind = OPTION_OF_RUN;

        options_visit_run(print_option, &kind);
}

/* Below a heading for each verb. */
static void print_own_options(void) {
        OptionKind kind = OPTION_OF_ONE;

        for (size_t i = 0; own_options_get(i); i++) {
                printf("## Of %s\n\n", own_options_get(i)->verb);
                option_owner = own_options_get(i);
                own_options_visit(option_owner, print_option, &kind);
        }
        option_owner = NULL;
}

/* What is explained, what belongs to it in parentheses, and the explanation. */
static void print_entry(const char *name, const char *aside, const char *doc) {
        put_marked('*', name, strlen(name));
        printf(" (");
        put(aside);
        printf(")\n\t");
        put_text(doc);
        printf("%s\n\n", endswith(doc, ".") ? "" : ".");
}

static void print_actions(void) {
        for (Action action = 0; action < _ACTION_MAX; action++)
                if (action_to_id(action))
                        print_entry(action_to_id(action), action_default(action), action_doc(action));
}

static void print_errors(void) {
        for (ErrorCode code = ERROR_NONE + 1; code < _ERROR_MAX; code++) {
                char aside[32];

                snprintf(aside, sizeof(aside), "exit code %d", error_code_to_exit(code));
                print_entry(error_code_to_string(code), aside, error_code_doc(code));
        }
}

static void print_limits(void) {
        for (size_t i = 0; limit_get(i); i++) {
                char aside[32];

                snprintf(aside, sizeof(aside), "%ju", (uintmax_t) limit_get(i)->value);
                print_entry(limit_get(i)->name, aside, limit_get(i)->doc);
        }
}

static void print_parameters(const Method *method) {
        for (const Parameter *p = method->parameters; p->name; p++) {
                printf("\t*");
                put(p->name);
                printf("* (%s)\n\t\t", parameter_type_to_string(p->type));
                put_text(p->doc);
                if (p->choices) {
                        putchar(' ');
                        print_choices(p->choices);
                }
                printf("\n\n");
        }
}

/* Calls itself for the fields of an object: as deep as our own tables are. */
static void print_fields(const Field *fields, int depth) {
        for (const Field *f = fields; f->name; f++) {
                for (int i = 0; i < depth; i++)
                        putchar('\t');
                printf("- _");
                put(f->name);
                printf("_ (%s%s) ", field_type_to_string(f->type), f->optional ? ", may be missing" : "");
                put_text(f->doc);
                putchar('\n');
                if (f->fields)
                        print_fields(f->fields, depth + 1);
        }
}

static void print_method(const Method *method) {
        const char *own = action_to_id(method->own), *other = action_to_id(method->other);

        printf("## ");
        put(method->name);
        printf("\n\n");
        put_text(method->doc);
        printf(" Verb ");
        put_marked('*', method->verb, strlen(method->verb));
        printf(", %s, by %s or less, %s, %u s. polkit: ",
                method_is(method, METHOD_CHANGES) ? "changes something" : "reads",
                method_is(method, METHOD_STREAMS) ? "Call or Open" : "Call", place_to_string(method->place),
                method->deadline_sec);
        put(own ? own + strlen(ACTION_PREFIX) : "always allowed");
        if (other) {
                printf(" or ");
                put(other + strlen(ACTION_PREFIX));
        }
        printf(".\n\n");
        print_parameters(method);
        if (method->result->name) {
                printf("For each account:\n\n");
                print_fields(method->result, 0);
                putchar('\n');
        }
}

static void print_methods(void) {
        for (MethodId id = 0; id < _METHOD_MAX; id++)
                print_method(method_get(id));
}

/* Markdown, of which only `code` is known. */
static void put_markdown(const char *s, size_t n) {
        bool code = false;

        for (size_t i = 0; i < n; i++)
                if (s[i] == '`') {
                        putchar('*');
                        code = !code;
                } else if (s[i] != '\\' || code || i + 1 == n || s[i + 1] != '|')
                        put_char(s[i]);
}

typedef struct Cell {
        const char *text;
        size_t n;
} Cell;

/* The cells of "| a | b |"; one may be empty. False where there are not as many. */
static bool split_row(const char *row, Cell *ret, size_t n) {
        const char *p = row + 1;

        for (size_t i = 0; i < n; i++) {
                const char *end = p + strspn(p, " ");

                ret[i].text = end;
                while (*end && *end != '\n' && (*end != '|' || end[-1] == '\\'))
                        end++;
                if (*end != '|')
                        return false;
                for (p = end + 1; end > ret[i].text && end[-1] == ' ';)
                        end--;
                ret[i].n = (size_t) (end - ret[i].text);
        }
        return *p == '\n' || !*p;
}

static void print_difference(const Cell *where, const Cell *there, const Cell *here, const Cell *why) {
        putchar('_');
        for (size_t i = 0; i < where->n; i++)
                if (where->text[i] != '`')
                        put_char(where->text[i]);
        printf("_\n\tsystemctl: ");
        put_markdown(there->text, there->n);
        printf("++\nhere: ");
        put_markdown(here->text, here->n);
        if (why->n > 0) {
                printf("++\n");
                put_markdown(why->text, why->n);
        }
        printf("\n\n");
}

static const char *differences;

/* Of the document's tables the rows: where, systemctl, userunitctl and why. */
static void print_differences(void) {
        _cleanup_fclose_ FILE *f = fopen(differences, "re");
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        if (!f) {
                fprintf(stderr, "print-manual: %s: %s\n", differences, strerror(errno));
                exit(EXIT_FAILURE);
        }
        while (getline(&line, &allocated, f) >= 0) {
                Cell cells[4];

                if (startswith(line, "## "))
                        printf("%s\n", line);
                if (*line != '|' || startswith(line, "|--") || startswith(line, "| where |"))
                        continue;
                if (!split_row(line, cells, ELEMENTSOF(cells))) {
                        fprintf(stderr, "print-manual: %s: not a row: %s", differences, line);
                        exit(EXIT_FAILURE);
                }
                print_difference(cells, cells + 1, cells + 2, cells + 3);
        }
}

static const struct {
        const char *name;
        void (*print)(void);
} parts[] = {
        { "actions", print_actions },
        { "differences", print_differences },
        { "errors", print_errors },
        { "global-options", print_global_options },
        { "limits", print_limits },
        { "methods", print_methods },
        { "own-options", print_own_options },
        { "run-options", print_run_options },
        { "verb-options", print_verb_options },
        { "verbs", print_verbs },
};

static bool print_part(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (streq(parts[i].name, name)) {
                        parts[i].print();
                        return true;
                }
        fprintf(stderr, "print-manual: there is no part '%s'\n", name);
        return false;
}

int main(int argc, char **argv) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;
        ssize_t n;

        f = argc == 3 ? fopen(argv[1], "re") : NULL;
        if (!f) {
                fprintf(stderr, "usage: print-manual TEMPLATE DIFFERENCES\n");
                return EXIT_FAILURE;
        }
        differences = argv[2];
        while ((n = getline(&line, &allocated, f)) >= 0) {
                if (n > 3 && line[0] == '@' && line[n - 2] == '@') {
                        line[n - 2] = 0;
                        if (!print_part(line + 1))
                                return EXIT_FAILURE;
                } else
                        fputs(line, stdout);
        }
        return fflush(stdout) == 0 && !ferror(f) ? EXIT_SUCCESS : EXIT_FAILURE;
}
