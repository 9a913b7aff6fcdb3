/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Candidates that the service or the system knows, see complete.h. */

#include <dirent.h>
#include <pwd.h>
#include <systemd/sd-login.h>

#include "client/complete/complete.h"
#include "client/reply.h"
#include "client/request.h"
#include "common/address.h"
#include "common/strv.h"
#include "common/unit-name.h"

#define LINGER_DIR "/var/lib/systemd/linger"

/* polkit takes a millisecond or two for each account: with more of them, all are offered. */
#define CHECK_ACCOUNTS_MAX 16

/* A row of an answer. */
typedef int (*RowTaker)(json_object *row, const void *context, Candidates *l);

typedef struct Taking {
        const char *member;
        RowTaker take;
        const void *context;
        Candidates *candidates;
        int result;
} Taking;

static int take_rows(Client *c, Account *account, void *userdata) {
        Taking *taking = userdata;
        json_object *rows = reply_array(account->object, taking->member);

        for (size_t i = 0; i < reply_length(rows) && taking->result >= 0; i++)
                taking->result = taking->take(reply_item(rows, i), taking->context, taking->candidates);
        return EXIT_CODE_OK;
}

/* Asks about one account, and about all of its units. What goes wrong is nobody's business here. */
static int ask(Client *c, MethodId id, const char *account, Taking *taking) {
        _cleanup_(request_done) Request q = {
                .method = method_get(id),
                .parameters = { .all = true, .on_disk = true },
                .silent = true,
                .raw = true,
        };

        if (account && strv_extend(&q.parameters.accounts, account) < 0)
                return -ENOMEM;
        (void) request_run(c, &q, take_rows, taking);
        return taking->result;
}

static bool word_in(const char *word, const char *words) {
        return word && manual_lists_option(words, word, 0);
}

/* Which of the units in memory, and which of the unit files, are wanted. */
typedef struct UnitFilter {
        const char *active; /* active states; NULL: any, "": no unit in memory */
        const char *files;  /* states of files; NULL: any, "": no file */
        const char *type;   /* with its dot; NULL: any */
} UnitFilter;

#define STARTABLE_FILES "enabled enabled-runtime linked linked-runtime static disabled indirect generated"

static const UnitFilter filters[_ARGUMENT_MAX] = {
        [ARGUMENT_UNIT] = { NULL, NULL, NULL },
        [ARGUMENT_UNIT_ACTIVE] = { "active reloading activating refreshing maintenance", "", NULL },
        [ARGUMENT_UNIT_FAILED] = { "failed", "", NULL },
        [ARGUMENT_UNIT_STARTABLE] = { "inactive failed", STARTABLE_FILES, NULL },
        [ARGUMENT_UNIT_PATH] = { NULL, "", ".path" },
        [ARGUMENT_UNIT_SOCKET] = { NULL, "", ".socket" },
        [ARGUMENT_UNIT_TIMER] = { NULL, "", ".timer" },
        [ARGUMENT_FILE] = { "", NULL, NULL },
        [ARGUMENT_FILE_DISABLED] = { "", "disabled indirect linked linked-runtime", NULL },
        [ARGUMENT_FILE_ENABLED] = { "", "enabled enabled-runtime linked linked-runtime", NULL },
        [ARGUMENT_FILE_INSTALLABLE] = { "",
                "enabled enabled-runtime disabled indirect linked linked-runtime", NULL },
        [ARGUMENT_FILE_MASKED] = { "", "masked masked-runtime", NULL },
        [ARGUMENT_FILE_UNMASKED] = { "", STARTABLE_FILES, NULL },
        [ARGUMENT_FILE_TARGET] = { "", NULL, ".target" },
};

typedef struct UnitQuestion {
        const UnitFilter *filter;
        const char *prefix;
        char **seen; /* units in memory that are not wanted: their files are not either */
} UnitQuestion;

/* What stands for something that the kernel has, and is in every manager: many, and seldom meant. */
static bool is_from_kernel(const char *unit) {
        return endswith(unit, ".mount") || endswith(unit, ".device") || endswith(unit, ".swap");
}

/* The name comes from the account's manager, and goes onto somebody's command line. */
static bool is_presentable(const char *unit, const UnitQuestion *question, const Candidates *l) {
        const char *type = question->filter->type;

        if (!unit || !unit_name_is_valid(unit, UNIT_NAME_ANY) || (type && !endswith(unit, type)))
                return false;
        return !is_from_kernel(unit) || strlen(l->current) > strlen(question->prefix);
}

static int take_unit(json_object *row, const void *context, Candidates *l) {
        UnitQuestion *question = (UnitQuestion *) context;
        const UnitFilter *filter = question->filter;
        const char *unit = reply_string(row, "unit"), *load = reply_string(row, "load");

        if (!is_presentable(unit, question, l) || streq_ptr(load, "not-found"))
                return 0;
        if (filter->active &&
                (!word_in(reply_string(row, "active"), filter->active) || streq_ptr(load, "masked")))
                return strv_extend(&question->seen, unit);
        return candidates_add(l, question->prefix, unit, reply_string(row, "description"), false);
}

static int take_file(json_object *row, const void *context, Candidates *l) {
        const UnitQuestion *question = context;
        const UnitFilter *filter = question->filter;
        const char *file = reply_string(row, "unit_file"), *state = reply_string(row, "state");
        _cleanup_free_ char *template = NULL;

        if (!is_presentable(file, question, l) || (filter->files && !word_in(state, filter->files)) ||
                strv_contains(question->seen, file))
                return 0;
        /* Something is started from a template, never the template itself. */
        if (unit_name_is_valid(file, UNIT_NAME_TEMPLATE) && (!filter->active || *filter->active)) {
                template = strndup(file, (size_t) (strchr(file, '@') + 1 - file));
                return template ? candidates_add(l, question->prefix, template, "template", true) : -ENOMEM;
        }
        return candidates_add(l, question->prefix, file, state, false);
}

