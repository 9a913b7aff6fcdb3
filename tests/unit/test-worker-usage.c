/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/list/usage.h: which control groups are opened, and which are not. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "daemon/worker/list/usage.h"

static char root[] = "/tmp/test-worker-usage-XXXXXX";

static void make(const char *path, bool directory) {
        char whole[256];

        (void) snprintf(whole, sizeof(whole), "%s/%s", root, path);
        if (directory)
                assert_return_code(mkdir(whole, 0755), errno);
        else {
                FILE *f = fopen(whole, "we");

                assert_non_null(f);
                (void) fputs("5\n", f);
                assert_int_equal(fclose(f), 0);
        }
}

static int setup(void **state) {
        char whole[256];

        assert_non_null(mkdtemp(root));
        make("user@7.service", true);
        make("user@7.service/a.service", true);
        make("outside", true);
        make("outside/memory.current", false);
        (void) snprintf(whole, sizeof(whole), "%s/user@7.service/link.service", root);
        assert_return_code(symlink("../outside", whole), errno);
        (void) snprintf(whole, sizeof(whole), "%s/user@7.service/a.service/memory.current", root);
        assert_return_code(symlink("../../outside/memory.current", whole), errno);
        (void) snprintf(whole, sizeof(whole), "%s/user@8.service", root);
        assert_return_code(symlink("user@7.service", whole), errno);
        return 0;
}

static int teardown(void **state) {
        static const char *const paths[] = { "user@8.service", "user@7.service/a.service/memory.current",
                "user@7.service/link.service", "user@7.service/a.service", "user@7.service",
                "outside/memory.current", "outside" };
        char whole[256];

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                (void) snprintf(whole, sizeof(whole), "%s/%s", root, paths[i]);
                assert_return_code(remove(whole), errno);
        }
        return rmdir(root);
}

static void test_open(void **state) {
        static const char *const foreign[] = { "", "/", "user@7.service", "/user@70.service",
                "/user@7.service/", "/user@7.service/a.service", "/../user@7.service",
                "/x/../user@7.service", "/./user@7.service", "//user@7.service", "/xuser@7.service",
                "/user@7.service/../user@7.service/." };
        int fd;

        for (size_t i = 0; i < ELEMENTSOF(foreign); i++)
                assert_int_equal(usage_open(root, foreign[i], 7), -EPERM);
        assert_int_equal(usage_open(root, "/user@7.service", 8), -EPERM);
        assert_int_equal(usage_open(root, "/x/user@7.service", 7), -ENOENT);
        /* A link is none, whatever it leads to. */
        assert_int_equal(usage_open(root, "/user@8.service", 8), -ENOTDIR);

        fd = usage_open(root, "/user@7.service", 7);
        assert_true(fd >= 0);
        assert_int_equal(usage_open_child(fd, "link.service"), -ENOTDIR);
        assert_int_equal(usage_open_child(fd, ".."), -EXDEV);
        (void) close(fd);
}

static void test_read(void **state) {
        _cleanup_close_ int fd = usage_open(root, "/user@7.service", 7), child = -EBADF;
        Usage usage;

        child = usage_open_child(fd, "a.service");
        assert_true(child >= 0);
        usage_read(child, &usage);
        assert_false(usage.known[USAGE_MEMORY]);
        assert_false(usage.known[USAGE_CPU]);
        assert_true(usage.known[USAGE_TASKS]);
        assert_int_equal(usage.values[USAGE_TASKS], 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open),
                cmocka_unit_test(test_read),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
