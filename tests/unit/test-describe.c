/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The contract as JSON: everything of the tables is in it, and it is read here with a parser that is not
 * ours.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "common/error.h"
#include "common/json-scan.h"
#include "common/limits.h"
#include "daemon/describe.h"

DEFINE_CLEANUP(json_object *, json_object_put);

static json_object *described(const Method *only) {
        static const JsonLimits limits = { .max_length = REPLY_SIZE_MAX, .max_depth = REQUEST_DEPTH_MAX };
        _cleanup_free_ char *text = NULL;
        json_object *object;

        assert_int_equal(describe(only, &text), 0);
        assert_int_equal(json_scan(text, strlen(text), &limits, NULL, NULL, NULL), 0);
        object = json_tokener_parse(text);
        assert_non_null(object);
        return object;
}

static json_object *get(json_object *object, const char *key) {
        json_object *value = NULL;

        assert_true(json_object_object_get_ex(object, key, &value));
        return value;
}

static void check_string(json_object *object, const char *key, const char *expected) {
        if (expected)
                assert_string_equal(json_object_get_string(get(object, key)), expected);
        else
                assert_null(get(object, key));
}

static void check_parameters(json_object *list, const Parameter *row) {
        size_t n = 0;

        for (; row[n].name; n++) {
                json_object *p = json_object_array_get_idx(list, n), *choices;

                check_string(p, "name", row[n].name);
                check_string(p, "type", parameter_type_to_string(row[n].type));
                check_string(p, "doc", row[n].doc);
                assert_true(json_object_object_get_ex(p, "choices", &choices) == (row[n].choices != NULL));
                for (size_t i = 0; row[n].choices && row[n].choices[i]; i++)
                        assert_string_equal(json_object_get_string(json_object_array_get_idx(choices, i)),
                                row[n].choices[i]);
        }
        assert_int_equal(json_object_array_length(list), n);
}

static void check_fields(json_object *list, const Field *row) {
        size_t n = 0;

        for (; row[n].name; n++) {
                json_object *f = json_object_array_get_idx(list, n), *fields;

                check_string(f, "name", row[n].name);
                check_string(f, "type", field_type_to_string(row[n].type));
                check_string(f, "doc", row[n].doc);
                assert_true(json_object_get_boolean(get(f, "optional")) == row[n].optional);
                assert_true(json_object_object_get_ex(f, "fields", &fields) == (row[n].fields != NULL));
                if (row[n].fields)
                        check_fields(fields, row[n].fields);
        }
        assert_int_equal(json_object_array_length(list), n);
}

static void check_method(json_object *m, const Method *row) {
        check_string(m, "name", row->name);
        check_string(m, "verb", row->verb);
        check_string(m, "doc", row->doc);
        check_string(m, "action_own", action_to_id(row->own));
        check_string(m, "action_other", action_to_id(row->other));
        check_string(m, "place", place_to_string(row->place));
        assert_int_equal(json_object_get_int64(get(m, "deadline_sec")), row->deadline_sec);
        assert_true(json_object_get_boolean(get(m, "changes")) == method_is(row, METHOD_CHANGES));
        assert_true(json_object_get_boolean(get(m, "waits")) == method_is(row, METHOD_WAITS));
        assert_true(json_object_get_boolean(get(m, "reply_descriptors")) == method_is(row, METHOD_REPLY_FD));
        assert_int_equal(json_object_get_int64(get(m, "request_descriptors")), row->request_fds);
        assert_int_equal(json_object_array_length(get(m, "kinds")),
                method_is(row, METHOD_STREAMS) && !method_is(row, METHOD_ONLY_STREAMS) ? 2 : 1);
        check_string(m, "action_every", action_to_id(row->every));
        check_parameters(get(m, "parameters"), row->parameters);
        check_fields(get(m, "result"), row->result);
}

static void test_methods(void **state) {
        _cleanup_(json_object_putp) json_object *object = described(NULL);
        json_object *methods = get(object, "methods");

        assert_int_equal(json_object_array_length(methods), _METHOD_MAX);
        for (MethodId id = 0; id < _METHOD_MAX; id++)
                check_method(json_object_array_get_idx(methods, id), method_get(id));
}

static void test_one_method(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                _cleanup_(json_object_putp) json_object *object = described(method_get(id));
                json_object *methods = get(object, "methods");

                assert_int_equal(json_object_array_length(methods), 1);
                check_method(json_object_array_get_idx(methods, 0), method_get(id));
        }
}

static void test_head(void **state) {
        _cleanup_(json_object_putp) json_object *object = described(NULL);
        json_object *errors = get(object, "errors"), *actions = get(object, "actions"),
                    *limits = get(object, "limits");
        size_t n = 0;

        assert_int_equal(json_object_get_int(get(object, "schema")), CONTRACT_SCHEMA);
        check_string(object, "version", VERSION);
        check_string(object, "bus_name", BUS_NAME);
        check_string(object, "path", BUS_PATH);
        check_string(object, "interface", BUS_INTERFACE);

        assert_int_equal(json_object_array_length(errors), _ERROR_MAX - 1);
        for (ErrorCode code = 1; code < _ERROR_MAX; code++) {
                json_object *e = json_object_array_get_idx(errors, (size_t) code - 1);

                check_string(e, "name", error_code_to_string(code));
                check_string(e, "bus_name", error_code_to_bus_name(code));
                check_string(e, "doc", error_code_doc(code));
                assert_int_equal(json_object_get_int(get(e, "exit_code")), error_code_to_exit(code));
        }

        for (Action action = 0; action < _ACTION_MAX; action++) {
                json_object *a;

                if (!action_to_id(action))
                        continue;
                a = json_object_array_get_idx(actions, n++);
                check_string(a, "id", action_to_id(action));
                check_string(a, "default", action_default(action));
                check_string(a, "doc", action_doc(action));
        }
        assert_int_equal(json_object_array_length(actions), n);

        for (size_t i = 0; i < json_object_array_length(limits); i++) {
                json_object *limit = json_object_array_get_idx(limits, i);

                assert_true(json_object_get_int64(get(limit, "value")) > 0);
                if (i > 0)
                        assert_true(strcmp(json_object_get_string(
                                                   get(json_object_array_get_idx(limits, i - 1), "name")),
                                            json_object_get_string(get(limit, "name"))) < 0);
                if (streq(json_object_get_string(get(limit, "name")), "request_size"))
                        assert_int_equal(json_object_get_int64(get(limit, "value")), REQUEST_SIZE_MAX);
        }
        assert_true(json_object_array_length(limits) >= 17);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_methods),
                cmocka_unit_test(test_one_method),
                cmocka_unit_test(test_head),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
