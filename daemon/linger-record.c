/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Records of what happened to linger behind our back, see linger-record.h. */

#include "daemon/linger-record.h"

#include <sys/queue.h>

#include "common/log.h"
#include "daemon/system/linger-watch.h"

/* Changes that wait for the name service. Beyond, they are written without a uid. */
#define WAITING_MAX_CHANGES 256U

typedef struct Change {
        TAILQ_ENTRY(Change) entry;
        bool lingers;
        char *name;
} Change;

struct LingerRecord {
        LingerWatch *watch;
        AccountLookups *lookups;
        Record *record;
        AccountLookup *lookup; /* of the first change */
        TAILQ_HEAD(ChangeList, Change) changes;
        unsigned n_changes;
};

static void next(LingerRecord *linger);

/* Writes and forgets the first. */
static void write_first(LingerRecord *linger, uid_t uid) {
        Change *change = TAILQ_FIRST(&linger->changes);
        int r;

        r = record_linger(linger->record, change->name, uid, change->lingers);
        if (r < 0)
                log_warning_errno(r, "Failed to record a change of linger: %m");
        TAILQ_REMOVE(&linger->changes, change, entry);
        linger->n_changes--;
        free(change->name);
        free(change);
}

static void on_lookup(int error, Account *account, void *userdata) {
        LingerRecord *linger = userdata;

        linger->lookup = account_lookup_unref(linger->lookup);
        write_first(linger, error >= 0 ? account->uid : RECORD_UID_NONE);
        next(linger);
}

static void next(LingerRecord *linger) {
        while (!linger->lookup && !TAILQ_EMPTY(&linger->changes)) {
                AccountKey key = {
                        .name = TAILQ_FIRST(&linger->changes)->name, .uid = UID_INVALID, .asker = getuid()
                };
                int r = -ENOBUFS;

                if (linger->n_changes <= WAITING_MAX_CHANGES)
                        r = account_lookup_start(linger->lookups, &key, on_lookup, linger, &linger->lookup);
                if (r < 0)
                        write_first(linger, RECORD_UID_NONE);
        }
}

static void on_change(const char *name, bool lingers, void *userdata) {
        LingerRecord *linger = userdata;
        Change *change;

        change = calloc(1, sizeof(*change));
        if (!change)
                return;
        change->lingers = lingers;
        change->name = strdup(name);
        if (!change->name) {
                free(change);
                return;
        }
        TAILQ_INSERT_TAIL(&linger->changes, change, entry);
        linger->n_changes++;
        next(linger);
}

int linger_record_new(sd_event *event, const char *directory, AccountLookups *lookups, Record *record,
        LingerRecord **ret) {
        _cleanup_(linger_record_freep) LingerRecord *linger = NULL;
        int r;

        linger = calloc(1, sizeof(*linger));
        if (!linger)
                return -ENOMEM;
        TAILQ_INIT(&linger->changes);
        linger->lookups = lookups;
        linger->record = record;

        r = linger_watch_new(event, directory, on_change, linger, &linger->watch);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(linger);
        return 0;
}

LingerRecord *linger_record_free(LingerRecord *linger) {
        if (!linger)
                return NULL;

        linger_watch_free(linger->watch);
        account_lookup_unref(linger->lookup);
        while (!TAILQ_EMPTY(&linger->changes))
                write_first(linger, RECORD_UID_NONE);
        free(linger);
        return NULL;
}

void linger_record_begin(LingerRecord *linger, const char *name, bool lingers) {
        if (linger)
                linger_watch_expect(linger->watch, name, lingers);
}

void linger_record_end(LingerRecord *linger, const char *name, bool lingers) {
        if (linger)
                linger_watch_settle(linger->watch, name, lingers);
}
