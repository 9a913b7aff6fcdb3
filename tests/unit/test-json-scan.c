/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The strict scanner: what it accepts, what it refuses, where and with which words.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json-scan.h"
#include "common/json-write.h"
#include "tests/unit/failing-alloc.h"

/* Scans a copy that ends exactly at the end of an allocation, so that a sanitizer sees each byte read too
 * far. */
static int scan_exact(const char *text, size_t n, const JsonLimits *limits, JsonHandler handler,
        void *userdata, JsonFault *ret_fault) {
        _cleanup_free_ char *copy = NULL;

        copy = malloc(n ?: 1);
        assert_non_null(copy);
        memcpy(copy, text, n);
        return json_scan(n > 0 ? copy : copy + 1, n, limits, handler, userdata, ret_fault);
}

#define TEXT(s) (s), sizeof(s) - 1

static const struct {
        const char *text;
        size_t n;
} accepted[] = {
        { TEXT("{}") }, { TEXT("[]") }, { TEXT("\"\"") }, { TEXT("0") }, { TEXT("-0") }, { TEXT("-1") },
        { TEXT("42") }, { TEXT("1e5") }, { TEXT("1E5") }, { TEXT("1e+5") }, { TEXT("1e-5") },
        { TEXT("0e0") }, { TEXT("0e+1") }, { TEXT("0.0") }, { TEXT("-0.0") }, { TEXT("-0e-1") },
        { TEXT("1.5") }, { TEXT("10.25e-2") }, { TEXT("1e00000000000000000000000000001") },
        { TEXT("1e-99999") }, { TEXT("1e307") }, { TEXT("12e306") }, { TEXT("18446744073709551615") },
        { TEXT("-9223372036854775808") }, { TEXT("9007199254740993") },
        { TEXT("0.000000000000000000000000000000000000000000000000000000000001") }, { TEXT("true") },
        { TEXT("false") }, { TEXT("null") }, { TEXT(" \t\r\n1 \t\r\n") }, { TEXT("[1,2,3]") },
        { TEXT("[ 1 , 2 ]") }, { TEXT("[[],[[]],{}]") }, { TEXT("[null,true,false]") },
        { TEXT("{\"a\":1}") }, { TEXT("{ \"a\" : 1 , \"b\" : [ ] }") }, { TEXT("{\"\":0}") },
        { TEXT("{\"a\":{\"a\":{\"a\":1}}}") }, { TEXT("[{\"a\":1},{\"a\":2}]") },
        { TEXT("{\"a\":1,\"A\":1,\"aa\":1,\"a \":1}") }, { TEXT("{\"a\":1,\"\\u0061b\":1}") },
        { TEXT("{\"\xC3\xA9\":1,\"e\xCC\x81\":2}") }, /* composed and decomposed: different keys */
        { TEXT("{\"a\":\"a\",\"b\":\"a\"}") }, { TEXT("\"plain\"") },
        { TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"") }, { TEXT("\"\\u0001\\u001f\\u0020\"") },
        { TEXT("\"\\u00e9\\u00E9\"") }, { TEXT("\"\\uD834\\udd1e\"") },
        { TEXT("\"\\ud800\\udc00\\uDBFF\\uDFFF\"") }, { TEXT("\"\\uFFFE\\uFFFF\\uFEFF\"") },
        { TEXT("\"\\ue000\\ud7ff\"") }, { TEXT("\"\x7F\"") }, { TEXT("\"\xC2\x80\"") },
        { TEXT("\"\xC3\xA9\"") }, { TEXT("\"\xE2\x82\xAC\"") }, { TEXT("\"\xED\x9F\xBF\xEE\x80\x80\"") },
        { TEXT("\"\xF0\x9F\x98\x80\"") }, { TEXT("\"\xF4\x8F\xBF\xBF\"") },
        { TEXT("\"\xEF\xBB\xBF\"") }, /* a byte order mark inside a string is a character */
        { TEXT("\"\xE2\x80\xA8\"") }, { TEXT("\"/ // # ' {[,:]}\"") }, { TEXT("\"0123456\"") },
        { TEXT("\"01234567\"") }, { TEXT("\"0123456\xC3\xA9\x37\x38\"") },
        { TEXT("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]") }, /* 16 deep */
};

