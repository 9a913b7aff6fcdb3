/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * show against systemctl's own text: properties and `systemctl --user show` of the same moment, from
 * Debian 13.
 */

#include "tests/unit/client-fixture.h"

#include <time.h>

#include "client/property/property.h"

typedef struct Printed {
        FILE *f;
        const char *name;
        bool empty;
} Printed;

static int print_value(const char *value, void *userdata) {
        Printed *p = userdata;

        if (*value || p->empty)
                fprintf(p->f, "%s=%s\n", p->name, value);
        return 0;
}

static char *show(json_object *properties, bool empty) {
        Printed p = { .empty = empty };
        size_t size;
        char *text;

        p.f = open_memstream(&text, &size);
        assert_non_null(p.f);
        json_object_object_foreach(properties, name, value) {
                p.name = name;
                assert_int_equal(property_format(name, value, empty, print_value, &p), 0);
        }
        fclose(p.f);
        return text;
}

static void compare_with_systemctl(const char *name) {
        _cleanup_free_ char *all = NULL, *text = NULL, *expected_all = NULL, *expected = NULL;
        _cleanup_reply_ json_object *properties = NULL;
        char path[64];

        snprintf(path, sizeof(path), "show/%s.json", name);
        properties = fixture_json(path);
        snprintf(path, sizeof(path), "show/%s.all", name);
        expected_all = fixture_read(path);
        snprintf(path, sizeof(path), "show/%s.text", name);
        expected = fixture_read(path);

        all = show(properties, true);
        assert_string_equal(all, expected_all);
        text = show(properties, false);
        assert_string_equal(text, expected);
}

static void test_service(void **state) {
        compare_with_systemctl("service");
}

static void test_timer(void **state) {
        compare_with_systemctl("timer");
}

static void test_path(void **state) {
        compare_with_systemctl("path");
}

static void test_socket(void **state) {
        compare_with_systemctl("socket");
}

static void test_manager(void **state) {
        compare_with_systemctl("manager");
}

typedef struct Case {
        const char *name;
        const char *json;
        const char *line; /* NULL: nothing is printed */
} Case;

/* What the samples have not. */
static const Case cases[] = {
        { "UID", "4294967295", "UID=[not set]" },
        { "UID", "1101", "UID=1101" },
        { "IPIngressBytes", "18446744073709551615", "IPIngressBytes=[no data]" },
        { "MemoryCurrent", "18446744073709551615", "MemoryCurrent=[not set]" },
        { "MemoryMax", "18446744073709551615", "MemoryMax=infinity" },
        { "ActiveEnterTimestamp", "1795442074000000", "ActiveEnterTimestamp=Mon 2026-11-23 13:54:34 UTC" },
        { "Nice", "-5", "Nice=-5" },
        { "CoredumpFilter", "51", "CoredumpFilter=0x33" },
        { "StatusText", "\"a\\nb\"", "StatusText=[unprintable]" },
        { "Environment", "[\"A=\\n\\u0001\", \"\", \"B=`x`\"]",
                "Environment=\"A=\\n\\001\" \"\" \"B=\\`x\\`\"" },
        { "Names", "[]", "Names=" },
        { "Something", "{\"a\":1}", "Something=[unprintable]" },
        { "Something", "[[\"a\"]]", "Something=[unprintable]" },
        { "Something", "null", "Something=[unprintable]" },
        { "Something", "1.5", "Something=1.5" },
        { "LoadError", "[\"org.x.Y\",\"No.\"]", "LoadError=org.x.Y \"No.\"" },
        { "LoadError", "[\"\",\"\"]", "LoadError=" },
        { "EnvironmentFiles", "[[\"/a\",true]]", "EnvironmentFiles=/a (ignore_errors=yes)" },
        { "EnvironmentFiles", "[]", NULL },
        { "EnvironmentFiles", "[7, \"x\", []]", "EnvironmentFiles= (ignore_errors=no)" },
        { "BindPaths", "[[\"/a\",\"/b\",true,16384]]", "BindPaths=-/a:/b:rbind" },
        { "IPAddressAllow", "[[2,[10,0,0,0],8],[10,[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1],128]]",
                "IPAddressAllow=10.0.0.0/8 ::1/128" },
        { "IPAddressAllow", "[[2,[10],8],[99,[],1]]", "IPAddressAllow=" },
        { "SuccessExitStatus", "[[1,42],[9,15]]", "SuccessExitStatus=1 42 KILL TERM" },
        { "CPUAffinity", "[15,1]", "CPUAffinity=0-3 8" },
        { "StandardInputData", "[104,101,108,108,111]", "StandardInputData=aGVsbG8=" },
        { "InvocationID", "[1,171]", "InvocationID=01ab" },
        { "Job", "[7,\"/x\"]", "Job=7" },
        { "Job", "[0,\"/\"]", "Job=" },
        { "ExecStart", "[[\"/b\",[\"/b\",\"a b\"],false,0,0,18446744073709551615,0,9,2,15]]",
                "ExecStart={ path=/b ; argv[]=/b a b ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=9 "
                "; code=killed ; status=15/TERM }" },
        { "ExecStart", "[[]]",
                "ExecStart={ path= ; argv[]= ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; "
                "code=(null) ; status=0/0 }" },
        { "ExecSearchPath", "[\"/a\",\"/b\"]", "ExecSearchPath=/a /b" },
};

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_reply_ json_object *value = NULL, *properties = json_object_new_object();
                _cleanup_free_ char *text = NULL, *expected = NULL;

                value = json_tokener_parse(cases[i].json);
                json_object_object_add(properties, cases[i].name, TAKE_PTR(value));
                text = show(properties, true);
                assert_true(asprintf(&expected, "%s%s", strempty(cases[i].line),
                                    cases[i].line ? "\n" : "") >= 0);
                assert_string_equal(text, expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_service),
                cmocka_unit_test(test_timer),
                cmocka_unit_test(test_path),
                cmocka_unit_test(test_socket),
                cmocka_unit_test(test_manager),
                cmocka_unit_test(test_cases),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
