/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parameters that options stand for, see request-options.h. */

#include "client/request-options.h"

#include "client/message.h"
#include "common/escape.h"
#include "common/limits.h"
#include "common/strv.h"

static int copy_list(char **from, char ***to) {
        return from ? strv_copy(from, to) : 0;
}

static int copy_string(const char *from, char **to) {
        if (!from)
                return 0;
        *to = strdup(from);
        return *to ? 0 : -ENOMEM;
}

int parameters_from_options(const Options *o, Parameters *p) {
        int r;

        p->after = o->after;
        p->all = o->all;
        p->before = o->before;
        p->force = o->force;
        p->no_block = o->no_block;
        p->runtime = o->runtime;

        r = copy_list(o->states, &p->states);
        if (r >= 0)
                r = copy_list(o->types, &p->types);
        if (r >= 0)
                r = copy_list(o->properties, &p->properties);
        if (r >= 0)
                r = copy_list(o->what, &p->what);
        if (r >= 0)
                r = copy_string(o->job_mode, &p->mode);
        if (r >= 0)
                r = copy_string(o->preset_mode, &p->preset_mode);
        if (r >= 0)
                r = copy_string(o->signal, &p->signal);
        if (r >= 0)
                r = copy_string(o->kill_whom, &p->whom);
        return r;
}

/* The service refuses more too, at a place in a text that nobody typed. */
static bool number_is_fine(const Parameters *p) {
        size_t n = MAX(strv_length(p->units), strv_length(p->targets));

        n = MAX(n, strv_length(p->accounts));
        if (n <= PARAMETER_ITEMS_MAX)
                return true;
        message_error(
                "%zu units or accounts are named; at most %u can be at a time.", n, PARAMETER_ITEMS_MAX);
        return false;
}

/* The option that people gave a parameter with. */
static const char *parameter_option(const char *name) {
        static const char *const options[][2] = { { "mode", "--job-mode=" }, { "whom", "--kill-whom=" },
                { "what", "--what=" }, { "preset_mode", "--preset-mode=" }, { "types", "--type=" },
                { "events", "--events=" }, { "verdicts", "--verdict=" } };

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (streq(options[i][0], name))
                        return options[i][1];
        return name;
}

static bool is_choice(const Parameter *parameter, const char *value) {
        for (const char *const *choice = parameter->choices; *choice; choice++)
                if (streq(*choice, value))
                        return true;

        fprintf(stderr,
                "userunitctl: '%s' is no value for %s; there are:", escape_is_needed(value) ? "?" : value,
                parameter_option(parameter->name));
        for (const char *const *choice = parameter->choices; *choice; choice++)
                fprintf(stderr, "%s %s", choice == parameter->choices ? "" : ",", *choice);
        fputs(".\n", stderr);
        return false;
}

/* The service would refuse it too, but speak of a place in a text that nobody typed. */
static bool choices_are_valid(const Method *method, Parameters *p) {
        for (const Parameter *parameter = method->parameters; parameter->name; parameter++) {
                void *member = (char *) p + parameter->offset;

                if (!parameter->choices)
                        continue;
                if (parameter->type == PARAMETER_STRING && *(char **) member &&
                        !is_choice(parameter, *(char **) member))
                        return false;
                if (parameter->type == PARAMETER_STRINGS)
                        STRV_FOREACH(item, *(char ***) member)
                                if (!is_choice(parameter, *item))
                                        return false;
        }
        return true;
}

bool parameters_are_fine(const Method *method, Parameters *p) {
        return number_is_fine(p) && choices_are_valid(method, p);
}
