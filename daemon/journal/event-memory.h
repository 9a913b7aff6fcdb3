/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What managers said just before about a unit, for event.c alone.
 */

#include <systemd/sd-id128.h>

#include "daemon/journal/event.h"

/* Rows in all, and of one account: one that names thousands of units pushes out only its own. */
#define EVENT_MEMORY_ROWS_MAX         1024U
#define EVENT_MEMORY_ROWS_PER_UID_MAX 64U

typedef enum ExitCode {
        EXIT_CODE_NONE,
        EXIT_CODE_EXITED,
        EXIT_CODE_KILLED,
        EXIT_CODE_DUMPED,
} ExitCode;

typedef struct EventRow {
        uid_t uid;
        uint64_t unit;    /* hash of its name */
        uint64_t touched; /* entry's time */

        ExitCode exit_code; /* how a process of this invocation ended, at this time */
        unsigned exit_status;
        bool exit_main; /* the main process */
        uint64_t exit_time;
        sd_id128_t exit_invocation;

        uint64_t end_time; /* that this invocation ended was told */
        sd_id128_t end_invocation;

        uint64_t restarts; /* how often it was restarted by then, or EVENT_RESTARTS_NONE */
        uint64_t restarts_time;
        bool restart_pending; /* the next start is the manager's own */
} EventRow;

/* The row of a unit, or NULL. unit "" is the account's manager. */
EventRow *event_memory_find(EventMemory *memory, uid_t uid, const char *unit);

/* The same, and a new one where there is none; NULL where memory is short, or memory is NULL. */
EventRow *event_memory_get(EventMemory *memory, uid_t uid, const char *unit, uint64_t now);

/* Whether something of this time is recent enough. */
bool event_is_recent(uint64_t now, uint64_t then);
