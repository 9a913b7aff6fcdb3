/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was authorised, see grants.h. */

#include "daemon/journal/grants.h"

#include "common/pattern.h"
#include "common/strv.h"

void grant_done(JournalGrant *grant) {
        free(grant->account);
        strv_free(grant->units);
        *grant = (JournalGrant){};
}

void grants_done(JournalGrants *grants) {
        for (size_t i = 0; i < grants->n; i++)
                grant_done(grants->items + i);
        free(grants->items);
        *grants = (JournalGrants){};
}

int grants_add(JournalGrants *grants, JournalGrant *grant) {
        /* The capacity is the next power of two, so it need not be kept. */
        if ((grants->n & (grants->n - 1)) == 0) {
                JournalGrant *grown;

                grown = reallocarray(grants->items, grants->n == 0 ? 1 : 2 * grants->n, sizeof(*grown));
                if (!grown) {
                        grant_done(grant);
                        return -ENOMEM;
                }
                grants->items = grown;
        }

        grants->items[grants->n++] = *grant;
        *grant = (JournalGrant){};
        return 0;
}

static int compare_uids(const void *a, const void *b) {
        uid_t x = ((const JournalGrant *) a)->uid, y = ((const JournalGrant *) b)->uid;

        return x < y ? -1 : x > y;
}

/* Moves what `from` says of the same account into `to`. */
static int grant_join(JournalGrant *to, JournalGrant *from) {
        size_t n = strv_length(to->units), m = strv_length(from->units);
        char **joined;

        joined = reallocarray(to->units, n + m + 1, sizeof(char *));
        if (!joined)
                return -ENOMEM;
        to->units = joined;
        if (m > 0)
                memcpy(joined + n, from->units, m * sizeof(char *));
        joined[n + m] = NULL;
        free(from->units);
        from->units = NULL;

        to->whole = to->whole || from->whole;
        if (!to->account)
                to->account = TAKE_PTR(from->account);
        grant_done(from);
        return 0;
}

int grants_sort(JournalGrants *grants) {
        size_t n = 0;
        int r;

        if (grants->n > 1)
                qsort(grants->items, grants->n, sizeof(*grants->items), compare_uids);

        for (size_t i = 0; i < grants->n; i++) {
                if (n > 0 && grants->items[n - 1].uid == grants->items[i].uid) {
                        r = grant_join(grants->items + n - 1, grants->items + i);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (n != i) {
                        grants->items[n] = grants->items[i];
                        grants->items[i] = (JournalGrant){};
                }
                n++;
        }
        grants->n = n;
        return 0;
}

const JournalGrant *grants_find(const JournalGrants *grants, uid_t uid) {
        JournalGrant key = { .uid = uid };

        if (grants->n == 0)
                return NULL;
        return bsearch(&key, grants->items, grants->n, sizeof(*grants->items), compare_uids);
}

bool grant_covers(const JournalGrant *grant, const char *unit) {
        if (grant->whole)
                return true;
        if (!unit)
                return false;
        STRV_FOREACH(pattern, grant->units)
                if (pattern_match(*pattern, unit))
                        return true;
        return false;
}

bool grants_cover(const JournalGrants *grants, uid_t uid, const char *unit) {
        const JournalGrant *grant;

        if (grants->everyone)
                return true;
        grant = grants_find(grants, uid);
        return grant && grant_covers(grant, unit);
}

const char *grants_account(const JournalGrants *grants, uid_t uid) {
        const JournalGrant *grant = grants_find(grants, uid);

        return grant ? grant->account : NULL;
}