static const struct {
        const char *text;
        size_t n;
        size_t offset;
        const char *reason;
        const char *path;
        bool too_big;
} refused[] = {
        /* nothing, and not enough */
        { TEXT(""), 0, "empty input" },
        { TEXT(" \n\t "), 4, "empty input" },
        { TEXT("{"), 1, "unexpected end" },
        { TEXT("["), 1, "unexpected end" },
        { TEXT("[1"), 2, "unexpected end" },
        { TEXT("[1,"), 3, "unexpected end", "[1]" },
        { TEXT("{\"a\""), 4, "unexpected end", "a" },
        { TEXT("{\"a\":"), 5, "unexpected end", "a" },
        { TEXT("{\"a\":1"), 6, "unexpected end" },
        { TEXT("{\"a\":1,"), 7, "unexpected end" },
        { TEXT("{\"a\":{\"b\":["), 11, "unexpected end", "a.b[0]" },
        { TEXT("-"), 1, "unexpected end" },
        { TEXT("1."), 2, "unexpected end" },
        { TEXT("1e"), 2, "unexpected end" },
        { TEXT("1e+"), 3, "unexpected end" },
        { TEXT("\""), 1, "string without an end" },
        { TEXT("\"abc"), 4, "string without an end" },
        { TEXT("\"abcdefghijklmnop"), 17, "string without an end" },
        { TEXT("\"\\\""), 3, "string without an end" },
        { TEXT("{\"a"), 3, "string without an end" },
        { TEXT("tru"), 0, "not a JSON value" },
        { TEXT("[nul"), 1, "not a JSON value", "[0]" },
        /* too much */
        { TEXT("1 2"), 2, "something follows the value" },
        { TEXT("{}{}"), 2, "something follows the value" },
        { TEXT("{},"), 2, "something follows the value" },
        { TEXT("[]]"), 2, "something follows the value" },
        { TEXT("{}}"), 2, "something follows the value" },
        { TEXT("\"a\"\"b\""), 3, "something follows the value" },
        { TEXT("truefalse"), 4, "something follows the value" },
        { TEXT("nulll"), 4, "something follows the value" },
        { TEXT("42x"), 2, "something follows the value" },
        { TEXT("0x10"), 1, "something follows the value" },
        { TEXT("1\0"), 1, "NUL byte" },
        { TEXT("{}\0"), 2, "NUL byte" },
        { TEXT("{} // end"), 3, "comments are not JSON" },
        { TEXT("{}\xFF"), 2, "invalid UTF-8" },
        { TEXT("1\x0B"), 1, "something follows the value" },
        { TEXT("1\xC2\xA0"), 1, "something follows the value" },
        /* wrong bytes in a value's place */
        { TEXT("\0"), 0, "NUL byte" },
        { TEXT("[\0]"), 1, "NUL byte", "[0]" },
        { TEXT("\xEF\xBB\xBF{}"), 0, "byte order mark" },
        { TEXT(" \xEF\xBB\xBF{}"), 1, "byte order mark" },
        { TEXT("\xEF\xBB"), 0, "invalid UTF-8" },
        { TEXT("\xFF\xFE{\0}\0"), 0, "invalid UTF-8" },
        { TEXT("{\0\"\0a\0"), 1, "NUL byte" },
        { TEXT("'a'"), 0, "single quotes are not JSON" },
        { TEXT("{'a':1}"), 1, "single quotes are not JSON" },
        { TEXT("['a']"), 1, "single quotes are not JSON", "[0]" },
        { TEXT("/* */1"), 0, "comments are not JSON" },
        { TEXT("//\n1"), 0, "comments are not JSON" },
        { TEXT("# x\n1"), 0, "comments are not JSON" },
        { TEXT("[1,/**/2]"), 3, "comments are not JSON", "[1]" },
        { TEXT("{/**/}"), 1, "comments are not JSON" },
        { TEXT("{\"a\"/**/:1}"), 4, "comments are not JSON", "a" },
        { TEXT("NaN"), 0, "NaN and Infinity are not JSON" },
        { TEXT("Infinity"), 0, "NaN and Infinity are not JSON" },
        { TEXT("-Infinity"), 1, "NaN and Infinity are not JSON" },
        { TEXT("-NaN"), 1, "NaN and Infinity are not JSON" },
        { TEXT("[NaN]"), 1, "NaN and Infinity are not JSON", "[0]" },
        { TEXT("nan"), 0, "not a JSON value" },
        { TEXT("inf"), 0, "expected a value" },
        { TEXT("True"), 0, "expected a value" },
        { TEXT("TRUE"), 0, "expected a value" },
        { TEXT("undefined"), 0, "expected a value" },
        { TEXT("a"), 0, "expected a value" },
        { TEXT("]"), 0, "expected a value" },
        { TEXT("}"), 0, "expected a value" },
        { TEXT(","), 0, "expected a value" },
        { TEXT(":"), 0, "expected a value" },
        { TEXT("\\u0031"), 0, "expected a value" },
        { TEXT("\x0C[]"), 0, "expected a value" },
        { TEXT("\xC3\xA9"), 0, "expected a value" },
        { TEXT("\xE2\x80\x9C"
               "a\xE2\x80\x9D"),
                0, "expected a value" },
        /* arrays */
        { TEXT("[,]"), 1, "expected a value", "[0]" },
        { TEXT("[,1]"), 1, "expected a value", "[0]" },
        { TEXT("[1,,2]"), 3, "expected a value", "[1]" },
        { TEXT("[1,]"), 3, "trailing comma" },
        { TEXT("[1,\n]"), 4, "trailing comma" },
        { TEXT("[1 2]"), 3, "expected ',' or ']'" },
        { TEXT("[1:2]"), 2, "expected ',' or ']'" },
        { TEXT("[1}"), 2, "expected ',' or ']'" },
        { TEXT("[\"a\":1]"), 4, "expected ',' or ']'" },
        { TEXT("[}"), 1, "expected a value", "[0]" },
        { TEXT("[[]"), 3, "unexpected end" },
        { TEXT("[1;2]"), 2, "expected ',' or ']'" },
        /* objects */
        { TEXT("{]"), 1, "expected a key in double quotes" },
        { TEXT("{,}"), 1, "expected a key in double quotes" },
        { TEXT("{1:1}"), 1, "expected a key in double quotes" },
        { TEXT("{a:1}"), 1, "expected a key in double quotes" },
        { TEXT("{null:1}"), 1, "expected a key in double quotes" },
        { TEXT("{{}:1}"), 1, "expected a key in double quotes" },
        { TEXT("{[]:1}"), 1, "expected a key in double quotes" },
        { TEXT("{:1}"), 1, "expected a key in double quotes" },
        { TEXT("{\"a\":1,}"), 7, "trailing comma" },
        { TEXT("{\"a\":1,,\"b\":2}"), 7, "expected a key in double quotes" },
        { TEXT("{\"a\"}"), 4, "expected ':' after a key", "a" },
        { TEXT("{\"a\",\"b\"}"), 4, "expected ':' after a key", "a" },
        { TEXT("{\"a\" 1}"), 5, "expected ':' after a key", "a" },
        { TEXT("{\"a\"=1}"), 4, "expected ':' after a key", "a" },
        { TEXT("{\"a\"::1}"), 5, "expected a value", "a" },
        { TEXT("{\"a\":}"), 5, "expected a value", "a" },
        { TEXT("{\"a\":,}"), 5, "expected a value", "a" },
        { TEXT("{\"a\":1 \"b\":2}"), 7, "expected ',' or '}'" },
        { TEXT("{\"a\":1]"), 6, "expected ',' or '}'" },
        { TEXT("{\"a\":1:2}"), 6, "expected ',' or '}'" },
        { TEXT("{\"a\":\"b\"\"c\":1}"), 8, "expected ',' or '}'" },
        /* duplicate keys */
        { TEXT("{\"a\":1,\"a\":1}"), 7, "duplicate key", "a" },
        { TEXT("{\"a\":1,\"b\":2,\"a\":3}"), 13, "duplicate key", "a" },
        { TEXT("{\"\":1,\"\":1}"), 6, "duplicate key" },
        { TEXT("{\"a\":1,\"\\u0061\":1}"), 7, "duplicate key", "a" },
        { TEXT("{\"\\u0061\":1,\"a\":1}"), 12, "duplicate key", "a" },
        { TEXT("{\"\\u0061\":1,\"\\u0061\":1}"), 12, "duplicate key", "a" },
        { TEXT("{\"/\":1,\"\\/\":1}"), 7, "duplicate key", "/" },
        { TEXT("{\"\xC3\xA9\":1,\"\\u00e9\":1}"), 8, "duplicate key", "??" },
        { TEXT("{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":1}"), 18, "duplicate key", "????" },
        { TEXT("{\"p\":{\"u\":[1,{\"k\":1,\"k\":2}]}}"), 20, "duplicate key", "p.u[1].k" },
        { TEXT("{\"a\":{\"b\":1},\"a\":1}"), 13, "duplicate key", "a" },
        { TEXT("{\"x\":{\"\\u0062\":1,\"b\":1}}"), 17, "duplicate key", "x.b" },
        /* strings */
        { TEXT("\"\0\""), 1, "NUL byte" },
        { TEXT("\"0123456789\0\""), 11, "NUL byte" },
        { TEXT("\"\n\""), 1, "control character in a string" },
        { TEXT("\"a\tb\""), 2, "control character in a string" },
        { TEXT("\"01234567890\x1F\""), 12, "control character in a string" },
        { TEXT("\"\x1B[31m\""), 1, "control character in a string" },
        { TEXT("{\"a\rb\":1}"), 3, "control character in a string" },
        { TEXT("\"\\a\""), 1, "unknown escape" },
        { TEXT("\"\\x41\""), 1, "unknown escape" },
        { TEXT("\"\\'\""), 1, "unknown escape" },
        { TEXT("\"\\0\""), 1, "unknown escape" },
        { TEXT("\"\\\n\""), 1, "unknown escape" },
        { TEXT("\"\\\0\""), 1, "unknown escape" },
        { TEXT("\"\\U0041\""), 1, "unknown escape" },
        { TEXT("\"\\\xC3\xA9\""), 1, "unknown escape" },
        { TEXT("\"\\"), 1, "unknown escape" },
        { TEXT("\"\\u\""), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u12\""), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u123"), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u123g\""), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u+041\""), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u 041\""), 1, "\\u needs four hexadecimal digits" },
        { TEXT("\"\\u0000\""), 1, "\\u0000 is not allowed" },
        { TEXT("\"abc\\u0000\""), 4, "\\u0000 is not allowed" },
        { TEXT("{\"a\\u0000\":1}"), 3, "\\u0000 is not allowed" },
        { TEXT("\"\\ud800\""), 1, "lone surrogate" },
        { TEXT("\"\\uDBFFx\""), 1, "lone surrogate" },
        { TEXT("\"\\udc00\""), 1, "lone surrogate" },
        { TEXT("\"\\udc00\\ud800\""), 1, "lone surrogate" },
        { TEXT("\"\\ud800\\ud800\""), 1, "lone surrogate" },
        { TEXT("\"\\ud800\\u0041\""), 1, "lone surrogate" },
        { TEXT("\"\\ud800\\n\""), 1, "lone surrogate" },
        { TEXT("\"\\ud800\\udc0\""), 1, "lone surrogate" },
        { TEXT("\"\\ud800\\udc0"), 1, "lone surrogate" },
        { TEXT("\"\\ud800"), 1, "lone surrogate" },
        { TEXT("\"\x80\""), 1, "invalid UTF-8" },
        { TEXT("\"\xFF\""), 1, "invalid UTF-8" },
        { TEXT("\"\xC3\""), 1, "invalid UTF-8" },
        { TEXT("\"\xC3"), 1, "invalid UTF-8" },
        { TEXT("\"\xC0\x80\""), 1, "invalid UTF-8" }, /* overlong NUL */
        { TEXT("\"\xC0\xA2\""), 1, "invalid UTF-8" }, /* overlong quote */
        { TEXT("\"\xC1\xBF\""), 1, "invalid UTF-8" },
        { TEXT("\"\xE0\x80\xAF\""), 1, "invalid UTF-8" }, /* overlong slash */
        { TEXT("\"\xE0\x9F\xBF\""), 1, "invalid UTF-8" },
        { TEXT("\"\xF0\x8F\xBF\xBF\""), 1, "invalid UTF-8" },
        { TEXT("\"\xED\xA0\x80\""), 1, "invalid UTF-8" }, /* surrogates */
        { TEXT("\"\xED\xBF\xBF\""), 1, "invalid UTF-8" },
        { TEXT("\"\xF4\x90\x80\x80\""), 1, "invalid UTF-8" },
        { TEXT("\"\xF5\x80\x80\x80\""), 1, "invalid UTF-8" },
        { TEXT("\"\xF8\x88\x80\x80\x80\""), 1, "invalid UTF-8" },
        { TEXT("\"\xE2\x82\""), 1, "invalid UTF-8" },
        { TEXT("\"ab\xE9\""), 3, "invalid UTF-8" }, /* Latin-1 */
        { TEXT("{\"\xE9\":1}"), 2, "invalid UTF-8" },
        /* numbers */
        { TEXT("+1"), 0, "expected a value" },
        { TEXT(".5"), 0, "expected a value" },
        { TEXT("-.5"), 1, "expected a digit after the minus sign" },
        { TEXT("--1"), 1, "expected a digit after the minus sign" },
        { TEXT("- 1"), 1, "expected a digit after the minus sign" },
        { TEXT("-a"), 1, "expected a digit after the minus sign" },
        { TEXT("01"), 0, "leading zero in a number" },
        { TEXT("-01"), 1, "leading zero in a number" },
        { TEXT("00"), 0, "leading zero in a number" },
        { TEXT("-00.1"), 1, "leading zero in a number" },
        { TEXT("[1.]"), 3, "expected a digit after the decimal point", "[0]" },
        { TEXT("1.e5"), 2, "expected a digit after the decimal point" },
        { TEXT("1.-5"), 2, "expected a digit after the decimal point" },
        { TEXT("[1e]"), 3, "expected a digit in the exponent", "[0]" },
        { TEXT("1e+-5"), 3, "expected a digit in the exponent" },
        { TEXT("1e 5"), 2, "expected a digit in the exponent" },
        { TEXT("1e5.5"), 3, "something follows the value" },
        { TEXT("1.2.3"), 3, "something follows the value" },
        { TEXT("1 000"), 2, "something follows the value" },
        { TEXT("1_000"), 1, "something follows the value" },
        { TEXT("1-1"), 1, "something follows the value" },
        { TEXT("\xEF\xBC\x91"), 0, "expected a value" }, /* a fullwidth digit */
        { TEXT("18446744073709551616"), 0, "integer out of range" },
        { TEXT("-9223372036854775809"), 0, "integer out of range" },
        { TEXT("-18446744073709551615"), 0, "integer out of range" },
        { TEXT("99999999999999999999999999"), 0, "integer out of range" },
        { TEXT("1e308"), 0, "number out of range" },
        { TEXT("1e309"), 0, "number out of range" },
        { TEXT("-1e999999999999999999999999"), 0, "number out of range" },
        { TEXT("1000e306"), 0, "number out of range" },
        { TEXT("[10000000000000000000000000000000000000000000000000000000000000000]"), 1, "number too long",
                "[0]", true },
        { TEXT("0.000000000000000000000000000000000000000000000000000000000000001"), 0, "number too long",
                "", true },
        /* depth */
        { TEXT("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), 16, "nested too deeply", .too_big = true },
        { TEXT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), 16, "nested too deeply", .too_big = true },
};

