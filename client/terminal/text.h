/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Times, spans, sizes, signals and exit codes as systemd's tools spell them. 0 and UINT64_MAX are "no time".
 */

#include "common/macro.h"

#define TEXT_MAX 96U

/* How all of text_timestamp() is written in this run, as --timestamp= of systemctl: pretty, us, µs, utc,
 * us+utc, µs+utc, unix. False: there is no such word. */
bool text_set_timestamp_style(const char *word);

/* "Mon 2026-11-23 13:54:34 UTC", in local time where no style was set; "" for no time. */
const char *text_timestamp(char buf[static TEXT_MAX], uint64_t usec);

/* The same always in the usual style: lists of times are never written otherwise. */
const char *text_timestamp_pretty(char buf[static TEXT_MAX], uint64_t usec);

/* "3min 5s ago", or "… left" for what is to come; "" for no time. `now` is the time to compare with. */
const char *text_relative(char buf[static TEXT_MAX], uint64_t usec, uint64_t now);

/* The same without the word "left", where a title says it. */
const char *text_left(char buf[static TEXT_MAX], uint64_t usec, uint64_t now);

/* "1min 30s", "1.500s", "0", "infinity"; parts below `accuracy` µs are left out (0: none are). */
const char *text_timespan(char buf[static TEXT_MAX], uint64_t usec, uint64_t accuracy);

/* "1.5M", "512B". */
const char *text_bytes(char buf[static TEXT_MAX], uint64_t bytes);

/* "TERM", "RTMIN+3"; the number where there is no name. */
const char *text_signal(char buf[static TEXT_MAX], int64_t number);

/* How a process ended, by waitid(2)'s code: "exited", "killed", "dumped" …; NULL for no such code. */
const char *text_exit_code(int64_t code);

/* The name of an exit status of libc's or systemd's own, see systemd.exec(5); NULL for others. */
const char *text_exit_status(int64_t status);

/* The present, µs since 1970. */
uint64_t text_now(void);
