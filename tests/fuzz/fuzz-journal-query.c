/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A query is refused with an error, or it is whole: lines are lines, grants are sorted, and asking about an
 * account that is not in them is answered with no.
 */

#include "common/limits.h"
#include "daemon/journal/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void check_query(const Query *query) {
        const JournalGrants *grants = &query->grants;

        check(query->method->place == PLACE_JOURNAL);
        check(query->end && query->end[0] == '{' && !strchr(query->end, '\n'));
        check(grants->n <= ACCOUNTS_PER_REQUEST_MAX);
        for (size_t i = 0; i < grants->n; i++) {
                check(i == 0 || grants->items[i - 1].uid < grants->items[i].uid);
                check(grants_find(grants, grants->items[i].uid) == grants->items + i);
                check(grants->items[i].units);
                (void) query_wants(query, grants->items[i].uid, "app.service");
        }
        check(grants->everyone || !query_wants(query, UINT32_MAX, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(query_done) Query query = QUERY_NULL;

        if (query_parse((const char *) data, size, &query, &error) < 0)
                check(error_is_set(&error));
        else {
                check(!error_is_set(&error));
                check_query(&query);
        }
        return 0;
}
