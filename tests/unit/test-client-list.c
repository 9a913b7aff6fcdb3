/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Timers, sockets, paths, jobs, dependencies and managers, as they are printed; tables that are printed in
 * parts; values for a shell; verbs of systemctl that there are not.
 */

#include "tests/unit/client-fixture.h"

#include <locale.h>
#include <malloc.h>
#include <time.h>

#include "client/account-order.h"
#include "client/foreign-verbs.h"
#include "client/json-print.h"
#include "client/render/dependency.h"
#include "client/render/manager.h"
#include "client/render/trigger.h"
#include "client/render/unit.h"
#include "client/rows.h"
#include "client/shell-quote.h"
#include "client/unit-words.h"
#include "client/verbs.h"

#define NOW (UINT64_C(1795442074) * USEC_PER_SEC)

static void check_triggers(const char *golden, const char *data, TriggerKind kind, const Terminal *t,
        bool wide, Options options) {
        Client c = { .terminal = *t, .options = options };
        _cleanup_free_ char *text = NULL;
        TriggerList list;
        Capture capture;

        assert_int_equal(trigger_list_init(&list, kind, wide, &c.options), 0);
        list.now = NOW;
        feed(&c, data, wide, trigger_list_add, &list);
        capture = capture_begin();
        assert_int_equal(trigger_list_print(&list, &c), 0);
        text = capture_end(capture);
        assert_golden(golden, text);
        listing_done(&list.listing);
}

static void test_triggers(void **state) {
        char service[] = "service", *services[] = { service, NULL };

        check_triggers("timers.txt", "timers.json", TRIGGER_TIMER, &plain_terminal, true, (Options){});
        check_triggers("timers-color.txt", "timers.json", TRIGGER_TIMER, &color_terminal, false,
                (Options){ .all = true });
        check_triggers("timers-none.txt", "timers.json", TRIGGER_TIMER, &color_terminal, true,
                (Options){ .types = services });
        check_triggers("timers-bare.txt", "timers.json", TRIGGER_TIMER, &plain_terminal, false,
                (Options){ .no_legend = true });
        check_triggers("sockets.txt", "sockets.json", TRIGGER_SOCKET, &plain_terminal, false, (Options){});
        check_triggers("sockets-types.txt", "sockets.json", TRIGGER_SOCKET, &plain_terminal, true,
                (Options){ .show_types = true });
        check_triggers("paths.txt", "paths.json", TRIGGER_PATH, &plain_terminal, false, (Options){});
}

static char *shaped(const char *data, TriggerKind kind, const Options *o) {
        _cleanup_reply_ json_object *accounts = fixture_json(data);
        JsonList list = { .mode = OUTPUT_JSON };
        char *text = NULL;
        size_t size;

        list.f = open_memstream(&text, &size);
        for (size_t i = 0; i < reply_length(accounts); i++) {
                json_object *account = reply_item(accounts, i);
                json_object *rows = reply_array(account, trigger_member(kind));

                for (size_t k = 0; k < reply_length(rows); k++) {
                        _cleanup_reply_ json_object *row = NULL;

                        assert_int_equal(trigger_shape_json(kind, o, reply_item(rows, k), &row), 0);
                        assert_int_equal(
                                json_list_add(&list, reply_string(account, "account"), row, NULL), 0);
                }
        }
        json_list_end(&list);
        fclose(list.f);
        return text;
}

static void test_trigger_json(void **state) {
        static const struct {
                const char *data;
                TriggerKind kind;
                Options options;
                const char *text;
        } cases[] = {
                { "sockets.json", TRIGGER_SOCKET, {},
                        "[{\"account\":\"svc-web\",\"listen\":\"[::]:8080\",\"unit\":\"web.socket\","
                        "\"activates\":\"web.service\"},"
                        "{\"account\":\"svc-web\",\"listen\":\"/run/user/1101/fifo\",\"unit\":\"web.socket\","
                        "\"activates\":\"web.service\"}]\n" },
                { "paths.json", TRIGGER_PATH, {},
                        "[{\"account\":\"svc-web\",\"path\":\"/home/svc-web/in\",\"condition\":\"DirectoryNotEmpty\","
                        "\"unit\":\"in.path\",\"activates\":\"in.service\"}]\n" },
        };
        _cleanup_free_ char *timers = NULL, *types = NULL;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = shaped(cases[i].data, cases[i].kind, &cases[i].options);

                assert_string_equal(text, cases[i].text);
        }

        timers = shaped("timers.json", TRIGGER_TIMER, &(Options){});
        assert_golden("timers-json.txt", timers);
        types = shaped("sockets.json", TRIGGER_SOCKET, &(Options){ .show_types = true });
        assert_non_null(strstr(types, "\"listen\":\"[::]:8080\",\"type\":\"Stream\",\"unit\""));
}

