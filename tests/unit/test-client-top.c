/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* client/top/reading.h, client/top/render.h, client/options/top.h: rates, order, pictures, options. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/reply.h"
#include "client/top/render.h"

static void add(TopReading *reading, const char *name, const char *json) {
        _cleanup_reply_ json_object *o = NULL;
        Account account = { .name = name };

        assert_int_equal(reply_parse(json, strlen(json), &o), 0);
        assert_int_equal(reply_make_safe(o), 0);
        account.object = o;
        assert_int_equal(top_reading_add(NULL, &account, reading), 0);
}

static void add_two(TopReading *before, TopReading *now) {
        add(before, "a",
                "{\"now\":1000000,\"cpu_usec\":0,\"units\":[{\"unit\":\"x\",\"cpu_usec\":500},"
                "{\"unit\":\"y\",\"cpu_usec\":0,\"io_read\":10,\"io_written\":0},{\"unit\":\"z\",\"cpu_usec\":9}]}");
        add(before, "b", "{\"now\":5000000,\"cpu_usec\":7,\"memory\":5,\"units\":[]}");
        add(now, "b", "{\"now\":5500000,\"cpu_usec\":7,\"memory\":4,\"tasks\":3,\"units\":[]}");
        add(now, "a",
                "{\"now\":3000000,\"cpu_usec\":3000000,\"memory\":6,\"units\":["
                "{\"unit\":\"z\",\"cpu_usec\":8},{\"unit\":\"y\",\"cpu_usec\":1000000,\"io_read\":30,\"io_written\":0},"
                "{\"unit\":\"new\",\"cpu_usec\":1}]}");
        top_reading_rate(now, before);
}

static const TopRow *find(const TopReading *reading, const char *unit) {
        for (size_t i = 0; i < reading->n; i++)
                if (streq_ptr(reading->rows[i].unit, unit))
                        return reading->rows + i;
        fail();
        return NULL;
}

static void test_rates(void **state) {
        _cleanup_(top_reading_done) TopReading before = {}, now = {};
        const TopRow *row;

        add_two(&before, &now);
        assert_int_equal(now.n, 5);
        assert_int_equal(now.n_accounts, 2);
        assert_int_equal(now.n_units, 3);

        /* Half a CPU for two seconds, and ten bytes a second. */
        row = find(&now, "y");
        assert_true(row->rated[TOP_CPU]);
        assert_true(row->rates[TOP_CPU] > 0.499 && row->rates[TOP_CPU] < 0.501);
        assert_true(row->rates[TOP_IO_READ] > 9.99 && row->rates[TOP_IO_READ] < 10.01);
        assert_false(row->known[TOP_MEMORY]);

        /* What is new, and what began anew. */
        assert_false(find(&now, "new")->rated[TOP_CPU]);
        assert_false(find(&now, "z")->rated[TOP_CPU]);
        assert_true(find(&now, "z")->known[TOP_CPU]);
}

static void expect_order(TopReading *reading, TopSort sort, const char *expected) {
        char text[128] = "";

        top_reading_sort(reading, sort);
        for (size_t i = 0; i < reading->n; i++) {
                const TopRow *row = reading->rows + i;

                (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s/%s ", row->account,
                        strempty(row->unit));
        }
        assert_string_equal(text, expected);
}

static void test_order(void **state) {
        _cleanup_(top_reading_done) TopReading before = {}, now = {};

        add_two(&before, &now);
        expect_order(&now, TOP_SORT_CPU, "a/ a/y b/ a/z a/new ");
        expect_order(&now, TOP_SORT_MEMORY, "a/ b/ a/new a/y a/z ");
        expect_order(&now, TOP_SORT_TASKS, "b/ a/ a/new a/y a/z ");
        expect_order(&now, TOP_SORT_IO, "a/y a/ a/new a/z b/ ");
        expect_order(&now, TOP_SORT_NAME, "a/ a/new a/y a/z b/ ");
}

/* Where only some units are asked about, there is no sum. */
static void test_no_sum(void **state) {
        _cleanup_(top_reading_done) TopReading reading = {};

        add(&reading, "a", "{\"now\":1,\"units\":[{\"unit\":\"x\",\"tasks\":1}]}");
        assert_int_equal(reading.n, 1);
        assert_string_equal(reading.rows[0].unit, "x");
}

