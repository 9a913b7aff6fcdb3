/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* history: who did what through the service. */

#include "client/history.h"

#include <inttypes.h>
#include <pwd.h>

#include "client/bus.h"
#include "client/json-print.h"
#include "client/listing.h"
#include "client/message.h"
#include "client/render/history.h"
#include "client/reply.h"
#include "client/request-options.h"
#include "client/target.h"
#include "client/terminal/text.h"
#include "client/verb/event.h"
#include "client/verbs.h"
#include "common/strv.h"

/* An outcome may come long after its verdict: as much is read beyond --until=. */
#define OUTCOME_LATE_USEC (3600U * USEC_PER_SEC)

/* What --follow shows of the past where nobody says how much; as journalctl. */
#define FOLLOW_LINES 10U

/* In following, so long a change that goes on is not shown. */
#define SHOW_RUNNING_USEC (3U * USEC_PER_SEC)

typedef struct HistoryRun {
        Client *client;
        Request request;
        History history;
        Table *table;
        JsonList json;
        json_object **kept; /* the newest rows, the newest first, where only some are wanted */
        size_t n_kept;
        size_t n_wanted; /* SIZE_MAX: all */
        size_t n;
        char *newest; /* cursor of the first record of those that come backwards */
        uint64_t since, until;
        bool only_failed;
        bool follow;
        bool live; /* each row is printed when it is there */
        bool reverse;
} HistoryRun;

static void run_done(HistoryRun *run) {
        for (size_t i = 0; i < run->n_kept; i++)
                json_object_put(run->kept[i]);
        free(run->kept);
        free(run->newest);
        history_done(&run->history);
        table_free(run->table);
        request_done(&run->request);
}

/* ---- rows ---- */

static int print_live(HistoryRun *run) {
        int r;

        r = table_print(run->table, &run->client->terminal, listing_flags(&run->client->options));
        return r >= 0 && fflush(stdout) != 0 ? 1 : r;
}

static int print_row(HistoryRun *run, json_object *row) {
        Client *c = run->client;
        int r;

        run->n++;
        if (options_json(&c->options)) {
                if (!run->follow)
                        return json_list_add(&run->json, NULL, row, NULL);
                r = json_print(stdout, row, c->options.output);
                return r >= 0 && fflush(stdout) != 0 ? 1 : r;
        }

        r = reply_make_safe(row);
        if (r >= 0)
                r = history_table_add(run->table, row);
        if (r < 0 || (!run->live && !table_is_full(run->table)))
                return r;
        if (!run->follow)
                client_page(c);
        return print_live(run);
}

static int keep_row(HistoryRun *run, json_object *row) {
        /* Grows at powers of two. */
        if ((run->n_kept & (run->n_kept - 1)) == 0) {
                size_t n = MAX(2 * run->n_kept, 1U);
                json_object **grown = reallocarray(run->kept, n, sizeof(json_object *));

                if (!grown)
                        return -ENOMEM;
                run->kept = grown;
        }
        run->kept[run->n_kept++] = json_object_get(row);
        return run->n_kept >= run->n_wanted;
}

static bool is_wanted(const HistoryRun *run, json_object *row) {
        uint64_t time = reply_u64(row, "time", 0);

        if (run->only_failed && !history_row_failed(row))
                return false;
        /* What was asked for outside of the span has an outcome in it. */
        return (run->since == UNSIGNED_UNSET || time >= run->since) &&
                (run->until == UNSIGNED_UNSET || time <= run->until);
}

static int take_row(json_object *row, void *userdata) {
        HistoryRun *run = userdata;

        if (!is_wanted(run, row))
                return 0;
        return run->n_wanted == SIZE_MAX ? print_row(run, row) : keep_row(run, row);
}

static int take_line(Client *c, const char *line, size_t n, void *userdata) {
        json_object *record = NULL;
        HistoryRun *run = userdata;
        int r;

        r = reply_parse(line, n, &record);
        if (r < 0)
                return r;
        if (!reply_string(record, "record")) {
                json_object_put(record);
                return 0;
        }
        if (run->history.reverse && !run->newest && reply_string(record, "cursor"))
                run->newest = strdup(reply_string(record, "cursor"));
        r = history_add(&run->history, record);
        if (r > 0)
                run->request.finished = true;
        return r < 0 ? r : 1;
}

static int show_running(Client *c, void *userdata) {
        HistoryRun *run = userdata;

        return history_flush(&run->history, SHOW_RUNNING_USEC);
}

/* ---- the request ---- */

