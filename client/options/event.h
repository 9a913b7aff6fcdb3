/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of watch, events, wait and history. Where journalctl has one it is spelt and meant as there.
 */

#include "common/macro.h"

/* What wait waits for. */
typedef enum WaitGoal {
        WAIT_ACTIVE,
        WAIT_INACTIVE,
        WAIT_FAILED,
        WAIT_PROOF,
        _WAIT_GOAL_MAX,
} WaitGoal;

/* Owns its strings and arrays. Part of Options. */
typedef struct EventOptions {
        char *after_cursor;
        char *since; /* as typed */
        char *until;
        char **events;
        char **callers; /* names or uids */
        char **verbs;
        char **verdicts;
        char **command;        /* what --exec runs; NULL: nothing */
        uint64_t timeout_usec; /* 0: none */
        WaitGoal goal;
        bool goal_given;
        bool failed;
        bool follow;
        bool reverse;
} EventOptions;

/* The words of --for=, ended by NULL. */
extern const char *const wait_goals[];

void event_options_done(EventOptions *o);

struct OwnOptions;
extern const struct OwnOptions event_options_watch;
extern const struct OwnOptions event_options_events;
extern const struct OwnOptions event_options_wait;
extern const struct OwnOptions event_options_history;
