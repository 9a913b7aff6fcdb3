/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Every limit of the service, each with the reason for its size. In a test build (meson -Dtest-build=true)
 * the deadlines below may be shortened from the environment, see daemon/deadlines.h; the sizes and counts
 * never change.
 */

/* One request as JSON text. Unit files travel beside it as descriptors, so 256 KiB is thousands of unit
 * names. */
#define REQUEST_SIZE_MAX (256U * 1024U)
/* One reply of Call. What is larger must be asked for with Open. */
#define REPLY_SIZE_MAX    (1024U * 1024U)
#define REQUEST_DEPTH_MAX 16U
/* Members of one array parameter: as many as unit files an account may have. */
#define PARAMETER_ITEMS_MAX 4096U
/* Descriptors beside one request; dbus-daemon lets 16 through. */
#define REQUEST_FDS_MAX 16U
#define REPLY_FDS_MAX   16U

/* Requests in flight. dbus-daemon would let one account have 256 x 128. */
#define INFLIGHT_PER_CONNECTION_MAX 8U
#define INFLIGHT_PER_UID_MAX        16U
#define INFLIGHT_MAX                128U
/* Of these, what only root may use: an administrator gets in while others fill the rest. */
#define INFLIGHT_RESERVED 32U
/* Requests whose jobs are under way are counted apart, for a command that is waited for may run for days:
 * they cost a worker of their account and little else. */
#define WAITING_PER_UID_MAX 32U
#define WAITING_MAX         1024U

/* Open questions to polkit: the bus allows us 128 calls in flight, and prompts stay open for minutes. */
#define POLKIT_PENDING_PER_UID_MAX 4U
#define POLKIT_PENDING_MAX         64U
/* Of these, questions that a person answers: quick ones must have room beside them. */
#define POLKIT_PROMPTS_MAX 32U

/* Pairs of account and unit that one changing request may name, globs expanded. */
#define CHANGE_PAIRS_MAX 64U
/* … and that one reading request may name, accounts times units. */
#define READ_PAIRS_MAX 8192U
/* Patterns of accounts in one request. */
#define ACCOUNT_GLOBS_MAX 16U

/* Units of one account that one request may name: the worker's request fits into a socket's buffer. */
#define UNITS_PER_ACCOUNT_MAX 512U
/* Accounts that one request may name or a glob may stand for. */
#define ACCOUNTS_PER_REQUEST_MAX 4096U

#define WORKERS_PER_ACCOUNT_MAX 2U
#define WORKERS_BUSY_MAX        16U
/* Workers in all, those that wait for jobs included; the spawner allows a few more (SPAWNER_LIVE_PER_PEER).
 */
#define WORKERS_LIVE_MAX      250U
#define WORKERS_WARM_MAX      32U
#define WORKERS_ABANDONED_MAX 256U
/* Waiting jobs a single worker keeps track of. */
#define WORKER_JOBS_MAX 64U

/* Exchanges that one request has in the pool at a time. */
#define REQUEST_WINDOW 16U

/* What a stream may hold for a reader that does not read, and all of them together. */
#define STREAM_BUFFER_MAX     (6U * 1024U * 1024U)
#define STREAM_BUFFER_ALL_MAX (12U * 1024U * 1024U)
/* … and the streams of one uid. */
#define STREAM_BUFFER_PER_UID_MAX (6U * 1024U * 1024U)
/* Over this no more is begun for the stream until the reader has taken some. */
#define STREAM_BUFFER_PAUSE (256U * 1024U)
/* Pipes of streams that have ended, with something in them that nobody has read: up to 64 KiB of memory each
 * for as long as the reader keeps its end. Root has as many apart as of requests (INFLIGHT_RESERVED). */
#define UNREAD_PIPES_PER_UID_MAX 16U
#define UNREAD_PIPES_MAX         192U

/* One frame between daemon and worker. A bit over the reply: the worker's rows go into it. */
#define FRAME_SIZE_MAX (1024U * 1024U)
/* What one worker may send for one request in all frames together. */
#define WORKER_REPLY_MAX (16U * 1024U * 1024U)

#define UNIT_FILE_SIZE_MAX         (1024U * 1024U)
#define UNIT_FILES_PER_ACCOUNT_MAX 4096U

/* Readers of the journal, each a process of userunit-journal; and watchers, which share one. They wait, and
 * are counted among WAITING_PER_UID_MAX too. */
#define JOURNAL_READERS_PER_UID_MAX 8U
#define JOURNAL_READERS_MAX         64U
#define WATCHERS_MAX                512U
/* Units that the patterns of one reader may stand for. */
#define JOURNAL_UNITS_MAX 4096U

/* One proof's time. */
#define PROOF_DEADLINE_SEC     10U
#define PROOF_DEADLINE_MAX_SEC 300U
/* Proofs of one unit, and what is kept of what one says. */
#define PROOFS_PER_UNIT_MAX 16U
#define PROOF_EVIDENCE_MAX  4096U
/* Proofs that one request may be about, of one account: with their evidence they fit into a frame. */
#define PROOFS_PER_REQUEST_MAX 128U
#define PROOF_EVIDENCE_ALL_MAX (256U * 1024U)
/* One Proof= as it is written. */
#define PROOF_SIZE_MAX 1024U
/* What a command may say before nobody listens any more: it is read, and thrown away. */
#define PROOF_OUTPUT_MAX (1024U * 1024U)
/* Units that a worker has under way for proofs at a time. */
#define PROOFS_RUNNING_MAX 8U
/* What such a unit may use. */
#define PROOF_MEMORY_MAX (UINT64_C(256) * 1024U * 1024U)
#define PROOF_TASKS_MAX  UINT64_C(64)
#define PROOF_FILE_MAX   (UINT64_C(16) * 1024U * 1024U)

/* Granted reads are counted in one record for this long. */
#define RECORD_FOLD_USEC (60U * USEC_PER_SEC)
/* Denials of one caller recorded one by one in this time, before they are counted. */
#define RECORD_DENIALS_MAX 20U
