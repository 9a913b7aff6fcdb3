/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From entries of the journal to events: what happened to a unit, to an account's manager, to its linger or
 * its unit files.
 *
 * Whose event it is comes from trusted fields alone, so an account can tell lies about itself and about
 * nobody else. What else it writes is held against what it should be, and left out where it is not.
 *
 * A manager says several things about one change. What is one event here:
 *
 *     a start      JOB_RESULT=done is started, or skipped where a condition was not met. Any other result of
 *                  the job is failed, unless the unit's type says by itself how it failed (services,
 * sockets, timers, paths, scopes, mounts and their kin do; targets, slices and devices do not): there the
 * entry with UNIT_RESULT, which comes first, counts. an end       once for each invocation: of "deactivated
 * successfully" (which user managers only write at debug level), "failed with result" and "stopped" the
 * first. "Failed with result" counts each time: a unit that hits its start limit says it again. a restart
 * restarting; the "stopped" that 252 writes with it does not count.
 *
 * How the main process ended and how often the unit was restarted stand in entries before the one that is
 * the event; EventMemory keeps them for EVENT_MEMORY_USEC.
 */

#include "common/json-write.h"
#include "common/unit-name.h"
#include "daemon/journal/entry.h"

typedef enum EventKind {
        EVENT_STARTED,
        EVENT_STOPPED,
        EVENT_FAILED,
        EVENT_RESTARTING,
        EVENT_RELOADED,
        EVENT_SKIPPED,
        EVENT_OUT_OF_MEMORY,
        EVENT_DUMPED_CORE,
        EVENT_MANAGER_STARTED,
        EVENT_MANAGER_STOPPED,
        EVENT_MANAGER_FAILED,
        EVENT_LINGER_ON,
        EVENT_LINGER_OFF,
        EVENT_FILES_CHANGED,
        _EVENT_MAX,
        _EVENT_INVALID = -EINVAL,
} EventKind;

const char *event_kind_to_string(EventKind kind);
EventKind event_kind_from_string(const char *s);

/* How long what was said before is joined to an event. */
#define EVENT_MEMORY_USEC (300U * USEC_PER_SEC)

/* What is kept of the entries just before: a bounded number of rows, each account's of its own. */
typedef struct EventMemory EventMemory;
int event_memory_new(EventMemory **ret) _warn_unused_;
EventMemory *event_memory_free(EventMemory *memory);
DEFINE_CLEANUP(EventMemory *, event_memory_free);
void event_memory_clear(EventMemory *memory);

#define EVENT_RESTARTS_NONE UINT64_MAX
#define EVENT_UID_NONE      ((uid_t) -1)
/* "RTMIN+30", "4294967295" */
#define EVENT_STATUS_MAX 16

/* Everything is borrowed from the entry; NULL: there is none. */
typedef struct Event {
        EventKind kind;
        uid_t uid;
        const char *unit;
        const char *result;
        const char *exit_code;
        char exit_status[EVENT_STATUS_MAX]; /* "": none */
        uint64_t restarts;                  /* or EVENT_RESTARTS_NONE */
        const char *invocation;
        const char *message; /* not terminated: */
        size_t message_size;
        const char *account; /* only where our own record says it */
        const char *verb;
        uid_t caller_uid; /* or EVENT_UID_NONE */
        const char *request;
} Event;

/*
 * What an entry says, after the entries before it: each must be shown, in order, that the memory may learn.
 * With memory NULL nothing is joined, and an end may be told twice. self is the uid of userunitd, or
 * EVENT_UID_NONE.
 *
 * Returns 1 with *ret filled, or 0 where it is no event.
 */
int event_from_entry(const Entry *entry, uid_t self, EventMemory *memory, Event *ret) _warn_unused_;

/* One line, an object as the contract's event_result. account may be NULL. */
void event_write(const Event *event, const Entry *entry, const char *account, JsonWriter *w);

/* The MESSAGE_IDs that can be events, or belong to one; NULL behind the last. The first are written by
 * managers. */
const char *event_message_id(size_t i);

/* Coredumps. */
#define EVENT_COREDUMP_ID_STR "fc2e22bc6ee647b6b90729ab34a250b1"
