/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The little of a unit file's text that is needed where no manager can be asked: systemd.syntax(7), sections
 * [Unit] and [Install].
 */

#include "common/macro.h"

typedef struct UnitText {
        char *description; /* as written, specifiers and all; NULL for none */
        char **aliases;    /* as written */
        bool wanted;       /* WantedBy=, RequiredBy= or UpheldBy= */
        bool also;
} UnitText;

/* Reads a text; what is malformed is passed over, as systemd does. Returns 0 or -ENOMEM. */
int unit_text_read(const char *text, UnitText *ret);
void unit_text_done(UnitText *unit);

/* Whether `systemctl enable` would make links. */
static inline bool unit_text_has_rules(const UnitText *unit) {
        return unit->wanted || (unit->aliases && *unit->aliases);
}
