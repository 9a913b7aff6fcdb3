/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the presets say about a unit file: systemd.preset(5), of user managers. The client of systemd works
 * this out from the files as well; the manager has no method for it.
 */

#include "daemon/worker/disk/disk.h"

typedef enum PresetAction {
        PRESET_ENABLE,
        PRESET_DISABLE,
        PRESET_IGNORE,
} PresetAction;

typedef struct PresetRule {
        PresetAction action;
        char *pattern;
        char **instances; /* of a template that is enabled; NULL: none */
} PresetRule;

typedef struct Presets {
        PresetRule *rules;
        size_t n;
} Presets;

/* Reads user-preset/ of /etc, /run, /usr/local/lib and /usr/lib: files *.preset by name, of one name only
 * the first directory's, one that is a link to /dev/null hides. Returns 0 or a negative errno. */
int presets_read(const Disk *disk, Presets *ret);
void presets_done(Presets *presets);

/* Adds the rules of one file's text. Returns 0 or -ENOMEM. */
int presets_add_text(Presets *presets, const char *text);

/* The first rule that matches says it; where none does, units are enabled. "enabled", "disabled" or
 * "ignored". */
const char *presets_query(const Presets *presets, const char *unit);

/* The same for who is to act on it: of a template with instances, which these are (names of units; NULL:
 * none were said), and an instance is enabled with the others of its rule. Returns 0 or -ENOMEM. */
int presets_decide(const Presets *presets, const char *unit, PresetAction *ret, char ***ret_instances);

/* Whether the preset says anything of a unit file in that state: not of aliases, static, generated and
 * transient ones. */
bool preset_applies(const char *state);
