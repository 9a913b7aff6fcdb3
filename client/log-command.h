/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What shows the log of a unit until there is a verb for it: journalctl, with matches that also find
 * accounts whose uid is below 1000, which have no journal of their own.
 */

#include <sys/types.h>

#include "client/client.h"

/* A command for a shell: of a unit by its full name, or of all of the account (NULL); `lines` may be NULL.
 * malloc()ed; NULL: no memory. */
char *log_command(uid_t uid, const char *unit, const char *lines);

/* Whether a verb that is not there asks for logs. */
bool log_verb_is(const char *name);

/* Refuses such a verb, with the command for each unit that it names. Returns an exit code. */
int log_verb_refuse(const Client *c, const char *name, char *const *arguments);
