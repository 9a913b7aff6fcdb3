/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Verdicts and outcomes joined, see history.h. */

#include "client/history.h"

#include "client/account-name.h"
#include "client/reply.h"
#include "client/terminal/text.h"
#include "common/clock.h"
#include "common/contract.h"

/* How long after its deadline a change may still be on its way. */
#define RUNNING_SLACK_SEC 60U

static HistoryPending *pending_at(const History *h, size_t i) {
        return h->pending + (h->first + i) % HISTORY_PENDING_MAX;
}

void history_done(History *h) {
        for (size_t i = 0; i < h->n; i++)
                json_object_put(pending_at(h, i)->row);
        free(h->pending);
        *h = (History){};
}

static bool same_string(json_object *a, json_object *b, const char *member) {
        return streq_ptr(reply_string(a, member), reply_string(b, member));
}

/* The name may be left out where it is not known any more; the uid is not. */
static bool belong_together(json_object *a, json_object *b) {
        return reply_string(a, "request") && same_string(a, b, "request") && same_string(a, b, "unit") &&
                reply_u64(a, "uid", UINT64_MAX) == reply_u64(b, "uid", UINT64_MAX) &&
                same_string(a, b, "account");
}

static const Method *row_method(json_object *row) {
        const char *name = reply_string(row, "method");

        return name ? method_find(name) : NULL;
}

/* Only what changes something has an outcome. */
static bool has_outcome(json_object *row) {
        const Method *method = row_method(row);

        return streq_ptr(reply_string(row, "verdict"), "granted") && reply_string(row, "request") &&
                method && method_is(method, METHOD_CHANGES);
}

static bool is_outcome(json_object *record) {
        return streq_ptr(reply_string(record, "record"), "outcome");
}

