/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the proofs of a unit come to.
 */

#include <json-c/json.h>

#include "common/macro.h"

/* Whether a unit, as units.prove has it, is proved: it has proofs, and all of them pass. A command that was
 * not run is no evidence either way: it does not count beside others that pass. */
bool proofs_hold(json_object *unit);

/* Whether it could come to that: it has a proof that was looked at. */
bool proofs_can_hold(json_object *unit);
