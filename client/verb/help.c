/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* help, --help, and --help of a verb: made from the tables of verbs, options and methods. */

#include "client/help.h"
#include "client/manual.h"
#include "client/message.h"
#include "client/options/own.h"
#include "client/verbs.h"

static const char *const group_titles[_VERB_GROUP_MAX] = {
        [VERB_GROUP_UNITS] = "Units",
        [VERB_GROUP_FILES] = "Unit files",
        [VERB_GROUP_ACCOUNTS] = "Accounts",
        [VERB_GROUP_SERVICE] = "The service",
};

const char *verb_group_title(VerbGroup group) {
        return group_titles[group];
}

void verbs_print_help(FILE *f) {
        fputs("userunitctl [OPTIONS...] [VERB] [ARGUMENTS...]\n\n", f);
        help_print_paragraph(f, 0,
                "See and control the systemd units of any account: [ACCOUNT/]UNIT, with patterns on both sides. "
                "Without a verb: how the accounts are.");
        for (VerbGroup group = 0; group < _VERB_GROUP_MAX; group++) {
                fprintf(f, "\n%s:\n", group_titles[group]);
                for (size_t i = 0; verb_get(i); i++) {
                        const Verb *verb = verb_get(i);
                        char left[HELP_WIDTH];

                        if (verb->group != group)
                                continue;
                        snprintf(left, sizeof(left), "%s%s%s", verb->name, *verb->usage ? " " : "",
                                verb->usage);
                        help_print_row(f, left, verb->doc);
                }
        }
}

static void print_rights(FILE *f, const Method *method) {
        const char *own = action_to_id(method->own), *other = action_to_id(method->other);

        fputs("\nRights:\n", f);
        help_print_row(f, "For one's own account", own ? own : "always allowed");
        help_print_row(f, "For another's", other ? other : "always allowed");
        help_print_row(f, "Method of the service", method->name);
}

void verb_print_help(FILE *f, const Verb *verb) {
        const OwnOptions *own = own_options_find(verb->name);
        const Manual *manual = manual_find(verb->name);

        fprintf(f, "userunitctl [OPTIONS...]%s%s%s%s\n\n", *verb->name ? " " : "", verb->name,
                *verb->usage ? " " : "", verb->usage);
        if (*verb->doc) {
                char text[256];

                snprintf(text, sizeof(text), "%s.", verb->doc);
                help_print_paragraph(f, 0, text);
        }
        if (manual) {
                fputc('\n', f);
                help_print_paragraph(f, 0, manual->text);
        }
        if (verb->aliases)
                fprintf(f, "\nAlso: %s\n", verb->aliases);
        if (verb->method == METHOD_UNITS_RUN) {
                fputs("\nOptions:\n", f);
                run_options_print_help(f);
        } else if (own || (manual && *manual->options)) {
                fputs("\nOptions:\n", f);
                if (own)
                        own_options_print_help(f, own);
                if (manual && *manual->options)
                        options_print_help_of(f, manual->options);
        }
        if (verb->method >= 0)
                print_rights(f, method_get(verb->method));
        fputs("\nOptions of all verbs, for accounts, hosts and output: userunitctl --help\n", f);
        fputs("The manual: man userunitctl\n", f);
}

int verb_help(Client *c, const Verb *verb, char **arguments) {
        client_page(c);
        if (arguments[0]) {
                const Verb *about = verb_find(arguments[0]);

                if (!about && strpbrk(arguments[0], "/.")) {
                        message_error(
                                "What documents a unit is in its status, behind 'Docs:': userunitctl status %s",
                                arguments[0]);
                        return EXIT_CODE_INVALID;
                }
                if (!about)
                        return verb_refuse_unknown(arguments[0]);
                verb_print_help(stdout, about);
                return EXIT_CODE_OK;
        }

        verbs_print_help(stdout);
        options_print_help(stdout);
        return EXIT_CODE_OK;
}
