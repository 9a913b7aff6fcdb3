/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Properties as `systemctl show` prints them. JSON has fewer types than the bus, so, as systemctl does for
 * much of it, the name decides.
 */

#include <json-c/json.h>

#include "common/macro.h"

/* Sees one line's value, "" for an empty one. 0 goes on, a negative errno stops. */
typedef int (*PropertyHandler)(const char *value, void *userdata);

/*
 * Formats the value of a property and hands it on: once, or for lists like ExecStart= once for each item,
 * which may be never. With `empty`, a list without items is an empty value where systemctl has it so, and
 * what systemctl cannot print is "[unprintable]"; without, such values are left out.
 *
 * The text is not made safe for a terminal. Returns 0, -ENOMEM, or what the handler returned.
 */
int property_format(
        const char *name, json_object *value, bool empty, PropertyHandler handler, void *userdata);
