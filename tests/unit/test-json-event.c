/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a handler of json_scan() sees, and what it may ask and refuse.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json-scan.h"

#define TEXT(s) (s), sizeof(s) - 1

typedef struct Log {
        char text[1024];
        size_t size;
} Log;

/* One word an event: type, depth, offset, raw. */
static int log_event(JsonEvent *event, void *userdata) {
        static const char types[] = "{}[]ksnbz";
        Log *log = userdata;

        log->size += (size_t) snprintf(log->text + log->size, sizeof(log->text) - log->size,
                "%c%u@%zu=%.*s;", types[event->type], event->depth, event->offset, (int) event->raw_length,
                event->raw);
        assert_true(log->size < sizeof(log->text));
        return 0;
}

static void test_sequence(void **state) {
        Log log = {};

        assert_int_equal(json_scan(TEXT(" {\"a\":[1,-2.5e1,\"x\\n\"],\"b\":{},\"c\":[true,false,null]} "),
                                 NULL, log_event, &log, NULL),
                0);
        assert_string_equal(log.text,
                "{0@1={;k1@2=\"a\";[1@6=[;n2@7=1;n2@9=-2.5e1;s2@16=\"x\\n\";]1@21=];k1@23=\"b\";{1@27={;}1@28=};"
                "k1@30=\"c\";[1@34=[;b2@35=true;b2@40=false;z2@46=null;]1@50=];}0@51=};");

        log = (Log){};
        assert_int_equal(json_scan(TEXT("7"), NULL, log_event, &log, NULL), 0);
        assert_string_equal(log.text, "n0@0=7;");
}

static int check_texts(JsonEvent *event, void *userdata) {
        static const char *const expected[] = { "plain", "a\"\xC3\xA9\n", "", "\xF0\x9F\x98\x80" };
        size_t *i = userdata, n;
        const char *text;

        if (event->type != JSON_STRING)
                return 0;

        assert_int_equal(event->escaped, *i % 2);
        assert_int_equal(json_event_text(event, &text, &n), 0);
        assert_string_equal(text, expected[*i]);
        assert_int_equal(n, strlen(text));

        assert_true(json_event_text_is(event, expected[*i]));
        assert_false(json_event_text_is(event, "a\"\xC3\xA9\n "));
        assert_false(json_event_text_is(event, "a\"\xC3\xA9"));
        assert_false(json_event_text_is(event, "a\"\xC3"));
        assert_false(json_event_text_is(event, "plai"));
        assert_false(json_event_text_is(event, "plainer"));
        (*i)++;
        return 0;
}

static void test_texts(void **state) {
        size_t i = 0;

        assert_int_equal(json_scan(TEXT("[\"plain\",\"a\\\"\\u00e9\\n\",\"\",\"\\uD83D\\uDE00\"]"), NULL,
                                 check_texts, &i, NULL),
                0);
        assert_int_equal(i, 4);
}

static int check_long(JsonEvent *event, void *userdata) {
        const char *text;
        size_t n;

        assert_int_equal(json_event_text(event, &text, &n), 0);
        assert_int_equal(n, *(size_t *) userdata);
        assert_int_equal(strspn(text, "x"), n);
        assert_int_equal(text[n], '\0');
        return 0;
}

static void test_long_texts(void **state) {
        for (size_t n = 240; n < 270; n++) {
                char text[300];

                memset(text, 'x', sizeof(text));
                text[0] = text[n + 1] = '"';
                assert_int_equal(json_scan(text, n + 2, NULL, check_long, &n, NULL), 0);
        }
}

static int check_growing(JsonEvent *event, void *userdata) {
        size_t *n = userdata;

        return event->type == JSON_STRING ? check_long(event, &(size_t){ (*n)++ }) : 0;
}

/* Longer by one each time: the room that the one before needed is just too small. */
static void test_growing_texts(void **state) {
        _cleanup_free_ char *text = NULL;
        size_t first = 250, n = first, size = 0;

        text = malloc(20 * 300);
        assert_non_null(text);
        for (size_t i = 0; i < 20; i++)
                size += (size_t) sprintf(
                        text + size, "%c\"%0*i\"", i == 0 ? '[' : ',', (int) (first + i), 0);
        for (size_t i = 0; i < size; i++)
                if (text[i] == '0')
                        text[i] = 'x';
        text[size++] = ']';

        assert_int_equal(json_scan(text, size, NULL, check_growing, &n, NULL), 0);
        assert_int_equal(n, first + 20);
}

static int check_number(JsonEvent *event, void *userdata) {
        struct {
                int u_result, i_result;
                uint64_t u;
                int64_t i;
        } *e = userdata;
        uint64_t u = 0;
        int64_t i = 0;

        assert_int_equal(json_event_u64(event, &u), e->u_result);
        assert_int_equal(json_event_i64(event, &i), e->i_result);
        assert_true(u == e->u && i == e->i);
        return 0;
}

static void test_numbers(void **state) {
        static const struct {
                const char *text;
                struct {
                        int u_result, i_result;
                        uint64_t u;
                        int64_t i;
                } expected;
        } cases[] = {
                { "0", { 0, 0, 0, 0 } },
                { "-0", { 0, 0, 0, 0 } },
                { "42", { 0, 0, 42, 42 } },
                { "-42", { -ERANGE, 0, 0, -42 } },
                { "9007199254740993", { 0, 0, 9007199254740993, 9007199254740993 } },
                { "9223372036854775807", { 0, 0, INT64_MAX, INT64_MAX } },
                { "9223372036854775808", { 0, -ERANGE, UINT64_C(9223372036854775808), 0 } },
                { "18446744073709551615", { 0, -ERANGE, UINT64_MAX, 0 } },
                { "-9223372036854775808", { -ERANGE, 0, 0, INT64_MIN } },
                { "1.0", { -EINVAL, -EINVAL, 0, 0 } },
                { "1e2", { -EINVAL, -EINVAL, 0, 0 } },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(json_scan(cases[i].text, strlen(cases[i].text), NULL, check_number,
                                         (void *) &cases[i].expected, NULL),
                        0);
}

static int refuse_x(JsonEvent *event, void *userdata) {
        if (event->type != JSON_KEY || !json_event_text_is(event, "x"))
                return 0;
        event->reason = userdata;
        return -ENOENT;
}

static void test_refusal(void **state) {
        char reason[] = "no such member";
        JsonFault fault;

        assert_int_equal(
                json_scan(TEXT("{\"a\":[{},{\"\\u0078\":1}]}"), NULL, refuse_x, reason, &fault), -ENOENT);
        assert_ptr_equal(fault.reason, reason);
        assert_int_equal(fault.offset, 10);
        assert_string_equal(fault.path, "a[1].x");

        assert_int_equal(json_scan(TEXT("{\"x\":1}"), NULL, refuse_x, NULL, &fault), -ENOENT);
        assert_string_equal(fault.reason, "refused");
        assert_int_equal(json_scan(TEXT("{\"x\":1}"), NULL, refuse_x, NULL, NULL), -ENOENT);

        /* A text that is broken before the place stays broken. */
        assert_int_equal(json_scan(TEXT("{\"a\":01,\"x\":1}"), NULL, refuse_x, reason, &fault), -EBADMSG);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sequence),
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_long_texts),
                cmocka_unit_test(test_growing_texts),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_refusal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
