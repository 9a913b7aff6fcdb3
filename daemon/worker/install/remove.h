/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The removal of links: all below in->config that have one of the names, lead to one, or lead to a link that
 * was removed.
 */

#include "daemon/worker/install/install.h"

/* `marks` has names of units and paths; those of the links that were removed are added. Removes what it can:
 * the first fault is what it returns. Returns 0 or a negative errno, remembered as a fault. */
int install_remove_links(Install *in, char ***marks);
