/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Specifiers, see specifier.h. */

#include "daemon/worker/install/specifier.h"

#include <ctype.h>
#include <sys/utsname.h>

#include "common/unit-name.h"

/* Of /etc/os-release, /etc/passwd and the like. */
#define FACTS_SIZE_MAX (1024U * 1024U)

static int copy_of(const char *s, char **ret) {
        *ret = strdup(s);
        return *ret ? 0 : -ENOMEM;
}

/* The prefix and, of an instance, the instance; a template stands for its default instance. */
static int prefix_and_instance(const UnitSpecifiers *s, char **ret) {
        const char *dot = strrchr(s->unit, '.');

        if (s->default_instance && unit_name_is_valid(s->unit, UNIT_NAME_TEMPLATE))
                return asprintf(ret, "%.*s%s", (int) (dot - s->unit), s->unit, s->default_instance) < 0
                        ? -ENOMEM
                        : 0;
        *ret = strndup(s->unit, (size_t) (dot - s->unit));
        return *ret ? 0 : -ENOMEM;
}

static int name_specifier(const UnitSpecifiers *s, char letter, char **ret) {
        _cleanup_free_ char *prefix = NULL, *instance = NULL;
        const char *dash;
        int r;

        switch (letter) {
        case 'n':
                if (s->default_instance && unit_name_is_valid(s->unit, UNIT_NAME_TEMPLATE))
                        return unit_name_instantiate(s->unit, s->default_instance, ret);
                return copy_of(s->unit, ret);
        case 'N':
                return prefix_and_instance(s, ret);
        case 'i':
                r = unit_name_instance(s->unit, &instance);
                if (r == -ENOMEM)
                        return r;
                return copy_of(isempty(instance) ? strempty(s->default_instance) : instance, ret);
        default:
                r = unit_name_prefix(s->unit, &prefix);
                if (r < 0)
                        return r;
                dash = letter == 'j' ? strrchr(prefix, '-') : NULL;
                return copy_of(dash ? dash + 1 : prefix, ret);
        }
}

static int read_system(const UnitSpecifiers *s, const char *path, char **ret) {
        _cleanup_free_ char *full = NULL;

        if (asprintf(&full, "%s%s", s->disk->system_root, path) < 0)
                return -ENOMEM;
        return disk_read(s->disk, full, FACTS_SIZE_MAX, ret, NULL);
}

/* KEY=VALUE of a file of such lines, os-release(5). "" where it is not there. */
static int read_assignment(const UnitSpecifiers *s, const char *path, const char *key, char **ret) {
        _cleanup_free_ char *text = NULL;
        char *rest, *line;
        int r;

        r = read_system(s, path, &text);
        if (r < 0)
                return r;

        rest = text;
        while ((line = strsep(&rest, "\n"))) {
                const char *value = startswith(line, key);
                size_t n;

                if (!value || *value != '=')
                        continue;
                value++;
                n = strlen(value);
                if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
                        value++;
                        n -= 2;
                }
                *ret = strndup(value, n);
                return *ret ? 0 : -ENOMEM;
        }
        return copy_of("", ret);
}

static int os_specifier(const UnitSpecifiers *s, const char *key, char **ret) {
        int r;

        r = read_assignment(s, "/etc/os-release", key, ret);
        return r == -ENOENT ? read_assignment(s, "/usr/lib/os-release", key, ret) : r;
}

/* An id of 128 bits, its dashes taken out. */
static int id_specifier(const UnitSpecifiers *s, const char *path, char **ret) {
        _cleanup_free_ char *text = NULL;
        char *out;
        int r;

        r = read_system(s, path, &text);
        if (r < 0)
                return r;
        out = text;
        for (const char *p = text; *p; p++)
                if (isxdigit((unsigned char) *p))
                        *out++ = *p;
        *out = 0;
        if (strlen(text) != 32)
                return -EUNATCH;
        *ret = TAKE_PTR(text);
        return 0;
}

static int host_specifier(const UnitSpecifiers *s, char letter, char **ret) {
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        if (letter == 'v')
                return copy_of(u.release, ret);
        if (letter == 'l')
                u.nodename[strcspn(u.nodename, ".")] = 0;
        return copy_of(u.nodename, ret);
}

