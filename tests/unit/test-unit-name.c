/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of units: a table, and systemd's own judgement through systemd-escape(1) where it is installed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "common/unit-name.h"
#include "tests/unit/failing-alloc.h"

#define P    UNIT_NAME_PLAIN
#define T    UNIT_NAME_TEMPLATE
#define I    UNIT_NAME_INSTANCE
#define A63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A247 A63 A63 A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
        const char *name;
        UnitNameFlags shape; /* 0: not valid */
} names[] = {
        { "a.service", P },
        { "app.service", P },
        { "app.automount", P },
        { "app.device", P },
        { "app.mount", P },
        { "app.path", P },
        { "app.scope", P },
        { "app.slice", P },
        { "app.socket", P },
        { "app.swap", P },
        { "app.target", P },
        { "app.timer", P },
        { "a.b.c.service", P },
        { "a..service", P },
        { "..service", P },
        { "...service", P },
        { "-.slice", P },
        { "-.mount", P },
        { "-.service", P },
        { "-a.service", P },
        { "--help.service", P },
        { ":_-.service", P },
        { "dev-sda1.device", P },
        { "a\\x2db.service", P },
        { "a\\b.service", P },
        { "\\.service", P },
        { "0.service", P },
        { "service.service", P },
        { ".service.service", P },
        { A247 ".service", P },
        { "a@.service", T },
        { "a.b@.service", T },
        { "-@.service", T },
        { ".@.service", T },
        { "a@b.service", I },
        { "a@b@c.service", I },
        { "a@@.service", I },
        { "a@..service", I },
        { "a@.service.service", I },
        { "a@b.c.socket", I },
        { "a@-.mount", I },
        { "a@\\x2f.service", I },
        { "", 0 },
        { "a", 0 },
        { ".", 0 },
        { "..", 0 },
        { "@", 0 },
        { ".service", 0 },
        { "service", 0 },
        { "@.service", 0 },
        { "@b.service", 0 },
        { "@@.service", 0 },
        { "a.", 0 },
        { "a.Service", 0 },
        { "a.services", 0 },
        { "a.servic", 0 },
        { "a.snapshot", 0 },
        { "a.busname", 0 },
        { "a.service ", 0 },
        { " a.service", 0 },
        { "a b.service", 0 },
        { "a.service@b", 0 },
        { "a.service@", 0 },
        { "a/b.service", 0 },
        { "/a.service", 0 },
        { "../a.service", 0 },
        { "a\nb.service", 0 },
        { "a.service\n", 0 },
        { "a\tb.service", 0 },
        { "a\x1B.service", 0 },
        { "a\x7F.service", 0 },
        { "\xC3\xA4.service", 0 },
        { "a\xFF.service", 0 },
        { "a*.service", 0 },
        { "a?.service", 0 },
        { "a[b].service", 0 },
        { "a!.service", 0 },
        { "a+b.service", 0 },
        { "a,b.service", 0 },
        { "a;b.service", 0 },
        { "a$b.service", 0 },
        { "a%i.service", 0 },
        { "a=b.service", 0 },
        { "a~b.service", 0 },
        { "a'b.service", 0 },
        { "a\"b.service", 0 },
        { "a@b c.service", 0 },
        { A247 "a.service", 0 },
};

static void test_is_valid(void **state) {
        assert_false(unit_name_is_valid(NULL, UNIT_NAME_ANY));

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                for (UnitNameFlags flags = 0; flags <= UNIT_NAME_ANY; flags++)
                        if (unit_name_is_valid(names[i].name, flags) != ((names[i].shape & flags) != 0))
                                fail_msg("'%s' with %u", names[i].name, flags);
}

