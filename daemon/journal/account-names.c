/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of local accounts, see account-names.h. */

#include "daemon/journal/account-names.h"

#include <pwd.h>
#include <sys/stat.h>

#include "common/clock.h"

/* Whether the file has changed is looked at so often. */
#define LOOK_USEC USEC_PER_SEC

typedef struct Item {
        uid_t uid;
        uint32_t order; /* in the file */
        char *name;
} Item;

struct AccountNames {
        char *path;
        Item *items; /* sorted by uid and order */
        size_t n;
        struct stat seen; /* all zero: there was no file */
        uint64_t looked;  /* when; 0: never */
};

static void drop_items(AccountNames *names) {
        for (size_t i = 0; i < names->n; i++)
                free(names->items[i].name);
        free(names->items);
        names->items = NULL;
        names->n = 0;
}

int account_names_new(const char *path, AccountNames **ret) {
        _cleanup_(account_names_freep) AccountNames *names = NULL;

        names = calloc(1, sizeof(AccountNames));
        if (!names)
                return -ENOMEM;
        names->path = strdup(path ? path : "/etc/passwd");
        if (!names->path)
                return -ENOMEM;
        *ret = TAKE_PTR(names);
        return 0;
}

AccountNames *account_names_free(AccountNames *names) {
        if (!names)
                return NULL;
        drop_items(names);
        free(names->path);
        free(names);
        return NULL;
}

static int compare_items(const void *a, const void *b) {
        const Item *x = a, *y = b;

        if (x->uid != y->uid)
                return x->uid < y->uid ? -1 : 1;
        return x->order < y->order ? -1 : x->order > y->order;
}

static int add_item(AccountNames *names, size_t *allocated, const struct passwd *pw) {
        if (names->n == *allocated) {
                size_t n = *allocated == 0 ? 64 : *allocated * 2;
                Item *items = reallocarray(names->items, n, sizeof(Item));

                if (!items)
                        return -ENOMEM;
                names->items = items;
                *allocated = n;
        }
        names->items[names->n] =
                (Item){ .uid = pw->pw_uid, .order = (uint32_t) names->n, .name = strdup(pw->pw_name) };
        if (!names->items[names->n].name)
                return -ENOMEM;
        names->n++;
        return 0;
}

static void read_items(AccountNames *names, FILE *f) {
        size_t allocated = 0;

        drop_items(names);
        for (;;) {
                /* It has no more state than the stream. NOLINTNEXTLINE(concurrency-mt-unsafe) */
                const struct passwd *pw = fgetpwent(f);

                /* Without memory some names are missing, which is allowed. */
                if (!pw || add_item(names, &allocated, pw) < 0)
                        break;
        }
        if (names->n > 0)
                qsort(names->items, names->n, sizeof(Item), compare_items);
}

static bool is_same_file(const struct stat *a, const struct stat *b) {
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
                a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void refresh(AccountNames *names) {
        _cleanup_fclose_ FILE *f = NULL;
        uint64_t now = clock_now_usec();
        struct stat st = {};

        if (names->looked != 0 && now - names->looked < LOOK_USEC)
                return;
        if (stat(names->path, &st) >= 0 && names->looked != 0 && is_same_file(&st, &names->seen)) {
                names->looked = now;
                return;
        }
        names->looked = now;

        f = fopen(names->path, "re");
        if (!f || fstat(fileno(f), &st) < 0) {
                drop_items(names);
                names->seen = (struct stat){};
                return;
        }
        names->seen = st;
        read_items(names, f);
}

const char *account_names_get(AccountNames *names, uid_t uid) {
        size_t low = 0, high;

        refresh(names);
        high = names->n;
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (names->items[middle].uid < uid)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < names->n && names->items[low].uid == uid ? names->items[low].name : NULL;
}

uid_t account_names_find(AccountNames *names, const char *name) {
        refresh(names);
        for (size_t i = 0; i < names->n; i++)
                if (streq(names->items[i].name, name))
                        return names->items[i].uid;
        return (uid_t) -1;
}
