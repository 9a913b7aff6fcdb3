/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What userunit-journal is asked, and what was granted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buffer.h"
#include "common/strv.h"
#include "daemon/journal/query.h"

#define REQUEST "{\"method\":\"logs.read\"}"

static int parse(const char *request, const char *answer, Query *ret, Error *error) {
        char payload[16384];
        size_t n = strlen(request);

        assert_true(n + strlen(answer) + 2 < sizeof(payload));
        memcpy(payload, request, n + 1);
        strcpy(payload + n + 1, answer);
        return query_parse(payload, n + 1 + strlen(answer), ret, error);
}

static void test_query(void **state) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(query_done) Query query = QUERY_NULL;
        const JournalGrant *grant;

        assert_int_equal(parse("{\"method\":\"logs.read\",\"parameters\":{\"lines\":5,\"grep\":\"x\"}}",
                                 "{\"grants\":[{\"uid\":1102,\"units\":[\"b-*\"]},"
                                 "{\"account\":\"svc-web\",\"units\":[\"*\"],\"uid\":1101},"
                                 "{\"uid\":1102,\"account\":\"svc-down\",\"units\":[\"a.service\"]}],"
                                 "\"preface\":[\"{\\\"a\\\":1}\",\"{}\"],\"end\":\"{\\\"end\\\":{}}\"}",
                                 &query, &error),
                0);
        assert_int_equal(query.method->id, METHOD_LOGS_READ);
        assert_int_equal(query.parameters.lines, 5);
        assert_string_equal(query.end, "{\"end\":{}}");
        assert_int_equal(strv_length(query.preface), 2);
        assert_string_equal(query.preface[0], "{\"a\":1}");

        assert_int_equal(query.grants.n, 2);
        assert_false(query.grants.everyone);
        grant = grants_find(&query.grants, 1102);
        assert_non_null(grant);
        assert_string_equal(grant->account, "svc-down");
        assert_int_equal(strv_length(grant->units), 2);

        assert_true(grants_cover(&query.grants, 1101, NULL));
        assert_true(grants_cover(&query.grants, 1101, "any.service"));
        assert_true(grants_cover(&query.grants, 1102, "a.service"));
        assert_true(grants_cover(&query.grants, 1102, "b-1.service"));
        assert_false(grants_cover(&query.grants, 1102, "c.service"));
        assert_false(grants_cover(&query.grants, 1102, NULL));
        assert_false(grants_cover(&query.grants, 1103, "a.service"));
        assert_false(grants_cover(&query.grants, 0, NULL));
        assert_string_equal(grants_account(&query.grants, 1101), "svc-web");
        assert_null(grants_account(&query.grants, 1));
}

static void test_refused(void **state) {
        static const char *const answers[] = {
                "",
                "[]",
                "{}",
                "{\"grants\":[]}",
                "{\"end\":\"{}\"}",
                "{\"grants\":[],\"end\":\"{}\",\"more\":1}",
                "{\"grants\":[],\"end\":\"{}\"} ",
                "{\"grants\":{},\"end\":\"{}\"}",
                "{\"grants\":[1],\"end\":\"{}\"}",
                "{\"grants\":[[]],\"end\":\"{}\"}",
                "{\"grants\":[{}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1}],\"end\":\"{}\"}",
                "{\"grants\":[{\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":-1,\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":4294967295,\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":65535,\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1.5,\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":\"1\",\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"uid\":2,\"units\":[]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":\"*\"}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[1]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[\"\"]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[\"a/b\"]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[\"a\\nb\"]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[[]]}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[],\"account\":\"a/b\"}],\"end\":\"{}\"}",
                "{\"grants\":[{\"uid\":1,\"units\":[],\"x\":1}],\"end\":\"{}\"}",
                "{\"grants\":[],\"everyone\":1,\"end\":\"{}\"}",
                "{\"grants\":[],\"end\":\"\"}",
                "{\"grants\":[],\"end\":\"[]\"}",
                "{\"grants\":[],\"end\":\"{}\\n{}\"}",
                "{\"grants\":[],\"end\":1}",
                "{\"grants\":[],\"end\":[\"{}\"]}",
                "{\"grants\":[],\"end\":\"{}\",\"preface\":\"{}\"}",
                "{\"grants\":[],\"end\":\"{}\",\"preface\":[1]}",
                "{\"grants\":[],\"end\":\"{}\",\"preface\":[\"x\"]}",
        };

        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                _cleanup_(query_done) Query query = QUERY_NULL;
                int r;

                r = parse(REQUEST, answers[i], &query, &error);
                /* White space behind the value is no fault. */
                if (endswith(answers[i], " "))
                        assert_int_equal(r, 0);
                else {
                        if (r >= 0)
                                print_error("accepted: %s\n", answers[i]);
                        assert_true(r < 0);
                        assert_true(error_is_set(&error));
                }
        }
}

