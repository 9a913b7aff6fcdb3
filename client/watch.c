/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events as they happen, see watch.h. */

#include "client/watch.h"

#include "client/message.h"
#include "client/reply.h"
#include "client/terminal/text.h"
#include "common/clock.h"

/* After a break: the first attempt, and as far apart as they become; and when it is given up. */
#define RETRY_FIRST_USEC (100U * USEC_PER_MSEC)
#define RETRY_MOST_USEC  (5U * USEC_PER_SEC)
#define RETRY_GIVE_UP    40U
#define PAUSE_USEC       (USEC_PER_SEC / 4)

/* A service that does not tell where a stream begins is trusted to have begun it after so long. */
#define READY_USEC (USEC_PER_SEC / 2)

void watch_done(Watch *w) {
        request_done(&w->request);
        free(w->cursor);
        *w = WATCH_NULL;
}

static int remember(Watch *w, const char *cursor) {
        char *copy = strdup(cursor);

        if (!copy)
                return -ENOMEM;
        free(w->cursor);
        w->cursor = copy;
        return 0;
}

static bool is_over(const Watch *w) {
        return w->until_usec > 0 && clock_now_usec() >= w->until_usec;
}

/* What a handler said, for the rest of the stream. */
static int settle(Watch *w, Request *q, int r) {
        if (r == 0)
                return 0;
        w->result = r;
        q->finished = true;
        return 0;
}

static int stand(Watch *w) {
        w->standing = true;
        return w->on_ready ? w->on_ready(w->client, w->userdata) : 0;
}

static int take_event(Watch *w, json_object *event, const char *line, size_t n) {
        const char *cursor = reply_string(event, "cursor");
        int r;

        /* Where a stream is taken up again it may begin with what was the last one. */
        if (cursor && streq_ptr(cursor, w->cursor))
                return 0;
        r = w->on_event(w->client, event, line, n, w->userdata);
        /* One that was not dealt with is not behind us. */
        if (r >= 0 && cursor && remember(w, cursor) < 0)
                return -ENOMEM;
        if (r == 0 && is_over(w))
                w->request.finished = true;
        return r;
}

/* A LineHandler of events.watch and events.list. */
static int take_line(Client *c, const char *line, size_t n, void *userdata) {
        _cleanup_reply_ json_object *o = NULL;
        Watch *w = userdata;
        int r;

        r = reply_parse(line, n, &o);
        if (r < 0)
                return r;

        if (reply_string(o, "event")) {
                (void) settle(w, &w->request, take_event(w, o, line, n));
                return 1;
        }
        /* The service could not keep more for us, or goes: there is a place to go on from. */
        if (reply_object(o, "error") && !reply_string(o, "account") && reply_string(o, "cursor")) {
                if (remember(w, reply_string(o, "cursor")) < 0)
                        (void) settle(w, &w->request, -ENOMEM);
                w->lagging = w->request.finished = true;
                return 1;
        }
        /* There is no end that could tell. */
        if (!reply_object(o, "error") && !reply_object(o, "end") && !reply_boolean(o, "complete", true)) {
                if (!w->request.silent && !c->options.visible && !c->options.quiet)
                        message_note(
                                "Only what you may see is here, and there may be more (exit code %d; --visible: 0).",
                                EXIT_CODE_INCOMPLETE);
                w->incomplete = true;
                return 1;
        }
        if (!reply_object(o, "error") && !reply_object(o, "end") && reply_string(o, "cursor")) {
                r = w->cursor ? 0 : remember(w, reply_string(o, "cursor"));
                (void) settle(w, &w->request, r < 0 ? r : stand(w));
                return 1;
        }
        return 0;
}

static int take_idle(Client *c, void *userdata) {
        Watch *w = userdata;
        int r = 0;

        if (!w->standing && clock_now_usec() >= w->ready_usec)
                r = stand(w);
        if (r == 0 && w->on_idle)
                r = w->on_idle(c, w->userdata);
        if (r != 0)
                w->result = r;
        return r != 0 || is_over(w);
}

/* One stream. Returns the exit code. */
static int watch_once(Watch *w) {
        Request *q = &w->request;

        q->on_line = take_line;
        q->on_idle = take_idle;
        q->resumable = true;
        q->finished = q->broken = w->lagging = w->standing = false;
        w->ready_usec = clock_now_usec() + READY_USEC;
        free(q->parameters.after_cursor);
        q->parameters.after_cursor = w->cursor ? strdup(w->cursor) : NULL;
        if (w->cursor && !q->parameters.after_cursor)
                return message_errno(-ENOMEM);
        return request_run(w->client, q, NULL, w);
}

/* Without a cursor there is only the time: what has happened since the stream was first asked for, which
 * also gives the cursor of the last of it. The request is lent, as another method. */
static void catch_up(Watch *w) {
        Request *q = &w->request;
        const Method *method = q->method;

        q->method = method_get(METHOD_EVENTS_LIST);
        q->parameters.since = w->since_usec;
        q->on_line = take_line;
        q->on_idle = NULL;
        q->finished = q->broken = false;
        (void) request_run(w->client, q, NULL, w);
        q->parameters.since = UNSIGNED_UNSET;
        q->method = method;
}

/* Whoever waits for something else too goes on with that. Returns whether there is to be another attempt. */
static bool pause_before_retry(Watch *w, uint64_t usec) {
        uint64_t until = clock_now_usec() + usec;

        if (w->until_usec > 0)
                until = MIN(until, w->until_usec);
        while (w->result == 0) {
                uint64_t now = clock_now_usec();

                if (now >= until)
                        break;
                (void) usleep((useconds_t) MIN(until - now, PAUSE_USEC));
                if (w->on_idle)
                        w->result = w->on_idle(w->client, w->userdata);
        }
        return w->result == 0 && !is_over(w);
}

/* Whether it makes sense to ask again, of a request that was good before. */
static bool may_come_back(int exit_code) {
        return exit_code != EXIT_CODE_INVALID && exit_code != EXIT_CODE_NOT_AUTHORIZED;
}

int watch_run(Watch *w, Client *c, int *ret_exit_code) {
        uint64_t wait = RETRY_FIRST_USEC;
        unsigned n_failed = 0;
        bool opened = false, silent = w->request.silent;
        int exit_code;

        w->client = c;
        w->since_usec = text_now();
        for (;;) {
                exit_code = watch_once(w);
                if (w->result != 0)
                        return w->result;
                if (is_over(w))
                        return 0;
                opened = opened || w->request.broken || w->standing || w->lagging;
                if (!w->request.broken && !w->lagging && (!opened || !may_come_back(exit_code))) {
                        *ret_exit_code = exit_code;
                        return -ECANCELED;
                }
                if (w->standing || w->lagging) {
                        n_failed = 0;
                        wait = RETRY_FIRST_USEC;
                }
                w->standing = false;

                if (n_failed == 0 && !w->quiet)
                        message_note("%s; going on behind the last one.",
                                w->lagging ? "Events came faster than they were taken"
                                           : "The stream of events broke off");
                if (++n_failed > RETRY_GIVE_UP) {
                        if (!silent)
                                message_error("The service does not come back.");
                        return -EPIPE;
                }
                /* What the service says of accounts has been said the first time. */
                w->request.silent = true;
                if (!w->lagging && !pause_before_retry(w, wait))
                        return w->result;
                wait = MIN(2 * wait, (uint64_t) RETRY_MOST_USEC);
                if (!w->cursor)
                        catch_up(w);
                if (w->result != 0)
                        return w->result;
        }
}
