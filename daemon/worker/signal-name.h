/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of signals as kill(1) and systemctl take them.
 */

#include "common/macro.h"

/* "SIGTERM", "TERM", "15", "SIGRTMIN+3", "RTMAX-1"; case counts. Returns the number, or -EINVAL. */
int signal_from_string(const char *s) _pure_;