static void check_tree(const char *golden, const Terminal *t, Options options) {
        Client c = { .terminal = *t, .options = options };
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        Capture capture;

        capture = capture_begin();
        feed(&c, "dependencies.json", true, dependencies_print, &n);
        text = capture_end(capture);
        assert_golden(golden, text);
}

static void test_dependencies(void **state) {
        check_tree("dependencies.txt", &plain_terminal, (Options){});
        check_tree("dependencies-color.txt", &color_terminal, (Options){ .full = true });
        check_tree("dependencies-ascii.txt", &ascii_terminal, (Options){});
        check_tree("dependencies-plain.txt", &plain_terminal, (Options){ .plain = true });
}

static void check_manager(const char *golden, const Terminal *t) {
        _cleanup_free_ char *text = NULL, *still = NULL;
        Client c = { .terminal = *t };
        size_t n = 0;
        Capture capture;

        capture = capture_begin();
        feed(&c, "manager.json", true, manager_print, &n);
        text = capture_end(capture);
        still = without_ago(text);
        assert_golden(golden, still);
}

static void test_manager(void **state) {
        check_manager("manager.txt", &plain_terminal);
        check_manager("manager-color.txt", &color_terminal);
}

/* What is printed in parts is one table. */
static void test_parts(void **state) {
        static const TableColumn columns[] = { { "NAME", 0 }, { "N", COLUMN_RIGHT }, { "TEXT", 0 } };
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTSOF(columns));
        _cleanup_free_ char *text = NULL;
        Capture capture = capture_begin();

        assert_non_null(t);
        assert_int_equal(table_print(t, &plain_terminal, TABLE_HEADER), 0);
        for (size_t part = 0; part < 3; part++) {
                assert_int_equal(table_add(t, part == 0 ? "longest" : "x", COLOR_NONE), 0);
                assert_int_equal(table_add_u64(t, part == 1 ? 12345 : 1, COLOR_NONE), 0);
                assert_int_equal(table_add(t, "y", COLOR_NONE), 0);
                assert_int_equal(table_print(t, &plain_terminal, TABLE_HEADER), 0);
                assert_int_equal(table_rows(t), part + 1);
                assert_true(table_is_begun(t));
        }
        assert_int_equal(table_print(t, &plain_terminal, TABLE_HEADER), 0);
        text = capture_end(capture);
        assert_string_equal(text,
                "NAME N TEXT\n"
                "NAME    N TEXT\n"
                "longest 1 y\n"
                "x       12345 y\n"
                "x           1 y\n");
}

static void test_full(void **state) {
        static const TableColumn columns[] = { { "NAME", 0 } };
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTSOF(columns));

        assert_non_null(t);
        for (size_t i = 0; !table_is_full(t); i++) {
                assert_true(i < 100000);
                assert_int_equal(table_add(t, "x", COLOR_NONE), 0);
        }
        assert_true(table_rows(t) > 1000);
}

