/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of options, see options.h. */

#include "client/options/options.h"

#include <pwd.h>

#include "client/help.h"
#include "client/manual.h"
#include "client/message.h"
#include "client/options/row.h"
#include "common/address.h"
#include "common/strv.h"

int option_set_flag(const OptionRow *row, Options *o, const char *value) {
        *(bool *) option_member(row, o) = true;
        return 0;
}

int option_set_string(const OptionRow *row, Options *o, const char *value) {
        char **where = option_member(row, o);
        char *copy;

        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(*where);
        *where = copy;
        return 0;
}

int option_add_words(char ***where, const char *value) {
        for (const char *p = value; *p;) {
                size_t n = strcspn(p, ",");
                int r;

                if (n > 0) {
                        char *item = strndup(p, n);
                        if (!item)
                                return -ENOMEM;
                        r = strv_consume(where, item);
                        if (r < 0)
                                return r;
                }
                p += n + (p[n] == ',');
        }

        return 0;
}

/* It may be given again. Without a word in it nothing is asked for, which is less than no list. */
static int add_list(const OptionRow *row, Options *o, const char *value) {
        char ***list = option_member(row, o);

        if (!*value && !*list) {
                *list = calloc(1, sizeof(char *));
                return *list ? 0 : -ENOMEM;
        }
        return option_add_words(list, value);
}

static int set_failed(const OptionRow *row, Options *o, const char *value) {
        return strv_extend(&o->states, "failed");
}

static int set_value_of(const OptionRow *row, Options *o, const char *value) {
        o->value = true;
        return add_list(row, o, value);
}

static int set_output(const OptionRow *row, Options *o, const char *value) {
        if (streq(value, "table") || streq(value, "short"))
                o->output = OUTPUT_TABLE;
        else if (streq(value, "json"))
                o->output = OUTPUT_JSON;
        else if (streq(value, "json-pretty"))
                o->output = OUTPUT_JSON_PRETTY;
        else {
                message_error("Unknown output '%s': there are table, json and json-pretty.", value);
                return -EINVAL;
        }
        return 0;
}

static int set_legend(const OptionRow *row, Options *o, const char *value) {
        static const char *const words[][2] = { { "no", "yes" }, { "false", "true" }, { "0", "1" },
                { "off", "on" }, { "n", "y" }, { "f", "t" } };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                for (size_t j = 0; j < 2; j++)
                        if (strcasecmp(value, words[i][j]) == 0) {
                                o->no_legend = j == 0;
                                o->legend_given = true;
                                return 0;
                        }

        message_error("--legend= takes yes or no, not '%s'.", value);
        return -EINVAL;
}

static int set_account_address(Options *o, const char *option, const char *value,
        int (*parse)(const char *, Address *, AddressFault *)) {
        _cleanup_(address_done) Address a = {};
        AddressFault fault;
        int r;

        r = parse(value, &a, &fault);
        if (r == -EINVAL) {
                bool bare = fault == ADDRESS_OTHER_HOST && !strchr(value, '@') && getpwnam(value);

                message_error("%s: '%s' %s%s%s%s.", option, value, address_fault_to_string(fault),
                        bare ? "; the account is written " : "", bare ? value : "", bare ? "@" : "");
                return r;
        }
        if (r < 0)
                return r;

        free(o->account);
        o->account = TAKE_PTR(a.account);
        o->account_given = true;
        return 0;
}

static int set_account(const OptionRow *row, Options *o, const char *value) {
        return set_account_address(o, "--account=", value, address_parse_account);
}

static int set_machine(const OptionRow *row, Options *o, const char *value) {
        return set_account_address(o, "--machine=", value, address_parse_machine);
}

static int set_lines(const OptionRow *row, Options *o, const char *value) {
        if (!*value || value[strspn(value, "0123456789")] || strlen(value) > 9) {
                message_error("--lines= takes a number, not '%s'.", value);
                return -EINVAL;
        }
        return option_set_string(row, o, value);
}

static int accept_quietly(const OptionRow *row, Options *o, const char *value) {
        return 0;
}

