/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's end of the lines to userunit-journal (daemon/journal/protocol.h), without ever waiting. A
 * reader is one request's: what is read goes from a process of the helper straight into the pipe that the
 * caller has. Readers have a connection each; watchers share one, for one process watches for all of them.
 *
 * The helper may be absent, hang, die or lie: a reader ends all the same. Until the helper has taken a
 * request, for which it has DEADLINE_JOURNAL, the end to write of the pipe is kept here too, so that the
 * caller can be told.
 */

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "common/macro.h"

/* An absent helper (its socket is gone or refuses) is tried for this long. */
#define JOURNAL_UNREACHABLE_USEC (1 * USEC_PER_SEC)

typedef struct JournalLink JournalLink;
typedef struct JournalReader JournalReader;

typedef struct JournalReaderHandlers {
        /* The helper has been sent everything: the pipe may be handed to the caller. Only where
         * journal_reader_start() returned 0. */
        void (*started)(void *userdata);
        /*
         * It is over, and the reader may be freed from within. error is 0 where the pipe has had its last
         * line, or nobody reads it any more; otherwise one of -ETIMEDOUT   the helper did not take the
         * request in time -EIO         it died -EBADMSG     it said something that is none of the protocol's
         *   -EPERM       somebody else listens on its socket
         *   -ENOENT, -ECONNREFUSED, …   it cannot be reached: connect(2)'s own error
         * fd is the end to write of the pipe where nothing has been written to it, lent until the handler
         * returns; otherwise -EBADF.
         */
        void (*ended)(int error, int fd, void *userdata);
} JournalReaderHandlers;

/* A client of the helper that listens on socket_path, as peer_uid; connects when there is something to read.
 * Takes a reference on the event loop. -ENAMETOOLONG, -ENOMEM. */
int journal_link_new(
        sd_event *event, const char *socket_path, uid_t peer_uid, JournalLink **ret) _warn_unused_;

/* All readers have to be freed before. Takes NULL, returns NULL. */
JournalLink *journal_link_free(JournalLink *link);
DEFINE_CLEANUP(JournalLink *, journal_link_free);

/* Whether the caller may have one reader (or watcher) more: -EBUSY where it has as many as one account may,
 * -EUSERS where all together have. The last places are root's. */
int journal_link_check(const JournalLink *link, uid_t caller, bool watcher);

/*
 * Starts a reader on behalf of the caller's uid. The payload is that of daemon/journal/protocol.h, and is
 * freed here, also on failure; *ret_fd is the end to read of the pipe, owned by the caller of this.
 *
 * Returns 1 where the helper has been sent everything already, 0 where `started` follows; no handler is
 * called from within. Or -EBUSY and -EUSERS as above, -EMSGSIZE for a payload of more than FRAME_SIZE_MAX,
 * or another errno.
 */
int journal_reader_start(JournalLink *link, uid_t caller, bool watcher, char *payload, size_t size,
        const JournalReaderHandlers *handlers, void *userdata, JournalReader **ret,
        int *ret_fd) _warn_unused_;

/* Ends a reader, whose handlers are not called any more: the helper is told, or loses its connection, and
 * stops writing. Takes NULL, returns NULL. */
JournalReader *journal_reader_free(JournalReader *reader);
DEFINE_CLEANUP(JournalReader *, journal_reader_free);
