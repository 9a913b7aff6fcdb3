/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What `watch --exec` runs: a command for each event, as whoever watches, without a shell.
 */

#include <json-c/json.h>

#include "common/macro.h"

/* Runs the command and waits until it has ended. The event is a line of JSON on its standard input, and each
 * of its members a variable of its environment: USERUNIT_EVENT, USERUNIT_ACCOUNT, USERUNIT_UNIT,
 * USERUNIT_RESULT and so on; variables of that kind which the event does not have are not set. The strings
 * are as they came. Returns the command's exit code, 128 + N for one that signal N ended, or a negative
 * errno where it could not be run. */
int event_command_run(char *const *command, json_object *event, const char *line, size_t n);
