/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/property/property.h: what assignments are on the bus, held against what systemctl and
 * systemd-run send for them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/manager/variant.h"
#include "daemon/worker/property/property.h"

static sd_bus *bus;

/* A connection that nobody answers on: messages can be made for it. */
static int setup(void **state) {
        int fds[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), errno);
        assert_return_code(sd_bus_new(&bus), 0);
        assert_return_code(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
        assert_return_code(sd_bus_start(bus), 0);
        *state = (void *) (intptr_t) fds[1];
        return 0;
}

static int teardown(void **state) {
        bus = sd_bus_close_unref(bus);
        (void) close((int) (intptr_t) *state);
        return 0;
}

/* Signatures of all variants of the message, behind their names. */
static char *signatures(sd_bus_message *m) {
        char text[512] = "";

        assert_return_code(sd_bus_message_rewind(m, true), 0);
        assert_true(sd_bus_message_enter_container(m, 'a', "(sv)") > 0);
        while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
                const char *name, *contents;
                size_t n = strlen(text);

                assert_true(sd_bus_message_read_basic(m, 's', &name) > 0);
                assert_true(sd_bus_message_peek_type(m, NULL, &contents) > 0);
                (void) snprintf(text + n, sizeof(text) - n, "%s%s %s", n > 0 ? " " : "", name, contents);
                assert_true(sd_bus_message_skip(m, "v") >= 0);
                assert_true(sd_bus_message_exit_container(m) >= 0);
        }
        return strdup(text);
}

static int make(const char *unit, char *const *assignments, sd_bus_message **ret, Error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        assert_return_code(sd_bus_message_new_method_call(bus, &m, NULL, "/x", "x.y", "Z"), 0);
        assert_return_code(sd_bus_message_open_container(m, 'a', "(sv)"), 0);
        r = unit_properties_append(m, unit, assignments, error);
        if (r < 0)
                return r;
        assert_return_code(sd_bus_message_close_container(m), 0);
        assert_return_code(sd_bus_message_seal(m, 1, 0), 0);
        *ret = TAKE_PTR(m);
        return 0;
}

