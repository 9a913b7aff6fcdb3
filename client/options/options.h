/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line's options: one table, from which both the parser and --help are made. The spelling is
 * systemctl's own wherever systemctl has the option.
 */

#include "client/options/event.h"
#include "client/options/logs.h"
#include "client/options/prove.h"
#include "client/options/run.h"
#include "client/options/top.h"
#include "common/macro.h"

typedef enum OutputMode {
        OUTPUT_TABLE,
        OUTPUT_JSON,
        OUTPUT_JSON_PRETTY,
} OutputMode;

/* Owns its strings and arrays. */
typedef struct Options {
        char *account; /* --account, -M, else $USERUNIT_ACCOUNT; as typed, NULL: one's own */
        char *host;    /* -H */
        char *signal;
        char *kill_whom;
        char *job_mode;
        char *lines; /* a number; NULL: nobody said */
        char *preset_mode;
        char **types;
        char **states;
        char **properties;
        char **what;    /* --what= of clean */
        char **forward; /* the options as "--name=value", less -H, for the client on another host */
        char **typed;   /* a verb with options of its own and all behind it, as it was typed; NULL: none */
        OutputMode output;
        RunOptions run; /* of the verb run */
        TopOptions top;
        ProveOptions prove;
        EventOptions event; /* of watch, events, wait and history */
        LogsOptions logs;   /* of logs */
        bool after;
        bool all;
        bool all_accounts;
        bool before;
        bool force;
        bool full;
        bool help;
        bool no_ask_password;
        bool no_block;
        bool no_legend;
        bool no_pager;
        bool now;
        bool plain;
        bool quiet;
        bool reverse;
        bool runtime;
        bool show_types;
        bool value;
        bool version;
        bool visible;
        bool legend_given;  /* --legend= */
        bool account_given; /* on the command line, not by the environment */
} Options;

void options_done(Options *o);

static inline bool options_json(const Options *o) {
        return o->output != OUTPUT_TABLE;
}

/*
 * Parses a command line; argv is permuted as getopt_long(3) does, and *ret_arguments is where the arguments
 * that are not options begin. `environment_account` stands for $USERUNIT_ACCOUNT and may be NULL. Behind the
 * verb `run` nothing is permuted: what stands there is parsed by its own table (client/options/run.h) into
 * ret->run, and *ret_arguments is the verb and all behind it as it was typed. Behind verbs that have options
 * of their own (client/options/own.h) these go before the general ones.
 *
 * Returns 0, 1 after it has printed what an option's value may be (--state=help), -EINVAL after it has said
 * on stderr what was wrong, or -ENOMEM.
 */
int options_parse(
        int argc, char **argv, const char *environment_account, Options *ret, char ***ret_arguments);

/* Prints the part of --help that lists the options, those of run left out. */
void options_print_help(FILE *f);

/* Prints only those that a list names, as in client/manual.h; NULL: all. */
void options_print_help_of(FILE *f, const char *only);

/* Calls for each option; for tests, completion and the manual. The letter is 0 where there is none, the name
 * and doc may be NULL. */
typedef void (*OptionVisitor)(
        const char *name, char letter, const char *argument, const char *doc, void *userdata);
void options_visit(OptionVisitor visitor, void *userdata);

/* Whether the argument of an option may be left out: "[=N]". */
static inline bool option_argument_is_optional(const char *argument) {
        return argument && startswith(argument, "[=");
}

/* The same for those of run, which come first behind that verb. */
void options_visit_run(OptionVisitor visitor, void *userdata);
