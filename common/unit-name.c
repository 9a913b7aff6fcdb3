/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of units, see the header. tests/unit/test-unit-name.c holds them against systemd's own judgement.
 */

#include "common/unit-name.h"
#include "common/pattern.h"

static const char *const unit_suffixes[] = {
        ".automount",
        ".device",
        ".mount",
        ".path",
        ".scope",
        ".service",
        ".slice",
        ".socket",
        ".swap",
        ".target",
        ".timer",
};

static bool is_unit_char(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c != '\0' && strchr(":-_.\\@", c));
}

bool unit_suffix_is_valid(const char *s) {
        for (size_t i = 0; i < ELEMENTSOF(unit_suffixes); i++)
                if (streq(s, unit_suffixes[i]))
                        return true;
        return false;
}

bool unit_name_is_valid(const char *name, UnitNameFlags flags) {
        const char *dot, *at;

        if (isempty(name) || strnlen(name, UNIT_NAME_MAX + 1) > UNIT_NAME_MAX)
                return false;

        dot = strrchr(name, '.');
        if (!dot || dot == name || !unit_suffix_is_valid(dot))
                return false;

        for (const char *p = name; p < dot; p++)
                if (!is_unit_char(*p))
                        return false;

        /* The first `@` ends the prefix, which may not be empty; others belong to the instance. */
        at = strchr(name, '@');
        if (!at)
                return flags & UNIT_NAME_PLAIN;
        if (at == name)
                return false;
        if (at + 1 == dot)
                return flags & UNIT_NAME_TEMPLATE;
        return flags & UNIT_NAME_INSTANCE;
}

bool unit_name_is_acceptable(const char *name, UnitNameFlags flags) {
        if (!unit_name_is_valid(name, flags))
                return false;
        return name[0] != '-' || streq(name, "-.slice") || streq(name, "-.mount");
}

const char *unit_name_suffix(const char *name) {
        return unit_name_is_valid(name, UNIT_NAME_ANY) ? strrchr(name, '.') : NULL;
}

static int copy_part(const char *p, size_t n, char **ret) {
        char *part;

        part = strndup(p, n);
        if (!part)
                return -ENOMEM;

        *ret = part;
        return 0;
}

int unit_name_prefix(const char *name, char **ret) {
        const char *end;

        if (!unit_name_is_valid(name, UNIT_NAME_ANY))
                return -EINVAL;

        end = strchr(name, '@') ?: strrchr(name, '.');
        return copy_part(name, (size_t) (end - name), ret);
}

int unit_name_instance(const char *name, char **ret) {
        const char *start;

        if (!unit_name_is_valid(name, UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE))
                return -EINVAL;

        start = strchr(name, '@') + 1;
        return copy_part(start, (size_t) (strrchr(name, '.') - start), ret);
}

int unit_name_template(const char *name, char **ret) {
        int prefix;

        if (!unit_name_is_valid(name, UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE))
                return -EINVAL;

        prefix = (int) (strchr(name, '@') - name);
        return asprintf(ret, "%.*s@%s", prefix, name, strrchr(name, '.')) < 0 ? -ENOMEM : 0;
}

int unit_name_instantiate(const char *name, const char *instance, char **ret) {
        _cleanup_free_ char *made = NULL;
        int prefix;

        if (!unit_name_is_valid(name, UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE))
                return -EINVAL;

        prefix = (int) (strchr(name, '@') - name);
        if (asprintf(&made, "%.*s@%s%s", prefix, name, instance, strrchr(name, '.')) < 0)
                return -ENOMEM;
        if (!unit_name_is_valid(made, UNIT_NAME_INSTANCE))
                return -EINVAL;

        *ret = TAKE_PTR(made);
        return 0;
}

/* A pattern that can match names of units, and cannot be taken for an option. */
static bool is_unit_pattern(const char *s) {
        if (!pattern_is_glob(s) || s[0] == '-' || strlen(s) > UNIT_NAME_MAX)
                return false;

        for (; *s; s++)
                if (!is_unit_char(*s) && !strchr("[]!*?", *s))
                        return false;
        return true;
}

int unit_name_mangle(const char *name, const char *suffix, UnitNameMangle flags, char **ret) {
        char buf[UNIT_NAME_MAX + 1];
        int k;

        if (isempty(name))
                return -EINVAL;

        if ((flags & UNIT_NAME_MANGLE_GLOB) && is_unit_pattern(name))
                return copy_part(name, strlen(name), ret);

        if (unit_name_is_valid(name, UNIT_NAME_ANY)) {
                if (!unit_name_is_acceptable(name, UNIT_NAME_ANY))
                        return -EINVAL;
                return copy_part(name, strlen(name), ret);
        }

        k = snprintf(buf, sizeof(buf), "%s%s", name, suffix ?: ".service");
        if (k < 0 || (size_t) k >= sizeof(buf) || name[0] == '-' || !unit_name_is_valid(buf, UNIT_NAME_ANY))
                return -EINVAL;

        return copy_part(buf, (size_t) k, ret);
}
