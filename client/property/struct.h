/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The properties that are structs or arrays of other things than strings, each with its own format in
 * systemctl.
 */

#include "client/property/property.h"

/* Returns 1 where the property was one of these and its shape was as expected, 0 otherwise, or a negative
 * errno as property_format() does. */
int property_format_struct(
        const char *name, json_object *value, bool empty, PropertyHandler handler, void *userdata);