static void test_accepted(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(accepted); i++) {
                JsonFault fault = {};
                int r;

                r = scan_exact(accepted[i].text, accepted[i].n, NULL, NULL, NULL, &fault);
                if (r != 0)
                        fail_msg("%s: %s at %zu", accepted[i].text, fault.reason, fault.offset);
        }
}

static void test_refused(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                JsonFault fault = {};
                int r;

                r = scan_exact(refused[i].text, refused[i].n, NULL, NULL, NULL, &fault);
                if (r != (refused[i].too_big ? -E2BIG : -EBADMSG))
                        fail_msg("%s: got %i", refused[i].text, r);
                if (fault.offset != refused[i].offset || !streq(fault.reason, refused[i].reason))
                        fail_msg("%s: got '%s' at %zu", refused[i].text, fault.reason, fault.offset);
                if (refused[i].path && !streq(fault.path, refused[i].path))
                        fail_msg("%s: got path '%s'", refused[i].text, fault.path);
        }
}

/* Each prefix of a good text is bad, and none is read beyond its end. */
static void test_prefixes(void **state) {
        static const char text[] =
                "{\"method\":\"units.list\",\"parameters\":{\"accounts\":[\"svc-\\u00e9\\ud83d\\ude00\",\"\xC3\xA9\"],"
                "\"n\":-12.5e+3,\"t\":true,\"f\":false,\"z\":null}}";

        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                JsonFault fault;

                assert_int_equal(scan_exact(text, n, NULL, NULL, NULL, &fault), -EBADMSG);
                assert_true(fault.offset <= n);
        }
        assert_int_equal(scan_exact(text, sizeof(text) - 1, NULL, NULL, NULL, NULL), 0);
}

