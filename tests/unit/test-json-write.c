/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The writer: what it writes is what the scanner reads back, within its cap, and misuse is noticed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/escape.h"
#include "common/json-scan.h"
#include "common/json-write.h"
#include "common/utf8.h"
#include "tests/unit/failing-alloc.h"

static void write_sample(JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "unit", "app.service");
        json_write_key_string(w, "none", NULL);
        json_write_key_u64(w, "u", UINT64_MAX);
        json_write_key_i64(w, "i", INT64_MIN);
        json_write_key_bool(w, "yes", true);
        json_write_key_bool(w, "no", false);
        json_write_key_strv(w, "l", (char *[]){ (char *) "a", (char *) "b", NULL });
        json_write_key_strv(w, "e", NULL);
        json_write_key(w, "nested");
        json_begin_array(w);
        json_begin_object(w);
        json_end_object(w);
        json_begin_array(w);
        json_end_array(w);
        json_write_null(w);
        json_write_u64(w, 0);
        json_write_i64(w, -7);
        json_write_i64(w, INT64_MAX);
        json_write_raw(w, "{\"x\":1}", 7);
        json_end_array(w);
        json_end_object(w);
}

static const char sample[] =
        "{\"unit\":\"app.service\",\"none\":null,\"u\":18446744073709551615,\"i\":-9223372036854775808,\"yes\":true,"
        "\"no\":false,\"l\":[\"a\",\"b\"],\"e\":[],\"nested\":[{},[],null,0,-7,9223372036854775807,{\"x\":1}]}";

static void test_sample(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(4096);
        _cleanup_free_ char *text = NULL;
        const char *lent;
        size_t n;

        write_sample(&w);
        assert_int_equal(json_writer_peek(&w, &lent, &n), 0);
        assert_int_equal(n, sizeof(sample) - 1);
        assert_memory_equal(lent, sample, n);

        json_writer_reset(&w);
        write_sample(&w);
        assert_int_equal(json_writer_finish(&w, &text, &n), 0);
        assert_string_equal(text, sample);
        assert_int_equal(json_scan(text, n, NULL, NULL, NULL, NULL), 0);

        /* And it can be used again. */
        free(TAKE_PTR(text));
        json_write_bool(&w, true);
        assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
        assert_string_equal(text, "true");
}

/* Each cap below what is needed fails, whatever piece it hits; the exact one does not. */
static void test_cap(void **state) {
        for (size_t max = 0; max < sizeof(sample) + 2; max++) {
                _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(max);
                _cleanup_free_ char *text = NULL, *one = NULL;
                int r;

                write_sample(&w);
                r = json_writer_finish(&w, &text, NULL);
                assert_int_equal(r, max < sizeof(sample) - 1 ? -EMSGSIZE : 0);
                assert_int_equal(text != NULL, r == 0);

                json_write_u64(&w, 1);
                assert_int_equal(json_writer_finish(&w, &one, NULL), max == 0 ? -EMSGSIZE : 0);
                if (r == 0)
                        break;
        }
}

static int take_text(JsonEvent *event, void *userdata) {
        const char *text;
        char **ret = userdata;
        int r;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        assert_true(json_event_text_is(event, text));
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

/* Writes a string and reads it back. */
static void check_round_trip(const char *s, size_t n, const char *expected) {
        JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        _cleanup_free_ char *text = NULL, *back = NULL;
        size_t length;

        json_write_string_n(&w, s, n);
        assert_int_equal(json_writer_finish(&w, &text, &length), 0);
        assert_int_equal(json_scan(text, length, NULL, take_text, &back, NULL), 0);
        assert_string_equal(back, expected);

        assert_false(escape_is_needed(text));
}

static void test_every_byte(void **state) {
        for (int a = 0; a < 256; a++)
                for (int b = 1; b < 256; b++) {
                        char in[] = { (char) a, (char) b, 'x', '\0' }, expected[16] = "";

                        for (size_t i = 0; i < 3;) {
                                uint32_t c;
                                int k = utf8_decode(in + i, 3 - i, &c);

                                if (k < 0 || c == 0)
                                        strcat(expected, "\xEF\xBF\xBD");
                                else
                                        strncat(expected, in + i, (size_t) k);
                                i += k < 0 ? 1 : (size_t) k;
                        }
                        check_round_trip(in, 3, expected);
                }
}

/* Each byte at each place of a text that is longer than what is looked at in one step. */
static void test_every_place(void **state) {
        static const char text[] = "somewhere in a text ";
        const int length = (int) sizeof(text) - 1;

        for (int place = 0; place < length; place++)
                for (unsigned c = 1; c < 256; c++) {
                        char in[sizeof(text)], expected[sizeof(text) + 8];
                        char one[2] = { (char) c, '\0' };

                        memcpy(in, text, sizeof(text));
                        in[place] = one[0];
                        (void) snprintf(expected, sizeof(expected), "%.*s%s%s", place, text,
                                c < 0x80 ? one : "\xEF\xBF\xBD", text + place + 1);
                        check_round_trip(in, (size_t) length, expected);
                }
}

static void test_every_codepoint(void **state) {
        for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 61) {
                char buf[UTF8_MAX + 1] = {};

                if (c >= 0xD800 && c <= 0xDFFF)
                        continue;
                (void) utf8_encode(c, buf);
                check_round_trip(buf, strlen(buf), buf);
        }
}

