/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/manager/variant.h: values of D-Bus as JSON. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/json-scan.h"
#include "daemon/worker/manager/variant.h"

typedef struct Fixture {
        sd_bus *bus;
        int peer;
        sd_bus_message *m;
} Fixture;

/* Messages can be made on a bus that is only about to connect. */
static int setup(void **state) {
        static Fixture f;
        int pair[2];

        f = (Fixture){};
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), errno);
        f.peer = pair[1];
        assert_return_code(sd_bus_new(&f.bus), 0);
        assert_return_code(sd_bus_set_fd(f.bus, pair[0], pair[0]), 0);
        assert_return_code(sd_bus_start(f.bus), 0);
        assert_return_code(sd_bus_message_new_method_call(f.bus, &f.m, NULL, "/", "a.b", "C"), 0);
        *state = &f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        sd_bus_message_unref(f->m);
        sd_bus_close_unref(f->bus);
        (void) close(f->peer);
        return 0;
}

static void seal(Fixture *f) {
        assert_return_code(sd_bus_message_seal(f->m, 1, 0), 0);
        assert_return_code(sd_bus_message_rewind(f->m, true), 0);
}

static void assert_written(JsonWriter *w, const char *expected) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        assert_int_equal(json_writer_finish(w, &text, &size), 0);
        assert_string_equal(text, expected);
        assert_int_equal(json_scan(text, size, NULL, NULL, NULL, NULL), 0);
}

static void expect_json(Fixture *f, const char *expected) {
        JsonWriter w = JSON_WRITER_INIT(4096);

        seal(f);
        assert_int_equal(variant_write(f->m, &w), 0);
        assert_written(&w, expected);
}

static void test_basic(void **state) {
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "(ybnqiuxtdsog)", 255, 1, -32768, 65535, INT32_MIN,
                                   UINT32_MAX, INT64_MIN, UINT64_MAX, 0.5, "ä\"\n", "/o", "a{sv}"),
                0);
        expect_json(f,
                "[255,true,-32768,65535,-2147483648,4294967295,-9223372036854775808,18446744073709551615,0.5,"
                "\"ä\\\"\\n\",\"/o\",\"a{sv}\"]");
}

static void test_doubles_without_json(void **state) {
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "ad", 4, NAN, INFINITY, -INFINITY, 1e300), 0);
        expect_json(f, "[null,null,null,1.0000000000000001e+300]");
}

static void test_dictionaries(void **state) {
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "(a{sv}a{is}a{bu}a{tay})", 2, "a", "i", -1, "b", "as",
                                   0, 1, -5, "x", 1, 1, 7, 1, UINT64_MAX, 2, 1, 2),
                0);
        expect_json(f, "[{\"a\":-1,\"b\":[]},{\"-5\":\"x\"},{\"true\":7},{\"18446744073709551615\":[1,2]}]");
}

static void test_empty_containers(void **state) {
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "(a{sv}a(ss)aay)", 0, 0, 0), 0);
        expect_json(f, "[{},[],[]]");
}

static void test_descriptor_is_null(void **state) {
        Fixture *f = *state;

        /* Appending one needs a bus that takes them; the type alone is enough for what we write. */
        if (sd_bus_message_append(f->m, "h", f->peer) < 0)
                skip();
        expect_json(f, "null");
}

static void test_variant_in_variant(void **state) {
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "v", "v", "v", "s", "x"), 0);
        expect_json(f, "\"x\"");
}

static void append_arrays(Fixture *f, unsigned depth) {
        char type[64];

        for (unsigned i = 0; i < depth; i++) {
                memset(type, 'a', depth - i - 1);
                strcpy(type + depth - i - 1, "s");
                assert_return_code(sd_bus_message_open_container(f->m, 'a', type), 0);
        }
        assert_return_code(sd_bus_message_append(f->m, "s", "x"), 0);
        for (unsigned i = 0; i < depth; i++)
                assert_return_code(sd_bus_message_close_container(f->m), 0);
}

static void test_depth_at_the_cap(void **state) {
        Fixture *f = *state;

        append_arrays(f, VARIANT_DEPTH_MAX);
        expect_json(f, "[[[[[[[[\"x\"]]]]]]]]");
}

static void test_depth_over_the_cap(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(4096);
        Fixture *f = *state;

        append_arrays(f, VARIANT_DEPTH_MAX + 1);
        seal(f);
        assert_int_equal(variant_write(f->m, &w), -ELOOP);
}

static void test_variants_over_the_cap(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(4096);
        Fixture *f = *state;

        for (unsigned i = 0; i < 2 * VARIANT_DEPTH_MAX; i++)
                assert_return_code(sd_bus_message_open_container(f->m, 'v', "v"), 0);
        assert_return_code(sd_bus_message_append(f->m, "v", "s", "x"), 0);
        for (unsigned i = 0; i < 2 * VARIANT_DEPTH_MAX; i++)
                assert_return_code(sd_bus_message_close_container(f->m), 0);
        seal(f);
        assert_int_equal(variant_write(f->m, &w), -ELOOP);
}

static void test_nothing_there(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(4096);
        Fixture *f = *state;

        seal(f);
        assert_int_equal(variant_write(f->m, &w), -EBADMSG);
}

static void test_properties(void **state) {
        static const char *const names[] = { "B", "None", NULL };
        JsonWriter w = JSON_WRITER_INIT(4096);
        Fixture *f = *state;

        assert_return_code(
                sd_bus_message_append(f->m, "a{sv}", 3, "A", "s", "1", "B", "(ii)", 1, 2, "C", "b", 0), 0);
        seal(f);
        assert_int_equal(properties_write(f->m, (char *const *) names, &w), 0);
        assert_written(&w, "{\"B\":[1,2]}");

        assert_return_code(sd_bus_message_rewind(f->m, true), 0);
        assert_int_equal(properties_write(f->m, NULL, &w), 0);
        assert_written(&w, "{\"A\":\"1\",\"B\":[1,2],\"C\":false}");
}

static void test_properties_of_another_type(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(4096);
        Fixture *f = *state;

        assert_return_code(sd_bus_message_append(f->m, "a{ss}", 1, "A", "1"), 0);
        seal(f);
        assert_true(properties_write(f->m, NULL, &w) < 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_basic, setup, teardown),
                cmocka_unit_test_setup_teardown(test_doubles_without_json, setup, teardown),
                cmocka_unit_test_setup_teardown(test_dictionaries, setup, teardown),
                cmocka_unit_test_setup_teardown(test_empty_containers, setup, teardown),
                cmocka_unit_test_setup_teardown(test_descriptor_is_null, setup, teardown),
                cmocka_unit_test_setup_teardown(test_variant_in_variant, setup, teardown),
                cmocka_unit_test_setup_teardown(test_depth_at_the_cap, setup, teardown),
                cmocka_unit_test_setup_teardown(test_depth_over_the_cap, setup, teardown),
                cmocka_unit_test_setup_teardown(test_variants_over_the_cap, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
                cmocka_unit_test_setup_teardown(test_properties, setup, teardown),
                cmocka_unit_test_setup_teardown(test_properties_of_another_type, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