static size_t memory_in_use(void) {
        struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

/* A list over many accounts takes no more memory than one over some. */
static void test_memory(void **state) {
        _cleanup_(unit_list_done) UnitList list = {};
        _cleanup_free_ char *text = NULL;
        Client c = { .terminal = plain_terminal, .options = { .no_pager = true } };
        size_t before = memory_in_use(), lines = 0;
        Capture capture = capture_begin();

        assert_int_equal(unit_list_init(&list, true), 0);
        for (size_t i = 0; i < 20000; i++)
                feed(&c, "units.json", true, unit_list_add, &list);
        assert_true(memory_in_use() - before < 8U * 1024 * 1024);
        assert_int_equal(unit_list_print(&list, &c), 0);
        text = capture_end(capture);

        for (const char *p = text; (p = strchr(p, '\n')); p++)
                lines++;
        assert_int_equal(lines, 80000 + 9);
        assert_non_null(strstr(text, "80000 loaded units listed."));
}

/* Answers of accounts that were named come as they were named. */
static void test_order(void **state) {
        _cleanup_reply_ json_object *accounts = fixture_json("timers.json"); /* svc-web 1101, svc-api 905 */
        static const struct {
                const char *account, *other;
                const char *target, *next;
                bool named, pattern;
                size_t first;
        } cases[] = {
                { "svc-api", "svc-web", NULL, NULL, true, false, 1 },
                { "1101", "905", NULL, NULL, true, false, 0 },
                { NULL, NULL, "svc-api/a.service", "svc-web/b.service", true, false, 1 },
                { NULL, NULL, "svc-api/a*.service", "svc-web/b.service", true, false, 1 },
                { NULL, NULL, "905/a.service", "svc-w*/b.service", false, true, 0 },
                { "svc-*", NULL, NULL, NULL, false, true, 0 },
                { NULL, NULL, NULL, NULL, false, false, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char *list[] = { (char *) cases[i].account, (char *) cases[i].other, NULL };
                char *targets[] = { (char *) cases[i].target, (char *) cases[i].next, NULL };
                Parameters p = { .accounts = list, .targets = targets };
                _cleanup_free_ size_t *order = accounts_order(accounts, &p);

                assert_non_null(order);
                assert_int_equal(accounts_by_name(&p), cases[i].named);
                assert_int_equal(accounts_by_pattern(&p), cases[i].pattern);
                assert_int_equal(order[0], cases[i].first);
                assert_int_equal(order[1], 1 - cases[i].first);
        }
}

static void check_interleaved(const char *const *targets, const char *expected) {
        _cleanup_reply_ json_object *accounts = fixture_json("units.json"), *array = NULL;
        Parameters p = { .targets = (char **) targets };
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_int_equal(accounts_interleave(accounts, &p, &array), 0);
        for (size_t i = 0; i < reply_length(array); i++) {
                json_object *account = reply_item(array, i), *units = reply_array(account, "units");

                fprintf(f, "%s %u:", reply_string(account, "account"),
                        (unsigned) reply_u64(account, "uid", 0));
                for (size_t k = 0; k < reply_length(units); k++)
                        fprintf(f, " %s", reply_string(reply_item(units, k), "unit"));
                fputc('\n', f);
        }
        fclose(f);
        assert_string_equal(text, expected);
}

static void test_interleaved(void **state) {
        check_interleaved((const char *const[]){ "svc-web/app.service", "905/api.service",
                                  "svc-web/gone.service", "svc-web/app.service", NULL },
                "svc-web 1101: app.service\nsvc-api 905: api.service\nsvc-web 1101: gone.service app.service\n");
        /* In a row anyway, not there, a pattern. */
        check_interleaved((const char *const[]){ "svc-web/app.service", "svc-web/gone.service",
                                  "svc-api/api.service", NULL },
                "");
        check_interleaved((const char *const[]){ "svc-web/app.service", "svc-api/other.service",
                                  "svc-web/gone.service", NULL },
                "");
        check_interleaved((const char *const[]){ "svc-web/app.service", "svc-api/api.service",
                                  "svc-web/g*.service", NULL },
                "");
}

static void test_quote(void **state) {
        static const struct {
                const char *value;
                const char *text;
        } cases[] = {
                { "", "" },
                { "plain", "plain" },
                { "/usr/bin:/bin", "/usr/bin:/bin" },
                { "~x", "~x" },
                { "b c", "$'b c'" },
                { "it's", "$'it\\'s'" },
                { "a\\b$x", "$'a\\\\b$x'" },
                { "a\nb\tc", "$'a\\nb\\tc'" },
                { "\033[31m", "$'\\033[31m'" },
                { "a*", "$'a*'" },
                { "ä", "ä" },
                { "ä b", "$'ä b'" },
                { "\302\233m", "$'\\302\\233m'" },
                { "\342\200\256x", "$'\\342\\200\\256x'" },
                { "\377", "$'\\377'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = shell_quote_value(cases[i].value);

                assert_string_equal(text, cases[i].text);
        }
}

/* Whoever has a shell read it must not run what an account calls a variable. */
static void test_assignment(void **state) {
        static const char *const none[] = { "", "=x", "A", "A B=c", "A;reboot #=x", "$(reboot)=x", "1A=x",
                "A\nB=c", "\303\244=x", "A-B=c" };
        char *text = NULL;

        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                assert_int_equal(shell_assignment(none[i], &text), 0);
        assert_null(text);
        assert_int_equal(shell_assignment("_a1=b c=d", &text), 1);
        assert_string_equal(text, "_a1=$'b c=d'");
        free(text);
        assert_int_equal(shell_assignment("A=", &text), 1);
        assert_string_equal(text, "A=");
        free(text);
}

static void test_words(void **state) {
        assert_true(unit_type_is_valid("timer"));
        assert_false(unit_type_is_valid("snapshot"));
        assert_true(load_state_is_valid("masked"));
        assert_true(unit_state_is_valid("auto-restart"));
        assert_true(unit_state_is_valid("linked-runtime"));
        assert_false(unit_state_is_valid("broken"));
        assert_string_equal(unit_state_suggest("faild"), "failed");
        assert_null(unit_state_suggest("something else"));
        assert_string_equal(unit_type_of("a.b.timer"), "timer");
        assert_null(unit_type_of("a"));
}

static void test_foreign(void **state) {
        static const char *const verbs[] = { "edit", "isolate", "reboot", "soft-reboot", "bind",
                "list-machines", "log-level", "list-automounts", "exit", "default" };

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                assert_non_null(foreign_verb_find(verbs[i]));
        /* Nothing of ours is refused. */
        for (size_t i = 0; verb_get(i); i++)
                assert_null(foreign_verb_find(verb_get(i)->name));
        assert_null(foreign_verb_find("frobnicate"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_triggers),
                cmocka_unit_test(test_trigger_json),
                cmocka_unit_test(test_dependencies),
                cmocka_unit_test(test_manager),
                cmocka_unit_test(test_parts),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_memory),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_interleaved),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_assignment),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_foreign),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return EXIT_FAILURE;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
