/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the replies carry for each account, see contract-rows.h. */

#include "common/contract-rows.h"

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

const Field units_list_result[] = {
        FIELD_LIST("units", listed_unit_fields, "The units, sorted by type and name."), {}
};

static const Field listed_file_fields[] = {
        FIELD("unit_file", FIELD_STRING, "Name."),
        FIELD("state", FIELD_STRING, "enabled, disabled, static, masked …"),
        FIELD_MAYBE("preset", FIELD_STRING,
                "What the preset says: enabled, disabled or ignored; absent where it does not apply."),
        {},
};

const Field unit_files_list_result[] = {
        FIELD_LIST("unit_files", listed_file_fields, "The unit files, sorted by type and name."), {}
};

static const Field file_state_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_MAYBE("state", FIELD_STRING, "As is-enabled prints it."),
        FIELD_UNIT_ERROR,
        {},
};

const Field unit_files_state_result[] = { FIELD_LIST("units", file_state_fields, "In the order asked."),
        {} };

static const Field unit_state_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("load", FIELD_STRING, "Load state."),
        FIELD("active", FIELD_STRING, "Active state."),
        FIELD("sub", FIELD_STRING, "State of the unit's own type."),
        {},
};

const Field units_state_result[] = { FIELD_LIST("units", unit_state_fields, "In the order asked."), {} };

static const Field shown_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("properties", FIELD_PROPERTIES, "Properties by name, as the manager's bus types map to JSON."),
        {},
};

const Field units_show_result[] = { FIELD_LIST("units", shown_unit_fields, "In the order asked."), {} };

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

const Field units_status_result[] = { FIELD_LIST("units", status_unit_fields, "In the order asked."), {} };

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

const Field units_cat_result[] = { FIELD_LIST("units", cat_unit_fields, "In the order asked."), {} };

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

const Field units_job_result[] = {
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

const Field unit_files_change_result[] = {
        FIELD_LIST("links", link_fields, "Links that were made or removed."),
        FIELD_MAYBE("carries_install_info", FIELD_BOOLEAN, "The unit files have an [Install] section."),
        FIELD_MAYBE("notes", FIELD_STRINGS, "What a person should hear of."),
        FIELD("changed", FIELD_BOOLEAN, "Anything changed."),
        {},
};

static const Field timer_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("activates", FIELD_STRINGS, "What it starts."),
        FIELD_MAYBE("next", FIELD_UNSIGNED, "When it elapses next, µs since the epoch."),
        FIELD_MAYBE("last", FIELD_UNSIGNED, "When it elapsed last, µs since the epoch; 0: never."),
        FIELD_MAYBE("last_monotonic", FIELD_UNSIGNED, "The same on CLOCK_MONOTONIC, in µs."),
        {},
};

const Field timers_list_result[] = { FIELD_LIST("timers", timer_fields, "The timers, the next one first."),
        {} };

static const Field socket_fields[] = {
        FIELD("listen", FIELD_STRING, "Address, path or name that is listened on."),
        FIELD("type", FIELD_STRING, "Stream, Datagram, FIFO …"),
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("activates", FIELD_STRINGS, "What it starts."),
        {},
};

const Field sockets_list_result[] = {
        FIELD_LIST("sockets", socket_fields, "What sockets listen on, sorted by address."), {}
};

static const Field path_fields[] = {
        FIELD("path", FIELD_STRING, "The path that is watched."),
        FIELD("condition", FIELD_STRING, "PathExists, PathChanged …"),
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("activates", FIELD_STRINGS, "What it starts."),
        {},
};

const Field paths_list_result[] = { FIELD_LIST("paths", path_fields, "What paths watch, sorted by path."),
        {} };

static const Field other_job_fields[] = {
        FIELD("job", FIELD_UNSIGNED, "Number."),
        FIELD("unit", FIELD_STRING, "Name of its unit."),
        FIELD("type", FIELD_STRING, "start, stop …"),
        {},
};

static const Field listed_job_fields[] = {
        FIELD("job", FIELD_UNSIGNED, "Number."),
        FIELD("unit", FIELD_STRING, "Name of its unit."),
        FIELD("type", FIELD_STRING, "start, stop …"),
        FIELD("state", FIELD_STRING, "waiting or running."),
        FIELD_LIST_MAYBE("after", other_job_fields, "The jobs that wait for it: that stand after it."),
        FIELD_LIST_MAYBE("before", other_job_fields, "The jobs that it waits for: that stand before it."),
        {},
};

const Field jobs_list_result[] = { FIELD_LIST("jobs", listed_job_fields, "The jobs, sorted by number."),
        {} };

static const Field dependency_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD("level", FIELD_UNSIGNED, "How deep it stands; 0 is what was asked about."),
        FIELD("active", FIELD_STRING, "Active state."),
        FIELD_MAYBE("cut", FIELD_BOOLEAN,
                "At the end of what stands behind it something is left out, because it stands above or too deep."),
        {},
};

const Field units_dependencies_result[] = {
        FIELD_LIST("units", dependency_fields, "The tree, each unit before those that stand behind it."), {}
};

