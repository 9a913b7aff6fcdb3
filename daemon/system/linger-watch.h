/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who begins to linger, or ceases to, behind our back: "loginctl enable-linger" and its kin, which leave
 * nothing in the journal. logind's directory is watched, and each time something happens in it the list of
 * names is compared with the last one; so nothing is told at start, and nothing is told twice.
 *
 * What we have logind do ourselves is announced here before and not told: it has a record already.
 */

#include <systemd/sd-event.h>

#include "common/macro.h"

typedef struct LingerWatch LingerWatch;

/* The account of that name lingers now, or does no longer. May not free the watch. */
typedef void (*LingerWatchHandler)(const char *name, bool lingers, void *userdata);

/* directory as for linger_is_enabled(); it need not be there yet, but the one above it must. Takes a
 * reference on the event loop. -ENOMEM, the errors of linger_list(), inotify_add_watch(2) and
 * sd_event_add_inotify(3). */
int linger_watch_new(sd_event *event, const char *directory, LingerWatchHandler handler, void *userdata,
        LingerWatch **ret) _warn_unused_;

LingerWatch *linger_watch_free(LingerWatch *watch);
DEFINE_CLEANUP(LingerWatch *, linger_watch_free);

/* logind has been asked by us to turn linger on or off for the account; that is not told. Without memory it
 * is. */
void linger_watch_expect(LingerWatch *watch, const char *name, bool lingers);

/* What was asked has ended, whatever came of it: looks at the directory, and expects nothing any more. The
 * handler may be called from within. */
void linger_watch_settle(LingerWatch *watch, const char *name, bool lingers);
