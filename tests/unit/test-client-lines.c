/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The quick way through answers: rows out of lines, answers of Call taken apart, and a table that is written
 * without libsmartcols. Each has a slow way beside it, and both must come to the same.
 */

#include "tests/unit/client-fixture.h"

#include <locale.h>

#include "client/line-rows.h"
#include "client/render/unit.h"
#include "client/terminal/table.h"
#include "client/text-store.h"

typedef struct Rows {
        char text[4096];
        int result; /* of the handler */
} Rows;

static int take_row(Client *c, const char *account, const char *const *values, void *userdata) {
        Rows *rows = userdata;
        size_t n = strlen(rows->text);

        snprintf(rows->text + n, sizeof(rows->text) - n, "%s|%s|%s\n", account, values[0] ?: "NULL",
                values[1] ?: "NULL");
        return rows->result;
}

static const LineForm form = { .member = "units", .fields = { "unit", "job" }, .handler = take_row };

static int read_line(const char *line, Rows *rows) {
        return line_rows(&form, NULL, line, strlen(line), rows);
}

static void test_rows(void **state) {
        Rows rows = {};

        assert_int_equal(
                read_line("{\"account\":\"a\",\"uid\":7,\"manager\":\"running\",\"units\":["
                          "{\"unit\":\"x\\\\x2dy.service\",\"load\":\"loaded\",\"job\":\"start\"},"
                          "{\"job\":\"\",\"unit\":\"e\\u001b[m\\u00e9\",\"number\":7,\"flag\":true}]}",
                        &rows),
                1);
        assert_string_equal(rows.text, "a|x\\x2dy.service|start\na|e\\x1b[m\xC3\xA9|NULL\n");

        rows = (Rows){};
        assert_int_equal(read_line("{\"account\":\"a\",\"units\":[]}", &rows), 1);
        assert_string_equal(rows.text, "");

        /* Terminals are safe from accounts too. */
        rows = (Rows){};
        assert_int_equal(read_line("{\"account\":\"\\u202e\",\"units\":[{\"unit\":\"u\"}]}", &rows), 1);
        assert_string_equal(rows.text, "\\u202e|u|NULL\n");
}

static void test_other_lines(void **state) {
        static const char *const lines[] = {
                "{\"end\":{\"complete\":true}}",
                "{\"error\":{\"name\":\"Timeout\"}}",
                "{\"account\":\"a\",\"error\":{\"name\":\"Timeout\"}}",
                "{\"account\":\"a\",\"units\":[],\"error\":{\"name\":\"Timeout\"}}",
                "{\"account\":\"a\",\"units\":[{\"unit\":\"u\",\"error\":{\"name\":\"Timeout\"}}]}",
                "{\"account\":\"a\",\"units\":[],\"note\":\"new\"}",
                "{\"account\":\"a\",\"units\":[\"u\"]}",
                "{\"account\":\"a\",\"units\":{\"unit\":\"u\"}}",
                "{\"units\":[{\"unit\":\"u\"}],\"account\":\"a\"}",
                "{\"uid\":7}",
                "{\"account\":\"a\",\"units\":[{\"unit\":\"u\",\"unit\":\"v\"}]}",
                "{\"account\":\"a\",\"units\":[{\"unit\":\"u\"}]",
                "[]",
                "",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Rows rows = {};

                assert_int_equal(read_line(lines[i], &rows), 0);
        }
}

static void test_handler_fails(void **state) {
        Rows rows = { .result = -ENOMEM };

        assert_int_equal(read_line("{\"account\":\"a\",\"units\":[{\"unit\":\"u\"}]}", &rows), -ENOMEM);
}

typedef struct Parts {
        char text[1024];
        int result;
} Parts;

static int take_part(const char *text, size_t n, void *userdata) {
        Parts *parts = userdata;

        strncat(parts->text, text, n);
        strcat(parts->text, "\n");
        return parts->result;
}

