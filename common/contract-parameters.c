/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parameters of the methods, see contract-rows.h. */

#include "common/contract-rows.h"
#include "common/parameters.h"

#define PARAMETER(n, t, member, choice, text)                                                               \
        { .name = n, .type = t, .offset = offsetof(Parameters, member), .choices = choice, .doc = text }

#define PARAMETER_ACCOUNTS                                                                                  \
        PARAMETER("accounts", PARAMETER_STRINGS, accounts, NULL,                                            \
                "Names, uids or globs of accounts. Without accounts and targets: the caller's own account.")
#define PARAMETER_UNITS                                                                                     \
        PARAMETER("units", PARAMETER_STRINGS, units, NULL, "Unit names, for each of the accounts.")
#define PARAMETER_PATTERNS                                                                                  \
        PARAMETER("units", PARAMETER_STRINGS, units, NULL,                                                  \
                "Patterns of unit names, for each of the accounts; without: all units.")
#define PARAMETER_TARGETS                                                                                   \
        PARAMETER("targets", PARAMETER_STRINGS, targets, NULL,                                              \
                "ACCOUNT/UNIT strings, in place of accounts and units.")

static const char *const unit_types[] = { "automount", "device", "mount", "path", "scope", "service",
        "slice", "socket", "swap", "target", "timer", NULL };

/* Not isolate, flush and triggering: these act on units that nobody named, and nobody was asked about. */
static const char *const job_modes[] = { "replace", "replace-irreversibly", "fail", "ignore-dependencies",
        "ignore-requirements", NULL };

static const char *const kill_whoms[] = { "all", "main", "control", NULL };

static const char *const preset_modes[] = { "full", "enable-only", "disable-only", NULL };

static const char *const dependencies[] = { "forward", "reverse", "after", "before", NULL };

static const char *const clean_whats[] = { "runtime", "state", "cache", "logs", "configuration", "fdstore",
        "all", NULL };

const Parameter no_parameters[] = { {} };

const Parameter accounts_parameters[] = { PARAMETER_ACCOUNTS, {} };

const Parameter list_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL, "Inactive units too, and those that follow another."),
        PARAMETER("states", PARAMETER_STRINGS, states, NULL,
                "Only units in one of these load, active or sub states."),
        PARAMETER_TARGETS,
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Only units of these types."),
        PARAMETER_PATTERNS,
        {},
};

const Parameter file_list_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("on_disk", PARAMETER_BOOLEAN, on_disk, NULL,
                "Read the files without the manager, which takes long where they are many."),
        PARAMETER("states", PARAMETER_STRINGS, states, NULL, "Only unit files in one of these states."),
        PARAMETER_TARGETS,
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Only unit files of these types."),
        PARAMETER_PATTERNS,
        {},
};

const Parameter unit_parameters[] = { PARAMETER_ACCOUNTS, PARAMETER_TARGETS, PARAMETER_UNITS, {} };

const Parameter unit_pattern_parameters[] = { PARAMETER_ACCOUNTS, PARAMETER_TARGETS, PARAMETER_PATTERNS,
        {} };

/* Of reads that take units by name or by pattern. */
#define PARAMETER_MATCH_ALL                                                                                 \
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL, "Patterns match inactive units too.")
#define PARAMETER_MATCH_STATES                                                                              \
        PARAMETER("states", PARAMETER_STRINGS, states, NULL,                                                \
                "Patterns match only units in one of these load, active or sub states.")
#define PARAMETER_MATCH_TYPES                                                                               \
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Patterns match only units of these types.")

const Parameter look_parameters[] = { PARAMETER_ACCOUNTS, PARAMETER_MATCH_ALL, PARAMETER_MATCH_STATES,
        PARAMETER_TARGETS, PARAMETER_MATCH_TYPES, PARAMETER_UNITS, {} };

const Parameter show_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_MATCH_ALL,
        PARAMETER("properties", PARAMETER_STRINGS, properties, NULL,
                "Names of the properties wanted; without: all."),
        PARAMETER_MATCH_STATES,
        PARAMETER_TARGETS,
        PARAMETER_MATCH_TYPES,
        PARAMETER_UNITS,
        {},
};

