/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A request, from the message to the one reply. It goes through its stages in this order and never back:
 *
 *     caller      whose connection is it                             request.c
 *     resolve     which accounts, and which units of them            request-address.c, request-resolve.c
 *     authorise   polkit, for each pair                              request-authorise.c
 *     confirm     are the accounts still the same                    request-resolve.c
 *     record      the verdict, before any effect                     request-act.c
 *     act         workers, logind, PID 1, userunit-journal           request-act.c, request-system.c,
 *                                                                    request-journal.c
 *     reply       once                                               request-reply.c
 *
 * A reading request over patterns asks polkit about every account first, a question that names none, and
 * resolves then: every account it comes to is looked up after the answer, and needs no confirming.
 *
 * Everything that was asked for is copied out of the message before polkit is asked, and nothing of it
 * changes after.
 */

#include "common/json-write.h"
#include "common/limits.h"
#include "common/parameters.h"
#include "daemon/journal-link.h"
#include "daemon/request/stream.h"
#include "daemon/service.h"
#include "daemon/system/linger.h"
#include "daemon/system/user-manager.h"

typedef struct Target Target;

/* One question to polkit: a target and one of its units. */
typedef struct Ask {
        Request *request;
        Target *target; /* NULL: a question of access.list */
        char *unit;     /* "": the account as such; "*": all units */
        Inquiry *inquiry;
        Verdict verdict;
        Action action;
        Grant *grant; /* on a yes */
        Error error;  /* otherwise */
        bool told;    /* its outcome is recorded */
} Ask;

/* One account that the request is about. */
struct Target {
        Request *request;
        char *name; /* as asked for; NULL: by uid */
        uid_t uid;
        bool by_glob;            /* the caller did not name it */
        char *glob;              /* by_glob: the pattern that it stands for, to be judged by its name */
        CandidateSource sources; /* by_glob: why it is there */
        AccountLookup *lookup;
        Account *account;
        Ask *asks;
        size_t n_asks;

        /* acting */
        bool started;
        bool done;
        Exchange *exchange;
        UserManagerJob *job;
        LingerChange *linger;
        UserManagerStates *states;
        bool state_known;
        UserManagerActive state; /* of its manager, where PID 1 was asked */
        bool changed;
        char *note;         /* a sentence for the reply */
        Error error;        /* why there is no result */
        bool only_if_files; /* part of the answer only if it has unit files of its own: a worker looks */
};

typedef enum Stage {
        STAGE_CALLER,
        STAGE_RESOLVE,
        STAGE_AUTHORISE,
        STAGE_CONFIRM,
        STAGE_ACT,
        STAGE_DONE,
} Stage;

struct Request {
        TAILQ_ENTRY(Request) entry;
        Service *service;
        sd_bus_message *message; /* NULL: answered */
        Caller *caller;
        bool charged; /* counted among the caller's requests in flight … */
        bool waiting; /* … or, with this, among those that wait for jobs */
        bool open;    /* asked with Open */
        bool interactive;
        bool host_wide; /* the accounts came out of a glob */
        Stage stage;
        unsigned pending; /* operations of this stage that have not ended */
        sd_id128_t id;
        uint64_t started_usec;
        char digest[RECORD_DIGEST_SIZE];
        char *text; /* until it is parsed */
        const Method *method;
        const Method *checked; /* access.check: the row that is asked about */
        Parameters p;
        Target **targets; /* each stays where it is: operations point to it */
        size_t n_targets;
        size_t n_allocated;
        size_t n_globs;
        size_t n_asks;         /* of all targets */
        bool paused;           /* the reader of the stream is behind */
        bool filling;          /* targets are being started */
        size_t n_running;      /* targets with an exchange */
        size_t next_target;    /* the first that was not started */
        size_t n_lookups;      /* open now */
        size_t next_lookup;    /* the first target that is not looked up yet in this stage */
        size_t ask_target;     /* the question that is put next: of this target … */
        size_t ask_index;      /* … this one */
        bool ask_stop;         /* a password was refused */
        bool ask_again;        /* the second round: those that want a password */
        Verdict every_verdict; /* of the question about every account, … */
        Action every_action;   /* … its action, … */
        Grant *every;          /* … and what it gave; NULL: nothing */
        Inquiry *inquiry;      /* about all of it: inspect-all, control-many */
        UserManagerStates *states;
        Ask *actions; /* access.list */
        size_t n_actions;
        bool incomplete;
        bool everyone;       /* asked about every account there is or will be, and all of each */
        const char *missing; /* where it is not for want of rights: why, a sentence; static */
        bool changed;
        uint64_t acting_usec;     /* when acting began, CLOCK_MONOTONIC */
        JournalReader *journal;   /* what is read for PLACE_JOURNAL, … */
        sd_event_source *reading; /* … and the row's deadline for that */
        Stream *stream;
        bool stream_broken; /* a line could not be written; no more follow */
        JsonWriter reply;   /* the array of accounts, as far as it is */
        int fds[REPLY_FDS_MAX];
        unsigned n_fds;
        int request_fds[REQUEST_FDS_MAX]; /* what the caller sent, until a worker has it */
        unsigned n_request_fds;
};

/* Takes a call from the bus; the message is referenced. Whatever happens, it is answered once. */
int request_new(Service *service, sd_bus_message *message, bool open);

