/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of options, see options.h. */

#include "client/options.h"

#include <getopt.h>

#include "client/help.h"
#include "client/message.h"
#include "common/address.h"
#include "common/strv.h"

typedef struct OptionRow OptionRow;

/* Takes one occurrence; value is NULL for an option without argument. Says itself what is wrong. */
typedef int (*OptionFunction)(const OptionRow *row, Options *o, const char *value);

struct OptionRow {
        const char *name;
        char letter;
        const char *argument; /* its name in --help; NULL: takes none */
        OptionFunction function;
        size_t offset;   /* of the member it sets */
        const char *doc; /* NULL: not listed in --help */
};

static void *member(const OptionRow *row, Options *o) {
        return (char *) o + row->offset;
}

static int set_flag(const OptionRow *row, Options *o, const char *value) {
        *(bool *) member(row, o) = true;
        return 0;
}

static int set_string(const OptionRow *row, Options *o, const char *value) {
        char **where = member(row, o);
        char *copy;

        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(*where);
        *where = copy;
        return 0;
}

/* Comma-separated, and it may be given again. */
static int add_list(const OptionRow *row, Options *o, const char *value) {
        char ***where = member(row, o);

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
                message_error("%s: '%s' %s.", option, value, address_fault_to_string(fault));
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

static int accept_quietly(const OptionRow *row, Options *o, const char *value) {
        return 0;
}

static int refuse_system(const OptionRow *row, Options *o, const char *value) {
        message_error("The system's own units are systemctl's: type 'systemctl' for --system.");
        return -EINVAL;
}

static int refuse_global(const OptionRow *row, Options *o, const char *value) {
        message_error("--global is about the files every account sees: type 'systemctl --global' for it.");
        return -EINVAL;
}

#define FLAG(n, l, m, text)                                                                                 \
        { n, l, NULL, set_flag, offsetof(Options, m), text }
#define ARGUMENT(n, l, arg, f, m, text)                                                                     \
        { n, l, arg, f, offsetof(Options, m), text }

/* Sorted as --help shows them: what says where first, then what is listed, what is done, and how it is
 * shown. */
static const OptionRow option_table[] = {
        { "account", 0, "ACCOUNT", set_account, 0, "Units without an account are this account's" },
        FLAG("all-accounts", 'A', all_accounts, "All accounts one may see"),
        FLAG("visible", 0, visible,
                "What one may see is all that is asked for: exit 0 although the rest is missing"),
        { "machine", 'M', "NAME@", set_machine, 0, "As --account=, in systemctl's spelling" },
        ARGUMENT("host", 'H', "[USER@]HOST", set_string, host, "Run there, through ssh"),
        { "user", 0, NULL, accept_quietly, 0, NULL },
        { "system", 0, NULL, refuse_system, 0, NULL },
        { "global", 0, NULL, refuse_global, 0, NULL },

        FLAG("all", 'a', all, "Inactive units and empty properties too"),
        ARGUMENT("type", 't', "TYPE,...", add_list, types, "Only units of these types"),
        ARGUMENT("state", 0, "STATE,...", add_list, states,
                "Only units in one of these load, active or sub states"),
        { "failed", 0, NULL, set_failed, 0, "The same as --state=failed" },
        ARGUMENT("property", 'p', "NAME,...", add_list, properties, "Only properties of these names"),
        FLAG("value", 0, value, "Only the values of properties"),
        ARGUMENT(NULL, 'P', "NAME", set_value_of, properties, "The same as --value --property=NAME"),

        /* Of status: there are no log lines yet, so none of them is as many as there are. */
        { "lines", 'n', "N", accept_quietly, 0, NULL },

        FLAG("no-block", 0, no_block, "Do not wait until the job has ended"),
        ARGUMENT(
                "job-mode", 0, "MODE", set_string, job_mode, "What happens to jobs that are queued already"),
        ARGUMENT("signal", 's', "SIGNAL", set_string, signal, "Signal to send"),
        ARGUMENT("kill-whom", 0, "WHOM", set_string, kill_whom, "Which processes: all, main or control"),
        ARGUMENT("kill-who", 0, "WHOM", set_string, kill_whom, NULL),
        FLAG("now", 0, now, "Start or stop what is enabled or disabled"),
        FLAG("runtime", 0, runtime, "Only until the next boot"),
        FLAG("force", 'f', force, "Replace links that are in the way"),
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

/* Long options are numbered above all letters; those without a name have a letter only. */
#define OPTION_BASE 256

static const OptionRow *option_find(int c) {
        if (c >= OPTION_BASE)
                return option_table + (c - OPTION_BASE);
        for (size_t i = 0; i < ELEMENTSOF(option_table); i++)
                if (option_table[i].letter == c)
                        return option_table + i;
        return NULL;
}

static int forward_option(const OptionRow *row, Options *o, const char *value) {
        char letter[] = { '-', row->letter, 0 };
        char *text;
        int n;

        if (row->name && streq(row->name, "host"))
                return 0;
        if (row->name)
                n = asprintf(&text, "--%s%s%s", row->name, value ? "=" : "", strempty(value));
        else
                n = asprintf(&text, "%s%s", letter, strempty(value));
        if (n < 0)
                return -ENOMEM;
        return strv_consume(&o->forward, text);
}

static int default_account(Options *o, const char *account) {
        int r;

        if (o->account || o->all_accounts || isempty(account))
                return 0;
        r = set_account_address(o, "$USERUNIT_ACCOUNT", account, address_parse_account);
        o->account_given = false;
        return r;
}

int options_parse(
        int argc, char **argv, const char *environment_account, Options *ret, char ***ret_arguments) {
        struct option longs[ELEMENTSOF(option_table) + 1] = {};
        char shorts[2 * ELEMENTSOF(option_table) + 1] = "";
        _cleanup_(options_done) Options o = {};
        size_t n_longs = 0, n_shorts = 0;
        int c, r;

        for (size_t i = 0; i < ELEMENTSOF(option_table); i++) {
                const OptionRow *row = option_table + i;

                if (row->name)
                        longs[n_longs++] =
                                (struct option){ row->name, row->argument ? required_argument : no_argument,
                                        NULL, (int) (OPTION_BASE + i) };
                if (row->letter) {
                        shorts[n_shorts++] = row->letter;
                        if (row->argument)
                                shorts[n_shorts++] = ':';
                }
        }

        optind = 0;
        while ((c = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
                const OptionRow *row = c == '?' ? NULL : option_find(c);

                if (!row)
                        return -EINVAL; /* getopt has said why */
                r = row->function(row, &o, row->argument ? optarg : NULL);
                if (r < 0)
                        return r;
                r = forward_option(row, &o, row->argument ? optarg : NULL);
                if (r < 0)
                        return r;
        }

        if (o.all_accounts && o.account_given) {
                message_error("--all-accounts and an account contradict each other.");
                return -EINVAL;
        }
        r = default_account(&o, environment_account);
        if (r < 0)
                return r;

        *ret = o;
        o = (Options){};
        *ret_arguments = argv + optind;
        return 0;
}

void options_done(Options *o) {
        free(o->account);
        free(o->host);
        free(o->signal);
        free(o->kill_whom);
        free(o->job_mode);
        strv_free(o->types);
        strv_free(o->states);
        strv_free(o->properties);
        strv_free(o->forward);
        *o = (Options){};
}

void options_visit(OptionVisitor visitor, void *userdata) {
        for (size_t i = 0; i < ELEMENTSOF(option_table); i++)
                visitor(option_table[i].name, option_table[i].letter, option_table[i].argument,
                        option_table[i].doc, userdata);
}

static void print_option(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        char left[HELP_WIDTH];
        char spelled[4] = "  ";

        if (!doc)
                return;
        if (letter)
                snprintf(spelled, sizeof(spelled), "-%c", letter);
        if (name)
                snprintf(left, sizeof(left), "%s --%s%s%s", spelled, name, argument ? "=" : "",
                        strempty(argument));
        else
                snprintf(left, sizeof(left), "%s %s", spelled, strempty(argument));
        help_print_row(userdata, left, doc);
}

void options_print_help(FILE *f) {
        fputs("\nOptions:\n", f);
        options_visit(print_option, f);
}
