/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a worker may answer. A sound answer is made from each row of the contract and passes; then it is
 * broken in every way, member by member, and must not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json-write.h"
#include "common/limits.h"
#include "daemon/request/reply-check.h"
#include "tests/unit/failing-alloc.h"

/* How write_sound() is to break the answer at the nth member that it writes. */
typedef enum Break {
        BREAK_NOTHING,
        BREAK_LEAVE_OUT,
        BREAK_TYPE_NULL,
        BREAK_TYPE_STRING,
        BREAK_TYPE_NUMBER,
        BREAK_TYPE_NEGATIVE,
        BREAK_TYPE_FRACTION,
        BREAK_TYPE_BOOL,
        BREAK_TYPE_ARRAY,
        BREAK_TYPE_ARRAY_OF_NUMBERS,
        BREAK_TYPE_OBJECT,
        BREAK_UNKNOWN,
        BREAK_TWICE,
        _BREAK_MAX,
} Break;

typedef struct Sound {
        JsonWriter w;
        bool optional; /* write these too */
        Break how;
        size_t at;           /* counts down */
        const Field *broken; /* what was broken; NULL: the answer has fewer members */
} Sound;

static const char properties[] = "{\"Id\":\"x\",\"a\":{\"unit\":[[null,-1,1.5e3]]},\"error\":{}}";

static void write_members(Sound *s, const Field *fields);

static void write_value(Sound *s, const Field *field) {
        switch (field->type) {
        case FIELD_BOOLEAN:
                json_write_bool(&s->w, true);
                return;
        case FIELD_UNSIGNED:
                json_write_u64(&s->w, UINT64_MAX);
                return;
        case FIELD_STRING:
                json_write_string(&s->w, "NoSuchUnit");
                return;
        case FIELD_STRINGS:
                json_write_raw(&s->w, "[\"a\",\"b\"]", 9);
                return;
        case FIELD_OBJECT:
                json_begin_object(&s->w);
                write_members(s, field->fields);
                json_end_object(&s->w);
                return;
        case FIELD_OBJECTS:
                json_begin_array(&s->w);
                for (unsigned i = 0; i < 2; i++) {
                        json_begin_object(&s->w);
                        write_members(s, field->fields);
                        json_end_object(&s->w);
                }
                json_end_array(&s->w);
                return;
        case FIELD_PROPERTIES:
                json_write_raw(&s->w, properties, strlen(properties));
                return;
        }
}

static void write_broken(Sound *s, const Field *field) {
        static const char *const values[_BREAK_MAX] = {
                [BREAK_TYPE_NULL] = "null",
                [BREAK_TYPE_STRING] = "\"x\"",
                [BREAK_TYPE_NUMBER] = "1",
                [BREAK_TYPE_NEGATIVE] = "-1",
                [BREAK_TYPE_FRACTION] = "1.5",
                [BREAK_TYPE_BOOL] = "true",
                [BREAK_TYPE_ARRAY] = "[]",
                [BREAK_TYPE_ARRAY_OF_NUMBERS] = "[1]",
                [BREAK_TYPE_OBJECT] = "{\"x\":1}",
        };

        s->broken = field;
        if (s->how == BREAK_LEAVE_OUT)
                return;
        json_write_key(&s->w, s->how == BREAK_UNKNOWN ? "x" : field->name);
        if (values[s->how])
                json_write_raw(&s->w, values[s->how], strlen(values[s->how]));
        else
                write_value(s, field);
        if (s->how == BREAK_TWICE) {
                json_write_key(&s->w, field->name);
                write_value(s, field);
        }
}

static void write_members(Sound *s, const Field *fields) {
        for (const Field *f = fields; f->name; f++) {
                if (f->optional && !s->optional)
                        continue;
                if (s->how != BREAK_NOTHING && s->at-- == 0) {
                        write_broken(s, f);
                        continue;
                }
                json_write_key(&s->w, f->name);
                write_value(s, f);
        }
}

static char *sound(const Method *method, bool optional, Break how, size_t at, const Field **ret_broken) {
        Sound s = { .w = JSON_WRITER_INIT(FRAME_SIZE_MAX), .optional = optional, .how = how, .at = at };
        char *text;

        json_begin_object(&s.w);
        write_members(&s, method->result);
        json_end_object(&s.w);
        assert_int_equal(json_writer_finish(&s.w, &text, NULL), 0);
        if (ret_broken)
                *ret_broken = s.broken;
        return text;
}

