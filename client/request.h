/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One request and all that comes of it: Call or Open is chosen, a person is asked for a password where one
 * can help, each account's part of the answer is handed on, and what went wrong is said and turned into an
 * exit code.
 */

#include <json-c/json.h>

#include "client/client.h"
#include "client/stream.h"
#include "common/parameters.h"

/* Sees what the reply says about itself, "accounts" included where there are any. Returns an exit code. */
typedef int (*HeaderHandler)(Client *c, json_object *header, void *userdata);

/* Sees a line of a stream, or an account's object of an answer, before anything else does. Returns 1 where
 * that was all, 0 where the line is to go the ordinary way, or a negative errno. */
typedef int (*LineHandler)(Client *c, const char *line, size_t n, void *userdata);

/* Called while a stream brings nothing, now and then. Returns 0, 1 to end it there, or a negative errno. */
typedef int (*IdleHandler)(Client *c, void *userdata);

/* Reads a stream by itself, and hands the lines that are none of its own to `take`, which returns 1 behind
 * the last. Returns as stream_read(). */
typedef int (*StreamReader)(Client *c, int fd, StreamHandler take, void *taker, void *userdata);

typedef struct Request {
        const Method *method;
        Parameters parameters;
        char **words;   /* what was typed for them; NULL: nothing */
        const int *fds; /* that go along; lent */
        size_t n_fds;
        LineHandler on_line;      /* NULL: every line goes the ordinary way */
        IdleHandler on_idle;      /* NULL: no one cares */
        StreamReader read_stream; /* NULL: a stream is read line by line */
        HeaderHandler on_header;  /* NULL: no one cares */
        bool wide;                /* more than one account can be in the answer */
        bool silent;              /* nothing is said of errors and of what is missing */
        bool with_failed; /* the handler also sees accounts with an error of which something is known */
        bool collected;   /* the handler keeps what it gets; nothing is printed before the end */
        bool incomplete;  /* something is missing already: the exit code says so */
        bool resumable;   /* where a stream breaks off only `broken` says so */
        bool broken;      /* it has */
        bool finished;    /* set by a handler: no more lines are wanted */
        bool raw;         /* hand on text as it came; otherwise it has been made safe for a terminal */
} Request;

#define REQUEST_NULL                                                                                        \
        (Request) {                                                                                         \
                .parameters = PARAMETERS_NULL                                                               \
        }

void request_done(Request *q);

/* What came back for one account; lent until the handler returns. */
typedef struct Account {
        const char *name;    /* never NULL */
        uid_t uid;           /* (uid_t) -1: not told */
        json_object *object; /* with the row's result fields */
        int fd;              /* the account's descriptor, or -EBADF; the handler may take it */
        bool wide;           /* as the request's */
        bool by_pattern;     /* it was not named but matched a pattern */
} Account;

/* Sees an account's answer. Returns an exit code, of which the first that is not 0 counts. */
typedef int (*AccountHandler)(Client *c, Account *account, void *userdata);

/* Makes the request that a verb's arguments ask for (client/target.h); says what is wrong with them. Returns
 * 0 or an exit code. */
int request_init(Client *c, MethodId id, char *const *arguments, unsigned target_flags, Request *ret);

/* Carries it out. Returns the exit code of the whole. `handler` may be NULL: only errors count. */
int request_run(Client *c, Request *q, AccountHandler handler, void *userdata);

/* The unit's address as one would type it: "svc-web/app.service", or without the account where it is one's
 * own and nothing else was asked for. NULL: no memory. */
char *account_unit(const Account *account, const char *unit);

/* The text of the request; NULL: no memory, or more than a request may be. */
char *request_text(const Request *q);
