/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of methods, see contract.h. Parameters first, then what replies carry, then the rows, sorted by
 * name.
 */

#include "common/contract.h"

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

static const Parameter accounts_parameters[] = { PARAMETER_ACCOUNTS, {} };

static const Parameter list_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("all", PARAMETER_BOOLEAN, all, NULL, "Inactive units too, and those that follow another."),
        PARAMETER("states", PARAMETER_STRINGS, states, NULL,
                "Only units in one of these load, active or sub states."),
        PARAMETER_TARGETS,
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Only units of these types."),
        PARAMETER_PATTERNS,
        {},
};

static const Parameter file_list_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("states", PARAMETER_STRINGS, states, NULL, "Only unit files in one of these states."),
        PARAMETER_TARGETS,
        PARAMETER("types", PARAMETER_STRINGS, types, unit_types, "Only unit files of these types."),
        PARAMETER_PATTERNS,
        {},
};

static const Parameter unit_parameters[] = { PARAMETER_ACCOUNTS, PARAMETER_TARGETS, PARAMETER_UNITS, {} };

static const Parameter show_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("properties", PARAMETER_STRINGS, properties, NULL,
                "Names of the properties wanted; without: all."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

static const Parameter job_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("mode", PARAMETER_STRING, mode, job_modes,
                "What happens to conflicting jobs, as systemctl's --job-mode; without: replace."),
        PARAMETER("no_block", PARAMETER_BOOLEAN, no_block, NULL,
                "Answer when the job is queued, not when it ended."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

static const Parameter kill_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER(
                "signal", PARAMETER_STRING, signal, NULL, "Name or number of the signal; without: SIGTERM."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("whom", PARAMETER_STRING, whom, kill_whoms, "Which processes; without: all."),
        {},
};

static const Parameter enable_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER("force", PARAMETER_BOOLEAN, force, NULL, "Replace links that are in the way."),
        PARAMETER("runtime", PARAMETER_BOOLEAN, runtime, NULL, "Only until the next boot."),
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        {},
};

static const Parameter check_parameters[] = {
        PARAMETER_ACCOUNTS,
        PARAMETER_TARGETS,
        PARAMETER_UNITS,
        PARAMETER("verb", PARAMETER_STRING, verb, NULL, "The verb or the method that is asked about."),
        {},
};

#define FIELD(n, t, text)                                                                                   \
        { .name = n, .type = t, .doc = text }
#define FIELD_MAYBE(n, t, text)                                                                             \
        { .name = n, .type = t, .optional = true, .doc = text }
#define FIELD_LIST(n, f, text)                                                                              \
        { .name = n, .type = FIELD_OBJECTS, .fields = f, .doc = text }
#define FIELD_LIST_MAYBE(n, f, text)                                                                        \
        { .name = n, .type = FIELD_OBJECTS, .optional = true, .fields = f, .doc = text }

static const Field unit_error_fields[] = {
        FIELD("name", FIELD_STRING, "Name of the error, as in the table of errors."),
        FIELD("message", FIELD_STRING, "One sentence."),
        {},
};

#define FIELD_UNIT_ERROR                                                                                    \
        {                                                                                                   \
                .name = "error", .type = FIELD_OBJECT, .optional = true, .fields = unit_error_fields,       \
                .doc = "Why there is no answer for this unit."                                              \
        }

static const Field listed_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("load", FIELD_STRING, "Load state."),
        FIELD("active", FIELD_STRING, "Active state."),
        FIELD("sub", FIELD_STRING, "State of the unit's own type."),
        FIELD_MAYBE("job", FIELD_STRING, "Type of the job that is queued."),
        FIELD("description", FIELD_STRING, "Description."),
        {},
};

static const Field units_list_result[] = {
        FIELD_LIST("units", listed_unit_fields, "The units, sorted by type and name."), {}
};

static const Field listed_file_fields[] = {
        FIELD("unit_file", FIELD_STRING, "Name."),
        FIELD("state", FIELD_STRING, "enabled, disabled, static, masked …"),
        FIELD_MAYBE("preset", FIELD_STRING,
                "What the preset says: enabled, disabled or ignored; absent where it does not apply."),
        {},
};

static const Field unit_files_list_result[] = {
        FIELD_LIST("unit_files", listed_file_fields, "The unit files, sorted by type and name."), {}
};

static const Field file_state_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_MAYBE("state", FIELD_STRING, "As is-enabled prints it."),
        FIELD_UNIT_ERROR,
        {},
};