const Field manager_environment_result[] = { FIELD("environment", FIELD_STRINGS, "NAME=VALUE, sorted."),
        {} };

const Field manager_status_result[] = {
        FIELD("system_state", FIELD_STRING,
                "The manager's own word: running, degraded, starting, offline …"),
        FIELD_MAYBE("manager_version", FIELD_STRING, "Version of the manager."),
        FIELD_MAYBE("tainted", FIELD_STRING, "What is unusual about this manager."),
        FIELD_MAYBE("units_loaded", FIELD_UNSIGNED, "Units the manager has loaded."),
        FIELD_MAYBE("units_failed", FIELD_UNSIGNED, "Of these, failed."),
        FIELD_MAYBE("jobs", FIELD_UNSIGNED, "Jobs that are queued."),
        FIELD_MAYBE("started", FIELD_UNSIGNED, "When it started, µs since the epoch."),
        FIELD_MAYBE("control_group", FIELD_STRING, "Its control group."),
        FIELD_LIST_MAYBE("processes", process_fields, "The processes of the manager and all its units."),
        {},
};

static const Field proof_fields[] = {
        FIELD("proof", FIELD_STRING, "As it is written in the unit."),
        FIELD("kind", FIELD_STRING, "file, tcp, unix, exec, or invalid."),
        FIELD("result", FIELD_STRING,
                "pass, fail, timeout, invalid (it cannot be read), or not-run (a command, and the method runs none)."),
        FIELD("evidence", FIELD_STRING, "What was seen, or why it fails: one line or several."),
        FIELD_MAYBE("duration_usec", FIELD_UNSIGNED, "How long it took."),
        {},
};

static const Field proved_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_MAYBE("active", FIELD_STRING, "Active state."),
        FIELD_LIST_MAYBE(
                "proofs", proof_fields, "The unit's proofs, in the order of its files; none: it has none."),
        FIELD_UNIT_ERROR,
        {},
};

#define FIELD_PROVED                                                                                        \
        FIELD_LIST("units", proved_unit_fields, "Units that have proofs, and those that were named.")

const Field units_prove_result[] = { FIELD_PROVED, {} };

const Field units_prove_commands_result[] = { FIELD_PROVED,
        FIELD("changed", FIELD_BOOLEAN, "A command was run."), {} };

/* Beside these, every field that the journal has of the entry, under its own name. */
const Field log_entry_result[] = {
        FIELD("__CURSOR", FIELD_STRING, "The entry's place in the journal."),
        FIELD("__REALTIME_TIMESTAMP", FIELD_STRING, "µs since the epoch."),
        FIELD("__MONOTONIC_TIMESTAMP", FIELD_STRING, "µs since the boot."),
        FIELD("_BOOT_ID", FIELD_STRING, "The boot's id."),
        FIELD_MAYBE("MESSAGE", FIELD_STRING,
                "The text, and any other field of the entry: as journalctl -o json has them, so an array of numbers where "
                "it is no text, an array of these where there are several, null where it is too long."),
        {},
};

const Field event_result[] = {
        FIELD("time", FIELD_UNSIGNED, "When, µs since the epoch."),
        FIELD("cursor", FIELD_STRING, "Its place in the journal, for after_cursor."),
        FIELD("event", FIELD_STRING,
                "started, stopped, failed, restarting, reloaded, skipped, out-of-memory, dumped-core, manager-started, "
                "manager-stopped, manager-failed, linger-on, linger-off, files-changed."),
        FIELD("uid", FIELD_UNSIGNED, "Of the account."),
        FIELD_MAYBE("account", FIELD_STRING, "Its name, where it is known."),
        FIELD_MAYBE("unit", FIELD_STRING, "The unit; absent where it is about the account or its manager."),
        FIELD_MAYBE(
                "result", FIELD_STRING, "Why it ended: success, exit-code, signal, timeout, dependency …"),
        FIELD_MAYBE("exit_code", FIELD_STRING, "How its main process ended: exited, killed or dumped."),
        FIELD_MAYBE("exit_status", FIELD_STRING, "Its exit status, or the name of the signal."),
        FIELD_MAYBE("restarts", FIELD_UNSIGNED, "How often the manager has restarted it by itself."),
        FIELD_MAYBE("invocation", FIELD_STRING, "The invocation id of the unit."),
        FIELD_MAYBE("message", FIELD_STRING, "The line in the journal."),
        FIELD_MAYBE(
                "verb", FIELD_STRING, "Of files-changed and linger: what was done through this service, …"),
        FIELD_MAYBE("caller_uid", FIELD_UNSIGNED, "… by whom, …"),
        FIELD_MAYBE("request", FIELD_STRING, "… and the id of that request."),
        {},
};

