/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * "NAME=VALUE" as in a unit file, to what the manager takes on its bus: StartTransientUnit and
 * SetUnitProperties of org.freedesktop.systemd1(5) have their properties as typed values. One table says
 * which property is of which kind. Whether the manager knows it, and takes it for this unit at this moment,
 * is the manager's to say.
 */

#include <systemd/sd-bus.h>

#include "common/error.h"

/*
 * Appends what the assignments say to an array of (sv) that is open. The type of the unit is told by its
 * name's suffix. An empty value sets a property back to its default where it has one.
 *
 * Returns 0, or a negative errno with the error set: InvalidRequest for what is no assignment, a property
 * that units of this type do not have (the nearest one is named) and a value that is none (what it takes is
 * said).
 */
int unit_properties_append(sd_bus_message *m, const char *unit, char *const *assignments, Error *error);

/* Whether one of the assignments is about the property. */
bool unit_properties_have(char *const *assignments, const char *name) _pure_;

/* By index over all properties of units of any type; NULL behind the last. For tests. */
const char *unit_property_name(size_t i);
