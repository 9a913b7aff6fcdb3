/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The queue of jobs: list-jobs, cancel. */

#include <inttypes.h>

#include "client/listing.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verb/job.h"
#include "client/verbs.h"
#include "common/strv.h"

enum { JOB_ACCOUNT, JOB_JOB, JOB_UNIT, JOB_TYPE, JOB_STATE };

static const TableColumn job_columns[] = {
        [JOB_ACCOUNT] = { "ACCOUNT", 0 },
        [JOB_JOB] = { "JOB", COLUMN_RIGHT },
        [JOB_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [JOB_TYPE] = { "TYPE", 0 },
        [JOB_STATE] = { "STATE", 0 },
};

typedef struct JobList {
        Listing listing;
        size_t n;  /* without the rows that say what waits for what */
        bool some; /* only jobs of certain units were asked for */
} JobList;

static int add_waiting(JobList *l, Client *c, Account *account, json_object *others, const char *what) {
        Table *t = l->listing.table;
        int r = 0;

        for (size_t i = 0; i < reply_length(others) && r >= 0; i++) {
                json_object *other = reply_item(others, i);
                _cleanup_free_ char *text = NULL;

                if (asprintf(&text, "   %s %" PRIu64 " (%s/%s)", what, reply_u64(other, "job", 0),
                            strempty(reply_string(other, "unit")),
                            strempty(reply_string(other, "type"))) < 0)
                        return -ENOMEM;
                r = table_add(t, account->name, COLOR_NONE);
                if (r >= 0)
                        r = table_add(t, terminal_glyph(&c->terminal, GLYPH_LAST), COLOR_NONE);
                if (r >= 0)
                        r = table_add(t, text, COLOR_NONE);
                if (r >= 0)
                        r = table_add(t, NULL, COLOR_NONE);
                if (r >= 0)
                        r = table_add(t, NULL, COLOR_NONE);
        }
        return r;
}

static int add_job(Client *c, Account *account, json_object *row, void *userdata) {
        const char *state = reply_string(row, "state");
        Color color = streq_ptr(state, "running") ? COLOR_BOLD : COLOR_NONE;
        JobList *l = userdata;
        Table *t = l->listing.table;
        int r;

        r = table_add(t, account->name, COLOR_NONE);
        if (r >= 0)
                r = table_add_u64(t, reply_u64(row, "job", 0), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "unit"), color);
        if (r >= 0)
                r = table_add(t, reply_string(row, "type"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, state, color);
        if (r >= 0)
                r = add_waiting(l, c, account, reply_array(row, "after"), "blocking job");
        if (r >= 0)
                r = add_waiting(l, c, account, reply_array(row, "before"), "waiting for job");
        if (r < 0)
                return message_errno(r);
        l->n++;
        return EXIT_CODE_OK;
}

static int add_jobs(Client *c, Account *account, void *userdata) {
        JobList *l = userdata;
        int exit_code, r;

        exit_code = rows_each(c, account, "jobs", add_job, l);
        r = listing_spill(&l->listing, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

static int print_jobs(void *list, Client *c) {
        const Terminal *t = &c->terminal;
        JobList *l = list;
        int r;

        if (l->n == 0) {
                if (!c->options.no_legend)
                        printf("%sNo jobs %s.%s\n", terminal_color(t, COLOR_GREEN),
                                l->some ? "listed" : "running", terminal_normal(t));
                return 0;
        }
        r = listing_print(&l->listing, c);
        if (r >= 0 && !c->options.no_legend)
                printf("\n%s%zu jobs listed%s.\n", terminal_color(t, COLOR_BOLD), l->n, terminal_normal(t));
        return r;
}

int verb_list_jobs(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        JobList list = {};
        int exit_code, r;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, "jobs", NULL);

        list.some = q.parameters.units || q.parameters.targets;
        r = listing_init(&list.listing, job_columns, ELEMENTSOF(job_columns), JOB_ACCOUNT, q.wide);
        if (r < 0)
                return message_errno(r);
        exit_code = listing_run(c, &q, &list.listing, add_jobs, print_jobs, &list);
        listing_done(&list.listing);
        return exit_code;
}

/* Which jobs are to be cancelled, all of them in accounts that were named alike. */
typedef struct Cancellation {
        char **numbers; /* NULL: all jobs */
        char **found;   /* of these */
        char **targets; /* ACCOUNT/UNIT */
} Cancellation;

static void cancellation_done(Cancellation *k) {
        strv_free(k->numbers);
        strv_free(k->found);
        strv_free(k->targets);
}

static int find_job(Client *c, Account *account, json_object *row, void *userdata) {
        const char *unit = reply_string(row, "unit");
        char number[24], *target;
        Cancellation *k = userdata;
        int r;

        snprintf(number, sizeof(number), "%" PRIu64, reply_u64(row, "job", 0));
        if (!unit || (k->numbers && !strv_contains(k->numbers, number)))
                return EXIT_CODE_OK;

        r = strv_extend(&k->found, number);
        if (r < 0)
                return message_errno(r);
        if (asprintf(&target, "%s/%s", account->name, unit) < 0)
                return message_errno(-ENOMEM);
        r = strv_consume(&k->targets, target);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

static int find_jobs(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "jobs", find_job, userdata);
}

static int tell_missing(const Cancellation *k) {
        int exit_code = EXIT_CODE_OK;

        STRV_FOREACH(number, k->numbers)
                if (!strv_contains(k->found, *number)) {
                        message_note("Failed to cancel job %s, ignoring: Job %s does not exist.", *number,
                                *number);
                        exit_code = EXIT_CODE_FAILURE;
                }
        return exit_code;
}

/* Cancels jobs of the accounts that `account` names (ACCOUNT/, NULL: one's own or the default). Whoever may
 * cancel a job is decided by its unit, so the units are looked up first. */
static int cancel_in(Client *c, const char *account, Cancellation *k) {
        _cleanup_(request_done) Request list = REQUEST_NULL, cancel = REQUEST_NULL;
        char *arguments[] = { (char *) account, NULL };
        int exit_code, r;

        exit_code = request_init(c, METHOD_JOBS_LIST, arguments, TARGET_ACCOUNTS, &list);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        list.raw = true;
        exit_code = request_run(c, &list, find_jobs, k);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE)
                return exit_code;
        exit_code = exit_code_merge(exit_code, tell_missing(k));
        if (!k->targets)
                return exit_code;

        cancel.method = method_get(METHOD_JOBS_CANCEL);
        cancel.parameters.targets = TAKE_PTR(k->targets);
        cancel.wide = list.wide;
        /* Only these, should the unit have another job by then; numbers of several accounts cannot be told
         * apart. */
        if (!list.wide) {
                r = strv_copy(k->found, &cancel.parameters.jobs);
                if (r < 0)
                        return message_errno(r);
        }
        return exit_code_merge(exit_code, job_run_request(c, &cancel));
}

/* The part of an argument that names the account, with its slash; "" where there is none. */
static size_t account_length(const char *argument) {
        const char *slash = strrchr(argument, '/');

        return slash ? (size_t) (slash - argument) + 1 : 0;
}

static bool is_job(const char *argument) {
        const char *rest = argument + account_length(argument);

        /* Nothing at all is no account: whatever left it empty did not mean all jobs. */
        return *argument && !rest[strspn(rest, "0123456789")];
}

/* Takes the first argument that is a job, and all jobs of the same account; what is left stays in the order.
 */
static int take_account(char ***arguments, char **ret_account, Cancellation *k) {
        _cleanup_strv_free_ char **rest = NULL;
        _cleanup_free_ char *account = NULL;
        bool all = false;
        size_t n = 0;
        int r;

        STRV_FOREACH(argument, *arguments) {
                if (!account && is_job(*argument)) {
                        n = account_length(*argument);
                        account = strndup(*argument, n);
                        if (!account)
                                return -ENOMEM;
                }
                if (!account || !is_job(*argument) || account_length(*argument) != n ||
                        strncmp(*argument, account, n) != 0) {
                        r = strv_extend(&rest, *argument);
                        if (r < 0)
                                return r;
                        continue;
                }
                all = all || !(*argument)[n];
                r = strv_extend(&k->numbers, *argument + n);
                if (r < 0)
                        return r;
        }
        if (all)
                k->numbers = strv_free(k->numbers);

        strv_free(*arguments);
        *arguments = TAKE_PTR(rest);
        *ret_account = TAKE_PTR(account);
        return 0;
}

int verb_cancel(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(cancellation_done) Cancellation all = {};
        _cleanup_strv_free_ char **rest = NULL;
        int exit_code = EXIT_CODE_OK, r;

        if (!*arguments)
                return cancel_in(c, NULL, &all);

        r = strv_copy(arguments, &rest);
        while (r >= 0 && rest && *rest) {
                _cleanup_(cancellation_done) Cancellation k = {};
                _cleanup_free_ char *account = NULL;

                r = take_account(&rest, &account, &k);
                if (r < 0)
                        break;
                if (!account)
                        return exit_code_merge(exit_code, job_run(c, verb->method, rest));
                exit_code = exit_code_merge(exit_code, cancel_in(c, *account ? account : NULL, &k));
        }
        return r < 0 ? message_errno(r) : exit_code;
}