/* Options of systemctl that mean nothing here, and what to do instead. */
static int refuse(const OptionRow *row, Options *o, const char *value) {
        static const struct {
                const char *name;
                const char *sentence;
        } sentences[] = {
                { "system", "The system's own units are systemctl's: type 'systemctl' for --system." },
                { "global",
                        "--global is about the files every account sees: type 'systemctl --global' for it." },
                { "root", "Files of another system are systemctl's: type 'systemctl --root=' for them." },
                { "image", "Files of a disk image are systemctl's: type 'systemctl --image=' for them." },
                { "capsule", "Capsules are systemctl's: type 'systemctl --capsule=' for them." },
                { "recursive",
                        "Containers are not looked into; -A lists all accounts of this host, -H asks another." },
        };

        for (size_t i = 0; i < ELEMENTSOF(sentences); i++)
                if (streq(row->name, sentences[i].name))
                        message_error("%s", sentences[i].sentence);
        return -EINVAL;
}

#define FLAG(n, l, m, text)                                                                                 \
        { n, l, NULL, option_set_flag, offsetof(Options, m), text }
#define ARGUMENT(n, l, arg, f, m, text)                                                                     \
        { n, l, arg, f, offsetof(Options, m), text }

/* Sorted as --help shows them: what says where first, then what is listed, what is done, and how it is
 * shown. */
const OptionRow general_option_table[] = {
        { "account", 0, "ACCOUNT", set_account, 0, "Units without an account are this account's" },
        FLAG("all-accounts", 'A', all_accounts, "All accounts one may see"),
        FLAG("visible", 0, visible,
                "What one may see is all that is asked for: exit 0 although the rest is missing"),
        { "machine", 'M', "NAME@", set_machine, 0, "As --account=, in systemctl's spelling" },
        ARGUMENT("host", 'H', "[USER@]HOST", option_set_string, host, "Run there, through ssh"),
        { "user", 0, NULL, accept_quietly, 0, NULL },
        { "system", 0, NULL, refuse, 0, NULL },
        { "global", 0, NULL, refuse, 0, NULL },
        { "root", 0, "PATH", refuse, 0, NULL },
        { "image", 0, "PATH", refuse, 0, NULL },
        { "capsule", 'C', "NAME", refuse, 0, NULL },
        { "recursive", 'r', NULL, refuse, 0, NULL },

        FLAG("all", 'a', all, "Inactive units and empty properties too"),
        { "type", 't', "TYPE,...", option_add_types, 0, "Only units of these types" },
        { "state", 0, "STATE,...", option_add_states, 0,
                "Only units in one of these load, active or sub states" },
        { "failed", 0, NULL, set_failed, 0, "The same as --state=failed" },
        ARGUMENT("property", 'p', "NAME,...", add_list, properties, "Only properties of these names"),
        FLAG("value", 0, value, "Only the values of properties"),
        ARGUMENT(NULL, 'P', "NAME", set_value_of, properties, "The same as --value --property=NAME"),

        FLAG("reverse", 0, reverse, "Of list-dependencies: what depends on the units"),
        FLAG("after", 0, after,
                "Of list-dependencies: what is ordered before the units; of list-jobs: what waits"),
        FLAG("before", 0, before,
                "Of list-dependencies: what is ordered after them; of list-jobs: what is waited for"),
        FLAG("show-types", 0, show_types, "Of list-sockets: the types of the sockets"),
        { "timestamp", 0, "FORMAT", option_set_timestamp, 0, "pretty, us, utc, us+utc or unix" },
        { "sort", 0, "KEY", top_set_sort, 0, "Of top: by cpu, memory, tasks, io or name" },
        { "delay", 'd', "SECONDS", top_set_delay, 0, "Of top: how often to look" },
        { "iterations", 0, "COUNT", top_set_iterations, 0, "Of top: end after so many looks" },

        { "lines", 'n', "N", set_lines, offsetof(Options, lines), "Of status: how many lines of the log" },

        FLAG("no-block", 0, no_block, "Do not wait until the job has ended"),
        ARGUMENT("job-mode", 0, "MODE", option_set_string, job_mode,
                "What happens to jobs that are queued already"),
        ARGUMENT("signal", 's', "SIGNAL", option_set_signal, signal, "Signal to send"),
        ARGUMENT("kill-whom", 0, "WHOM", option_set_string, kill_whom,
                "Which processes: all, main or control"),
        ARGUMENT("kill-who", 0, "WHOM", option_set_string, kill_whom, NULL),
        ARGUMENT("what", 0, "WHAT,...", add_list, what, "Of clean: which directories"),
        FLAG("now", 0, now, "Start or stop what is enabled or disabled"),
        FLAG("runtime", 0, runtime, "Only until the next boot"),
        ARGUMENT("preset-mode", 0, "MODE", option_set_string, preset_mode,
                "What preset does: full, enable-only or disable-only"),
        FLAG("force", 'f', force, "Replace links that are in the way"),
        FLAG("prove", 0, prove.wait, "Wait until the proofs of what was started pass: see prove"),
        { "timeout", 0, "TIME", prove_set_timeout, 0, "Of prove, and with --prove: how long to wait" },
        FLAG("no-commands", 0, prove.no_commands, "Run no commands that are proofs"),
        FLAG("no-ask-password", 0, no_ask_password, "Never ask for a password"),

        ARGUMENT("output", 'o', "FORMAT", set_output, output, "table, json or json-pretty"),
        FLAG("full", 'l', full, "Do not shorten what is wider than the terminal"),
        FLAG("plain", 0, plain, "No dots and no trees"),
        FLAG("quiet", 'q', quiet, "Only errors, and results as the exit code"),
        FLAG("no-legend", 0, no_legend, "No headers and no footers"),
        ARGUMENT("legend", 0, "BOOL", set_legend, no_legend, "Whether to print headers and footers"),
        FLAG("no-pager", 0, no_pager, "Do not page"),
        FLAG("help", 'h', help, "This help, or with a verb that verb's"),
        FLAG("version", 0, version, "The version"),
};

