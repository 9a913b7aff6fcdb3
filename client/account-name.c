/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of accounts, see account-name.h. */

#include "client/account-name.h"

#include <pwd.h>

#include "common/escape.h"
#include "common/macro.h"

typedef struct Name {
        uid_t uid;
        char *text;
} Name;

/* Sorted by uid. What a run shows is bounded by the accounts of the host. */
static Name *names;
static size_t n_names, n_allocated;

static size_t position(uid_t uid) {
        size_t low = 0, high = n_names;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (names[middle].uid < uid)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static char *look_up(uid_t uid) {
        const struct passwd *pw = getpwuid(uid);
        char *text;

        if (pw)
                return escape_terminal(pw->pw_name);
        return asprintf(&text, "%u", uid) < 0 ? NULL : text;
}

const char *account_name(uid_t uid) {
        size_t at = position(uid);
        char *text;

        if (at < n_names && names[at].uid == uid)
                return names[at].text;

        if (n_names == n_allocated) {
                size_t n = MAX(2 * n_allocated, 16U);
                Name *grown = reallocarray(names, n, sizeof(Name));

                if (!grown)
                        return NULL;
                names = grown;
                n_allocated = n;
        }
        text = look_up(uid);
        if (!text)
                return NULL;
        memmove(names + at + 1, names + at, (n_names - at) * sizeof(Name));
        names[at] = (Name){ uid, text };
        n_names++;
        return text;
}
