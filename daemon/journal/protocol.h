/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What userunitd and userunit-journal say to each other: the frames of common/frame.h on a SOCK_STREAM
 * socket, userunitd being the one who connects.
 *
 * A connection begins with a FRAME_STREAM_REQUEST that has one descriptor, the end to write of the caller's
 * pipe, and this payload:
 *
 *     the request, {"method": …, "parameters": {…}}, of a row with PLACE_JOURNAL; a NUL byte; the query
 *
 * The query is what was authorised, an object:
 *
 *     grants    array of {"uid": 1101, "account": "svc-web", "units": ["app.service", "web-*", "*"]}; units
 * are patterns (common/pattern.h), "*" is the account as a whole everyone  true: every account there is or
 * will be; grants then only tell names. Without, only what is in grants preface   array of strings: lines
 * that are written before everything else end       a string: the line that is written at the end, {"end":
 * {…}}
 *
 * Who is not named in grants (and everyone is not true) is not read about, whatever the request says.
 *
 * Of events.watch there is one connection for the whole host: further FRAME_STREAM_REQUESTs add watchers,
 * each with a pipe of its own, and FRAME_CANCEL takes one away. Of every other method there is one
 * connection for each request, which is cancelled by closing it.
 *
 * The first line of a watcher behind the preface is its position, {"cursor": …}: what comes after that place
 * it will get. A caller that looks at the state of a unit after it has had this line misses nothing in
 * between, and one whose stream breaks off before the first event knows where to resume.
 *
 * When a pipe has had its last line, or nobody reads it any more, FRAME_REPLY with an empty payload tells
 * so. A reader that ends with neither has died.
 */

#include "common/frame.h"

/* Where userunit-journal listens. */
#define JOURNAL_SOCKET_NAME "journal"