static void test_split(void **state) {
        _cleanup_free_ char *rest = NULL;
        Parts parts = {};

        assert_int_equal(
                line_split("{\"parameters\":{\"schema\":1,\"accounts\":[{\"account\":\"a\",\"units\":[{}]}, "
                           "{\"account\":\"b]}\"}],\"complete\":true}}",
                        take_part, &parts, &rest),
                1);
        assert_string_equal(parts.text, "{\"account\":\"a\",\"units\":[{}]}\n{\"account\":\"b]}\"}\n");
        assert_string_equal(rest, "{\"parameters\":{\"schema\":1,\"accounts\":[],\"complete\":true}}");
}

static void test_not_to_split(void **state) {
        static const char *const texts[] = {
                "{\"parameters\":{\"complete\":true}}",
                "{\"parameters\":{\"accounts\":{}}}",
                "{\"parameters\":{\"accounts\":[7]}}",
                "{\"parameters\":{\"accounts\":[{}]}",
                "{\"accounts\":[{}]}",
                "",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                char *rest = NULL;
                Parts parts = {};

                assert_int_equal(line_split(texts[i], take_part, &parts, &rest), 0);
                assert_string_equal(parts.text, "");
                assert_null(rest);
        }
}

static void test_part_fails(void **state) {
        Parts parts = { .result = -EBADMSG };
        char *rest = NULL;

        assert_int_equal(
                line_split("{\"parameters\":{\"accounts\":[{},{}]}}", take_part, &parts, &rest), -EBADMSG);
        assert_string_equal(parts.text, "{}\n");
        assert_null(rest);
}

/* A canned reply, line by line, makes the table that its tree makes. */
static char *print_units(bool lines) {
        Client c = { .terminal = plain_terminal };
        _cleanup_(unit_list_done) UnitList list = {};
        Capture capture;

        assert_int_equal(unit_list_init(&list, true), 0);
        if (lines) {
                _cleanup_reply_ json_object *accounts = fixture_json("units.json");

                for (size_t i = 0; i < reply_length(accounts); i++) {
                        const char *line = json_object_to_json_string_ext(
                                reply_item(accounts, i), JSON_C_TO_STRING_PLAIN);

                        assert_int_equal(unit_list_add_line(&c, line, strlen(line), &list), 1);
                }
        } else
                feed(&c, "units.json", true, unit_list_add, &list);
        capture = capture_begin();
        assert_int_equal(unit_list_print(&list, &c), 0);
        return capture_end(capture);
}

static void test_same_units(void **state) {
        _cleanup_free_ char *quick = print_units(true), *slow = print_units(false);

        assert_string_equal(quick, slow);
}

/* What a line that turned out to be none had brought is taken back. */
static void test_taken_back(void **state) {
        static const char line[] =
                "{\"account\":\"a\",\"units\":[{\"unit\":\"u\",\"job\":\"start\"}],\"error\":{}}";
        Client c = { .terminal = plain_terminal };
        _cleanup_(unit_list_done) UnitList list = {};

        assert_int_equal(unit_list_init(&list, true), 0);
        assert_int_equal(unit_list_add_line(&c, line, strlen(line), &list), 0);
        assert_int_equal(table_rows(list.listing.table), 0);
        assert_int_equal(list.n_jobs, 0);
}

