/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The contract: one constant table says everything the service can do. A method without a row does not
 * exist; a row without an action is never allowed. Validation, authorisation, Describe, the client's help,
 * completion and the reference manual are made from it.
 */

#include "common/action.h"
#include "common/macro.h"

#define BUS_NAME      "org.userunit1"
#define BUS_PATH      "/org/userunit1"
#define BUS_INTERFACE "org.userunit1.Manager"
/* The "schema" member of every reply; goes up when a member changes its meaning, never for an added one. */
#define CONTRACT_SCHEMA 1

typedef enum MethodId {
        METHOD_ACCESS_CHECK,
        METHOD_ACCESS_LIST,
        METHOD_ACCOUNTS_LIST,
        METHOD_ACCOUNTS_SHOW,
        METHOD_EVENTS_LIST,
        METHOD_EVENTS_WATCH,
        METHOD_HISTORY_LIST,
        METHOD_JOBS_CANCEL,
        METHOD_JOBS_LIST,
        METHOD_LINGER_DISABLE,
        METHOD_LINGER_ENABLE,
        METHOD_LINGER_LIST,
        METHOD_LOGS_READ,
        METHOD_MANAGER_ENVIRONMENT,
        METHOD_MANAGER_REEXEC,
        METHOD_MANAGER_RELOAD,
        METHOD_MANAGER_RESTART,
        METHOD_MANAGER_SET_ENVIRONMENT,
        METHOD_MANAGER_START,
        METHOD_MANAGER_STATUS,
        METHOD_MANAGER_STOP,
        METHOD_MANAGER_UNSET_ENVIRONMENT,
        METHOD_PATHS_LIST,
        METHOD_SOCKETS_LIST,
        METHOD_TIMERS_LIST,
        METHOD_UNIT_FILES_ADD_REQUIRES,
        METHOD_UNIT_FILES_ADD_WANTS,
        METHOD_UNIT_FILES_DEFAULT,
        METHOD_UNIT_FILES_DISABLE,
        METHOD_UNIT_FILES_ENABLE,
        METHOD_UNIT_FILES_LIST,
        METHOD_UNIT_FILES_MASK,
        METHOD_UNIT_FILES_PRESET,
        METHOD_UNIT_FILES_REENABLE,
        METHOD_UNIT_FILES_SET_DEFAULT,
        METHOD_UNIT_FILES_STATE,
        METHOD_UNIT_FILES_UNMASK,
        METHOD_UNITS_CAT,
        METHOD_UNITS_CLEAN,
        METHOD_UNITS_DEPENDENCIES,
        METHOD_UNITS_FREEZE,
        METHOD_UNITS_KILL,
        METHOD_UNITS_LIST,
        METHOD_UNITS_PROVE,
        METHOD_UNITS_PROVE_COMMANDS,
        METHOD_UNITS_RELOAD,
        METHOD_UNITS_RELOAD_OR_RESTART,
        METHOD_UNITS_RESET_FAILED,
        METHOD_UNITS_RESTART,
        METHOD_UNITS_RUN,
        METHOD_UNITS_SET_PROPERTY,
        METHOD_UNITS_SHOW,
        METHOD_UNITS_START,
        METHOD_UNITS_STATE,
        METHOD_UNITS_STATUS,
        METHOD_UNITS_STOP,
        METHOD_UNITS_THAW,
        METHOD_UNITS_TRY_RELOAD_OR_RESTART,
        METHOD_UNITS_TRY_RESTART,
        METHOD_UNITS_USAGE,
        _METHOD_MAX,
        _METHOD_INVALID = -EINVAL,
} MethodId;

/* Parameters: what a request may carry. */
typedef enum ParameterType {
        PARAMETER_BOOLEAN,
        PARAMETER_STRING,
        PARAMETER_STRINGS,
        PARAMETER_UNSIGNED, /* 0 … 2^53, a uint64_t; the member is UNSIGNED_UNSET without it */
} ParameterType;

typedef struct Parameter {
        const char *name;
        ParameterType type;
        size_t offset;              /* in struct Parameters (common/parameters.h) */
        const char *const *choices; /* NULL-terminated list of what a string may be; NULL: any */
        const char *doc;
} Parameter;

