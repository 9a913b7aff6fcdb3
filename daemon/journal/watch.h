/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * events.watch: one process that follows the journal for everybody who watches. Each entry is read once and
 * each event is written down once, in a ring that all watchers read from at their own place; so a watcher
 * costs a few hundred bytes, and accounts cost nothing.
 *
 * Pipes never block it. A watcher who is so far behind that the ring has gone on without it is told so, with
 * the cursor to resume from, and is done. What a new watcher wants to hear of the past (after_cursor) is
 * told by a child up to the place where the ring begins for it; if that has gone on meanwhile, by another
 * one from there. Nothing is lost and nothing comes twice.
 */

#include "common/frame.h"
#include "daemon/journal/account-names.h"
#include "daemon/journal/entry-source.h"
#include "daemon/journal/query.h"

/* What the ring may hold. Nothing is in it that every watcher has had. */
#define WATCH_RING_EVENTS_MAX 4096U
#define WATCH_RING_SIZE_MAX   (2U * 1024U * 1024U)

typedef struct WatchConfig {
        /* Opens the journal: at no place yet. Also called in the children. */
        int (*open)(bool follow, const JournalGrants *grants, void *userdata, EntrySource **ret);
        void *userdata;
        AccountNames *names;
        uid_t self; /* of userunitd */
} WatchConfig;

typedef struct WatchHub WatchHub;

/* A hub on a connection (borrowed, and made not to block). Returns 0 or a negative errno. */
int watch_hub_new(int connection, const WatchConfig *config, WatchHub **ret) _warn_unused_;
WatchHub *watch_hub_free(WatchHub *hub);
DEFINE_CLEANUP(WatchHub *, watch_hub_free);

/* Adds a watcher with the first frame or a later one: its pipe and the query are taken over, on failure
 * too. Returns 0 or a negative errno of the connection. */
int watch_hub_add(WatchHub *hub, uint64_t serial, int pipe_fd, Query *query) _warn_unused_;

/* Waits until something happens, timeout_msec at most (negative: as long as it takes, and a tick where there
 * are watchers), and does what is to be done. Returns 1, 0 where the connection was closed, or a negative
 * errno where it is broken. */
int watch_hub_round(WatchHub *hub, int timeout_msec) _warn_unused_;

size_t watch_hub_watchers(const WatchHub *hub) _pure_;

/* Serves a connection to its end; a JournalMethod's (journal-methods.h). */
void watch_serve(int connection, Frame *frame, Query *query);
