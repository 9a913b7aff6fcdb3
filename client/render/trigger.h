/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Timers, sockets and paths: what they wait for and what they start, in systemctl's columns.
 */

#include "client/listing.h"

typedef enum TriggerKind {
        TRIGGER_TIMER,
        TRIGGER_SOCKET,
        TRIGGER_PATH,
        _TRIGGER_MAX,
} TriggerKind;

typedef struct TriggerList {
        Listing listing;
        TriggerKind kind;
        uint64_t now; /* what LEFT and PASSED count from */
} TriggerList;

int trigger_list_init(TriggerList *l, TriggerKind kind, bool wide, const Options *options);

/* The member of an account's answer that has the rows: "timers", "sockets", "paths". */
const char *trigger_member(TriggerKind kind);

/* An AccountHandler of timers.list, sockets.list and paths.list; userdata is the list. */
int trigger_list_add(Client *c, Account *account, void *userdata);

/* Prints what is left of it, and what stands below. Returns as table_print(). */
int trigger_list_print(void *list, Client *c);

/* Whether a row of such an answer is wanted at all: --type= may name another type. */
bool trigger_is_wanted(const Options *o, json_object *row);

/* Makes a row into what systemctl has with -o json: next and left, last and passed; what is started as a
 * string unless there are several; the type of a socket only with --show-types. Returns 0 or -ENOMEM. */
int trigger_shape_json(TriggerKind kind, const Options *o, json_object *row, json_object **ret);
