/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What options add to a request, and what is refused before the service would. */

#include "client/options/options.h"
#include "common/parameters.h"

/* All that options can say; what the method does not take is not written. Returns 0 or -ENOMEM. */
int parameters_from_options(const Options *o, Parameters *p);

/* Whether there are not too many units and accounts, and of what has choices only those. Says why not: the
 * service would refuse it too, but speak of a place in a text that nobody typed. */
bool parameters_are_fine(const Method *method, Parameters *p);
