/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which accounts a request names, and in which order: answers of a few that were named come in the order in
 * which they were typed, as with units of one account; those of a pattern as they arrive.
 */

#include <json-c/json.h>

#include "common/parameters.h"

/* Whether accounts are meant by a pattern, so that nobody said that this one of them has the unit. */
bool accounts_by_pattern(const Parameters *p) _pure_;

/* Whether they are a few that were named, each by its name or uid. */
bool accounts_by_name(const Parameters *p) _pure_;

/* The accounts of a reply once more where units were named as "a/x b/y a/z", so that a unit of b stands
 * between those of a: an array of objects with as much of "units" as was named in a row. *ret is the
 * caller's (json_object_put()), or NULL where the accounts are good as they are, or do not have what was
 * named. Returns 0 or -ENOMEM. */
int accounts_interleave(json_object *accounts, const Parameters *p, json_object **ret);

/* The indices of the array of a reply's accounts as they were named, those that were not named last.
 * malloc()ed; NULL: no memory. */
size_t *accounts_order(json_object *accounts, const Parameters *p);
