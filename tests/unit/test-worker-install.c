/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * daemon/worker/install/install.h: links made and removed in a home of which anything may be expected. What
 * managers do in each case is compared in the lab (tests/lab/scenarios/70-unit-files); here is what no
 * manager meets, and what must not happen.
 */

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/install/install.h"
#include "daemon/worker/install/notes.h"

#define OWN    "/home/.config/systemd/user"
#define WANTED "[Install]\nWantedBy=default.target\n"

#define NAMES(...) ((char *const *) (const char *const[]){ __VA_ARGS__, NULL })

typedef struct Fixture {
        char root[64];
        char home[80];
        Disk disk;
        Install in;
} Fixture;

static const char *path_of(const Fixture *f, const char *path) {
        static char full[4][1024];
        static unsigned next;
        char *ret = full[next++ % ELEMENTSOF(full)];

        assert_true(snprintf(ret, sizeof(full[0]), "%s%s", f->root, path) < (int) sizeof(full[0]));
        return ret;
}

static void make_parents(const Fixture *f, const char *path) {
        char full[1024];

        (void) snprintf(full, sizeof(full), "%s", path_of(f, path));
        for (char *p = full + strlen(f->root) + 1; (p = strchr(p, '/')); p++) {
                *p = 0;
                (void) mkdir(full, 0755);
                *p = '/';
        }
}

