/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* can: what the caller may do, without doing it. */

#include "client/expand.h"
#include "client/hint.h"
#include "client/json-print.h"
#include "client/listing.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/request.h"
#include "client/target.h"
#include "client/terminal/table.h"
#include "client/verb/run.h"
#include "client/verbs.h"
#include "common/strv.h"

/* What a person reads for the contract's words. */
static const char *answer_text(const char *answer) {
        return streq_ptr(answer, "password") ? "with a password" : strempty(answer);
}

static int answer_exit(const char *answer) {
        return streq_ptr(answer, "yes") ? EXIT_CODE_OK : EXIT_CODE_NOT_AUTHORIZED;
}

static int print_json(Client *c, json_object *array) {
        JsonList list = { .f = stdout, .mode = c->options.output };
        int r;

        for (size_t i = 0; i < reply_length(array); i++) {
                r = json_list_add(&list, NULL, reply_item(array, i), NULL);
                if (r < 0)
                        return message_errno(r);
        }
        json_list_end(&list);
        return EXIT_CODE_OK;
}

/* One answer is one word; several, and those of a pattern, have the pair before them. */
static int print_answers(Client *c, json_object *header, void *userdata) {
        json_object *answers = reply_array(header, "answers");
        const bool *wide = userdata;
        int exit_code = EXIT_CODE_OK, r;

        r = reply_make_safe(answers);
        if (r < 0)
                return message_errno(r);
        if (options_json(&c->options))
                exit_code = print_json(c, answers);

        for (size_t i = 0; i < reply_length(answers); i++) {
                json_object *a = reply_item(answers, i);
                const char *answer = reply_string(a, "answer"), *unit = reply_string(a, "unit");

                exit_code = exit_code_merge(exit_code, answer_exit(answer));
                if (options_json(&c->options) || c->options.quiet)
                        continue;
                if (reply_length(answers) > 1 || *wide)
                        printf("%s/%s: ", strempty(reply_string(a, "account")), strempty(unit));
                puts(answer_text(answer));
        }
        return exit_code;
}

static const TableColumn action_columns[] = { { "ACTION", 0 }, { "MAY I", 0 },
        { "WHAT IT IS", COLUMN_SHRINKS } };

static int print_actions(Client *c, json_object *header, void *userdata) {
        json_object *actions = reply_array(header, "actions");
        _cleanup_(table_freep) Table *t = NULL;
        int r = 0;

        if (options_json(&c->options))
                return print_json(c, actions);

        r = reply_make_safe(actions);
        if (r < 0)
                return message_errno(r);
        t = table_new(action_columns, ELEMENTSOF(action_columns));
        if (!t)
                return message_errno(-ENOMEM);
        for (size_t i = 0; i < reply_length(actions) && r >= 0; i++) {
                json_object *a = reply_item(actions, i);
                const char *answer = reply_string(a, "answer");

                r = table_add(t, reply_string(a, "action"), COLOR_NONE);
                if (r >= 0)
                        r = table_add(
                                t, answer_text(answer), streq_ptr(answer, "yes") ? COLOR_GREEN : COLOR_NONE);
                if (r >= 0)
                        r = table_add(t, reply_string(a, "doc"), COLOR_NONE);
        }
        if (r >= 0)
                r = table_print(t, &c->terminal, listing_flags(&c->options));
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

/* A verb of ours stands for its method's, and a method's own name for itself; NULL: there is neither. */
static const Method *find_method(const char *word) {
        const Verb *verb = verb_find(word);

        if (verb && verb->method >= 0)
                return method_get(verb->method);
        return method_find_verb(word) ?: method_find(word);
}

/* What is asked about whole accounts has no unit. */
static unsigned target_flags(const Method *method) {
        if (method_is(method, METHOD_ACCOUNT_ONLY))
                return TARGET_ACCOUNTS;
        return method_is(method, METHOD_NEEDS_UNIT) ? 0 : TARGET_PATTERNS;
}

/* "manager start" is two words on the command line and one in the contract. Returns how many words the verb
 * took. */
static int take_verb(char **arguments, char **ret) {
        if (streq(arguments[0], "manager") && arguments[1]) {
                if (asprintf(ret, "manager-%s", arguments[1]) < 0)
                        return -ENOMEM;
                return 2;
        }
        *ret = strdup(arguments[0]);
        return *ret ? 1 : -ENOMEM;
}

/* What is asked about is written as the verb itself takes it: run has an account without a slash, and makes
 * up the unit. */
static int verb_arguments(const Method *method, const char *word, char **arguments, char ***ret) {
        _cleanup_strv_free_ char **made = NULL;
        int r;

        if (method->id != METHOD_UNITS_RUN) {
                if (!*arguments && method_is(method, METHOD_NEEDS_UNIT)) {
                        message_error("Say which unit: userunitctl can %s ACCOUNT/UNIT", word);
                        return -EINVAL;
                }
                return arguments[0] ? strv_copy(arguments, ret) : 0;
        }

        for (size_t i = 0; i == 0 || arguments[i]; i++) {
                char *address;

                r = run_make_address(arguments[i], NULL, &address);
                if (r >= 0)
                        r = strv_consume(&made, address);
                if (r < 0)
                        return r;
                if (!arguments[i])
                        break;
        }
        *ret = TAKE_PTR(made);
        return 0;
}

/* "can enable svc-web" is about one's own svc-web.service, which would be good news about the wrong thing.
 */
static void warn_of_accounts(const Client *c, const Method *method, char *const *words) {
        if (!method_is(method, METHOD_ACCOUNT_ONLY) && method->id != METHOD_UNITS_RUN)
                (void) hint_words(c, words);
}

int verb_can(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_strv_free_ char **words = NULL;
        _cleanup_free_ char *word = NULL;
        const Method *method;
        int exit_code, n_words, r;

        if (!arguments[0]) {
                q.method = method_get(METHOD_ACCESS_LIST);
                q.on_header = print_actions;
                return request_run(c, &q, NULL, NULL);
        }

        n_words = take_verb(arguments, &word);
        if (n_words < 0)
                return message_errno(n_words);
        method = find_method(word);
        if (!method) {
                message_error("There is no verb '%s' to ask about; write \"can VERB ACCOUNT/UNIT\".", word);
                return EXIT_CODE_INVALID;
        }

        r = verb_arguments(method, word, arguments + n_words, &words);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_INVALID : message_errno(r);
        warn_of_accounts(c, method, words);
        exit_code = request_init(c, METHOD_ACCESS_CHECK, words, target_flags(method), &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        exit_code = request_expand_for(c, &q, method);
        if (exit_code > 0)
                return exit_code - 1;
        free(q.parameters.verb);
        q.parameters.verb = strdup(method->name);
        if (!q.parameters.verb)
                return message_errno(-ENOMEM);
        q.on_header = print_answers;
        return request_run(c, &q, NULL, &q.wide);
}
