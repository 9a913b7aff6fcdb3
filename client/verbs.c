/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of verbs, see verbs.h. */

#include "client/verbs.h"

#include "client/help.h"
#include "client/message.h"
#include "common/strv.h"

/* A suggestion that needs more changes than this is none. */
#define SUGGEST_DISTANCE_MAX 3
#define SUGGEST_LENGTH_MAX   48

#define JOB(name, aliases, id, doc)                                                                         \
        { name, aliases, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, id, verb_job, doc }

static const Verb verb_table[] = {
        { "list-units", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_LIST,
                verb_list_units, "List units that are in memory" },
        { "status", NULL, "[UNIT...|PID...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_STATUS,
                verb_status, "Show how units are doing, or without any how the accounts are" },
        { "show", NULL, "[UNIT...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_SHOW, verb_show,
                "Show properties of units, or without any of the manager" },
        { "cat", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_CAT, verb_cat,
                "Show the files of units, drop-ins included" },
        { "is-active", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_STATE, verb_is_active,
                "Check whether units are active" },
        { "is-failed", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_STATE, verb_is_failed,
                "Check whether units have failed" },
        JOB("start", NULL, METHOD_UNITS_START, "Start units, and wait for the result"),
        JOB("stop", NULL, METHOD_UNITS_STOP, "Stop units"),
        JOB("restart", NULL, METHOD_UNITS_RESTART, "Stop units and start them again"),
        JOB("try-restart", "condrestart", METHOD_UNITS_TRY_RESTART, "Restart units that are active"),
        JOB("reload", NULL, METHOD_UNITS_RELOAD, "Have units read their configuration again"),
        JOB("reload-or-restart", NULL, METHOD_UNITS_RELOAD_OR_RESTART,
                "Reload units that can, restart the others"),
        JOB("try-reload-or-restart", "reload-or-try-restart force-reload",
                METHOD_UNITS_TRY_RELOAD_OR_RESTART, "The same, of those that are active"),
        { "kill", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_KILL, verb_kill,
                "Send a signal to processes of units" },
        { "reset-failed", NULL, "[UNIT...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_RESET_FAILED,
                verb_reset_failed, "Forget that units have failed" },

        { "list-unit-files", NULL, "[PATTERN...]", VERB_GROUP_FILES, 0, VERB_ANY, METHOD_UNIT_FILES_LIST,
                verb_list_unit_files, "List unit files and whether they are enabled" },
        { "is-enabled", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_STATE,
                verb_is_enabled, "Check whether unit files are enabled" },
        { "enable", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_ENABLE, verb_enable,
                "Have units started with the manager" },
        { "disable", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_DISABLE, verb_enable,
                "Have units no longer started with it" },

        { "accounts", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_ACCOUNTS_LIST,
                verb_accounts, "List accounts, or show some with their sessions" },
        { "linger", "list-users", "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_LIST,
                verb_linger, "List accounts that linger" },
        { "enable-linger", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_ENABLE,
                verb_set_linger, "Keep the manager running without a session" },
        { "disable-linger", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_DISABLE,
                verb_set_linger, "Stop it with the last session again" },
        { "manager", NULL, "start|stop|restart ACCOUNT...", VERB_GROUP_ACCOUNTS, 2, VERB_ANY,
                _METHOD_INVALID, verb_manager, "Start, stop or restart the manager of an account" },
        { "daemon-reload", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_MANAGER_RELOAD,
                verb_daemon, "Have the manager read all unit files again" },
        { "daemon-reexec", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_MANAGER_REEXEC,
                verb_daemon, "Have the manager execute itself again" },

        { "can", NULL, "[VERB ACCOUNT/UNIT...]", VERB_GROUP_SERVICE, 0, VERB_ANY, METHOD_ACCESS_CHECK,
                verb_can, "Say whether one may: yes, no or with a password" },
        { "call", NULL, "METHOD [JSON|-]", VERB_GROUP_SERVICE, 1, 2, _METHOD_INVALID, verb_call,
                "Call any method of the service" },
        { "describe", NULL, "[METHOD]", VERB_GROUP_SERVICE, 0, 1, _METHOD_INVALID, verb_describe,
                "Describe the methods of the service" },
        { "version", NULL, "", VERB_GROUP_SERVICE, 0, 0, _METHOD_INVALID, verb_version,
                "Show the versions of client and service" },
        { "help", NULL, "[VERB]", VERB_GROUP_SERVICE, 0, 1, _METHOD_INVALID, verb_help,
                "This help, or a verb's" },
};

static const Verb overview = { "", NULL, "", VERB_GROUP_ACCOUNTS, 0, 0, METHOD_ACCOUNTS_LIST, verb_overview,
        "" };

const Verb *verb_get(size_t i) {
        return i < ELEMENTSOF(verb_table) ? verb_table + i : NULL;
}

/* The next of some words separated by blanks: its length, 0 behind the last. */
static size_t next_word(const char **p) {
        *p += strspn(*p, " ");
        return strcspn(*p, " ");
}

static bool has_alias(const Verb *verb, const char *name) {
        size_t n;

        for (const char *p = strempty(verb->aliases); (n = next_word(&p)) > 0; p += n)
                if (strlen(name) == n && strncmp(p, name, n) == 0)
                        return true;
        return false;
}

const Verb *verb_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(verb_table); i++)
                if (streq(verb_table[i].name, name) || has_alias(verb_table + i, name))
                        return verb_table + i;
        return NULL;
}

