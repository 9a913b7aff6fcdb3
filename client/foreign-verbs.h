/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Verbs of systemctl that there are not here, and what to do instead. */

#include "common/macro.h"

/* A sentence; NULL: systemctl has no such verb either, or it is one of ours. */
const char *foreign_verb_find(const char *name);
