/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A child of userunit-journal: one connection.
 */

#include <signal.h>

/* Reads the first frame (protocol.h), does what it asks for, and returns when the connection has served its
 * purpose. mask: the signals to run with. */
void journal_serve(int connection, const sigset_t *mask, void *userdata);
