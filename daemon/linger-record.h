/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes a record of each change of linger that was not made through this service
 * (daemon/system/linger-watch.h), with the account's uid where the name service knows one. One after the
 * other, so that they stand in the journal as they happened.
 */

#include <systemd/sd-event.h>

#include "daemon/account-lookup.h"
#include "daemon/record.h"

typedef struct LingerRecord LingerRecord;

/* directory as for linger_is_enabled(). Errors of linger_watch_new(). */
int linger_record_new(sd_event *event, const char *directory, AccountLookups *lookups, Record *record,
        LingerRecord **ret) _warn_unused_;

/* Writes what still waits for the name service, without uids. Takes NULL, returns NULL. */
LingerRecord *linger_record_free(LingerRecord *linger);
DEFINE_CLEANUP(LingerRecord *, linger_record_free);

/* One of our own requests has asked logind for a change, or has ended: that has records of its own. Both
 * take NULL. */
void linger_record_begin(LingerRecord *linger, const char *name, bool lingers);
void linger_record_end(LingerRecord *linger, const char *name, bool lingers);
