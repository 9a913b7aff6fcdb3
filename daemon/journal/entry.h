/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One entry of the journal, as far as events and records need it: a copy of the fields in the table below.
 *
 * Names that begin with `_` are journald's own, and nobody who logs can set them. Everything else is what
 * somebody wrote.
 */

#include <sys/types.h>

#include "common/buffer.h"
#include "common/macro.h"

typedef enum EntryField {
        ENTRY_MESSAGE,
        ENTRY_MESSAGE_ID,
        ENTRY__PID,
        ENTRY__UID,
        ENTRY__SYSTEMD_UNIT,
        ENTRY_UNIT,
        ENTRY_USER_UNIT,
        ENTRY_INVOCATION_ID,
        ENTRY_USER_INVOCATION_ID,
        ENTRY_JOB_TYPE,
        ENTRY_JOB_RESULT,
        ENTRY_UNIT_RESULT,
        ENTRY_EXIT_CODE,
        ENTRY_EXIT_STATUS,
        ENTRY_N_RESTARTS,
        ENTRY_COREDUMP_UID,
        ENTRY_COREDUMP_USER_UNIT,
        ENTRY_COREDUMP_SIGNAL_NAME,
        ENTRY_USERUNIT_REQUEST,
        ENTRY_USERUNIT_CALLER_UID,
        ENTRY_USERUNIT_CALLER,
        ENTRY_USERUNIT_ACCOUNT,
        ENTRY_USERUNIT_ACCOUNT_UID,
        ENTRY_USERUNIT_UNIT,
        ENTRY_USERUNIT_VERB,
        ENTRY_USERUNIT_METHOD,
        ENTRY_USERUNIT_ACTION,
        ENTRY_USERUNIT_POLKIT,
        ENTRY_USERUNIT_VERDICT,
        ENTRY_USERUNIT_ERROR,
        ENTRY_USERUNIT_EVENT,
        ENTRY_USERUNIT_DIGEST,
        ENTRY_USERUNIT_COUNT,
        ENTRY_USERUNIT_RESULT,
        ENTRY_USERUNIT_CHANGED,
        ENTRY_USERUNIT_DURATION_USEC,
        ENTRY_USERUNIT_DIGEST_BEFORE,
        ENTRY_USERUNIT_DIGEST_AFTER,
        _ENTRY_FIELD_MAX,
} EntryField;

/* Longest value that is kept; a longer one counts as absent, but MESSAGE is cut off here. */
#define ENTRY_VALUE_MAX 8192U

typedef struct EntryValue {
        uint32_t offset; /* in Entry.values */
        uint32_t size;
        bool set;
        bool ambiguous; /* there was another one, with another value */
} EntryValue;

typedef struct Entry {
        uint64_t realtime; /* when journald took it, µs since the epoch */
        char *cursor;
        Buffer values; /* each with a NUL behind it */
        EntryValue fields[_ENTRY_FIELD_MAX];
} Entry;

#define ENTRY_NULL                                                                                          \
        (Entry) {                                                                                           \
                .values = BUFFER_INIT(_ENTRY_FIELD_MAX * (ENTRY_VALUE_MAX + 1))                             \
        }

void entry_done(Entry *entry);

/* Empties it and keeps the memory. */
void entry_reset(Entry *entry);

/* Adds a field as libsystemd hands it over, "NAME=value" of n bytes; one that is not in the table is passed
 * over, and so is a second one of the same name. Returns 0 or -ENOMEM. */
int entry_add(Entry *entry, const char *data, size_t n) _warn_unused_;

/* The value as it is, with a NUL behind it, or NULL; ret_size may be NULL. */
const char *entry_bytes(const Entry *entry, EntryField field, size_t *ret_size);

/* The value where it is a text of 1 to `max` bytes: UTF-8 without control characters. Otherwise NULL. */
const char *entry_text(const Entry *entry, EntryField field, size_t max);

/* Whether the value is this text, and no other one is there beside it. */
bool entry_is(const Entry *entry, EntryField field, const char *text);

/* The value where it is a decimal number of nothing but digits, 18 at most, alone in its entry. */
bool entry_number(const Entry *entry, EntryField field, uint64_t *ret);

/* The same for a uid: not the two that stand for "none". */
bool entry_uid(const Entry *entry, EntryField field, uid_t *ret);

/* N of a name as systemd gives to the user manager of uid N, "user@1101.service". */
bool entry_manager_uid(const Entry *entry, EntryField field, uid_t *ret);