static int add_callers(const EventOptions *o, Parameters *p) {
        STRV_FOREACH(word, o->callers) {
                bool number = **word && !(*word)[strspn(*word, "0123456789")] && strlen(*word) <= 10;
                const struct passwd *pw = number ? NULL : getpwnam(*word);
                char text[16];

                if (!number && !pw) {
                        message_error("There is no account '%s'; --caller= takes names and uids.", *word);
                        return -EINVAL;
                }
                if (pw)
                        snprintf(text, sizeof(text), "%" PRIu32, (uint32_t) pw->pw_uid);
                if (strv_extend(&p->callers, number ? *word : text) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_lists(const EventOptions *o, Parameters *p) {
        int r = 0;

        STRV_FOREACH(verb, o->verbs)
                r = r < 0 ? r : strv_extend(&p->verbs, *verb);
        STRV_FOREACH(verdict, o->verdicts)
                r = r < 0 ? r : strv_extend(&p->verdicts, *verdict);
        /* What failed was granted before. */
        if (r >= 0 && o->failed && !o->verdicts)
                r = strv_extend(&p->verdicts, "granted");
        return r < 0 ? r : add_callers(o, p);
}

/* Rows are made of two records, so the service cannot count them: of the newest N it is asked for all from
 * the newest on, and is told when it is enough. */
static void plan_order(HistoryRun *run) {
        const EventOptions *o = &run->client->options.event;
        Parameters *p = &run->request.parameters;

        run->reverse = p->reverse;
        if (p->lines == UNSIGNED_UNSET && o->follow && !o->since && !o->after_cursor)
                p->lines = FOLLOW_LINES;
        if (p->lines != UNSIGNED_UNSET)
                run->n_wanted = MIN(p->lines, SIZE_MAX - 1);
        p->lines = UNSIGNED_UNSET;
        p->reverse = run->reverse || run->n_wanted != SIZE_MAX;
        run->since = p->since;
        run->until = p->until;
        if (p->until != UNSIGNED_UNSET)
                p->until = MIN(p->until + OUTCOME_LATE_USEC, UNSIGNED_MAX);

        run->history = (History){ .handler = take_row, .userdata = run, .reverse = p->reverse };
        if (client_connect(run->client) == EXIT_CODE_OK)
                (void) bus_service_started(run->client->bus, &run->history.service_since);
        run->request.on_line = take_line;
        run->request.collected = true;
}

/* From here on rows are shown as they come, behind those that there were. */
static void plan_follow(HistoryRun *run, uint64_t began) {
        Request *q = &run->request;
        Parameters *p = &q->parameters;
        uint64_t since;

        p->follow = true;
        p->reverse = false;
        run->n_wanted = SIZE_MAX;
        if (run->newest) {
                free(p->after_cursor);
                p->after_cursor = TAKE_PTR(run->newest);
        } else if (run->history.reverse && p->since == UNSIGNED_UNSET)
                p->since = began;

        since = run->history.service_since;
        history_done(&run->history);
        run->history =
                (History){ .handler = take_row, .userdata = run, .service_since = since, .follow = true };
        q->on_idle = show_running;
        q->finished = false;
}

static int make_request(Client *c, const Verb *verb, char **arguments, HistoryRun *run) {
        const EventOptions *o = &c->options.event;
        Request *q = &run->request;
        int exit_code, r;

        if (o->follow && (o->reverse || o->until)) {
                message_error("--follow goes on with what is new: without --reverse and --until=.");
                return EXIT_CODE_INVALID;
        }
        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, q);
        if (exit_code == EXIT_CODE_OK)
                exit_code = past_request(c, q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        r = add_lists(o, &q->parameters);
        if (r == -ENOMEM)
                return message_errno(r);
        if (r < 0 || !parameters_are_fine(q->method, &q->parameters))
                return EXIT_CODE_INVALID;
        run->only_failed = o->failed;
        return EXIT_CODE_OK;
}

static int print_kept(HistoryRun *run) {
        int r = 0;

        for (size_t i = 0; i < run->n_kept && r == 0; i++)
                r = print_row(run, run->kept[run->reverse ? i : run->n_kept - 1 - i]);
        return r;
}

static int print_rest(HistoryRun *run) {
        Client *c = run->client;

        if (options_json(&c->options)) {
                json_list_end(&run->json);
                return 0;
        }
        if (run->n == 0) {
                past_print_none(c);
                return 0;
        }
        client_page(c);
        return table_print(run->table, &c->terminal, listing_flags(&c->options));
}

/* What there is. */
static int run_past(HistoryRun *run) {
        int exit_code, r = 0;

        if (run->n_wanted == 0)
                return EXIT_CODE_OK;
        exit_code = request_run(run->client, &run->request, NULL, run);
        if (run->n_kept < run->n_wanted)
                r = history_flush(&run->history, 0);
        if (r >= 0)
                r = print_kept(run);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

int verb_history(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(run_done) HistoryRun run = {
                .client = c,
                .request = REQUEST_NULL,
                .json = { .f = stdout, .mode = c->options.output },
                .n_wanted = SIZE_MAX,
        };
        bool follow = c->options.event.follow;
        uint64_t began = text_now();
        int exit_code = EXIT_CODE_OK, r;

        exit_code = make_request(c, verb, arguments, &run);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        run.table = history_table_new();
        if (!run.table)
                return message_errno(-ENOMEM);
        plan_order(&run);
        run.follow = follow;

        if (!follow || run.n_wanted != SIZE_MAX) {
                exit_code = run_past(&run);
                if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && run.n == 0)
                        return exit_code;
        }
        if (follow) {
                plan_follow(&run, began);
                /* Together, so that the columns are as wide as they need to be. */
                r = run.n > 0 && !options_json(&c->options) ? print_live(&run) : 0;
                if (r < 0)
                        return message_errno(r);
                run.live = true;
                exit_code = exit_code_merge(exit_code, request_run(c, &run.request, NULL, &run));
                r = history_flush(&run.history, 0);
                return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
        }
        r = print_rest(&run);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}
