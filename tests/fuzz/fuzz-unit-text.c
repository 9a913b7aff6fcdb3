/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Texts out of homes: unit files with their drop-ins, the specifiers in them, and presets. The first part of
 * the input, up to a NUL, is the file, the rest a drop-in.
 */

#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/disk/preset.h"
#include "daemon/worker/disk/unit-text.h"
#include "daemon/worker/install/specifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

/* Words are never empty lists of nothing, and lists end. */
static void check_words(char *const *list) {
        STRV_FOREACH(word, list)
                check(!strchr(*word, '\n'));
}

static void expand(const Disk *disk, const UnitText *unit, const char *name, char *const *list) {
        const UnitSpecifiers s = { .disk = disk, .unit = name, .default_instance = unit->default_instance };

        STRV_FOREACH(word, list) {
                _cleanup_free_ char *expanded = NULL;
                int r;

                r = unit_specifiers_expand(&s, *word, &expanded);
                if (r < 0)
                        check(r == -EBADSLT || r == -EUNATCH || r == -ENAMETOOLONG);
                else
                        check(strlen(expanded) <= UNIT_NAME_MAX);
        }
}

static void check_presets(const char *text) {
        static const char *const names[] = { "a.service", "a@.service", "a@b.service" };
        _cleanup_(presets_done) Presets presets = {};

        check(presets_add_text(&presets, text) == 0);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_strv_free_ char **instances = NULL;
                PresetAction action;

                check(presets_decide(&presets, names[i], &action, &instances) == 0);
                STRV_FOREACH(instance, instances)
                        check(unit_name_is_valid(*instance, UNIT_NAME_INSTANCE));
                check(presets_query(&presets, names[i]));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const Disk disk = { .home = "", .home_fd = -EBADF, .system_root = "/nowhere", .runtime_root = "" };
        _cleanup_(unit_text_done) UnitText unit = {};
        _cleanup_free_ char *text = malloc(size + 1);
        const char *drop_in;
        int r;

        check(text);
        memcpy(text, data, size);
        text[size] = 0;
        drop_in = strlen(text) < size ? text + strlen(text) + 1 : "";

        r = unit_text_read(text, &unit);
        check(r == 0 || r == -EBADMSG);
        if (r == 0) {
                r = unit_text_read(drop_in, &unit);
                check(r == 0 || r == -EBADMSG);
        }
        check_words(unit.aliases);
        check_words(unit.wanted_by);
        check_words(unit.also);
        (void) unit_text_has_rules(&unit);
        expand(&disk, &unit, "a-b.service", unit.aliases);
        expand(&disk, &unit, "a@.service", unit.wanted_by);
        expand(&disk, &unit, "a@x.service", unit.also);
        check_presets(text);
        return 0;
}
