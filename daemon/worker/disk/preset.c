/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Presets, see preset.h. */

#include "daemon/worker/disk/preset.h"

#include <fcntl.h>

#include "common/limits.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"

#define SPACE " \t\r"

static const char *const preset_directories[] = {
        "/etc/systemd/user-preset",
        "/run/systemd/user-preset",
        "/usr/local/lib/systemd/user-preset",
        "/usr/lib/systemd/user-preset",
};

void presets_done(Presets *presets) {
        for (size_t i = 0; i < presets->n; i++) {
                free(presets->rules[i].pattern);
                strv_free(presets->rules[i].instances);
        }
        free(presets->rules);
        *presets = (Presets){};
}

/* The words behind the first, of a template only. Returns 0, -EINVAL where there should be none. */
static int read_instances(const char *pattern, const char *words, char ***ret) {
        int r = 0;

        if (*words && !unit_name_is_valid(pattern, UNIT_NAME_TEMPLATE))
                return -EINVAL;
        for (const char *p = words; r >= 0 && *p; p += strspn(p, SPACE)) {
                size_t n = strcspn(p, SPACE);
                char *word = strndup(p, n);

                if (!word)
                        return -ENOMEM;
                r = strv_consume(ret, word);
                p += n;
        }
        return r;
}

static int add_rule(Presets *presets, PresetAction action, const char *rest) {
        _cleanup_strv_free_ char **instances = NULL;
        _cleanup_free_ char *pattern = NULL;
        size_t n = action == PRESET_ENABLE ? strcspn(rest, SPACE) : strlen(rest);
        PresetRule *grown;
        int r;

        /* Only what is enabled can have more than one word. */
        while (n > 0 && strchr(SPACE, rest[n - 1]))
                n--;
        if (n == 0)
                return 0;
        pattern = strndup(rest, n);
        if (!pattern)
                return -ENOMEM;
        if (action == PRESET_ENABLE) {
                r = read_instances(pattern, rest + n + strspn(rest + n, SPACE), &instances);
                if (r < 0)
                        return r == -EINVAL ? 0 : r;
        }

        grown = reallocarray(presets->rules, presets->n + 1, sizeof(PresetRule));
        if (!grown)
                return -ENOMEM;
        presets->rules = grown;
        presets->rules[presets->n++] = (PresetRule){ action, TAKE_PTR(pattern), TAKE_PTR(instances) };
        return 0;
}

/* "enable PATTERN [INSTANCE…]", "disable PATTERN", "ignore PATTERN". */
static int add_line(Presets *presets, const char *line) {
        static const struct {
                const char *word;
                PresetAction action;
        } words[] = {
                { "enable", PRESET_ENABLE },
                { "disable", PRESET_DISABLE },
                { "ignore", PRESET_IGNORE },
        };

        line += strspn(line, SPACE);
        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                const char *rest = startswith(line, words[i].word);

                if (!rest || !*rest || !strchr(SPACE, *rest))
                        continue;
                return add_rule(presets, words[i].action, rest + strspn(rest, SPACE));
        }

        return 0;
}

int presets_add_text(Presets *presets, const char *text) {
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy, *line;
        int r;

        if (!copy)
                return -ENOMEM;

        while ((line = strsep(&rest, "\n"))) {
                r = add_line(presets, line);
                if (r < 0)
                        return r;
        }
        return 0;
}

static const char *base_name(const char *path) {
        return strrchr(path, '/') + 1;
}

static int list_files(const Disk *disk, const char *directory, char ***files) {
        _cleanup_free_ char *path = NULL;
        _cleanup_closedir_ DIR *d = NULL;
        struct dirent *de;
        size_t n = 0;
        int r;

        if (asprintf(&path, "%s%s", disk->system_root, directory) < 0)
                return -ENOMEM;
        if (disk_open_directory(disk, path, &d) < 0)
                return 0;

        while ((de = readdir(d)) && n++ < UNIT_FILES_PER_ACCOUNT_MAX) {
                bool shadowed = false;
                char *file;

                if (!endswith(de->d_name, ".preset") || de->d_name[0] == '.')
                        continue;
                STRV_FOREACH(f, *files)
                        shadowed = shadowed || streq(base_name(*f), de->d_name);
                if (shadowed)
                        continue;

                if (asprintf(&file, "%s/%s", path, de->d_name) < 0)
                        return -ENOMEM;
                r = strv_consume(files, file);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_files(const void *a, const void *b) {
        return strcmp(base_name(*(char *const *) a), base_name(*(char *const *) b));
}

int presets_read(const Disk *disk, Presets *ret) {
        _cleanup_(presets_done) Presets presets = {};
        _cleanup_strv_free_ char **files = NULL;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(preset_directories); i++) {
                r = list_files(disk, preset_directories[i], &files);
                if (r < 0)
                        return r;
        }
        if (files)
                qsort(files, strv_length(files), sizeof(char *), compare_files);

        STRV_FOREACH(file, files) {
                _cleanup_free_ char *text = NULL;

                r = disk_read(disk, *file, UNIT_FILE_SIZE_MAX, &text, NULL);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue; /* /dev/null among them */
                r = presets_add_text(&presets, text);
                if (r < 0)
                        return r;
        }

        *ret = presets;
        presets = (Presets){};
        return 0;
}

const char *presets_query(const Presets *presets, const char *unit) {
        for (size_t i = 0; i < presets->n; i++) {
                if (!pattern_match(presets->rules[i].pattern, unit))
                        continue;

                switch (presets->rules[i].action) {
                case PRESET_ENABLE:
                        return "enabled";
                case PRESET_DISABLE:
                        return "disabled";
                case PRESET_IGNORE:
                        return "ignored";
                }
        }

        return "enabled";
}

/* Whether a rule with instances is about the unit; of a template, which instances it means. */
static int match_instances(const PresetRule *rule, const char *unit, char ***ret) {
        _cleanup_free_ char *template = NULL, *instance = NULL;
        _cleanup_strv_free_ char **names = NULL;
        int r;

        if (!rule->instances || !unit_name_is_valid(unit, UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE))
                return 0;
        r = unit_name_template(unit, &template);
        if (r < 0)
                return r;
        if (!streq(rule->pattern, template))
                return 0;

        if (unit_name_is_valid(unit, UNIT_NAME_INSTANCE)) {
                r = unit_name_instance(unit, &instance);
                return r < 0 ? r : strv_contains(rule->instances, instance);
        }

        STRV_FOREACH(i, rule->instances) {
                char *name;

                r = unit_name_instantiate(unit, *i, &name);
                if (r == -EINVAL)
                        return 0;
                if (r >= 0)
                        r = strv_consume(&names, name);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(names);
        return 1;
}

int presets_decide(const Presets *presets, const char *unit, PresetAction *ret, char ***ret_instances) {
        for (size_t i = 0; i < presets->n; i++) {
                const PresetRule *rule = presets->rules + i;
                int r;

                r = match_instances(rule, unit, ret_instances);
                if (r < 0)
                        return r;
                if (r == 0 && !pattern_match(rule->pattern, unit))
                        continue;
                *ret = rule->action;
                return 0;
        }

        *ret = PRESET_ENABLE;
        return 0;
}

bool preset_applies(const char *state) {
        static const char *const none[] = { "alias", "static", "generated", "transient", NULL };

        return !strv_contains((char *const *) none, state);
}
