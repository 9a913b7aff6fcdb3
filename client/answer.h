/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What comes back of a request: each account's part goes to the handler, errors and what is missing are
 * said, and all of it becomes one exit code.
 */

#include "client/bus.h"
#include "client/request.h"

typedef struct Answer {
        Client *client;
        Request *request;
        AccountHandler handler; /* may be NULL */
        void *userdata;
        const int *fds; /* that came with a reply; lent */
        size_t n_fds;
        size_t n_missing; /* accounts of a pattern that have no such unit */
        size_t n_answered;
        size_t n_accounts; /* answers and errors */
        char **lost;       /* units named without an account that are not there */
        int exit_code;
        bool explained; /* why a part is missing has been said */
} Answer;

void answer_done(Answer *answer);

/* Of several exit codes the first that is not 0 counts (common/exit-code.h). */
void answer_fail(Answer *answer, int exit_code);

/* One line of a stream. Returns 1 at the end, 0 before, or a negative errno. */
int answer_take_line(Answer *answer, const char *line, size_t n);

/* The whole reply of a Call, which lives at least as long as this call. Returns 0, 1 or a negative errno. */
int answer_take_reply(Answer *answer, const BusReply *reply);

/* Says what is left to say at the end. Returns the exit code of the whole. */
int answer_end(Answer *answer);

/* Says why a request failed as a whole. */
void answer_fault(const Request *q, const BusFault *fault);
