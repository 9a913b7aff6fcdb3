/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One account: its facts, whether we serve it, and what its groups mean. */

#include "daemon/account.h"

#include <assert.h>

#include "common/address.h"
#include "common/escape.h"
#include "common/strv.h"
#include "common/utf8.h"

/* What the kernel and old interfaces take for "nobody" and "no id". */
#define ID_NOBODY    65534U
#define ID_INVALID16 65535U
#define ID_INVALID32 UINT32_MAX

/* A copy of the path with runs of slashes made one, "/./" and slashes at the end dropped. Anything that is
 * not an absolute path stays as it is; ".." is never resolved, since it may stand behind a symbolic link. */
static char *home_simplify(const char *path) {
        char *copy, *out;

        copy = strdup(path);
        if (!copy || copy[0] != '/')
                return copy;

        out = copy;
        for (const char *p = path; *p;) {
                size_t n;

                p += strspn(p, "/");
                n = strcspn(p, "/");
                if (n > 0 && !(n == 1 && p[0] == '.')) {
                        *out++ = '/';
                        memcpy(out, p, n);
                        out += n;
                }
                p += n;
        }
        if (out == copy)
                *out++ = '/';
        *out = '\0';
        return copy;
}

static Account *account_free(Account *account) {
        free(account->name);
        free(account->home);
        free(account->shell);
        free(account->groups);
        if (account->group_names)
                for (size_t i = 0; i < account->n_groups; i++)
                        free(account->group_names[i]);
        free(account->group_names);
        free(account);
        return NULL;
}

int account_new(const AccountReply *reply, Account **ret) {
        _cleanup_(account_unrefp) Account *account = NULL;

        assert(reply->status == ACCOUNT_STATUS_OK);

        account = calloc(1, sizeof(*account));
        if (!account)
                return -ENOMEM;
        account->n_ref = 1;
        account->uid = reply->uid;
        account->gid = reply->gid;
        account->groups_truncated = reply->groups_truncated;
        account->name = strdup(reply->name);
        account->home = home_simplify(reply->home);
        account->shell = strdup(reply->shell);
        /* One more than needed: calloc(0) may return NULL. */
        account->groups = calloc(reply->n_groups + 1, sizeof(gid_t));
        account->group_names = calloc(reply->n_groups + 1, sizeof(char *));
        if (!account->name || !account->home || !account->shell || !account->groups || !account->group_names)
                return -ENOMEM;

        account->n_groups = reply->n_groups;
        memcpy(account->groups, reply->groups, reply->n_groups * sizeof(gid_t));
        for (size_t i = 0; i < reply->n_groups; i++) {
                account->group_names[i] = strdup(reply->group_names[i]);
                if (!account->group_names[i])
                        return -ENOMEM;
        }

        *ret = TAKE_PTR(account);
        return 0;
}

Account *account_ref(Account *account) {
        if (account)
                account->n_ref++;
        return account;
}

Account *account_unref(Account *account) {
        if (!account)
                return NULL;
        assert(account->n_ref > 0);
        account->n_ref--;
        return account->n_ref > 0 ? NULL : account_free(account);
}

bool account_equal(const Account *a, const Account *b) {
        return a && b && a->uid == b->uid && a->gid == b->gid && streq(a->name, b->name) &&
                streq(a->home, b->home) && a->n_groups == b->n_groups &&
                a->groups_truncated == b->groups_truncated &&
                memcmp(a->groups, b->groups, a->n_groups * sizeof(gid_t)) == 0;
}

/* Valid UTF-8 that can be shown to a person as it is. */
static bool text_is_plain(const char *s) {
        size_t n = strlen(s);

        while (n > 0) {
                uint32_t codepoint;
                int k;

                k = utf8_decode(s, n, &codepoint);
                if (k < 0 || codepoint_is_unsafe(codepoint))
                        return false;
                s += k;
                n -= (size_t) k;
        }
        return true;
}

/* Absolute, without ".." (account_new() removed the rest of what makes two spellings of one path). */
static bool home_is_valid(const char *home) {
        if (home[0] != '/' || !text_is_plain(home))
                return false;
        for (const char *p = home; *p;) {
                size_t n;

                p += strspn(p, "/");
                n = strcspn(p, "/");
                if (n == 2 && memcmp(p, "..", 2) == 0)
                        return false;
                p += n;
        }
        return true;
}

