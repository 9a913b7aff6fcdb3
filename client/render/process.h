/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The processes of a unit as a tree of control groups.
 */

#include <json-c/json.h>

#include "client/terminal/terminal.h"

/* Prints the tree: `processes` is the array of a units.status row. Lines begin with `prefix`, and are cut at
 * `columns` where that is not 0. */
void processes_print(const Terminal *t, json_object *processes, const char *prefix, unsigned columns);
