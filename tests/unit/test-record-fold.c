/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is sent and what is counted, minute by minute.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/record-fold.h"

#define START  (1000U * USEC_PER_SEC)
#define MINUTE RECORD_FOLD_USEC

/* What fold_flush() sent last, and how often; or what it is told instead. */
typedef struct Sent {
        FoldCount last;
        char account[32];
        unsigned n;
        uint64_t total;
        int answer;
} Sent;

static int on_send(const FoldCount *count, void *userdata) {
        Sent *sent = userdata;

        if (sent->answer < 0)
                return sent->answer;
        sent->last = *count;
        (void) snprintf(sent->account, sizeof(sent->account), "%s", strempty(count->account));
        sent->n++;
        sent->total += count->count;
        return 0;
}

static const Method *reading(void) {
        return method_find("units.list");
}

static int setup(void **state) {
        return fold_new((Fold **) state);
}

static int teardown(void **state) {
        fold_free(*state);
        return 0;
}

static void test_reads_are_counted(void **state) {
        Fold *fold = *state;
        Sent sent = {};

        assert_true(fold_next(fold) == UINT64_MAX);
        assert_int_equal(fold_read(fold, START, 1, reading(), "web"), FOLD_SEND);
        assert_true(fold_next(fold) == START + MINUTE);

        for (unsigned i = 1; i <= 59; i++)
                assert_int_equal(fold_read(fold, START + i * USEC_PER_SEC, 1, reading(), "web"), FOLD_COUNT);

        assert_int_equal(fold_flush(fold, START + MINUTE - 1, on_send, &sent), 0);
        assert_int_equal(sent.n, 0);
        assert_int_equal(fold_flush(fold, START + MINUTE, on_send, &sent), 0);
        assert_int_equal(sent.n, 1);
        assert_int_equal(sent.last.count, 59);
        assert_int_equal(sent.last.caller_uid, 1);
        assert_false(sent.last.denials);
        assert_ptr_equal(sent.last.method, reading());
        assert_string_equal(sent.account, "web");
}

/* One counting record a minute while it goes on; none, and a first record again, once it has stopped. */
static void test_reads_go_on_and_stop(void **state) {
        Fold *fold = *state;
        Sent sent = {};
        uint64_t now = START;
        unsigned alone = 0;

        for (unsigned i = 0; i < 600; i++, now += USEC_PER_SEC) {
                assert_int_equal(fold_flush(fold, now, on_send, &sent), 0);
                alone += fold_read(fold, now, 1, reading(), "web") == FOLD_SEND;
        }
        assert_int_equal(alone, 1);
        assert_int_equal(sent.n, 9);

        assert_int_equal(fold_flush(fold, now + MINUTE, on_send, &sent), 0);
        assert_int_equal(sent.n, 10);
        assert_int_equal(alone + sent.total, 600);

        assert_int_equal(fold_flush(fold, now + 2 * MINUTE, on_send, &sent), 0);
        assert_int_equal(sent.n, 10);
        assert_true(fold_next(fold) == UINT64_MAX);
        assert_int_equal(fold_read(fold, now + 2 * MINUTE, 1, reading(), "web"), FOLD_SEND);
}

static void test_reads_apart(void **state) {
        Fold *fold = *state;

        assert_int_equal(fold_read(fold, START, 1, reading(), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 2, reading(), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 1, method_find("units.show"), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 1, reading(), "api"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 1, reading(), NULL), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 1, reading(), ""), FOLD_SEND);
        assert_int_equal(fold_read(fold, START, 1, reading(), NULL), FOLD_COUNT);
        assert_int_equal(fold_read(fold, START, 1, reading(), "api"), FOLD_COUNT);
}

/* Nothing was counted within the minute, and nobody has flushed: the next one stands alone again. */
static void test_read_after_the_minute(void **state) {
        Fold *fold = *state;

        assert_int_equal(fold_read(fold, START, 1, reading(), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START + MINUTE, 1, reading(), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START + MINUTE + 1, 1, reading(), "web"), FOLD_COUNT);
}

static void test_denials(void **state) {
        Fold *fold = *state;
        Sent sent = {};

        for (unsigned i = 0; i < RECORD_DENIALS_MAX; i++)
                assert_int_equal(fold_denial(fold, START, 1), FOLD_SEND);
        for (unsigned i = 0; i < 1000; i++)
                assert_int_equal(fold_denial(fold, START + i, 1), FOLD_COUNT);
        assert_int_equal(fold_denial(fold, START, 2), FOLD_SEND);

        assert_int_equal(fold_flush(fold, START + MINUTE, on_send, &sent), 0);
        assert_int_equal(sent.n, 1);
        assert_int_equal(sent.last.count, 1000);
        assert_true(sent.last.denials);
        assert_null(sent.last.method);

        /* A new minute: they stand alone again. */
        for (unsigned i = 0; i < RECORD_DENIALS_MAX; i++)
                assert_int_equal(fold_denial(fold, START + MINUTE, 1), FOLD_SEND);
        assert_int_equal(fold_denial(fold, START + MINUTE, 1), FOLD_COUNT);
}

