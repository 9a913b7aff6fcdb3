/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Specifiers of a unit that is loaded, see specifier.h. */

#include "daemon/worker/proof/specifier.h"

#include <ctype.h>
#include <limits.h>
#include <systemd/sd-path.h>

#include "common/strv.h"
#include "common/unit-name.h"

/* SD_PATH_USER_STATE_PRIVATE: only newer headers have it, and only newer libraries know it. */
#define PATH_USER_STATE_PRIVATE 66

/* ---- names ---- */

static int hexadecimal(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char) tolower((unsigned char) c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The opposite of `systemd-escape`: a dash is a slash, \x2d is a dash. */
static int unescape(const char *s, char **ret) {
        _cleanup_free_ char *made = malloc(strlen(s) + 1);
        char *to = made;

        if (!made)
                return -ENOMEM;
        for (; *s; s++) {
                int high, low;

                if (*s == '-')
                        *to++ = '/';
                else if (*s == '\\') {
                        high = s[1] == 'x' ? hexadecimal(s[2]) : -1;
                        low = high >= 0 ? hexadecimal(s[3]) : -1;
                        if (low < 0 || (high == 0 && low == 0))
                                return -EUNATCH;
                        *to++ = (char) (high << 4 | low);
                        s += 3;
                } else
                        *to++ = *s;
        }
        *to = 0;
        *ret = TAKE_PTR(made);
        return 0;
}

/* An instance or a prefix that is an escaped path. */
static int unescape_path(const char *s, char **ret) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (streq(s, "-")) {
                *ret = strdup("/");
                return *ret ? 0 : -ENOMEM;
        }
        r = unescape(s, &path);
        if (r < 0)
                return r;
        if (*path == '/' || endswith(path, "/"))
                return -EUNATCH;
        return asprintf(ret, "/%s", path) < 0 ? -ENOMEM : 0;
}

/* %I, %J and %P: the letter without its escapes. */
static int unescaped_specifier(const ProofSpecifiers *s, char letter, char **ret) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = unit_specifier(&s->unit, (char) tolower((unsigned char) letter), &name);
        return r < 0 ? r : unescape(name, ret);
}

static int file_specifier(const ProofSpecifiers *s, char **ret) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = unit_name_instance(s->unit.unit, &name);
        if (r == -EINVAL)
                r = unit_name_prefix(s->unit.unit, &name);
        if (r < 0)
                return r;
        return isempty(name) ? -EUNATCH : unescape_path(name, ret);
}

/* ---- paths ---- */

static int join(const char *path, const char *suffix, char **ret) {
        return asprintf(ret, "%s%s", path, suffix) < 0 ? -ENOMEM : 0;
}

static int home_specifier(const ProofSpecifiers *s, const char *suffix, char **ret) {
        if (s->unit.disk->home[0] != '/')
                return -EUNATCH;
        return join(s->unit.disk->home, suffix, ret);
}

/* The value of the manager's variable where it is an absolute path, otherwise NULL. */
static const char *find_variable(const ProofSpecifiers *s, const char *name) {
        size_t n = strlen(name);

        STRV_FOREACH(e, s->environment)
                if (strncmp(*e, name, n) == 0 && (*e)[n] == '=' && (*e)[n + 1] == '/')
                        return *e + n + 1;
        return NULL;
}

/* A directory of the XDG base directory specification, `otherwise` being below the home. */
static int base_directory(const ProofSpecifiers *s, const char *variable, const char *otherwise,
        const char *suffix, char **ret) {
        _cleanup_free_ char *below = NULL;
        const char *path;

        path = find_variable(s, variable);
        if (path)
                return join(path, suffix, ret);
        if (join(otherwise, suffix, &below) < 0)
                return -ENOMEM;
        return home_specifier(s, below, ret);
}

/* Managers before systemd 254 have state among the configuration, less those whose distribution has brought
 * the change to them. The library that came with the manager knows the place or not. */