static void test_every_byte(void **state) {
        static const char allowed[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";

        for (int c = 1; c < 256; c++) {
                char name[] = { 'a', (char) c, 'b', '.', 's', 'e', 'r', 'v', 'i', 'c', 'e', '\0' };

                assert_int_equal(unit_name_is_valid(name, UNIT_NAME_ANY), strchr(allowed, c) != NULL);
        }
}

static void test_is_acceptable(void **state) {
        static const char *const refused[] = { "-a.service", "--help.service", "-.service", "-@.service",
                "-a.slice", "a", "" };

        assert_true(unit_name_is_acceptable("-.slice", UNIT_NAME_ANY));
        assert_true(unit_name_is_acceptable("-.mount", UNIT_NAME_ANY));
        assert_true(unit_name_is_acceptable("a-b.service", UNIT_NAME_ANY));
        assert_false(unit_name_is_acceptable("a@.service", UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE));
        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                assert_false(unit_name_is_acceptable(refused[i], UNIT_NAME_ANY));
}

static const struct {
        const char *name, *prefix, *instance, *template, *suffix;
} parts[] = {
        { "app.service", "app", NULL, NULL, ".service" },
        { "a.b.timer", "a.b", NULL, NULL, ".timer" },
        { "-.slice", "-", NULL, NULL, ".slice" },
        { "app@.service", "app", "", "app@.service", ".service" },
        { "app@one.service", "app", "one", "app@.service", ".service" },
        { "app@a@b.c.socket", "app", "a@b.c", "app@.socket", ".socket" },
        { "a.b@\\x2f.mount", "a.b", "\\x2f", "a.b@.mount", ".mount" },
        { "app", NULL, NULL, NULL, NULL },
        { "@.service", NULL, NULL, NULL, NULL },
        { "a b@c.service", NULL, NULL, NULL, NULL },
};

static void check_part(int (*part)(const char *, char **), const char *name, const char *expected) {
        _cleanup_free_ char *s = NULL;

        assert_int_equal(part(name, &s), expected ? 0 : -EINVAL);
        assert_true(streq_ptr(s, expected));
}

static void test_parts(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                check_part(unit_name_prefix, parts[i].name, parts[i].prefix);
                check_part(unit_name_instance, parts[i].name, parts[i].instance);
                check_part(unit_name_template, parts[i].name, parts[i].template);
                assert_true(streq_ptr(unit_name_suffix(parts[i].name), parts[i].suffix));
        }
}

static const struct {
        const char *name, *suffix, *plain, *glob; /* NULL: refused */
} typed[] = {
        { "app", NULL, "app.service", "app.service" },
        { "app", ".timer", "app.timer", "app.timer" },
        { "app.service", ".timer", "app.service", "app.service" },
        { "app@", NULL, "app@.service", "app@.service" },
        { "app@1", NULL, "app@1.service", "app@1.service" },
        { "a.b.c", NULL, "a.b.c.service", "a.b.c.service" },
        { "app.", NULL, "app..service", "app..service" },
        { ".service", NULL, ".service.service", ".service.service" },
        { "1234", NULL, "1234.service", "1234.service" },
        { "a\\x20b", NULL, "a\\x20b.service", "a\\x20b.service" },
        { "-.slice", NULL, "-.slice", "-.slice" },
        { "-.mount", NULL, "-.mount", "-.mount" },
        { "a*", NULL, NULL, "a*" },
        { "foo.*", NULL, NULL, "foo.*" },
        { "*", NULL, NULL, "*" },
        { "?[!a-c]@*", NULL, NULL, "?[!a-c]@*" },
        { "app", ".bogus", NULL, NULL },
        { "app", "service", NULL, NULL },
        { "", NULL, NULL, NULL },
        { "@", NULL, NULL, NULL },
        { "@1", NULL, NULL, NULL },
        { "-", NULL, NULL, NULL },
        { "-a", NULL, NULL, NULL },
        { "--help", NULL, NULL, NULL },
        { "-a.service", NULL, NULL, NULL },
        { "-*", NULL, NULL, NULL },
        { "a b", NULL, NULL, NULL },
        { "a b*", NULL, NULL, NULL },
        { "a/b", NULL, NULL, NULL },
        { "a/*", NULL, NULL, NULL },
        { "/home", NULL, NULL, NULL },
        { "/dev/sda", NULL, NULL, NULL },
        { "\xC3\xA4", NULL, NULL, NULL },
        { "\xC3\xA4*", NULL, NULL, NULL },
        { "a\n", NULL, NULL, NULL },
        { "a\x1B*", NULL, NULL, NULL },
        { "a!", NULL, NULL, NULL },
        { "a]", NULL, NULL, NULL },
        { A247, NULL, A247 ".service", A247 ".service" },
        { A247 "a", NULL, NULL, NULL },
        { A247 A63, NULL, NULL, NULL },
        { A247 "aaaaaaa*", NULL, NULL, A247 "aaaaaaa*" },
        { A247 "aaaaaaaa*", NULL, NULL, NULL },
};

static void test_mangle(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(typed); i++)
                for (UnitNameMangle flags = 0; flags <= UNIT_NAME_MANGLE_GLOB; flags++) {
                        const char *expected = flags ? typed[i].glob : typed[i].plain;
                        _cleanup_free_ char *s = NULL;
                        int r;

                        r = unit_name_mangle(typed[i].name, typed[i].suffix, flags, &s);
                        if (r != (expected ? 0 : -EINVAL) || !streq_ptr(s, expected))
                                fail_msg("'%s' with %u: '%s'", typed[i].name, flags, strempty(s));
                }
}

