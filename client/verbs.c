/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of verbs, see verbs.h. */

#include "client/verbs.h"

#include "client/foreign-verbs.h"
#include "client/hint.h"
#include "client/message.h"
#include "common/escape.h"
#include "common/strv.h"
#include "common/suggest.h"

#define JOB(name, aliases, id, doc)                                                                         \
        { name, aliases, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, id, verb_job, doc }

static const Verb verb_table[] = {
        { "list-units", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_LIST,
                verb_list_units, "List units that are in memory" },
        { "list-timers", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_TIMERS_LIST,
                verb_list_triggers, "List timers, when they elapse and what they start" },
        { "list-sockets", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_SOCKETS_LIST,
                verb_list_triggers, "List sockets, what they listen on and what they start" },
        { "list-paths", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_PATHS_LIST,
                verb_list_triggers, "List paths, what they watch and what they start" },
        { "list-dependencies", NULL, "[UNIT...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_DEPENDENCIES,
                verb_list_dependencies, "Show what units pull in, as a tree" },
        { "list-jobs", NULL, "[PATTERN...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_JOBS_LIST, verb_list_jobs,
                "List jobs that are queued or running" },
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
        { "logs", NULL, "[UNIT...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_LOGS_READ, verb_logs,
                "Show what units have logged" },
        { "why", NULL, "[ACCOUNT/]UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, _METHOD_INVALID, verb_why,
                "Tell the story of a unit: how it is, how it came to that, and what comes next" },
        { "watch", NULL, "[PATTERN...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_EVENTS_WATCH,
                verb_watch, "Show what happens to units and managers, as it happens" },
        { "events", NULL, "[PATTERN...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_EVENTS_LIST,
                verb_events, "Show what has happened to them" },
        { "wait", NULL, "UNIT... --for=STATE", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_STATE, verb_wait,
                "Wait until units are in a state" },
        { "prove", NULL, "[PATTERN...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_PROVE,
                verb_prove, "Look whether units do their work, by the proofs in their files" },
        { "whoami", NULL, "[PID...]", VERB_GROUP_UNITS, 0, VERB_ANY, _METHOD_INVALID, verb_whoami,
                "Say which account and unit processes belong to" },
        { "top", NULL, "[PATTERN...|ACCOUNT/]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_USAGE, verb_top,
                "Show what accounts and units use: CPU, memory, tasks, IO" },
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
        { "cancel", NULL, "[[ACCOUNT/]JOB...|UNIT...]", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_JOBS_CANCEL,
                verb_cancel, "Cancel jobs, by number or of units; without any all" },
        { "freeze", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_FREEZE, verb_job,
                "Suspend the processes of units" },
        { "thaw", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_THAW, verb_job,
                "Let them go on" },
        { "clean", NULL, "UNIT...", VERB_GROUP_UNITS, 1, VERB_ANY, METHOD_UNITS_CLEAN, verb_job,
                "Remove the cache, runtime and other directories of units" },
        { "set-property", NULL, "UNIT... NAME=VALUE...", VERB_GROUP_UNITS, 2, VERB_ANY,
                METHOD_UNITS_SET_PROPERTY, verb_set_property, "Set properties of units that run" },
        { "run", NULL, "[ACCOUNT[/UNIT]] -- COMMAND...", VERB_GROUP_UNITS, 0, VERB_ANY, METHOD_UNITS_RUN,
                verb_run, "Run a command as a service that is made for it" },

        { "list-unit-files", NULL, "[PATTERN...]", VERB_GROUP_FILES, 0, VERB_ANY, METHOD_UNIT_FILES_LIST,
                verb_list_unit_files, "List unit files and whether they are enabled" },
        { "is-enabled", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_STATE,
                verb_is_enabled, "Check whether unit files are enabled" },
        { "enable", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_ENABLE, verb_enable,
                "Have units started with the manager" },
        { "disable", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_DISABLE, verb_enable,
                "Have units no longer started with it" },
        { "reenable", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_REENABLE,
                verb_enable, "Disable units and enable them again, as their files now say" },
        { "preset", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_PRESET, verb_enable,
                "Enable or disable units as the preset policy says" },
        { "mask", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_MASK, verb_enable,
                "Make units impossible to start" },
        { "unmask", NULL, "UNIT...", VERB_GROUP_FILES, 1, VERB_ANY, METHOD_UNIT_FILES_UNMASK, verb_enable,
                "Undo that" },
        { "add-wants", NULL, "TARGET UNIT...", VERB_GROUP_FILES, 2, VERB_ANY, METHOD_UNIT_FILES_ADD_WANTS,
                verb_add_dependency, "Have a target want units" },
        { "add-requires", NULL, "TARGET UNIT...", VERB_GROUP_FILES, 2, VERB_ANY,
                METHOD_UNIT_FILES_ADD_REQUIRES, verb_add_dependency, "Have a target require units" },
        { "get-default", NULL, "[ACCOUNT...]", VERB_GROUP_FILES, 0, VERB_ANY, METHOD_UNIT_FILES_DEFAULT,
                verb_get_default, "Show the unit that is started with the manager" },
        { "set-default", NULL, "[ACCOUNT/]TARGET", VERB_GROUP_FILES, 1, 1, METHOD_UNIT_FILES_SET_DEFAULT,
                verb_set_default, "Set it" },

        { "accounts", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_ACCOUNTS_LIST,
                verb_accounts, "List accounts, or show some with their sessions" },
        { "linger", "list-users", "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_LIST,
                verb_linger, "List accounts that linger" },
        { "enable-linger", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_ENABLE,
                verb_set_linger, "Keep the manager running without a session" },
        { "disable-linger", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_LINGER_DISABLE,
                verb_set_linger, "Stop it with the last session again" },
        { "manager", NULL, "status|start|stop|restart ACCOUNT...", VERB_GROUP_ACCOUNTS, 2, VERB_ANY,
                _METHOD_INVALID, verb_manager, "See, start, stop or restart the manager of an account" },
        { "is-system-running", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_MANAGER_STATUS,
                verb_is_system_running, "Say how the manager is, in a word" },
        { "daemon-reload", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_MANAGER_RELOAD,
                verb_daemon, "Have the manager read all unit files again" },
        { "daemon-reexec", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY, METHOD_MANAGER_REEXEC,
                verb_daemon, "Have the manager execute itself again" },
        { "show-environment", NULL, "[ACCOUNT...]", VERB_GROUP_ACCOUNTS, 0, VERB_ANY,
                METHOD_MANAGER_ENVIRONMENT, verb_show_environment,
                "Show the environment that the manager hands to units" },
        { "set-environment", NULL, "[ACCOUNT/] NAME=VALUE...", VERB_GROUP_ACCOUNTS, 1, VERB_ANY,
                METHOD_MANAGER_SET_ENVIRONMENT, verb_set_environment, "Set variables of it" },
        { "unset-environment", NULL, "[ACCOUNT/] NAME...", VERB_GROUP_ACCOUNTS, 1, VERB_ANY,
                METHOD_MANAGER_UNSET_ENVIRONMENT, verb_set_environment, "Unset variables of it" },
        { "import-environment", NULL, "[ACCOUNT/] NAME...", VERB_GROUP_ACCOUNTS, 0, VERB_ANY,
                METHOD_MANAGER_SET_ENVIRONMENT, verb_import_environment,
                "Set variables of it to one's own" },

        { "history", NULL, "[PATTERN...|ACCOUNT/]", VERB_GROUP_SERVICE, 0, VERB_ANY, METHOD_HISTORY_LIST,
                verb_history, "Show who did what through the service" },
        { "can", NULL, "[VERB ACCOUNT/UNIT...]", VERB_GROUP_SERVICE, 0, VERB_ANY, METHOD_ACCESS_CHECK,
                verb_can, "Say whether one may: yes, no or with a password" },
        { "doctor", NULL, "[ACCOUNT]", VERB_GROUP_SERVICE, 0, 1, _METHOD_INVALID, verb_doctor,
                "Find out what is wrong with an account, and what mends it" },
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

/* For the scripts of shells, and nobody else. */
static const Verb completion = { "__complete", NULL, "", VERB_GROUP_SERVICE, 0, VERB_ANY, _METHOD_INVALID,
        verb_complete, "" };

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

/* Names of verbs one after the other. */
static const char *name_at(size_t i) {
        return verb_table[i].name;
}

const char *verb_suggest(const char *name) {
        return word_suggest(name, name_at, ELEMENTSOF(verb_table));
}

int verb_refuse_unknown(const char *name) {
        const char *foreign = foreign_verb_find(name), *meant = verb_suggest(name);
        _cleanup_free_ char *safe = escape_terminal(name);

        if (!safe)
                return message_errno(-ENOMEM);
        if (foreign)
                message_error("There is no verb '%s': %s", safe, foreign);
        else if (strchr(name, '/') || hint_word_is_account(name))
                message_error("There is no verb '%s'; write 'userunitctl status %s%s'.", safe, safe,
                        strchr(name, '/') ? "" : "/");
        else if (meant)
                message_error("There is no verb '%s'; did you mean '%s'?", safe, meant);
        else
                message_error("There is no verb '%s'; 'userunitctl --help' lists them.", safe);
        return EXIT_CODE_INVALID;
}

int verbs_dispatch(Client *c, char **arguments) {
        const Options *o = &c->options;
        const Verb *verb = &overview;
        size_t n;

        /* What picks units can only mean a list of them. */
        if (!arguments[0] && (o->types || o->states))
                verb = verb_find("list-units");

        if (arguments[0]) {
                verb = streq(arguments[0], completion.name) ? &completion : verb_find(arguments[0]);
                if (!verb)
                        return verb_refuse_unknown(arguments[0]);
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
