/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of `run`, see run.h. */

#include "client/options/run.h"

#include "client/message.h"
#include "client/options/row.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "common/utf8.h"

void run_options_done(RunOptions *o) {
        free(o->address);
        free(o->unit);
        strv_free(o->assignments);
        strv_free(o->timer);
        *o = (RunOptions){};
}

static int add_assignment(char ***list, const char *name, const char *value) {
        char *text;

        if (asprintf(&text, "%s=%s", name, value) < 0)
                return -ENOMEM;
        return strv_consume(list, text);
}

/* Options that are nothing but a property of the service. */
static int set_property_of_service(const OptionRow *row, Options *o, const char *value) {
        static const char *const properties[][3] = {
                { "collect", "CollectMode", "inactive-or-failed" },
                { "nice", "Nice", NULL },
                { "remain-after-exit", "RemainAfterExit", "yes" },
                { "send-sighup", "SendSIGHUP", "yes" },
                { "service-type", "Type", NULL },
                { "slice", "Slice", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(properties); i++)
                if (streq(row->name, properties[i][0]))
                        return add_assignment(&o->run.assignments, properties[i][1],
                                properties[i][2] ? properties[i][2] : value);
        return -EINVAL;
}

static int set_remain(const OptionRow *row, Options *o, const char *value) {
        o->run.remain = true;
        return set_property_of_service(row, o, value);
}

static int set_collect(const OptionRow *row, Options *o, const char *value) {
        o->run.collect = true;
        return set_property_of_service(row, o, value);
}

/* "foo" is foo.slice, as of systemd-run. */
static int set_slice(const OptionRow *row, Options *o, const char *value) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = unit_name_mangle(value, ".slice", 0, &name);
        if (r == -EINVAL || (r >= 0 && !endswith(name, ".slice"))) {
                message_error("--slice=%s is no name of a slice.", value);
                return -EINVAL;
        }
        return r < 0 ? r : set_property_of_service(row, o, name);
}

static int add_property(const OptionRow *row, Options *o, const char *value) {
        if (!strchr(value, '=')) {
                message_error("--property=%s is no assignment: of run it takes NAME=VALUE.", value);
                return -EINVAL;
        }
        return strv_extend(&o->run.assignments, value);
}

static int add_timer_property(const OptionRow *row, Options *o, const char *value) {
        static const char *const triggers[] = { "OnActiveSec=", "OnBootSec=", "OnStartupSec=",
                "OnUnitActiveSec=", "OnUnitInactiveSec=", "OnCalendar=", "OnClockChange=",
                "OnTimezoneChange=" };

        if (!strchr(value, '=')) {
                message_error("--timer-property=%s is no assignment: it takes NAME=VALUE.", value);
                return -EINVAL;
        }
        o->run.has_timer_property = true;
        for (size_t i = 0; i < ELEMENTSOF(triggers); i++)
                if (startswith(value, triggers[i]))
                        o->run.has_trigger = true;
        return strv_extend(&o->run.timer, value);
}

/* When: "--on-active=5m" is OnActiveSec=5m of the timer. */
static int add_trigger(const OptionRow *row, Options *o, const char *value) {
        static const char *const properties[][2] = {
                { "on-active", "OnActiveSec" },
                { "on-boot", "OnBootSec" },
                { "on-calendar", "OnCalendar" },
                { "on-clock-change", "OnClockChange" },
                { "on-startup", "OnStartupSec" },
                { "on-timezone-change", "OnTimezoneChange" },
                { "on-unit-active", "OnUnitActiveSec" },
                { "on-unit-inactive", "OnUnitInactiveSec" },
        };

        o->run.has_trigger = true;
        for (size_t i = 0; i < ELEMENTSOF(properties); i++)
                if (streq(row->name, properties[i][0]))
                        return add_assignment(&o->run.timer, properties[i][1], value ? value : "yes");
        return -EINVAL;
}

static int set_description(const OptionRow *row, Options *o, const char *value) {
        int r;

        r = add_assignment(&o->run.assignments, "Description", value);
        return r < 0 ? r : add_assignment(&o->run.timer, "Description", value);
}

static int set_directory(const OptionRow *row, Options *o, const char *value) {
        if (*value != '/' && *value != '~') {
                message_error("--working-directory= takes an absolute path or ~, not '%s'.", value);
                return -EINVAL;
        }
        return add_assignment(&o->run.assignments, "WorkingDirectory", value);
}

static int set_same_directory(const OptionRow *row, Options *o, const char *value) {
        _cleanup_free_ char *directory = getcwd(NULL, 0);

        if (!directory || *directory != '/') {
                message_error("The current directory cannot be told.");
                return -EINVAL;
        }
        return add_assignment(&o->run.assignments, "WorkingDirectory", directory);
}

char *run_environment_assignment(const char *variable) {
        static const char head[] = "Environment=\"";
        char *text, *t;

        text = malloc(sizeof(head) + 2 * strlen(variable) + 1);
        if (!text)
                return NULL;
        t = stpcpy(text, head);
        for (const char *p = variable; *p; p++) {
                if (*p == '\n') {
                        t = stpcpy(t, "\\n");
                        continue;
                }
                if (*p == '"' || *p == '\\')
                        *t++ = '\\';
                *t++ = *p;
        }
        (void) stpcpy(t, "\"");
        return text;
}

