/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times, spans, sizes, signals; colours, widths; job results; the stream's lines; replies.
 */

#include "tests/unit/client-fixture.h"

#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <time.h>

#include "client/stream.h"
#include "client/terminal/terminal.h"
#include "client/terminal/text.h"
#include "client/verb/job.h"

#define SEC USEC_PER_SEC

static void test_timespan(void **state) {
        static const struct {
                uint64_t usec;
                uint64_t accuracy;
                const char *text;
        } cases[] = {
                { 0, 0, "0" },
                { UINT64_MAX, 0, "infinity" },
                { 1, 0, "1us" },
                { 100 * USEC_PER_MSEC, 0, "100ms" },
                { 90 * SEC, 0, "1min 30s" },
                { 3 * SEC / 2, 0, "1.500000s" },
                { 3 * SEC / 2, USEC_PER_MSEC, "1.500s" },
                { 1234567, USEC_PER_MSEC, "1.234s" },
                { 1234, USEC_PER_MSEC, "1ms" },
                { 61234567, USEC_PER_MSEC, "1min 1.234s" },
                { 86400 * SEC, 0, "1d" },
                { 7 * 86400 * SEC + 3600 * SEC, 0, "1w 1h" },
                { UINT64_MAX - 1, 0, "584542y 2w 2d 20h 1min 49.551614s" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char buf[TEXT_MAX];

                assert_string_equal(text_timespan(buf, cases[i].usec, cases[i].accuracy), cases[i].text);
        }
}

static void test_relative(void **state) {
        static const uint64_t now = UINT64_C(1795442074) * SEC;
        static const struct {
                uint64_t before;
                const char *text;
        } cases[] = {
                { 0, "now" },
                { 5, "5us ago" },
                { 20 * USEC_PER_MSEC, "20ms ago" },
                { 20 * SEC, "20s ago" },
                { 61 * SEC, "1min 1s ago" },
                { 301 * SEC, "5min ago" },
                { 3660 * SEC, "1h 1min ago" },
                { 7 * 3600 * SEC, "7h ago" },
                { 26 * 3600 * SEC, "1 day 2h ago" },
                { 3 * 86400 * SEC, "3 days ago" },
                { 8 * 86400 * SEC, "1 week 1 day ago" },
                { 35 * 86400 * SEC, "1 month 4 days ago" },
                { 800 * 86400 * SEC, "2 years 2 months ago" },
        };
        char buf[TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(text_relative(buf, now - cases[i].before, now), cases[i].text);
        assert_string_equal(text_relative(buf, now + 90 * SEC, now), "1min 30s left");
        assert_string_equal(text_relative(buf, 0, now), "");
        assert_string_equal(text_relative(buf, UINT64_MAX, now), "");
}

static void test_words(void **state) {
        char buf[TEXT_MAX];

        assert_string_equal(text_timestamp(buf, UINT64_C(1795442074000000)), "Mon 2026-11-23 13:54:34 UTC");
        assert_string_equal(text_timestamp(buf, 0), "");
        (void) text_timestamp(buf, UINT64_MAX - 1);
        assert_string_equal(text_bytes(buf, 0), "0B");
        assert_string_equal(text_bytes(buf, 1023), "1023B");
        assert_string_equal(text_bytes(buf, 1536), "1.5K");
        assert_string_equal(text_bytes(buf, 500 * UINT64_C(1048576)), "500.0M");
        assert_string_equal(text_bytes(buf, UINT64_MAX), "15.9E");
        assert_string_equal(text_signal(buf, SIGTERM), "TERM");
        assert_string_equal(text_signal(buf, SIGRTMIN + 3), "RTMIN+3");
        assert_string_equal(text_signal(buf, 0), "0");
        assert_string_equal(text_signal(buf, INT64_MIN), "-9223372036854775808");
        assert_string_equal(text_exit_status(203), "EXEC");
        assert_null(text_exit_status(42));
        assert_null(text_exit_status(-1));
        assert_null(text_exit_status(INT64_MAX));
        assert_null(text_exit_code(0));
}

static void test_colors(void **state) {
        assert_true(terminal_decide_colors(true, "xterm", NULL, NULL));
        assert_false(terminal_decide_colors(false, "xterm", NULL, NULL));
        assert_false(terminal_decide_colors(true, "dumb", NULL, NULL));
        assert_false(terminal_decide_colors(true, "xterm", "1", NULL));
        assert_true(terminal_decide_colors(true, "xterm", "", NULL));
        assert_true(terminal_decide_colors(false, NULL, "1", "yes"));
        assert_true(terminal_decide_colors(false, NULL, NULL, "256"));
        assert_false(terminal_decide_colors(true, "xterm", NULL, "0"));
        assert_true(terminal_decide_colors(true, "xterm", NULL, "nonsense"));
}

static void check_ellipsis(bool utf8, const char *text, size_t columns, const char *expected) {
        _cleanup_free_ char *cut = terminal_ellipsize(&(Terminal){ .utf8 = utf8 }, text, columns);

        assert_string_equal(cut, expected);
}

static void test_width(void **state) {
        assert_int_equal(terminal_width(""), 0);
        assert_int_equal(terminal_width("abc"), 3);
        assert_int_equal(terminal_width("Überprüfung"), 11);
        assert_int_equal(terminal_width("日本"), 4);
        assert_int_equal(terminal_width("a\xff"), 2);
        check_ellipsis(true, "abc", 3, "abc");
        check_ellipsis(true, "abcd", 3, "ab…");
        check_ellipsis(false, "abcdef", 5, "ab...");
        check_ellipsis(true, "日本語", 4, "日…");
        check_ellipsis(true, "abcd", 0, "…");
}

static void test_jobs(void **state) {
        static const struct {
                const char *result, *service_result, *text;
        } cases[] = {
                { "done", NULL, NULL },
                { "skipped", "success", NULL },
                { "queued", NULL, NULL },
                { NULL, NULL, NULL },
                { "failed", "exit-code",
                        "Job for a/b.service failed because the control process exited with error code.\n"
                        "See \"userunitctl status a/b.service\" for details." },
                { "failed", "frobnicated",
                        "Job for a/b.service failed.\nSee \"userunitctl status a/b.service\" for details." },
                { "failed", NULL,
                        "Job for a/b.service failed.\nSee \"userunitctl status a/b.service\" for details." },
                { "canceled", NULL, "Job for a/b.service was canceled." },
                { "dependency", NULL, "A dependency job for a/b.service failed." },
        };
        _cleanup_free_ char *limit = NULL;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text =
                        job_describe("start", "a/b.service", cases[i].result, cases[i].service_result);

                assert_true(streq_ptr(text, cases[i].text));
        }
        limit = job_describe("start", "b.service", "failed", "start-limit-hit");
        assert_non_null(strstr(limit, "userunitctl reset-failed b.service"));
}

typedef struct Lines {
        size_t n;
        size_t bytes;
} Lines;

static int count_line(const char *line, size_t n, void *userdata) {
        Lines *l = userdata;

        l->n++;
        l->bytes += n;
        if (n == 3 && strncmp(line, "end", 3) == 0)
                return 1;
        return n == 3 && strncmp(line, "bad", 3) == 0 ? -EBADMSG : 0;
}

static int read_stream(const char *text, Lines *ret) {
        int fds[2], r;

        *ret = (Lines){};
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
        close(fds[1]);
        r = stream_read(fds[0], count_line, ret);
        close(fds[0]);
        return r;
}

static void test_stream(void **state) {
        Lines l;

        assert_int_equal(read_stream("a\nbb\nend\nnever\n", &l), 0);
        assert_int_equal(l.n, 3);
        assert_int_equal(l.bytes, 6);
        assert_int_equal(read_stream("a\nbb\n", &l), -EPIPE);
        assert_int_equal(read_stream("a\nend", &l), -EPIPE);
        assert_int_equal(l.n, 1);
        assert_int_equal(read_stream("", &l), -EPIPE);
        assert_int_equal(read_stream("a\nbad\nend\n", &l), -EBADMSG);
        assert_int_equal(read_stream("\n\nend\n", &l), 0);
        assert_int_equal(l.n, 3);
}

/* A line over the limit, from a file: no pipe holds it. */
static void test_long_line(void **state) {
        size_t n = STREAM_LINE_MAX + 10;
        _cleanup_close_ int fd = memfd_create("line", MFD_CLOEXEC);
        Lines l = {};

        assert_int_equal(ftruncate(fd, (off_t) n), 0);
        assert_int_equal(stream_read(fd, count_line, &l), -EMSGSIZE);
        assert_int_equal(l.n, 0);
}

static void test_reply(void **state) {
        static const char text[] =
                "{\"s\":\"a\\u001b[31mb\",\"e\":\"\",\"n\":-1,\"big\":18446744073709551615,\"f\":1.5,"
                "\"a\":[\"x\\n\",{\"k\":\"\\u202e\"}],\"z\":\"Überprüfung\",\"null\":null}";
        _cleanup_reply_ json_object *o = NULL;
        json_object *bad;

        assert_int_equal(reply_parse(text, strlen(text), &o), 0);
        assert_null(reply_string(o, "e"));
        assert_null(reply_string(o, "n"));
        assert_null(reply_string(o, "missing"));
        assert_null(reply_string(NULL, "s"));
        assert_null(reply_array(o, "s"));
        assert_true(reply_u64(o, "n", 7) == 7);
        assert_true(reply_u64(o, "f", 7) == 7);
        assert_true(reply_u64(o, "big", 7) == UINT64_MAX);
        assert_true(reply_boolean(o, "s", true));
        assert_int_equal(reply_length(NULL), 0);
        assert_null(reply_item_string(reply_array(o, "a"), 99));

        assert_int_equal(reply_make_safe(o), 0);
        assert_string_equal(reply_string(o, "s"), "a\\x1b[31mb");
        assert_string_equal(reply_item_string(reply_array(o, "a"), 0), "x\\x0a");
        assert_string_equal(reply_string(reply_item(reply_array(o, "a"), 1), "k"), "\\u202e");
        assert_string_equal(reply_string(o, "z"), "Überprüfung");

        assert_int_equal(reply_parse("{", 1, &bad), -EBADMSG);
        assert_int_equal(reply_parse("{}x", 3, &bad), -EBADMSG);
        assert_int_equal(reply_parse("", 0, &bad), -EBADMSG);
        assert_int_equal(reply_parse("\"\\u0000\"", 8, &bad), -EBADMSG);
        assert_int_equal(reply_parse("{\"a\":1,\"a\":2}", 13, &bad), -EBADMSG);
        assert_int_equal(reply_parse("\"\x1b\"", 3, &bad), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_timespan),
                cmocka_unit_test(test_relative),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_colors),
                cmocka_unit_test(test_width),
                cmocka_unit_test(test_jobs),
                cmocka_unit_test(test_stream),
                cmocka_unit_test(test_long_line),
                cmocka_unit_test(test_reply),
        };

        setenv("TZ", "UTC", 1);
        tzset();
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return EXIT_FAILURE;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