static const Field unit_files_state_result[] = {
        FIELD_LIST("units", file_state_fields, "In the order asked."), {}
};

static const Field unit_state_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("load", FIELD_STRING, "Load state."),
        FIELD("active", FIELD_STRING, "Active state."),
        FIELD("sub", FIELD_STRING, "State of the unit's own type."),
        {},
};

static const Field units_state_result[] = { FIELD_LIST("units", unit_state_fields, "In the order asked."),
        {} };

static const Field shown_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("properties", FIELD_PROPERTIES, "Properties by name, as the manager's bus types map to JSON."),
        {},
};

static const Field units_show_result[] = { FIELD_LIST("units", shown_unit_fields, "In the order asked."),
        {} };

static const Field process_fields[] = {
        FIELD("cgroup", FIELD_STRING, "Control group below the manager's own, empty for the unit's."),
        FIELD("pid", FIELD_UNSIGNED, "Process id."),
        FIELD("command", FIELD_STRING, "Command line."),
        {},
};

static const Field status_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("properties", FIELD_PROPERTIES, "The properties that status shows."),
        FIELD_LIST_MAYBE("processes", process_fields, "The processes of the unit."),
        {},
};

static const Field units_status_result[] = { FIELD_LIST("units", status_unit_fields, "In the order asked."),
        {} };

static const Field cat_file_fields[] = {
        FIELD("path", FIELD_STRING, "Path of the fragment or drop-in."),
        FIELD("offset", FIELD_UNSIGNED, "Where its text starts in the descriptor."),
        FIELD("size", FIELD_UNSIGNED, "How long it is."),
        {},
};

static const Field cat_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_LIST_MAYBE("files", cat_file_fields, "The fragment first, then the drop-ins in order."),
        FIELD_MAYBE("needs_reload", FIELD_BOOLEAN, "The files changed since the manager read them."),
        FIELD_UNIT_ERROR,
        {},
};

static const Field units_cat_result[] = { FIELD_LIST("units", cat_unit_fields, "In the order asked."), {} };

static const Field job_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_MAYBE("result", FIELD_STRING, "Result of the job (done, failed, timeout …), or \"queued\"."),
        FIELD_MAYBE("changed", FIELD_BOOLEAN, "The unit's state is another, or it was started anew."),
        FIELD_MAYBE("active", FIELD_STRING, "Active state afterwards."),
        FIELD_MAYBE("service_result", FIELD_STRING, "Why the service failed: exit-code, signal, timeout …"),
        FIELD_MAYBE("needs_reload", FIELD_BOOLEAN, "The unit's files changed since the manager read them."),
        FIELD_UNIT_ERROR,
        {},
};

static const Field units_job_result[] = {
        FIELD_LIST("units", job_unit_fields, "In the order asked."),
        FIELD("changed", FIELD_BOOLEAN, "Anything changed."),
        {},
};

static const Field link_fields[] = {
        FIELD("type", FIELD_STRING, "\"symlink\" or \"unlink\"."),
        FIELD("path", FIELD_STRING, "The link."),
        FIELD("destination", FIELD_STRING, "What it points to."),
        {},
};

static const Field unit_files_change_result[] = {
        FIELD_LIST("links", link_fields, "Links that were made or removed."),
        FIELD_MAYBE("carries_install_info", FIELD_BOOLEAN, "The unit files have an [Install] section."),
        FIELD("changed", FIELD_BOOLEAN, "Anything changed."),
        {},
};

static const Field changed_result[] = { FIELD("changed", FIELD_BOOLEAN, "Anything changed."), {} };

static const Field account_result[] = {
        FIELD_MAYBE("units_loaded", FIELD_UNSIGNED, "Units the manager has loaded."),
        FIELD_MAYBE("units_active", FIELD_UNSIGNED, "Of these, active."),
        FIELD_MAYBE("units_failed", FIELD_UNSIGNED, "Of these, failed."),
        FIELD_MAYBE("failed", FIELD_STRINGS, "Names of the failed units, 100 at most."),
        FIELD_MAYBE("unit_files", FIELD_UNSIGNED, "Unit files in the account's own folders."),
        FIELD_MAYBE("system_state", FIELD_STRING, "The manager's own word: running, degraded, starting …"),
        FIELD_MAYBE("manager_version", FIELD_STRING, "Version of the manager."),
        {},
};