/* What systemd makes of a name as a user types it: the output of `systemd-escape --mangle`, NULL where it
 * refuses. */
static char *ask_systemd(const char *name) {
        int fds[2], status;
        char buf[2048];
        size_t n = 0;
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) dup2(fds[1], STDOUT_FILENO);
                (void) close(fds[0]);
                (void) close(fds[1]);
                (void) close(STDERR_FILENO);
                (void) execlp("systemd-escape", "systemd-escape", "--mangle", "--", name, NULL);
                _exit(127);
        }

        (void) close(fds[1]);
        for (;;) {
                ssize_t k = read(fds[0], buf + n, sizeof(buf) - n);

                if (k <= 0)
                        break;
                n += (size_t) k;
        }
        (void) close(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || n == 0 || buf[n - 1] != '\n')
                return NULL;
        return strndup(buf, n - 1);
}

static void compare_with_systemd(const char *name) {
        _cleanup_free_ char *theirs = NULL, *ours = NULL;

        theirs = ask_systemd(name);

        /* A full valid name is the one thing that mangling leaves as it is. */
        if (unit_name_is_valid(name, UNIT_NAME_ANY) != streq_ptr(theirs, name))
                fail_msg("'%s': systemd says '%s'", name, strempty(theirs));

        /* We may refuse more, but what we make of a name is what systemctl makes of it. */
        if (unit_name_mangle(name, NULL, 0, &ours) == 0 && !streq_ptr(ours, theirs))
                fail_msg("'%s': '%s', but systemd says '%s'", name, ours, strempty(theirs));
}

static void test_systemd(void **state) {
        static const char *const pieces[] = {
                "a",
                "b1",
                "-",
                "_",
                ":",
                ".",
                "..",
                "@",
                "@",
                "\\x2d",
                "\\",
                "/",
                " ",
                "\xC3\xA4",
                "\n",
                "*",
                "?",
                "[",
                ".service",
                ".service",
                ".socket",
                ".slice",
                ".scope",
                ".target",
                ".mount",
                ".snapshot",
                A63,
                A247,
        };
        _cleanup_free_ char *works = NULL;
        unsigned seed = 1;

        works = ask_systemd("a");
        if (!streq_ptr(works, "a.service")) {
                print_message("no systemd-escape here\n");
                skip();
        }

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                compare_with_systemd(names[i].name);
        for (size_t i = 0; i < ELEMENTSOF(typed); i++)
                compare_with_systemd(typed[i].name);

        for (int i = 0; i < 150; i++) {
                char name[6 * 256] = "";

                for (int k = rand_r(&seed) % 5; k >= 0; k--)
                        strcat(name, pieces[(size_t) rand_r(&seed) % ELEMENTSOF(pieces)]);
                if (i % 2)
                        strcat(name, ".service");
                compare_with_systemd(name);
        }
}

static void test_instantiate(void **state) {
        static const struct {
                const char *name, *instance, *expected; /* NULL: refused */
        } rows[] = {
                { "a@.service", "one", "a@one.service" },
                { "a@x.service", "one", "a@one.service" },
                { "a@.service", "o@e.x", "a@o@e.x.service" },
                { "a@.service", "", NULL },
                { "a@.service", "a/b", NULL },
                { "a@.service", "a b", NULL },
                { "a.service", "one", NULL },
                { "a@", "one", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_free_ char *made = NULL;

                assert_int_equal(unit_name_instantiate(rows[i].name, rows[i].instance, &made),
                        rows[i].expected ? 0 : -EINVAL);
                assert_true(streq_ptr(made, rows[i].expected));
        }
}

static void test_allocation_failures(void **state) {
        _cleanup_free_ char *a = NULL, *b = NULL, *c = NULL;
        size_t count;
        int r;

        FOR_EACH_FAILURE(count, r, r = unit_name_mangle("app", NULL, 0, &a));
        assert_int_equal(count, 1);
        FOR_EACH_FAILURE(count, r, r = unit_name_prefix("app.service", &b));
        assert_int_equal(count, 1);
        FOR_EACH_FAILURE(count, r, r = unit_name_instance("app@x.service", &c));
        assert_int_equal(count, 1);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_is_valid),
                cmocka_unit_test(test_every_byte),
                cmocka_unit_test(test_is_acceptable),
                cmocka_unit_test(test_parts),
                cmocka_unit_test(test_instantiate),
                cmocka_unit_test(test_mangle),
                cmocka_unit_test(test_systemd),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