/* An assignment, its signatures and its values as JSON. */
static const char *const service_cases[][3] = {
        { "CPUWeight=50", "CPUWeight t", "[[\"CPUWeight\",50]]" },
        { "CPUWeight=idle", "CPUWeight t", "[[\"CPUWeight\",0]]" },
        { "CPUWeight=", "CPUWeight t", "[[\"CPUWeight\",18446744073709551615]]" },
        { "IOWeight=10000", "IOWeight t", "[[\"IOWeight\",10000]]" },
        { "CPUQuota=20%", "CPUQuotaPerSecUSec t", "[[\"CPUQuotaPerSecUSec\",200000]]" },
        { "CPUQuota=", "CPUQuotaPerSecUSec t", "[[\"CPUQuotaPerSecUSec\",18446744073709551615]]" },
        { "CPUQuotaPeriodSec=10ms", "CPUQuotaPeriodUSec t", "[[\"CPUQuotaPeriodUSec\",10000]]" },
        { "MemoryMax=1G", "MemoryMax t", "[[\"MemoryMax\",1073741824]]" },
        { "MemoryMax=infinity", "MemoryMax t", "[[\"MemoryMax\",18446744073709551615]]" },
        { "MemoryMax=", "MemoryMax t", "[[\"MemoryMax\",18446744073709551615]]" },
        { "MemoryMin=", "MemoryMin t", "[[\"MemoryMin\",0]]" },
        { "MemoryHigh=50%", "MemoryHighScale u", "[[\"MemoryHighScale\",2147483648]]" },
        { "TasksMax=0x10", "TasksMax t", "[[\"TasksMax\",16]]" },
        { "TasksMax=10%", "TasksMaxScale u", "[[\"TasksMaxScale\",429496730]]" },
        { "ManagedOOMMemoryPressureLimit=100%", "ManagedOOMMemoryPressureLimit u",
                "[[\"ManagedOOMMemoryPressureLimit\",4294967295]]" },
        { "AllowedCPUs=0-3,9 16", "AllowedCPUs ay", "[[\"AllowedCPUs\",[15,2,1]]]" },
        { "AllowedCPUs=", "AllowedCPUs ay", "[[\"AllowedCPUs\",[]]]" },
        { "CPUAffinity=numa", "CPUAffinityFromNUMA b", "[[\"CPUAffinityFromNUMA\",true]]" },
        { "Delegate=yes", "Delegate b", "[[\"Delegate\",true]]" },
        { "Delegate=cpu memory", "DelegateControllers as",
                "[[\"DelegateControllers\",[\"cpu\",\"memory\"]]]" },
        { "DeviceAllow=/dev/null rw", "DeviceAllow a(ss)", "[[\"DeviceAllow\",[[\"/dev/null\",\"rw\"]]]]" },
        { "DeviceAllow=", "DeviceAllow a(ss)", "[[\"DeviceAllow\",[]]]" },
        { "IOReadBandwidthMax=/dev/sda 5M", "IOReadBandwidthMax a(st)",
                "[[\"IOReadBandwidthMax\",[[\"/dev/sda\",5000000]]]]" },
        { "IODeviceWeight=/dev/sda 200", "IODeviceWeight a(st)",
                "[[\"IODeviceWeight\",[[\"/dev/sda\",200]]]]" },
        { "IODeviceLatencyTargetSec=/dev/sda 25ms", "IODeviceLatencyTargetUSec a(st)",
                "[[\"IODeviceLatencyTargetUSec\",[[\"/dev/sda\",25000]]]]" },
        { "IPAddressAllow=localhost", "IPAddressAllow a(iayu)",
                "[[\"IPAddressAllow\",[[2,[127,0,0,0],8],[10,[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1],128]]]]" },
        { "IPAddressDeny=10.0.0.0/8 192.168.1.1", "IPAddressDeny a(iayu)",
                "[[\"IPAddressDeny\",[[2,[10,0,0,0],8],[2,[192,168,1,1],32]]]]" },
        { "IPAddressDeny=", "IPAddressDeny a(iayu)", "[[\"IPAddressDeny\",[]]]" },
        { "Environment=A=1 \"B=two words\" 'C=\\n'", "Environment as",
                "[[\"Environment\",[\"A=1\",\"B=two words\",\"C=\\n\"]]]" },
        { "EnvironmentFile=-/etc/x", "EnvironmentFiles a(sb)",
                "[[\"EnvironmentFiles\",[[\"/etc/x\",true]]]]" },
        { "EnvironmentFile=", "EnvironmentFiles a(sb)", "[[\"EnvironmentFiles\",[]]]" },
        { "WorkingDirectory=~", "WorkingDirectory s", "[[\"WorkingDirectory\",\"~\"]]" },
        { "Nice=-5", "Nice i", "[[\"Nice\",-5]]" },
        { "UMask=0077", "UMask u", "[[\"UMask\",63]]" },
        { "OOMScoreAdjust=-500", "OOMScoreAdjust i", "[[\"OOMScoreAdjust\",-500]]" },
        { "SyslogLevel=warning", "SyslogLevel i", "[[\"SyslogLevel\",4]]" },
        { "SyslogFacility=local3", "SyslogFacility i", "[[\"SyslogFacility\",19]]" },
        { "IOSchedulingClass=idle", "IOSchedulingClass i", "[[\"IOSchedulingClass\",3]]" },
        { "CPUSchedulingPolicy=batch", "CPUSchedulingPolicy i", "[[\"CPUSchedulingPolicy\",3]]" },
        { "TimerSlackNSec=50us", "TimerSlackNSec t", "[[\"TimerSlackNSec\",50000]]" },
        { "LimitNOFILE=1024:4096", "LimitNOFILE t LimitNOFILESoft t",
                "[[\"LimitNOFILE\",4096],[\"LimitNOFILESoft\",1024]]" },
        { "LimitCORE=infinity", "LimitCORE t LimitCORESoft t",
                "[[\"LimitCORE\",18446744073709551615],[\"LimitCORESoft\",18446744073709551615]]" },
        { "LimitCPU=1500ms", "LimitCPU t LimitCPUSoft t", "[[\"LimitCPU\",2],[\"LimitCPUSoft\",2]]" },
        { "LimitNICE=+5", "LimitNICE t LimitNICESoft t", "[[\"LimitNICE\",15],[\"LimitNICESoft\",15]]" },
        { "StandardOutput=file:/tmp/x", "StandardOutputFile s", "[[\"StandardOutputFile\",\"/tmp/x\"]]" },
        { "StandardOutput=journal", "StandardOutput s", "[[\"StandardOutput\",\"journal\"]]" },
        { "StandardInputText=a\\tb", "StandardInputData ay", "[[\"StandardInputData\",[97,9,98,10]]]" },
        { "PrivateTmp=yes", "PrivateTmp b", "[[\"PrivateTmp\",true]]" },
        { "PrivateTmp=disconnected", "PrivateTmpEx s", "[[\"PrivateTmpEx\",\"disconnected\"]]" },
        { "ProtectSystem=strict", "ProtectSystem s", "[[\"ProtectSystem\",\"strict\"]]" },
        { "ReadOnlyPaths=/etc \"/a b\"", "ReadOnlyPaths as", "[[\"ReadOnlyPaths\",[\"/etc\",\"/a b\"]]]" },
        { "SystemCallFilter=~@mount @swap", "SystemCallFilter (bas)",
                "[[\"SystemCallFilter\",[false,[\"@mount\",\"@swap\"]]]]" },
        { "SystemCallErrorNumber=EPERM", "SystemCallErrorNumber i", "[[\"SystemCallErrorNumber\",1]]" },
        { "CapabilityBoundingSet=CAP_NET_RAW cap_kill", "CapabilityBoundingSet t",
                "[[\"CapabilityBoundingSet\",8224]]" },
        { "CapabilityBoundingSet=~CAP_CHOWN", "CapabilityBoundingSet t",
                "[[\"CapabilityBoundingSet\",18446744073709551614]]" },
        { "RestrictNamespaces=yes", "RestrictNamespaces t", "[[\"RestrictNamespaces\",0]]" },
        { "RestrictNamespaces=net ipc", "RestrictNamespaces t", "[[\"RestrictNamespaces\",1207959552]]" },
        { "BindPaths=/a -/b:/c /d:/e:norbind", "BindPaths a(ssbt)",
                "[[\"BindPaths\",[[\"/a\",\"/a\",false,16384],[\"/b\",\"/c\",true,16384],[\"/d\",\"/e\",false,0]]]]" },
        { "TemporaryFileSystem=/var:ro,size=1M /tmp", "TemporaryFileSystem a(ss)",
                "[[\"TemporaryFileSystem\",[[\"/var\",\"ro,size=1M\"],[\"/tmp\",\"\"]]]]" },
        { "StateDirectory=a b:c", "StateDirectory as StateDirectorySymlink a(sst)",
                "[[\"StateDirectory\",[\"a\"]],[\"StateDirectorySymlink\",[[\"b\",\"c\",0]]]]" },
        { "LogExtraFields=A=b", "LogExtraFields aay", "[[\"LogExtraFields\",[[65,61,98]]]]" },
        { "SetCredential=id:a\\x41", "SetCredential a(say)", "[[\"SetCredential\",[[\"id\",[97,65]]]]]" },
        { "LoadCredential=id", "LoadCredential a(ss)", "[[\"LoadCredential\",[[\"id\",\"id\"]]]]" },
        { "KillSignal=SIGINT", "KillSignal i", "[[\"KillSignal\",2]]" },
        { "SendSIGHUP=on", "SendSIGHUP b", "[[\"SendSIGHUP\",true]]" },
        { "RestartSec=1min 5s", "RestartUSec t", "[[\"RestartUSec\",65000000]]" },
        { "TimeoutSec=infinity", "TimeoutStartUSec t TimeoutStopUSec t",
                "[[\"TimeoutStartUSec\",18446744073709551615],[\"TimeoutStopUSec\",18446744073709551615]]" },
        { "ExecStartPre=-/bin/true \"a b\"", "ExecStartPre a(sasb)",
                "[[\"ExecStartPre\",[[\"/bin/true\",[\"/bin/true\",\"a b\"],true]]]]" },
        { "ExecStop=@/bin/sh sh -c x", "ExecStop a(sasb)",
                "[[\"ExecStop\",[[\"/bin/sh\",[\"sh\",\"-c\",\"x\"],false]]]]" },
        { "ExecStartPost=:-+/bin/true", "ExecStartPostEx a(sasas)",
                "[[\"ExecStartPostEx\",[[\"/bin/true\",[\"/bin/true\"],[\"ignore-failure\",\"privileged\",\"no-env-expand\"]]]]]" },
        { "ExecReload=!!/bin/true", "ExecReloadEx a(sasas)",
                "[[\"ExecReloadEx\",[[\"/bin/true\",[\"/bin/true\"],[\"ambient\"]]]]]" },
        { "ExecStop=", "ExecStop a(sasb)", "[[\"ExecStop\",[]]]" },
        { "SuccessExitStatus=1 TEMPFAIL SIGKILL 250", "SuccessExitStatus (aiai)",
                "[[\"SuccessExitStatus\",[[1,75,250],[9]]]]" },
        { "OpenFile=/etc/x:name:read-only", "OpenFile a(sst)",
                "[[\"OpenFile\",[[\"/etc/x\",\"name\",1]]]]" },
        { "Description=x = y", "Description s", "[[\"Description\",\"x = y\"]]" },
        { "After=a.service b.service", "After as", "[[\"After\",[\"a.service\",\"b.service\"]]]" },
        { "StartLimitIntervalSec=10", "StartLimitIntervalUSec t",
                "[[\"StartLimitIntervalUSec\",10000000]]" },
        { "SuccessActionExitStatus=", "SuccessActionExitStatus i", "[[\"SuccessActionExitStatus\",-1]]" },
        { "ConditionPathExists=|!/x", "Conditions a(sbbs)",
                "[[\"Conditions\",[[\"ConditionPathExists\",true,true,\"/x\"]]]]" },
        { "AssertHost=x", "Asserts a(sbbs)", "[[\"Asserts\",[[\"AssertHost\",false,false,\"x\"]]]]" },
};

