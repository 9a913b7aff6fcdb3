/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What can stand behind an option, where that is one of a few words: for completion and for the manual.
 */

#include "common/macro.h"

/* The words for the option of that long name, ended by NULL; NULL: it takes none, or anything. Static. */
const char *const *option_values(const char *name);

/* The same, and words that are often meant where others are possible too. */
const char *const *option_suggestions(const char *name);

/* "NAME=" of properties that can be set while a unit runs. Static. */
const char *const *property_suggestions(void);
