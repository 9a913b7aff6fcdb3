/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Candidates for "all accounts", from directories and a passwd file made up here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "daemon/system/candidates.h"

typedef struct Place {
        char directory[64];
        char users[80], linger[80], passwd[80];
        CandidatePaths paths;
        Candidate *found;
        size_t n;
} Place;

static int setup(void **state) {
        Place *place = calloc(1, sizeof(*place));

        assert_non_null(place);
        strcpy(place->directory, "/tmp/test-candidates-XXXXXX");
        assert_non_null(mkdtemp(place->directory));
        snprintf(place->users, sizeof(place->users), "%s/users", place->directory);
        snprintf(place->linger, sizeof(place->linger), "%s/linger", place->directory);
        snprintf(place->passwd, sizeof(place->passwd), "%s/passwd", place->directory);
        assert_int_equal(mkdir(place->users, 0755), 0);
        assert_int_equal(mkdir(place->linger, 0755), 0);
        place->paths = (CandidatePaths){ place->users, place->linger, place->passwd };
        *state = place;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static int teardown(void **state) {
        Place *place = *state;

        (void) candidates_free(place->found, place->n);
        assert_int_equal(nftw(place->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
        free(place);
        return 0;
}

static void touch(const char *directory, const char *name) {
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        (void) close(fd);
}

static void write_passwd(Place *place, const char *text) {
        _cleanup_fclose_ FILE *f = fopen(place->passwd, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
}

static int collect(Place *place, CandidateSource sources) {
        Candidate *found;
        size_t n;
        int r;

        place->found = candidates_free(place->found, place->n);
        place->n = 0;
        r = candidates_collect(&place->paths, sources, &found, &n);
        if (r >= 0) {
                place->found = found;
                place->n = n;
        }
        return r;
}

static void expect(const Place *place, size_t i, uid_t uid, const char *name, CandidateSource sources) {
        assert_true(i < place->n);
        assert_int_equal(place->found[i].uid, uid);
        assert_true(streq_ptr(place->found[i].name, name));
        assert_int_equal(place->found[i].sources, sources);
}

static void test_merge(void **state) {
        Place *place = *state;

        write_passwd(place,
                "root:x:0:0:root:/root:/bin/bash\n"
                "svc-web:x:1101:1101::/srv/web:/usr/sbin/nologin\n"
                "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                "svc-api:x:1100:1100::/srv/api:\n"
                "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        touch(place->users, "1101");
        touch(place->users, "70001");
        touch(place->linger, "svc-api");
        touch(place->linger, "svc-web");
        touch(place->linger, "zoe@example.org");
        touch(place->linger, "DOM\\\\ann");

        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, 6);
        expect(place, 0, 1, "daemon", CANDIDATE_PASSWD);
        expect(place, 1, 1100, "svc-api", CANDIDATE_PASSWD | CANDIDATE_LINGER);
        expect(place, 2, 1101, "svc-web", CANDIDATE_ALL);
        expect(place, 3, 70001, NULL, CANDIDATE_RUNNING);
        expect(place, 4, UID_INVALID, "DOM\\ann", CANDIDATE_LINGER);
        expect(place, 5, UID_INVALID, "zoe@example.org", CANDIDATE_LINGER);

        /* Fewer sources: fewer accounts, named and numbered all the same. */
        assert_int_equal(collect(place, CANDIDATE_RUNNING), 0);
        assert_int_equal(place->n, 2);
        expect(place, 0, 1101, "svc-web", CANDIDATE_RUNNING | CANDIDATE_PASSWD);
        expect(place, 1, 70001, NULL, CANDIDATE_RUNNING);
        assert_int_equal(collect(place, CANDIDATE_LINGER), 0);
        assert_int_equal(place->n, 4);
        expect(place, 0, 1100, "svc-api", CANDIDATE_LINGER | CANDIDATE_PASSWD);
}

static void test_aliases(void **state) {
        Place *place = *state;

        /* Two names of one uid are one account, called as getpwuid(3) calls it; of one name the first line
         * counts. */
        write_passwd(place,
                "zebra:x:1100:1100::/z:\n"
                "alias:x:1100:1100::/a:\n"
                "toor:x:0:0::/root:\n"
                "twice:x:1300:1300::/t:\n"
                "twice:x:1200:1200::/t:\n");
        touch(place->linger, "alias");
        touch(place->linger, "toor");
        touch(place->linger, "twice");
        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, 3);
        expect(place, 0, 1100, "zebra", CANDIDATE_PASSWD | CANDIDATE_LINGER);
        expect(place, 1, 1200, "twice", CANDIDATE_PASSWD);
        expect(place, 2, 1300, "twice", CANDIDATE_PASSWD | CANDIDATE_LINGER);
}

static void test_odd_files(void **state) {
        static const char *const odd_users[] = { "0", "65534", "65535", "4294967295", "4294967296", "-1",
                "01101", "1101 ", "+5", "abc", ".#1102abc", "1102.tmp" };
        static const char *const odd_names[] = { "1000", "a:b", "-x", "+x", "a*", "bad\\escape",
                "nul\\x00byte", "line\\nbreak", "half\\x4", "root", "evil\\xe2\\x80\\xae" };
        char path[200];
        Place *place = *state;

        write_passwd(place,
                "root:x:0:0::/root:\n+::::::\n-bad:x:1101:1101::/:\nnocolons\nx:x:y:z:::\n\n:x:7:7:::\n");
        for (size_t i = 0; i < ELEMENTSOF(odd_users); i++)
                touch(place->users, odd_users[i]);
        for (size_t i = 0; i < ELEMENTSOF(odd_names); i++)
                touch(place->linger, odd_names[i]);
        snprintf(path, sizeof(path), "%s/1101", place->users);
        assert_int_equal(symlink("0", path), 0);
        snprintf(path, sizeof(path), "%s/1102", place->users);
        assert_int_equal(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "%s/fifo", place->linger);
        assert_int_equal(mkfifo(path, 0644), 0);
        snprintf(path, sizeof(path), "%s/link", place->linger);
        assert_int_equal(symlink("root", path), 0);

        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, 0);
}

static void test_missing_and_unreadable(void **state) {
        Place *place = *state;

        assert_int_equal(rmdir(place->users), 0);
        assert_int_equal(rmdir(place->linger), 0);
        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, 0);

        /* Something that is there and cannot be read is an error and not an empty list. */
        touch(place->directory, "users");
        assert_int_equal(collect(place, CANDIDATE_ALL), -ENOTDIR);
        assert_int_equal(collect(place, CANDIDATE_LINGER), 0);
        assert_int_equal(mkdir(place->passwd, 0755), 0);
        assert_true(collect(place, CANDIDATE_LINGER) < 0);
}

static void test_long_line(void **state) {
        _cleanup_free_ char *line = NULL;
        Place *place = *state;
        FILE *f;

        /* A line that no buffer holds is skipped, and those around it are read. */
        line = malloc(200 * 1000 + 1);
        assert_non_null(line);
        memset(line, 'x', 200 * 1000);
        line[200 * 1000] = '\0';
        f = fopen(place->passwd, "we");
        assert_non_null(f);
        fprintf(f, "first:x:1001:1001::/:\nlong:x:1002:1002:%s:/:\nlast:x:1003:1003::/:\n", line);
        assert_int_equal(fclose(f), 0);

        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, 2);
        expect(place, 0, 1001, "first", CANDIDATE_PASSWD);
        expect(place, 1, 1003, "last", CANDIDATE_PASSWD);
}

