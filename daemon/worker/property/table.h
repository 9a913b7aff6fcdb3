/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which property is of which kind. Only unit-property.c and the table include this.
 */

#include "daemon/worker/property/kind.h"

/* The parts of a unit that have properties; each type of units has some of them. */
typedef enum PropertyPart {
        PART_UNIT = 1 << 0,
        PART_RESOURCE = 1 << 1, /* systemd.resource-control(5) */
        PART_EXECUTE = 1 << 2,  /* systemd.exec(5) */
        PART_KILL = 1 << 3,     /* systemd.kill(5) */
        PART_SERVICE = 1 << 4,
        PART_SOCKET = 1 << 5,
        PART_TIMER = 1 << 6,
        PART_PATH = 1 << 7,
        PART_SCOPE = 1 << 8,
        PART_MOUNT = 1 << 9,
        PART_AUTOMOUNT = 1 << 10,
} PropertyPart;

typedef struct PropertyGroup {
        unsigned parts; /* PropertyPart */
        const PropertyKind *kind;
        const char *const *names; /* ends with NULL */
} PropertyGroup;

extern const PropertyGroup property_groups[];
extern const size_t n_property_groups;
