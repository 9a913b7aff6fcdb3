/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of verbs: complete, and help that fits a terminal.
 */

#include "tests/unit/client-fixture.h"

#include "client/options/options.h"
#include "client/verbs.h"
#include "common/utf8.h"

/* Width in characters, all of which are one column wide here. */
static void assert_narrow(const char *text) {
        size_t width = 0;

        for (const char *p = text; *p; p++) {
                if (*p == '\n') {
                        assert_true(width <= 80);
                        width = 0;
                } else
                        width += ((unsigned char) *p & 0xC0) != 0x80;
        }
        assert_int_equal(width, 0); /* ends with a newline */
}

static void test_rows(void **state) {
        for (size_t i = 0; verb_get(i); i++) {
                const Verb *v = verb_get(i);

                assert_true(strlen(v->name) > 0);
                assert_true(strlen(v->doc) > 5);
                assert_non_null(v->usage);
                assert_non_null(v->function);
                assert_true(v->min_arguments <= v->max_arguments);
                assert_true(v->max_arguments == 0 || strlen(v->usage) > 0);
                if (v->method >= 0)
                        assert_non_null(method_get(v->method)->name);
                assert_ptr_equal(verb_find(v->name), v);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(verb_get(k)->name, v->name);
        }
}

/* Every method can be reached by a verb of its own; those that have none are here. */
static void test_methods(void **state) {
        static const MethodId others[] = { METHOD_ACCESS_LIST, METHOD_ACCOUNTS_SHOW, METHOD_MANAGER_RESTART,
                METHOD_MANAGER_START, METHOD_MANAGER_STOP, METHOD_UNITS_PROVE_COMMANDS };

        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                bool found = false;

                for (size_t i = 0; verb_get(i); i++)
                        found = found || verb_get(i)->method == id;
                for (size_t i = 0; i < ELEMENTSOF(others); i++)
                        found = found || others[i] == id;
                assert_true(found);
        }
}

static void test_help(void **state) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        verbs_print_help(f);
        options_print_help(f);
        fclose(f);
        assert_narrow(text);
        for (size_t i = 0; verb_get(i); i++)
                assert_non_null(strstr(text, verb_get(i)->name));
        assert_true(utf8_is_valid(text, size));

        for (size_t i = 0; verb_get(i); i++) {
                _cleanup_free_ char *own = NULL;

                f = open_memstream(&own, &size);
                verb_print_help(f, verb_get(i));
                fclose(f);
                assert_narrow(own);
                assert_non_null(strstr(own, verb_get(i)->doc));
        }
}

static void test_find(void **state) {
        assert_string_equal(verb_find("list-users")->name, "linger");
        assert_string_equal(verb_find("force-reload")->name, "try-reload-or-restart");
        assert_string_equal(verb_find("reload-or-try-restart")->name, "try-reload-or-restart");
        assert_null(verb_find("reload-or-try"));
        assert_null(verb_find(""));

        assert_string_equal(verb_suggest("restrat"), "restart");
        assert_string_equal(verb_suggest("list-unit"), "list-units");
        assert_string_equal(verb_suggest("Status"), "status");
        assert_null(verb_suggest("x"));
        assert_null(verb_suggest("frobnicate"));
        assert_null(
                verb_suggest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void test_refused(void **state) {
        static const char *const lines[][4] = { { "restart" }, { "version", "x" }, { "call" },
                { "frobnicate" }, { "describe", "a", "b" }, { "manager", "start" } };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Client c = CLIENT_NULL;

                assert_int_equal(verbs_dispatch(&c, (char **) lines[i]), EXIT_CODE_INVALID);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_methods),
                cmocka_unit_test(test_help),
                cmocka_unit_test(test_find),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