/* Each single byte, in each kind of place: accepted exactly where the grammar says. */
static void test_bytes(void **state) {
        for (int b = 0; b < 256; b++) {
                bool in_string = b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
                bool space = b == ' ' || b == '\n' || b == '\r' || b == '\t';

                for (size_t at = 1; at <= 20; at++) {
                        char text[22];

                        memset(text, 'x', sizeof(text));
                        text[0] = text[21] = '"';
                        text[at] = (char) b;
                        assert_int_equal(scan_exact(text, sizeof(text), NULL, NULL, NULL, NULL),
                                in_string ? 0 : -EBADMSG);
                }

                assert_int_equal(scan_exact((char[]){ '[', (char) b, ']' }, 3, NULL, NULL, NULL, NULL),
                        space || (b >= '0' && b <= '9') ? 0 : -EBADMSG);
                assert_int_equal(scan_exact((char[]){ '"', '\\', (char) b, '"' }, 4, NULL, NULL, NULL, NULL),
                        b != 0 && strchr("\"\\/bfnrt", b) ? 0 : -EBADMSG);
        }
}

static void test_limits(void **state) {
        JsonFault fault;

        assert_int_equal(json_scan(TEXT("[1,2]"), &(JsonLimits){ .max_length = 5 }, NULL, NULL, &fault), 0);
        assert_int_equal(
                json_scan(TEXT("[1,2]"), &(JsonLimits){ .max_length = 4 }, NULL, NULL, &fault), -E2BIG);
        assert_string_equal(fault.reason, "text too long");
        assert_int_equal(fault.offset, 4);

        assert_int_equal(json_scan(TEXT("[[]]"), &(JsonLimits){ .max_depth = 2 }, NULL, NULL, &fault), 0);
        assert_int_equal(
                json_scan(TEXT("[[]]"), &(JsonLimits){ .max_depth = 1 }, NULL, NULL, &fault), -E2BIG);
        assert_int_equal(
                json_scan(TEXT("{\"a\":1}"), &(JsonLimits){ .max_depth = 1 }, NULL, NULL, &fault), 0);
        assert_int_equal(
                json_scan(TEXT("{\"a\":{}}"), &(JsonLimits){ .max_depth = 1 }, NULL, NULL, &fault), -E2BIG);
        assert_string_equal(fault.path, "a");

        assert_int_equal(json_scan(TEXT("{\"a\":{\"c\":1},\"b\":1}"), &(JsonLimits){ .max_members = 2 },
                                 NULL, NULL, &fault),
                0);
        assert_int_equal(json_scan(TEXT("{\"a\":1,\"b\":1,\"c\":1}"), &(JsonLimits){ .max_members = 2 },
                                 NULL, NULL, &fault),
                -E2BIG);
        assert_string_equal(fault.reason, "too many members in an object");
        assert_int_equal(fault.offset, 13);
}

