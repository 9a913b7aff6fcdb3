/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the fake manager tells, see fake-manager-reads.h. */

#include "tests/unit/fake-manager-reads.h"

#include "common/macro.h"

#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

static bool is_of(sd_bus_message *call, const char *unit) {
        _cleanup_free_ char *path = NULL;

        return sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) >= 0 &&
                streq(sd_bus_message_get_path(call), path);
}

static int append_unit(sd_bus_message *m, const char *id, const char *active) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", id, &path);
        if (r < 0)
                return r;
        return sd_bus_message_append(
                m, "(ssssssouso)", id, "A unit", "loaded", active, "sub", "", path, 0, "", "/");
}

/* Only where a type is asked for: the units of other tests come from elsewhere. */
static int reply_units(sd_bus_message *call) {
        static const char *const types[][4] = {
                { "*.timer", "b.timer", "a.timer", NULL },
                { "*.socket", "a.socket", NULL },
                { "*.path", "a.path", NULL },
                { "a*", "a.service", "a.timer", NULL },
        };
        sd_bus_message *reply = NULL;
        const char *pattern;
        int r;

        r = sd_bus_message_skip(call, "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'a', "s");
        if (r >= 0)
                r = sd_bus_message_read_basic(call, 's', &pattern);
        if (r <= 0) {
                (void) sd_bus_message_rewind(call, true);
                return r;
        }

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                if (!streq(types[i][0], pattern))
                        continue;
                r = sd_bus_message_new_method_return(call, &reply);
                if (r < 0)
                        return r;
                (void) sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
                for (size_t j = 1; types[i][j]; j++)
                        (void) append_unit(reply, types[i][j], "active");
                (void) sd_bus_message_close_container(reply);
                r = sd_bus_send(sd_bus_message_get_bus(call), reply, NULL);
                sd_bus_message_unref(reply);
                return r < 0 ? r : 1;
        }
        (void) sd_bus_message_rewind(call, true);
        return 0;
}

static int reply_strings(sd_bus_message *call, const char *a, const char *b) {
        if (!a)
                return sd_bus_reply_method_return(call, "v", "as", 0);
        if (!b)
                return sd_bus_reply_method_return(call, "v", "as", 1, a);
        return sd_bus_reply_method_return(call, "v", "as", 2, a, b);
}

static int reply_dependencies(sd_bus_message *call, const char *property) {
        if (streq(property, "Upholds"))
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_PROPERTY, "What is that?");
        if (streq(property, "Wants") && is_of(call, "a.target"))
                return reply_strings(call, "b.target", "a.service");
        if (streq(property, "Wants") && is_of(call, "b.target"))
                return reply_strings(call, "a.target", "a.service");
        if (streq(property, "Requires") && is_of(call, "a.target"))
                return reply_strings(call, "a.service", "not a unit");
        if (streq(property, "Wants") && is_of(call, "a.service"))
                return reply_strings(call, "c.service", NULL);
        return reply_strings(call, NULL, NULL);
}

static uint64_t timer_time(sd_bus_message *call, const char *property) {
        if (streq(property, "NextElapseUSecRealtime") && is_of(call, "a.timer"))
                return 2000000;
        if (startswith(property, "NextElapse"))
                return startswith(property + strlen("NextElapseUSec"), "Realtime") ? UINT64_MAX : 0;
        return is_of(call, "a.timer") ? 1000 : 0;
}

/* The environment changes by SetEnvironment and UnsetEnvironment, as far as the tests do that. */
static bool variable_is_set;

