/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Verbs that have options of their own, see own.h. */

#include "client/options/own.h"

#include "client/options/event.h"
#include "client/options/logs.h"
#include "client/options/values.h"

static const OwnOptions *const own_tables[] = {
        &event_options_watch,
        &event_options_events,
        &event_options_wait,
        &event_options_history,
        &logs_options,
};

const OwnOptions *own_options_get(size_t i) {
        return i < ELEMENTSOF(own_tables) ? own_tables[i] : NULL;
}

const OwnOptions *own_options_find(const char *verb) {
        for (size_t i = 0; i < ELEMENTSOF(own_tables); i++)
                if (streq(own_tables[i]->verb, verb))
                        return own_tables[i];
        return NULL;
}

const char *const *own_option_values(const OwnOptions *own, const char *name) {
        const char *const *values = own == &logs_options ? logs_option_values(name) : NULL;

        return values ? values : option_values(name);
}

void own_options_visit(const OwnOptions *own, OptionVisitor visitor, void *userdata) {
        for (size_t i = 0; i < own->n; i++)
                visitor(own->rows[i].name, own->rows[i].letter, own->rows[i].argument, own->rows[i].doc,
                        userdata);
}

void own_options_print_help(FILE *f, const OwnOptions *own) {
        for (size_t i = 0; i < own->n; i++)
                if (own->rows[i].doc)
                        option_print_help(f, own->rows + i);
}
