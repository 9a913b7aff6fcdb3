/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * getpwnam_r(3), getpwuid_r(3), getgrouplist(3) and getgrgid_r(3), with buffers that grow up to a bound.
 *
 * getgrouplist(3) has no way to say that a directory service is down: it leaves that service's groups out.
 * What depends on those groups on this host (sudo, say) goes by the same list.
 */

#include "daemon/accounts/account-nss.h"

#include <grp.h>
#include <pwd.h>

/* One passwd entry: name, gecos, home and shell, of which name, home and shell have their own limits later.
 */
#define PASSWD_BUFFER_MIN ((size_t) 1024)
#define PASSWD_BUFFER_MAX ((size_t) 64 * 1024)
/* One group entry holds the names of all its members, and a directory's "everyone" has very many. */
#define GROUP_BUFFER_MIN ((size_t) 1024)
#define GROUP_BUFFER_MAX ((size_t) 16 * 1024 * 1024)

void account_facts_done(AccountFacts *facts) {
        free(facts->passwd_buffer);
        for (size_t i = 0; i < ACCOUNT_GROUPS_MAX; i++)
                free(facts->group_names[i]);
        *facts = (AccountFacts){};
}

/* Whether a positive error of the get*_r() family only says that there is no such entry. Most modules say so
 * by success and no result; getpwnam(3) lists these two among "was not found" (and glibc gives ENOENT where
 * a module named in nsswitch.conf is not installed). */
static bool error_is_absent(int error) {
        return error == ENOENT || error == ESRCH;
}

/* The next size to try, 0 where the bound is reached. */
static size_t next_size(size_t size, size_t max) {
        return size < max ? MIN(size * 4, max) : 0;
}

/* Returns the entry with *buffer holding its strings, or says why not. */
static AccountStatus lookup_passwd(const AccountRequest *request, struct passwd *ret, char **ret_buffer) {
        for (size_t size = PASSWD_BUFFER_MIN; size > 0; size = next_size(size, PASSWD_BUFFER_MAX)) {
                _cleanup_free_ char *buffer = NULL;
                struct passwd *found = NULL;
                int error;

                buffer = malloc(size);
                if (!buffer)
                        return ACCOUNT_STATUS_FAILED;

                if (request->kind == ACCOUNT_BY_NAME)
                        error = getpwnam_r(request->name, ret, buffer, size, &found);
                else
                        error = getpwuid_r(request->uid, ret, buffer, size, &found);
                if (error == ERANGE)
                        continue;
                if (error_is_absent(error) || (error == 0 && !found))
                        return ACCOUNT_STATUS_NO_SUCH_ACCOUNT;
                if (error != 0)
                        return ACCOUNT_STATUS_FAILED;

                *ret_buffer = TAKE_PTR(buffer);
                return ACCOUNT_STATUS_OK;
        }
        return ACCOUNT_STATUS_TOO_BIG;
}

/* The name of a group, "" for one that has none. */
static int lookup_group_name(gid_t gid, char **ret) {
        for (size_t size = GROUP_BUFFER_MIN; size > 0; size = next_size(size, GROUP_BUFFER_MAX)) {
                _cleanup_free_ char *buffer = NULL;
                struct group group, *found = NULL;
                int error;

                buffer = malloc(size);
                if (!buffer)
                        return -ENOMEM;

                error = getgrgid_r(gid, &group, buffer, size, &found);
                if (error == ERANGE)
                        continue;
                if (error != 0 && !error_is_absent(error))
                        return -error;

                *ret = strdup(error == 0 && found ? strempty(group.gr_name) : "");
                return *ret ? 0 : -ENOMEM;
        }
        return -ERANGE;
}

static AccountStatus lookup_groups(AccountFacts *facts) {
        AccountReply *reply = &facts->reply;
        int n = ACCOUNT_GROUPS_MAX, r;

        /* On -1 the list is full, and n says how many groups there are. */
        r = getgrouplist(reply->name, reply->gid, reply->groups, &n);
        if (n < 1 || (r < 0 && n <= ACCOUNT_GROUPS_MAX))
                return ACCOUNT_STATUS_FAILED;
        reply->groups_truncated = n > ACCOUNT_GROUPS_MAX;
        reply->n_groups = MIN((size_t) n, (size_t) ACCOUNT_GROUPS_MAX);

        for (size_t i = 0; i < reply->n_groups; i++) {
                r = lookup_group_name(reply->groups[i], &facts->group_names[i]);
                if (r < 0)
                        return ACCOUNT_STATUS_FAILED;
                reply->group_names[i] = facts->group_names[i];
        }
        return ACCOUNT_STATUS_OK;
}

void account_nss_lookup(const AccountRequest *request, AccountFacts *facts) {
        AccountReply *reply = &facts->reply;
        struct passwd passwd;

        reply->status = lookup_passwd(request, &passwd, &facts->passwd_buffer);
        if (reply->status != ACCOUNT_STATUS_OK)
                return;

        reply->uid = passwd.pw_uid;
        reply->gid = passwd.pw_gid;
        reply->name = strempty(passwd.pw_name);
        reply->home = strempty(passwd.pw_dir);
        reply->shell = strempty(passwd.pw_shell);
        reply->status = lookup_groups(facts);
}
