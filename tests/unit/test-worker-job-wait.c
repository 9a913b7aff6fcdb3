/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/job-wait.h: the table of requests that wait for jobs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/worker/job-wait.h"

static JobWait *add(JobWaits *jobs, uint64_t serial, size_t n) {
        JobWait *wait = job_wait_new(serial, METHOD_UNITS_START, n);

        assert_non_null(wait);
        assert_int_equal(job_waits_add(jobs, wait), 0);
        return wait;
}

static void queue(JobWaits *jobs, JobUnit *unit, const char *job) {
        job_waits_begin_queuing(jobs);
        assert_int_equal(job_waits_end_queuing(jobs, unit, job), 0);
}

static void test_ends_in_order(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *wait = add(&jobs, 1, 2), *ended;

        queue(&jobs, wait->units, "/1");
        queue(&jobs, wait->units + 1, "/2");
        assert_null(job_waits_take_ended(&jobs));
        job_waits_ended(&jobs, "/1", "done");
        assert_null(job_waits_take_ended(&jobs));
        job_waits_ended(&jobs, "/3", "failed");
        assert_null(job_waits_take_ended(&jobs));
        job_waits_ended(&jobs, "/2", "failed");

        ended = job_waits_take_ended(&jobs);
        assert_ptr_equal(ended, wait);
        assert_string_equal(wait->units[0].result, "done");
        assert_string_equal(wait->units[1].result, "failed");
        assert_null(job_waits_take_ended(&jobs));
        job_wait_free(ended);
}

static void test_end_before_the_answer(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *wait = add(&jobs, 1, 1);

        job_waits_begin_queuing(&jobs);
        job_waits_ended(&jobs, "/other", "failed");
        job_waits_ended(&jobs, "/1", "done");
        assert_int_equal(job_waits_end_queuing(&jobs, wait->units, "/1"), 0);
        assert_false(job_wait_is_open(wait));
        assert_string_equal(wait->units[0].result, "done");
}

/* Numbers of jobs are used again after the manager was executed again: an old end must not answer a new job.
 */
static void test_early_ends_do_not_outlive_the_call(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *wait = add(&jobs, 1, 2);

        job_waits_begin_queuing(&jobs);
        job_waits_ended(&jobs, "/2", "done");
        assert_int_equal(job_waits_end_queuing(&jobs, wait->units, "/1"), 0);
        queue(&jobs, wait->units + 1, "/2");
        job_waits_ended(&jobs, "/1", "done");
        assert_true(job_wait_is_open(wait));
}

static void test_flood_of_early_ends(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *wait = add(&jobs, 1, 1);
        char job[16];

        job_waits_begin_queuing(&jobs);
        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(job, sizeof(job), "/%u", i);
                job_waits_ended(&jobs, job, "done");
        }
        assert_int_equal(job_waits_end_queuing(&jobs, wait->units, "/999"), 0);
        assert_false(job_wait_is_open(wait));
}

static void test_one_job_two_requests(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *a = add(&jobs, 1, 1), *b = add(&jobs, 2, 1);

        queue(&jobs, a->units, "/1");
        queue(&jobs, b->units, "/1");
        job_waits_ended(&jobs, "/1", "done");
        assert_false(job_wait_is_open(a));
        assert_false(job_wait_is_open(b));
}

static void test_lost_connection(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        JobWait *a = add(&jobs, 1, 1), *b = add(&jobs, 2, 1);

        a->generation = 3;
        b->generation = 4;
        queue(&jobs, a->units, "/1");
        queue(&jobs, b->units, "/2");
        assert_ptr_equal(job_waits_take_lost(&jobs, 4), a);
        assert_null(job_waits_take_lost(&jobs, 4));
        job_wait_free(a);
}

static void test_full(void **state) {
        _cleanup_(job_waits_done) JobWaits jobs = {};
        _cleanup_(job_wait_freep) JobWait *more = NULL;

        for (unsigned i = 0; i < WORKER_JOBS_MAX; i++)
                (void) add(&jobs, i, 1);
        more = job_wait_new(99, METHOD_UNITS_START, 1);
        assert_int_equal(job_waits_add(&jobs, more), -ENOBUFS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ends_in_order),
                cmocka_unit_test(test_end_before_the_answer),
                cmocka_unit_test(test_early_ends_do_not_outlive_the_call),
                cmocka_unit_test(test_flood_of_early_ends),
                cmocka_unit_test(test_one_job_two_requests),
                cmocka_unit_test(test_lost_connection),
                cmocka_unit_test(test_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
