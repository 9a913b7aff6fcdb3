/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* passwd and login.defs as the spawner reads them, from files made here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/spawner/local-files.h"
#include "daemon/spawner/policy.h"

static char path[] = "/tmp/test-spawner-local-files-XXXXXX";

static int make_file(void **state) {
        int fd = mkstemp(path);

        (void) safe_close(fd);
        return fd < 0 ? -1 : 0;
}

static int remove_file(void **state) {
        return unlink(path);
}

static void write_file(const char *text) {
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static void test_passwd(void **state) {
        uint32_t uid = 7, gid = 7;

        write_file("root:x:0:0:root:/root:/bin/bash\n"
                   "+nis:x:333:333::/:/bin/sh\n"
                   "+\n"
                   "-other:x:334:334::/:/bin/sh\n"
                   "# a comment:x:335:335::/:\n"
                   "broken line\n"
                   "short:x:336\n"
                   "word:x:abc:337::/:/bin/sh\n"
                   "\n"
                   "userunitd:x:901:902::/:/usr/sbin/nologin\n"
                   "svc:x:950:951::/home/svc:/bin/sh\n"
                   "twin:x:950:6::/home/svc:/bin/sh\n"
                   "big:x:4294967294:4294967293::/:/bin/sh");

        assert_int_equal(local_user_by_name(path, "userunitd", &uid, &gid), 0);
        assert_int_equal(uid, 901);
        assert_int_equal(gid, 902);
        assert_int_equal(local_gid_of_uid(path, 950, &gid), 0);
        assert_int_equal(gid, 951); /* the first line of that uid */
        assert_int_equal(local_gid_of_uid(path, 4294967294, &gid), 0);
        assert_int_equal(gid, 4294967293);
        assert_int_equal(local_gid_of_uid(path, 0, &gid), 0);
        assert_int_equal(gid, 0);

        gid = 7;
        assert_int_equal(local_gid_of_uid(path, 333, &gid), -ENOENT);
        assert_int_equal(local_gid_of_uid(path, 334, &gid), -ENOENT);
        assert_int_equal(local_gid_of_uid(path, 336, &gid), -ENOENT);
        assert_int_equal(local_gid_of_uid(path, 1234, &gid), -ENOENT);
        assert_int_equal(local_user_by_name(path, "userunit", &uid, &gid), -ENOENT);
        assert_int_equal(local_user_by_name(path, "+nis", &uid, &gid), -ENOENT);
        assert_int_equal(gid, 7);

        write_file("");
        assert_int_equal(local_gid_of_uid(path, 950, &gid), -ENOENT);
        assert_int_equal(local_gid_of_uid("/nonexistent/passwd", 950, &gid), -ENOENT);
        assert_int_equal(local_gid_of_uid("/tmp", 950, &gid), -EISDIR);
        assert_int_equal(gid, 7);
}

static void test_gid_min(void **state) {
        static const struct {
                const char *text;
                int error;
                uint32_t want;
        } cases[] = {
                { "", 0, SPAWNER_GID_MIN_DEFAULT },
                { "UID_MIN 500\n", 0, SPAWNER_GID_MIN_DEFAULT },
                { "GID_MIN 500\n", 0, 500 },
                { "GID_MIN\t\t 500 \t\r\n", 0, 500 },
                { "  GID_MIN 500", 0, 500 },
                { "#GID_MIN 500\n", 0, SPAWNER_GID_MIN_DEFAULT },
                { "GID_MINIMUM 500\nSYS_GID_MIN 100\n", 0, SPAWNER_GID_MIN_DEFAULT },
                { "GID_MIN 500\nGID_MIN 600\n", 0, 600 },
                { "GID_MIN 0\n", 0, SPAWNER_GID_MIN_FLOOR },
                { "GID_MIN 4294967295\n", 0, 4294967295 },
                { "GID_MIN 4294967296\n", -EINVAL, 7 },
                { "GID_MIN -1\n", -EINVAL, 7 },
                { "GID_MIN 0x10\n", -EINVAL, 7 },
                { "GID_MIN \n", -EINVAL, 7 },
                { "GID_MIN 500 600\n", -EINVAL, 7 },
                { "GID_MIN 500x\n", -EINVAL, 7 },
        };
        uint32_t value;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                value = 7;
                write_file(cases[i].text);
                if (local_gid_min(path, &value) != cases[i].error || value != cases[i].want)
                        fail_msg("\"%s\" gave %u", cases[i].text, value);
        }

        assert_int_equal(local_gid_min("/nonexistent/login.defs", &value), 0);
        assert_int_equal(value, SPAWNER_GID_MIN_DEFAULT);
        assert_int_equal(local_gid_min("/tmp", &value), -EISDIR);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_passwd),
                cmocka_unit_test(test_gid_min),
        };

        return cmocka_run_group_tests(tests, make_file, remove_file);
}