/* Checks a copy without a NUL behind it, so that reading on would be seen. */
static int check(const char *json, const Method *method, ReplyFacts *ret, JsonFault *ret_fault) {
        size_t n = strlen(json);
        char *copy = malloc(n ? n : 1);
        ReplyFacts facts;
        JsonFault fault;
        int r;

        assert_non_null(copy);
        memcpy(copy, json, n);
        r = reply_check(copy, n, method, NULL, ret ?: &facts, ret_fault ?: &fault);
        if (r >= 0 && ret) {
                assert_true(ret->members >= copy && ret->members + ret->members_length <= copy + n);
                ret->members = json + (ret->members - copy);
        }
        free(copy);
        return r;
}

static void test_sound_answers(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *method = method_get(id);

                for (int optional = 0; optional < 2; optional++) {
                        _cleanup_free_ char *text = sound(method, optional, BREAK_NOTHING, 0, NULL);
                        ReplyFacts facts;

                        if (check(text, method, &facts, NULL) < 0)
                                fail_msg("%s: %s", method->name, text);
                        assert_int_equal(facts.members_length, strlen(text) - 2);
                        assert_ptr_equal(facts.members, text + 1);
                }
        }
}

/* Whether a break leaves a sound value of that type. */
static bool is_harmless(Break how, const Field *field) {
        switch (how) {
        case BREAK_LEAVE_OUT:
                return field->optional;
        case BREAK_TYPE_STRING:
                return field->type == FIELD_STRING;
        case BREAK_TYPE_NUMBER:
                return field->type == FIELD_UNSIGNED;
        case BREAK_TYPE_BOOL:
                return field->type == FIELD_BOOLEAN;
        case BREAK_TYPE_ARRAY:
                return field->type == FIELD_STRINGS || field->type == FIELD_OBJECTS;
        case BREAK_TYPE_OBJECT:
                return field->type == FIELD_PROPERTIES;
        default:
                return false;
        }
}

static void test_broken_answers(void **state) {
        size_t n = 0;

        for (MethodId id = 0; id < _METHOD_MAX; id++)
                for (Break how = BREAK_NOTHING + 1; how < _BREAK_MAX; how++)
                        for (size_t at = 0;; at++) {
                                const Field *broken = NULL;
                                _cleanup_free_ char *text = sound(method_get(id), true, how, at, &broken);
                                int r;

                                if (!broken)
                                        break;
                                /* The name of an error is one of the table's. */
                                if (how == BREAK_TYPE_STRING && streq(broken->name, "name"))
                                        continue;
                                r = check(text, method_get(id), NULL, NULL);
                                if (r != (is_harmless(how, broken) ? 0 : -EBADMSG))
                                        fail_msg("%s, %i at %zu: %s", method_get(id)->name, how, at, text);
                                n++;
                        }
        assert_true(n > 2000);
}