/* Fields: what a reply carries for each account. The daemon holds what a worker sends against them. */
typedef enum FieldType {
        FIELD_BOOLEAN,
        FIELD_UNSIGNED, /* 0 … 2^64-1 */
        FIELD_STRING,
        FIELD_STRINGS,    /* array of strings */
        FIELD_OBJECT,     /* one object with `fields` */
        FIELD_OBJECTS,    /* array of objects with `fields` */
        FIELD_PROPERTIES, /* object of any member names and values, not deeper than 8 */
} FieldType;

typedef struct Field {
        const char *name;
        FieldType type;
        bool optional;
        const struct Field *fields; /* of an object; ends with a row without name */
        const char *doc;
} Field;

/* Where a method is carried out. */
typedef enum Place {
        PLACE_WORKER,  /* by a worker, as the account */
        PLACE_SYSTEM,  /* by the daemon, through logind and PID 1 */
        PLACE_MIXED,   /* facts of the daemon joined with a worker's */
        PLACE_JOURNAL, /* by userunit-journal, which writes into the caller's pipe */
} Place;

typedef enum MethodFlags {
        METHOD_CHANGES = 1 << 0,     /* changes something: recorded before, refused in Mode=read-only */
        METHOD_NEEDS_UNIT = 1 << 1,  /* at least one unit must be named */
        METHOD_TAKES_UNITS = 1 << 2, /* units may be named */
        METHOD_UNIT_PATTERNS =
                1 << 3,               /* units are patterns matched by the worker; polkit sees the pattern */
        METHOD_ACCOUNT_ONLY = 1 << 4, /* is about whole accounts */
        METHOD_STREAMS = 1 << 5,      /* may be asked with Open */
        METHOD_REPLY_FD = 1 << 6,    /* each account's answer has a descriptor (a sealed memfd); Call only */
        METHOD_WAITS = 1 << 7,       /* may wait for jobs: the worker says so and is not busy meanwhile */
        METHOD_HOST_WIDE = 1 << 8,   /* without accounts: all the caller may see, not the caller's own */
        METHOD_NO_MANAGER = 1 << 9,  /* has an answer where the manager is not running */
        METHOD_NO_ACCOUNT = 1 << 10, /* names no account at all */
        METHOD_ONE_UNIT = 1 << 11,   /* is about one unit of one account */
        METHOD_ONLY_STREAMS = 1 << 12, /* answers Open and not Call */
} MethodFlags;

typedef struct Method {
        MethodId id;
        const char *name; /* "units.restart" */
        const char *verb; /* "restart": polkit's detail, and the client's verb */
        Action own;
        Action other;
        Action every;   /* that stands for every account of the host; ACTION_NONE: each is asked about */
        unsigned flags; /* MethodFlags */
        Place place;
        unsigned deadline_sec;       /* for the exchange, or for the wait of METHOD_WAITS */
        unsigned request_fds;        /* a request brings no descriptors, or this many */
        const Parameter *parameters; /* ends with a row without name */
        const Field
                *result; /* of one account, or of each line of PLACE_JOURNAL; ends with a row without name */
        const char *doc;
} Method;

/* A limit that a caller can run into, of those in common/limits.h. */
typedef struct Limit {
        const char *name;
        uint64_t value;
        const char *doc;
} Limit;

/* By index, sorted by name; NULL behind the last. */
const Limit *limit_get(size_t i);

/* The row of a method, by its id; never NULL for a valid id. */
const Method *method_get(MethodId id);

/* The row by name, or NULL. */
const Method *method_find(const char *name);

/* The row by verb, or NULL. */
const Method *method_find_verb(const char *verb);

/* What was probably meant by an unknown name, or NULL. Static. */
const char *method_suggest(const char *name);

static inline bool method_is(const Method *method, MethodFlags flag) {
        return (method->flags & flag) != 0;
}

const char *parameter_type_to_string(ParameterType type);
const char *field_type_to_string(FieldType type);
const char *place_to_string(Place place);
