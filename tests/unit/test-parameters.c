/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Requests, good and bad. A bad one is refused with its place named, and nothing of it is handed out.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json-write.h"
#include "common/limits.h"
#include "common/parameters.h"
#include "common/strv.h"
#include "tests/unit/failing-alloc.h"

static void check_bad_n(const char *text, size_t n, ErrorCode code, const char *place, const char *reason) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        Parameters p = PARAMETERS_NULL, empty = PARAMETERS_NULL;
        const Method *method = NULL;
        char *copy = malloc(n ? n : 1); /* without a NUL behind it: reading on would be seen */
        int r;

        assert_non_null(copy);
        memcpy(copy, text, n);
        r = request_parse(copy, n, &method, &p, &error);
        free(copy);

        if (r >= 0)
                fail_msg("passed: %.200s", text);
        assert_int_equal(error.code, code);
        assert_null(method);
        assert_memory_equal(&p, &empty, sizeof(p));
        if (!strstr(error_message(&error), place) || !strstr(error_message(&error), reason))
                fail_msg("%.200s: %s", text, error_message(&error));
        assert_true(endswith(error_message(&error), "."));
        assert_null(strpbrk(error_message(&error), "\n\t\x1b"));
}

static void check_bad(const char *text, const char *place, const char *reason) {
        check_bad_n(text, strlen(text), ERROR_INVALID_REQUEST, place, reason);
}

static const Method *check_good(const char *text, Parameters *ret) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        const Method *method = NULL;

        parameters_done(ret);
        if (request_parse(text, strlen(text), &method, ret, &error) < 0)
                fail_msg("%s: %s", text, error_message(&error));
        assert_non_null(method);
        return method;
}

static void test_good(void **state) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;

        assert_int_equal(check_good("{\"method\":\"units.list\"}", &p)->id, METHOD_UNITS_LIST);
        assert_null(p.accounts);
        assert_false(p.all);

        assert_int_equal(
                check_good("{\"method\":\"access.list\",\"parameters\":{}}", &p)->id, METHOD_ACCESS_LIST);

        /* In any order, with any white space and any spelling of the same characters. */
        assert_int_equal(
                check_good(
                        " {\n\"param\\u0065ters\" : { \"\\u0075nits\" : [ \"a\\u002eservice\" , \"b\" ],\t"
                        "\"accounts\":[\"svc-web\"], \"no_block\" : true, \"mode\":\"fail\" } ,"
                        "\"method\" : \"units\\u002erestart\" }\r\n",
                        &p)
                        ->id,
                METHOD_UNITS_RESTART);
        assert_int_equal(strv_length(p.units), 2);
        assert_string_equal(p.units[0], "a.service");
        assert_string_equal(p.units[1], "b");
        assert_string_equal(p.accounts[0], "svc-web");
        assert_string_equal(p.mode, "fail");
        assert_true(p.no_block);
        assert_null(p.targets);

        /* None is not the same as not given. */
        (void) check_good("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[],\"all\":false}}", &p);
        assert_non_null(p.accounts);
        assert_int_equal(strv_length(p.accounts), 0);
        assert_false(p.all);

        (void) check_good(
                "{\"method\":\"units.list\",\"parameters\":{\"types\":[\"timer\",\"service\",\"timer\"]}}",
                &p);
        assert_int_equal(strv_length(p.types), 3);
}

static void test_not_json(void **state) {
        check_bad("", "offset 0", "");
        check_bad(" ", "offset 1", "");
        check_bad("{", "offset 1", "");
        check_bad("{\"method\":\"units.list\"", "offset 22", "");
        check_bad("{\"method\":\"units.list\",}", "offset 23", "");
        check_bad("{\"method\":\"units.list\"} x", "offset 24", "");
        check_bad("{\"method\":\"units.list\"}{}", "offset 23", "");
        check_bad("{'method':'units.list'}", "offset 1", "");
        check_bad("{\"method\":\"units.list\" /* */}", "offset 23", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"all\":True}}", "offset", "");
        check_bad("{\"method\":\"units.list\",\n\"parameters\":{\"all\":NaN}}", "line 2, column 21", "");
        check_bad("\xef\xbb\xbf{\"method\":\"units.list\"}", "offset 0", "");
        check_bad_n("{\"method\":\"units.list\"}\0", 24, ERROR_INVALID_REQUEST, "offset 23", "");
        check_bad_n("{\"method\":\"units\0list\"}", 23, ERROR_INVALID_REQUEST, "offset 16", "");
        check_bad("{\"method\":\"units.\xff\"}", "offset 17", "");
        check_bad("{\"method\":\"units.\xc0\xaf\"}", "offset 17", "");
        check_bad("{\"method\":\"units.\xed\xa0\x80\"}", "offset 17", "");
        check_bad("{\"method\":\"units.\nlist\"}", "offset 17", "");
}

