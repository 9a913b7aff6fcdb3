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

static const char *const priorities[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
        "debug", NULL };

static const char *const event_names[] = { "started", "stopped", "failed", "restarting", "reloaded",
        "skipped", "out-of-memory", "dumped-core", "manager-started", "manager-stopped", "manager-failed",
        "linger-on", "linger-off", "files-changed", NULL };

static const char *const verdicts[] = { "granted", "denied", "refused", NULL };

#define PARAMETER_AFTER_CURSOR                                                                              \
        PARAMETER("after_cursor", PARAMETER_STRING, after_cursor, NULL,                                     \
                "Only what stands behind this place of the journal, as a line's cursor names it.")
#define PARAMETER_LINES(text) PARAMETER("lines", PARAMETER_UNSIGNED, lines, NULL, text)
#define PARAMETER_REVERSE     PARAMETER("reverse", PARAMETER_BOOLEAN, reverse, NULL, "The newest first.")
#define PARAMETER_SINCE                                                                                     \
        PARAMETER("since", PARAMETER_UNSIGNED, since, NULL, "Not before this time, µs since the epoch.")
#define PARAMETER_UNTIL                                                                                     \
        PARAMETER("until", PARAMETER_UNSIGNED, until, NULL, "Not after this time, µs since the epoch.")

const Parameter logs_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_AFTER_CURSOR,
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL,
                "Fields whole, however long; without: null in place of one over 4096 bytes."),
        PARAMETER("boot", PARAMETER_STRING, boot, NULL,
                "Of one boot: its id, or a number, 0 for this one, -1 for the one before it, 1 for the first."),
        PARAMETER("case_insensitive", PARAMETER_BOOLEAN, case_insensitive, NULL,
                "The case of letters does not count in grep; without either: only where grep has capital letters."),
        PARAMETER("case_sensitive", PARAMETER_BOOLEAN, case_sensitive, NULL,
                "The case of letters counts in grep."),
        PARAMETER("cursor", PARAMETER_STRING, cursor, NULL, "From this place of the journal on."),
        PARAMETER("fields", PARAMETER_STRINGS, fields, NULL,
                "Only these fields of each entry, and the addresses (__CURSOR and its kin); without: all."),
        PARAMETER("follow", PARAMETER_BOOLEAN, follow, NULL, "Go on with new entries as they come."),
        PARAMETER("grep", PARAMETER_STRING, grep, NULL,
                "Only entries whose MESSAGE matches this, a PCRE2 pattern."),
        PARAMETER("identifiers", PARAMETER_STRINGS, identifiers, NULL, "Only of these SYSLOG_IDENTIFIERs."),
        PARAMETER_LINES("No more than this many, the newest; with cursors and no follow, the first."),
        PARAMETER("priorities", PARAMETER_STRINGS, priorities, priorities, "Only of these priorities."),
        PARAMETER_REVERSE,
        PARAMETER_SINCE,
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        PARAMETER_UNTIL,
        {},
};

#define PARAMETER_EVENTS                                                                                    \
        PARAMETER("events", PARAMETER_STRINGS, events, event_names, "Only events of these kinds.")

const Parameter events_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_AFTER_CURSOR,
        PARAMETER_EVENTS,
        PARAMETER_LINES("No more than this many, the newest."),
        PARAMETER_REVERSE,
        PARAMETER_SINCE,
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        PARAMETER_UNTIL,
        {},
};

const Parameter watch_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_AFTER_CURSOR,
        PARAMETER_EVENTS,
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        {},
};

const Parameter history_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_AFTER_CURSOR,
        PARAMETER("callers", PARAMETER_STRINGS, callers, NULL, "Only of these callers, by uid."),
        PARAMETER("follow", PARAMETER_BOOLEAN, follow, NULL, "Go on with new records as they come."),
        PARAMETER_LINES("No more than this many, the newest."),
        PARAMETER_REVERSE,
        PARAMETER_SINCE,
        PARAMETER_TARGETS,
        PARAMETER_PATTERNS,
        PARAMETER_UNTIL,
        PARAMETER("verbs", PARAMETER_STRINGS, verbs, NULL, "Only of these verbs or methods."),
        PARAMETER("verdicts", PARAMETER_STRINGS, verdicts, verdicts,
                "Only records with these verdicts, and their outcomes."),
        {},
};

const Parameter prove_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_TARGETS,
        PARAMETER("timeout", PARAMETER_UNSIGNED, timeout, NULL,
                "Seconds for each proof, 300 at most; without: 10, or a proof's own deadline=, which counts where it is shorter."),
        PARAMETER_PATTERNS,
        {},
};

const Parameter check_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("verb", PARAMETER_STRING, verb, NULL, "The verb or the method that is asked about."),
        {},
};
