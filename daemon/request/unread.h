/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Pipes whose stream has ended, and which hold what nobody has read. Their pages are the daemon's memory for
 * as long as a reader keeps its descriptor, so each counts for the uid that opened it until it is read to
 * the end or closed.
 *
 * Such a pipe is held by a descriptor (O_PATH) that makes it neither readable nor writable: the reader's end
 * comes when it should, and when it closes, the kernel drops what was in the pipe. Nothing tells of either,
 * so the pipes are looked at whenever their number matters.
 */

#include <sys/types.h>

#include "common/macro.h"

typedef struct Unread Unread;

/* NULL: no memory. */
Unread *unread_new(void);
Unread *unread_free(Unread *unread);
DEFINE_CLEANUP(Unread *, unread_free);

/* Counts a pipe for `uid` where something is in it. `fd` is the end for writing, and is not taken. */
void unread_add(Unread *unread, uid_t uid, int fd);

/* Whether `uid` may open one more. -EBUSY where it or all together have as many of these as they may. */
int unread_check(Unread *unread, uid_t uid);
