/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* daemon/worker/disk/preset.h: the rules of systemd.preset(5). */

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/strv.h"
#include "daemon/worker/disk/preset.h"

static void expect(const char *text, const char *unit, const char *expected) {
        _cleanup_(presets_done) Presets presets = {};

        assert_int_equal(presets_add_text(&presets, text), 0);
        assert_string_equal(presets_query(&presets, unit), expected);
}

static void test_rules(void **state) {
        expect("", "a.service", "enabled");
        expect("disable *", "a.service", "disabled");
        expect("disable *\nenable a.service\n", "a.service", "disabled");
        expect("enable a.service\ndisable *\n", "a.service", "enabled");
        expect("enable a.service\ndisable *\n", "b.service", "disabled");
        expect("ignore a.*\ndisable *\n", "a.socket", "ignored");
        expect("  \tdisable\t a.service  \r\n", "a.service", "disabled");
        expect("enable b@.service x y\ndisable *", "b@.service", "enabled");
}

static void expect_decision(const char *text, const char *unit, PresetAction expected, size_t n_instances) {
        _cleanup_(presets_done) Presets presets = {};
        _cleanup_strv_free_ char **instances = NULL;
        PresetAction action;

        assert_int_equal(presets_add_text(&presets, text), 0);
        assert_int_equal(presets_decide(&presets, unit, &action, &instances), 0);
        assert_int_equal(action, expected);
        assert_int_equal(strv_length(instances), n_instances);
}

static void test_instances(void **state) {
        static const char text[] =
                "enable b@.service x y\ndisable b@*\nenable c.service x\ndisable c.service";

        expect_decision(text, "b@.service", PRESET_ENABLE, 2);
        expect_decision(text, "b@x.service", PRESET_ENABLE, 0);
        expect_decision(text, "b@z.service", PRESET_DISABLE, 0);
        /* Only templates have instances: this line is none. */
        expect_decision(text, "c.service", PRESET_DISABLE, 0);
        expect_decision(text, "d.service", PRESET_ENABLE, 0);
        expect_decision("disable a.service b.service", "a.service", PRESET_ENABLE, 0);
}

static void test_what_is_no_rule(void **state) {
        expect("# disable *\n; disable *\n\n", "a.service", "enabled");
        expect("disable\ndisabled *\nDisable *\n*", "a.service", "enabled");
        expect("disable", "a.service", "enabled");
        expect("disable   ", "a.service", "enabled");
}

static void test_states(void **state) {
        assert_true(preset_applies("enabled"));
        assert_true(preset_applies("disabled"));
        assert_true(preset_applies("masked"));
        assert_false(preset_applies("static"));
        assert_false(preset_applies("alias"));
        assert_false(preset_applies("generated"));
        assert_false(preset_applies("transient"));
}

static char root[] = "/tmp/test-worker-preset-XXXXXX";

static void put(const char *path, const char *text) {
        char full[256];
        FILE *f;

        (void) snprintf(full, sizeof(full), "%s%s", root, path);
        for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
                *p = 0;
                (void) mkdir(full, 0755);
                *p = '/';
        }
        if (!text) {
                assert_return_code(symlink("/dev/null", full), errno);
                return;
        }
        f = fopen(full, "we");
        assert_non_null(f);
        (void) fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void test_directories(void **state) {
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        _cleanup_(presets_done) Presets presets = {};

        assert_non_null(mkdtemp(root));
        /* By name, not by directory; of one name the first directory's. */
        put("/etc/systemd/user-preset/50-a.preset", "disable a.service\n");
        put("/usr/lib/systemd/user-preset/50-a.preset", "enable a.service\n");
        put("/usr/lib/systemd/user-preset/10-b.preset", "enable b.service\n");
        put("/etc/systemd/user-preset/60-b.preset", "disable b.service\n");
        put("/run/systemd/user-preset/10-c.preset", NULL);
        put("/usr/lib/systemd/user-preset/10-c.preset", "disable c.service\n");
        put("/usr/lib/systemd/user-preset/10-d.conf", "disable d.service\n");

        assert_int_equal(disk_open(getuid(), "", root, "/run/user", &disk), 0);
        assert_int_equal(presets_read(&disk, &presets), 0);
        assert_string_equal(presets_query(&presets, "a.service"), "disabled");
        assert_string_equal(presets_query(&presets, "b.service"), "enabled");
        assert_string_equal(presets_query(&presets, "c.service"), "enabled");
        assert_string_equal(presets_query(&presets, "d.service"), "enabled");
        assert_return_code(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), errno);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rules),
                cmocka_unit_test(test_instances),
                cmocka_unit_test(test_what_is_no_rule),
                cmocka_unit_test(test_states),
                cmocka_unit_test(test_directories),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