/* The caller's uid is known (error 0), or cannot be. */
void request_on_caller(Request *request, int error);

/* The caller left: what only reads is dropped, what changes something goes on to its outcome. */
void request_on_caller_gone(Request *request);

/* The service stops and waits no longer. */
void request_abort(Request *request);

/* Ends the request as a whole with an error, which is recorded as a refusal unless it was granted. */
void request_fail(Request *request, Error *error);

/* ---- stages, each of which calls the next one when `pending` has come down to nothing ---- */

int request_address(Request *request, Error *error);
void request_resolve(Request *request);
void request_authorise_every(Request *request);
void request_look_up(Request *request);
void request_authorise(Request *request);
void request_confirm(Request *request);
void request_act(Request *request);
void request_finish(Request *request);

/* Part of the answer is missing, and not because the caller may not see it. The first reason is told. */
static inline void request_miss(Request *request, const char *reason) {
        request->incomplete = true;
        if (!request->missing)
                request->missing = reason;
}

/* One operation of the stage has begun, or ended. */
static inline void request_hold(Request *request) {
        request->pending++;
}

/* Whether it was the last one: then the caller goes on to the next stage. */
static inline bool request_release(Request *request) {
        return --request->pending == 0;
}

/* ---- parts that more than one stage uses ---- */

/* Adds a target; *ret is owned by the request. -E2BIG, -ENOMEM. */
int request_add_target(Request *request, const char *name, uid_t uid, Target **ret);

/* Takes a target out again and frees it. */
void request_remove_target(Request *request, size_t i);

/* Judges the descriptors of the message by the method's row and takes them out of it: afterwards the request
 * has them, and the message, which may stay for long, has none. */
int request_take_fds(Request *request, Error *error);

/* Closes those that no worker was given. */
void request_drop_fds(Request *request);

/* Merges targets of the same account, and removes what patterns brought in and what is none of theirs after
 * all: patterns themselves, unknown accounts, doubles. */
void request_tidy_targets(Request *request);

/* Adds a question about the target; one that is there already is not added again. -E2BIG, -ENOMEM. */
int target_add_ask(Target *target, const char *unit);

/* The grants of the target, as an array to be freed, not the grants in it. */
int target_grants(const Target *target, Grant ***ret, size_t *ret_n);
size_t target_n_grants(const Target *target);

/* The name to show: the account's own once it is known. */
const char *target_name(const Target *target);

/* The target has ended, with its result (members of the account's object, or NULL) or with its error. */
void target_report(Target *target, const char *members, size_t length, int fd, bool last);

/* The target has no grant and will not be carried out: its error is set. Returns whether the caller is told
 * of it; what a pattern of a reading request brought in is only missing. */
bool target_refuse(Target *target);

/* Writes the account's object with its error. */
void target_write_error(Target *target, JsonWriter *w);

/* Starts the worker's part of a target: the exchange with its grants. */
void target_exchange(Target *target);

/* The target has ended with target->error; the error may also be moved in from `error` (NULL: it is there).
 */
void target_fail(Target *target, Error *error);

/* The same for a manager that cannot be reached; PID 1 is asked how it is, so that the error can say what to
 * do. (request-unreachable.c) */
void target_fail_unreachable(Target *target);

/* The target has ended, and has been reported where it is to be. */
void target_end(Target *target);

/* Carries out PLACE_SYSTEM, and the daemon's part of PLACE_MIXED. */
void target_act_system(Target *target);

/* Carries out PLACE_JOURNAL, where there is something to read. */
void request_act_journal(Request *request);

/* Whether the caller may have one reader of the journal more; a negative errno with the error filled where
 * not. */
int request_check_journal(Request *request, Error *error);

/* Whether it is about every account there is or will be, and was granted as that. */
bool request_reads_everyone(const Request *request);

/* Whether the request goes on for as long as the caller listens. */
bool request_follows(const Request *request);

/* Members that the daemon knows of the account itself: linger, sessions, manager. */
void target_write_facts(Target *target, JsonWriter *w);

/* The answers of access.check and access.list, in place of accounts. */
void request_reply_access(Request *request);

/* One verdict and one outcome for the journal. */
int request_record_verdict(
        Request *request, const Target *target, const Ask *ask, RecordVerdict verdict, ErrorCode error);
void request_record_outcome(Request *request, Ask *ask, const char *result, ErrorCode error, int changed);

/* The outcome of everything that was granted for the target and has none yet. */
void target_record_outcomes(Target *target, const char *result, ErrorCode error, int changed);

/* Replies to the call, once, with JSON text and the request's descriptors; or with an error. */
void request_reply_text(Request *request, const char *text);
void request_reply_error(Request *request, const Error *error);

/* Replies to Open, once, with the end to read of a pipe, which stays the caller's. */
int request_reply_fd(Request *request, int fd);

/* Writes the last line of a stream: what every reply carries, and what was refused. */
void request_write_end(Request *request, JsonWriter *w);

/* Opens the "parameters" object of a reply and writes what every reply carries. */
void request_write_header(Request *request, JsonWriter *w);

/* The request is over: it has been answered, or nobody waits for it. Frees it. */
void request_end(Request *request);

Request *request_free(Request *request);
DEFINE_CLEANUP(Request *, request_free);
