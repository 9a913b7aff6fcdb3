/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The verbs: one table, from which the dispatcher, --help and each verb's own --help are made.
 */

#include "client/client.h"
#include "common/contract.h"

typedef struct Verb Verb;

/* Carries the verb out; `arguments` ends with NULL and has as many as the row allows. Returns an exit code,
 * after everything there is to say has been said. */
typedef int (*VerbFunction)(Client *c, const Verb *verb, char **arguments);

typedef enum VerbGroup {
        VERB_GROUP_UNITS,
        VERB_GROUP_FILES,
        VERB_GROUP_ACCOUNTS,
        VERB_GROUP_SERVICE,
        _VERB_GROUP_MAX,
} VerbGroup;

#define VERB_ANY UINT32_MAX

struct Verb {
        const char *name;
        const char *aliases; /* separated by blanks; NULL: none */
        const char *usage;   /* of the arguments; "": none */
        VerbGroup group;
        unsigned min_arguments;
        unsigned max_arguments; /* VERB_ANY: no limit */
        MethodId method;        /* _METHOD_INVALID: none, or more than one */
        VerbFunction function;
        const char *doc;
};

/* By name or alias; NULL. */
const Verb *verb_find(const char *name);

/* By index, for tests and completion; NULL behind the last. */
const Verb *verb_get(size_t i);

/* The verb that was probably meant; NULL where none is near. */
const char *verb_suggest(const char *name);

/* Says that there is no such verb, and which one was probably meant. Returns the exit code for it. */
int verb_refuse_unknown(const char *name);

/* Finds and runs the verb of a command line; without one, the overview. Returns an exit code. */
int verbs_dispatch(Client *c, char **arguments);

/* The heading of a group in --help and in the manual. */
const char *verb_group_title(VerbGroup group);

void verbs_print_help(FILE *f);
void verb_print_help(FILE *f, const Verb *verb);

/* verb-account.c */
int verb_accounts(Client *c, const Verb *verb, char **arguments);
int verb_overview(Client *c, const Verb *verb, char **arguments);
/* verb-call.c */
int verb_call(Client *c, const Verb *verb, char **arguments);
int verb_describe(Client *c, const Verb *verb, char **arguments);
int verb_version(Client *c, const Verb *verb, char **arguments);
/* verb-can.c */
int verb_can(Client *c, const Verb *verb, char **arguments);
/* verb-cat.c */
int verb_cat(Client *c, const Verb *verb, char **arguments);
/* verb-doctor.c */
int verb_doctor(Client *c, const Verb *verb, char **arguments);
/* verb-complete.c */
int verb_complete(Client *c, const Verb *verb, char **arguments);
/* verb-dependency.c */
int verb_list_dependencies(Client *c, const Verb *verb, char **arguments);
/* verb-environment.c */
int verb_import_environment(Client *c, const Verb *verb, char **arguments);
int verb_set_environment(Client *c, const Verb *verb, char **arguments);
int verb_show_environment(Client *c, const Verb *verb, char **arguments);
/* verb-file.c */
int verb_is_enabled(Client *c, const Verb *verb, char **arguments);
int verb_list_unit_files(Client *c, const Verb *verb, char **arguments);
/* verb-install.c */
int verb_add_dependency(Client *c, const Verb *verb, char **arguments);
int verb_enable(Client *c, const Verb *verb, char **arguments);
int verb_get_default(Client *c, const Verb *verb, char **arguments);
int verb_set_default(Client *c, const Verb *verb, char **arguments);
/* verb-job.c */
int verb_job(Client *c, const Verb *verb, char **arguments);
int verb_kill(Client *c, const Verb *verb, char **arguments);
int verb_reset_failed(Client *c, const Verb *verb, char **arguments);
/* verb-linger.c */
int verb_linger(Client *c, const Verb *verb, char **arguments);
int verb_set_linger(Client *c, const Verb *verb, char **arguments);
/* verb-logs.c */
int verb_logs(Client *c, const Verb *verb, char **arguments);
/* verb-manager.c */
int verb_daemon(Client *c, const Verb *verb, char **arguments);
int verb_is_system_running(Client *c, const Verb *verb, char **arguments);
int verb_manager(Client *c, const Verb *verb, char **arguments);
/* verb-property.c */
int verb_set_property(Client *c, const Verb *verb, char **arguments);
/* verb-run.c */
int verb_run(Client *c, const Verb *verb, char **arguments);
/* verb-prove.c */
int verb_prove(Client *c, const Verb *verb, char **arguments);
/* verb-queue.c */
int verb_cancel(Client *c, const Verb *verb, char **arguments);
int verb_list_jobs(Client *c, const Verb *verb, char **arguments);
/* verb-show.c */
int verb_show(Client *c, const Verb *verb, char **arguments);
/* verb-status.c */
int verb_is_active(Client *c, const Verb *verb, char **arguments);
int verb_is_failed(Client *c, const Verb *verb, char **arguments);
int verb_status(Client *c, const Verb *verb, char **arguments);
int verb_whoami(Client *c, const Verb *verb, char **arguments);
/* verb-trigger.c */
int verb_list_triggers(Client *c, const Verb *verb, char **arguments);
/* verb-top.c */
int verb_top(Client *c, const Verb *verb, char **arguments);
/* verb-unit.c */
int verb_list_units(Client *c, const Verb *verb, char **arguments);
/* event.c, history.c, wait.c, watch.c, why.c */
int verb_events(Client *c, const Verb *verb, char **arguments);
int verb_history(Client *c, const Verb *verb, char **arguments);
int verb_wait(Client *c, const Verb *verb, char **arguments);
int verb_watch(Client *c, const Verb *verb, char **arguments);
int verb_why(Client *c, const Verb *verb, char **arguments);
/* verb-help.c */
int verb_help(Client *c, const Verb *verb, char **arguments);