static int add_member(json_object *o, const char *name, json_object *value) {
        if (value && json_object_object_add(o, name, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

static int move_member(json_object *from, const char *name, json_object *to, const char *new_name) {
        json_object *value;

        if (!json_object_object_get_ex(from, name, &value))
                return 0;
        return add_member(to, new_name, json_object_get(value));
}

/* Makes the row whole. */
static int join(json_object *verdict, json_object *outcome) {
        static const char *const members[][2] = { { "result", "result" }, { "error_name", "error_name" },
                { "changed", "changed" }, { "duration_usec", "duration_usec" },
                { "digest_before", "digest_before" }, { "digest_after", "digest_after" },
                { "time", "outcome_time" }, { "cursor", "outcome_cursor" },
                { "message", "outcome_message" } };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(members) && r >= 0; i++)
                r = move_member(outcome, members[i][0], verdict, members[i][1]);
        /* What there was before the outcome, in its place. */
        if (r >= 0 && !reply_string(outcome, "result") && !reply_string(outcome, "error_name"))
                r = add_member(verdict, "result", json_object_new_string("done"));
        return r;
}

/* An outcome alone: it also says whose it is, and when it began. */
static int stand_alone(json_object *outcome) {
        uint64_t time = reply_u64(outcome, "time", 0), took = reply_u64(outcome, "duration_usec", 0);
        int r;

        r = add_member(outcome, "outcome_time", json_object_new_uint64(time));
        if (r >= 0)
                r = add_member(outcome, "time", json_object_new_uint64(took <= time ? time - took : time));
        if (r >= 0 && !reply_string(outcome, "result") && !reply_string(outcome, "error_name"))
                r = add_member(outcome, "result", json_object_new_string("done"));
        if (r >= 0 && !reply_string(outcome, "verdict"))
                r = add_member(outcome, "verdict", json_object_new_string("granted"));
        return r;
}

static bool may_be_running(const History *h, json_object *row) {
        const Method *method = row_method(row);
        uint64_t time = reply_u64(row, "time", 0), now = text_now(),
                 most = ((method ? method->deadline_sec : 0) + RUNNING_SLACK_SEC) * USEC_PER_SEC;

        if (time + USEC_PER_SEC < h->service_since)
                return false;
        return now <= time || now - time < most;
}

static int emit(History *h, json_object *row) {
        uint64_t caller = reply_u64(row, "caller_uid", UINT64_MAX);
        int r = 0;

        if (caller < UINT32_MAX)
                r = add_member(
                        row, "caller_name", json_object_new_string(strempty(account_name((uid_t) caller))));
        if (r >= 0 && is_outcome(row))
                r = stand_alone(row);
        else if (r >= 0 && has_outcome(row) && !reply_u64(row, "outcome_time", 0))
                r = add_member(row, "result",
                        json_object_new_string(may_be_running(h, row) ? "running" : "interrupted"));
        return r < 0 ? r : h->handler(row, h->userdata);
}

/* Takes out the first, and hands it on unless that was done. */
static int shift(History *h) {
        HistoryPending *p = pending_at(h, 0);
        json_object *row = TAKE_PTR(p->row);
        int r;

        h->first = (h->first + 1) % HISTORY_PENDING_MAX;
        h->n--;
        r = row ? emit(h, row) : 0;
        json_object_put(row);
        return r;
}

static int shift_done(History *h) {
        int r = 0;

        while (r == 0 && h->n > 0 && (pending_at(h, 0)->done || !pending_at(h, 0)->row))
                r = shift(h);
        return r;
}

static int push(History *h, json_object *record, bool done) {
        int r = 0;

        if (!h->pending) {
                h->pending = calloc(HISTORY_PENDING_MAX, sizeof(HistoryPending));
                if (!h->pending) {
                        json_object_put(record);
                        return -ENOMEM;
                }
        }
        if (h->n == HISTORY_PENDING_MAX)
                r = shift(h);
        *pending_at(h, h->n++) = (HistoryPending){ .row = record, .since = clock_now_usec(), .done = done };
        return r;
}

/* The other half, the newest first: an id is used once. */
static HistoryPending *find_half(const History *h, json_object *record) {
        for (size_t i = h->n; i > 0; i--) {
                HistoryPending *p = pending_at(h, i - 1);

                if (p->row && !p->done && is_outcome(p->row) != is_outcome(record) &&
                        belong_together(p->row, record))
                        return p;
        }
        return NULL;
}

/* A row that needs to wait for nothing: in following it goes out at once, else behind those that wait. */
static int pass(History *h, json_object *row) {
        int r;

        if (h->n > 0 && !h->follow && !h->reverse) {
                r = push(h, row, /* done= */ true);
                return r != 0 ? r : shift_done(h);
        }
        r = emit(h, row);
        json_object_put(row);
        return r;
}

static int add_forward(History *h, json_object *record) {
        HistoryPending *p;
        int r;

        if (!is_outcome(record)) {
                if (has_outcome(record))
                        return push(h, record, /* done= */ false);
                return pass(h, record);
        }

        p = find_half(h, record);
        if (!p)
                return pass(h, record);
        r = join(p->row, record);
        json_object_put(record);
        if (r < 0)
                return r;
        p->done = true;
        if (h->follow) {
                json_object *row = TAKE_PTR(p->row);

                r = emit(h, row);
                json_object_put(row);
                if (r != 0)
                        return r;
        }
        return shift_done(h);
}

/* The outcome comes first, and waits; a verdict that none waits for has none. */
static int add_backward(History *h, json_object *record) {
        HistoryPending *p;
        int r;

        if (is_outcome(record))
                return push(h, record, /* done= */ false);

        p = find_half(h, record);
        if (!p)
                return pass(h, record);
        r = join(record, p->row);
        json_object_put(p->row);
        p->row = NULL;
        if (r >= 0)
                r = emit(h, record);
        json_object_put(record);
        return r != 0 ? r : shift_done(h);
}

int history_add(History *h, json_object *record) {
        return h->reverse ? add_backward(h, record) : add_forward(h, record);
}

int history_flush(History *h, uint64_t usec) {
        uint64_t now = clock_now_usec();
        int r = 0;

        while (r == 0 && h->n > 0 && (usec == 0 || now - pending_at(h, 0)->since >= usec))
                r = shift(h);
        return r;
}

bool history_row_failed(json_object *row) {
        const char *result = reply_string(row, "result");

        return streq_ptr(reply_string(row, "verdict"), "granted") &&
                (reply_string(row, "error_name") || streq_ptr(result, "interrupted") ||
                        streq_ptr(result, "failed"));
}
