/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of units against systemd's own rules, which live in a private library of its
 * (libsystemd-shared-VERSION.so). Where that is not to be found only our own promises are checked. The name
 * of the library holds a version, and its functions may change: good enough for a fuzzer, not for a test
 * that has to pass everywhere.
 */

#include <dlfcn.h>
#include <glob.h>

#include "common/pattern.h"
#include "common/unit-name.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool (*systemd_is_valid)(const char *, int);
static int (*systemd_mangle)(const char *, const char *, int, const char *, char **);

/* UNIT_NAME_MANGLE_GLOB in systemd's src/basic/unit-name.h */
#define SYSTEMD_MANGLE_GLOB 1

static void check(bool b) {
        if (!b)
                abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        glob_t found = {};
        void *library;

        if (glob("/usr/lib/*/systemd/libsystemd-shared-*.so", 0, NULL, &found) != 0 &&
                glob("/usr/lib/systemd/libsystemd-shared-*.so", 0, NULL, &found) != 0) {
                fprintf(stderr, "No systemd to compare with.\n");
                return 0;
        }

        library = dlopen(found.gl_pathv[0], RTLD_NOW | RTLD_LOCAL);
        globfree(&found);
        if (!library)
                return 0;
        systemd_is_valid = (bool (*)(const char *, int)) dlsym(library, "unit_name_is_valid");
        systemd_mangle = (int (*)(const char *, const char *, int, const char *, char **)) dlsym(
                library, "unit_name_mangle_with_suffix");
        fprintf(stderr, "Comparing with systemd: %s.\n", yes_no(systemd_is_valid && systemd_mangle));
        return 0;
}

static void compare_mangle(const char *name, const char *suffix, UnitNameMangle flags) {
        _cleanup_free_ char *ours = NULL, *theirs = NULL;
        int r;

        r = unit_name_mangle(name, suffix, flags, &ours);
        if (r < 0) {
                check(r == -EINVAL && !ours);
                return;
        }

        check(strlen(ours) <= UNIT_NAME_MAX);
        check(((flags & UNIT_NAME_MANGLE_GLOB) && pattern_is_glob(name) && pattern_is_valid(name)) ||
                unit_name_is_acceptable(ours, UNIT_NAME_ANY));

        if (systemd_mangle) {
                check(systemd_mangle(name, NULL, flags ? SYSTEMD_MANGLE_GLOB : 0, suffix ?: ".service",
                              &theirs) >= 0);
                check(streq(ours, theirs));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *name = NULL, *prefix = NULL, *instance = NULL, *template = NULL;
        UnitNameFlags shape = 0;

        name = strndup((const char *) data, size);
        check(name);

        for (UnitNameFlags flag = 1; flag < UNIT_NAME_ANY; flag <<= 1) {
                bool valid = unit_name_is_valid(name, flag);

                if (valid)
                        shape |= flag;
                if (systemd_is_valid) /* the flags have the same values there */
                        check(valid == systemd_is_valid(name, (int) flag));
        }
        check((shape & (shape - 1)) == 0); /* one shape at most */

        check((unit_name_prefix(name, &prefix) == 0) == (shape != 0));
        check((unit_name_instance(name, &instance) == 0) == ((shape & ~UNIT_NAME_PLAIN) != 0));
        check((unit_name_template(name, &template) == 0) == ((shape & ~UNIT_NAME_PLAIN) != 0));
        if (shape) {
                _cleanup_free_ char *whole = NULL;

                check(asprintf(&whole, "%s%s%s%s", prefix, instance ? "@" : "", strempty(instance),
                              unit_name_suffix(name)) >= 0);
                check(streq(whole, name));
        }
        if (template)
                check(unit_name_is_valid(template, UNIT_NAME_TEMPLATE));

        compare_mangle(name, NULL, 0);
        compare_mangle(name, ".timer", 0);
        compare_mangle(name, NULL, UNIT_NAME_MANGLE_GLOB);
        return 0;
}
