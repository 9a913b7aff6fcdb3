/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The doctor: why an account's services cannot be reached, and what mends it. A table of checks, each of
 * which looks at one thing and says what it found; nothing is started, nothing is changed, and nothing
 * waits for longer than its deadline, whatever is dead: a home, the bus, PID 1, polkit, the service itself.
 *
 * It looks as the caller. What only the account or root can see is said to be unseen to others; run by root,
 * it looks into the home and the runtime directory as the account.
 */

#include <sys/types.h>

#include "client/doctor/bus.h"
#include "client/doctor/probe.h"
#include "common/address.h"
#include "common/macro.h"

typedef enum Severity {
        SEVERITY_OK,      /* looked at, and fine */
        SEVERITY_UNKNOWN, /* not looked at: this caller cannot, or there is nobody to ask */
        SEVERITY_NOTE,    /* worth knowing */
        SEVERITY_WARNING, /* works, but not as most people want it */
        SEVERITY_ERROR,   /* does not work */
        _SEVERITY_MAX,
} Severity;

const char *severity_to_string(Severity severity) _const_;

typedef struct Finding {
        const char *check; /* the name of its check */
        Severity severity;
        char *message; /* one sentence or two; foreign text, not yet safe for a terminal */
        char *command; /* what mends it, or shows more, for a shell; NULL: nothing to be done */
} Finding;

/* Where things are; tests have trees of their own. */
typedef struct DoctorPlaces {
        const char *linger;        /* logind's directory */
        const char *runtime;       /* parent of the accounts' runtime directories */
        const char *mounts;        /* proc_pid_mountinfo(5) */
        const char *pam[3];        /* in the order of pam(7); NULL: none */
        const char *user_units[4]; /* where the system keeps user units */
        const char *system_units[2];
        const char *rules[4]; /* polkit's */
        const char *configuration;
        const char *cgroup;
        const char *clock[3]; /* files that are not newer than the clock may be */
} DoctorPlaces;

extern const DoctorPlaces doctor_places_default;

/* Whether PID 1 has the manager up, as far as known. */
typedef enum ManagerState {
        MANAGER_UNKNOWN,
        MANAGER_DOWN,
        MANAGER_FAILED,
        MANAGER_CHANGING, /* starting or stopping */
        MANAGER_UP,
} ManagerState;

typedef struct Doctor {
        const DoctorPlaces *places;
        uid_t caller;
        DoctorBus bus;

        /* The account: as asked for, and from the check "account" on what is known of it. */
        char *asked;
        bool known;
        bool unserved; /* userunitd never acts for it: nothing more is looked at */
        ProbeAccount account;
        char *name; /* quoted for a shell where it needs that */

        /* What one check learns and later ones use. */
        ManagerState manager;
        uint64_t manager_pid; /* 0: not known */
        bool lingers;
        bool forgotten;    /* lingers, and logind does not know of it */
        size_t n_sessions; /* that keep the manager up */
        bool has_units;    /* some are to be started with the manager */
        bool home_away;    /* the home cannot be looked into */
        bool runtime_bad;  /* the runtime directory is not fit */
        bool answers;      /* the manager, to the account itself */
        bool service_up;   /* userunitd answers */
        bool polkit_up;    /* polkit is there: asking the service starts nothing */

        const char *check; /* that is running */
        Finding *findings;
        size_t n_findings;
        int error; /* -ENOMEM, from when on nothing is added */
} Doctor;

typedef struct DoctorCheck {
        const char *name;
        bool of_account; /* left out where the account is not known */
        void (*run)(Doctor *d);
} DoctorCheck;

/* The checks in their order; NULL behind the last. */
const DoctorCheck *doctor_check_get(size_t i);

/* `asked` is a name or a uid in digits. Returns 0 or -ENOMEM. */
int doctor_init(Doctor *d, const DoctorPlaces *places, const char *asked);
void doctor_done(Doctor *d);

/* Runs all checks. Returns 0, or -ENOMEM. */
int doctor_run(Doctor *d);

/* The worst severity of the findings. */
Severity doctor_worst(const Doctor *d);

/* For checks: adds a finding, and gives the last one its command. Whatever goes into a command from outside
 * goes through doctor_quote(). */
void doctor_say(Doctor *d, Severity severity, const char *format, ...) _printf_(3, 4);
void doctor_mend(Doctor *d, const char *format, ...) _printf_(2, 3);

/* A word for a shell, quoted only where it needs it; freed by the caller. NULL: no memory, which is kept in
 * the doctor's error. */
char *doctor_quote(Doctor *d, const char *word);

/* Whether the caller can look at what is the account's own. */
static inline bool doctor_is_inside(const Doctor *d) {
        return d->caller == 0 || d->caller == d->account.uid;
}

/* As whom a probe looks at what is the account's own: the account, where the caller is root. */
static inline const ProbeAccount *doctor_inside(const Doctor *d) {
        return d->caller == 0 ? &d->account : NULL;
}

/* The checks, by file. doctor-account.c: */
void doctor_check_account(Doctor *d);
void doctor_check_expiry(Doctor *d);
void doctor_check_shell(Doctor *d);
/* doctor-home.c */
void doctor_check_home(Doctor *d);
void doctor_check_unit_files(Doctor *d);
/* doctor-login.c */
void doctor_check_logind(Doctor *d);
void doctor_check_linger(Doctor *d);
void doctor_check_strays(Doctor *d);
/* doctor-pam.c */
void doctor_check_pam(Doctor *d);
/* doctor-manager.c */
void doctor_check_manager(Doctor *d);
void doctor_check_runtime_service(Doctor *d);
/* doctor-runtime.c */
void doctor_check_runtime_directory(Doctor *d);
void doctor_check_socket(Doctor *d);
void doctor_check_user_bus(Doctor *d);
/* doctor-service.c */
void doctor_check_service(Doctor *d);
void doctor_check_access(Doctor *d);
/* doctor-units.c */
void doctor_check_units(Doctor *d);
/* doctor-polkit.c */
void doctor_check_polkit(Doctor *d);
void doctor_check_rules(Doctor *d);
/* doctor-environment.c */
void doctor_check_environment(Doctor *d);
/* doctor-system.c */
void doctor_check_bus(Doctor *d);
void doctor_check_boot(Doctor *d);
void doctor_check_cgroup(Doctor *d);
void doctor_check_clock(Doctor *d);
