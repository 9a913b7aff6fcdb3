/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole terminal as a screen that is drawn again and again: the alternate one, so that what stood there
 * before comes back, also when a signal ends us. Keys come one by one and unseen.
 *
 * There is one screen a process.
 */

#include "common/macro.h"

typedef struct Screen {
        unsigned lines, columns;
        bool keys; /* stdin is a terminal, too */
} Screen;

typedef enum ScreenEvent {
        SCREEN_TIME, /* the time has come */
        SCREEN_KEY,
        SCREEN_CHANGED, /* of another size, or another program drew there: draw again */
        SCREEN_GONE,    /* the terminal has gone away */
} ScreenEvent;

/* Takes the terminal over. Signals that end a program (SIGINT, SIGTERM, SIGQUIT) restore it first; SIGHUP
 * ends with exit code 0, for whoever looked has gone. Returns 0 or a negative errno. */
int screen_open(Screen *s);

/* Gives it back. */
void screen_close(Screen *s);

/* Waits until then, CLOCK_MONOTONIC in µs, for a key or a change. A SIGTSTP is obeyed within. */
ScreenEvent screen_wait(Screen *s, uint64_t until_usec, char *ret_key);

/* Writes all of it. Returns 0, or a negative errno where the terminal has gone away. */
int screen_write(const char *text, size_t size);