int complete_units(Client *c, const char *account, const char *prefix, ArgumentKind kind, Candidates *l) {
        UnitQuestion question = { .filter = filters + kind, .prefix = prefix };
        Taking units = { "units", take_unit, &question, l, 0 };
        Taking files = { "unit_files", take_file, &question, l, 0 };
        int r = 0;

        if (!question.filter->active || *question.filter->active)
                r = ask(c, METHOD_UNITS_LIST, account, &units);
        if (r >= 0 && (!question.filter->files || *question.filter->files))
                r = ask(c, METHOD_UNIT_FILES_LIST, account, &files);
        strv_free(question.seen);
        return r;
}

static int take_job(json_object *row, const void *context, Candidates *l) {
        const char *unit = reply_string(row, "unit"), *type = reply_string(row, "type");
        uint64_t job = reply_u64(row, "job", 0);
        _cleanup_free_ char *doc = NULL;
        char number[24];

        if (job == 0)
                return 0;
        snprintf(number, sizeof(number), "%ju", (uintmax_t) job);
        if (asprintf(&doc, "%s %s", strempty(type), strempty(unit)) < 0) {
                doc = NULL;
                return -ENOMEM;
        }
        return candidates_add(l, context, number, doc, false);
}

int complete_jobs(Client *c, const char *account, const char *prefix, Candidates *l) {
        Taking jobs = { "jobs", take_job, prefix, l, 0 };

        return ask(c, METHOD_JOBS_LIST, account, &jobs);
}

/* NAME=VALUE of the manager's environment; what stands in the value may be nobody's business. */
static int take_variable(json_object *row, const void *context, Candidates *l) {
        const char *text = json_object_is_type(row, json_type_string) ? json_object_get_string(row) : "";
        size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
        _cleanup_free_ char *name = NULL;

        if (n == 0 || text[n] != '=')
                return 0;
        name = strndup(text, n);
        return name ? candidates_add(l, "", name, "variable", false) : -ENOMEM;
}

int complete_variables(Client *c, const char *account, Candidates *l) {
        Taking variables = { "environment", take_variable, NULL, l, 0 };

        return ask(c, METHOD_MANAGER_ENVIRONMENT, account, &variables);
}

static int add_account(char ***names, const char *name, const char *current) {
        if (!name || !account_name_is_valid(name) || !startswith(name, current) ||
                strv_contains(*names, name))
                return 0;
        return strv_extend(names, name);
}

/* Who lingers. A name with an escape in it would have to be undone; those are rare enough to be typed. */
static int collect_lingering(const char *current, char ***names) {
        DIR *d = opendir(LINGER_DIR);
        struct dirent *entry;
        int r = 0;

        if (!d)
                return 0;
        while (r >= 0 && (entry = readdir(d)))
                if (entry->d_name[0] != '.' && !strchr(entry->d_name, '\\'))
                        r = add_account(names, entry->d_name, current);
        (void) closedir(d);
        return r;
}

/* Whoever logind knows. */
static int collect_running(const char *current, char ***names) {
        _cleanup_free_ uid_t *uids = NULL;
        int n, r = 0;

        n = sd_get_uids(&uids);
        for (int i = 0; i < n && r >= 0; i++) {
                const struct passwd *pw = uids[i] == 0 ? NULL : getpwuid(uids[i]);

                r = add_account(names, pw ? pw->pw_name : NULL, current);
        }
        return r;
}

typedef struct Checking {
        char **allowed;
        int result;
} Checking;

static int take_answers(Client *c, json_object *header, void *userdata) {
        json_object *answers = reply_array(header, "answers");
        Checking *checking = userdata;

        for (size_t i = 0; i < reply_length(answers) && checking->result >= 0; i++) {
                json_object *a = reply_item(answers, i);
                const char *account = reply_string(a, "account");

                if (account && streq_ptr(reply_string(a, "answer"), "yes"))
                        checking->result = strv_extend(&checking->allowed, account);
        }
        return EXIT_CODE_OK;
}

/* Of some accounts those that one may look at. Where that is none (an administrator who would be asked for a
 * password), or nobody can tell, all of them stay. */
static int keep_visible(Client *c, char ***names) {
        _cleanup_(request_done) Request q = {
                .method = method_get(METHOD_ACCESS_CHECK),
                .on_header = take_answers,
                .silent = true,
                .raw = true,
        };
        Checking checking = {};
        int r;

        r = strv_copy(*names, &q.parameters.accounts);
        if (r >= 0) {
                q.parameters.verb = strdup("list-units");
                r = q.parameters.verb ? 0 : -ENOMEM;
        }
        if (r < 0)
                return r;

        (void) request_run(c, &q, NULL, &checking);
        if (checking.result >= 0 && checking.allowed) {
                strv_free(*names);
                *names = TAKE_PTR(checking.allowed);
        }
        strv_free(checking.allowed);
        return checking.result;
}

int complete_accounts(Client *c, const char *suffix, Candidates *l) {
        _cleanup_strv_free_ char **names = NULL;
        int r;

        r = collect_lingering(l->current, &names);
        if (r >= 0)
                r = collect_running(l->current, &names);
        if (r >= 0 && names && strv_length(names) <= CHECK_ACCOUNTS_MAX)
                r = keep_visible(c, &names);

        STRV_FOREACH(name, names)
                if (r >= 0)
                        r = candidates_add(l, *name, suffix, "account", streq(suffix, "/"));
        return r;
}
