/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of `run`, which are systemd-run's and not systemctl's: -p, -P, -t and -r mean something else
 * there. What stands behind the verb is parsed by this table first and by the general one after it, and ends
 * where the command begins.
 */

#include "common/macro.h"

/* Owns its strings and arrays. Part of Options. */
typedef struct RunOptions {
        char *address;      /* ACCOUNT or ACCOUNT/UNIT as typed; NULL: one's own */
        char **command;     /* of argv */
        char *unit;         /* --unit= */
        char **assignments; /* of the service, as in a unit file */
        char **timer;       /* of the timer */
        bool has_trigger;   /* --on-…: there is to be a timer */
        bool has_timer_property;
        bool pipe;
        bool wait;
        bool remain;
        bool collect;
} RunOptions;

void run_options_done(RunOptions *o);

/* Prints what of --help is about them. */
void run_options_print_help(FILE *f);

/* "NAME=VALUE" as an assignment to Environment=, with what has a meaning there quoted. NULL: no memory. */
char *run_environment_assignment(const char *variable);