/* Insertions, deletions and replacements between two short words. */
static size_t distance(const char *a, const char *b) {
        size_t n = strlen(b), row[SUGGEST_LENGTH_MAX + 1];

        if (strlen(a) > SUGGEST_LENGTH_MAX || n > SUGGEST_LENGTH_MAX)
                return SIZE_MAX;
        for (size_t j = 0; j <= n; j++)
                row[j] = j;
        for (size_t i = 1; a[i - 1]; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= n; j++) {
                        size_t above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1]);

                        row[j] = MIN(replaced, MIN(above, row[j - 1]) + 1);
                        diagonal = above;
                }
        }
        return row[n];
}

const char *verb_suggest(const char *name) {
        size_t best = SUGGEST_DISTANCE_MAX + 1;
        const char *found = NULL;

        for (size_t i = 0; i < ELEMENTSOF(verb_table); i++) {
                size_t d = distance(name, verb_table[i].name);

                /* Half of a word is not a slip. */
                if (d < best && 2 * d < strlen(verb_table[i].name)) {
                        best = d;
                        found = verb_table[i].name;
                }
        }
        return found;
}

static int refuse_unknown(const char *name) {
        const char *meant = verb_suggest(name);

        if (meant)
                message_error("There is no verb '%s'; did you mean '%s'?", name, meant);
        else
                message_error("There is no verb '%s'; 'userunitctl --help' lists them.", name);
        return EXIT_CODE_INVALID;
}

int verbs_dispatch(Client *c, char **arguments) {
        const Verb *verb = &overview;
        size_t n;

        if (arguments[0]) {
                verb = verb_find(arguments[0]);
                if (!verb)
                        return refuse_unknown(arguments[0]);
                arguments++;
        }
        if (c->options.help) {
                verb_print_help(stdout, verb);
                return EXIT_CODE_OK;
        }

        n = strv_length(arguments);
        if (n < verb->min_arguments) {
                message_error("'%s' needs more: userunitctl %s %s", verb->name, verb->name, verb->usage);
                return EXIT_CODE_INVALID;
        }
        if (n > verb->max_arguments) {
                message_error("'%s' takes less: userunitctl %s %s", verb->name, verb->name, verb->usage);
                return EXIT_CODE_INVALID;
        }
        return verb->function(c, verb, arguments);
}

void verbs_print_help(FILE *f) {
        static const char *const titles[_VERB_GROUP_MAX] = {
                [VERB_GROUP_UNITS] = "Units",
                [VERB_GROUP_FILES] = "Unit files",
                [VERB_GROUP_ACCOUNTS] = "Accounts",
                [VERB_GROUP_SERVICE] = "The service",
        };

        fputs("userunitctl [OPTIONS...] [VERB] [ARGUMENTS...]\n\n", f);
        help_print_paragraph(f, 0,
                "See and control the systemd units of any account: [ACCOUNT/]UNIT, with patterns on both sides. "
                "Without a verb: how the accounts are.");
        for (VerbGroup group = 0; group < _VERB_GROUP_MAX; group++) {
                fprintf(f, "\n%s:\n", titles[group]);
                for (size_t i = 0; i < ELEMENTSOF(verb_table); i++) {
                        const Verb *verb = verb_table + i;
                        char left[HELP_WIDTH];

                        if (verb->group != group)
                                continue;
                        snprintf(left, sizeof(left), "%s%s%s", verb->name, *verb->usage ? " " : "",
                                verb->usage);
                        help_print_row(f, left, verb->doc);
                }
        }
}

static void print_parameters(FILE *f, const Method *method) {
        if (!method->parameters->name)
                return;
        fputs("\nParameters:\n", f);
        for (const Parameter *p = method->parameters; p->name; p++) {
                char left[HELP_WIDTH];

                snprintf(left, sizeof(left), "%s: %s", p->name, parameter_type_to_string(p->type));
                help_print_row(f, left, p->doc);
        }
}

void verb_print_help(FILE *f, const Verb *verb) {
        fprintf(f, "userunitctl [OPTIONS...]%s%s%s%s\n\n", *verb->name ? " " : "", verb->name,
                *verb->usage ? " " : "", verb->usage);
        if (*verb->doc) {
                char text[256];

                snprintf(text, sizeof(text), "%s.", verb->doc);
                help_print_paragraph(f, 0, text);
        }
        if (verb->aliases)
                fprintf(f, "Also: %s\n", verb->aliases);
        if (verb->method >= 0) {
                const Method *method = method_get(verb->method);
                const char *own = action_to_id(method->own), *other = action_to_id(method->other);

                fputc('\n', f);
                help_print_row(f, "Method", method->name);
                help_print_row(f, "For one's own account", own ? own : "always allowed");
                help_print_row(f, "For another's", other ? other : "always allowed");
                print_parameters(f, method);
        }
        fputs("\nOptions are listed by 'userunitctl --help'.\n", f);
}

int verb_help(Client *c, const Verb *verb, char **arguments) {
        if (arguments[0]) {
                const Verb *about = verb_find(arguments[0]);

                if (!about)
                        return refuse_unknown(arguments[0]);
                verb_print_help(stdout, about);
                return EXIT_CODE_OK;
        }

        client_page(c);
        verbs_print_help(stdout);
        options_print_help(stdout);
        return EXIT_CODE_OK;
}
