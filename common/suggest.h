/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Did you mean: the word that was probably meant by one that nobody knows. */

#include "common/macro.h"

/* The nearest of n words by edit distance, if it is near enough to be a slip of the fingers; otherwise NULL.
 * What is returned is get()'s. */
const char *word_suggest(const char *word, const char *(*get)(size_t i), size_t n);