static const Field no_result[] = { {} };

#define LOOK    .own = ACTION_INSPECT_OWN, .other = ACTION_INSPECT
#define CONTROL .own = ACTION_CONTROL_OWN, .other = ACTION_CONTROL
#define EDIT    .own = ACTION_EDIT_OWN, .other = ACTION_EDIT
#define LINGER  .own = ACTION_LINGER_OWN, .other = ACTION_LINGER
#define KNOW    .own = ACTION_SELF_KNOWLEDGE, .other = ACTION_SELF_KNOWLEDGE

#define EXCHANGE_SEC 5
#define JOB_SEC      3600
#define MANAGER_SEC  100

#define UNIT_READ  (METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_STREAMS)
#define UNIT_JOB   (METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_CHANGES | METHOD_WAITS)
#define UNIT_WRITE (METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_CHANGES)

#define ROW_READ(i, n, v, f, p, res, text)                                                                  \
        [i] = { .id = i,                                                                                    \
                .name = n,                                                                                  \
                .verb = v,                                                                                  \
                LOOK,                                                                                       \
                .flags = f,                                                                                 \
                .place = PLACE_WORKER,                                                                      \
                .deadline_sec = EXCHANGE_SEC,                                                               \
                .parameters = p,                                                                            \
                .result = res,                                                                              \
                .doc = text }
#define ROW_JOB(i, n, v, text)                                                                              \
        [i] = { .id = i,                                                                                    \
                .name = n,                                                                                  \
                .verb = v,                                                                                  \
                CONTROL,                                                                                    \
                .flags = UNIT_JOB,                                                                          \
                .place = PLACE_WORKER,                                                                      \
                .deadline_sec = JOB_SEC,                                                                    \
                .parameters = job_parameters,                                                               \
                .result = units_job_result,                                                                 \
                .doc = text }
#define ROW_MANAGER(i, n, v, who, pl, sec, text)                                                            \
        [i] = { .id = i,                                                                                    \
                .name = n,                                                                                  \
                .verb = v,                                                                                  \
                who,                                                                                        \
                .flags = METHOD_CHANGES | METHOD_ACCOUNT_ONLY,                                              \
                .place = pl,                                                                                \
                .deadline_sec = sec,                                                                        \
                .parameters = accounts_parameters,                                                          \
                .result = changed_result,                                                                   \
                .doc = text }

