/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command line by the tables of options, see options.h. */

#include <assert.h>
#include <getopt.h>

#include "client/message.h"
#include "client/options/own.h"
#include "client/options/values.h"
#include "common/strv.h"
#include "common/suggest.h"

/* Long options are numbered above all letters; those without a name have a letter only. */
#define OPTION_BASE 256

/* The options that a command line may have: the general ones, and before them a verb's own, which stand in
 * the place of those of the same name or letter. */
typedef struct OptionSet {
        const OptionRow **rows;
        size_t n;
        const OwnOptions *own; /* NULL: none */
} OptionSet;

static void option_set_done(OptionSet *set) {
        free(set->rows);
}

static bool is_shadowed(const OptionSet *set, const OptionRow *row) {
        for (size_t i = 0; i < set->n; i++)
                if ((row->name && streq_ptr(set->rows[i]->name, row->name)) ||
                        (!row->name && set->rows[i]->letter == row->letter))
                        return true;
        return false;
}

static int option_set_make(const OptionRow *own, size_t n_own, OptionSet *ret) {
        OptionSet set = {};

        set.rows = calloc(n_own + general_n_options, sizeof(*set.rows));
        if (!set.rows)
                return -ENOMEM;
        for (size_t i = 0; i < n_own; i++)
                set.rows[set.n++] = own + i;
        for (size_t i = 0; i < general_n_options; i++)
                if (!is_shadowed(&set, general_option_table + i))
                        set.rows[set.n++] = general_option_table + i;

        *ret = set;
        return 0;
}

