/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The record: one structured journal entry for the verdict of every request, and one for the outcome of
 * every request that changes something. (And one for what was changed behind our back and would leave no
 * trace otherwise.) What is written is written before the effect; a verdict without an outcome reads as
 * "interrupted".
 *
 * Entries go to journald as datagrams in its documented native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/) on a socket that never blocks: sd_journal_send() waits for
 * ever on a journald that is stopped. So the promise is "handed to journald", and a caller that gets an
 * error refuses what it was about to change.
 *
 * Fields, all text: MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER=userunitd, USERUNIT_REQUEST (the id
 * that verdict and outcome share), USERUNIT_CALLER_UID, USERUNIT_CALLER (the unique bus name),
 * USERUNIT_ACCOUNT, USERUNIT_ACCOUNT_UID, USERUNIT_UNIT, USERUNIT_VERB, USERUNIT_METHOD, USERUNIT_ACTION and
 * USERUNIT_POLKIT (what polkit was asked and said), USERUNIT_VERDICT, USERUNIT_ERROR, USERUNIT_DIGEST
 * (SHA-256 of the request's text), USERUNIT_COUNT (of a counting record, see daemon/record-fold.h); in
 * outcomes also USERUNIT_RESULT, USERUNIT_CHANGED (yes, no), USERUNIT_DURATION_USEC, USERUNIT_DIGEST_BEFORE,
 * USERUNIT_DIGEST_AFTER. An event has USERUNIT_EVENT (linger-on, linger-off), USERUNIT_ACCOUNT and
 * USERUNIT_ACCOUNT_UID. A field without a value is left out. Values are as the caller gave them, in the
 * protocol's binary form where they hold a newline, so none can pass for another field; only MESSAGE is made
 * safe to show.
 */

#include <sys/types.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "common/contract.h"
#include "common/error.h"

/* MESSAGE_ID of the three kinds of record: journalctl MESSAGE_ID=… finds them. They never change. */
#define RECORD_VERDICT_ID_STR "fa0238c2a90e4648a0edcd72c8c9e8cb"
#define RECORD_OUTCOME_ID_STR "946c7c11204644a7b7a1842f81290a7c"
#define RECORD_EVENT_ID_STR   "68e8a83b7f4b400b9b340f47ddeb127e"

#define RECORD_SOCKET "/run/systemd/journal/socket"

#define RECORD_UID_NONE ((uid_t) -1)

/* Hexadecimal SHA-256 with its NUL. */
#define RECORD_DIGEST_SIZE 65

/* Longest value of one field, in bytes; a longer one is cut off at a whole character and ends in "…". */
#define RECORD_VALUE_MAX 4096

typedef enum RecordVerdict {
        RECORD_GRANTED, /* polkit, or the caller's own knowledge, allowed it */
        RECORD_DENIED,  /* polkit did not */
        RECORD_REFUSED, /* it did not get as far as polkit, or failed after it: `error` says why */
        _RECORD_VERDICT_MAX,
} RecordVerdict;

/* One request about one account (and unit), as far as it is known. NULL is "no value". All is borrowed. */
typedef struct RecordEntry {
        sd_id128_t request; /* alike in verdict and outcome */
        uid_t caller_uid;
        const char *caller;   /* unique bus name */
        const char *account;  /* name as resolved, or as asked where it did not resolve */
        uid_t account_uid;    /* RECORD_UID_NONE: not known */
        const char *unit;     /* name or pattern */
        const Method *method; /* NULL: there was no such method, or the request did not parse */
        Action action;        /* that polkit decided on */
        const char *polkit;   /* "yes", "no", "challenge", "error: …" */
        RecordVerdict verdict;
        ErrorCode error;    /* why it was denied or refused */
        const char *digest; /* of the request, record_digest() */
} RecordEntry;

#define RECORD_ENTRY_NULL                                                                                   \
        (RecordEntry) {                                                                                     \
                .caller_uid = RECORD_UID_NONE, .account_uid = RECORD_UID_NONE                               \
        }

/* How it ended. */
typedef struct RecordOutcome {
        const char *result; /* "done", a job's result, … */
        ErrorCode error;
        int changed; /* 1, 0, or negative: not known */
        uint64_t duration_usec;
        const char *digest_before; /* of what was changed, where it has one */
        const char *digest_after;
} RecordOutcome;

typedef struct Record Record;

/*
 * A writer of records. socket_path NULL means RECORD_SOCKET; journald need not be there yet. The event loop
 * (a reference is taken) drives the counting records and what has to be sent again; with NULL the caller
 * does, by record_flush(). Returns 0 or a negative errno.
 */
int record_new(const char *socket_path, sd_event *event, Record **ret);

/* Hands over what is still counted, as far as journald takes it at once, and frees. Takes NULL, returns
 * NULL. */
Record *record_free(Record *record);
DEFINE_CLEANUP(Record *, record_free);

/*
 * Records a verdict; to be called before anything is done about the request. Never blocks.
 *
 * A granted read may be counted instead of sent, and so may denials and refusals of a caller who has had
 * RECORD_DENIALS_MAX of them within a minute (daemon/record-fold.h); that is a success. What of these
 * journald does not take at the moment is counted and told later.
 *
 * Returns 0, or a negative errno where journald did not take the record: -EAGAIN (hung or stopped),
 * -ECONNREFUSED or -ENOENT (not there), -ENOBUFS and others of send(2). A changing request is refused then,
 * a read goes on.
 */
int record_verdict(Record *record, const RecordEntry *entry);

/*
 * Records an outcome. What journald does not take is kept (a bounded number, the oldest go first) and sent
 * again every second. Returns 0 where it was taken, 1 where it is kept, or a negative errno where it is
 * lost.
 */
int record_outcome(Record *record, const RecordEntry *entry, const RecordOutcome *outcome);

/*
 * Records that an account lingers, or does no longer, and that not through this service. RECORD_UID_NONE
 * where the name service does not know it. What journald does not take is kept as outcomes are; returns as
 * record_outcome().
 */
int record_linger(Record *record, const char *account, uid_t account_uid, bool lingers);

/* Whether journald takes records, as far as can be told without sending one: not where it is absent, or has
 * stopped reading. Never blocks. */
bool record_is_heard(Record *record);

/* Sends what is kept, and the counting records whose time has come; with `all` also the others. The event
 * loop does this by itself. Returns 0, or the first negative errno of journald; what was not taken stays. */
int record_flush(Record *record, bool all);

/* The digest of a request's text: hexadecimal SHA-256. */
void record_digest(const char *text, size_t length, char ret[static RECORD_DIGEST_SIZE]);

/* "granted", "denied", "refused". */
const char *record_verdict_to_string(RecordVerdict verdict);