static void test_bad_strings(void **state) {
        check_bad("{\"method\":\"units.list\\u0000\"}", "method", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"a\",\"b\\u0000\"]}}",
                "parameters.accounts[1]", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"\\ud800\"]}}",
                "parameters.accounts[0]", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"\\udc00\\ud800\"]}}",
                "parameters.accounts[0]", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"\\ud83dx\"]}}",
                "parameters.accounts[0]", "");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"\\x\"]}}",
                "parameters.accounts[0]", "");
}

static void test_duplicates(void **state) {
        check_bad("{\"method\":\"units.list\",\"method\":\"units.stop\"}", "offset", "duplicate");
        check_bad("{\"method\":\"units.list\",\"\\u006dethod\":\"units.stop\"}", "offset", "duplicate");
        check_bad("{\"method\":\"units.list\",\"parameters\":{},\"parameters\":{}}", "offset", "duplicate");
        check_bad("{\"method\":\"units.stop\",\"parameters\":{\"units\":[\"a\"],\"units\":[\"b\"]}}",
                "parameters", "duplicate");
        check_bad("{\"method\":\"units.stop\",\"parameters\":{\"units\":[\"a\"],\"unit\\u0073\":[\"b\"]}}",
                "parameters", "duplicate");
        check_bad("{\"parameters\":{\"x\":{\"a\":1,\"\\u0061\":2}},\"method\":\"units.stop\"}", "parameters",
                "duplicate");
}

static void test_wrong_shape(void **state) {
        check_bad("[]", "offset 0", "object");
        check_bad("\"units.list\"", "offset 0", "object");
        check_bad("null", "offset 0", "object");
        check_bad("{}", "", "no \"method\"");
        check_bad("{\"parameters\":{}}", "", "no \"method\"");
        check_bad("{\"method\":7}", "in method", "must be a string");
        check_bad("{\"method\":null}", "in method", "must be a string");
        check_bad("{\"method\":{}}", "in method", "must be a string");
        check_bad("{\"method\":[\"units.list\"]}", "in method", "must be a string");
        check_bad("{\"method\":\"units.list\",\"parameters\":[]}", "in parameters", "must be an object");
        check_bad("{\"method\":\"units.list\",\"parameters\":null}", "in parameters", "must be an object");
        check_bad("{\"method\":\"units.list\",\"parameters\":\"x\"}", "in parameters", "must be an object");
        check_bad("{\"method\":\"units.list\",\"more\":true}", "offset 23", "unknown member");
        check_bad("{\"Method\":\"units.list\"}", "offset 1", "unknown member");
        check_bad("{\"method\":\"units.list\",\"parameters\":{},\"\":1}", "offset", "unknown member");
}