static bool has_state_directory(void) {
        _cleanup_free_ char *path = NULL;

        /* Where the variable is set nobody is asked for a home. */
        if (setenv("XDG_STATE_HOME", "/", /* overwrite= */ true) < 0)
                return false;
        return sd_path_lookup(PATH_USER_STATE_PRIVATE, NULL, &path) >= 0;
}

static int state_specifier(const ProofSpecifiers *s, const char *suffix, char **ret) {
        if (has_state_directory())
                return base_directory(s, "XDG_STATE_HOME", "/.local/state", suffix, ret);
        return base_directory(s, "XDG_CONFIG_HOME", "/.config", suffix, ret);
}

static int temporary_specifier(const ProofSpecifiers *s, const char *otherwise, char **ret) {
        static const char *const variables[] = { "TMPDIR", "TEMP", "TMP" };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
                const char *path = find_variable(s, variables[i]);

                if (path)
                        return join(path, "", ret);
        }
        return join(otherwise, "", ret);
}

static int fragment_specifier(const ProofSpecifiers *s, bool directory, char **ret) {
        const char *slash;

        if (isempty(s->fragment))
                return -EUNATCH;
        slash = strrchr(s->fragment, '/');
        *ret = directory && slash > s->fragment ? strndup(s->fragment, (size_t) (slash - s->fragment))
                                                : strdup(s->fragment);
        return *ret ? 0 : -ENOMEM;
}

static int specifier(const ProofSpecifiers *s, char letter, char **ret) {
        switch (letter) {
        case 'C':
                return base_directory(s, "XDG_CACHE_HOME", "/.cache", "", ret);
        case 'd':
                return -EUNATCH;
        case 'D':
                return base_directory(s, "XDG_DATA_HOME", "/.local/share", "", ret);
        case 'E':
                return base_directory(s, "XDG_CONFIG_HOME", "/.config", "", ret);
        case 'f':
                return file_specifier(s, ret);
        case 'h':
                return home_specifier(s, "", ret);
        case 'I':
        case 'J':
        case 'P':
                return unescaped_specifier(s, letter, ret);
        case 'L':
                return state_specifier(s, "/log", ret);
        case 's':
                return unit_specifier_shell(&s->unit, ret);
        case 'S':
                return state_specifier(s, "", ret);
        case 't':
                return asprintf(ret, "%s/%u", s->unit.disk->runtime_root, (unsigned) s->unit.disk->uid) < 0
                        ? -ENOMEM
                        : 0;
        case 'T':
                return temporary_specifier(s, "/tmp", ret);
        case 'V':
                return temporary_specifier(s, "/var/tmp", ret);
        case 'y':
        case 'Y':
                return fragment_specifier(s, letter == 'Y', ret);
        default:
                return unit_specifier(&s->unit, letter, ret);
        }
}

int proof_specifiers_expand(const ProofSpecifiers *s, const char *format, char **ret, char *ret_letter) {
        char made[PATH_MAX];
        size_t n = 0;

        for (const char *p = format; *p; p++) {
                _cleanup_free_ char *value = NULL;
                size_t length = 1;
                int r;

                /* A percent sign before anything but a letter or a digit is one, and so is the last. */
                if (*p == '%' && isalnum((unsigned char) p[1])) {
                        r = specifier(s, *++p, &value);
                        if (r == -ENOMEM)
                                return r;
                        if (r < 0) {
                                *ret_letter = *p;
                                return r == -EBADSLT ? r : -EUNATCH;
                        }
                        length = strlen(value);
                } else if (*p == '%' && p[1] == '%')
                        p++;

                if (n + length >= sizeof(made))
                        return -ENAMETOOLONG;
                memcpy(made + n, value ? value : p, length);
                n += length;
        }
        made[n] = 0;
        *ret = strdup(made);
        return *ret ? 0 : -ENOMEM;
}
