/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the running service, held together: one of each, made in daemon/service.c, used by the
 * requests.
 */

#include <sys/queue.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "daemon/account-lookup.h"
#include "daemon/authorise.h"
#include "daemon/caller.h"
#include "daemon/config.h"
#include "daemon/journal-link.h"
#include "daemon/linger-record.h"
#include "daemon/pool/pool.h"
#include "daemon/record.h"
#include "daemon/request/unread.h"
#include "daemon/system/candidates.h"

typedef struct Request Request;

typedef struct ServiceOptions {
        const char *config_file;
        const char *spawner_socket;
        const char *accounts_socket;
        const char *reader_socket;    /* userunit-journal's */
        const char *journal_socket;   /* journald's, where records go */
        const char *linger_directory; /* NULL: logind's own */
        CandidatePaths candidates;
        uid_t spawner_uid;  /* who listens on the sockets of spawner and userunit-journal: 0 */
        uid_t config_owner; /* who may own the configuration file besides root */
} ServiceOptions;

typedef struct Service {
        ServiceOptions options;
        sd_event *event;
        sd_bus *bus;
        /* logind and PID 1 are asked on a connection of their own: a bus lets each have 128 calls open, and
         * a PID 1 that reloads for long must not use up polkit's. */
        sd_bus *system_bus;
        sd_bus_slot *object;
        Config config;
        Record *record;
        AccountLookups *lookups;
        Authority *authority;
        Callers *callers;
        Pool *pool;
        JournalLink *journal;
        LingerRecord *linger; /* NULL: the directory cannot be watched */
        char machine_id[33];
        char *contract; /* what Describe says, once it was asked */
        TAILQ_HEAD(RequestList, Request) requests;
        unsigned n_requests;
        size_t stream_bytes; /* held by all streams for slow readers */
        Unread *unread;      /* pipes of streams that have ended */
        bool stopping;       /* no new requests; exits when the last one has ended */
        sd_event_source *drain;
} Service;

/* Makes all the parts and claims the bus name; the service is ready when this returns 0 and the name is
 * owned. Failures are logged. */
int service_new(sd_event *event, const ServiceOptions *options, Service **ret);
Service *service_free(Service *service);
DEFINE_CLEANUP(Service *, service_free);

/* Stops taking requests, lets those in flight end (DEADLINE_DRAIN at most), then leaves the event loop. */
void service_stop(Service *service);

/* To be called when a request has ended. */
void service_request_ended(Service *service);