static const char *const timer_cases[][3] = {
        { "OnActiveSec=5min", "TimersMonotonic a(st)",
                "[[\"TimersMonotonic\",[[\"OnActiveSec\",300000000]]]]" },
        { "OnCalendar=daily", "TimersCalendar a(ss)",
                "[[\"TimersCalendar\",[[\"OnCalendar\",\"daily\"]]]]" },
        { "OnCalendar=", "TimersCalendar a(ss)", "[[\"TimersCalendar\",[]]]" },
        { "AccuracySec=1us", "AccuracyUSec t", "[[\"AccuracyUSec\",1]]" },
        { "Persistent=yes", "Persistent b", "[[\"Persistent\",true]]" },
        { "Unit=x.service", "Unit s", "[[\"Unit\",\"x.service\"]]" },
};

static const char *const socket_cases[][3] = {
        { "ListenStream=8080", "Listen a(ss)", "[[\"Listen\",[[\"Stream\",\"8080\"]]]]" },
        { "TimeoutSec=5", "TimeoutUSec t", "[[\"TimeoutUSec\",5000000]]" },
        { "ReceiveBuffer=8K", "ReceiveBuffer t", "[[\"ReceiveBuffer\",8192]]" },
};

static void check_case(const char *unit, const char *const *c) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(FRAME_SIZE_MAX);
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_free_ char *text = NULL, *types = NULL;
        char *assignments[] = { (char *) c[0], NULL };
        int r;

        r = make(unit, assignments, &m, &error);
        if (r < 0)
                fail_msg("%s: %s", c[0], error_message(&error));
        assert_return_code(sd_bus_message_rewind(m, true), 0);
        assert_return_code(variant_write(m, &w), 0);
        assert_return_code(json_writer_finish(&w, &text, NULL), 0);
        types = signatures(m);
        assert_string_equal(types, c[1]);
        assert_string_equal(text, c[2]);
}

