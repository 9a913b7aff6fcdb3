/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Capabilities of this thread, by system call: what is needed here is less than libcap would bring.
 * capabilities(7). */

#include <linux/capability.h>

#include "common/macro.h"

#define CAPABILITY_BIT(capability) (UINT64_C(1) << (capability))

/* All that the spawner may ever have. */
#define SPAWNER_CAPABILITIES                                                                                \
        (CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID) | CAPABILITY_BIT(CAP_KILL))

/* Makes `set` effective and permitted, and empties the inheritable set. Returns 0 or -errno. */
int capability_set(uint64_t set);

/*
 * Narrows this process to SPAWNER_CAPABILITIES in every set, the bounding set too. Returns 0; -EPERM where
 * one of the three is missing, or where the bounding set holds more and CAP_SETPCAP to drop it is missing.
 */
int capability_narrow(void);

/*
 * Returns 0 if no capability is left and none outside SPAWNER_CAPABILITIES is in the bounding set (to take
 * these three out of it would want CAP_SETPCAP; with no_new_privs they cannot be gained), else -EPERM.
 */
int capability_verify_none(void);