static void put(const Fixture *f, const char *path, const char *text) {
        FILE *file;

        make_parents(f, path);
        file = fopen(path_of(f, path), "we");
        assert_non_null(file);
        (void) fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void put_link(const Fixture *f, const char *path, const char *target) {
        make_parents(f, path);
        assert_return_code(symlink(target, path_of(f, path)), errno);
}

static void begin(Fixture *f, bool runtime) {
        install_done(&f->in);
        assert_int_equal(install_begin(&f->disk, runtime, &f->in), 0);
        f->in.dialect = (InstallDialect){ true, true, true };
}

static int setup(void **state) {
        static Fixture f;

        f = (Fixture){ .root = "/tmp/test-worker-install-XXXXXX", .disk.home_fd = -EBADF };
        assert_non_null(mkdtemp(f.root));
        (void) snprintf(f.home, sizeof(f.home), "%s/home", f.root);
        assert_return_code(mkdir(f.home, 0700), errno);
        assert_int_equal(disk_open(getuid(), f.home, f.root, f.root, &f.disk), 0);
        begin(&f, false);
        *state = &f;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static int teardown(void **state) {
        Fixture *f = *state;

        install_done(&f->in);
        disk_done(&f->disk);
        return nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool exists(const Fixture *f, const char *path) {
        struct stat st;

        return lstat(path_of(f, path), &st) >= 0;
}

/* A link, whose target is below the root unless it is given as it is. */
static void expect_link(const Fixture *f, const char *path, const char *target) {
        char said[1024];
        ssize_t n;

        n = readlink(path_of(f, path), said, sizeof(said) - 1);
        assert_return_code(n, errno);
        said[n] = 0;
        assert_string_equal(said, startswith(target, "/dev/") ? target : path_of(f, target));
}

static int enable(Fixture *f, const char *unit) {
        begin(f, false);
        return install_enable(&f->in, NAMES(unit));
}

static int disable(Fixture *f, const char *unit) {
        begin(f, false);
        return install_disable(&f->in, NAMES(unit));
}

static void expect_error(Fixture *f, int r, ErrorCode code, const char *part) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        assert_true(r < 0);
        assert_true(install_error(&f->in, r, &error) < 0);
        if (!strstr(error_message(&error), part))
                fail_msg("\"%s\" is not in: %s", part, error_message(&error));
        assert_int_equal(error.code, code);
}

static void test_enable_and_disable(void **state) {
        Fixture *f = *state;
        mode_t mask = umask(0077);
        struct stat st;

        put(f, OWN "/a.service", WANTED "Alias=b.service\n");
        assert_int_equal(enable(f, "a.service"), 0);
        (void) umask(mask);
        expect_link(f, OWN "/default.target.wants/a.service", OWN "/a.service");
        expect_link(f, OWN "/b.service", OWN "/a.service");
        assert_int_equal(f->in.changes.n, 3); /* two links, and that there is no default.target */
        assert_int_equal(f->in.changes.carries_install, true);

        /* Whatever the umask. */
        assert_return_code(stat(path_of(f, OWN "/default.target.wants"), &st), errno);
        assert_int_equal(st.st_mode & 07777, 0755);

        assert_int_equal(enable(f, "a.service"), 0);
        assert_false(install_changes_any(&f->in.changes));

        assert_int_equal(disable(f, "a.service"), 0);
        assert_int_equal(f->in.changes.n, 2);
        assert_false(exists(f, OWN "/default.target.wants"));
        assert_false(exists(f, OWN "/b.service"));
        assert_true(exists(f, OWN "/a.service"));
}

static void test_directories_are_made(void **state) {
        Fixture *f = *state;

        put(f, "/usr/lib/systemd/user/a.service", WANTED);
        assert_int_equal(enable(f, "a.service"), 0);
        expect_link(f, OWN "/default.target.wants/a.service", "/usr/lib/systemd/user/a.service");
        assert_int_equal(disable(f, "a.service"), 0);
        assert_true(exists(f, OWN));
        assert_false(exists(f, OWN "/default.target.wants"));
}

static void test_all_are_judged_first(void **state) {
        Fixture *f = *state;

        put(f, OWN "/a.service", WANTED);
        put_link(f, OWN "/b.service", "/dev/null");
        begin(f, false);
        expect_error(f, install_enable(&f->in, NAMES("a.service", "b.service")), ERROR_UNIT_REFUSED,
                "b.service is masked");
        assert_false(exists(f, OWN "/default.target.wants"));
        begin(f, false);
        expect_error(f, install_enable(&f->in, NAMES("a.service", "c.service")), ERROR_NO_SUCH_UNIT,
                "Unit c.service does not exist");
        assert_false(exists(f, OWN "/default.target.wants"));
}

static void test_half_done_is_told(void **state) {
        Fixture *f = *state;

        put(f, OWN "/a.service", WANTED "Alias=b.service\n");
        put(f, OWN "/b.service", "[Service]\n");
        expect_error(
                f, enable(f, "a.service"), ERROR_UNIT_REFUSED, "already exists. Done before that: created");
        assert_true(exists(f, OWN "/default.target.wants/a.service"));
}

static void test_force(void **state) {
        Fixture *f = *state;

        put(f, OWN "/a.service", "[Install]\nAlias=c.service\n");
        put(f, OWN "/b.service", "[Service]\n");
        put_link(f, OWN "/c.service", "b.service");
        expect_error(f, enable(f, "a.service"), ERROR_UNIT_REFUSED, "is a symlink to b.service");

        begin(f, false);
        f->in.force = true;
        assert_int_equal(install_enable(&f->in, NAMES("a.service")), 0);
        expect_link(f, OWN "/c.service", OWN "/a.service");
        assert_int_equal(f->in.changes.items[0].type, INSTALL_UNLINK);
        assert_int_equal(f->in.changes.items[1].type, INSTALL_SYMLINK);

        /* Never a file. */
        begin(f, false);
        f->in.force = true;
        expect_error(f, install_mask(&f->in, NAMES("b.service")), ERROR_UNIT_REFUSED, "already exists");
        assert_true(exists(f, OWN "/b.service"));
}

static void test_generated_and_transient(void **state) {
        Fixture *f = *state;
        char path[64];

        (void) snprintf(path, sizeof(path), "/%u/systemd/generator/g.service", (unsigned) getuid());
        put(f, path, WANTED);
        (void) snprintf(path, sizeof(path), "/%u/systemd/transient/t.service", (unsigned) getuid());
        put(f, path, WANTED);
        expect_error(f, enable(f, "g.service"), ERROR_UNIT_REFUSED, "transient or generated");
        expect_error(f, enable(f, "t.service"), ERROR_UNIT_REFUSED, "transient or generated");

        (void) snprintf(path, sizeof(path), "/%u/systemd/generator.early/m.service", (unsigned) getuid());
        put_link(f, path, "/dev/null");
        begin(f, false);
        assert_int_equal(install_unmask(&f->in, NAMES("m.service")), 0);
        assert_int_equal(f->in.changes.items[0].type, INSTALL_MASKED_BY_GENERATOR);
}

static void test_runtime(void **state) {
        Install in;
        Fixture *f = *state;
        char path[96];

        put(f, OWN "/a.service", WANTED);
        assert_int_equal(install_begin(&f->disk, true, &in), -ENOENT);
        install_done(&in);

        (void) snprintf(path, sizeof(path), "/%u/systemd/x", (unsigned) getuid());
        put(f, path, "");
        begin(f, true);
        assert_int_equal(install_enable(&f->in, NAMES("a.service")), 0);
        (void) snprintf(
                path, sizeof(path), "/%u/systemd/user/default.target.wants/a.service", (unsigned) getuid());
        expect_link(f, path, OWN "/a.service");
        assert_false(exists(f, OWN "/default.target.wants"));

        /* The default is always one that stays. */
        put(f, "/usr/lib/systemd/user/x.target", "[Unit]\n");
        begin(f, true);
        assert_int_equal(install_set_default(&f->in, "x.target"), 0);
        expect_link(f, OWN "/default.target", "/usr/lib/systemd/user/x.target");
}

/* Directories that are links: inside the home they are gone through, out of it only to what is one's own. */
static void test_directories_behind_links(void **state) {
        Fixture *f = *state;

        put(f, "/home/dotfiles/systemd/user/a.service", WANTED);
        put_link(f, "/home/.config", "dotfiles");
        assert_int_equal(enable(f, "a.service"), 0);
        assert_true(exists(f, "/home/dotfiles/systemd/user/default.target.wants/a.service"));
        assert_int_equal(disable(f, "a.service"), 0);
        assert_false(exists(f, "/home/dotfiles/systemd/user/default.target.wants"));
}

static void test_directory_out_of_the_home(void **state) {
        Fixture *f = *state;

        put(f, OWN "/a.service", WANTED);
        put(f, "/elsewhere/x", "");
        put_link(f, OWN "/default.target.wants", "../../../../elsewhere");
        assert_int_equal(enable(f, "a.service"), 0);
        assert_true(exists(f, "/elsewhere/a.service"));
        assert_int_equal(disable(f, "a.service"), 0);

        /* The same, but as one whose directory that is not. */
        f->disk.uid = 4242;
        expect_error(f, enable(f, "a.service"), ERROR_HOME_UNAVAILABLE, "Permission denied");
        f->disk.uid = getuid();
        /* Such a directory is not looked through for links to remove. */
        assert_true(exists(f, "/elsewhere/x"));
}

static void test_what_is_no_file(void **state) {
        Fixture *f = *state;

        put(f, OWN "/x.service", "");
        assert_return_code(mkfifo(path_of(f, OWN "/fifo.service"), 0644), errno);
        assert_return_code(mkdir(path_of(f, OWN "/dir.service"), 0755), errno);
        assert_return_code(mkdir(path_of(f, OWN "/fifo-in.service.d"), 0755), errno);
        assert_return_code(mkfifo(path_of(f, OWN "/fifo-in.service.d/x.conf"), 0644), errno);
        put(f, OWN "/fifo-in.service", WANTED);
        put_link(f, OWN "/self.service", "self.service");
        put_link(f, OWN "/p.service", "q.service");
        put_link(f, OWN "/q.service", "p.service");
        put_link(f, OWN "/magic.service", "/proc/self/fd/0");
        put_link(f, OWN "/long.service", "/nowhere");

        expect_error(f, enable(f, "fifo.service"), ERROR_UNIT_REFUSED, "not a regular file");
        expect_error(f, enable(f, "dir.service"), ERROR_UNIT_REFUSED, "is a directory");
        expect_error(f, enable(f, "self.service"), ERROR_UNIT_REFUSED, "self.service");
        expect_error(f, enable(f, "p.service"), ERROR_UNIT_REFUSED, "p.service");
        assert_true(enable(f, "magic.service") < 0);
        expect_error(f, enable(f, "long.service"), ERROR_NO_SUCH_UNIT, "does not exist");
        expect_error(f, enable(f, "x.service"), ERROR_UNIT_REFUSED, "masked");
        assert_int_equal(enable(f, "fifo-in.service"), 0);
}

static void test_huge_files(void **state) {
        Fixture *f = *state;
        int fd;

        make_parents(f, OWN "/huge.service");
        fd = open(path_of(f, OWN "/huge.service"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_return_code(fd, errno);
        assert_return_code(ftruncate(fd, INT64_C(1) << 40), errno);
        (void) close(fd);
        expect_error(f, enable(f, "huge.service"), ERROR_UNIT_REFUSED, "too large");
}

static void test_many_links(void **state) {
        char path[128];
        Fixture *f = *state;

        put(f, OWN "/a.service", WANTED);
        put_link(f, OWN "/deep/er/still/a.service", "/nowhere");
        for (unsigned i = 0; i < 4U * UNIT_FILES_PER_ACCOUNT_MAX; i++) {
                (void) snprintf(path, sizeof(path), OWN "/x%u.target.wants/a.service", i % 64);
                if (i < 64)
                        put_link(f, path, "../a.service");
                (void) snprintf(path, sizeof(path), OWN "/x%u.target.wants/%u", i % 64, i);
                assert_return_code(symlink("x", path_of(f, path)), errno);
        }
        expect_error(f, disable(f, "a.service"), ERROR_UNAVAILABLE, "Done before that: removed");
}

static void test_also_without_end(void **state) {
        Fixture *f = *state;

        /* Each names others, which the same template stands for. */
        put(f, OWN "/a@.service", "[Install]\nAlso=a@%ix.service\n");
        assert_int_equal(enable(f, "a@.service"), 0);
        assert_false(install_changes_any(&f->in.changes));
        put(f, OWN "/b@.service", "[Install]\nAlso=b@%i1.service b@%i2.service\n");
        assert_int_equal(enable(f, "b@.service"), 0);
        assert_false(install_changes_any(&f->in.changes));
}

static void test_names_that_climb(void **state) {
        static const char *const aliases[] = { "../x.service", "/etc/x.service",
                "default.target.wants/../x.service", "../default.target.wants/a.service", ".", "",
                "a\nb.service", "%%2f.service" };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(aliases); i++) {
                char text[128];

                (void) snprintf(
                        text, sizeof(text), "[Install]\nAlias=%s\nWantedBy=../y.target\n", aliases[i]);
                put(f, OWN "/a.service", text);
                assert_true(enable(f, "a.service") < 0);
                assert_false(install_changes_any(&f->in.changes));
        }
}

static void test_broken_mask(void **state) {
        Fixture *f = *state;

        begin(f, false);
        assert_int_equal(install_mask(&f->in, NAMES("a.service", "b.service")), 0);
        expect_link(f, OWN "/a.service", "/dev/null");
        begin(f, false);
        assert_int_equal(install_unmask(&f->in, NAMES("a.service", "a.service")), 0);
        assert_int_equal(f->in.changes.n, 1);
        assert_false(exists(f, OWN "/a.service"));
        assert_true(exists(f, OWN "/b.service"));

        /* A unit of one's own is no mask. */
        put(f, OWN "/c.service", WANTED);
        begin(f, false);
        assert_int_equal(install_unmask(&f->in, NAMES("c.service")), 0);
        assert_true(exists(f, OWN "/c.service"));
}

static void test_read_only_home(void **state) {
        Fixture *f = *state;

        if (getuid() == 0)
                skip();
        put(f, OWN "/a.service", WANTED);
        assert_return_code(chmod(path_of(f, OWN), 0555), errno);
        expect_error(f, enable(f, "a.service"), ERROR_HOME_UNAVAILABLE, "Permission denied");
        assert_return_code(chmod(path_of(f, OWN), 0755), errno);
}

static void test_no_home(void **state) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        Fixture *f = *state;
        Install in;

        assert_int_equal(disk_open(getuid(), "/nowhere/at/all", f->root, f->root, &disk), 0);
        assert_int_equal(install_begin(&disk, false, &in), -ENOENT);
        install_done(&in);
}

static void test_presets(void **state) {
        _cleanup_(presets_done) Presets presets = {};
        Fixture *f = *state;

        put(f, OWN "/on.service", WANTED);
        put(f, OWN "/off.service", WANTED);
        put(f, OWN "/keep.service", WANTED);
        put(f, OWN "/t@.service", WANTED);
        put_link(f, OWN "/default.target.wants/off.service", "../off.service");
        put_link(f, OWN "/default.target.wants/keep.service", "../keep.service");
        assert_int_equal(
                presets_add_text(&presets,
                        "ignore keep.service\ndisable off.service\nenable t@.service a b\nenable *\n"),
                0);
        begin(f, false);
        assert_int_equal(
                install_preset(&f->in, NAMES("on.service", "off.service", "keep.service", "t@.service"),
                        &presets, NULL),
                0);
        assert_true(exists(f, OWN "/default.target.wants/on.service"));
        assert_false(exists(f, OWN "/default.target.wants/off.service"));
        assert_true(exists(f, OWN "/default.target.wants/keep.service"));
        assert_true(exists(f, OWN "/default.target.wants/t@a.service"));
        assert_true(exists(f, OWN "/default.target.wants/t@b.service"));
}

/* A mask that cannot be made, or does nothing, where the unit's own file comes first. */
static void test_mask_of_own(void **state) {
        Fixture *f = *state;
        Worker worker = { .uid = getuid(), .system_root = f->root, .runtime_root = f->root };
        char own[] = "own.service", shared[] = "shared.service", *units[] = { own, shared, NULL };
        Request request = { .home = f->home,
                .method = method_get(METHOD_UNIT_FILES_MASK),
                .parameters = { .units = units, .runtime = true } };
        _cleanup_(install_changes_done) InstallChanges changes = INSTALL_CHANGES_NULL;
        _cleanup_(error_done) Error error = ERROR_NULL, other = ERROR_NULL;

        put(f, OWN "/own.service", WANTED);
        put(f, "/usr/lib/systemd/user/shared.service", WANTED);
        assert_int_equal(install_note_ineffective(&worker, &request, &changes, &error), 0);
        assert_int_equal(strv_length(changes.notes), 1);
        assert_non_null(strstr(changes.notes[0], "The mask of own.service has no effect: its file '"));

        /* One that is masked there is masked. */
        install_changes_done(&changes);
        changes = INSTALL_CHANGES_NULL;
        assert_return_code(unlink(path_of(f, OWN "/own.service")), errno);
        put_link(f, OWN "/own.service", "/dev/null");
        assert_int_equal(install_note_ineffective(&worker, &request, &changes, &error), 0);
        assert_int_equal(strv_length(changes.notes), 0);

        assert_return_code(unlink(path_of(f, OWN "/own.service")), errno);
        put(f, OWN "/own.service", WANTED);
        request.parameters.runtime = false;
        error_set(&error, ERROR_UNIT_REFUSED, "File '%s/own.service' already exists.", path_of(f, OWN));
        install_explain_mask(&worker, &request, &error);
        assert_int_equal(error.code, ERROR_UNIT_REFUSED);
        assert_non_null(strstr(error_message(&error), "already exists. It is the unit itself"));
        assert_non_null(strstr(error_message(&error), "stop own.service instead (disable --now)"));
        error_set(&other, ERROR_UNIT_REFUSED, "Something else.");
        install_explain_mask(&worker, &request, &other);
        assert_string_equal(error_message(&other), "Something else.");
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
                TEST(enable_and_disable),
                TEST(directories_are_made),
                TEST(all_are_judged_first),
                TEST(half_done_is_told),
                TEST(force),
                TEST(generated_and_transient),
                TEST(runtime),
                TEST(mask_of_own),
                TEST(directories_behind_links),
                TEST(directory_out_of_the_home),
                TEST(what_is_no_file),
                TEST(huge_files),
                TEST(many_links),
                TEST(also_without_end),
                TEST(names_that_climb),
                TEST(broken_mask),
                TEST(read_only_home),
                TEST(no_home),
                TEST(presets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
