/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Arrays of strings, also without memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/strv.h"
#include "tests/unit/failing-alloc.h"

static void test_empty(void **state) {
        _cleanup_strv_free_ char **copy = NULL;
        size_t n = 0;

        assert_null(strv_free(NULL));
        assert_int_equal(strv_length(NULL), 0);
        assert_false(strv_contains(NULL, "a"));
        STRV_FOREACH(s, (char **) NULL)
                n++;
        assert_int_equal(n, 0);

        assert_int_equal(strv_copy(NULL, &copy), 0);
        assert_non_null(copy);
        assert_null(copy[0]);
}

static void test_extend(void **state) {
        _cleanup_strv_free_ char **l = NULL, **copy = NULL;
        char buf[16];
        size_t n = 0;

        for (int i = 0; i < 50; i++) {
                (void) snprintf(buf, sizeof(buf), "%i", i);
                assert_int_equal(i % 2 ? strv_extend(&l, buf) : strv_consume(&l, strdup(buf)), 0);
                assert_int_equal(strv_length(l), i + 1);
        }
        assert_true(strv_contains(l, "0"));
        assert_true(strv_contains(l, "49"));
        assert_false(strv_contains(l, "50"));
        assert_false(strv_contains(l, ""));

        assert_int_equal(strv_copy(l, &copy), 0);
        assert_int_equal(strv_length(copy), 50);
        STRV_FOREACH(s, copy) {
                assert_ptr_not_equal(*s, l[n]);
                assert_string_equal(*s, l[n++]);
        }
}

static void test_allocation_failures(void **state) {
        _cleanup_strv_free_ char **l = NULL, **copy = NULL;
        size_t count;
        int r;

        assert_int_equal(strv_extend(&l, "a"), 0);
        FOR_EACH_FAILURE(count, r, {
                assert_int_equal(strv_length(l), 1);
                r = strv_extend(&l, "b");
        });
        assert_int_equal(count, 2);
        assert_int_equal(strv_length(l), 2);

        FOR_EACH_FAILURE(count, r, r = strv_copy(l, &copy));
        assert_int_equal(count, 3);
        assert_int_equal(strv_length(copy), 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_extend),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