static void test_exact_text(void **state) {
        static const struct {
                const char *from, *to;
        } cases[] = {
                { "", "\"\"" },
                { "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
                { "\b\f\n\r\t\x01\x1B\x7F", "\"\\b\\f\\n\\r\\t\\u0001\\u001b\\u007f\"" },
                { "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
                { "\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8", "\"\\u009b\\u202e\\u2028\"" },
                { "\xF3\xA0\x81\x81", "\"\\udb40\\udc41\"" },
                { "a\xFF\xC3\x62", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\x62\"" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                JsonWriter w = JSON_WRITER_INIT(1024);
                _cleanup_free_ char *text = NULL, *key = NULL;

                json_write_string(&w, cases[i].from);
                assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
                assert_string_equal(text, cases[i].to);

                json_begin_object(&w);
                json_write_key_bool(&w, cases[i].from, true);
                json_end_object(&w);
                assert_int_equal(json_writer_finish(&w, &key, NULL), 0);
                assert_memory_equal(key + 1, cases[i].to, strlen(cases[i].to));
        }
}

static void test_strict(void **state) {
        static const struct {
                const char *s;
                size_t n;
                int r;
        } cases[] = {
                { "", 0, 0 },
                { "\xC3\xA9\n", 3, 0 },
                { "a\0b", 3, -EILSEQ },
                { "a\xFF", 2, -EILSEQ },
                { "\xC3\xA9", 1, -EILSEQ },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                JsonWriter w = JSON_WRITER_INIT(1024);
                _cleanup_free_ char *text = NULL;

                json_begin_array(&w);
                json_write_string_strict(&w, cases[i].s, cases[i].n);
                json_write_string(&w, "after");
                json_end_array(&w);
                assert_int_equal(json_writer_finish(&w, &text, NULL), cases[i].r);
        }
}

static void misuse_value_without_key(JsonWriter *w) {
        json_begin_object(w);
        json_write_u64(w, 1);
}

static void misuse_key_outside(JsonWriter *w) {
        json_begin_array(w);
        json_write_key(w, "a");
}

static void misuse_two_keys(JsonWriter *w) {
        json_begin_object(w);
        json_write_key(w, "a");
        json_write_key(w, "b");
}

static void misuse_wrong_end(JsonWriter *w) {
        json_begin_array(w);
        json_end_object(w);
}

static void misuse_end_after_key(JsonWriter *w) {
        json_begin_object(w);
        json_write_key(w, "a");
        json_end_object(w);
}

static void misuse_end_at_top(JsonWriter *w) {
        json_end_array(w);
}

static void misuse_two_values(JsonWriter *w) {
        json_write_null(w);
        json_write_null(w);
}

static void misuse_unfinished(JsonWriter *w) {
        char *text;

        json_begin_array(w);
        (void) json_writer_finish(w, &text, NULL);
}

static void misuse_nothing_written(JsonWriter *w) {
        char *text;

        (void) json_writer_finish(w, &text, NULL);
}

static void misuse_empty_raw(JsonWriter *w) {
        json_write_raw(w, "", 0);
}

static void misuse_too_deep(JsonWriter *w) {
        for (int i = 0; i <= JSON_WRITER_DEPTH_MAX; i++)
                json_begin_array(w);
}

static void test_misuse(void **state) {
        static void (*const misuses[])(JsonWriter *) = {
                misuse_value_without_key,
                misuse_key_outside,
                misuse_two_keys,
                misuse_wrong_end,
                misuse_end_after_key,
                misuse_end_at_top,
                misuse_two_values,
                misuse_unfinished,
                misuse_nothing_written,
                misuse_empty_raw,
                misuse_too_deep,
        };

        for (size_t i = 0; i < ELEMENTSOF(misuses); i++) {
                int status;
                pid_t pid;

                pid = fork();
                assert_true(pid >= 0);
                if (pid == 0) {
                        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(1024);

                        (void) setrlimit(RLIMIT_CORE, &(struct rlimit){});
                        (void) signal(SIGABRT, SIG_DFL);
                        (void) close(STDERR_FILENO);
                        misuses[i](&w);
                        _exit(0);
                }
                assert_int_equal(waitpid(pid, &status, 0), pid);
                if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
                        fail_msg("misuse %zu went unnoticed", i);
        }
}

static void test_depth(void **state) {
        JsonWriter w = JSON_WRITER_INIT(1024);
        _cleanup_free_ char *text = NULL;
        size_t n;

        for (int i = 0; i < JSON_WRITER_DEPTH_MAX / 2; i++) {
                json_begin_array(&w);
                json_begin_object(&w);
                json_write_key(&w, "k");
        }
        json_write_null(&w);
        for (int i = 0; i < JSON_WRITER_DEPTH_MAX / 2; i++) {
                json_end_object(&w);
                json_end_array(&w);
        }
        assert_int_equal(json_writer_finish(&w, &text, &n), 0);
        assert_int_equal(
                json_scan(text, n, &(JsonLimits){ .max_depth = JSON_DEPTH_MAX }, NULL, NULL, NULL), 0);
}

static int write_or_fail(char **ret) {
        JsonWriter w = JSON_WRITER_INIT(1024 * 1024);

        json_begin_array(&w);
        for (int i = 0; i < 10; i++)
                write_sample(&w);
        json_end_array(&w);
        return json_writer_finish(&w, ret, NULL);
}

static void test_allocation_failures(void **state) {
        _cleanup_free_ char *text = NULL;
        size_t count;
        int r;

        FOR_EACH_FAILURE(count, r, r = write_or_fail(&text));
        assert_true(count >= 3);
        assert_int_equal(strlen(text), 10 * sizeof(sample) + 1);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sample),
                cmocka_unit_test(test_cap),
                cmocka_unit_test(test_every_byte),
                cmocka_unit_test(test_every_place),
                cmocka_unit_test(test_every_codepoint),
                cmocka_unit_test(test_exact_text),
                cmocka_unit_test(test_strict),
                cmocka_unit_test(test_misuse),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
