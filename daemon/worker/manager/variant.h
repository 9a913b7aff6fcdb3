/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Values of D-Bus as JSON.
 *
 * Integers and booleans are themselves, bytes are numbers, doubles are numbers (null where JSON has none:
 * NaN and the infinities), strings, paths and signatures are strings, arrays and structs are arrays,
 * dictionaries are objects (keys that are not strings are written as such), a variant is what is in it, a
 * descriptor is null.
 */

#include <systemd/sd-bus.h>

#include "common/json-write.h"
#include "common/strv.h"

/* How deep containers may be nested; what contract.h promises of FIELD_PROPERTIES. Variants do not count by
 * themselves but each has one value. */
#define VARIANT_DEPTH_MAX 8

/* Writes the next complete value of the message. Returns 0; -EBADMSG where there is none; -ELOOP for one
 * that is nested too deep; or another negative errno of sd-bus. After a failure the writer's text is
 * unusable. */
int variant_write(sd_bus_message *m, JsonWriter *w);

/* Writes an array of properties, a{sv}, as one object: those that are named, or all where names is NULL.
 * Errors as above. */
int properties_write(sd_bus_message *m, char *const *names, JsonWriter *w);