const Parameter job_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("mode", PARAMETER_STRING, mode, job_modes,
                "What happens to conflicting jobs, as systemctl's --job-mode; without: replace."),
        PARAMETER("no_block", PARAMETER_BOOLEAN, no_block, NULL,
                "Answer when the job is queued, not when it ended."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter kill_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER(
                "signal", PARAMETER_STRING, signal, NULL, "Name or number of the signal; without: SIGTERM."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("whom", PARAMETER_STRING, whom, kill_whoms, "Which processes; without: all."),
        {},
};

const Parameter enable_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("force", PARAMETER_BOOLEAN, force, NULL, "Replace links that are in the way."),
        PARAMETER("runtime", PARAMETER_BOOLEAN, runtime, NULL, "Only until the next boot."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter preset_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("force", PARAMETER_BOOLEAN, force, NULL, "Replace links that are in the way."),
        PARAMETER("preset_mode", PARAMETER_STRING, preset_mode, preset_modes,
                "Whether to enable, to disable or both; without: full, which is both."),
        PARAMETER("runtime", PARAMETER_BOOLEAN, runtime, NULL, "Only until the next boot."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter add_dependency_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("force", PARAMETER_BOOLEAN, force, NULL, "Replace links that are in the way."),
        PARAMETER("runtime", PARAMETER_BOOLEAN, runtime, NULL, "Only until the next boot."),
        PARAMETER("target", PARAMETER_STRING, target, NULL, "The unit that is to depend on the others."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter dependencies_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL,
                "Go on behind units of all types, not only behind targets."),
        PARAMETER("dependency", PARAMETER_STRING, dependency, dependencies,
                "Which way to look; without: forward, what the units pull in."),
        PARAMETER("once", PARAMETER_BOOLEAN, once, NULL,
                "Do not show again what the tree went on behind, as systemctl's --plain; so it is with states and types."),
        PARAMETER("states", PARAMETER_STRINGS, states, NULL,
                "Only units in one of these load, active or sub states."),
        PARAMETER_TARGETS,
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Only units of these types."),
        PARAMETER_UNITS,
        {},
};

const Parameter triggers_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL, "Inactive units too."),
        PARAMETER("states", PARAMETER_STRINGS, states, NULL,
                "Only units in one of these load, active or sub states."),
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        {},
};

const Parameter job_list_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("after", PARAMETER_BOOLEAN, after, NULL, "Which jobs wait for each job."),
        PARAMETER("before", PARAMETER_BOOLEAN, before, NULL, "Which jobs each job waits for."),
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        {},
};

const Parameter job_cancel_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("jobs", PARAMETER_STRINGS, jobs, NULL,
                "Numbers of jobs, each of one of the units; without: whatever jobs the units have."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter clean_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("what", PARAMETER_STRINGS, what, clean_whats,
                "Which of the unit's directories; without: cache and runtime."),
        {},
};

const Parameter set_property_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("assignments", PARAMETER_STRINGS, assignments, NULL, "NAME=VALUE, as in a unit file."),
        PARAMETER("runtime", PARAMETER_BOOLEAN, runtime, NULL, "Only until the next boot."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

const Parameter set_environment_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("assignments", PARAMETER_STRINGS, assignments, NULL, "NAME=VALUE."),
        {},
};

const Parameter unset_environment_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("names", PARAMETER_STRINGS, names, NULL,
                "Names of variables, or NAME=VALUE to unset it only where it has this value."),
        {},
};

const Parameter run_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("assignments", PARAMETER_STRINGS, assignments, NULL,
                "Properties of the unit, NAME=VALUE as in a unit file."),
        PARAMETER("command", PARAMETER_STRINGS, command, NULL,
                "The program and its arguments; the program is absolute or found on the manager's PATH."),
        PARAMETER("no_block", PARAMETER_BOOLEAN, no_block, NULL,
                "Answer when the job is queued, not when it ended."),
        PARAMETER("pipe", PARAMETER_BOOLEAN, pipe, NULL,
                "Standard input, output and error are the three descriptors of the request."),
        PARAMETER_TARGETS,
        PARAMETER("timer", PARAMETER_STRINGS, timer, NULL,
                "Properties of a timer unit that starts the service, NAME=VALUE; without: start it now."),
        PARAMETER("units", PARAMETER_STRINGS, units, NULL, "The name of the unit that is made, one."),
        PARAMETER("wait", PARAMETER_BOOLEAN, wait, NULL, "Answer when the service has ended."),
        {},
};

const Parameter check_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("verb", PARAMETER_STRING, verb, NULL, "The verb or the method that is asked about."),
        {},
};
