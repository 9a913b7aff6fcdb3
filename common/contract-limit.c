/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The limits that are part of the contract, see contract.h. */

#include "common/contract.h"

#include "common/limits.h"

/* Those that a caller can run into. */
static const Limit limit_table[] = {
        { "account_patterns", ACCOUNT_GLOBS_MAX, "Patterns of accounts in one request." },
        { "accounts", ACCOUNTS_PER_REQUEST_MAX, "Accounts of one request, patterns expanded." },
        { "change_pairs", CHANGE_PAIRS_MAX, "Pairs of account and unit in one changing request." },
        { "in_flight", INFLIGHT_MAX, "Requests in flight in all." },
        { "in_flight_per_connection", INFLIGHT_PER_CONNECTION_MAX, "Requests in flight of one connection." },
        { "in_flight_per_uid", INFLIGHT_PER_UID_MAX, "Requests in flight of one caller's uid." },
        { "journal_readers", JOURNAL_READERS_MAX,
                "Readers of the journal in all; some of them are root's." },
        { "journal_readers_per_uid", JOURNAL_READERS_PER_UID_MAX, "The same of one caller's uid." },
        { "parameter_items", PARAMETER_ITEMS_MAX, "Items of one array parameter." },
        { "proofs_per_request", PROOFS_PER_REQUEST_MAX, "Proofs of one account in one request." },
        { "proofs_per_unit", PROOFS_PER_UNIT_MAX, "Proofs of one unit." },
        { "questions_per_uid", POLKIT_PENDING_PER_UID_MAX,
                "Open questions to polkit about one caller's uid." },
        { "read_pairs", READ_PAIRS_MAX, "Pairs of account and unit in one reading request." },
        { "reply_descriptors", REPLY_FDS_MAX, "Descriptors beside one reply." },
        { "reply_size", REPLY_SIZE_MAX, "Bytes of one reply of Call; Open has no such limit." },
        { "request_depth", REQUEST_DEPTH_MAX, "Nested objects and arrays in a request." },
        { "request_descriptors", REQUEST_FDS_MAX, "Descriptors beside one request." },
        { "request_size", REQUEST_SIZE_MAX, "Bytes of one request." },
        { "unit_file_size", UNIT_FILE_SIZE_MAX, "Bytes of one unit file." },
        { "unit_files_per_account", UNIT_FILES_PER_ACCOUNT_MAX, "Unit files of one account." },
        { "units_per_account", UNITS_PER_ACCOUNT_MAX, "Units of one account in one request." },
        { "unread_streams", UNREAD_PIPES_MAX,
                "Streams in all that have ended and were neither read to the end nor closed." },
        { "unread_streams_per_uid", UNREAD_PIPES_PER_UID_MAX, "The same of one caller's uid." },
        { "waiting", WAITING_MAX,
                "Requests in all that only wait: for their jobs, or for what the journal has." },
        { "waiting_per_uid", WAITING_PER_UID_MAX, "The same of one caller's uid." },
        { "watchers", WATCHERS_MAX, "Of these, watchers of events; some of them are root's." },
};

const Limit *limit_get(size_t i) {
        return i < ELEMENTSOF(limit_table) ? limit_table + i : NULL;
}
