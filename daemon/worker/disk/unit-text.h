/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The little of a unit file's text that is needed where no manager can be asked: systemd.syntax(7), sections
 * [Unit] and [Install].
 */

#include "common/macro.h"

typedef struct UnitText {
        char *description; /* as written, specifiers and all, like all of the following; NULL for none */
        char **aliases;
        char **wanted_by;
        char **required_by;
        char **upheld_by;
        char **also;
        char *default_instance; /* NULL: not assigned, "": assigned nothing */
} UnitText;

/* Reads a text on top of what was read before, as drop-ins are. What is malformed is passed over, as systemd
 * does. Returns 0; -EBADMSG where a section's header is not closed, for which systemd rejects the whole
 * file; or -ENOMEM. */
int unit_text_read(const char *text, UnitText *unit);
void unit_text_done(UnitText *unit);

/* Sees one assignment of a text: the section's header as it stands, "[Unit]", the key, and the value with
 * its continuations joined. Returns 0 or a negative errno, which ends the walk. */
typedef int (*UnitTextHandler)(const char *section, const char *key, const char *value, void *userdata);

/* Walks through the assignments of a text. Returns as unit_text_read(), or what the handler said. */
int unit_text_walk(const char *text, UnitTextHandler handler, void *userdata);

/* Whether `systemctl enable` would make links. */
static inline bool unit_text_has_rules(const UnitText *unit) {
        return (unit->aliases && *unit->aliases) || (unit->wanted_by && *unit->wanted_by) ||
                (unit->required_by && *unit->required_by) || (unit->upheld_by && *unit->upheld_by);
}
