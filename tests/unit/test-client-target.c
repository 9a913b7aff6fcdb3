/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What people type, as it ends up in the request.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/target.h"
#include "common/json-write.h"

/* %u stands for one's own uid. */
typedef struct Case {
        const char *arguments; /* separated by blanks */
        unsigned flags;
        const char *account; /* --account */
        bool all_accounts;
        const char *request; /* the parameters of units.list; NULL: refused */
        bool wide;
} Case;

static const Case cases[] = {
        { "", TARGET_PATTERNS, .request = "{}" },
        { "", TARGET_PATTERNS, .account = "svc", .request = "{\"accounts\":[\"svc\"]}" },
        { "", TARGET_PATTERNS, .account = "svc-*", .request = "{\"accounts\":[\"svc-*\"]}", .wide = true },
        { "", TARGET_PATTERNS, .all_accounts = true, .request = "{\"accounts\":[\"*\"]}", .wide = true },
        { "app", 0, .request = "{\"units\":[\"app.service\"]}" },
        { "app b.timer", 0, .request = "{\"units\":[\"app.service\",\"b.timer\"]}" },
        { "app", 0, .account = "svc", .request = "{\"accounts\":[\"svc\"],\"units\":[\"app.service\"]}" },
        { "app", 0, .all_accounts = true, .request = "{\"accounts\":[\"*\"],\"units\":[\"app.service\"]}",
                .wide = true },
        { "svc/app svc/b", 0,
                .request = "{\"accounts\":[\"svc\"],\"units\":[\"app.service\",\"b.service\"]}" },
        { "svc/app x/b", 0, .request = "{\"targets\":[\"svc/app.service\",\"x/b.service\"]}", .wide = true },
        { "svc/app b", 0, .request = "{\"targets\":[\"svc/app.service\",\"%u/b.service\"]}", .wide = true },
        { "svc/app b", 0, .account = "x", .request = "{\"targets\":[\"svc/app.service\",\"x/b.service\"]}",
                .wide = true },
        { "svc-*/*.timer", TARGET_PATTERNS, .request = "{\"accounts\":[\"svc-*\"],\"units\":[\"*.timer\"]}",
                .wide = true },
        { "*/", TARGET_PATTERNS, .request = "{\"accounts\":[\"*\"]}", .wide = true },
        { "svc/", TARGET_PATTERNS, .request = "{\"accounts\":[\"svc\"]}" },
        { "svc/ x/", TARGET_PATTERNS, .request = "{\"accounts\":[\"svc\",\"x\"]}", .wide = true },
        { "svc/ x/a*", TARGET_PATTERNS, .request = "{\"targets\":[\"svc/*\",\"x/a*\"]}", .wide = true },
        { "svc/ svc/a", TARGET_PATTERNS,
                .request = "{\"accounts\":[\"svc\"],\"units\":[\"*\",\"a.service\"]}" },
        { "1101/app", 0, .request = "{\"accounts\":[\"1101\"],\"units\":[\"app.service\"]}" },
        { "user@realm/app", 0, .request = "{\"accounts\":[\"user@realm\"],\"units\":[\"app.service\"]}" },
        { "svc", TARGET_ACCOUNTS, .request = "{\"accounts\":[\"svc\"]}" },
        { "svc/", TARGET_ACCOUNTS, .request = "{\"accounts\":[\"svc\"]}" },
        { "svc x", TARGET_ACCOUNTS, .request = "{\"accounts\":[\"svc\",\"x\"]}", .wide = true },
        { "", TARGET_ACCOUNTS, .request = "{}" },
        { "", TARGET_ACCOUNTS, .all_accounts = true, .request = "{\"accounts\":[\"*\"]}", .wide = true },
        { "svc/", 0 },
        { "svc/app", TARGET_ACCOUNTS },
        { "svc/app", 0, .all_accounts = true },
        { "/etc/app.service", 0 },
        { "./app.service", 0 },
        { "../app.service", TARGET_PATTERNS },
        { "~/app.service", 0 },
        { "/", 0 },
        { "svc/a/b", 0 },
        { "-x", 0 },
        { "svc/-x", 0 },
        { "a\x1b[31m", 0 },
};

static char *parse(const Case *c, bool *ret_wide, Error *error, int *ret) {
        Options o = { .account = (char *) c->account, .all_accounts = c->all_accounts };
        Parameters p = PARAMETERS_NULL;
        char *arguments[8] = {}, *state = NULL, *text = NULL;
        _cleanup_free_ char *copy = strdup(c->arguments);
        JsonWriter w = JSON_WRITER_INIT(4096);
        size_t n = 0;

        for (char *a = strtok_r(copy, " ", &state); a; a = strtok_r(NULL, " ", &state))
                arguments[n++] = a;
        *ret = target_parse(&o, arguments, c->flags, &p, ret_wide, error);
        if (*ret >= 0) {
                parameters_write(&p, method_get(METHOD_UNITS_LIST), &w);
                assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
        }
        parameters_done(&p);
        return text;
}

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                _cleanup_free_ char *text = NULL;
                char expected[256];
                bool wide = false;
                int r;

                text = parse(cases + i, &wide, &error, &r);
                if (!cases[i].request) {
                        assert_true(r < 0);
                        assert_int_equal(error.code, ERROR_INVALID_REQUEST);
                        assert_true(strlen(error_message(&error)) > 10);
                        continue;
                }
                assert_int_equal(r, 0);
                snprintf(expected, sizeof(expected), cases[i].request, getuid());
                assert_string_equal(text, expected);
                assert_int_equal(wide, cases[i].wide);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