AccountProblem account_check_uid(uid_t uid) {
        switch (uid) {
        case 0:
                return ACCOUNT_IS_ROOT;
        case ID_NOBODY:
                return ACCOUNT_IS_NOBODY;
        case ID_INVALID16:
        case ID_INVALID32:
                return ACCOUNT_INVALID_UID;
        default:
                return ACCOUNT_FINE;
        }
}

/* Groups that no process of ours takes: root's, and the numbers that stand for "nobody" and "none". */
static bool gid_is_refused(gid_t gid) {
        return gid == 0 || gid == ID_NOBODY || gid == ID_INVALID16 || gid == ID_INVALID32;
}

/* The spawner never becomes one of them, whose processes could be traced by the account's own: what it would
 * refuse later is refused before logind or PID 1 are asked for anything. */
static bool name_is_ours(const char *name) {
        static const char *const users[] = { "userunitd", "userunit-accounts", "userunit-journal" };

        for (size_t i = 0; i < ELEMENTSOF(users); i++)
                if (streq_ptr(name, users[i]))
                        return true;
        return false;
}

AccountProblem account_check(const Account *account) {
        AccountProblem problem;

        problem = account_check_uid(account->uid);
        if (problem != ACCOUNT_FINE)
                return problem;
        if (name_is_ours(account->name))
                return ACCOUNT_IS_OURS;
        if (gid_is_refused(account->gid))
                return ACCOUNT_INVALID_GID;
        if (!account_name_is_valid(account->name) || !text_is_plain(account->name))
                return ACCOUNT_BAD_NAME;
        if (!home_is_valid(account->home))
                return ACCOUNT_BAD_HOME;
        if (!text_is_plain(account->shell))
                return ACCOUNT_BAD_SHELL;
        return ACCOUNT_FINE;
}

const char *account_problem_to_string(AccountProblem problem) {
        static const char *const table[_ACCOUNT_PROBLEM_MAX] = {
                [ACCOUNT_FINE] = "is fine",
                [ACCOUNT_IS_ROOT] = "is root, whose own manager is out of scope",
                [ACCOUNT_IS_OURS] = "is one of userunitd's own users and has no units to manage",
                [ACCOUNT_IS_NOBODY] = "is nobody, which is not an account but stands for an unknown one",
                [ACCOUNT_INVALID_UID] = "has a uid that means \"none\" to the kernel",
                [ACCOUNT_INVALID_GID] = "has root's, nobody's or an invalid group as its primary group",
                [ACCOUNT_BAD_NAME] = "has a name that is not usable as one",
                [ACCOUNT_BAD_HOME] = "has a home directory that is not a plain absolute path",
                [ACCOUNT_BAD_SHELL] = "has a login shell that is not plain text",
        };

        assert(problem >= 0 && problem < _ACCOUNT_PROBLEM_MAX);
        return table[problem];
}

bool account_is_privileged(const Account *account, char *const *privileged_groups, const char **ret_group) {
        const char *group = NULL;

        if (account->gid == 0)
                group = "root";
        for (size_t i = 0; !group && i < account->n_groups; i++)
                if (account->groups[i] == 0)
                        group = "root";
                else if (strv_contains(privileged_groups, account->group_names[i]))
                        group = account->group_names[i];
        /* Any of the groups that we were not told could be one of them. */
        if (!group && account->groups_truncated)
                group = "(more groups than are checked)";

        if (group && ret_group)
                *ret_group = group;
        return group != NULL;
}

size_t account_supplementary(
        const Account *account, gid_t gid_min, gid_t ret[static ACCOUNT_SUPPLEMENTARY_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < account->n_groups && n < ACCOUNT_SUPPLEMENTARY_MAX; i++) {
                gid_t gid = account->groups[i];
                bool known = gid == account->gid;

                if (gid < gid_min || gid_is_refused(gid))
                        continue;
                for (size_t k = 0; !known && k < n; k++)
                        known = ret[k] == gid;
                if (!known)
                        ret[n++] = gid;
        }
        return n;
}
