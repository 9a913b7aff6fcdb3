/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which entries, which files, which boots: what is decided without a journal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/strv.h"
#include "daemon/journal/boot.h"
#include "daemon/journal/grep.h"
#include "daemon/journal/journal-heads.h"
#include "daemon/journal/journal-open.h"
#include "daemon/journal/selection.h"

static void grant(JournalGrants *grants, uid_t uid, const char *account, const char *unit) {
        JournalGrant g = { .uid = uid, .account = strdup(account), .whole = streq(unit, "*") };

        assert_int_equal(strv_extend(&g.units, unit), 0);
        assert_int_equal(grants_add(grants, &g), 0);
        assert_int_equal(grants_sort(grants), 0);
}

/* An entry: "NAME=value" strings. */
static const char *get(SelectionField field, void *userdata) {
        const char *name = selection_field_to_string(field);

        for (const char *const *f = userdata; *f; f++) {
                const char *rest = startswith(*f, name);

                if (rest && *rest == '=')
                        return rest + 1;
        }
        return NULL;
}

#define JUDGE(s, ...) selection_judge(s, get, (const char *[]){ __VA_ARGS__, NULL })

static void test_unit(void **state) {
        _cleanup_(grants_done) JournalGrants grants = {};
        Selection s;

        grant(&grants, 1101, "svc-web", "app.service");
        selection_init(&s, &grants);
        s.has_handler = true;
        s.handler = 997;

        assert_true(JUDGE(&s, "_UID=1101", "_SYSTEMD_USER_UNIT=app.service"));
        assert_true(JUDGE(&s, "_UID=1101", "USER_UNIT=app.service"));
        assert_true(JUDGE(&s, "_UID=101101", "_SYSTEMD_OWNER_UID=1101", "_SYSTEMD_USER_UNIT=app.service"));
        assert_true(JUDGE(&s, "_UID=0", "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_true(JUDGE(&s, "_UID=997", "_SYSTEMD_SLICE=system-systemd\\x2dcoredump.slice",
                "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_true(JUDGE(&s, "_UID=0", "OBJECT_UID=1101", "OBJECT_SYSTEMD_USER_UNIT=app.service"));

        assert_false(JUDGE(&s, "_UID=1101"));
        assert_false(JUDGE(&s, "_UID=1101", "_SYSTEMD_USER_UNIT=other.service"));
        assert_false(JUDGE(&s, "_UID=1101", "_SYSTEMD_USER_UNIT=app.service.service"));

        /* Forged by another account. */
        assert_false(JUDGE(&s, "_UID=1102", "USER_UNIT=app.service", "UNIT=user@1101.service"));
        assert_false(JUDGE(
                &s, "_UID=1102", "_SYSTEMD_OWNER_UID=1102", "_SYSTEMD_USER_UNIT=app.service", "UID=1101"));
        assert_false(JUDGE(&s, "_UID=1102", "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=1102", "_SYSTEMD_SLICE=system-systemd\\x2dcoredump.slice",
                "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=997", "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=1102", "OBJECT_UID=1101", "OBJECT_SYSTEMD_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=0", "OBJECT_UID=1102", "OBJECT_SYSTEMD_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=0", "USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "COREDUMP_UID=1101", "COREDUMP_USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=", "USER_UNIT=app.service"));
        assert_false(JUDGE(&s, "_UID=01101", "USER_UNIT=app.service"));
}

static void test_account(void **state) {
        _cleanup_(grants_done) JournalGrants grants = {};
        Selection s;

        grant(&grants, 1101, "svc-web", "*");
        grant(&grants, 1102, "svc-down", "a*.service");
        selection_init(&s, &grants);

        assert_true(JUDGE(&s, "_UID=1101"));
        assert_true(JUDGE(&s, "_UID=0", "_SYSTEMD_OWNER_UID=1101", "_SYSTEMD_UNIT=user@1101.service"));
        assert_true(JUDGE(&s, "_UID=0", "_PID=1", "UNIT=user@1101.service"));
        assert_true(JUDGE(&s, "_UID=0", "COREDUMP_UID=1101"));
        assert_false(JUDGE(&s, "_UID=0", "UNIT=user@1101.service"));
        assert_false(JUDGE(&s, "_UID=0", "_PID=1", "UNIT=user@1103.service"));
        assert_false(JUDGE(&s, "_UID=0", "_SYSTEMD_OWNER_UID=1101", "_SYSTEMD_UNIT=session-1.scope"));
        assert_false(JUDGE(&s, "_UID=1103", "UNIT=user@1101.service", "_PID=1"));

        assert_true(JUDGE(&s, "_UID=1102", "_SYSTEMD_USER_UNIT=abc.service"));
        assert_false(JUDGE(&s, "_UID=1102", "_SYSTEMD_USER_UNIT=bc.service"));
        assert_false(JUDGE(&s, "_UID=1102"));
        assert_false(JUDGE(&s, "_UID=0", "_PID=1", "UNIT=user@1102.service"));
}

static void test_files(void **state) {
        _cleanup_(grants_done) JournalGrants grants = {};
        const UidRange range = { 100000, 65536 };

        grant(&grants, 1101, "svc-web", "*");
#define ABOUT(name) journal_file_is_about(name, &grants, &range, 1)
        assert_true(ABOUT("system.journal"));
        assert_true(ABOUT("system@0005f.journal"));
        assert_true(ABOUT("system@0005f-00a.journal~"));
        assert_true(ABOUT("user-1101.journal"));
        assert_true(ABOUT("user-1101@0005f.journal~"));
        assert_true(ABOUT("user-100999.journal"));
        assert_true(ABOUT("merged.journal"));
        assert_false(ABOUT("user-1102.journal"));
        assert_false(ABOUT("user-11011.journal"));
        assert_false(ABOUT("user-165536.journal"));
        assert_false(ABOUT("system.journal.txt"));
        assert_false(ABOUT("fss"));
#undef ABOUT
}

static void test_subuids(void **state) {
        _cleanup_(grants_done) JournalGrants grants = {};
        _cleanup_free_ UidRange *ranges = NULL;
        char path[] = "/tmp/test-journal-XXXXXX";
        size_t n = 0;
        FILE *f;
        int fd;

        grant(&grants, 1101, "svc-web", "*");
        grant(&grants, 1102, "svc-down", "*");
        fd = mkstemp(path);
        assert_true(fd >= 0);
        f = fdopen(fd, "w");
        assert_non_null(f);
        fputs("svc-web:100000:65536\nother:165536:65536\n1102:300000:10\n\nbroken\nsvc-web:x:1\n:::\n", f);
        (void) fclose(f);

        assert_int_equal(subuid_read(path, &grants, &ranges, &n), 0);
        (void) unlink(path);
        assert_int_equal(n, 2);
        assert_int_equal(ranges[0].first, 100000);
        assert_int_equal(ranges[1].first, 300000);
        assert_int_equal(ranges[1].n, 10);

        free(ranges);
        ranges = NULL;
        assert_int_equal(subuid_read(path, &grants, &ranges, &n), 0);
        assert_int_equal(n, 0);
}

static void test_boot_names(void **state) {
        static const char *const good[] = { "0", "-1", "+2", "5", "00000000000000000000000000000001",
                "00000000-0000-0000-0000-000000000001", "00000000000000000000000000000001-3",
                "00000000000000000000000000000001+1", "00000000-0000-0000-0000-000000000001-1" };
        static const char *const bad[] = { "", "-", "+", "x", "1x", " 1", "--1",
                "00000000000000000000000000000000", "0000000000000000000000000000000g", "99999999999",
                "00000000000000000000000000000001x", "00000000000000000000000000000001 1" };
        BootName name;

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_int_equal(boot_name_parse(good[i], &name), 0);
                assert_true(sd_id128_is_null(name.id) == (strlen(good[i]) < 8));
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(boot_name_parse(bad[i], &name), -EINVAL);

        assert_int_equal(boot_name_parse("00000000-0000-0000-0000-000000000001-12", &name), 0);
        assert_int_equal(name.offset, -12);
}

#define ID "0123456789abcdef0123456789abcdef"

static void test_cursors(void **state) {
        static const char *const bad[] = { "", "s=1", "s=" ID ";i=1;b=" ID ";m=1;t=1",
                "s=" ID ";i=1;b=" ID ";m=1;t=1;x=", "s=" ID ";i=1;b=" ID ";m=1;t=1;x=1;x=2",
                "s=" ID ";i=1;b=" ID ";m=1;t=1;x=1;y=2", "s=" ID ";i=1;b=" ID "0;m=1;t=1;x=1",
                "s=" ID ";i=11112222333344445;b=" ID ";m=1;t=1;x=1", "s=" ID ";i=1;b=" ID ";m=-1;t=1;x=1",
                "s=" ID ";;i=1;b=" ID ";m=1;t=1;x=1" };
        sd_id128_t boot;

        assert_int_equal(cursor_parse("s=" ID ";i=1;b=" ID ";m=1;t=1;x=1", &boot), 0);
        assert_int_equal(boot.bytes[1], 0x23);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(cursor_parse(bad[i], &boot), -EINVAL);
}

static void write_head(const char *path, const char *signature, uint64_t n, off_t size) {
        _cleanup_close_ int fd = -1;

        n = htole64(n);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, size), 0);
        assert_int_equal(pwrite(fd, signature, 8, 0), 8);
        assert_int_equal(pwrite(fd, &n, sizeof(n), 152), sizeof(n));
}

/* Only what is written to is looked at, and a file that is none raises nothing. */
static void test_heads(void **state) {
        static const char *const names[] = { "user-1.journal", "system@1.journal", "user-1.journal~",
                "user-2.journal", "user-3.journal" };
        char directory[] = "/tmp/test-journal-heads-XXXXXX", paths[ELEMENTSOF(names)][64];
        JournalHeads heads = {};

        assert_non_null(mkdtemp(directory));
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                (void) snprintf(paths[i], sizeof(paths[i]), "%s/%s", directory, names[i]);
                write_head(paths[i], i == 3 ? "NOTATALL" : "LPKSHHRH", 5, i == 4 ? 200 : 8192);
        }

        assert_int_equal(journal_heads_add(&heads, "/nonexistent"), 0);
        assert_int_equal(journal_heads_add(&heads, directory), 0);
        assert_int_equal(heads.n, 1);
        assert_true(journal_heads_changed(&heads));
        assert_false(journal_heads_changed(&heads));
        write_head(paths[1], "LPKSHHRH", 6, 8192);
        assert_false(journal_heads_changed(&heads));
        write_head(paths[0], "LPKSHHRH", 6, 8192);
        assert_true(journal_heads_changed(&heads));
        assert_false(journal_heads_changed(&heads));

        journal_heads_done(&heads);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                assert_int_equal(unlink(paths[i]), 0);
        assert_int_equal(rmdir(directory), 0);
}

static int grep_once(const char *pattern, GrepCase c, const char *text, Error *error) {
        _cleanup_(grep_freep) Grep *grep = NULL;
        int r;

        r = grep_new(pattern, c, &grep, error);
        return r < 0 ? r : grep_match(grep, text, strlen(text), error);
}

static void test_grep(void **state) {
        _cleanup_(error_done) Error bad = ERROR_NULL, slow = ERROR_NULL, none = ERROR_NULL;
        _cleanup_free_ char *text = NULL, *pattern = NULL;
        uint64_t begin;

        assert_int_equal(grep_once("^a.c$", GREP_CASE_AUTO, "aBC", &none), 1);
        assert_int_equal(grep_once("^a.C$", GREP_CASE_AUTO, "abc", &none), 0);
        assert_int_equal(grep_once("abc", GREP_CASE_SENSITIVE, "ABC", &none), 0);
        assert_int_equal(grep_once("aBc", GREP_CASE_INSENSITIVE, "ABC", &none), 1);
        assert_int_equal(grep_once("", GREP_CASE_AUTO, "", &none), 1);
        assert_int_equal(grep_once("(*UTF)^.$", GREP_CASE_AUTO, "\xE2\x82\xAC", &none), 1);
        assert_int_equal(grep_once("(*UTF)^.$", GREP_CASE_AUTO, "\xFF", &none), 0);
        assert_int_equal(grep_once("\xFF", GREP_CASE_SENSITIVE, "a\xFF", &none), 1);
        assert_false(error_is_set(&none));

        assert_true(grep_once("ab(c", GREP_CASE_AUTO, "", &bad) < 0);
        assert_int_equal(bad.code, ERROR_INVALID_REQUEST);
        assert_non_null(strstr(bad.message, "offset 4"));

        text = malloc(2000);
        assert_non_null(text);
        memset(text, 'x', 1999);
        text[1999] = 0;
        begin = clock_now_usec();
        assert_true(grep_once("(x+x+)+[^x]$", GREP_CASE_AUTO, text, &slow) < 0);
        assert_int_equal(slow.code, ERROR_LIMIT_EXCEEDED);
        assert_true(clock_now_usec() - begin < 5 * USEC_PER_SEC);

        error_done(&bad);
        bad = ERROR_NULL;
        pattern = calloc(1, GREP_PATTERN_MAX + 2);
        assert_non_null(pattern);
        memset(pattern, 'a', GREP_PATTERN_MAX + 1);
        assert_true(grep_once(pattern, GREP_CASE_AUTO, "", &bad) < 0);
        assert_int_equal(bad.code, ERROR_INVALID_REQUEST);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_unit),
                cmocka_unit_test(test_account),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_subuids),
                cmocka_unit_test(test_boot_names),
                cmocka_unit_test(test_cursors),
                cmocka_unit_test(test_heads),
                cmocka_unit_test(test_grep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
