/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Canned replies, as they are printed: golden files, which TEST_DATA_WRITE=1 writes anew for a look at the
 * difference.
 */

#include "tests/unit/client-fixture.h"

#include <locale.h>
#include <time.h>

#include "client/json-print.h"
#include "client/render/account.h"
#include "client/render/process.h"
#include "client/render/status.h"
#include "client/render/unit.h"
#include "client/rows.h"

static void check_units(const char *golden, const Terminal *t, bool wide, Options options) {
        Client c = { .terminal = *t, .options = options };
        _cleanup_(unit_list_done) UnitList list = {};
        _cleanup_free_ char *text = NULL;
        Capture capture;

        assert_int_equal(unit_list_init(&list, wide), 0);
        feed(&c, "units.json", wide, unit_list_add, &list);
        capture = capture_begin();
        assert_int_equal(unit_list_print(&list, &c), 0);
        text = capture_end(capture);
        assert_golden(golden, text);
}

static void test_units(void **state) {
        char failed_state[] = "failed", *failed[] = { failed_state, NULL };

        check_units("units.txt", &plain_terminal, true, (Options){});
        check_units("units-color.txt", &color_terminal, true, (Options){ .all = true });
        check_units("units-ascii.txt", &ascii_terminal, true, (Options){ .states = failed });
        check_units(
                "units-plain.txt", &plain_terminal, false, (Options){ .plain = true, .no_legend = true });
}

static void test_no_units(void **state) {
        _cleanup_(unit_list_done) UnitList list = {};
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = plain_terminal };
        Capture capture;

        assert_int_equal(unit_list_init(&list, true), 0);
        capture = capture_begin();
        assert_int_equal(unit_list_print(&list, &c), 0);
        text = capture_end(capture);
        assert_golden("units-none.txt", text);
}

static void test_files(void **state) {
        _cleanup_(file_list_done) FileList list = {};
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = color_terminal };
        Capture capture;

        assert_int_equal(file_list_init(&list, false), 0);
        feed(&c, "files.json", false, file_list_add, &list);
        capture = capture_begin();
        assert_int_equal(file_list_print(&list, &c), 0);
        text = capture_end(capture);
        assert_golden("files-color.txt", text);
}

static void test_accounts(void **state) {
        _cleanup_(account_list_done) AccountList list = {};
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = plain_terminal };
        Capture capture;

        assert_int_equal(account_list_init(&list), 0);
        feed(&c, "accounts.json", true, account_list_add, &list);
        capture = capture_begin();
        assert_int_equal(account_list_print(&list, &c), 0);
        text = capture_end(capture);
        assert_golden("accounts.txt", text);
}

static void test_account(void **state) {
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = plain_terminal };
        size_t n = 0;
        Capture capture;

        capture = capture_begin();
        feed(&c, "account.json", false, account_print, &n);
        text = capture_end(capture);
        assert_golden("account.txt", text);
}

static int print_row(Client *c, Account *account, json_object *row, void *userdata) {
        status_print(c, account, row);
        return 0;
}

static int print_account(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", print_row, NULL);
}

static void check_status(const char *golden, const Terminal *t) {
        _cleanup_free_ char *text = NULL, *still = NULL;
        Client c = { .terminal = *t };
        Capture capture;

        capture = capture_begin();
        feed(&c, "status.json", false, print_account, NULL);
        text = capture_end(capture);
        still = without_ago(text);
        assert_golden(golden, still);
}

static void test_status(void **state) {
        check_status("status.txt", &plain_terminal);
        check_status("status-color.txt", &color_terminal);
        check_status("status-ascii.txt", &ascii_terminal);
}

static void check_json(const char *golden, OutputMode mode) {
        _cleanup_reply_ json_object *accounts = fixture_json("units.json"), *parsed = NULL;
        static const char *const skip[] = { "account", NULL };
        _cleanup_free_ char *text = NULL;
        JsonList list = { .mode = mode };
        size_t size;

        list.f = open_memstream(&text, &size);
        for (size_t i = 0; i < reply_length(accounts); i++) {
                json_object *o = reply_item(accounts, i), *units = reply_array(o, "units");

                for (size_t k = 0; k < reply_length(units); k++)
                        assert_int_equal(
                                json_list_add(&list, reply_string(o, "account"), reply_item(units, k), skip),
                                0);
        }
        json_list_end(&list);
        json_list_end(&list); /* an empty one */
        fclose(list.f);
        assert_golden(golden, text);

        *strchr(strstr(text, "}\n]") ? strstr(text, "}\n]") + 3 : strstr(text, "}]") + 2, '\n') = 0;
        assert_int_equal(reply_parse(text, strlen(text), &parsed), 0);
        assert_int_equal(reply_length(parsed), 4);
        assert_string_equal(reply_string(reply_item(parsed, 1), "unit"), "foo\\x2dbar.service");
        assert_null(memchr(text, 0x1b, strlen(text)));
}

static json_object *make_process(const char *cgroup, uint64_t pid) {
        json_object *o = json_object_new_object();

        assert_non_null(o);
        assert_int_equal(json_object_object_add(o, "cgroup", json_object_new_string(cgroup)), 0);
        assert_int_equal(json_object_object_add(o, "pid", json_object_new_uint64(pid)), 0);
        assert_int_equal(json_object_object_add(o, "command", json_object_new_string("x")), 0);
        return o;
}

/* As many as an answer can hold: whoever lies must not keep us busy with them. */
#define N_GROUPS 50000U

static void test_many_groups(void **state) {
        _cleanup_reply_ json_object *processes = json_object_new_array();
        _cleanup_free_ char *text = NULL;
        size_t n_lines = 0;
        Capture capture;

        for (uint64_t i = 0; i < N_GROUPS; i++) {
                char cgroup[32];

                snprintf(cgroup, sizeof(cgroup), "g%ju/s", (uintmax_t) i);
                assert_int_equal(json_object_array_add(processes, make_process(cgroup, i)), 0);
        }
        capture = capture_begin();
        processes_print(&plain_terminal, processes, "", 0);
        text = capture_end(capture);
        for (const char *p = text; (p = strchr(p, '\n')); p++)
                n_lines++;
        assert_int_equal(n_lines, 3 * N_GROUPS);
}

/* Paths that no manager has. */
static void test_odd_groups(void **state) {
        static const char *const cgroups[] = { "", "/", "//x", "/x", "a", "a/", "a//b", "a/b" };
        _cleanup_reply_ json_object *processes = json_object_new_array();
        _cleanup_free_ char *text = NULL;
        Capture capture;

        for (size_t i = 0; i < ELEMENTSOF(cgroups); i++)
                assert_int_equal(json_object_array_add(processes, make_process(cgroups[i], 700 + i)), 0);
        capture = capture_begin();
        processes_print(&plain_terminal, processes, "", 0);
        text = capture_end(capture);
        for (size_t i = 0; i < ELEMENTSOF(cgroups); i++) {
                char pid[16];

                snprintf(pid, sizeof(pid), "%zu x\n", 700 + i);
                assert_non_null(strstr(text, pid));
        }
}

static void test_json(void **state) {
        check_json("units-json.txt", OUTPUT_JSON);
        check_json("units-json-pretty.txt", OUTPUT_JSON_PRETTY);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_units),
                cmocka_unit_test(test_no_units),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_accounts),
                cmocka_unit_test(test_account),
                cmocka_unit_test(test_status),
                cmocka_unit_test(test_many_groups),
                cmocka_unit_test(test_odd_groups),
                cmocka_unit_test(test_json),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return EXIT_FAILURE;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
