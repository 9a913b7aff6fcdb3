/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The polkit actions of the service. polkit/org.userunit1.policy declares the same ones with the same
 * defaults, and tests/unit/test-contract.c holds the two against each other.
 */

#include "common/macro.h"

#define ACTION_PREFIX "org.userunit1."

typedef enum Action {
        /* A row that forgot its action has this one, and it is never allowed. */
        ACTION_NONE = 0,
        /* Tells a caller only what the caller itself may do; polkit is asked about that, not about the
           asking. */
        ACTION_SELF_KNOWLEDGE,
        ACTION_INSPECT_OWN,
        ACTION_INSPECT,
        ACTION_INSPECT_ALL,
        ACTION_READ_LOGS_OWN,
        ACTION_READ_LOGS,
        ACTION_CONTROL_OWN,
        ACTION_CONTROL,
        ACTION_CONTROL_MANY,
        ACTION_EDIT_OWN,
        ACTION_EDIT,
        ACTION_LINGER_OWN,
        ACTION_LINGER,
        ACTION_REQUEST_LINGER_OWN,
        ACTION_REQUEST_LINGER,
        ACTION_APPROVE_LINGER,
        ACTION_PRIVILEGED_ACCOUNT,
        _ACTION_MAX,
        _ACTION_INVALID = -EINVAL,
} Action;

/* The action id, e.g. "org.userunit1.control"; NULL for the two that polkit is never asked about. Static. */
const char *action_to_id(Action action);

/* From an action id; _ACTION_INVALID where it is not one of ours. */
Action action_from_id(const char *id);

/* The default for active, inactive and any sessions alike, as polkit spells it ("yes", "auth_admin", …). */
const char *action_default(Action action);

/* One phrase for the manual and for refusals, e.g. "start, stop and signal units of another account". */
const char *action_doc(Action action);
