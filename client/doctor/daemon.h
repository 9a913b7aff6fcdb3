/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the checks of services have in common: the system's own daemons, and user@UID.service.
 */

#include "client/doctor/doctor.h"
#include "client/request.h"

#define DAEMON_TEXT_MAX 256U

/* What a unit of the system has to be. */
typedef struct Daemon {
        const char *unit;
        DoctorPeer peer;     /* whose name it owns */
        const char *title;   /* "polkit" */
        const char *without; /* what follows where it is not there, a half-sentence */
        bool on_demand;      /* the bus starts it when it is needed */
} Daemon;

/* Says what is wrong with a daemon, or that nothing is. Returns whether it is there and answers. */
bool daemon_check(Doctor *d, const Daemon *daemon);

/* How the last run of a service ended: "exited with 224/PAM", "was killed by SIGKILL". */
const char *daemon_failure(const UnitFacts *u, char buf[static DAEMON_TEXT_MAX]);

/* Whether a process is stopped, by a signal or a debugger. */
bool daemon_process_is_stopped(uint64_t pid);

/* What is to be typed to unmask a unit: "systemctl unmask [--runtime] UNIT" by the link that masks it, be it
 * the unit's own or its template's. */
void daemon_unmask(const Doctor *d, const char *unit, char buf[static DAEMON_TEXT_MAX]);

/* Whether an administrator's drop-ins (below /etc or /run) change the unit. */
bool daemon_has_drop_ins(const UnitFacts *u);

/* Asks a method of the service about the account; the request may have parameters, but no accounts yet.
 * Returns as doctor_bus_ask(). (doctor-service.c) */
int doctor_ask(Doctor *d, MethodId id, Request *q, json_object **ret, Error *error);