static void test_denials_without_flush(void **state) {
        Fold *fold = *state;

        for (unsigned i = 0; i < RECORD_DENIALS_MAX; i++)
                assert_int_equal(fold_denial(fold, START, 1), FOLD_SEND);
        assert_int_equal(fold_denial(fold, START + MINUTE, 1), FOLD_SEND);
}

/* What could not be sent is not lost: it is told with the next count that can. */
static void test_failures_are_counted(void **state) {
        Fold *fold = *state;
        Sent sent = { .answer = -EAGAIN };

        assert_int_equal(fold_read(fold, START, 1, reading(), "web"), FOLD_SEND);
        assert_true(fold_read_failed(fold, 1, reading(), "web"));
        assert_int_equal(fold_denial(fold, START, 1), FOLD_SEND);
        assert_true(fold_denial_failed(fold, 1));
        assert_false(fold_read_failed(fold, 7, reading(), "web"));
        assert_false(fold_denial_failed(fold, 7));

        assert_int_equal(fold_flush(fold, START + MINUTE, on_send, &sent), -EAGAIN);
        assert_true(fold_next(fold) <= START + MINUTE);
        assert_int_equal(fold_read(fold, START + MINUTE + 1, 1, reading(), "web"), FOLD_COUNT);

        sent.answer = 0;
        assert_int_equal(fold_flush(fold, START + MINUTE + 2, on_send, &sent), 0);
        assert_int_equal(sent.n, 2);
        assert_int_equal(sent.total, 3);
}

static void test_full(void **state) {
        Fold *fold = *state;
        Sent sent = {};

        for (uid_t uid = 0; uid < FOLD_ROWS_MAX; uid++) {
                assert_int_equal(fold_read(fold, START, uid, reading(), "web"), FOLD_SEND);
                assert_int_equal(fold_denial(fold, START, uid), FOLD_SEND);
        }

        /* No room: one by one, however often. */
        for (unsigned i = 0; i < 100; i++) {
                assert_int_equal(fold_read(fold, START, FOLD_ROWS_MAX, reading(), "web"), FOLD_SEND);
                assert_int_equal(fold_denial(fold, START, FOLD_ROWS_MAX), FOLD_SEND);
        }
        assert_int_equal(fold_read(fold, START, FOLD_ROWS_MAX - 1, reading(), "web"), FOLD_COUNT);

        /* Room again. */
        assert_int_equal(fold_flush(fold, START + MINUTE, on_send, &sent), 0);
        assert_int_equal(sent.n, 1);
        assert_int_equal(fold_read(fold, START + MINUTE, FOLD_ROWS_MAX, reading(), "web"), FOLD_SEND);
        assert_int_equal(fold_read(fold, START + MINUTE, FOLD_ROWS_MAX, reading(), "web"), FOLD_COUNT);
}

static void test_flush_all(void **state) {
        Fold *fold = *state;
        Sent sent = {};

        for (uid_t uid = 0; uid < 10; uid++) {
                assert_int_equal(fold_read(fold, START, uid, reading(), "web"), FOLD_SEND);
                assert_int_equal(fold_read(fold, START, uid, reading(), "web"), FOLD_COUNT);
        }

        assert_int_equal(fold_flush(fold, UINT64_MAX, on_send, &sent), 0);
        assert_int_equal(sent.n, 10);
        assert_true(fold_next(fold) == UINT64_MAX);
        assert_int_equal(fold_read(fold, START, 1, reading(), "web"), FOLD_SEND);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_reads_are_counted, setup, teardown),
                cmocka_unit_test_setup_teardown(test_reads_go_on_and_stop, setup, teardown),
                cmocka_unit_test_setup_teardown(test_reads_apart, setup, teardown),
                cmocka_unit_test_setup_teardown(test_read_after_the_minute, setup, teardown),
                cmocka_unit_test_setup_teardown(test_denials, setup, teardown),
                cmocka_unit_test_setup_teardown(test_denials_without_flush, setup, teardown),
                cmocka_unit_test_setup_teardown(test_failures_are_counted, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full, setup, teardown),
                cmocka_unit_test_setup_teardown(test_flush_all, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
