/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of methods, see contract.h: the rows, sorted by name. */

#include "common/contract.h"

#include "common/contract-rows.h"
#include "common/suggest.h"

#define LOOK      .own = ACTION_INSPECT_OWN, .other = ACTION_INSPECT, .every = ACTION_INSPECT_ALL
#define READ_LOGS .own = ACTION_READ_LOGS_OWN, .other = ACTION_READ_LOGS
#define CONTROL   .own = ACTION_CONTROL_OWN, .other = ACTION_CONTROL
#define EDIT      .own = ACTION_EDIT_OWN, .other = ACTION_EDIT
#define LINGER    .own = ACTION_LINGER_OWN, .other = ACTION_LINGER
#define KNOW      .own = ACTION_SELF_KNOWLEDGE, .other = ACTION_SELF_KNOWLEDGE

#define EXCHANGE_SEC 5
#define JOB_SEC      3600
#define MANAGER_SEC  100
/* Proofs have deadlines of their own, PROOF_DEADLINE_MAX at most (common/limits.h). */
#define PROVE_SEC 330
/* A command that is waited for may take as long as it likes; a week is a bound for our own sake. */
#define RUN_SEC (7 * 24 * 3600)

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
#define ROW_CHANGE(i, n, v, who, f, sec, p, res, text)                                                      \
        [i] = { .id = i,                                                                                    \
                .name = n,                                                                                  \
                .verb = v,                                                                                  \
                who,                                                                                        \
                .flags = (f) | METHOD_CHANGES,                                                              \
                .place = PLACE_WORKER,                                                                      \
                .deadline_sec = sec,                                                                        \
                .parameters = p,                                                                            \
                .result = res,                                                                              \
                .doc = text }
#define ROW_FILES(i, n, v, p, text)                                                                         \
        ROW_CHANGE(i, n, v, EDIT, UNIT_WRITE | METHOD_NO_MANAGER, 30, p, unit_files_change_result, text)
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