/* An object of n members, in falling order; where copy_of is a member's number, one more at the end repeats
 * that key. */
static char *large_object(size_t n, size_t copy_of, size_t *ret_length, size_t *ret_offset) {
        JsonWriter w = JSON_WRITER_INIT(64 * 1024 * 1024);
        char *text;

        json_begin_object(&w);
        for (size_t i = 0; i < n; i++) {
                char key[32];

                (void) snprintf(key, sizeof(key), i % 3 ? "key-%zu" : "\xC3\xA9\t%zu", n - i);
                json_write_key_u64(&w, key, i);
        }
        if (copy_of < n) {
                char key[32];

                (void) snprintf(key, sizeof(key), copy_of % 3 ? "key-%zu" : "\xC3\xA9\t%zu", n - copy_of);
                *ret_offset = w.buffer.size + 1;
                json_write_key_u64(&w, key, 1);
        }
        json_end_object(&w);

        assert_int_equal(json_writer_finish(&w, &text, ret_length), 0);
        return text;
}

static void test_large_objects(void **state) {
        for (size_t n = 1; n < 120; n++)
                for (size_t copy_of = 0; copy_of <= n; copy_of++) {
                        _cleanup_free_ char *text = NULL;
                        size_t length, offset = 0;
                        JsonFault fault = {};
                        int r;

                        text = large_object(n, copy_of, &length, &offset);
                        r = scan_exact(text, length, NULL, NULL, NULL, &fault);
                        assert_int_equal(r, copy_of < n ? -EBADMSG : 0);
                        if (r < 0) {
                                assert_string_equal(fault.reason, "duplicate key");
                                assert_int_equal(fault.offset, offset);
                        }
                }
}