static void assert_drawn(const TopReading *reading, const char *what) {
        _cleanup_free_ char *text = NULL;
        Client c = CLIENT_NULL;
        size_t size;

        assert_int_equal(top_draw(reading, &c, 24, 120, NULL, &text, &size), 0);
        assert_non_null(strstr(text, what));
}

static void test_counts(void **state) {
        _cleanup_(top_reading_done) TopReading none = {}, some = {};

        add(&none, "a", "{\"now\":1,\"units\":[]}");
        assert_drawn(&none, "1 account, 0 units,");
        add(&some, "a", "{\"now\":1,\"cpu_usec\":1,\"units\":[{\"unit\":\"x\"}]}");
        add(&some, "b", "{\"now\":1,\"units\":[{\"unit\":\"x\"}]}");
        assert_drawn(&some, "2 accounts, 2 units,");
}

/* A rate that no number has room for is the largest that there is. */
static void test_absurd_rate(void **state) {
        _cleanup_(top_reading_done) TopReading before = {}, now = {};

        add(&before, "a", "{\"now\":1,\"cpu_usec\":0,\"io_read\":0,\"io_written\":0,\"units\":[]}");
        add(&now, "a",
                "{\"now\":2,\"cpu_usec\":18446744073709551614,\"io_read\":18446744073709551614,\"io_written\":5,"
                "\"units\":[]}");
        top_reading_rate(&now, &before);
        assert_drawn(&now, " 15.9E ");
        assert_drawn(&now, " 4.7M");
}

static size_t count(const char *text, const char *what) {
        size_t n = 0;

        for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
                n++;
        return n;
}

static void test_picture(void **state) {
        _cleanup_(top_reading_done) TopReading reading = {};
        static const unsigned sizes[][2] = { { 24, 80 }, { 1, 1 }, { 3, 10 }, { 4, 200 }, { 1000, 20 } };
        Client c = CLIENT_NULL;

        add(&reading, "evil", "{\"now\":1,\"units\":[{\"unit\":\"\\u001b[31m\\n\\u009bx\",\"tasks\":1}]}");
        for (unsigned i = 0; i < 10; i++)
                add(&reading, "account", "{\"now\":1,\"cpu_usec\":1,\"units\":[]}");

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                _cleanup_free_ char *text = NULL;
                size_t size;

                assert_int_equal(top_draw(&reading, &c, sizes[i][0], sizes[i][1], NULL, &text, &size), 0);
                assert_int_equal(size, strlen(text));
                /* Never more lines than there are; home, ends of lines and the rest, and nothing else. */
                assert_true(count(text, "\n") < MAX(sizes[i][0], 3U));
                assert_int_equal(count(text, "\033"), count(text, "\033[K") + 2);
                assert_null(strstr(text, "\xc2\x9b"));
        }
}

static void test_options(void **state) {
        static const char *const good[][2] = { { "--delay=0.1", "100000" }, { "--delay=2", "2000000" },
                { "-d1.25s", "1250000" }, { "--delay=3600", "3600000000" } };
        static const char *const bad[] = { "--delay=0", "--delay=0.09", "--delay=", "--delay=1e3",
                "--delay=-1", "--delay=3601", "--delay=1.", "--delay=99999999999999999999", "--iterations=0",
                "--iterations=x", "--iterations=9999999999", "--sort=", "--sort=cpux" };
        char **arguments;

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                char *argv[] = { (char *) "userunitctl", (char *) "top", (char *) good[i][0], NULL };
                _cleanup_(options_done) Options o = {};

                assert_int_equal(options_parse(3, argv, NULL, &o, &arguments), 0);
                assert_int_equal(o.top.delay_usec, strtoull(good[i][1], NULL, 10));
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char *argv[] = { (char *) "userunitctl", (char *) "top", (char *) bad[i], NULL };
                _cleanup_(options_done) Options o = {};

                assert_true(options_parse(3, argv, NULL, &o, &arguments) < 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rates),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_no_sum),
                cmocka_unit_test(test_counts),
                cmocka_unit_test(test_absurd_rate),
                cmocka_unit_test(test_picture),
                cmocka_unit_test(test_options),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
