/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The links that units ask for with their [Install] sections.
 */

#include "daemon/worker/install/install.h"
#include "daemon/worker/install/unit.h"

/* Makes the links of all units, and of those that they name in Also= while this goes on; `flags` are of
 * InstallSearch, for the latter. Returns how many links there were to make, or a negative errno with the
 * fault remembered; one fault does not stop the others. */
int install_apply(Install *in, InstallUnits *units, unsigned flags);
