/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one place that talks to the bus: Call, Open and Describe of org.userunit1.
 */

#include <systemd/sd-bus.h>

#include "common/error.h"
#include "common/macro.h"

/* Why a call failed. */
typedef struct BusFault {
        ErrorCode code; /* ERROR_NONE: an error that is none of the service's */
        int exit_code;  /* common/exit-code.h */
        char *message;  /* one sentence, or more lines of a refusal; foreign text. NULL: no memory */
        bool lost;      /* it was sent, and whoever had it went away: it may have been carried out */
} BusFault;

void bus_fault_done(BusFault *fault);

/* An answer of Call. */
typedef struct BusReply {
        char *text;
        int *fds;
        size_t n_fds;
} BusReply;

void bus_reply_done(BusReply *reply);

typedef enum BusCallFlags {
        BUS_CALL_INTERACTIVE = 1 << 0, /* a person may be asked for a password */
        BUS_CALL_PATIENT = 1 << 1,     /* jobs are waited for: no deadline of our own */
} BusCallFlags;

/* Connects to the system bus. Returns 0 or a negative errno with the fault filled. */
int bus_open(sd_bus **ret, BusFault *fault);

/* Asks Call; the descriptors go along and stay the caller's (NULL, 0: none). Returns 0 or a negative errno
 * with the fault filled; the caller owns what is in *ret. */
int bus_call(sd_bus *bus, const char *request, const int *fds, size_t n_fds, unsigned flags, BusReply *ret,
        BusFault *fault);

/* Asks Open; *ret_fd is the end to read. Returns as bus_call(). */
int bus_open_stream(sd_bus *bus, const char *request, unsigned flags, int *ret_fd, BusFault *fault);

/* Asks Describe. Returns as bus_call(). */
int bus_describe(sd_bus *bus, char **ret, BusFault *fault);

/* When the process that serves the name now was started, µs since the epoch; what was under way before that
 * is not any more. Returns 0, or a negative errno where it cannot be told: it is not there, or /proc is
 * hidden. `bus` may be NULL. */
int bus_service_started(sd_bus *bus, uint64_t *ret_usec);

/* Reads the property Version. Returns as bus_call(). */
int bus_version(sd_bus *bus, char **ret, BusFault *fault);