static void test_values(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(service_cases); i++)
                check_case("x.service", service_cases[i]);
        for (size_t i = 0; i < ELEMENTSOF(timer_cases); i++)
                check_case("x.timer", timer_cases[i]);
        for (size_t i = 0; i < ELEMENTSOF(socket_cases); i++)
                check_case("x.socket", socket_cases[i]);
}

static void test_refused(void **state) {
        static const char *const cases[][3] = {
                { "x.service", "MemoryMax", "is no assignment" },
                { "x.service", "=1", "is no assignment" },
                { "x.service", "", "is no assignment" },
                { "x.service", "MemoryMx=1", "did you mean MemoryMax?" },
                { "x.service", "Frobnicate=1", "There is no property \"Frobnicate\" that can be set." },
                { "x.service", "memorymax=1", "There is no property" },
                { "x.service", "OnCalendar=daily",
                        "OnCalendar is no property of units of the type service" },
                { "x.timer", "MemoryMax=1", "MemoryMax is no property of units of the type timer" },
                { "x.target", "MemoryMax=1", "MemoryMax is no property of units of the type target" },
                { "x.service", "User=root", "User cannot be set here" },
                { "x.service", "MemoryMax=lots",
                        "\"lots\" is no value for MemoryMax: it takes a number of bytes" },
                { "x.service", "MemoryMax=-1", "out of range" },
                { "x.service", "CPUWeight=0", "out of range" },
                { "x.service", "CPUWeight=10001", "out of range" },
                { "x.service", "CPUQuota=0%", "out of range" },
                { "x.service", "TasksMax=1K", "is no value for TasksMax" },
                { "x.service", "Nice=20", "it takes a number from -20 to 19" },
                { "x.service", "UMask=9", "octal" },
                { "x.service", "RestartSec=soon",
                        "\"soon\" is no value for RestartSec: it takes a time such as" },
                { "x.service", "PrivateDevices=maybe", "it takes yes or no" },
                { "x.service", "KillSignal=SIGFOO", "name of a signal" },
                { "x.service", "Environment=\"A", "in quotes" },
                { "x.service", "ExecStartPre=/bin/x 'a", "a program with its arguments" },
                { "x.service", "ExecStartPre=@", "a program" },
                { "x.service", "IPAddressAllow=300.1.1.1", "addresses such as" },
                { "x.service", "IPAddressAllow=10.0.0.0/33", "out of range" },
                { "x.service", "AllowedCPUs=x", "numbers and ranges" },
                { "x.service", "AllowedCPUs=0-99999", "out of range" },
                { "x.service", "LimitNOFILE=9:5", "SOFT:HARD" },
                { "x.service", "IODeviceWeight=/dev/sda", "a device and a weight" },
                { "x.service", "CapabilityBoundingSet=CAP_FLY", "CAP_NET_RAW" },
                { "x.service", "BindPaths=/a:/b:whatever", "SOURCE" },
                { "x.service", "SuccessExitStatus=256", "exit statuses" },
                { "x.service", "SyslogLevel=9", "out of range" },
                { "x.timer", "OnActiveSec=x", "a time such as" },
                { "x.service", "Nice=\033[2J\n", "\"\\x1b[2J\\x0a\" is no value" },
                { "x.service", "\033=1", "\"\\x1b\" that can be set" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
                _cleanup_(error_done) Error error = ERROR_NULL;
                char *assignments[] = { (char *) cases[i][1], NULL };

                if (make(cases[i][0], assignments, &m, &error) >= 0)
                        fail_msg("%s was taken", cases[i][1]);
                assert_int_equal(error.code, ERROR_INVALID_REQUEST);
                if (!strstr(error_message(&error), cases[i][2]))
                        fail_msg("%s: %s", cases[i][1], error_message(&error));
        }
}

/* What is long is shown in part. */
static void test_long_value(void **state) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        char text[4096] = "MemoryMax=", *assignments[] = { text, NULL };

        memset(text + strlen(text), 'x', 4000);
        assert_true(make("x.service", assignments, &m, &error) < 0);
        assert_true(strlen(error_message(&error)) < 800);
}

static void test_table(void **state) {
        size_t n = 0;

        for (const char *name; (name = unit_property_name(n)); n++) {
                assert_true(name[0] >= 'A' && name[0] <= 'Z');
                assert_null(strpbrk(name, "= "));
        }
        assert_true(n > 300);
}

static void test_have(void **state) {
        char *list[] = { (char *) "Descriptions=1", (char *) "Description=x", NULL };

        assert_true(unit_properties_have(list, "Description"));
        assert_false(unit_properties_have(list, "Desc"));
        assert_false(unit_properties_have(NULL, "Description"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_long_value),
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_have),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
