/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the manual says of the verbs: everything that there is, and nothing else.
 */

#include "tests/unit/client-fixture.h"

#include "client/manual.h"
#include "client/options/options.h"
#include "client/options/values.h"
#include "client/verbs.h"

static void test_every_verb(void **state) {
        for (size_t i = 0; verb_get(i); i++)
                if (!manual_find(verb_get(i)->name))
                        fail_msg("client/manual.c says nothing of %s", verb_get(i)->name);

        for (size_t i = 0; manual_get(i); i++) {
                const Manual *manual = manual_get(i);
                const Verb *verb = verb_find(manual->verb);

                if (!verb)
                        fail_msg("client/manual.c speaks of %s, which is no verb", manual->verb);
                assert_string_equal(verb->name, manual->verb);
                assert_ptr_equal(manual_find(manual->verb), manual);
                /* It takes arguments where something is said about them, and only there. */
                assert_true(verb->max_arguments > 0 || manual->first == ARGUMENT_NONE);
                assert_true(verb->max_arguments > 1 || manual->rest == ARGUMENT_NONE ||
                        manual->rest == manual->first);
                assert_true(manual->text[strlen(manual->text) - 1] == '.');
        }
}

static void find_option(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        const char **wanted = userdata;
        const char spelled[] = { letter, 0 };

        if (*wanted && streq(*wanted, name ? name : spelled))
                *wanted = NULL;
}

static void assert_options_exist(const char *list, const char *where) {
        _cleanup_free_ char *copy = strdup(list);
        char *state = NULL;

        assert_non_null(copy);
        for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
                const char *wanted = word;

                options_visit(find_option, &wanted);
                if (wanted)
                        fail_msg("client/manual.c: %s: there is no option %s", where, word);
                if (list != manual_global_options && manual_lists_option(manual_global_options, word, 0))
                        fail_msg("client/manual.c: %s: %s is an option of every verb", where, word);
        }
}

static void assert_option_is_used(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        if (!doc || manual_lists_option(manual_global_options, name, letter))
                return;
        for (size_t i = 0; manual_get(i); i++)
                if (manual_lists_option(manual_get(i)->options, name, letter))
                        return;
        fail_msg("client/manual.c: no verb has the option %s%c", name ? name : "", name ? ' ' : letter);
}

static void test_every_option(void **state) {
        assert_options_exist(manual_global_options, "all verbs");
        for (size_t i = 0; manual_get(i); i++)
                assert_options_exist(manual_get(i)->options, manual_get(i)->verb);
        options_visit(assert_option_is_used, NULL);
}

static void test_list(void **state) {
        assert_true(manual_lists_option("all type P", "all", 'a'));
        assert_true(manual_lists_option("all type P", "type", 0));
        assert_true(manual_lists_option("all type P", NULL, 'P'));
        assert_false(manual_lists_option("all type P", "al", 0));
        assert_false(manual_lists_option("all type P", "typer", 0));
        assert_false(manual_lists_option("all type P", NULL, 'a'));
        assert_false(manual_lists_option("", "all", 'a'));
}

static void test_values(void **state) {
        assert_string_equal(option_values("job-mode")[0], "replace");
        assert_string_equal(option_values("output")[0], "table");
        assert_null(option_values("state"));
        assert_null(option_values("frobnicate"));
        assert_string_equal(option_suggestions("state")[0], "active");
        assert_ptr_equal(option_suggestions("output"), option_values("output"));
        assert_null(option_suggestions("host"));
}

/* The verb's options stand in its help, and the contract's parameters do not. */
static void test_help(void **state) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        verb_print_help(f, verb_find("kill"));
        fclose(f);
        assert_non_null(strstr(text, "--signal=SIGNAL"));
        assert_non_null(strstr(text, "--kill-whom=WHOM"));
        assert_non_null(strstr(text, "org.userunit1.control\n"));
        assert_non_null(strstr(text, "units.kill"));
        assert_null(strstr(text, "--state"));
        assert_null(strstr(text, "strings"));
        assert_null(strstr(text, "--kill-who="));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_verb),
                cmocka_unit_test(test_every_option),
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_help),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