static const Method method_table[_METHOD_MAX] = {
        [METHOD_ACCESS_CHECK] = { .id = METHOD_ACCESS_CHECK,
                .name = "access.check",
                .verb = "can",
                KNOW,
                .flags = METHOD_TAKES_UNITS,
                .place = PLACE_SYSTEM,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = check_parameters,
                .result = no_result,
                .doc = "Whether the caller could do a verb to a unit of an account: yes, no, or with a password." },
        [METHOD_ACCESS_LIST] = { .id = METHOD_ACCESS_LIST,
                .name = "access.list",
                .verb = "can-list",
                KNOW,
                .flags = METHOD_NO_ACCOUNT,
                .place = PLACE_SYSTEM,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = (const Parameter[]){ {} },
                .result = no_result,
                .doc = "What the caller may do, action by action, to the caller's own account and to others." },
        [METHOD_ACCOUNTS_LIST] = { .id = METHOD_ACCOUNTS_LIST,
                .name = "accounts.list",
                .verb = "accounts",
                LOOK,
                .flags = METHOD_ACCOUNT_ONLY | METHOD_STREAMS | METHOD_HOST_WIDE | METHOD_NO_MANAGER,
                .place = PLACE_MIXED,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = accounts_parameters,
                .result = account_result,
                .doc = "Accounts that have a manager running, linger, are logged in or have unit files." },
        [METHOD_ACCOUNTS_SHOW] = { .id = METHOD_ACCOUNTS_SHOW,
                .name = "accounts.show",
                .verb = "account",
                LOOK,
                .flags = METHOD_ACCOUNT_ONLY | METHOD_NO_MANAGER,
                .place = PLACE_MIXED,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = accounts_parameters,
                .result = account_result,
                .doc = "One account with its sessions and its manager." },
        ROW_MANAGER(METHOD_LINGER_DISABLE, "linger.disable", "disable-linger", LINGER, PLACE_SYSTEM,
                MANAGER_SEC,
                "Stop lingering, and wait until the manager is down where no session needs it."),
        ROW_MANAGER(METHOD_LINGER_ENABLE, "linger.enable", "enable-linger", LINGER, PLACE_SYSTEM,
                MANAGER_SEC, "Start lingering, and wait until the manager answers."),
        [METHOD_LINGER_LIST] = { .id = METHOD_LINGER_LIST,
                .name = "linger.list",
                .verb = "linger",
                LOOK,
                .flags = METHOD_ACCOUNT_ONLY | METHOD_STREAMS | METHOD_HOST_WIDE | METHOD_NO_MANAGER,
                .place = PLACE_SYSTEM,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = accounts_parameters,
                .result = no_result,
                .doc = "Accounts that linger." },
        ROW_MANAGER(METHOD_MANAGER_REEXEC, "manager.reexec", "daemon-reexec", CONTROL, PLACE_WORKER, 30,
                "Have the account's manager execute itself again."),
        ROW_MANAGER(METHOD_MANAGER_RELOAD, "manager.reload", "daemon-reload", CONTROL, PLACE_WORKER, 30,
                "Have the account's manager read its unit files again."),
        ROW_MANAGER(METHOD_MANAGER_RESTART, "manager.restart", "manager-restart", CONTROL, PLACE_SYSTEM,
                MANAGER_SEC, "Restart the account's manager, with everything in it."),
        ROW_MANAGER(METHOD_MANAGER_START, "manager.start", "manager-start", CONTROL, PLACE_SYSTEM,
                MANAGER_SEC, "Start the account's manager, and wait until it answers."),
        ROW_MANAGER(METHOD_MANAGER_STOP, "manager.stop", "manager-stop", CONTROL, PLACE_SYSTEM, MANAGER_SEC,
                "Stop the account's manager, with everything in it."),
        [METHOD_UNIT_FILES_DISABLE] = { .id = METHOD_UNIT_FILES_DISABLE,
                .name = "unit-files.disable",
                .verb = "disable",
                EDIT,
                .flags = UNIT_WRITE,
                .place = PLACE_WORKER,
                .deadline_sec = 30,
                .parameters = enable_parameters,
                .result = unit_files_change_result,
                .doc = "Remove the links that [Install] asked for." },
        [METHOD_UNIT_FILES_ENABLE] = { .id = METHOD_UNIT_FILES_ENABLE,
                .name = "unit-files.enable",
                .verb = "enable",
                EDIT,
                .flags = UNIT_WRITE,
                .place = PLACE_WORKER,
                .deadline_sec = 30,
                .parameters = enable_parameters,
                .result = unit_files_change_result,
                .doc = "Make the links that [Install] asks for." },
        ROW_READ(METHOD_UNIT_FILES_LIST, "unit-files.list", "list-unit-files",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS | METHOD_NO_MANAGER,
                file_list_parameters, unit_files_list_result, "Unit files and whether they are enabled."),
        ROW_READ(METHOD_UNIT_FILES_STATE, "unit-files.state", "is-enabled", UNIT_READ | METHOD_NO_MANAGER,
                unit_parameters, unit_files_state_result, "Whether unit files are enabled."),
        [METHOD_UNITS_CAT] = { .id = METHOD_UNITS_CAT,
                .name = "units.cat",
                .verb = "cat",
                LOOK,
                .flags = METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_REPLY_FD | METHOD_NO_MANAGER,
                .place = PLACE_WORKER,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = unit_parameters,
                .result = units_cat_result,
                .doc = "The text of unit files and their drop-ins." },
        [METHOD_UNITS_KILL] = { .id = METHOD_UNITS_KILL,
                .name = "units.kill",
                .verb = "kill",
                CONTROL,
                .flags = UNIT_WRITE,
                .place = PLACE_WORKER,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = kill_parameters,
                .result = units_job_result,
                .doc = "Send a signal to processes of a unit." },
        ROW_READ(METHOD_UNITS_LIST, "units.list", "list-units",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, list_parameters,
                units_list_result, "Units that the manager has in memory."),
        ROW_JOB(METHOD_UNITS_RELOAD, "units.reload", "reload", "Have units read their configuration again."),
        ROW_JOB(METHOD_UNITS_RELOAD_OR_RESTART, "units.reload-or-restart", "reload-or-restart",
                "Reload units that can, restart the others."),
        [METHOD_UNITS_RESET_FAILED] = { .id = METHOD_UNITS_RESET_FAILED,
                .name = "units.reset-failed",
                .verb = "reset-failed",
                CONTROL,
                .flags = METHOD_TAKES_UNITS | METHOD_CHANGES,
                .place = PLACE_WORKER,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = unit_parameters,
                .result = units_job_result,
                .doc = "Forget that units failed; without units, that any did." },
        ROW_JOB(METHOD_UNITS_RESTART, "units.restart", "restart", "Stop units and start them again."),
        ROW_READ(METHOD_UNITS_SHOW, "units.show", "show", METHOD_TAKES_UNITS | METHOD_STREAMS,
                show_parameters, units_show_result, "Properties of units; without units, of the manager."),
        ROW_JOB(METHOD_UNITS_START, "units.start", "start", "Start units."),
        ROW_READ(METHOD_UNITS_STATE, "units.state", "is-active", UNIT_READ | METHOD_NO_MANAGER,
                unit_parameters, units_state_result, "The states of units."),
        ROW_READ(METHOD_UNITS_STATUS, "units.status", "status", UNIT_READ | METHOD_NO_MANAGER,
                unit_parameters, units_status_result,
                "What there is to say about units: state, files, resources, processes."),
        ROW_JOB(METHOD_UNITS_STOP, "units.stop", "stop", "Stop units."),
        ROW_JOB(METHOD_UNITS_TRY_RELOAD_OR_RESTART, "units.try-reload-or-restart", "try-reload-or-restart",
                "Reload units that run and can, restart the others that run."),
        ROW_JOB(METHOD_UNITS_TRY_RESTART, "units.try-restart", "try-restart", "Restart units that run."),
};