static const OptionRow *option_find(const OptionSet *set, int c) {
        if (c >= OPTION_BASE)
                return set->rows[c - OPTION_BASE];
        for (size_t i = 0; i < set->n; i++)
                if (set->rows[i]->letter == c)
                        return set->rows[i];
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

/* Names that a word is short for. */
static size_t count_abbreviated(const OptionSet *set, const char *word) {
        size_t n = 0;

        for (size_t i = 0; i < set->n; i++)
                n += startswith(strempty(set->rows[i]->name), word) != NULL;
        return n;
}

static const char *option_name_at(size_t i) {
        return strempty(
                i < run_n_options ? run_option_table[i].name : general_option_table[i - run_n_options].name);
}

/* What getopt_long(3) did not take, in words. `known` is the option it is about, NULL where there is none.
 */
static int refuse_option(const OptionSet *set, const char *word, char letter, const OptionRow *known,
        bool no_argument_given) {
        _cleanup_free_ char *name = NULL;
        const char *meant;

        if (known && no_argument_given) {
                message_error("-%s%s needs a value: %s.", known->name ? "-" : "",
                        known->name ? known->name : (char[]){ known->letter, 0 }, known->argument);
                return -EINVAL;
        }
        if (known) {
                message_error("--%s takes no value.", known->name);
                return -EINVAL;
        }
        if (letter) {
                message_error("There is no option '-%c'; 'userunitctl --help' lists them.", letter);
                return -EINVAL;
        }

        name = strndup(word + 2, strcspn(word + 2, "="));
        if (!name)
                return -ENOMEM;
        if (*name && count_abbreviated(set, name) > 1) {
                message_error("'--%s' is short for several options; 'userunitctl --help' lists them.", name);
                return -EINVAL;
        }
        meant = word_suggest(name, option_name_at, run_n_options + general_n_options);
        if (meant)
                message_error("There is no option '--%s'; did you mean '--%s'?", name, meant);
        else
                message_error("There is no option '--%s'; 'userunitctl --help' lists them.", name);
        return -EINVAL;
}

/* What --job-mode=help and the like print: the words, where the value is one of a few. Types have a heading.
 */
static bool print_values(const OptionSet *set, const OptionRow *row) {
        const char *const *values =
                row->name && !streq(row->name, "type") ? own_option_values(set->own, row->name) : NULL;

        for (const char *const *value = values; value && *value; value++)
                puts(*value);
        return values;
}

/* What getopt_long(3) wants to know. It stops at the first argument where `stop` says so. */
typedef struct OptionSpelling {
        char shorts[256];
        struct option longs[128];
} OptionSpelling;

/* As getopt_long(3) counts: none, one, or one that may be left out. */
static int has_argument(const OptionRow *row) {
        return option_argument_is_optional(row->argument) ? optional_argument
                : row->argument                           ? required_argument
                                                          : no_argument;
}

static void option_set_spell(const OptionSet *set, bool stop, OptionSpelling *ret) {
        char *s = stpcpy(ret->shorts, stop ? "+:" : ":");
        size_t n = 0;

        for (size_t i = 0; i < set->n; i++) {
                const OptionRow *row = set->rows[i];

                assert(n + 1 < ELEMENTSOF(ret->longs) && s + 4 < ret->shorts + sizeof(ret->shorts));
                if (row->name)
                        ret->longs[n++] = (struct option){ row->name, has_argument(row), NULL,
                                (int) (OPTION_BASE + i) };
                /* The first that has a letter keeps it. */
                if (row->letter && option_find(set, row->letter) == row) {
                        *s++ = row->letter;
                        for (int colons = has_argument(row); colons > 0; colons--)
                                *s++ = ':';
                }
        }
        *s = 0;
        ret->longs[n] = (struct option){};
}

/* Takes options, from optind on. */
static int take_options(const OptionSet *set, bool stop, bool forward, int argc, char **argv, Options *o) {
        OptionSpelling spelling;
        int c, r;

        option_set_spell(set, stop, &spelling);
        opterr = 0;
        while ((c = getopt_long(argc, argv, spelling.shorts, spelling.longs, NULL)) >= 0) {
                int about = c == '?' || c == ':' ? optopt : c;
                const OptionRow *row = about > 0 ? option_find(set, about) : NULL;

                if (c == '?' || c == ':')
                        return refuse_option(set, argv[optind - 1],
                                (char) (optopt < OPTION_BASE ? optopt : 0), row, c == ':');
                if (option_argument_is_optional(row->argument) && !optarg && optind < argc &&
                        option_takes_word(row, argv[optind]))
                        optarg = argv[optind++];
                if (row->argument && streq_ptr(optarg, "help") && print_values(set, row))
                        return 1;
                r = row->function(row, o, row->argument ? optarg : NULL);
                if (r != 0)
                        return r;
                r = forward ? forward_option(row, o, row->argument ? optarg : NULL) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Where the verb stands if it is one that has options of its own; otherwise argc. */
static int find_verb(const OptionSet *set, int argc, char **argv) {
        OptionSpelling spelling;

        option_set_spell(set, /* stop= */ true, &spelling);
        optind = opterr = 0;
        while (getopt_long(argc, argv, spelling.shorts, spelling.longs, NULL) >= 0)
                ;
        return optind < argc && (streq(argv[optind], "run") || own_options_find(argv[optind])) ? optind
                                                                                               : argc;
}

/* run [OPTIONS] [ACCOUNT[/UNIT]] [OPTIONS] [--] COMMAND: behind "--", and behind the second argument that is
 * no option, all is the command's. */
static int parse_run(int argc, char **argv, Options *o) {
        _cleanup_(option_set_done) OptionSet set = {};
        int r;

        r = option_set_make(run_option_table, run_n_options, &set);
        if (r < 0)
                return r;

        optind = 0;
        r = take_options(&set, /* stop= */ true, /* forward= */ false, argc, argv, o);
        if (r != 0)
                return r;
        if (optind < argc && !streq(argv[optind - 1], "--")) {
                o->run.address = strdup(argv[optind]);
                if (!o->run.address)
                        return -ENOMEM;
                argv += optind;
                argc -= optind;
                optind = 0;
                r = take_options(&set, /* stop= */ true, /* forward= */ false, argc, argv, o);
                if (r != 0)
                        return r;
        }
        o->run.command = argv + optind;
        return 0;
}

/* Takes the command line of another program from the end, where there is one: --exec COMMAND ARGUMENT….
 * Returns how many words are left, or -ENOMEM. */
static int take_command(const OwnOptions *own, int argc, char **argv, Options *o) {
        for (int i = 1; own->command && i < argc && !streq(argv[i], "--"); i++) {
                const char *rest = startswith(argv[i], "--");
                int r;

                rest = rest ? startswith(rest, own->command) : NULL;
                if (!rest || (*rest && *rest != '=') || (!*rest && i + 1 == argc))
                        continue;
                r = *rest ? strv_extend(&o->event.command, rest + 1) : 0;
                STRV_FOREACH(word, argv + i + 1)
                        r = r < 0 ? r : strv_extend(&o->event.command, *word);
                argv[i] = NULL;
                return r < 0 ? r : i;
        }
        return argc;
}

/* VERB [OPTIONS|ARGUMENTS]. */
static int parse_own(const OwnOptions *own, int argc, char **argv, Options *o, char ***ret_arguments) {
        _cleanup_(option_set_done) OptionSet set = {};
        char *verb = argv[0];
        int r;

        r = strv_copy(argv, &o->typed);
        if (r >= 0)
                r = option_set_make(own->rows, own->n, &set);
        if (r < 0)
                return r;
        set.own = own;
        argc = take_command(own, argc, argv, o);
        if (argc < 0)
                return argc;

        optind = 0;
        r = take_options(&set, /* stop= */ false, /* forward= */ false, argc, argv, o);
        if (r != 0)
                return r;
        /* What stood there was the verb, or an option that has been taken. */
        argv[optind - 1] = verb;
        *ret_arguments = argv + optind - 1;
        return 0;
}

int options_parse(
        int argc, char **argv, const char *environment_account, Options *ret, char ***ret_arguments) {
        _cleanup_(option_set_done) OptionSet set = {};
        _cleanup_(options_done) Options o = {};
        int at, r;

        r = option_set_make(NULL, 0, &set);
        if (r < 0)
                return r;

        at = find_verb(&set, argc, argv);
        optind = 0;
        r = take_options(&set, /* stop= */ false, /* forward= */ true, at, argv, &o);
        if (r != 0)
                return r;
        *ret_arguments = argv + (at < argc ? at : optind);
        if (at < argc) {
                const OwnOptions *own = own_options_find(argv[at]);

                r = own ? parse_own(own, argc - at, argv + at, &o, ret_arguments)
                        : parse_run(argc - at, argv + at, &o);
                if (r != 0)
                        return r;
        }

        if (o.quiet && !o.legend_given)
                o.no_legend = true;
        if (o.all_accounts && o.account_given) {
                message_error("--all-accounts and an account contradict each other.");
                return -EINVAL;
        }
        r = option_default_account(&o, environment_account);
        if (r < 0)
                return r;

        *ret = o;
        o = (Options){};
        return 0;
}