const Field history_result[] = {
        FIELD("time", FIELD_UNSIGNED, "When, µs since the epoch."),
        FIELD("cursor", FIELD_STRING, "Its place in the journal, for after_cursor."),
        FIELD("record", FIELD_STRING,
                "verdict, outcome, or count (of records that were not written one by one)."),
        FIELD_MAYBE("request", FIELD_STRING, "The id that verdict and outcomes share."),
        FIELD_MAYBE("caller_uid", FIELD_UNSIGNED, "Who asked."),
        FIELD_MAYBE("caller", FIELD_STRING, "Name on the bus."),
        FIELD_MAYBE("account", FIELD_STRING, "The account."),
        FIELD_MAYBE("uid", FIELD_UNSIGNED, "Its uid."),
        FIELD_MAYBE("unit", FIELD_STRING, "The unit."),
        FIELD_MAYBE("verb", FIELD_STRING, "What was asked for."),
        FIELD_MAYBE("method", FIELD_STRING, "The method."),
        FIELD_MAYBE("action", FIELD_STRING, "What polkit was asked."),
        FIELD_MAYBE("polkit", FIELD_STRING, "What it said."),
        FIELD_MAYBE("verdict", FIELD_STRING, "granted, denied or refused."),
        FIELD_MAYBE("error_name", FIELD_STRING, "Name of the error."),
        FIELD_MAYBE("digest", FIELD_STRING, "SHA-256 of the request."),
        FIELD_MAYBE("count", FIELD_UNSIGNED, "Of a count: how many."),
        FIELD_MAYBE("result", FIELD_STRING, "Of an outcome: how it ended."),
        FIELD_MAYBE("changed", FIELD_BOOLEAN, "Of an outcome: whether anything changed."),
        FIELD_MAYBE("duration_usec", FIELD_UNSIGNED, "Of an outcome: how long it took."),
        FIELD_MAYBE("digest_before", FIELD_STRING, "Of what was changed, before …"),
        FIELD_MAYBE("digest_after", FIELD_STRING, "… and after."),
        FIELD_MAYBE("message", FIELD_STRING, "The line in the journal."),
        {},
};

const Field default_result[] = {
        FIELD("default", FIELD_STRING, "The unit that is started with the manager."), {}
};

static const Field run_unit_fields[] = {
        FIELD("unit", FIELD_STRING, "Name."),
        FIELD_MAYBE("timer", FIELD_STRING, "Name of the timer that was made with it."),
        FIELD_MAYBE("result", FIELD_STRING, "Result of the job (done, failed, timeout …), or \"queued\"."),
        FIELD_MAYBE("changed", FIELD_BOOLEAN, "It was started."),
        FIELD_MAYBE("service_result", FIELD_STRING,
                "With wait, how it ended: success, exit-code, signal, timeout …"),
        FIELD_MAYBE("exit_code", FIELD_STRING, "With wait: exited, killed or dumped."),
        FIELD_MAYBE("exit_status", FIELD_UNSIGNED, "With wait: the exit status or the signal's number."),
        FIELD_MAYBE("runtime_usec", FIELD_UNSIGNED, "With wait: how long it ran."),
        FIELD_MAYBE("cpu_usec", FIELD_UNSIGNED, "With wait: CPU time that it took."),
        FIELD_UNIT_ERROR,
        {},
};

const Field units_run_result[] = {
        FIELD_LIST("units", run_unit_fields, "The unit that was made."),
        FIELD("changed", FIELD_BOOLEAN, "Anything changed."),
        {},
};

#define FIELD_USAGE                                                                                         \
        FIELD_MAYBE("cpu_usec", FIELD_UNSIGNED, "CPU time so far."),                                        \
                FIELD_MAYBE("memory", FIELD_UNSIGNED, "Memory now, in bytes."),                             \
                FIELD_MAYBE("tasks", FIELD_UNSIGNED, "Tasks now."),                                         \
                FIELD_MAYBE("io_read", FIELD_UNSIGNED, "Bytes read so far."),                               \
                FIELD_MAYBE("io_written", FIELD_UNSIGNED, "Bytes written so far.")

static const Field usage_unit_fields[] = { FIELD("unit", FIELD_STRING, "Name."), FIELD_USAGE, {} };

const Field units_usage_result[] = {
        FIELD("now", FIELD_UNSIGNED, "When this was read, CLOCK_MONOTONIC in µs."), FIELD_USAGE,
        FIELD_LIST("units", usage_unit_fields, "Units that have a control group, sorted by name."), {}
};

const Field changed_result[] = { FIELD("changed", FIELD_BOOLEAN, "Anything changed."), {} };

const Field account_result[] = {
        FIELD_MAYBE("units_loaded", FIELD_UNSIGNED, "Units the manager has loaded."),
        FIELD_MAYBE("units_active", FIELD_UNSIGNED, "Of these, active."),
        FIELD_MAYBE("units_failed", FIELD_UNSIGNED, "Of these, failed."),
        FIELD_MAYBE("failed", FIELD_STRINGS, "Names of the failed units, 100 at most."),
        FIELD_MAYBE("unit_files", FIELD_UNSIGNED, "Unit files in the account's own folders."),
        FIELD_MAYBE("system_state", FIELD_STRING, "The manager's own word: running, degraded, starting …"),
        FIELD_MAYBE("manager_version", FIELD_STRING, "Version of the manager."),
        {},
};

const Field no_result[] = { {} };
