/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One account or several in detail, for `accounts NAME` and `status ACCOUNT/`.
 */

#include "client/client.h"

/* Returns an exit code. */
int accounts_show(Client *c, char *const *arguments);
