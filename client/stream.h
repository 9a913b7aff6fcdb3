/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reading the pipe that Open gives: one JSON object a line.
 */

#include "common/macro.h"

/* The longest line: all that one worker may send for one request, and what the daemon puts around it. */
#define STREAM_LINE_MAX (17U * 1024U * 1024U)

/* Sees a line without its end. 0 goes on, 1 says that this was the last, a negative errno stops. */
typedef int (*StreamHandler)(const char *line, size_t n, void *userdata);

/* Called when nothing has come for a quarter of a second, or a signal has. Returns as StreamHandler. */
typedef int (*StreamIdle)(void *userdata);

/* Reads to the last line. Returns 0; -EPIPE where the stream ended without one; -EMSGSIZE for a line that is
 * too long; an errno of read(2), or what the handler returned. Keeps no more than one line in memory. */
int stream_read(int fd, StreamHandler handler, void *userdata);

/* The same, and `idle` (may be NULL) is called while it takes long. */
int stream_read_idle(int fd, StreamHandler handler, StreamIdle idle, void *userdata);
