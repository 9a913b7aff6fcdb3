/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/disk/disk.h, unit-paths.h, unit-files-disk.h: unit files of a home of which anything may be
 * expected. */

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/disk/unit-files-state.h"
#include "daemon/worker/disk/unit-files.h"

#define OWN "/home/.config/systemd/user"

typedef struct Fixture {
        char root[64]; /* everything, the system's directories too */
        char home[80];
        Disk disk;
} Fixture;

static void path_of(const Fixture *f, const char *path, char *ret, size_t size) {
        assert_true(snprintf(ret, size, "%s%s", f->root, path) < (int) size);
        for (char *p = ret + strlen(f->root) + 1; (p = strchr(p, '/')); p++) {
                *p = 0;
                (void) mkdir(ret, 0755);
                *p = '/';
        }
}

static void put(const Fixture *f, const char *path, const char *text) {
        char full[512];
        FILE *file;

        path_of(f, path, full, sizeof(full));
        file = fopen(full, "we");
        assert_non_null(file);
        (void) fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void put_link(const Fixture *f, const char *path, const char *target) {
        char full[512];

        path_of(f, path, full, sizeof(full));
        assert_return_code(symlink(target, full), errno);
}

static int setup(void **state) {
        static Fixture f;

        f = (Fixture){ .root = "/tmp/test-worker-disk-XXXXXX", .disk.home_fd = -EBADF };
        assert_non_null(mkdtemp(f.root));
        (void) snprintf(f.home, sizeof(f.home), "%s/home", f.root);
        assert_return_code(mkdir(f.home, 0700), errno);
        assert_int_equal(disk_open(getuid(), f.home, f.root, f.root, &f.disk), 0);
        *state = &f;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static int teardown(void **state) {
        Fixture *f = *state;

        disk_done(&f->disk);
        return nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* NULL: there is none; "bad": there is something without a state. */
static void expect_state(const Fixture *f, const char *unit, const char *expected) {
        _cleanup_(unit_files_done) UnitFiles files = {};
        const char *word = NULL;
        int r;

        assert_int_equal(unit_files_scan(&f->disk, &files), 0);
        r = unit_files_state(&f->disk, &files, unit, &word);
        if (!expected) {
                assert_int_equal(r, -ENOENT);
                return;
        }
        if (streq(expected, "bad")) {
                assert_true(r < 0 && r != -ENOENT && r != -ENOMEM);
                return;
        }
        assert_int_equal(r, 0);
        assert_string_equal(word, expected);
}

static void test_states(void **state) {
        Fixture *f = *state;

        put(f, OWN "/static.service", "[Service]\n");
        put(f, OWN "/disabled.service", "[Install]\nWantedBy=default.target\n");
        put(f, OWN "/indirect.service", "[Install]\nAlso=x.service\n");
        put(f, OWN "/enabled.service", "[Install]\nWantedBy=default.target\n");
        put_link(f, OWN "/default.target.wants/enabled.service", "../enabled.service");
        put(f, OWN "/required.service", "[Install]\nRequiredBy=default.target\n");
        put_link(f, OWN "/default.target.requires/required.service", "/nowhere/required.service");
        put(f, OWN "/empty.service", "");
        put_link(f, OWN "/masked.service", "/dev/null");
        put_link(f, "/run/systemd/user/masked-runtime.service", "/dev/null");
        put(f, "/usr/lib/systemd/user/vendor.service", "[Install]\nWantedBy=default.target\n");
        put_link(f, "/usr/lib/systemd/user/default.target.wants/vendor.service", "../vendor.service");
        put(f, "/usr/lib/systemd/user/global.service", "[Install]\nWantedBy=default.target\n");
        put_link(f, "/etc/systemd/user/default.target.wants/global.service",
                "/usr/lib/systemd/user/global.service");
        put(f, "/usr/lib/systemd/user/runtime.service", "[Install]\nWantedBy=default.target\n");
        put_link(f, "/run/systemd/user/default.target.wants/runtime.service", "../x/runtime.service");

        expect_state(f, "static.service", "static");
        expect_state(f, "disabled.service", "disabled");
        expect_state(f, "indirect.service", "indirect");
        expect_state(f, "enabled.service", "enabled");
        expect_state(f, "required.service", "enabled");
        expect_state(f, "empty.service", "masked");
        expect_state(f, "masked.service", "masked");
        expect_state(f, "masked-runtime.service", "masked-runtime");
        expect_state(f, "vendor.service", "disabled");
        expect_state(f, "global.service", "enabled");
        expect_state(f, "runtime.service", "enabled-runtime");
        expect_state(f, "none.service", NULL);
}

static void test_links_and_aliases(void **state) {
        Fixture *f = *state;

        put(f, "/home/src/linked.service", "[Service]\n");
        put_link(f, OWN "/linked.service", "../../../src/linked.service");
        put(f, OWN "/named.service", "[Install]\nAlias=other.service\n");
        put_link(f, OWN "/other.service", "named.service");
        put(f, OWN "/plain.service", "[Install]\nAlias=unmade.service\n");
        put_link(f, OWN "/unasked.service", "plain.service");

        expect_state(f, "linked.service", "linked");
        expect_state(f, "named.service", "enabled");
        expect_state(f, "other.service", "alias");
        expect_state(f, "plain.service", "indirect");
        expect_state(f, "unasked.service", "alias");
}

static void test_templates(void **state) {
        Fixture *f = *state;

        put(f, OWN "/t@.service", "[Install]\nWantedBy=default.target\n");
        expect_state(f, "t@.service", "disabled");
        expect_state(f, "t@a.service", "disabled");
        put_link(f, OWN "/default.target.wants/t@a.service", "../t@.service");
        expect_state(f, "t@.service", "indirect");
        expect_state(f, "t@a.service", "enabled");
        expect_state(f, "t@b.service", "disabled");
}

static void test_first_directory_wins(void **state) {
        Fixture *f = *state;

        put(f, "/usr/lib/systemd/user/a.service", "[Install]\nWantedBy=default.target\n");
        put(f, "/home/.local/share/systemd/user/a.service", "[Service]\n");
        expect_state(f, "a.service", "static");
        put_link(f, OWN "/a.service", "/dev/null");
        expect_state(f, "a.service", "masked");
}

static void test_special_files(void **state) {
        Fixture *f = *state;
        char path[512];

        put(f, OWN "/x.service", "[Service]\n");
        path_of(f, OWN "/fifo.service", path, sizeof(path));
        assert_return_code(mkfifo(path, 0644), errno);
        path_of(f, OWN "/directory.service", path, sizeof(path));
        assert_return_code(mkdir(path, 0755), errno);
        put_link(f, OWN "/loop.service", "loop.service");
        put_link(f, OWN "/zero.service", "/dev/zero");
        put_link(f, OWN "/gone.service", "/nowhere/gone.service");
        put_link(f, OWN "/to-fifo.service", "fifo.service");
        put(f, OWN "/bad\nname.service", "[Service]\n");

        expect_state(f, "fifo.service", "bad");
        expect_state(f, "directory.service", "bad");
        expect_state(f, "loop.service", "bad");
        expect_state(f, "zero.service", "masked");
        expect_state(f, "gone.service", NULL);
        expect_state(f, "x.service", "static");
}

static void test_reading(void **state) {
        _cleanup_free_ char *text = NULL;
        Fixture *f = *state;
        char path[512];
        size_t size;
        int fd;

        path_of(f, "/home/fifo", path, sizeof(path));
        assert_return_code(mkfifo(path, 0644), errno);
        assert_int_equal(disk_read(&f->disk, path, 100, &text, NULL), -EINVAL);
        assert_int_equal(disk_read(&f->disk, f->home, 100, &text, NULL), -EINVAL);

        path_of(f, "/home/sparse", path, sizeof(path));
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_return_code(fd, errno);
        assert_return_code(ftruncate(fd, INT64_C(1) << 40), errno);
        (void) close(fd);
        assert_int_equal(disk_read(&f->disk, path, UNIT_FILE_SIZE_MAX, &text, NULL), -EFBIG);

        put(f, "/home/ok", "hello");
        path_of(f, "/home/ok", path, sizeof(path));
        assert_int_equal(disk_read(&f->disk, path, 4, &text, NULL), -EFBIG);
        assert_int_equal(disk_read(&f->disk, path, 5, &text, &size), 0);
        assert_int_equal(size, 5);
        assert_string_equal(text, "hello");
}

/* /proc/self/fd and the like never; links out of the home only to what is ours or everyone's. */
static void test_links_out_of_the_home(void **state) {
        Fixture *f = *state;
        char path[512];
        int fd;

        put_link(f, "/home/magic", "/proc/self/fd/0");
        path_of(f, "/home/magic", path, sizeof(path));
        assert_true(disk_open_path(&f->disk, path, O_PATH) < 0);

        put(f, "/outside", "mine");
        put_link(f, "/home/absolute", "../outside");
        path_of(f, "/home/absolute", path, sizeof(path));
        fd = disk_open_path(&f->disk, path, O_RDONLY);
        assert_true(fd >= 0);
        (void) close(fd);

        put_link(f, "/home/everyone", "/etc/passwd");
        path_of(f, "/home/everyone", path, sizeof(path));
        fd = disk_open_path(&f->disk, path, O_RDONLY);
        assert_true(fd >= 0);
        (void) close(fd);

        /* Root in a container can open what is not for everyone; the worker would refuse all the same. */
        put_link(f, "/home/secret", "/etc/shadow");
        path_of(f, "/home/secret", path, sizeof(path));
        f->disk.uid = 4242;
        fd = disk_open_path(&f->disk, path, O_RDONLY);
        assert_int_equal(fd, -EACCES);
        put_link(f, "/home/foreign", "../private");
        put(f, "/private", "x");
        path_of(f, "/private", path, sizeof(path));
        assert_return_code(chmod(path, 0600), errno);
        path_of(f, "/home/foreign", path, sizeof(path));
        assert_int_equal(disk_open_path(&f->disk, path, O_RDONLY), -EACCES);
        f->disk.uid = getuid();
}

static void expect_chased(
        const Fixture *f, const char *path, unsigned flags, int expected, const char *end) {
        _cleanup_free_ char *found = NULL;
        char full[512], wanted[512];

        (void) snprintf(full, sizeof(full), "%s%s", f->root, path);
        (void) snprintf(wanted, sizeof(wanted), "%s%s", f->root, strempty(end));
        assert_int_equal(disk_chase(full, flags, &found), expected);
        if (end)
                assert_string_equal(found, wanted);
}

static void test_chase(void **state) {
        Fixture *f = *state;

        put(f, "/d/file", "x");
        put_link(f, "/link", "d");
        put_link(f, "/d/up", "../link/./file");
        put_link(f, "/d/gone", "nowhere/x");
        put_link(f, "/d/loop", "loop");
        put_link(f, "/d/p", "q");
        put_link(f, "/d/q", "p");

        expect_chased(f, "/d/file", 0, 1, "/d/file");
        expect_chased(f, "//link/.//../d/file", 0, 1, "/d/file");
        expect_chased(f, "/link/up", 0, 1, "/d/file");
        expect_chased(f, "/link/up", DISK_CHASE_NOT_LAST, 1, "/d/up");
        expect_chased(f, "/link/gone", 0, 0, "/d/nowhere/x");
        expect_chased(f, "/link/none/./x/", 0, 0, "/d/none/x");
        expect_chased(f, "/link/none/../x", 0, -ENOENT, NULL);
        expect_chased(f, "/d/file/x", 0, -ENOTDIR, NULL);
        expect_chased(f, "/d/loop", 0, -ELOOP, NULL);
        expect_chased(f, "/d/p", 0, -ELOOP, NULL);
        expect_chased(f, "/d/loop", DISK_CHASE_NOT_LAST, 1, "/d/loop");
}

static void test_own_directories(void **state) {
        Fixture *f = *state;
        char path[512];
        int fd;

        put(f, "/home/in/x", "");
        put(f, "/out/x", "");
        put_link(f, "/home/inside", "in");
        put_link(f, "/home/outside", "../out");

        f->disk.uid = 4242;
        path_of(f, "/home/inside", path, sizeof(path));
        fd = disk_open_own_directory(&f->disk, path);
        assert_true(fd >= 0);
        (void) close(fd);
        path_of(f, "/home/outside", path, sizeof(path));
        assert_int_equal(disk_open_own_directory(&f->disk, path), -EACCES);
        path_of(f, "/out", path, sizeof(path));
        assert_int_equal(disk_open_own_directory(&f->disk, path), -EACCES);

        f->disk.uid = getuid();
        fd = disk_open_own_directory(&f->disk, path);
        assert_true(fd >= 0);
        (void) close(fd);
        path_of(f, "/out/x", path, sizeof(path));
        assert_int_equal(disk_open_own_directory(&f->disk, path), -ENOTDIR);
}

static void test_more_states(void **state) {
        Fixture *f = *state;

        put(f, OWN "/dropped.service", "[Service]\n");
        put(f, OWN "/dropped.service.d/x.conf", "[Install]\nWantedBy=default.target\n");
        put(f, OWN "/d@.service", "[Install]\nWantedBy=default.target\nDefaultInstance=x\n");
        put_link(f, OWN "/default.target.wants/d@x.service", "../d@.service");
        put(f, "/usr/lib/systemd/user/v@.service", "[Service]\n");
        put_link(f, "/usr/lib/systemd/user/default.target.wants/v@one.service", "../v@.service");
        put_link(f, "/etc/xdg/systemd/user/default.target.wants/v@two.service", "../v@.service");

        expect_state(f, "dropped.service", "disabled");
        expect_state(f, "d@.service", "enabled");
        expect_state(f, "d@x.service", "enabled");
        expect_state(f, "v@one.service", "static");
        expect_state(f, "v@three.service", "static");
}

static void test_too_many_entries(void **state) {
        _cleanup_(unit_files_done) UnitFiles files = {};
        Fixture *f = *state;
        char path[512];

        put(f, OWN "/x.service", "");
        for (unsigned i = 0; i < UNIT_FILES_PER_ACCOUNT_MAX; i++) {
                (void) snprintf(path, sizeof(path), "%s" OWN "/%u", f->root, i);
                assert_return_code(symlink("x", path), errno);
        }
        assert_int_equal(unit_files_scan(&f->disk, &files), -E2BIG);
}

static void expect_drop_ins(const Fixture *f, const char *unit, const char *const *expected) {
        _cleanup_(unit_paths_done) UnitPaths paths = {};
        _cleanup_strv_free_ char **found = NULL;
        size_t n = 0;

        assert_int_equal(unit_paths_make(&f->disk, &paths), 0);
        assert_int_equal(unit_paths_drop_ins(&f->disk, &paths, unit, &found), 0);
        for (; expected[n]; n++) {
                assert_true(n < strv_length(found));
                assert_string_equal(found[n] + strlen(f->root), expected[n]);
        }
        assert_int_equal(strv_length(found), n);
}

static void test_drop_ins(void **state) {
        Fixture *f = *state;

        put(f, OWN "/web-a@x.service.d/30.conf", "x");
        put(f, OWN "/web-a@.service.d/20.conf", "x");
        put(f, OWN "/web-.service.d/10.conf", "x");
        put(f, OWN "/service.d/40.conf", "x");
        put(f, "/etc/systemd/user/service.d/05.conf", "x");
        put(f, "/etc/systemd/user/web-a@x.service.d/30.conf", "shadowed");
        put(f, OWN "/web-a@x.service.d/README", "x");
        put_link(f, OWN "/web-a@x.service.d/50.conf", "/dev/null");
        put(f, "/etc/systemd/user/web-a@x.service.d/50.conf", "hidden");

        expect_drop_ins(f, "web-a@x.service",
                (const char *const[]){ "/etc/systemd/user/service.d/05.conf", OWN "/web-.service.d/10.conf",
                        OWN "/web-a@.service.d/20.conf", OWN "/web-a@x.service.d/30.conf",
                        OWN "/service.d/40.conf", NULL });
        expect_drop_ins(f, "other.socket", (const char *const[]){ NULL });
}

/* On Debian /etc/xdg/systemd/user is a link to /etc/systemd/user: a file in it is found once, by its real
 * path. */
static void test_linked_directory(void **state) {
        _cleanup_(unit_paths_done) UnitPaths paths = {};
        _cleanup_free_ char *found = NULL;
        Fixture *f = *state;

        put(f, "/etc/systemd/user/service.d/05.conf", "x");
        put(f, "/etc/systemd/user/a.service", "x");
        put(f, "/etc/xdg/README", "x");
        put_link(f, "/etc/xdg/systemd", "../systemd");

        expect_drop_ins(
                f, "a.service", (const char *const[]){ "/etc/systemd/user/service.d/05.conf", NULL });
        assert_int_equal(unit_paths_make(&f->disk, &paths), 0);
        assert_int_equal(unit_paths_find(&f->disk, &paths, "a.service", &found), 0);
        assert_string_equal(found + strlen(f->root), "/etc/systemd/user/a.service");
}

static void test_no_home(void **state) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(unit_files_done) UnitFiles files = {};
        Fixture *f = *state;

        put(f, "/usr/lib/systemd/user/a.service", "[Service]\n");
        assert_int_equal(disk_open(getuid(), "/nowhere/at/all", f->root, f->root, &disk), 0);
        assert_int_equal(disk.home_fd, -EBADF);
        assert_int_equal(unit_files_scan(&disk, &files), 0);
        assert_int_equal(files.n_entries, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_states, setup, teardown),
                cmocka_unit_test_setup_teardown(test_links_and_aliases, setup, teardown),
                cmocka_unit_test_setup_teardown(test_templates, setup, teardown),
                cmocka_unit_test_setup_teardown(test_first_directory_wins, setup, teardown),
                cmocka_unit_test_setup_teardown(test_special_files, setup, teardown),
                cmocka_unit_test_setup_teardown(test_reading, setup, teardown),
                cmocka_unit_test_setup_teardown(test_links_out_of_the_home, setup, teardown),
                cmocka_unit_test_setup_teardown(test_chase, setup, teardown),
                cmocka_unit_test_setup_teardown(test_own_directories, setup, teardown),
                cmocka_unit_test_setup_teardown(test_more_states, setup, teardown),
                cmocka_unit_test_setup_teardown(test_too_many_entries, setup, teardown),
                cmocka_unit_test_setup_teardown(test_drop_ins, setup, teardown),
                cmocka_unit_test_setup_teardown(test_linked_directory, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_home, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
