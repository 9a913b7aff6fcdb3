/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/disk/unit-text.h: what is read of a unit file's text, and of names of signals
 * (signal-name.h). */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/strv.h"
#include "daemon/worker/disk/unit-text.h"
#include "daemon/worker/signal-name.h"

static void test_sections(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(unit_text_read("WantedBy=x\n[Unit]\nDescription= The  app \nWantedBy=x\n[Service]\n"
                                        "Description=no\nAlso=no\n [Install] \nAlias=a.service  b.service\n",
                                 &t),
                0);
        assert_string_equal(t.description, "The  app");
        assert_null(t.wanted_by);
        assert_null(t.also);
        assert_int_equal(strv_length(t.aliases), 2);
        assert_true(unit_text_has_rules(&t));
}

static void test_continuations_and_comments(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(
                unit_text_read("[Install]\n# WantedBy=a \\\n;Also=b\nAlias=a.service \\\n# in between\n"
                               "  b.service\\\n c.service\nAlso=\nRequiredBy=\n",
                        &t),
                0);
        assert_int_equal(strv_length(t.aliases), 3);
        assert_string_equal(t.aliases[2], "c.service");
        assert_null(t.required_by);
        assert_null(t.also);
}

static void test_reset(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(
                unit_text_read(
                        "[Unit]\nDescription=x\nDescription=\n[Install]\nAlias=a.service\nAlias=\n", &t),
                0);
        assert_null(t.description);
        assert_false(unit_text_has_rules(&t));
}

static void test_odd_texts(void **state) {
        static const char *const texts[] = { "", "\n\n", "[]", "[Install]\\", "=", "[Install]\n=\n==\n",
                "\\\n\\\n\\", "[Install]\r\nWantedBy=\r\n", "# \\", "[Install]\nWantedBy" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(unit_text_done) UnitText t = {};

                assert_int_equal(unit_text_read(texts[i], &t), 0);
                assert_false(unit_text_has_rules(&t));
                assert_null(t.also);
        }
}

static void test_open_headers(void **state) {
        static const char *const texts[] = { "[", "[Install", "[Unit]\n[Install \nWantedBy=x\n",
                "[Unit]x\n" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(unit_text_done) UnitText t = {};

                assert_int_equal(unit_text_read(texts[i], &t), -EBADMSG);
        }
}

static void test_words(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(
                unit_text_read("\xef\xbb\xbf[Install]\nWantedBy='a b'\"c\"d e\\x2df\nRequiredBy='a\n"
                               "UpheldBy=u\nAlso=a b\nAlso=\nDefaultInstance=one two\n",
                        &t),
                0);
        assert_int_equal(strv_length(t.wanted_by), 2);
        assert_string_equal(t.wanted_by[0], "a bcd");
        assert_string_equal(t.wanted_by[1], "e\\x2df");
        assert_null(t.required_by);
        assert_int_equal(strv_length(t.upheld_by), 1);
        assert_int_equal(strv_length(t.also), 2);
        assert_string_equal(t.default_instance, "one two");
}

static void test_drop_ins(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(unit_text_read("[Install]\nWantedBy=a\nAlias=x.service\n", &t), 0);
        assert_int_equal(unit_text_read("[Install]\nWantedBy=b\nAlias=\nDefaultInstance=i", &t), 0);
        assert_int_equal(strv_length(t.wanted_by), 2);
        assert_null(t.aliases);
        assert_string_equal(t.default_instance, "i");
}

static void test_last_line_continued(void **state) {
        static const char *const texts[] = { "[Install]\nWantedBy=a \\", "[Install]\nWantedBy=a \\\n",
                "[Install]\nWantedBy=a\\\n# x", "[Install]\nWantedBy=a\\\n;\n" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(unit_text_done) UnitText t = {};

                assert_int_equal(unit_text_read(texts[i], &t), 0);
                assert_int_equal(strv_length(t.wanted_by), 1);
                assert_string_equal(t.wanted_by[0], "a");
        }
}

static void test_carriage_returns(void **state) {
        _cleanup_(unit_text_done) UnitText t = {};

        assert_int_equal(unit_text_read("[Install]\r\nWantedBy=default.target\r\n", &t), 0);
        assert_int_equal(strv_length(t.wanted_by), 1);
        assert_string_equal(t.wanted_by[0], "default.target");
}

static void test_signals(void **state) {
        assert_int_equal(signal_from_string("TERM"), SIGTERM);
        assert_int_equal(signal_from_string("SIGTERM"), SIGTERM);
        assert_int_equal(signal_from_string("9"), SIGKILL);
        assert_int_equal(signal_from_string("64"), SIGRTMAX);
        assert_int_equal(signal_from_string("SIGRTMIN"), SIGRTMIN);
        assert_int_equal(signal_from_string("RTMIN+3"), SIGRTMIN + 3);
        assert_int_equal(signal_from_string("SIGRTMAX-1"), SIGRTMAX - 1);
}

static void test_no_signals(void **state) {
        static const char *const names[] = { "", "0", "65", "-9", "+9", "9 ", "009", "SIG", "term",
                "SIGSIGTERM", "RTMIN+", "RTMIN+99", "RTMAX-99", "RTMAX+1", "RTMIN-1", "SIG9", "4294967305",
                "TERM\n" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                assert_int_equal(signal_from_string(names[i]), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sections),
                cmocka_unit_test(test_continuations_and_comments),
                cmocka_unit_test(test_reset),
                cmocka_unit_test(test_odd_texts),
                cmocka_unit_test(test_open_headers),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_drop_ins),
                cmocka_unit_test(test_last_line_continued),
                cmocka_unit_test(test_carriage_returns),
                cmocka_unit_test(test_signals),
                cmocka_unit_test(test_no_signals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