static void test_wrong_parameters(void **state) {
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"unit\":[\"a\"]}}", "parameters",
                "no such parameter");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"Accounts\":[]}}", "parameters",
                "no such parameter");
        /* Of another method. */
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"no_block\":true}}", "parameters",
                "no such parameter");
        check_bad("{\"parameters\":{\"units\":[]},\"method\":\"manager.stop\"}", "parameters",
                "no such parameter");
        check_bad("{\"method\":\"access.list\",\"parameters\":{\"accounts\":[]}}", "parameters",
                "no such parameter");

        check_bad(
                "{\"method\":\"units.list\",\"parameters\":{\"all\":1}}", "parameters.all", "true or false");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"all\":\"true\"}}", "parameters.all",
                "true or false");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"all\":null}}", "parameters.all",
                "true or false");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"all\":[true]}}", "parameters.all",
                "true or false");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":\"a\"}}", "parameters.accounts",
                "array of strings");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":{}}}", "parameters.accounts",
                "array of strings");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":null}}", "parameters.accounts",
                "array of strings");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"a\",1101]}}",
                "parameters.accounts[1]", "array of strings");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[[\"a\"]]}}",
                "parameters.accounts[0]", "array of strings");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"accounts\":[{\"a\":\"b\"}]}}",
                "parameters.accounts[0]", "array of strings");
        check_bad("{\"method\":\"units.kill\",\"parameters\":{\"signal\":9}}", "parameters.signal",
                "must be a string");
        check_bad("{\"method\":\"units.kill\",\"parameters\":{\"signal\":[\"9\"]}}", "parameters.signal",
                "must be a string");

        check_bad("{\"method\":\"units.kill\",\"parameters\":{\"whom\":\"everyone\"}}", "parameters.whom",
                "values");
        check_bad("{\"method\":\"units.kill\",\"parameters\":{\"whom\":\"\"}}", "parameters.whom", "values");
        check_bad("{\"method\":\"units.start\",\"parameters\":{\"mode\":\"Replace\"}}", "parameters.mode",
                "values");
        check_bad("{\"method\":\"units.list\",\"parameters\":{\"types\":[\"service\",\"daemon\"]}}",
                "parameters.types[1]", "values");
}

static void check_no_such_method(const char *text, const char *suggestion) {
        check_bad_n(text, strlen(text), ERROR_NO_SUCH_METHOD, "no such method", suggestion);
}

static void test_unknown_method(void **state) {
        check_no_such_method("{\"method\":\"units.frobnicate\"}", "Describe");
        check_no_such_method("{\"method\":\"\"}", "Describe");
        check_no_such_method("{\"method\":\"units.lst\"}", "\"units.list\"");
        check_no_such_method("{\"method\":\"units.list \"}", "\"units.list\"");
        check_no_such_method("{\"method\":\"\\u001b[31m\"}", "Describe");
        /* What it would take is not looked at, but it has to be JSON. */
        check_no_such_method("{\"method\":\"x\",\"parameters\":{\"a\":[{\"b\":null}]}}", "Describe");
        check_bad("{\"method\":\"x\",\"parameters\":{\"a\":[{\"b\":nul}]}}", "parameters.a[0].b", "");
}

/* A request of exactly n bytes, padded with white space. */
static char *padded(size_t n) {
        static const char head[] = "{\"method\":\"units.list\"";
        char *text = malloc(n + 1);

        assert_non_null(text);
        memset(text, ' ', n);
        memcpy(text, head, strlen(head));
        text[n - 1] = '}';
        text[n] = 0;
        return text;
}

static void test_size(void **state) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
        _cleanup_free_ char *fits = padded(REQUEST_SIZE_MAX), *over = padded(REQUEST_SIZE_MAX + 1);

        (void) check_good(fits, &p);
        check_bad(over, "offset", "");
}

static void test_depth(void **state) {
        char text[256];

        for (unsigned depth = 1; depth < 60; depth++) {
                size_t n = (size_t) snprintf(
                        text, sizeof(text), "{\"method\":\"units.list\",\"parameters\":{\"accounts\":");

                for (unsigned i = 0; i < depth; i++)
                        text[n++] = '[';
                for (unsigned i = 0; i < depth; i++)
                        text[n++] = ']';
                (void) snprintf(text + n, sizeof(text) - n, "}}");
                if (depth > 1)
                        check_bad(text, "parameters.accounts", "");
        }
}

static char *with_items(size_t n) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);
        char *text;

        json_begin_object(&w);
        json_write_key_string(&w, "method", "units.list");
        json_write_key(&w, "parameters");
        json_begin_object(&w);
        json_write_key(&w, "units");
        json_begin_array(&w);
        for (size_t i = 0; i < n; i++)
                json_write_string(&w, "a.service");
        json_end_array(&w);
        json_end_object(&w);
        json_end_object(&w);
        assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
        return text;
}

