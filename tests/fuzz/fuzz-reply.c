/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A worker's answer: the first byte chooses the method, the rest is the text. What passes is one object
 * whose members, put between other braces, pass again.
 */

#include "common/limits.h"
#include "daemon/request/reply-check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static int on_unit(const ReplyUnit *unit, void *userdata) {
        size_t *n = userdata;

        check(unit->unit == NULL || strlen(unit->unit) < FRAME_SIZE_MAX);
        check(unit->error == ERROR_NONE || reply_error_is_acceptable(unit->error));
        (*n)++;
        return 0;
}

static void try_error(const char *json, size_t n) {
        _cleanup_(error_done) Error error = ERROR_NULL;

        if (reply_check_error(json, n, &error, NULL) < 0)
                check(!error_is_set(&error) && !error.message);
        else
                check(reply_error_is_acceptable(error.code) && error.message);
}

static void try_reply(const char *json, size_t n, const Method *method) {
        _cleanup_free_ char *again = NULL;
        ReplyFacts facts, same;
        size_t n_units = 0;
        ReplyVisitor visitor = { .unit = on_unit, .userdata = &n_units };

        if (reply_check(json, n, method, &visitor, &facts, NULL) < 0) {
                check(n_units == 0);
                return;
        }

        check(n_units == facts.n_units);
        again = malloc(facts.members_length + 2);
        check(again);
        again[0] = '{';
        memcpy(again + 1, facts.members, facts.members_length);
        again[facts.members_length + 1] = '}';
        check(reply_check(again, facts.members_length + 2, method, NULL, &same, NULL) == 0);
        check(same.members_length == facts.members_length);
        check(same.changed == facts.changed && same.n_units == facts.n_units);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *json;

        if (size == 0)
                return 0;
        json = (const char *) data + 1;

        if (data[0] >= _METHOD_MAX)
                try_error(json, size - 1);
        else
                try_reply(json, size - 1, method_get(data[0]));
        return 0;
}
