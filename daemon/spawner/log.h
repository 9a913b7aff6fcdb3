/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One line to the journal through stderr, with the "<N>" prefix of sd-daemon(3). Never blocks: a stopped
 * journald must not stop the spawner, so a line that does not fit into its socket is lost.
 */

#include <syslog.h>

#include "common/macro.h"

/* `priority` is syslog's LOG_ERR … LOG_DEBUG. Keeps errno, so that "%m" and later checks see it. */
void spawner_log(int priority, const char *format, ...) _printf_(2, 3);

/*
 * The same for what a peer can cause as often as it likes: a few lines in each interval, then one that
 * counts the rest.
 */
void spawner_log_limited(int priority, const char *format, ...) _printf_(2, 3);