/* Of several duplicates in a large object the first repetition is named, and the object it is in. */
static void test_first_duplicate(void **state) {
        JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        _cleanup_free_ char *text = NULL;
        size_t length, offset = 0;
        JsonFault fault = {};

        json_begin_object(&w);
        json_write_key(&w, "outer");
        json_begin_object(&w);
        for (size_t i = 0; i < 100; i++) {
                char key[32];

                if (i == 60)
                        offset = w.buffer.size + 1;
                (void) snprintf(key, sizeof(key), "%zu", i < 60 ? i : 99 - i);
                json_write_key_bool(&w, key, true);
        }
        json_end_object(&w);
        json_end_object(&w);
        assert_int_equal(json_writer_finish(&w, &text, &length), 0);

        assert_int_equal(json_scan(text, length, NULL, NULL, NULL, &fault), -EBADMSG);
        assert_int_equal(fault.offset, offset);
        assert_string_equal(fault.path, "outer.39");
}

static void test_path_is_safe(void **state) {
        char text[400];
        JsonFault fault;
        int n;

        assert_int_equal(json_scan(TEXT("{\"a\\u001b[1m\\n<b>\":}"), NULL, NULL, NULL, &fault), -EBADMSG);
        assert_string_equal(fault.path, "a?[1m??b?");

        n = snprintf(text, sizeof(text), "{\"%0300d\":[", 1);
        assert_int_equal(json_scan(text, (size_t) n, NULL, NULL, NULL, &fault), -EBADMSG);
        assert_int_equal(strlen(fault.path), sizeof(fault.path) - 1);
}

