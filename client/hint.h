/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What may have been meant, where nothing was found: a slash that was forgotten, a unit that another account
 * has. Looked up after a failure or an empty answer only.
 */

#include "client/request.h"

/* Says so where a word names an account and not a unit of one, "svc-web" for "svc-web/": words with a slash,
 * with the suffix of a unit, and patterns do not. Nothing with an account as the default, or --quiet.
 * Returns whether anything was said. `words` may be NULL. */
bool hint_words(const Client *c, char *const *words);

/* The same of a single word, whoever's account it is: whether it could only be meant so. */
bool hint_word_is_account(const char *word);

/* About a request that named units without an account, some of which are not there: its words as
 * hint_words(), else which accounts have the units, as far as one may see them. `units` are their full
 * names. */
void hint_missing(Client *c, const Request *q, char *const *units);
