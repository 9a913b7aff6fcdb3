/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only file that talks to polkit, through the documented interface org.freedesktop.PolicyKit1.Authority,
 * and the only one that makes a Grant. Whoever wants to act needs grants: what is executed is read out of
 * them, so that nothing else than what was authorised can be.
 *
 * The subject is always the caller's unique name on the system bus. Any error, timeout or disconnect is a
 * denial.
 */

#include <systemd/sd-bus.h>

#include "common/contract.h"
#include "common/error.h"
#include "common/parameters.h"
#include "daemon/account.h"
#include "daemon/caller.h"

typedef struct Authority Authority;
typedef struct Inquiry Inquiry;

typedef enum Verdict {
        VERDICT_NONE = 0,  /* nobody was asked */
        VERDICT_NO,        /* polkit said no */
        VERDICT_CHALLENGE, /* a password would be needed, and none was asked for, or it was refused */
        VERDICT_ERROR,     /* polkit did not answer as it should; denied */
        VERDICT_YES,
} Verdict;

/* A pair that was authorised. Made by this file alone. */
typedef struct Grant Grant;

Grant *grant_free(Grant *grant);
DEFINE_CLEANUP(Grant *, grant_free);
const Method *grant_method(const Grant *grant);
uid_t grant_uid(const Grant *grant);        /* the account's */
const char *grant_unit(const Grant *grant); /* "" where the method is about the account */
Action grant_action(const Grant *grant);
/* Whether it stands for every account there is or will be, and all of each. */
bool grant_is_everything(const Grant *grant);

/* What is asked. Everything is copied. */
typedef struct Question {
        const Method *method;
        Caller *caller;               /* its uid is known */
        const Account *account;       /* NULL: every account of the host (inspect-all) */
        const char *unit;             /* a name, or a pattern of a reading method; "" or NULL for none */
        bool interactive;             /* a person may be asked for a password */
        bool privileged;              /* the account is root by another name */
        const Parameters *parameters; /* those of them that change what is done are details; may be NULL */
        Action only_ask;              /* not NONE: just the answer about this action, and never a grant */
} Question;

/*
 * How an inquiry ended. On VERDICT_YES the grant is the handler's to keep (NULL where the question was
 * only_ask). Otherwise it is NULL and the error is set (NotAuthorized with a rule that would allow it, or
 * Unavailable); the handler may move it.
 */
typedef void (*InquiryHandler)(Verdict verdict, Grant *grant, Action action, Error *error, void *userdata);

int authority_new(sd_bus *bus, sd_event *event, Authority **ret);
Authority *authority_free(Authority *authority);
DEFINE_CLEANUP(Authority *, authority_free);

/*
 * Asks. The handler is called once, from the event loop, unless the inquiry is unreferenced first, which
 * also takes the question back from polkit. Questions without interaction wait in a queue where a uid has
 * many; those with interaction are refused when too many are open: -EBUSY.
 */
int authority_ask(Authority *authority, const Question *question, InquiryHandler handler, void *userdata,
        Inquiry **ret);

Inquiry *inquiry_free(Inquiry *inquiry);
DEFINE_CLEANUP(Inquiry *, inquiry_free);

/* Several pairs at once, with one password: org.userunit1.control-many. The handler gets a grant of no unit;
 * each pair's own is made with grant_take_pair(), which refuses pairs that were not in the question. */
typedef struct Pair {
        const Account *account;
        const char *unit;
} Pair;

int authority_ask_many(Authority *authority, const Question *question, const Pair *pairs, size_t n_pairs,
        InquiryHandler handler, void *userdata, Inquiry **ret);

/* The grant of one pair out of one for many, or out of one for every account (a reading method). -EPERM
 * where the larger grant does not cover it, -ENOMEM. */
int grant_take_pair(const Grant *grant, const Account *account, const char *unit, Grant **ret);

const char *verdict_to_string(Verdict verdict);
