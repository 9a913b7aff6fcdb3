/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of children: ids, limits, who may reach whom, and what becomes of those whose peer is gone. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/spawner/children.h"

/* A process that waits to be killed. */
static pid_t make_process(void) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                for (;;)
                        (void) pause();

        return pid;
}

static void test_ids_and_owners(void **state) {
        Children children = { 0 };
        Child *a = children_add(&children, 100, 1501, 0), *b = children_add(&children, 101, 1502, 1);
        uint64_t first = a->id;

        assert_true(first > 0 && b->id > first);
        assert_ptr_equal(children_find(&children, 0, a->id), a);
        assert_ptr_equal(children_find_pid(&children, 101), b);
        assert_null(children_find(&children, 1, a->id));
        assert_null(children_find(&children, 0, b->id));
        assert_null(children_find(&children, 0, 100));
        assert_null(children_find(&children, 0, 0));
        assert_null(children_find(&children, -1, 0));
        assert_null(children_find_pid(&children, 0));

        assert_null(children_find_untold(&children, 0));
        child_exited(a, 256);
        assert_null(children_find_pid(&children, 100));
        assert_ptr_equal(children_find_untold(&children, 0), a);
        assert_int_equal(a->status, 256);
        assert_null(children_find_untold(&children, 1));
        child_told(a);
        assert_null(children_find(&children, 0, first));

        a = children_add(&children, 100, 1501, 0);
        assert_true(a->id > b->id);
}

static void test_limits(void **state) {
        static Children children;
        size_t n = 0;

        /* What is killed and does not die leaves room for others, until the whole table is full. */
        for (int peer = 0; n < SPAWNER_CHILDREN_MAX; peer++) {
                for (size_t i = 0; i < SPAWNER_LIVE_PER_PEER; i++, n++) {
                        Child *child;

                        assert_true(children_have_room(&children, peer));
                        child = children_add(&children, (pid_t) (1000 + n), 1501, peer);
                        if (peer == 0)
                                child->state = CHILD_KILLED;
                }
                if (n < SPAWNER_CHILDREN_MAX)
                        assert_int_equal(children_have_room(&children, peer), peer == 0);
        }

        for (int peer = 0; peer < 8; peer++)
                assert_false(children_have_room(&children, peer));

        child_exited(children_find_pid(&children, 1000), 0);
        assert_false(children_have_room(&children, 7)); /* its peer is not told yet */
        child_told(children_find_untold(&children, 0));
        assert_true(children_have_room(&children, 7));
}

static void test_orphans(void **state) {
        Children children = { 0 };
        Child *mine = children_add(&children, make_process(), 1501, 0);
        Child *other = children_add(&children, make_process(), 1501, 1);
        Child *done = children_add(&children, 1, 1501, 0);
        int status;

        child_exited(done, 0);
        children_orphan(&children, 0);
        assert_int_equal(done->state, CHILD_FREE);
        assert_int_equal(mine->state, CHILD_KILLED);
        assert_int_equal(other->state, CHILD_LIVE);

        assert_int_equal(waitpid(mine->pid, &status, 0), mine->pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_ptr_equal(children_find_pid(&children, mine->pid), mine);
        child_exited(mine, status);
        assert_int_equal(mine->state, CHILD_FREE);

        assert_int_equal(waitpid(other->pid, &status, WNOHANG), 0);
        child_kill(other);
        assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids_and_owners),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_orphans),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