static void test_too_many(void **state) {
        Place *place = *state;
        FILE *f;

        f = fopen(place->passwd, "we");
        assert_non_null(f);
        for (unsigned i = 0; i < CANDIDATES_MAX; i++)
                fprintf(f, "u%u:x:%u:100::/:\n", i, 100000 + i);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(collect(place, CANDIDATE_ALL), 0);
        assert_int_equal(place->n, CANDIDATES_MAX);

        /* One more, from elsewhere: the list is cut, and says so. */
        touch(place->users, "5");
        assert_int_equal(collect(place, CANDIDATE_ALL), 1);
        assert_int_equal(place->n, CANDIDATES_MAX);
        expect(place, 0, 5, NULL, CANDIDATE_RUNNING);

        f = fopen(place->passwd, "ae");
        assert_non_null(f);
        fputs("more:x:7:7::/:\n", f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(collect(place, CANDIDATE_PASSWD), 1);
        assert_int_equal(place->n, CANDIDATES_MAX);
}

static void test_unescape(void **state) {
        static const struct {
                const char *escaped, *name;
        } table[] = {
                { "", "" },
                { "plain", "plain" },
                { "DOM\\\\user", "DOM\\user" },
                { "\\x41\\102\\103", "ABC" },
                { "j\\303\\266rg", "jörg" },
                { "\\xc3\\xB6", "ö" },
                { "\\a\\b\\f\\n\\r\\t\\v\\\"\\'\\s", "\a\b\f\n\r\t\v\"' " },
                { "\\", NULL },
                { "\\x", NULL },
                { "\\x4", NULL },
                { "\\x00", NULL },
                { "\\000", NULL },
                { "\\400", NULL },
                { "\\18", NULL },
                { "\\08a", NULL },
                { "\\u0041", NULL },
                { "\\q", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *name = NULL;

                assert_int_equal(linger_name_unescape(table[i].escaped, &name), table[i].name ? 0 : -EINVAL);
                assert_true(streq_ptr(name, table[i].name));
        }
}

static void test_this_host(void **state) {
        Candidate *found = NULL;
        size_t n = 0;

        assert_true(candidates_collect(NULL, CANDIDATE_PASSWD, &found, &n) >= 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(account_check_uid(found[i].uid), ACCOUNT_FINE);
        assert_null(candidates_free(found, n));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_merge),
                TEST(test_aliases),
                TEST(test_odd_files),
                TEST(test_missing_and_unreadable),
                TEST(test_long_line),
                TEST(test_too_many),
                cmocka_unit_test(test_unescape),
                cmocka_unit_test(test_this_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