static char *print_table(const Terminal *terminal, unsigned flags, bool dots) {
        static const TableColumn columns[] = {
                { "", 0 },
                { "NAME", 0 },
                { "NUMBER", COLUMN_RIGHT },
                { "HIDDEN", 0 },
                { "TEXT", 0 },
        };
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTSOF(columns));
        Capture capture;

        assert_non_null(t);
        table_hide(t, 3);
        for (unsigned i = 0; i < 12; i++) {
                static const char *const texts[] = { "short", "something longer", "\xC3\xBC\xE6\x97\xA5",
                        NULL };

                assert_int_equal(table_add(t, dots && i == 3 ? "*" : "", COLOR_NONE), 0);
                assert_int_equal(table_add(t, texts[i / 2 % 4], COLOR_NONE), 0);
                assert_int_equal(table_add_u64(t, (uint64_t) i * i * i, COLOR_NONE), 0);
                assert_int_equal(table_add(t, "hidden", COLOR_NONE), 0);
                assert_int_equal(table_add(t, texts[(i + 1) % 4], COLOR_NONE), 0);
        }

        capture = capture_begin();
        /* In two parts: the second is as wide as the first. */
        assert_int_equal(table_print(t, terminal, flags), 0);
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(table_add(t, "x", COLOR_NONE), 0);
        assert_int_equal(table_print(t, terminal, flags), 0);
        assert_int_equal(table_rows(t), 13);
        return capture_end(capture);
}

/* The bytes are the same with libsmartcols and without it. */
static void test_same_table(void **state) {
        static const Terminal terminal = { .tty = true, .utf8 = true, .columns = 80 };

        for (unsigned i = 0; i < 4; i++) {
                unsigned flags = TABLE_FULL | (i & 1 ? TABLE_HEADER : 0);
                _cleanup_free_ char *with = print_table(&terminal, flags, i & 2),
                                    *without = print_table(&plain_terminal, flags, i & 2);

                assert_string_equal(without, with);
        }
}

/* Of what may be left out so much is, from the right, that the rest fits. */
static void test_spare(void **state) {
        static const TableColumn columns[] = {
                { "NAME", 0 },
                { "ONE", COLUMN_SPARE },
                { "TWO", COLUMN_SPARE },
                { "LAST", 0 },
        };
        static const struct {
                unsigned columns, flags;
                const char *text;
        } cases[] = {
                { 22, TABLE_HEADER, "NAME    ONE TWO LAST\naccount 1   2   3\n" },
                { 20, TABLE_HEADER, "NAME    ONE TWO LAST\naccount 1   2   3\n" },
                { 19, TABLE_HEADER, "NAME    ONE LAST\naccount 1   3\n" },
                { 14, TABLE_HEADER, "NAME    LAST\naccount 3\n" },
                { 5, TABLE_HEADER, "NAME    LAST\naccount 3\n" },
                { 5, TABLE_HEADER | TABLE_FULL, "NAME    ONE TWO LAST\naccount 1   2   3\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Terminal terminal = { .tty = true, .utf8 = true, .columns = cases[i].columns };
                _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTSOF(columns));
                _cleanup_free_ char *text = NULL;
                Capture capture;

                assert_int_equal(table_add(t, "account", COLOR_NONE), 0);
                for (uint64_t k = 1; k <= 3; k++)
                        assert_int_equal(table_add_u64(t, k, COLOR_NONE), 0);
                capture = capture_begin();
                assert_int_equal(table_print(t, &terminal, cases[i].flags), 0);
                text = capture_end(capture);
                assert_string_equal(text, cases[i].text);
        }
}

static void test_store(void **state) {
        static char large[200000];
        TextStore store = {};
        const char *texts[3000];

        memset(large, 'x', sizeof(large));
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                texts[i] = text_store_add(&store, large, i % 100 == 99 ? sizeof(large) : i % 64);
                assert_non_null(texts[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_int_equal(strlen(texts[i]), i % 100 == 99 ? sizeof(large) : i % 64);
        text_store_done(&store);
        assert_non_null(text_store_add(&store, "again", 5));
        text_store_done(&store);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_other_lines),
                cmocka_unit_test(test_handler_fails),
                cmocka_unit_test(test_split),
                cmocka_unit_test(test_not_to_split),
                cmocka_unit_test(test_part_fails),
                cmocka_unit_test(test_spare),
                cmocka_unit_test(test_same_units),
                cmocka_unit_test(test_taken_back),
                cmocka_unit_test(test_same_table),
                cmocka_unit_test(test_store),
        };

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
