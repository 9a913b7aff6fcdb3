/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which accounts a request names, see account-order.h. */

#include "client/account-order.h"

#include <inttypes.h>

#include "client/reply.h"
#include "common/strv.h"

/* More than these nobody types; what is asked of many should not wait for the last. */
#define NAMED_MAX 32U

/* Characters that make a pattern of a name, as in common/pattern.h. */
#define PATTERN_CHARACTERS "*?["

static size_t account_length(const char *target) {
        const char *slash = strrchr(target, '/');

        return slash ? (size_t) (slash - target) : 0;
}

bool accounts_by_pattern(const Parameters *p) {
        STRV_FOREACH(account, p->accounts)
                if (strpbrk(*account, PATTERN_CHARACTERS))
                        return true;
        STRV_FOREACH(target, p->targets)
                if (strcspn(*target, PATTERN_CHARACTERS) < account_length(*target))
                        return true;
        return false;
}

bool accounts_by_name(const Parameters *p) {
        size_t n = strv_length(p->accounts) + strv_length(p->targets);

        return n > 0 && n <= NAMED_MAX && !accounts_by_pattern(p);
}

static bool is_account(json_object *o, const char *name, size_t length) {
        const char *account = strempty(reply_string(o, "account"));
        char uid[24];

        snprintf(uid, sizeof(uid), "%" PRIu64, reply_u64(o, "uid", UINT64_MAX));
        return (strlen(account) == length && strncmp(account, name, length) == 0) ||
                (strlen(uid) == length && strncmp(uid, name, length) == 0);
}

/* Appends those that are of this name and not there yet. */
static size_t add_named(
        json_object *accounts, bool *taken, const char *name, size_t length, size_t *order, size_t n) {
        for (size_t i = 0; i < reply_length(accounts); i++)
                if (!taken[i] && is_account(reply_item(accounts, i), name, length)) {
                        taken[i] = true;
                        order[n++] = i;
                }
        return n;
}

size_t *accounts_order(json_object *accounts, const Parameters *p) {
        size_t n_accounts = reply_length(accounts), n = 0;
        _cleanup_free_ bool *taken = calloc(MAX(n_accounts, 1U), sizeof(bool));
        size_t *order = calloc(MAX(n_accounts, 1U), sizeof(size_t));

        if (!taken || !order) {
                free(order);
                return NULL;
        }
        if (accounts_by_name(p)) {
                STRV_FOREACH(account, p->accounts)
                        n = add_named(accounts, taken, *account, strlen(*account), order, n);
                STRV_FOREACH(target, p->targets)
                        n = add_named(accounts, taken, *target, account_length(*target), order, n);
        }
        for (size_t i = 0; i < n_accounts; i++)
                if (!taken[i])
                        order[n++] = i;
        return order;
}

static bool same_account(const char *a, const char *b) {
        size_t n = account_length(a);

        return account_length(b) == n && strncmp(a, b, n) == 0;
}

/* Whether one of the accounts is named again after another was, and no unit is a pattern. */
static bool is_interleaved(char *const *targets) {
        bool again = false;

        STRV_FOREACH(target, targets) {
                if (strpbrk(*target, PATTERN_CHARACTERS))
                        return false;
                for (char *const *before = targets; before + 1 < target; before++)
                        again = again ||
                                (same_account(*before, *target) && !same_account(target[-1], *target));
        }
        return again;
}

static json_object *find_account(json_object *accounts, const char *target) {
        for (size_t i = 0; i < reply_length(accounts); i++)
                if (is_account(reply_item(accounts, i), target, account_length(target)))
                        return reply_item(accounts, i);
        return NULL;
}

static json_object *find_row(json_object *account, const char *unit) {
        json_object *rows = reply_array(account, "units");

        for (size_t i = 0; i < reply_length(rows); i++)
                if (streq_ptr(reply_string(reply_item(rows, i), "unit"), unit))
                        return reply_item(rows, i);
        return NULL;
}

/* Appends a reference, or drops it. */
static int append(json_object *array, json_object *item) {
        if (item && json_object_array_add(array, item) >= 0)
                return 0;
        json_object_put(item);
        return -ENOMEM;
}

/* The account without its units; *ret_units is where they go. */
static int append_account(json_object *array, json_object *account, json_object **ret_units) {
        json_object *copy = json_object_new_object(), *units = json_object_new_array();

        if (!copy || !units || json_object_object_add(copy, "units", units) < 0) {
                json_object_put(copy);
                json_object_put(units);
                return -ENOMEM;
        }
        json_object_object_foreach(account, key, value) {
                if (streq(key, "units"))
                        continue;
                if (json_object_object_add(copy, key, json_object_get(value)) < 0) {
                        json_object_put(value);
                        json_object_put(copy);
                        return -ENOMEM;
                }
        }
        *ret_units = units;
        return append(array, copy);
}

int accounts_interleave(json_object *accounts, const Parameters *p, json_object **ret) {
        _cleanup_reply_ json_object *array = NULL;
        json_object *units = NULL;
        int r;

        *ret = NULL;
        if (!accounts_by_name(p) || !is_interleaved(p->targets))
                return 0;
        array = json_object_new_array();
        if (!array)
                return -ENOMEM;

        STRV_FOREACH(target, p->targets) {
                json_object *account = find_account(accounts, *target);
                json_object *row = account ? find_row(account, *target + account_length(*target) + 1) : NULL;

                /* A descriptor goes with all units of an account. */
                if (!row || json_object_object_get_ex(account, "fd", NULL))
                        return 0;
                if (target == p->targets || !same_account(target[-1], *target)) {
                        r = append_account(array, account, &units);
                        if (r < 0)
                                return r;
                }
                r = append(units, json_object_get(row));
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(array);
        return 0;
}