#define ROW_JOURNAL(i, n, v, who, f, p, res, text)                                                          \
        [i] = { .id = i,                                                                                    \
                .name = n,                                                                                  \
                .verb = v,                                                                                  \
                who,                                                                                        \
                .flags = (f) | METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS |                 \
                        METHOD_ONLY_STREAMS | METHOD_NO_MANAGER | METHOD_WAITS,                             \
                .place = PLACE_JOURNAL,                                                                     \
                .deadline_sec = RUN_SEC,                                                                    \
                .parameters = p,                                                                            \
                .result = res,                                                                              \
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
                .parameters = no_parameters,
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
        ROW_JOURNAL(METHOD_EVENTS_LIST, "events.list", "events", LOOK, METHOD_HOST_WIDE, events_parameters,
                event_result, "What happened to units and managers, out of the journal."),
        ROW_JOURNAL(METHOD_EVENTS_WATCH, "events.watch", "watch", LOOK, METHOD_HOST_WIDE, watch_parameters,
                event_result, "What happens to units and managers, as it happens."),
        ROW_JOURNAL(METHOD_HISTORY_LIST, "history.list", "history", LOOK, METHOD_HOST_WIDE,
                history_parameters, history_result, "Who did what through this service."),
        ROW_CHANGE(METHOD_JOBS_CANCEL, "jobs.cancel", "cancel", CONTROL, UNIT_WRITE, EXCHANGE_SEC,
                job_cancel_parameters, units_job_result, "Cancel jobs of units."),
        ROW_READ(METHOD_JOBS_LIST, "jobs.list", "list-jobs",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, job_list_parameters,
                jobs_list_result, "Jobs that are queued or running."),
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
        ROW_JOURNAL(METHOD_LOGS_READ, "logs.read", "logs", READ_LOGS, 0, logs_parameters, log_entry_result,
                "The journal's entries of units: their own, their manager's about them, their coredumps."),
        ROW_READ(METHOD_MANAGER_ENVIRONMENT, "manager.environment", "show-environment",
                METHOD_ACCOUNT_ONLY | METHOD_STREAMS, accounts_parameters, manager_environment_result,
                "The environment that the manager hands to units."),
        ROW_MANAGER(METHOD_MANAGER_REEXEC, "manager.reexec", "daemon-reexec", CONTROL, PLACE_WORKER, 30,
                "Have the account's manager execute itself again."),
        ROW_MANAGER(METHOD_MANAGER_RELOAD, "manager.reload", "daemon-reload", CONTROL, PLACE_WORKER, 30,
                "Have the account's manager read its unit files again."),
        ROW_MANAGER(METHOD_MANAGER_RESTART, "manager.restart", "manager-restart", CONTROL, PLACE_SYSTEM,
                MANAGER_SEC, "Restart the account's manager, with everything in it."),
        ROW_CHANGE(METHOD_MANAGER_SET_ENVIRONMENT, "manager.set-environment", "set-environment", EDIT,
                METHOD_ACCOUNT_ONLY, EXCHANGE_SEC, set_environment_parameters, changed_result,
                "Set variables of the manager's environment."),
        ROW_MANAGER(METHOD_MANAGER_START, "manager.start", "manager-start", CONTROL, PLACE_SYSTEM,
                MANAGER_SEC, "Start the account's manager, and wait until it answers."),
        [METHOD_MANAGER_STATUS] = { .id = METHOD_MANAGER_STATUS,
                .name = "manager.status",
                .verb = "is-system-running",
                LOOK,
                .flags = METHOD_ACCOUNT_ONLY | METHOD_STREAMS | METHOD_NO_MANAGER,
                .place = PLACE_MIXED,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = accounts_parameters,
                .result = manager_status_result,
                .doc = "How the manager of an account is." },
        ROW_MANAGER(METHOD_MANAGER_STOP, "manager.stop", "manager-stop", CONTROL, PLACE_SYSTEM, MANAGER_SEC,
                "Stop the account's manager, with everything in it."),
        ROW_CHANGE(METHOD_MANAGER_UNSET_ENVIRONMENT, "manager.unset-environment", "unset-environment", EDIT,
                METHOD_ACCOUNT_ONLY, EXCHANGE_SEC, unset_environment_parameters, changed_result,
                "Unset variables of the manager's environment."),
        ROW_READ(METHOD_PATHS_LIST, "paths.list", "list-paths",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, triggers_parameters,
                paths_list_result, "Path units, what they watch and what they start."),
        ROW_READ(METHOD_SOCKETS_LIST, "sockets.list", "list-sockets",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, triggers_parameters,
                sockets_list_result, "Socket units, what they listen on and what they start."),
        ROW_READ(METHOD_TIMERS_LIST, "timers.list", "list-timers",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, triggers_parameters,
                timers_list_result, "Timer units, when they elapse and what they start."),
        ROW_FILES(METHOD_UNIT_FILES_ADD_REQUIRES, "unit-files.add-requires", "add-requires",
                add_dependency_parameters, "Have a unit require others, by links."),
        ROW_FILES(METHOD_UNIT_FILES_ADD_WANTS, "unit-files.add-wants", "add-wants",
                add_dependency_parameters, "Have a unit want others, by links."),
        ROW_READ(METHOD_UNIT_FILES_DEFAULT, "unit-files.default", "get-default",
                METHOD_ACCOUNT_ONLY | METHOD_STREAMS | METHOD_NO_MANAGER, accounts_parameters,
                default_result, "The unit that is started with the manager."),
        ROW_FILES(METHOD_UNIT_FILES_DISABLE, "unit-files.disable", "disable", enable_parameters,
                "Remove the links that [Install] asked for."),
        ROW_FILES(METHOD_UNIT_FILES_ENABLE, "unit-files.enable", "enable", enable_parameters,
                "Make the links that [Install] asks for."),
        ROW_READ(METHOD_UNIT_FILES_LIST, "unit-files.list", "list-unit-files",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS | METHOD_NO_MANAGER,
                file_list_parameters, unit_files_list_result, "Unit files and whether they are enabled."),
        ROW_FILES(METHOD_UNIT_FILES_MASK, "unit-files.mask", "mask", enable_parameters,
                "Make units impossible to start."),
        ROW_FILES(METHOD_UNIT_FILES_PRESET, "unit-files.preset", "preset", preset_parameters,
                "Enable or disable units as the preset policy says."),
        ROW_FILES(METHOD_UNIT_FILES_REENABLE, "unit-files.reenable", "reenable", enable_parameters,
                "Remove all links to units, and make those that [Install] asks for."),
        ROW_FILES(METHOD_UNIT_FILES_SET_DEFAULT, "unit-files.set-default", "set-default", unit_parameters,
                "Set the unit that is started with the manager."),
        ROW_READ(METHOD_UNIT_FILES_STATE, "unit-files.state", "is-enabled", UNIT_READ | METHOD_NO_MANAGER,
                unit_parameters, unit_files_state_result, "Whether unit files are enabled."),
        ROW_FILES(METHOD_UNIT_FILES_UNMASK, "unit-files.unmask", "unmask", enable_parameters, "Undo mask."),
        [METHOD_UNITS_CAT] = { .id = METHOD_UNITS_CAT,
                .name = "units.cat",
                .verb = "cat",
                LOOK,
                .flags = METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_REPLY_FD | METHOD_NO_MANAGER,
                .place = PLACE_WORKER,
                .deadline_sec = EXCHANGE_SEC,
                .parameters = look_parameters,
                .result = units_cat_result,
                .doc = "The text of unit files and their drop-ins." },
        ROW_CHANGE(METHOD_UNITS_CLEAN, "units.clean", "clean", EDIT, UNIT_WRITE, 30, clean_parameters,
                units_job_result, "Remove directories of units: cache, state, logs …"),
        ROW_READ(METHOD_UNITS_DEPENDENCIES, "units.dependencies", "list-dependencies",
                METHOD_TAKES_UNITS | METHOD_NEEDS_UNIT | METHOD_STREAMS, dependencies_parameters,
                units_dependencies_result, "What units pull in, or what pulls them in."),
        ROW_CHANGE(METHOD_UNITS_FREEZE, "units.freeze", "freeze", CONTROL, UNIT_WRITE, 30, unit_parameters,
                units_job_result, "Suspend the processes of units."),
        ROW_CHANGE(METHOD_UNITS_KILL, "units.kill", "kill", CONTROL, UNIT_WRITE, EXCHANGE_SEC,
                kill_parameters, units_job_result, "Send a signal to processes of a unit."),
        ROW_READ(METHOD_UNITS_LIST, "units.list", "list-units",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, list_parameters,
                units_list_result, "Units that the manager has in memory."),
        [METHOD_UNITS_PROVE] = { .id = METHOD_UNITS_PROVE,
                .name = "units.prove",
                .verb = "prove",
                LOOK,
                .flags = METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS | METHOD_WAITS,
                .place = PLACE_WORKER,
                .deadline_sec = PROVE_SEC,
                .parameters = prove_parameters,
                .result = units_prove_result,
                .doc = "Whether units do their work, by the Proof= lines of their [X-Userunit] sections; commands "
                       "are not run." },
        ROW_CHANGE(METHOD_UNITS_PROVE_COMMANDS, "units.prove-commands", "prove-commands", CONTROL,
                UNIT_WRITE | METHOD_WAITS, PROVE_SEC, prove_parameters, units_prove_commands_result,
                "The same, and commands that are proofs are run, as the account."),
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
        [METHOD_UNITS_RUN] = { .id = METHOD_UNITS_RUN,
                .name = "units.run",
                .verb = "run",
                EDIT,
                .flags = UNIT_JOB | METHOD_ONE_UNIT,
                .place = PLACE_WORKER,
                .deadline_sec = RUN_SEC,
                .request_fds = 3,
                .parameters = run_parameters,
                .result = units_run_result,
                .doc = "Run a command as a service that is made for it." },
        ROW_CHANGE(METHOD_UNITS_SET_PROPERTY, "units.set-property", "set-property", EDIT, UNIT_WRITE,
                EXCHANGE_SEC, set_property_parameters, units_job_result,
                "Set properties of units that run, resource limits above all."),
        ROW_READ(METHOD_UNITS_SHOW, "units.show", "show", METHOD_TAKES_UNITS | METHOD_STREAMS,
                show_parameters, units_show_result, "Properties of units; without units, of the manager."),
        ROW_JOB(METHOD_UNITS_START, "units.start", "start", "Start units."),
        ROW_READ(METHOD_UNITS_STATE, "units.state", "is-active", UNIT_READ | METHOD_NO_MANAGER,
                look_parameters, units_state_result, "The states of units."),
        ROW_READ(METHOD_UNITS_STATUS, "units.status", "status", UNIT_READ | METHOD_NO_MANAGER,
                look_parameters, units_status_result,
                "What there is to say about units: state, files, resources, processes."),
        ROW_JOB(METHOD_UNITS_STOP, "units.stop", "stop", "Stop units."),
        ROW_CHANGE(METHOD_UNITS_THAW, "units.thaw", "thaw", CONTROL, UNIT_WRITE, 30, unit_parameters,
                units_job_result, "Let processes of frozen units go on."),
        ROW_JOB(METHOD_UNITS_TRY_RELOAD_OR_RESTART, "units.try-reload-or-restart", "try-reload-or-restart",
                "Reload units that run and can, restart the others that run."),
        ROW_JOB(METHOD_UNITS_TRY_RESTART, "units.try-restart", "try-restart", "Restart units that run."),
        ROW_READ(METHOD_UNITS_USAGE, "units.usage", "top",
                METHOD_TAKES_UNITS | METHOD_UNIT_PATTERNS | METHOD_STREAMS, unit_pattern_parameters,
                units_usage_result,
                "CPU time, memory, tasks and IO of units and, where all are asked about, of the whole account."),
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
        case PARAMETER_UNSIGNED:
                return "unsigned";
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
        case PLACE_JOURNAL:
                return "journal";
        }
        return "invalid";
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
