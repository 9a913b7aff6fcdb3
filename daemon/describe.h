/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The contract as JSON, for the bus method Describe: everything that common/contract.c, common/action.c,
 * common/error.c and common/limits.h say. docs/contract.md is made from it.
 */

#include "common/contract.h"

/* Writes it, NUL-terminated, at most REPLY_SIZE_MAX; `only` NULL means all methods, otherwise just the one
 * is listed. Returns 0, or a negative errno. */
int describe(const Method *only, char **ret);