/* Cut off anywhere, or with anything behind it: it is not one object. */
static void test_one_object_and_nothing_else(void **state) {
        const Method *method = method_find("units.restart");
        _cleanup_free_ char *text = sound(method, true, BREAK_NOTHING, 0, NULL);
        size_t length = strlen(text);
        ReplyFacts facts;

        for (size_t n = 0; n < length; n++)
                assert_int_equal(reply_check(text, n, method, NULL, &facts, NULL), -EBADMSG);

        assert_int_equal(check("", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("[]", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("[{\"units\":[],\"changed\":true}]", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("null", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("\"x\"", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("{\"units\":[],\"changed\":true}{}", method, NULL, NULL), -EBADMSG);
        assert_int_equal(check("{\"units\":[],\"changed\":true},", method, NULL, NULL), -EBADMSG);
        assert_int_equal(
                check("{\"units\":[],\"changed\":true}\"account\":\"root\"", method, NULL, NULL), -EBADMSG);
        assert_int_equal(
                reply_check("{\"units\":[],\"changed\":true}\0", 28, method, NULL, &facts, NULL), -EBADMSG);
        assert_int_equal(check("{\"units\":[],\"changed\":true}", method, NULL, NULL), 0);
}

/* The daemon's own members of an account's object can never come from a worker. */
static void test_no_name_of_the_daemons(void **state) {
        static const char *const names[] = { "account", "uid", "manager", "error", "fd", "linger",
                "sessions", "login", "login_state", "refused", "end", "complete", "schema", "host",
                "machine_id", "time", "version", "accounts", "parameters" };

        /* Lines of userunit-journal go to the caller, and are no part of such an object. */
        for (MethodId id = 0; id < _METHOD_MAX; id++)
                for (const Field *f = method_get(id)->result;
                        method_get(id)->place != PLACE_JOURNAL && f->name; f++)
                        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                                assert_string_not_equal(f->name, names[i]);

        assert_int_equal(check("{\"units\":[],\"account\":\"root\"}", method_find("units.list"), NULL, NULL),
                -EBADMSG);
        assert_int_equal(
                check("{\"units\":[],\"\\u0061ccount\":\"root\"}", method_find("units.list"), NULL, NULL),
                -EBADMSG);
        assert_int_equal(
                check("{\"units\":[],\"unit\\u0073\":[]}", method_find("units.list"), NULL, NULL), -EBADMSG);
}

static void test_facts(void **state) {
        const Method *method = method_find("units.restart");
        const char *text =
                " { \n\"units\" : [ {\"unit\":\"a.service\",\"changed\":true},{\"unit\":\"b.service\"} ],"
                "\"changed\":false\t}\n";
        ReplyFacts facts;

        assert_int_equal(check(text, method, &facts, NULL), 0);
        assert_int_equal(facts.changed, 0);
        assert_int_equal(facts.n_units, 2);
        assert_memory_equal(facts.members, "\"units\" : ", 10);
        assert_memory_equal(facts.members + facts.members_length - 5, "false", 5);

        assert_int_equal(check("{\"changed\":true}", method_find("manager.reload"), &facts, NULL), 0);
        assert_int_equal(facts.changed, 1);
        assert_int_equal(facts.n_units, 0);
        assert_int_equal(facts.members_length, strlen("\"changed\":true"));

        assert_int_equal(check("{}", method_find("accounts.list"), &facts, NULL), 0);
        assert_true(facts.changed < 0);
        assert_int_equal(facts.members_length, 0);
        assert_int_equal(check(" {  \n } ", method_find("linger.list"), &facts, NULL), 0);
        assert_int_equal(facts.members_length, 0);

        /* "changed" of a unit is not that of the answer. */
        assert_int_equal(check("{\"changed\":false,\"units\":[{\"unit\":\"a\",\"changed\":true}]}", method,
                                 &facts, NULL),
                0);
        assert_int_equal(facts.changed, 0);
}

typedef struct Seen {
        char text[256];
        int answer;
} Seen;

static int on_unit(const ReplyUnit *unit, void *userdata) {
        Seen *seen = userdata;
        size_t n = strlen(seen->text);

        (void) snprintf(seen->text + n, sizeof(seen->text) - n, "%s %s %s %i;", unit->unit,
                unit->result ?: "-", error_code_to_string(unit->error), unit->changed);
        return seen->answer;
}

static int visit(const char *text, Seen *seen) {
        ReplyVisitor visitor = { .unit = on_unit, .userdata = seen };
        ReplyFacts facts;

        return reply_check(text, strlen(text), method_find("units.restart"), &visitor, &facts, NULL);
}

static void test_visitor(void **state) {
        Seen seen = {};

        assert_int_equal(
                visit("{\"changed\":true,\"units\":["
                      "{\"unit\":\"a.service\",\"result\":\"done\",\"changed\":true,\"active\":\"active\"},"
                      "{\"error\":{\"message\":\"m\",\"name\":\"NoSuchUnit\"},\"unit\":\"b.service\"},"
                      "{\"changed\":false,\"result\":\"f\\u0061iled\",\"unit\":\"c.service\","
                      "\"service_result\":\"exit-code\"},"
                      "{\"unit\":\"d.service\"}]}",
                        &seen),
                0);
        assert_string_equal(seen.text,
                "a.service done None 1;b.service - NoSuchUnit -1;c.service failed None 0;d.service - None -1;");

        /* Not a single one of an answer that is bad at its end. */
        seen = (Seen){};
        assert_int_equal(
                visit("{\"changed\":true,\"units\":[{\"unit\":\"a.service\"},{}]}", &seen), -EBADMSG);
        assert_int_equal(visit("{\"units\":[{\"unit\":\"a.service\"}]}", &seen), -EBADMSG);
        assert_int_equal(visit("{\"changed\":true,\"units\":[{\"unit\":\"a.service\"}]", &seen), -EBADMSG);
        assert_string_equal(seen.text, "");

        seen.answer = -ECANCELED;
        assert_int_equal(
                visit("{\"changed\":true,\"units\":[{\"unit\":\"a.service\"},{\"unit\":\"b.service\"}]}",
                        &seen),
                -ECANCELED);
        assert_string_equal(seen.text, "a.service - None -1;");
}

static char *nested(
        const char *head, unsigned depth, const char *open, const char *close, const char *tail) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        (void) fputs(head, f);
        for (unsigned i = 0; i < depth; i++)
                (void) fputs(open, f);
        for (unsigned i = 0; i < depth; i++)
                (void) fputs(close, f);
        (void) fputs(tail, f);
        assert_int_equal(fclose(f), 0);
        return text;
}

static void test_depth(void **state) {
        const Method *method = method_find("units.show");
        const char *head = "{\"units\":[{\"unit\":\"a\",\"properties\":{\"p\":", *tail = "}}]}";

        for (unsigned depth = 1; depth < 40; depth++) {
                _cleanup_free_ char *arrays = nested(head, depth, "[", "]", tail);
                _cleanup_free_ char *objects = nested(head, depth - 1, "{\"a\":", "}", tail), *fixed = NULL;
                bool fits = depth + 1 <= REPLY_PROPERTIES_DEPTH_MAX;

                assert_true((check(arrays, method, NULL, NULL) == 0) == fits);
                /* The innermost value of the objects is missing, so never sound; and never a crash. */
                assert_true(check(objects, method, NULL, NULL) < 0);
                fixed = nested(head, 0, "", "", "{\"a\":{\"b\":[{}]}}}}]}");
                assert_int_equal(check(fixed, method, NULL, NULL), 0);
        }

        /* The cap of the scanner comes first where nothing says otherwise. */
        _cleanup_free_ char *deep = nested("", 100000, "[", "]", "");
        assert_true(check(deep, method, NULL, NULL) < 0);
        _cleanup_free_ char *deep_objects = nested("", 100000, "{\"units\":", "}", "");
        assert_true(check(deep_objects, method, NULL, NULL) < 0);
}

static void test_size(void **state) {
        const Method *method = method_find("units.list");
        const char *head = "{\"units\":[]", *tail = "}";
        char *text = malloc(FRAME_SIZE_MAX + 1);
        ReplyFacts facts;

        assert_non_null(text);
        memset(text, ' ', FRAME_SIZE_MAX + 1);
        memcpy(text, head, strlen(head));
        text[FRAME_SIZE_MAX - 1] = *tail;
        assert_int_equal(reply_check(text, FRAME_SIZE_MAX, method, NULL, &facts, NULL), 0);
        assert_int_equal(reply_check(text, FRAME_SIZE_MAX + 1, method, NULL, &facts, NULL), -E2BIG);
        free(text);
}

static void test_fault_names_the_place(void **state) {
        JsonFault fault;

        assert_int_equal(check("{\"changed\":true,\"units\":[{\"unit\":\"a\"},{\"unit\":7}]}",
                                 method_find("units.restart"), NULL, &fault),
                -EBADMSG);
        assert_string_equal(fault.path, "units[1].unit");
        assert_string_equal(fault.reason, "must be a string");
}

static void check_error(const char *text, int expected, ErrorCode code, const char *message) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        assert_int_equal(reply_check_error(text, strlen(text), &error, NULL), expected);
        assert_int_equal(error.code, code);
        if (message)
                assert_string_equal(error.message, message);
        else
                assert_null(error.message);
}

static void test_errors(void **state) {
        char text[REPLY_MESSAGE_MAX + 100];

        check_error("{\"name\":\"NoSuchUnit\",\"message\":\"a\\u0062\"}", 0, ERROR_NO_SUCH_UNIT, "ab");
        check_error("{\"message\":\"m\",\"name\":\"ManagerFailed\"}", 0, ERROR_MANAGER_FAILED, "m");

        check_error("{\"name\":\"NotAuthorized\",\"message\":\"m\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"None\",\"message\":\"m\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"Nonsense\",\"message\":\"m\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"\",\"message\":\"m\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"org.userunit1.Error.NoSuchUnit\",\"message\":\"m\"}", -EBADMSG, ERROR_NONE,
                NULL);
        check_error("{\"name\":\"NoSuchUnit\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"message\":\"m\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"NoSuchUnit\",\"message\":\"m\",\"x\":1}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{\"name\":\"NoSuchUnit\",\"message\":null}", -EBADMSG, ERROR_NONE, NULL);
        check_error(
                "{\"message\":\"m\",\"name\":\"NoSuchUnit\",\"message\":\"n\"}", -EBADMSG, ERROR_NONE, NULL);
        check_error("{}", -EBADMSG, ERROR_NONE, NULL);
        check_error("", -EBADMSG, ERROR_NONE, NULL);
        check_error("[]", -EBADMSG, ERROR_NONE, NULL);

        (void) snprintf(text, sizeof(text), "{\"name\":\"NoSuchUnit\",\"message\":\"%*s\"}",
                (int) REPLY_MESSAGE_MAX, "");
        check_error(text, -EBADMSG, ERROR_NONE, NULL);

        /* Within an answer alike. */
        assert_int_equal(
                check("{\"changed\":false,\"units\":[{\"unit\":\"a\",\"error\":{\"name\":\"ReadOnly\",\"message\":\"\"}}]}",
                        method_find("units.restart"), NULL, NULL),
                -EBADMSG);
}

/* What the daemon decides is never a worker's to say. */
static void test_acceptable_errors(void **state) {
        static const ErrorCode never[] = { ERROR_NONE, ERROR_NO_SUCH_METHOD, ERROR_NO_SUCH_ACCOUNT,
                ERROR_ACCOUNT_REFUSED, ERROR_AMBIGUOUS_ACCOUNT, ERROR_ACCOUNT_CHANGED, ERROR_NOT_AUTHORIZED,
                ERROR_READ_ONLY, ERROR_RECORD_UNAVAILABLE, ERROR_WORKER_FAILED, ERROR_SHUTTING_DOWN,
                ERROR_INTERRUPTED };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(never); i++)
                assert_false(reply_error_is_acceptable(never[i]));
        for (ErrorCode code = 0; code < _ERROR_MAX; code++)
                n += reply_error_is_acceptable(code);
        assert_int_equal(n, _ERROR_MAX - ELEMENTSOF(never));
        assert_false(reply_error_is_acceptable(_ERROR_INVALID));
        assert_false(reply_error_is_acceptable(_ERROR_MAX));
}

static void test_allocation_failures(void **state) {
        static const char answer[] =
                "{\"changed\":true,\"units\":[{\"unit\":\"a.service\",\"result\":\"done\"},"
                "{\"unit\":\"b.service\"}]}",
                          failure[] = "{\"name\":\"NoSuchUnit\",\"message\":\"m\"}";
        Error error = ERROR_NULL;
        size_t count;
        Seen seen;
        int r;

        FOR_EACH_FAILURE(count, r, {
                seen = (Seen){};
                r = visit(answer, &seen);
        });
        assert_int_equal(count, 3);
        assert_string_equal(seen.text, "a.service done None -1;b.service - None -1;");

        FOR_EACH_FAILURE(count, r, {
                assert_false(error_is_set(&error));
                r = reply_check_error(failure, strlen(failure), &error, NULL);
        });
        assert_int_equal(count, 1);
        error_done(&error);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sound_answers),
                cmocka_unit_test(test_broken_answers),
                cmocka_unit_test(test_one_object_and_nothing_else),
                cmocka_unit_test(test_no_name_of_the_daemons),
                cmocka_unit_test(test_facts),
                cmocka_unit_test(test_visitor),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_fault_names_the_place),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_acceptable_errors),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