static int reply_property(sd_bus_message *call) {
        static const char *const dependencies[] = { "Requires", "Requisite", "Wants", "ConsistsOf",
                "BindsTo", "Upholds", "RequiredBy", "RequisiteOf", "WantedBy", "PartOf", "BoundBy",
                "UpheldBy", "After" };
        static unsigned n_looks;
        const char *interface, *property;
        int r;

        r = sd_bus_message_read(call, "ss", &interface, &property);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(dependencies); i++)
                if (streq(property, dependencies[i]))
                        return reply_dependencies(call, property);

        if (streq(property, "Triggers"))
                return reply_strings(call, "a.service", NULL);
        if (streq(property, "Listen"))
                return sd_bus_reply_method_return(call, "v", "a(ss)", 4, "Stream", "/b-c", "Stream", "/b/c",
                        "Datagram", "127.0.0.1:1", "Stream", "@x\033[2J");
        if (streq(property, "Paths"))
                return sd_bus_reply_method_return(call, "v", "a(ss)", 1, "PathExists", "/p");
        if (startswith(property, "NextElapseUSec") || startswith(property, "LastTriggerUSec"))
                return sd_bus_reply_method_return(call, "v", "t", timer_time(call, property));
        if (streq(property, "Job"))
                return sd_bus_reply_method_return(
                        call, "v", "(uo)", is_of(call, "a.service") ? 3 : 0, "/job/3");
        if (streq(property, "FreezerState"))
                return sd_bus_reply_method_return(
                        call, "v", "s", is_of(call, "frozen.service") ? "frozen" : "running");
        if (streq(property, "ActiveState") && is_of(call, "clean.service"))
                return sd_bus_reply_method_return(
                        call, "v", "s", n_looks++ % 2 == 0 ? "maintenance" : "failed");
        if (streq(property, "Environment"))
                return reply_strings(call, "Z=\033[2J", variable_is_set ? "A=1" : NULL);
        if (streq(property, "ControlGroup") && streq(interface, MANAGER_INTERFACE)) {
                char group[64];

                (void) snprintf(group, sizeof(group), "/x.slice/user@%u.service", (unsigned) getuid());
                return sd_bus_reply_method_return(call, "v", "s", group);
        }
        if (streq(property, "NNames") || streq(property, "NFailedUnits") || streq(property, "NJobs"))
                return sd_bus_reply_method_return(call, "v", "u", 7);
        if (streq(property, "UserspaceTimestamp"))
                return sd_bus_reply_method_return(call, "v", "t", UINT64_C(5));

        (void) sd_bus_message_rewind(call, true);
        return 0;
}

static int reply_clean(sd_bus_message *call) {
        const char *unit, *what;
        int r;

        r = sd_bus_message_read(call, "s", &unit);
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'a', "s");
        if (r < 0)
                return r;
        while (sd_bus_message_read_basic(call, 's', &what) > 0)
                if (streq(unit, "old.service") && streq(what, "fdstore"))
                        return sd_bus_reply_method_errorf(
                                call, SD_BUS_ERROR_INVALID_ARGS, "Invalid resource type.");
        return sd_bus_reply_method_return(call, NULL);
}

#define JOB_ROWS "a(usssoo)"
#define JOB_3    3, "a.service", "start", "running", "/job/3", "/"
#define JOB_4    4, "b.service", "start", "waiting", "/job/4", "/"

int fake_manager_reply_read(sd_bus_message *call) {
        const char *member = sd_bus_message_get_member(call);
        uint32_t job;

        if (streq(member, "ListUnitsByPatterns"))
                return reply_units(call);
        if (streq(member, "Get"))
                return reply_property(call);
        if (streq(member, "ListJobs"))
                return sd_bus_reply_method_return(call, JOB_ROWS, 2, JOB_4, JOB_3);
        if (streq(member, "GetJobAfter") || streq(member, "GetJobBefore")) {
                bool after = streq(member, "GetJobAfter");

                (void) sd_bus_message_read(call, "u", &job);
                if (after && job == 3)
                        return sd_bus_reply_method_return(call, JOB_ROWS, 1, JOB_4);
                if (!after && job == 4)
                        return sd_bus_reply_method_return(call, JOB_ROWS, 1, JOB_3);
                return sd_bus_reply_method_return(call, JOB_ROWS, 0);
        }
        if (streq(member, "CleanUnit"))
                return reply_clean(call);
        if (streq(member, "SetEnvironment") || streq(member, "UnsetEnvironment")) {
                variable_is_set = streq(member, "SetEnvironment");
                return sd_bus_reply_method_return(call, NULL);
        }
        if (streq(member, "GetUnitProcesses"))
                return sd_bus_reply_method_return(call, "a(sus)", 1, "/x", 1, "a command\033[2J");
        if (streq(member, "GetDefaultTarget"))
                return sd_bus_reply_method_return(call, "s", "my.target");
        return 0;
}