/* systemd's names of architectures, where they are not the kernel's with another dash. */
static int architecture_specifier(char **ret) {
        static const char *const names[][2] = { { "x86_64", "x86-64" }, { "aarch64", "arm64" },
                { "ppc64le", "ppc64-le" }, { "ppc64", "ppc64" }, { "s390x", "s390x" },
                { "riscv64", "riscv64" }, { "loongarch64", "loongarch64" }, { "mips64", "mips64" } };
        struct utsname u;

        if (uname(&u) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (streq(u.machine, names[i][0]))
                        return copy_of(names[i][1], ret);
        return -EUNATCH;
}

/* A field of the line whose third is this number: passwd(5), group(5). */
static int find_field(
        const UnitSpecifiers *s, const char *path, unsigned number, unsigned field, char **ret) {
        _cleanup_free_ char *text = NULL;
        char *rest, *line, wanted[16];
        int r;

        r = read_system(s, path, &text);
        if (r < 0)
                return r;
        (void) snprintf(wanted, sizeof(wanted), "%u", number);

        rest = text;
        while ((line = strsep(&rest, "\n"))) {
                const char *fields[7] = {};

                for (size_t i = 0; i < ELEMENTSOF(fields) && line; i++)
                        fields[i] = strsep(&line, ":");
                if (!isempty(fields[0]) && streq_ptr(fields[2], wanted) && !isempty(fields[field]))
                        return copy_of(fields[field], ret);
        }
        return -EUNATCH;
}

static int find_name(const UnitSpecifiers *s, const char *path, unsigned number, char **ret) {
        return find_field(s, path, number, 0, ret);
}

int unit_specifier_shell(const UnitSpecifiers *s, char **ret) {
        return find_field(s, "/etc/passwd", s->disk->uid, 6, ret);
}

static int number_specifier(unsigned number, char **ret) {
        return asprintf(ret, "%u", number) < 0 ? -ENOMEM : 0;
}

static int pretty_specifier(const UnitSpecifiers *s, char **ret) {
        int r;

        r = read_assignment(s, "/etc/machine-info", "PRETTY_HOSTNAME", ret);
        if (r >= 0 && isempty(*ret))
                free(TAKE_PTR(*ret));
        if (r == -ENOMEM || (r >= 0 && *ret))
                return r;
        return host_specifier(s, 'H', ret);
}

int unit_specifier(const UnitSpecifiers *s, char letter, char **ret) {
        switch (letter) {
        case 'i':
        case 'j':
        case 'n':
        case 'N':
        case 'p':
                return name_specifier(s, letter, ret);
        case 'a':
                return architecture_specifier(ret);
        case 'A':
                return os_specifier(s, "IMAGE_VERSION", ret);
        case 'b':
                return id_specifier(s, "/proc/sys/kernel/random/boot_id", ret);
        case 'B':
                return os_specifier(s, "BUILD_ID", ret);
        case 'H':
        case 'l':
        case 'v':
                return host_specifier(s, letter, ret);
        case 'm':
                return id_specifier(s, "/etc/machine-id", ret);
        case 'M':
                return os_specifier(s, "IMAGE_ID", ret);
        case 'o':
                return os_specifier(s, "ID", ret);
        case 'q':
                return pretty_specifier(s, ret);
        case 'w':
                return os_specifier(s, "VERSION_ID", ret);
        case 'W':
                return os_specifier(s, "VARIANT_ID", ret);
        case 'g':
                return find_name(s, "/etc/group", getgid(), ret);
        case 'G':
                return number_specifier(getgid(), ret);
        case 'u':
                return find_name(s, "/etc/passwd", s->disk->uid, ret);
        case 'U':
                return number_specifier(s->disk->uid, ret);
        default:
                return -EBADSLT;
        }
}

int unit_specifiers_expand(const UnitSpecifiers *s, const char *format, char **ret) {
        char made[UNIT_NAME_MAX + 1];
        size_t n = 0;

        for (const char *p = format; *p; p++) {
                _cleanup_free_ char *value = NULL;
                size_t length = 1;
                int r;

                /* A percent sign before anything but a letter or a digit is one, and so is the last. */
                if (*p == '%' && isalnum((unsigned char) p[1])) {
                        r = unit_specifier(s, *++p, &value);
                        if (r < 0)
                                return r == -ENOMEM || r == -EBADSLT ? r : -EUNATCH;
                        length = strlen(value);
                } else if (*p == '%' && p[1] == '%')
                        p++;

                if (n + length > UNIT_NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(made + n, value ? value : p, length);
                n += length;
        }
        made[n] = 0;
        return copy_of(made, ret);
}
