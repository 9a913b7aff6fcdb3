/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of errors, and what carries one of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/error.h"
#include "common/exit-code.h"

static void test_table(void **state) {
        for (ErrorCode code = 0; code < _ERROR_MAX; code++) {
                const char *name = error_code_to_string(code), *bus_name = error_code_to_bus_name(code);

                assert_non_null(startswith(bus_name, ERROR_PREFIX));
                assert_string_equal(bus_name + strlen(ERROR_PREFIX), name);
                assert_true(strlen(name) > 0);
                assert_int_equal(
                        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), strlen(name));
                assert_true(endswith(error_code_doc(code), "."));

                /* No name twice: each leads back to its own row. */
                assert_int_equal(error_code_from_string(name), code);
                assert_int_equal(error_code_from_bus_name(bus_name), code);

                assert_true((error_code_to_exit(code) == EXIT_CODE_OK) == (code == ERROR_NONE));
        }

        assert_int_equal(error_code_from_string(""), _ERROR_INVALID);
        assert_int_equal(error_code_from_string("nosuchunit"), _ERROR_INVALID);
        assert_int_equal(error_code_from_bus_name("org.freedesktop.DBus.Error.NoReply"), _ERROR_INVALID);
        assert_int_equal(error_code_from_bus_name("org.userunit1.Error"), _ERROR_INVALID);
        assert_int_equal(error_code_from_bus_name("NoSuchUnit"), _ERROR_INVALID);
}

/* The codes that scripts rely on are systemctl's. */
static void test_exit_codes(void **state) {
        assert_int_equal(error_code_to_exit(ERROR_NOT_AUTHORIZED), 4);
        assert_int_equal(error_code_to_exit(ERROR_READ_ONLY), 4);
        assert_int_equal(error_code_to_exit(ERROR_NO_SUCH_UNIT), 5);
        assert_int_equal(error_code_to_exit(ERROR_INVALID_REQUEST), 2);
        assert_int_equal(error_code_to_exit(ERROR_JOB_FAILED), 1);
}

static void test_codes_of_nothing(void **state) {
        assert_string_equal(error_code_to_string(_ERROR_MAX), "Internal");
        assert_string_equal(error_code_to_string(_ERROR_INVALID), "Internal");
        assert_int_equal(error_code_to_exit(_ERROR_INVALID), EXIT_CODE_FAILURE);
}

static void test_set(void **state) {
        _cleanup_(error_done) Error error = ERROR_NULL, other = ERROR_NULL;

        assert_false(error_is_set(&error));
        assert_int_equal(error_set(&error, ERROR_NO_SUCH_ACCOUNT, "No account \"%s\".", "web"), -ESRCH);
        assert_true(error_is_set(&error));
        assert_string_equal(error_message(&error), "No account \"web\".");

        /* The first one stays, and so does its errno. */
        assert_int_equal(error_set(&error, ERROR_INTERNAL, "Later."), -ESRCH);
        assert_int_equal(error.code, ERROR_NO_SUCH_ACCOUNT);
        assert_string_equal(error_message(&error), "No account \"web\".");

        error_move(&other, &error);
        assert_false(error_is_set(&error));
        assert_null(error.message);
        assert_string_equal(error_message(&other), "No account \"web\".");

        /* Moving over one frees it. */
        assert_int_equal(error_set(&error, ERROR_INTERNAL, "x"), -EIO);
        error_move(&other, &error);
        assert_int_equal(other.code, ERROR_INTERNAL);

        error_done(&other);
        assert_false(error_is_set(&other));
        error_done(&other);
}

/* Without a text there is still the row's own sentence; and every errno passes as a failure. */
static void test_without_text(void **state) {
        for (ErrorCode code = ERROR_NONE + 1; code < _ERROR_MAX; code++) {
                _cleanup_(error_done) Error error = ERROR_NULL;

                assert_true(error_set(&error, code, "x") < 0);
                free(error.message);
                error.message = NULL;
                assert_string_equal(error_message(&error), error_code_doc(code));
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_exit_codes),
                cmocka_unit_test(test_codes_of_nothing),
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_without_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