static void test_request_is_checked(void **state) {
        static const char answer[] = "{\"grants\":[],\"end\":\"{}\"}";
        static const char *const requests[] = {
                "",
                "{}",
                "{\"method\":\"units.list\"}",
                "{\"method\":\"logs.read\",\"parameters\":{\"lines\":-1}}",
                "{\"method\":\"logs.read\",\"parameters\":{\"priorities\":[\"loud\"]}}",
        };

        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                Query query = QUERY_NULL;

                assert_true(parse(requests[i], answer, &query, &error) < 0);
                assert_true(error_is_set(&error));
        }

        /* No second part at all. */
        _cleanup_(error_done) Error error = ERROR_NULL;
        Query query = QUERY_NULL;

        assert_true(query_parse(REQUEST, strlen(REQUEST), &query, &error) < 0);
}

static void test_many_accounts(void **state) {
        _cleanup_(error_done) Error error = ERROR_NULL, other = ERROR_NULL;
        _cleanup_(query_done) Query query = QUERY_NULL, too_many = QUERY_NULL;
        Buffer b = BUFFER_INIT(FRAME_SIZE_MAX);
        char item[128];
        size_t n;

        assert_int_equal(buffer_append(&b, REQUEST, sizeof(REQUEST)), 0);
        assert_int_equal(buffer_append(&b, "{\"end\":\"{}\",\"grants\":[", 22), 0);
        for (unsigned i = 0; i < ACCOUNTS_PER_REQUEST_MAX; i++) {
                int k = snprintf(item, sizeof(item),
                        "%s{\"uid\":%u,\"account\":\"svc-%u\",\"units\":[\"[a-z]*\"]}", i > 0 ? "," : "",
                        1000000 - i, i);

                assert_int_equal(buffer_append(&b, item, (size_t) k), 0);
        }
        n = b.size;
        assert_int_equal(buffer_append(&b, "]}", 2), 0);
        assert_int_equal(query_parse(b.data, b.size, &query, &error), 0);
        assert_int_equal(query.grants.n, ACCOUNTS_PER_REQUEST_MAX);
        for (unsigned i = 0; i < ACCOUNTS_PER_REQUEST_MAX; i++) {
                assert_true(grants_cover(&query.grants, 1000000 - i, "app.service"));
                assert_false(grants_cover(&query.grants, 1000000 - i, "0.service"));
        }
        assert_false(grants_cover(&query.grants, 1000001, "app.service"));

        b.size = n;
        assert_int_equal(buffer_append(&b, ",{\"uid\":1,\"units\":[]}]}", 23), 0);
        assert_true(query_parse(b.data, b.size, &too_many, &other) < 0);
        buffer_done(&b);
}

static void test_everyone_asks_for_some(void **state) {
        static const char answer[] =
                "{\"everyone\":true,\"grants\":[{\"uid\":1101,\"account\":\"svc-web\",\"units\":[]}],\"end\":\"{}\"}";
        static const struct {
                const char *parameters;
                uid_t uid;
                const char *unit;
                bool wanted;
        } cases[] = {
                { "{}", 4711, NULL, true },
                { "{}", 4711, "a.service", true },
                { "{\"units\":[\"a*\"]}", 4711, "a.service", true },
                { "{\"units\":[\"a*\"]}", 4711, "b.service", false },
                { "{\"units\":[\"a*\"]}", 4711, NULL, false },
                { "{\"units\":[\"*\"]}", 4711, NULL, true },
                { "{\"accounts\":[\"svc-*\"]}", 1101, NULL, true },
                { "{\"accounts\":[\"svc-*\"]}", 4711, NULL, false },
                { "{\"accounts\":[\"4711\"]}", 4711, "x.service", true },
                { "{\"targets\":[\"svc-web/a*\"]}", 1101, "a.service", true },
                { "{\"targets\":[\"svc-web/a*\"]}", 1101, "b.service", false },
                { "{\"targets\":[\"svc-web/a*\"]}", 1102, "a.service", false },
                { "{\"targets\":[\"svc-web/\"]}", 1101, NULL, true },
                { "{\"targets\":[\"*/a.service\",\"4711/\"]}", 4711, NULL, true },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                _cleanup_(query_done) Query query = QUERY_NULL;
                char request[256];

                (void) snprintf(request, sizeof(request), "{\"method\":\"events.list\",\"parameters\":%s}",
                        cases[i].parameters);
                assert_int_equal(parse(request, answer, &query, &error), 0);
                assert_true(query_wants(&query, cases[i].uid, cases[i].unit) == cases[i].wanted);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_query),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_request_is_checked),
                cmocka_unit_test(test_many_accounts),
                cmocka_unit_test(test_everyone_asks_for_some),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
