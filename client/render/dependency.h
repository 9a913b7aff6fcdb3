/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What units depend on, as the tree that systemctl list-dependencies draws.
 */

#include "client/request.h"

/* An AccountHandler of units.dependencies: prints the trees of an account. `userdata` is a size_t that
 * counts the trees printed so far, 0 before the first. */
int dependencies_print(Client *c, Account *account, void *userdata);