const Method *method_get(MethodId id) {
        return method_table + id;
}

const Method *method_find(const char *name) {
        for (size_t i = 0; i < _METHOD_MAX; i++)
                if (streq(method_table[i].name, name))
                        return method_table + i;
        return NULL;
}

const Method *method_find_verb(const char *verb) {
        for (size_t i = 0; i < _METHOD_MAX; i++)
                if (streq(method_table[i].verb, verb))
                        return method_table + i;
        return NULL;
}

const char *parameter_type_to_string(ParameterType type) {
        switch (type) {
        case PARAMETER_BOOLEAN:
                return "boolean";
        case PARAMETER_STRING:
                return "string";
        case PARAMETER_STRINGS:
                return "strings";
        }
        return "invalid";
}

const char *field_type_to_string(FieldType type) {
        switch (type) {
        case FIELD_BOOLEAN:
                return "boolean";
        case FIELD_UNSIGNED:
                return "unsigned";
        case FIELD_STRING:
                return "string";
        case FIELD_STRINGS:
                return "strings";
        case FIELD_OBJECT:
                return "object";
        case FIELD_OBJECTS:
                return "objects";
        case FIELD_PROPERTIES:
                return "properties";
        }
        return "invalid";
}

const char *place_to_string(Place place) {
        switch (place) {
        case PLACE_WORKER:
                return "worker";
        case PLACE_SYSTEM:
                return "daemon";
        case PLACE_MIXED:
                return "daemon and worker";
        }
        return "invalid";
}

/* Levenshtein distance of two short words, over one row. */
static size_t word_distance(const char *a, const char *b) {
        size_t row[64], n = strlen(b);

        if (n >= ELEMENTSOF(row))
                return SIZE_MAX;
        for (size_t j = 0; j <= n; j++)
                row[j] = j;

        for (size_t i = 0; a[i]; i++) {
                size_t diagonal = row[0];

                row[0] = i + 1;
                for (size_t j = 0; j < n; j++) {
                        size_t cost = MIN(MIN(row[j], row[j + 1]) + 1, diagonal + (a[i] != b[j]));
                        diagonal = row[j + 1];
                        row[j + 1] = cost;
                }
        }

        return row[n];
}

const char *word_suggest(const char *word, const char *(*get)(size_t i), size_t n) {
        const char *best = NULL;
        size_t least = 3;

        if (strlen(word) >= 64)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                const char *candidate = get(i);
                size_t d = word_distance(word, candidate);

                if (d < least && d < strlen(candidate)) {
                        least = d;
                        best = candidate;
                }
        }
        return best;
}

static const char *method_name_at(size_t i) {
        return method_table[i].name;
}

const char *method_suggest(const char *name) {
        const Method *by_verb = method_find_verb(name);

        if (by_verb)
                return by_verb->name;
        return word_suggest(name, method_name_at, _METHOD_MAX);
}
