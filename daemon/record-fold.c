/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two bounded tables of counts, see record-fold.h. */

#include "daemon/record-fold.h"

#include <assert.h>

/* A row counts from `start` on. Tables are walked from the front: a thousand rows of numbers are a
 * microsecond or two, and a hash that a caller can steer is one thing less to get wrong. */
typedef struct FoldRow {
        uid_t caller_uid;
        const Method *method;
        char *account; /* NULL: none */
        uint64_t start;
        uint64_t count; /* not told yet */
        unsigned sent;  /* denials sent one by one since start */
} FoldRow;

typedef struct FoldTable {
        FoldRow rows[FOLD_ROWS_MAX];
        size_t n;
} FoldTable;

struct Fold {
        FoldTable reads;
        FoldTable denials;
};

int fold_new(Fold **ret) {
        Fold *fold = calloc(1, sizeof(Fold));

        if (!fold)
                return -ENOMEM;
        *ret = fold;
        return 0;
}

static void table_done(FoldTable *table) {
        for (size_t i = 0; i < table->n; i++)
                free(table->rows[i].account);
        table->n = 0;
}

Fold *fold_free(Fold *fold) {
        if (!fold)
                return NULL;

        table_done(&fold->reads);
        table_done(&fold->denials);
        free(fold);
        return NULL;
}

static FoldRow *table_find(FoldTable *table, uid_t caller_uid, const Method *method, const char *account) {
        for (size_t i = 0; i < table->n; i++) {
                FoldRow *row = table->rows + i;

                if (row->caller_uid == caller_uid && row->method == method &&
                        streq_ptr(row->account, account))
                        return row;
        }
        return NULL;
}

/* A new row, or NULL where there is no room for one. */
static FoldRow *table_add(
        FoldTable *table, uint64_t now, uid_t caller_uid, const Method *method, const char *account) {
        _cleanup_free_ char *copy = NULL;
        FoldRow *row;

        if (table->n >= FOLD_ROWS_MAX)
                return NULL;
        if (account) {
                copy = strdup(account);
                if (!copy)
                        return NULL;
        }

        row = table->rows + table->n++;
        *row = (FoldRow){
                .caller_uid = caller_uid,
                .method = method,
                .account = TAKE_PTR(copy),
                .start = now,
        };
        return row;
}

/* The last row takes the place of one that goes. */
static void table_remove(FoldTable *table, size_t i) {
        free(table->rows[i].account);
        table->rows[i] = table->rows[--table->n];
}

static uint64_t row_end(const FoldRow *row) {
        return row->start + RECORD_FOLD_USEC;
}

/* The time of a row without a count is over: as if it were new. (With a count, fold_flush() has to tell it
 * first.) */
static void row_renew(FoldRow *row, uint64_t now) {
        if (row->count > 0 || now < row_end(row))
                return;
        row->start = now;
        row->sent = 0;
}

FoldAdvice fold_read(Fold *fold, uint64_t now, uid_t caller_uid, const Method *method, const char *account) {
        FoldRow *row = table_find(&fold->reads, caller_uid, method, account);

        if (!row) {
                (void) table_add(&fold->reads, now, caller_uid, method, account);
                return FOLD_SEND;
        }

        if (row->count == 0 && now >= row_end(row)) {
                row->start = now;
                return FOLD_SEND;
        }

        row->count++;
        return FOLD_COUNT;
}

FoldAdvice fold_denial(Fold *fold, uint64_t now, uid_t caller_uid) {
        FoldRow *row = table_find(&fold->denials, caller_uid, NULL, NULL);

        if (!row)
                row = table_add(&fold->denials, now, caller_uid, NULL, NULL);
        if (!row)
                return FOLD_SEND;

        row_renew(row, now);
        if (row->sent < RECORD_DENIALS_MAX) {
                row->sent++;
                return FOLD_SEND;
        }

        row->count++;
        return FOLD_COUNT;
}

static bool count_failed(FoldRow *row) {
        if (!row)
                return false;
        row->count++;
        return true;
}

bool fold_read_failed(Fold *fold, uid_t caller_uid, const Method *method, const char *account) {
        return count_failed(table_find(&fold->reads, caller_uid, method, account));
}

bool fold_denial_failed(Fold *fold, uid_t caller_uid) {
        return count_failed(table_find(&fold->denials, caller_uid, NULL, NULL));
}

/* Tells the count of one row. What keeps coming starts its next minute with nothing told. */
static int row_tell(FoldRow *row, uint64_t now, bool denials, FoldSend send, void *userdata) {
        FoldCount count = {
                .caller_uid = row->caller_uid,
                .denials = denials,
                .method = row->method,
                .account = row->account,
                .count = row->count,
        };
        int r;

        r = send(&count, userdata);
        if (r < 0)
                return r;

        row->count = 0;
        row->sent = 0;
        row->start = now;
        return 0;
}

static int table_flush(FoldTable *table, uint64_t now, bool denials, FoldSend send, void *userdata) {
        int ret = 0;

        for (size_t i = 0; i < table->n;) {
                FoldRow *row = table->rows + i;

                if (now < row_end(row)) {
                        i++;
                        continue;
                }

                if (row->count == 0) {
                        table_remove(table, i);
                        continue;
                }

                int r = row_tell(row, now, denials, send, userdata);
                if (r < 0 && ret == 0)
                        ret = r;
                if (r >= 0 && now == UINT64_MAX)
                        table_remove(table, i);
                else
                        i++;
        }

        return ret;
}

int fold_flush(Fold *fold, uint64_t now, FoldSend send, void *userdata) {
        int r, q;

        r = table_flush(&fold->reads, now, /* denials= */ false, send, userdata);
        q = table_flush(&fold->denials, now, /* denials= */ true, send, userdata);
        return r < 0 ? r : q;
}

static uint64_t table_next(const FoldTable *table) {
        uint64_t next = UINT64_MAX;

        for (size_t i = 0; i < table->n; i++)
                next = MIN(next, row_end(table->rows + i));
        return next;
}

uint64_t fold_next(const Fold *fold) {
        return MIN(table_next(&fold->reads), table_next(&fold->denials));
}
