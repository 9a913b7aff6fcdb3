/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of polkit actions, see action.h. */

#include "common/action.h"

typedef struct ActionRow {
        const char *id;
        const char *implicit;
        const char *doc;
} ActionRow;

static const ActionRow action_table[_ACTION_MAX] = {
        [ACTION_NONE] = { NULL, "no", "nothing; a method without an action is refused" },
        [ACTION_SELF_KNOWLEDGE] = { NULL, "yes", "learn what oneself may do" },
        [ACTION_INSPECT_OWN] = { ACTION_PREFIX "inspect-own", "yes", "look at one's own units" },
        [ACTION_INSPECT] = { ACTION_PREFIX "inspect", "auth_admin_keep",
                "look at the units of another account" },
        [ACTION_INSPECT_ALL] = { ACTION_PREFIX "inspect-all", "auth_admin_keep",
                "look at the units of every account of the host" },
        [ACTION_READ_LOGS_OWN] = { ACTION_PREFIX "read-logs-own", "yes",
                "read the logs of one's own units" },
        [ACTION_READ_LOGS] = { ACTION_PREFIX "read-logs", "auth_admin",
                "read the logs of units of another account" },
        [ACTION_CONTROL_OWN] = { ACTION_PREFIX "control-own", "yes",
                "start, stop and signal one's own units" },
        [ACTION_CONTROL] = { ACTION_PREFIX "control", "auth_admin",
                "start, stop and signal units of another account" },
        [ACTION_CONTROL_MANY] = { ACTION_PREFIX "control-many", "auth_admin",
                "start, stop and signal several units of other accounts with one password" },
        [ACTION_EDIT_OWN] = { ACTION_PREFIX "edit-own", "yes", "change one's own unit files" },
        [ACTION_EDIT] = { ACTION_PREFIX "edit", "auth_admin",
                "change unit files of another account; as good as a shell as that account" },
        [ACTION_LINGER_OWN] = { ACTION_PREFIX "linger-own", "yes", "turn one's own lingering on or off" },
        [ACTION_LINGER] = { ACTION_PREFIX "linger", "auth_admin",
                "turn lingering of another account on or off" },
        [ACTION_REQUEST_LINGER_OWN] = { ACTION_PREFIX "request-linger-own", "yes",
                "ask for lingering for oneself" },
        [ACTION_REQUEST_LINGER] = { ACTION_PREFIX "request-linger", "yes",
                "ask for lingering for another account" },
        [ACTION_APPROVE_LINGER] = { ACTION_PREFIX "approve-linger", "auth_admin",
                "decide requests for lingering" },
        [ACTION_PRIVILEGED_ACCOUNT] = { ACTION_PREFIX "privileged-account", "auth_admin",
                "change anything in an account that is root by another name, on top of the action itself" },
};

static const ActionRow *action_row(Action action) {
        if (action < 0 || action >= _ACTION_MAX)
                action = ACTION_NONE;
        return action_table + action;
}

const char *action_to_id(Action action) {
        return action_row(action)->id;
}

Action action_from_id(const char *id) {
        for (Action action = 0; action < _ACTION_MAX; action++)
                if (streq_ptr(action_table[action].id, id) && id)
                        return action;
        return _ACTION_INVALID;
}

const char *action_default(Action action) {
        return action_row(action)->implicit;
}

const char *action_doc(Action action) {
        return action_row(action)->doc;
}
