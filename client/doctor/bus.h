/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The doctor's own way onto the system bus: every step has a deadline, nothing is started by asking, and one
 * who did not answer once is not asked again.
 */

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "common/error.h"
#include "common/macro.h"

typedef enum DoctorPeer {
        PEER_BUS,
        PEER_PID1,
        PEER_LOGIND,
        PEER_POLKIT,
        PEER_SERVICE,
        _PEER_MAX,
} DoctorPeer;

typedef struct DoctorBus {
        sd_bus *bus;
        bool tried;
        int error; /* of connecting, negative */
        bool silent[_PEER_MAX];
} DoctorBus;

void doctor_bus_done(DoctorBus *b);

/* Connects where that has not been tried. Returns 0 or a negative errno, -ETIMEDOUT where nobody answers. */
int doctor_bus_connect(DoctorBus *b);

/* Who owns a name: 1, or 0 where nobody does, or a negative errno. */
int doctor_bus_has_owner(DoctorBus *b, DoctorPeer peer);

/* Whether the one behind a name that is owned answers at all. Returns 0 or a negative errno. */
int doctor_bus_ping(DoctorBus *b, DoctorPeer peer);

/* What PID 1 says of a unit; strings are "" where it says nothing. Owns its strings. */
typedef struct UnitFacts {
        char *load, *active, *sub, *result, *file_state, *load_error, *fragment;
        char **drop_ins;
        bool needs_reload;
        uint64_t pid;
        int exec_code, exec_status; /* as waitid(2) has them */
} UnitFacts;

void unit_facts_done(UnitFacts *u);

/* Reads them; an unknown unit has the load state "not-found". Returns 0 or a negative errno. */
int doctor_bus_unit(DoctorBus *b, const char *unit, UnitFacts *ret);

/* Strings of the object of PID 1 or logind. Freed by the caller. Returns 0 or a negative errno. */
int doctor_bus_string(DoctorBus *b, DoctorPeer peer, const char *property, char **ret);

/* Sends a request to Call of the service, without leave to ask for a password. Returns 0 with the member
 * "parameters" of the reply, which the caller owns; or a negative errno, with the error set where the
 * service gave one. */
int doctor_bus_ask(DoctorBus *b, const char *request, json_object **ret, Error *error);
