/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The worker: code that runs as the account, in a child of the spawner that has dropped to it. It reads
 * frames (common/frame.h) from its only descriptor, works in the account's manager and files, and answers.
 *
 * The payload of FRAME_REQUEST and FRAME_STREAM_REQUEST is the account's home directory (absolute, or empty
 * for none: a worker never asks the name service), a NUL byte, and the request as request_parse() takes it,
 * {"method": …, "parameters": {…}}. With FRAME_ONLY_IF_FILES in front of all that, an account whose manager
 * is not running and that has no unit files of its own is answered with the error Cancelled. "accounts" and
 * "targets" do not concern a worker and are ignored: it serves one account.
 *
 * A request about exactly one unit that fails is answered with FRAME_ERROR. Where several units are named,
 * each has an object of its own and may carry an "error" there. A job that ended with another result than
 * "done" is not a failed request: its unit has "result", "service_result" and, to say it in words, "error".
 */

#include <sys/types.h>

/*
 * Serves until the peer is gone. `fd` is a connected SOCK_STREAM socket that blocks, `uid` the account's,
 * and the process already is that account: what the worker finds in itself (getuid) is checked against it.
 * `runtime_root` is
 * "/run/user" (tests pass another): the manager's sockets are below runtime_root/UID.
 *
 * Neither forks nor executes, asks no name service, opens AF_UNIX sockets and files only. `fd` is not
 * closed.
 *
 * Returns 0 when the peer has closed the connection, or a negative errno after a breach of the protocol.
 */
int worker_serve(int fd, uid_t uid, const char *runtime_root);
