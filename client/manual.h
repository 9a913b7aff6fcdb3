/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What there is to say about each verb beyond its row in client/verbs.c: the options it takes, what stands
 * in its arguments, and a paragraph. --help of a verb, completion and userunitctl(1) are made from it.
 */

#include "common/macro.h"

/* What an argument is, for completion. */
typedef enum ArgumentKind {
        ARGUMENT_NONE, /* there is none, or nothing is known about it */
        ARGUMENT_ACCOUNT,
        ARGUMENT_COMMAND,          /* the command line of another program follows */
        ARGUMENT_ENVIRONMENT,      /* NAME=VALUE, or an account */
        ARGUMENT_JOB,              /* number of a job */
        ARGUMENT_MANAGER_WORD,     /* what `manager` can do */
        ARGUMENT_METHOD,           /* of the contract */
        ARGUMENT_PROPERTY,         /* NAME=VALUE of a unit */
        ARGUMENT_VERB,             /* of ours */
        ARGUMENT_UNIT,             /* any unit in memory */
        ARGUMENT_UNIT_ACTIVE,      /* one that can be stopped */
        ARGUMENT_UNIT_FAILED,      /* one that has failed */
        ARGUMENT_UNIT_STARTABLE,   /* one that is not active, or only a file yet */
        ARGUMENT_UNIT_PATH,        /* a path unit */
        ARGUMENT_UNIT_SOCKET,      /* a socket unit */
        ARGUMENT_UNIT_TIMER,       /* a timer unit */
        ARGUMENT_FILE,             /* any unit that has a file or is in memory */
        ARGUMENT_FILE_DISABLED,    /* one that can be enabled */
        ARGUMENT_FILE_ENABLED,     /* one that can be disabled */
        ARGUMENT_FILE_INSTALLABLE, /* one that has an [Install] section */
        ARGUMENT_FILE_MASKED,      /* one that can be unmasked */
        ARGUMENT_FILE_UNMASKED,    /* one that can be masked */
        ARGUMENT_FILE_TARGET,      /* a target */
        _ARGUMENT_MAX,
} ArgumentKind;

typedef struct Manual {
        const char *verb;
        const char
                *options; /* names, or letters of those without, separated by blanks; less the global ones */
        ArgumentKind first; /* the verb's first argument */
        ArgumentKind rest;  /* all others */
        const char *text;   /* sentences; not what the row in client/verbs.c says already */
} Manual;

/* The options that every verb takes, spelt as in `options` above. */
extern const char manual_global_options[];

/* By the verb's own name; NULL where there is none. */
const Manual *manual_find(const char *verb);

/* By index, for tests; NULL behind the last. */
const Manual *manual_get(size_t i);

/* Whether an option is named in such a list: by its long name or, where that is NULL, by its letter. */
bool manual_lists_option(const char *list, const char *name, char letter) _pure_;
