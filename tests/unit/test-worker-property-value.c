/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/property/value.h: spans, sizes, percentages and numbers as systemd reads them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/time-span.h"
#include "daemon/worker/property/value.h"

typedef struct Case {
        const char *text;
        int r;
        uint64_t value;
} Case;

static void check(const Case *c, int r, uint64_t value) {
        if (r != c->r || (r == 0 && value != c->value))
                fail_msg("\"%s\": %d, %llu", c->text, r, (unsigned long long) value);
}

static void test_span(void **state) {
        static const Case cases[] = {
                { "5", 0, 5000000 },
                { "5s", 0, 5000000 },
                { " 5 s ", 0, 5000000 },
                { "1min 30s", 0, 90000000 },
                { "1min30s", 0, 90000000 },
                { "2h", 0, 7200000000 },
                { "2hr 1hour 1hours", 0, 14400000000 },
                { "1.5h", 0, 5400000000 },
                { ".5", 0, 500000 },
                { "0.25s", 0, 250000 },
                { "20ms", 0, 20000 },
                { "20msec 3us", 0, 20003 },
                { "3 usec", 0, 3 },
                { "3\302\265s", 0, 3 },
                { "3\316\274s", 0, 3 },
                { "1m", 0, 60000000 },
                { "1M", 0, 2629800000000 },
                { "1month", 0, 2629800000000 },
                { "1y", 0, 31557600000000 },
                { "2w 1d", 0, 1296000000000 },
                { "infinity", 0, UINT64_MAX },
                { " infinity ", 0, UINT64_MAX },
                { "0", 0, 0 },
                { "12.34 .56", 0, 12900000 },
                { "", -EINVAL },
                { " ", -EINVAL },
                { "x", -EINVAL },
                { "5x", -EINVAL },
                { "5 s x", -EINVAL },
                { "1.", -EINVAL },
                { "1.s", -EINVAL },
                { "1.-5", -EINVAL },
                { "12.34.56", -EINVAL },
                { "infinity 5", -EINVAL },
                { "infinityx", -EINVAL },
                { "-5", -ERANGE },
                { "5 -3", -ERANGE },
                { "9223372036854775808", -ERANGE },
                { "1000000y", -ERANGE },
                { "500000y 500000y", -ERANGE },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t value = 0;
                int r;

                r = time_span_parse(cases[i].text, USEC_PER_SEC, &value);
                check(cases + i, r, value);
        }
}

