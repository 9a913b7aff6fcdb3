/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words systemd has for types and states of units, as org.freedesktop.systemd1(5) and systemctl's
 * --type=help and --state=help list them.
 */

#include "common/macro.h"

/* "service", "timer" …; ends with NULL. */
extern const char *const unit_types[];

bool unit_type_is_valid(const char *word);

/* loaded, not-found, masked …: what --type= takes too, as systemctl's does. */
bool load_state_is_valid(const char *word);

/* Any state that --state= takes: of loading, of being active, of unit files, of any type of unit. */
bool unit_state_is_valid(const char *word);

/* The state that was probably meant, or NULL. */
const char *unit_state_suggest(const char *word);

/* What --type=help and --state=help print. */
void unit_types_print(void);
void unit_states_print(void);

/* The type that a unit's name ends in ("timer"), or NULL. */
const char *unit_type_of(const char *unit);
