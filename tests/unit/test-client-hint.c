/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is said where a slash was forgotten; and addresses of commands, which need none.
 */

#include "tests/unit/client-fixture.h"

#include "client/hint.h"
#include "client/verb/run.h"

/* What hint_words() says on stderr of words separated by blanks. */
static char *hint(const Options *o, const char *words) {
        _cleanup_free_ char *copy = strdup(words);
        int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
        char *list[8] = {}, *state = NULL, *text = calloc(1, 4096);
        Client c = { .options = *o };
        size_t n = 0;
        bool said;

        assert_true(fd >= 0 && saved >= 0 && copy && text);
        for (char *w = strtok_r(copy, " ", &state); w; w = strtok_r(NULL, " ", &state))
                list[n++] = w;
        assert_true(dup2(fd, STDERR_FILENO) >= 0);
        said = hint_words(&c, list);
        assert_true(dup2(saved, STDERR_FILENO) >= 0);
        assert_true(pread(fd, text, 4095, 0) >= 0);
        close(fd);
        close(saved);
        assert_int_equal(said, *text != 0);
        return text;
}

static void test_words(void **state) {
        static const char whole[] =
                "root is an account: write root/UNIT for one of its units, root/ for all of it.\n";
        static const struct {
                const char *words;
                const char *said;
        } cases[] = {
                { "", "" },
                { "root", whole },
                { "no-such-account", "" },
                { "root/", "" },
                { "root/app", "" },
                { "root.service", "" },
                { "root.timer", "" },
                { "ro?t", "" },
                { "0", "" },
                { "app root", whole },
                { "root root/app", whole },
                { "root FOO=1", whole },
                { "root app", "root is an account: write root/app for its unit app.\n" },
                { "root app.timer", "root is an account: write root/app.timer for its unit app.timer.\n" },
        };
        const Options none = {};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *said = hint(&none, cases[i].words);

                assert_string_equal(said, cases[i].said);
        }
        assert_false(hint_words(&(Client){}, NULL));
}

static void test_not_wanted(void **state) {
        Options options[] = { { .quiet = true }, { .all_accounts = true },
                { .account = (char[]){ "svc" } } };

        for (size_t i = 0; i < ELEMENTSOF(options); i++) {
                _cleanup_free_ char *said = hint(options + i, "root");

                assert_string_equal(said, "");
        }
}

static void test_run_addresses(void **state) {
        static const struct {
                const char *where;
                const char *name;
                const char *address; /* NULL: refused; what ends in "-r": a name was made up */
        } cases[] = {
                { NULL, NULL, "run-r" },
                { "svc", NULL, "svc/run-r" },
                { "svc/", NULL, "svc/run-r" },
                { "svc/app", NULL, "svc/app.service" },
                { "svc", "app", "svc/app.service" },
                { NULL, "app", "app.service" },
                { "svc/app", "b", NULL },
                { "svc-*", NULL, NULL },
                { "svc-*/", NULL, NULL },
                { "svc/app.timer", NULL, NULL },
                { "svc/a*", NULL, NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *address = NULL;
                int r;

                r = run_make_address(cases[i].where, cases[i].name, &address);
                assert_int_equal(r, cases[i].address ? 0 : -EINVAL);
                if (cases[i].address && endswith(cases[i].address, "-r"))
                        assert_non_null(startswith(address, cases[i].address));
                else if (cases[i].address)
                        assert_string_equal(address, cases[i].address);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_not_wanted),
                cmocka_unit_test(test_run_addresses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