const size_t general_n_options = ELEMENTSOF(general_option_table);

int option_default_account(Options *o, const char *account) {
        int r;

        if (o->account || o->all_accounts || isempty(account))
                return 0;
        r = set_account_address(o, "$USERUNIT_ACCOUNT", account, address_parse_account);
        o->account_given = false;
        return r;
}

void options_done(Options *o) {
        free(o->account);
        free(o->host);
        free(o->signal);
        free(o->kill_whom);
        free(o->job_mode);
        free(o->lines);
        free(o->preset_mode);
        strv_free(o->types);
        strv_free(o->states);
        strv_free(o->properties);
        strv_free(o->what);
        strv_free(o->forward);
        strv_free(o->typed);
        run_options_done(&o->run);
        event_options_done(&o->event);
        logs_options_done(&o->logs);
        *o = (Options){};
}

static void visit(OptionVisitor visitor, const OptionRow *row, void *userdata) {
        visitor(row->name, row->letter, row->argument, row->doc, userdata);
}

void options_visit(OptionVisitor visitor, void *userdata) {
        for (size_t i = 0; i < general_n_options; i++)
                visit(visitor, general_option_table + i, userdata);
}

void options_visit_run(OptionVisitor visitor, void *userdata) {
        for (size_t i = 0; i < run_n_options; i++)
                visit(visitor, run_option_table + i, userdata);
}

void option_print_help(FILE *f, const OptionRow *row) {
        char left[HELP_WIDTH];
        char spelled[4] = "  ";

        if (row->letter)
                snprintf(spelled, sizeof(spelled), "-%c", row->letter);
        if (row->name)
                snprintf(left, sizeof(left), "%s --%s%s%s", spelled, row->name,
                        row->argument && !option_argument_is_optional(row->argument) ? "=" : "",
                        strempty(row->argument));
        else
                snprintf(left, sizeof(left), "%s %s", spelled, strempty(row->argument));
        help_print_row(f, left, row->doc);
}

void options_print_help_of(FILE *f, const char *only) {
        for (size_t i = 0; i < general_n_options; i++) {
                const OptionRow *row = general_option_table + i;

                if (row->doc && (!only || manual_lists_option(only, row->name, row->letter)))
                        option_print_help(f, row);
        }
}

void options_print_help(FILE *f) {
        fputs("\nOptions:\n", f);
        options_print_help_of(f, NULL);
        fputs("\nThose of run are systemd-run's: userunitctl help run\n", f);
}
