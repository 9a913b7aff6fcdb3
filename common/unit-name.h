/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of units: systemd's rules, see "String escaping for inclusion in unit names" and the first section
 * of systemd.unit(5). PREFIX[@[INSTANCE]].TYPE, at most 255 bytes of ASCII letters, digits and `:-_.\@`.
 *
 * No valid name can be "." or ".." or hold a slash, so each is one component of a path.
 */

#include "common/macro.h"

/* Longest name, in bytes without the NUL. */
#define UNIT_NAME_MAX 255

typedef enum UnitNameFlags {
        UNIT_NAME_PLAIN = 1 << 0,    /* app.service */
        UNIT_NAME_TEMPLATE = 1 << 1, /* app@.service */
        UNIT_NAME_INSTANCE = 1 << 2, /* app@one.service */
        UNIT_NAME_ANY = UNIT_NAME_PLAIN | UNIT_NAME_TEMPLATE | UNIT_NAME_INSTANCE,
} UnitNameFlags;

typedef enum UnitNameMangle {
        UNIT_NAME_MANGLE_GLOB = 1 << 0, /* a pattern is fine too */
} UnitNameMangle;

/* Whether systemd would take the name and it has one of the shapes in flags. name may be NULL (which is not
 * valid). */
bool unit_name_is_valid(const char *name, UnitNameFlags flags) _pure_;

/* Whether a name is valid and may stand in a request: what systemd takes, less names that look like an
 * option. Of those that start with `-` only the roots are left: "-.slice" and "-.mount". */
bool unit_name_is_acceptable(const char *name, UnitNameFlags flags) _pure_;

/* Whether s is a dot and one of systemd's eleven types: ".service", ".socket", … */
bool unit_suffix_is_valid(const char *s) _pure_;

/* The suffix of a valid name, dot included, as a pointer into it; NULL where the name is not valid. */
const char *unit_name_suffix(const char *name) _pure_;

/* What stands before `@` or, without one, before the suffix. Returns 0, -EINVAL for an invalid name,
 * -ENOMEM. */
int unit_name_prefix(const char *name, char **ret);

/* What stands between the first `@` and the suffix, still escaped: "" of a template. Returns 0, -EINVAL for
 * an invalid name or one without `@`, -ENOMEM. */
int unit_name_instance(const char *name, char **ret);

/* The template that an instance belongs to (app@one.service: app@.service); of a template itself a copy.
 * Returns 0, -EINVAL for an invalid name or one without `@`, -ENOMEM. */
int unit_name_template(const char *name, char **ret);

/* The instance of a template, or of an instance's template: app@.service and "one" make app@one.service.
 * Returns 0, -EINVAL for a name without `@`, an instance that cannot be one or a result that is no name,
 * -ENOMEM. */
int unit_name_instantiate(const char *name, const char *instance, char **ret);

/* What a person typed, made into a full name: "app" becomes "app.service", or what suffix says (NULL means
 * ".service"). A full valid name stays, and so does, with UNIT_NAME_MANGLE_GLOB, a pattern of characters
 * that can match names
 * ("foo.*" gets no suffix). Wherever this succeeds the result is systemctl's own; where systemctl would
 * escape ("a b", "a/b", "ä"), or make a mount unit of a path ("/home"), this refuses with -EINVAL, because a
 * rule or a journal record should never speak of another name than the one that was typed. Also refused:
 * names that look like an option (see unit_name_is_acceptable()), patterns without the flag, whatever gets
 * longer than UNIT_NAME_MAX. Returns 0, -EINVAL or -ENOMEM. */
int unit_name_mangle(const char *name, const char *suffix, UnitNameMangle flags, char **ret);
