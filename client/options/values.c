/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of options, see values.h. */

#include "client/options/values.h"

#include "client/options/event.h"
#include "client/options/top.h"
#include "common/contract.h"

static const char *const outputs[] = { "table", "json", "json-pretty", NULL };

static const char *const booleans[] = { "yes", "no", NULL };

/* Load and active states, and those sub states and states of unit files that people ask for. */
static const char *const states[] = { "active", "activating", "deactivating", "failed", "inactive",
        "reloading", "running", "exited", "dead", "waiting", "listening", "mounted", "plugged", "elapsed",
        "auto-restart", "loaded", "not-found", "bad-setting", "error", "masked", "enabled",
        "enabled-runtime", "disabled", "static", "indirect", "generated", "transient", "alias", "linked",
        NULL };

static const char *const signals[] = { "SIGTERM", "SIGKILL", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1",
        "SIGUSR2", "SIGSTOP", "SIGCONT", "SIGABRT", "SIGALRM", "SIGWINCH", "SIGPIPE", "SIGSEGV", NULL };

/* Of show: those that are asked for most. */
static const char *const properties[] = { "Id", "Names", "Description", "LoadState", "ActiveState",
        "SubState", "UnitFileState", "UnitFilePreset", "FragmentPath", "DropInPaths", "SourcePath", "Type",
        "Result", "MainPID", "ControlPID", "ExecMainPID", "ExecMainStatus", "ExecMainCode",
        "ExecMainStartTimestamp", "ExecMainExitTimestamp", "ExecStart", "ExecReload", "ExecStop",
        "StatusText", "StatusErrno", "NRestarts", "Restart", "RestartUSec", "TimeoutStartUSec",
        "TimeoutStopUSec", "ActiveEnterTimestamp", "ActiveExitTimestamp", "InactiveEnterTimestamp",
        "InactiveExitTimestamp", "StateChangeTimestamp", "ConditionResult", "ConditionTimestamp",
        "AssertResult", "InvocationID", "NeedDaemonReload", "Job", "CanStart", "CanStop", "CanReload",
        "CanFreeze", "FreezerState", "Requires", "Requisite", "Wants", "BindsTo", "PartOf", "RequiredBy",
        "WantedBy", "Conflicts", "Before", "After", "Triggers", "TriggeredBy", "OnFailure", "OnSuccess",
        "Slice", "ControlGroup", "MemoryCurrent", "MemoryPeak", "MemoryMax", "MemoryHigh", "TasksCurrent",
        "TasksMax", "CPUUsageNSec", "CPUWeight", "CPUQuotaPerSecUSec", "IOReadBytes", "IOWriteBytes",
        "IPIngressBytes", "IPEgressBytes", "Environment", "EnvironmentFiles", "WorkingDirectory", "User",
        "Group", "Nice", "StandardOutput", "StandardError", "Listen", "NConnections", "NAccepted", "Paths",
        "TimersCalendar", "TimersMonotonic", "NextElapseUSecRealtime", "NextElapseUSecMonotonic",
        "LastTriggerUSec", "Persistent", "Documentation", "Transient", NULL };

/* Of set-property: what can be changed while a unit runs. */
static const char *const assignments[] = { "AllowedCPUs=", "CPUQuota=", "CPUWeight=", "Description=",
        "IOReadBandwidthMax=", "IOReadIOPSMax=", "IOWeight=", "IOWriteBandwidthMax=", "IOWriteIOPSMax=",
        "IPAddressAllow=", "IPAddressDeny=", "ManagedOOMMemoryPressure=", "ManagedOOMSwap=", "MemoryHigh=",
        "MemoryLow=", "MemoryMax=", "MemoryMin=", "MemorySwapMax=", "StartupCPUWeight=", "StartupIOWeight=",
        "TasksMax=", NULL };

static const char *const timestamps[] = { "pretty", "us", "utc", "us+utc", "unix", NULL };

static const char *const service_types[] = { "simple", "exec", "oneshot", "notify", "dbus", "forking",
        "idle", NULL };

/* Those that are no parameter of a method, or one that takes any text. */
static const struct {
        const char *option;
        const char *const *values;
} own_values[] = {
        { "for", wait_goals },
        { "legend", booleans },
        { "output", outputs },
        { "service-type", service_types },
        { "sort", top_sorts },
        { "sort", top_sorts },
        { "timestamp", timestamps },
};

/* Where the contract has the words. */
static const struct {
        const char *option;
        MethodId method;
        const char *parameter;
} contract_values[] = {
        { "events", METHOD_EVENTS_LIST, "events" },
        { "job-mode", METHOD_UNITS_START, "mode" },
        { "kill-who", METHOD_UNITS_KILL, "whom" },
        { "kill-whom", METHOD_UNITS_KILL, "whom" },
        { "preset-mode", METHOD_UNIT_FILES_PRESET, "preset_mode" },
        { "type", METHOD_UNITS_LIST, "types" },
        { "verdict", METHOD_HISTORY_LIST, "verdicts" },
        { "what", METHOD_UNITS_CLEAN, "what" },
};

const char *const *option_values(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(own_values); i++)
                if (streq(own_values[i].option, name))
                        return own_values[i].values;
        for (size_t i = 0; i < ELEMENTSOF(contract_values); i++) {
                if (!streq(contract_values[i].option, name))
                        continue;
                for (const Parameter *p = method_get(contract_values[i].method)->parameters; p->name; p++)
                        if (streq(p->name, contract_values[i].parameter))
                                return p->choices;
        }
        return NULL;
}

const char *const *property_suggestions(void) {
        return assignments;
}

const char *const *option_suggestions(const char *name) {
        if (streq(name, "state"))
                return states;
        if (streq(name, "signal"))
                return signals;
        if (streq(name, "property"))
                return properties;
        return option_values(name);
}
