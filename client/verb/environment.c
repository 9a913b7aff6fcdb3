/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The environment that a manager hands to units: show-environment, set-environment and their like. */

#include "client/hint.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/shell-quote.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/escape.h"
#include "common/strv.h"
#include "common/utf8.h"

static int print_variable(const char *variable) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = shell_assignment(variable, &text);
        if (r > 0)
                puts(text);
        return MIN(r, 0);
}

static int print_environment(Client *c, Account *account, void *userdata) {
        json_object *environment = reply_array(account->object, "environment");
        size_t *n = userdata;
        int r;

        /* As a comment, so that a shell can still read all of it. */
        if (account->wide) {
                _cleanup_free_ char *name = escape_terminal(account->name);

                printf("%s# %s\n", (*n)++ > 0 ? "\n" : "", strempty(name));
        }
        for (size_t i = 0; i < reply_length(environment); i++) {
                r = print_variable(strempty(reply_item_string(environment, i)));
                if (r < 0)
                        return message_errno(r);
        }
        return EXIT_CODE_OK;
}

/* An object of names and values, as systemctl's; one level down, for a variable may have any name. */
static int shape_environment(Client *c, json_object *row, void *userdata, json_object **ret) {
        _cleanup_reply_ json_object *o = json_object_new_object();
        json_object *environment = reply_array(row, "environment"), *variables = json_object_new_object();

        if (!o || !variables || json_object_object_add(o, "environment", variables) < 0) {
                json_object_put(variables);
                return -ENOMEM;
        }
        for (size_t i = 0; i < reply_length(environment); i++) {
                const char *variable = strempty(reply_item_string(environment, i));
                const char *equals = strchr(variable, '=');
                _cleanup_free_ char *name = NULL;
                json_object *value;

                if (!equals)
                        continue;
                name = strndup(variable, (size_t) (equals - variable));
                value = json_object_new_string(equals + 1);
                if (!name || !value || json_object_object_add(variables, name, value) < 0) {
                        json_object_put(value);
                        return -ENOMEM;
                }
        }
        *ret = TAKE_PTR(o);
        return 0;
}

int verb_show_environment(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        size_t n = 0;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json_shaped(c, &q, NULL, shape_environment, NULL);

        /* What is unsafe on a terminal is written as a shell would write it. */
        q.raw = true;
        client_page(c);
        return request_run(c, &q, print_environment, &n);
}

/* Parts ACCOUNT/ from the rest; with an `=` a slash is part of a value. */
static int split_arguments(char *const *arguments, char ***ret_accounts, char ***ret_words) {
        STRV_FOREACH(argument, arguments) {
                bool account = endswith(*argument, "/") && !strchr(*argument, '=');
                int r;

                r = strv_extend(account ? ret_accounts : ret_words, *argument);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void refuse_word(const char *word, const char *wanted) {
        if (hint_word_is_account(word))
                message_error("'%s' is no %s; the account is written with a slash: %s/", word, wanted, word);
        else
                message_error("'%s' is no %s.", word, wanted);
}

/* `words` goes into the parameter that the method has for it. */
static int change_environment(Client *c, MethodId id, char *const *accounts, char **words) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        char ***where;
        int exit_code, r;

        exit_code = request_init(c, id, accounts, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        where = id == METHOD_MANAGER_SET_ENVIRONMENT ? &q.parameters.assignments : &q.parameters.names;
        r = strv_copy(words, where);
        if (r < 0)
                return message_errno(r);
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        return request_run(c, &q, NULL, NULL);
}

int verb_set_environment(Client *c, const Verb *verb, char **arguments) {
        _cleanup_strv_free_ char **accounts = NULL, **words = NULL;
        bool setting = verb->method == METHOD_MANAGER_SET_ENVIRONMENT;
        int r;

        r = split_arguments(arguments, &accounts, &words);
        if (r < 0)
                return message_errno(r);
        if (!words) {
                message_error("Say which variables: %s [ACCOUNT/] %s", verb->name,
                        setting ? "NAME=VALUE..." : "NAME...");
                return EXIT_CODE_INVALID;
        }
        STRV_FOREACH(word, words) {
                size_t n = shell_name_length(*word);

                if (n > 0 && ((*word)[n] == '=' || (!setting && !(*word)[n])))
                        continue;
                refuse_word(*word, setting ? "NAME=VALUE" : "name of a variable");
                return EXIT_CODE_INVALID;
        }
        return change_environment(c, verb->method, accounts, words);
}

/* The assignment NAME=VALUE of one of our own variables. */
static int import_variable(const char *name, char ***assignments) {
        const char *value = getenv(name);
        char *assignment;

        if (shell_name_length(name) == 0 || name[shell_name_length(name)]) {
                refuse_word(name, "name of a variable");
                return EXIT_CODE_INVALID;
        }
        if (!value) {
                message_note("Environment variable $%s not set, ignoring.", name);
                return EXIT_CODE_OK;
        }
        if (!utf8_is_valid(value, strlen(value))) {
                message_error("$%s is not UTF-8, which an environment of a manager must be.", name);
                return EXIT_CODE_INVALID;
        }
        if (asprintf(&assignment, "%s=%s", name, value) < 0)
                return message_errno(-ENOMEM);
        return strv_consume(assignments, assignment) < 0 ? message_errno(-ENOMEM) : EXIT_CODE_OK;
}

int verb_import_environment(Client *c, const Verb *verb, char **arguments) {
        _cleanup_strv_free_ char **accounts = NULL, **names = NULL, **assignments = NULL;
        int exit_code, r;

        r = split_arguments(arguments, &accounts, &names);
        if (r < 0)
                return message_errno(r);
        if (!names) {
                message_error(
                        "Say which variables: import-environment [ACCOUNT/] NAME... All of one's own would be "
                        "more than another account should get.");
                return EXIT_CODE_INVALID;
        }
        STRV_FOREACH(name, names) {
                exit_code = import_variable(*name, &assignments);
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
        }
        if (!assignments)
                return EXIT_CODE_OK;
        return change_environment(c, METHOD_MANAGER_SET_ENVIRONMENT, accounts, assignments);
}