/* Length of the name that a variable begins with; 0 where it begins with none. */
static size_t name_length(const char *variable) {
        size_t n = strspn(variable, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

        return *variable >= '0' && *variable <= '9' ? 0 : n;
}

/* NAME=VALUE, or NAME for what it is here; one that is not set here is not set there. */
static int add_environment(const OptionRow *row, Options *o, const char *value) {
        _cleanup_free_ char *inherited = NULL;
        size_t n = name_length(value);
        char *text;

        if (n == 0 || (value[n] && value[n] != '=')) {
                message_error("--setenv= takes NAME=VALUE or NAME, not '%s'.", value);
                return -EINVAL;
        }
        if (!value[n]) {
                const char *here = getenv(value);

                if (!here)
                        return 0;
                if (asprintf(&inherited, "%s=%s", value, here) < 0)
                        return -ENOMEM;
                value = inherited;
        }
        if (!utf8_is_valid(value, strlen(value))) {
                message_error("The value of %.*s is not UTF-8, and no unit can have it in its environment.",
                        (int) n, value);
                return -EINVAL;
        }

        text = run_environment_assignment(value);
        return text ? strv_consume(&o->run.assignments, text) : -ENOMEM;
}

static int set_pipe(const OptionRow *row, Options *o, const char *value) {
        o->run.pipe = o->run.wait = true;
        return 0;
}

/* Options of systemd-run that mean nothing here, and what to do instead. */
static int refuse(const OptionRow *row, Options *o, const char *value) {
        static const char *const sentences[][2] = {
                { "gid",
                        "All units of an account's manager run as the account: name the account, not --gid=." },
                { "path-property", "Only timers can be made with a service; write a path unit for this." },
                { "pty",
                        "Services have no terminal here: --pipe passes standard input, output and error, also of a "
                        "terminal, and 'ssh ACCOUNT@localhost' or 'su' opens a session." },
                { "scope",
                        "A scope would hold processes of yours, which are not the account's: leave --scope out." },
                { "shell",
                        "Services have no terminal here: 'ssh ACCOUNT@localhost' or 'su' opens a shell." },
                { "slice-inherit", "Your own slice is none of the account's: name one with --slice=." },
                { "socket-property",
                        "Only timers can be made with a service; write a socket unit for this." },
                { "uid",
                        "All units of an account's manager run as the account: name the account, not --uid=." },
        };

        for (size_t i = 0; i < ELEMENTSOF(sentences); i++)
                if (streq(row->name, sentences[i][0]))
                        message_error("%s", sentences[i][1]);
        return -EINVAL;
}

static int refuse_late_host(const OptionRow *row, Options *o, const char *value) {
        message_error("Write --host=%s before the verb: userunitctl -H %s run ...", value, value);
        return -EINVAL;
}

const OptionRow run_option_table[] = {
        { "unit", 'u', "UNIT", option_set_string, offsetof(Options, run.unit), "Name of the service" },
        { "description", 0, "TEXT", set_description, 0, "Description of the unit" },
        { "property", 'p', "NAME=VALUE", add_property, 0,
                "Set a property of the service, as in a unit file" },
        { "setenv", 'E', "NAME[=VALUE]", add_environment, 0, "Set a variable, or pass one's own on" },
        { "working-directory", 0, "PATH", set_directory, 0,
                "Where the command runs; ~ is the account's home" },
        { "same-dir", 'd', NULL, set_same_directory, 0, "In the current directory" },
        { "slice", 0, "SLICE", set_slice, 0, "Run in this slice" },
        { "service-type", 0, "TYPE", set_property_of_service, 0, "simple, exec, oneshot, notify ..." },
        { "nice", 0, "LEVEL", set_property_of_service, 0, "Nice level, -20 to 19" },
        { "remain-after-exit", 'r', NULL, set_remain, 0, "Keep the unit when the command has ended" },
        { "collect", 'G', NULL, set_collect, 0, "Forget the unit also when it failed" },
        { "send-sighup", 0, NULL, set_property_of_service, 0, "Send SIGHUP too when it is stopped" },
        { "wait", 0, NULL, option_set_flag, offsetof(Options, run.wait),
                "Wait until the command has ended, and exit with its code" },
        { "pipe", 'P', NULL, set_pipe, 0,
                "The same, with standard input, output and error of this command" },
        { "on-active", 0, "SPAN", add_trigger, 0, "Make a timer that starts the service so long from now" },
        { "on-boot", 0, "SPAN", add_trigger, 0, "... after the system was booted" },
        { "on-startup", 0, "SPAN", add_trigger, 0, "... after the manager was started" },
        { "on-unit-active", 0, "SPAN", add_trigger, 0, "... after the service was started" },
        { "on-unit-inactive", 0, "SPAN", add_trigger, 0, "... after it has ended" },
        { "on-calendar", 0, "EVENT", add_trigger, 0, "... at these times" },
        { "on-clock-change", 0, NULL, add_trigger, 0, "... when the clock is set" },
        { "on-timezone-change", 0, NULL, add_trigger, 0, "... when the time zone is set" },
        { "timer-property", 0, "NAME=VALUE", add_timer_property, 0, "Set a property of the timer" },

        { "host", 'H', "[USER@]HOST", refuse_late_host, 0, NULL },
        { "gid", 0, "GROUP", refuse, 0, NULL },
        { "path-property", 0, "NAME=VALUE", refuse, 0, NULL },
        { "pty", 't', NULL, refuse, 0, NULL },
        { "scope", 0, NULL, refuse, 0, NULL },
        { "shell", 'S', NULL, refuse, 0, NULL },
        { "slice-inherit", 0, NULL, refuse, 0, NULL },
        { "socket-property", 0, "NAME=VALUE", refuse, 0, NULL },
        { "uid", 0, "USER", refuse, 0, NULL },
};

const size_t run_n_options = ELEMENTSOF(run_option_table);

void run_options_print_help(FILE *f) {
        for (size_t i = 0; i < run_n_options; i++)
                if (run_option_table[i].doc)
                        option_print_help(f, run_option_table + i);
}
