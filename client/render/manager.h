/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A manager as a whole, as systemctl status shows it where no unit is named.
 */

#include "client/request.h"

/* An AccountHandler of manager.status; `userdata` is a size_t that counts what was printed, 0 before the
 * first. */
int manager_print(Client *c, Account *account, void *userdata);