static void test_items(void **state) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
        _cleanup_free_ char *fits = with_items(PARAMETER_ITEMS_MAX),
                            *over = with_items(PARAMETER_ITEMS_MAX + 1);

        (void) check_good(fits, &p);
        assert_int_equal(strv_length(p.units), PARAMETER_ITEMS_MAX);
        check_bad(over, "parameters.units[4096]", "too many");
}

/* Cut off anywhere it is refused, and nothing is lost or read beyond the end. */
static void test_every_prefix(void **state) {
        static const char text[] =
                "{\"parameters\":{\"units\":[\"a\\u0062\",\"\\ud83d\\ude00\"],\"no_block\":true,"
                "\"mode\":\"fail\",\"accounts\":[]},\"method\":\"units.restart\"}";
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;

        (void) check_good(text, &p);
        for (size_t n = 0; n < strlen(text); n++)
                check_bad_n(text, n, ERROR_INVALID_REQUEST, "", "");
}

/* Some value in each member that the row takes. */
static void fill(const Method *method, Parameters *p) {
        for (const Parameter *row = method->parameters; row->name; row++) {
                void *member = (uint8_t *) p + row->offset;
                const char *value = row->choices ? row->choices[0] : "ü \"\\\n\x7f/*";

                switch (row->type) {
                case PARAMETER_BOOLEAN:
                        *(bool *) member = true;
                        break;
                case PARAMETER_STRING:
                        *(char **) member = strdup(value);
                        assert_non_null(*(char **) member);
                        break;
                case PARAMETER_STRINGS:
                        assert_int_equal(strv_extend(member, value), 0);
                        assert_int_equal(strv_extend(member, row->choices ? row->choices[1] : ""), 0);
                        break;
                case PARAMETER_UNSIGNED:
                        *(uint64_t *) member = UNSIGNED_MAX;
                        break;
                }
        }
}

static char *written(const Method *method, const Parameters *p) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REQUEST_SIZE_MAX);
        char *text;

        json_begin_object(&w);
        json_write_key_string(&w, "method", method->name);
        json_write_key(&w, "parameters");
        parameters_write(p, method, &w);
        json_end_object(&w);
        assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
        return text;
}

static void test_round_trip(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *method = method_get(id);
                _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL, q = PARAMETERS_NULL;
                _cleanup_free_ char *empty = written(method, &p), *first = NULL, *second = NULL;

                assert_ptr_equal(check_good(empty, &q), method);
                fill(method, &p);
                first = written(method, &p);
                assert_string_not_equal(first, method->parameters[0].name ? empty : "");
                assert_ptr_equal(check_good(first, &q), method);
                second = written(method, &q);
                assert_string_equal(first, second);
        }
}

/* What another row takes is not written: a method never hands on what it does not have. */
static void test_write_own_members_only(void **state) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
        _cleanup_free_ char *text = NULL;

        fill(method_find("units.restart"), &p);
        text = written(method_find("manager.stop"), &p);
        assert_null(strstr(text, "units"));
        assert_null(strstr(text, "no_block"));
        assert_non_null(strstr(text, "accounts"));
}

static void test_allocation_failures(void **state) {
        static const char text[] =
                "{\"method\":\"units.kill\",\"parameters\":{\"accounts\":[\"a\",\"b\"],\"units\":[],"
                "\"signal\":\"TERM\",\"whom\":\"main\"}}";
        size_t count;

        /* What request_parse() says without memory is "Internal", whose errno is another one. */
        for (count = 0;; count++) {
                _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
                _cleanup_(error_done) Error error = ERROR_NULL;
                const Method *method = NULL;
                int r;

                allocations_left = (long) count;
                r = request_parse(text, strlen(text), &method, &p, &error);
                allocations_left = -1;
                if (r == 0)
                        break;
                assert_int_equal(error.code, ERROR_INTERNAL);
                assert_null(method);
                assert_null(p.accounts);
        }
        assert_true(count >= 8);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_not_json),
                cmocka_unit_test(test_bad_strings),
                cmocka_unit_test(test_duplicates),
                cmocka_unit_test(test_wrong_shape),
                cmocka_unit_test(test_wrong_parameters),
                cmocka_unit_test(test_unknown_method),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_items),
                cmocka_unit_test(test_every_prefix),
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_write_own_members_only),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
