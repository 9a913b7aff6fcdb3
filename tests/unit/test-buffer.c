/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The growing buffer: content, cap, and no memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buffer.h"
#include "tests/unit/failing-alloc.h"

static void test_append(void **state) {
        _cleanup_(buffer_done) Buffer b = BUFFER_INIT(100000);
        _cleanup_free_ char *text = NULL;
        size_t n;

        for (size_t i = 0; i < 100000; i++)
                assert_int_equal(buffer_append(&b, &(char){ (char) i }, 1), 0);
        assert_int_equal(buffer_append(&b, "", 0), 0);
        assert_int_equal(buffer_append(&b, "x", 1), -EMSGSIZE);
        assert_int_equal(b.size, 100000);

        assert_int_equal(buffer_steal(&b, &text, &n), 0);
        assert_int_equal(n, 100000);
        assert_int_equal(text[n], 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(text[i], (char) i);
        assert_int_equal(b.size, 0);
        assert_null(b.data);
        assert_int_equal(b.max, 100000);
}

static void test_cap(void **state) {
        _cleanup_(buffer_done) Buffer b = BUFFER_INIT(4);

        assert_int_equal(buffer_append(&b, "12345", 5), -EMSGSIZE);
        assert_int_equal(buffer_reserve(&b, SIZE_MAX), -EMSGSIZE);
        assert_int_equal(buffer_append(&b, "123", 3), 0);
        assert_int_equal(buffer_reserve(&b, SIZE_MAX), -EMSGSIZE);
        assert_int_equal(buffer_append(&b, "45", 2), -EMSGSIZE);
        assert_int_equal(buffer_append(&b, "4", 1), 0);
        assert_memory_equal(b.data, "1234", 4);

        buffer_done(&b);
        assert_int_equal(buffer_append(&b, "5678", 4), 0);
}

static void test_steal_empty(void **state) {
        Buffer b = BUFFER_INIT(0);
        _cleanup_free_ char *text = NULL;

        assert_int_equal(buffer_steal(&b, &text, NULL), 0);
        assert_string_equal(text, "");
}

static void test_allocation_failures(void **state) {
        _cleanup_(buffer_done) Buffer b = BUFFER_INIT(SIZE_MAX);
        _cleanup_free_ char *text = NULL;
        char block[256] = {};
        size_t count, n;
        int r;

        FOR_EACH_FAILURE(count, r, r = buffer_append(&b, block, sizeof(block)));
        assert_int_equal(count, 1);
        FOR_EACH_FAILURE(count, r, r = buffer_steal(&b, &text, &n));
        assert_int_equal(count, 1);
        assert_int_equal(n, sizeof(block));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_append),
                cmocka_unit_test(test_cap),
                cmocka_unit_test(test_steal_empty),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