static void test_position(void **state) {
        static const char text[] = "{\n  \"\xC3\xA9\": x\n}";
        size_t line, column;
        JsonFault fault;

        assert_int_equal(json_scan(TEXT(text), NULL, NULL, NULL, &fault), -EBADMSG);
        json_position(TEXT(text), fault.offset, &line, &column);
        assert_int_equal(line, 2);
        assert_int_equal(column, 8);

        json_position(TEXT(text), 0, &line, &column);
        assert_int_equal(line, 1);
        assert_int_equal(column, 1);
        json_position(TEXT(text), SIZE_MAX, &line, &column);
        assert_int_equal(line, 3);
        assert_int_equal(column, 2);
}

static int collect_text(JsonEvent *event, void *userdata) {
        const char *text;

        if (event->type != JSON_KEY && event->type != JSON_STRING)
                return 0;
        return json_event_text(event, &text, userdata);
}

/* Long keys with escapes, many of them, and long strings: all that allocates. */
static void test_allocation_failures(void **state) {
        JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        _cleanup_free_ char *text = NULL;
        size_t length, count, last;
        int r;

        json_begin_array(&w);
        json_begin_object(&w);
        for (size_t i = 0; i < 200; i++) {
                char key[600];

                (void) snprintf(key, sizeof(key), "\n%0*zu", 500, i);
                json_write_key_string(&w, key, "x");
        }
        json_end_object(&w);
        json_end_array(&w);
        assert_int_equal(json_writer_finish(&w, &text, &length), 0);

        FOR_EACH_FAILURE(count, r, {
                JsonFault fault = {};

                r = json_scan(text, length, NULL, collect_text, &last, &fault);
                if (r < 0)
                        assert_non_null(fault.reason);
        });
        assert_true(count >= 8);

        /* And a typical request needs no memory at all. */
        allocations_left = 0;
        r = json_scan(
                TEXT("{\"method\":\"units.restart\",\"parameters\":{\"units\":[\"app\\u002eservice\"]}}"),
                NULL, collect_text, &last, NULL);
        allocations_left = -1;
        assert_int_equal(r, 0);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_accepted),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_prefixes),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_large_objects),
                cmocka_unit_test(test_first_duplicate),
                cmocka_unit_test(test_path_is_safe),
                cmocka_unit_test(test_position),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
