/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What logind knows about an account: its state and its sessions, read through sd-login(3), that is from
 * small files of root's below /run/systemd. No bus, no waiting, nothing of the account's own.
 *
 * Whether an account lingers is not in here: that goes by name, see daemon/system/linger.h.
 */

#include <sys/types.h>

#include "common/json-write.h"
#include "common/macro.h"

/* Sessions described of one account; the others are only counted. */
#define LOGIND_SESSIONS_MAX 64U
/* Bytes kept of a string that somebody outside chose, such as the name of a remote host. */
#define LOGIND_STRING_MAX 256U

/* One session. Strings are cut to LOGIND_STRING_MAX at a whole character, and NULL where logind has none;
 * they may hold anything but NUL, so show them only through escape.h or json-write.h. */
typedef struct LogindSession {
        char *id;
        char *state; /* online, active, closing */
        char *type;  /* tty, x11, wayland, mir, web, unspecified … */
        char *class; /* user, greeter, background, manager … */
        char *service;
        char *desktop;
        char *seat;
        char *tty;
        char *display;
        char *remote_host;
        char *remote_user;
        bool remote;
        unsigned vt;    /* 0: none */
        pid_t leader;   /* 0: not known. libsystemd tells this since 254 … */
        uint64_t since; /* … and this, µs since 1970; 0: not known */
} LogindSession;

typedef struct LogindFacts {
        uid_t uid;
        char *state; /* offline, lingering, online, active, closing, opening */
        LogindSession *sessions;
        size_t n_sessions;
        size_t n_sessions_total; /* those not described included */
        char slice[sizeof("user-4294967295.slice")];
} LogindFacts;

#define LOGIND_FACTS_NULL                                                                                   \
        (LogindFacts) {                                                                                     \
        }

/* Reads the facts of an account; one that logind does not know is "offline". A session that ends meanwhile
 * is left out. -EINVAL: no uid; -ENOMEM; what sd_uid_get_state(3) returns. *ret is freed with
 * logind_facts_done(). */
int logind_facts_get(uid_t uid, LogindFacts *ret) _warn_unused_;

void logind_facts_done(LogindFacts *facts);

/* How many of the sessions keep a manager from being stopped: all but the manager's own (class "manager…",
 * systemd 256 and later). Those over LOGIND_SESSIONS_MAX count as such. */
size_t logind_facts_holding(const LogindFacts *facts) _pure_;

/* Whether one session is of that kind. */
bool logind_session_holds(const LogindSession *session) _pure_;

/* Writes the members "state", "slice" and "sessions" (and "sessions_total" where some are not described)
 * into the object that is open in the writer. The members of a session are named as `loginctl list-sessions
 * -o json` and session-status name them: session, seat, leader, class, tty, type, state, service, remote,
 * remote_host, remote_user, display, desktop, vt, since; what is not known is absent. */
void logind_facts_write(const LogindFacts *facts, JsonWriter *w);
