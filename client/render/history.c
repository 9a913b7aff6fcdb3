/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who did what, see history.h. */

#include "client/render/history.h"

#include <inttypes.h>

#include "client/history.h"
#include "client/reply.h"
#include "client/terminal/text.h"

enum {
        HISTORY_TIME,
        HISTORY_CALLER,
        HISTORY_TARGET,
        HISTORY_VERB,
        HISTORY_VERDICT,
        HISTORY_RESULT,
        HISTORY_DURATION,
};

static const TableColumn history_columns[] = {
        [HISTORY_TIME] = { "TIME", 0 },
        [HISTORY_CALLER] = { "CALLER", 0 },
        [HISTORY_TARGET] = { "ACCOUNT/UNIT", COLUMN_SHRINKS },
        [HISTORY_VERB] = { "VERB", 0 },
        [HISTORY_VERDICT] = { "VERDICT", 0 },
        [HISTORY_RESULT] = { "RESULT", 0 },
        [HISTORY_DURATION] = { "DURATION", COLUMN_RIGHT },
};

Table *history_table_new(void) {
        return table_new(history_columns, ELEMENTSOF(history_columns));
}

char *history_address(json_object *row) {
        const char *account = reply_string(row, "account"), *unit = reply_string(row, "unit");
        uint64_t uid = reply_u64(row, "uid", UINT64_MAX);
        char *text;
        int n;

        if (account)
                n = asprintf(&text, "%s/%s", account, strempty(unit));
        else if (uid != UINT64_MAX)
                n = asprintf(&text, "%" PRIu64 "/%s", uid, strempty(unit));
        else
                n = asprintf(&text, "%s", strempty(unit));
        return n < 0 ? NULL : text;
}

char *history_result_text(json_object *row, Color *ret_color) {
        const char *result = reply_string(row, "result"), *error = reply_string(row, "error_name");
        uint64_t count = reply_u64(row, "count", 0);
        char *text;
        int n;

        *ret_color = history_row_failed(row)                        ? COLOR_RED
                : streq_ptr(result, "running")                      ? COLOR_YELLOW
                : streq_ptr(reply_string(row, "verdict"), "denied") ? COLOR_YELLOW
                                                                    : COLOR_NONE;
        if (count > 0)
                n = asprintf(&text, "%" PRIu64 " more", count);
        else
                n = asprintf(&text, "%s", error ? error : strempty(result));
        return n < 0 ? NULL : text;
}

static Color verdict_color(const char *verdict) {
        if (streq_ptr(verdict, "granted"))
                return COLOR_NONE;
        return streq_ptr(verdict, "denied") ? COLOR_YELLOW : COLOR_RED;
}

int history_table_add(Table *t, json_object *row) {
        const char *verdict = reply_string(row, "verdict"), *caller = reply_string(row, "caller_name");
        _cleanup_free_ char *address = history_address(row), *result = NULL;
        uint64_t took = reply_u64(row, "duration_usec", UINT64_MAX);
        char buf[TEXT_MAX];
        Color color;
        int r;

        result = history_result_text(row, &color);
        if (!address || !result)
                return -ENOMEM;
        r = table_add(t, text_timestamp(buf, reply_u64(row, "time", 0)), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, caller, COLOR_NONE);
        if (r >= 0)
                r = table_add(t, address, COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "verb"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, verdict, verdict_color(verdict));
        if (r >= 0)
                r = table_add(t, result, color);
        if (r >= 0)
                r = table_add(
                        t, took == UINT64_MAX ? NULL : text_timespan(buf, took, USEC_PER_MSEC), COLOR_NONE);
        return r;
}
