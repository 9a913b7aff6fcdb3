/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * -H [USER@]HOST: the client runs over there, through ssh(1); descriptors, prompts and streams do not cross
 * a bridge between buses.
 */

#include "client/options/options.h"

/* Whether a string can be handed to ssh as a destination: no option, nothing but what names of people and
 * hosts have. */
bool remote_host_is_valid(const char *host) _pure_;

/* The words for ssh; the last is the whole command for the shell over there. -EINVAL for a host that is not
 * valid (it has been said why), or -ENOMEM. `terminal` asks for one over there. */
int remote_command(const Options *o, char *const *arguments, bool terminal, char ***ret);

/* Becomes ssh. Returns an exit code where it could not. */
int remote_exec(const Options *o, char *const *arguments);