static void test_span_nsec(void **state) {
        static const Case cases[] = {
                { "5", 0, 5 },
                { "50us", 0, 50000 },
                { "1s 2ns", 0, 1000000002 },
                { "2nsec", 0, 2 },
                { "infinity", 0, UINT64_MAX },
                { "x", -EINVAL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t value = 0;
                int r;

                r = time_span_parse_nsec(cases[i].text, &value);
                check(cases + i, r, value);
        }
}

static void test_size(void **state) {
        static const Case cases[] = {
                { "0", 0, 0 },
                { "512", 0, 512 },
                { "512B", 0, 512 },
                { "4K", 0, 4096 },
                { "1.5M", 0, 1572864 },
                { "2G", 0, UINT64_C(2) << 30 },
                { "3T", 0, UINT64_C(3) << 40 },
                { "1P", 0, UINT64_C(1) << 50 },
                { "1E", 0, UINT64_C(1) << 60 },
                { " 4 K ", -EINVAL },
                { "4 K", 0, 4096 },
                { "1M 512K 3", 0, 1572867 },
                { "1M512K", 0, 1572864 },
                { "", -EINVAL },
                { "K", -EINVAL },
                { "4k", -EINVAL },
                { "4KB", -EINVAL },
                { "4X", -EINVAL },
                { "1K 1M", -EINVAL },
                { "1 2", -EINVAL },
                { "-1", -ERANGE },
                { "16E", -ERANGE },
                { "99999999999999999999", -ERANGE },
                { "18446744073709551615.5K", -ERANGE },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t value = 0;
                int r;

                r = parse_size(cases[i].text, 1024, &value);
                check(cases + i, r, value);
        }
        {
                uint64_t value = 0;

                assert_int_equal(parse_size("5M", 1000, &value), 0);
                assert_true(value == 5000000);
        }
}

static void test_permyriad(void **state) {
        static const Case cases[] = {
                { "20%", 0, 2000 },
                { "0%", 0, 0 },
                { "100%", 0, 10000 },
                { "12.5%", 0, 1250 },
                { "12.34%", 0, 1234 },
                { "7\342\200\260", 0, 70 },
                { "7.5\342\200\260", 0, 75 },
                { "3\342\200\261", 0, 3 },
                { "250%", 0, 25000 },
                { "12.345%", -EINVAL },
                { "7.55\342\200\260", -EINVAL },
                { "3.1\342\200\261", -EINVAL },
                { "1.%", -EINVAL },
                { ".5%", -EINVAL },
                { "%", -EINVAL },
                { "20", -EINVAL },
                { "20 %", -EINVAL },
                { "-20%", -EINVAL },
                { "99999999999%", -ERANGE },
        };
        uint32_t value;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                value = 0;
                r = parse_permyriad_unbounded(cases[i].text, &value);
                check(cases + i, r, value);
        }
        assert_int_equal(parse_permyriad("100.01%", &value), -ERANGE);
        assert_int_equal(parse_permyriad("99.99%", &value), 0);
        assert_int_equal(value, 9999);

        assert_true(scale_from_permyriad(0) == 0);
        assert_true(scale_from_permyriad(10000) == UINT32_MAX);
        assert_true(scale_from_permyriad(20000) == UINT32_MAX);
        assert_true(scale_from_permyriad(5000) == 2147483648U);
        assert_true(scale_from_permyriad(2000) == 858993459U);
}

static void test_numbers(void **state) {
        uint64_t u = 0;
        uint32_t v = 0;
        int64_t x = 0;
        int32_t i = 0;

        assert_int_equal(parse_u64("0x10", &u), 0);
        assert_true(u == 16);
        assert_int_equal(parse_u64("18446744073709551615", &u), 0);
        assert_true(u == UINT64_MAX);
        assert_int_equal(parse_u64("18446744073709551616", &u), -ERANGE);
        assert_int_equal(parse_u64("-1", &u), -ERANGE);
        assert_int_equal(parse_u64(" -1", &u), -ERANGE);
        assert_int_equal(parse_u64("", &u), -EINVAL);
        assert_int_equal(parse_u64("1x", &u), -EINVAL);
        assert_int_equal(parse_u32("4294967296", &v), -ERANGE);
        assert_int_equal(parse_i64("-7", &x), 0);
        assert_true(x == -7);
        assert_int_equal(parse_i32("2147483648", &i), -ERANGE);
        assert_int_equal(parse_range("20", -20, 19, &i), -ERANGE);
        assert_int_equal(parse_range("-20", -20, 19, &i), 0);
        assert_int_equal(parse_mode("0755", &v), 0);
        assert_int_equal(v, 0755);
        assert_int_equal(parse_mode("10000", &v), -ERANGE);
        assert_int_equal(parse_mode("8", &v), -EINVAL);
        assert_int_equal(parse_mode("-1", &v), -EINVAL);
        assert_int_equal(parse_mode("", &v), -EINVAL);
}

static void test_boolean(void **state) {
        static const char *const yes[] = { "1", "yes", "Y", "TRUE", "t", "On" };
        static const char *const no[] = { "0", "no", "N", "False", "f", "oFF" };

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                assert_int_equal(parse_boolean(yes[i]), 1);
                assert_int_equal(parse_boolean(no[i]), 0);
        }
        assert_int_equal(parse_boolean(""), -EINVAL);
        assert_int_equal(parse_boolean("yes "), -EINVAL);
        assert_int_equal(parse_boolean("2"), -EINVAL);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_span),
                cmocka_unit_test(test_span_nsec),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_permyriad),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_boolean),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
