/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The workers, and the exchanges with them. A worker belongs to one account and stays warm for a while.
 * Exchanges wait in a queue by the uid of who asked, served in turn by uid, so that one person's thousand
 * requests do not delay another's one.
 *
 * A worker is as untrusted as its account: what it sends is capped, its frames are checked, every exchange
 * has a deadline. One that passes it, or breaks a rule, is abandoned: killed, out of the count of busy ones,
 * and while it does not die (a home that does not answer) its account gets HomeUnavailable at once.
 */

#include <systemd/sd-event.h>

#include "common/contract.h"
#include "common/error.h"
#include "common/parameters.h"
#include "daemon/account.h"
#include "daemon/authorise.h"

typedef struct Pool Pool;
typedef struct Exchange Exchange;

/* A part or the whole of what the worker said, not judged yet (daemon/request/reply-check.h). `last` ends
 * the exchange; the payload is borrowed, the descriptor (-EBADF for none) is the handler's. */
typedef int (*ExchangeResultHandler)(const char *payload, size_t size, int fd, bool last, void *userdata);
/* The exchange failed; nothing follows. The handler may move the error. */
typedef void (*ExchangeErrorHandler)(Error *error, void *userdata);

/* The exchange keeps no worker busy any more, and waits for jobs. At most once, before the others. */
typedef void (*ExchangeWaitingHandler)(void *userdata);

typedef struct ExchangeHandlers {
        ExchangeResultHandler result;
        ExchangeErrorHandler error;
        ExchangeWaitingHandler waiting; /* NULL: no one cares */
} ExchangeHandlers;

int pool_new(sd_event *event, const char *spawner_socket, uid_t spawner_uid, Pool **ret);
Pool *pool_free(Pool *pool);
DEFINE_CLEANUP(Pool *, pool_free);

/*
 * Starts an exchange. What is executed comes out of the grants and of nothing else: the method and the
 * account of all of them, which must be the same, and the units, one for each grant that has one. `p` gives
 * the other parameters (its accounts, units and targets are not looked at). `account` must be the one that
 * was authorised.
 *
 * only_if_files: an account without a manager and without unit files of its own is no answer but the error
 * Cancelled.
 *
 * The worker is given the descriptors too; on success they are the exchange's, which closes them as soon as
 * they are sent or it has ended.
 *
 * One of the handlers is called, from the event loop, unless the exchange is unreferenced first. A job that
 * was queued by then goes on. -EPERM where the grants do not fit, -EMSGSIZE, -ENOMEM.
 */
int pool_exchange(Pool *pool, const Account *account, Grant *const *grants, size_t n_grants,
        const Parameters *p, const int *fds, unsigned n_fds, bool stream, bool only_if_files, uid_t caller,
        const ExchangeHandlers *handlers, void *userdata, Exchange **ret);

/* Stops reading what the worker sends, or goes on: for a result that has nowhere to go at the moment. While
 * it is paused the exchange has no deadline, and its worker does not count as busy. */
void exchange_pause(Exchange *exchange, bool pause);

Exchange *exchange_free(Exchange *exchange);
DEFINE_CLEANUP(Exchange *, exchange_free);

/* Lets a worker of the account be made while polkit is still being asked, if none is there and no other has
 * to go for it. Nothing is asked of it. For the caller's own account only: nobody may make the service work
 * for others. */
void pool_prepare(Pool *pool, const Account *account);
