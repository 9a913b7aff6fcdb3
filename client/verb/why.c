/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* why: the story of a unit. */

#include <inttypes.h>

#include "client/account-name.h"
#include "client/bus.h"
#include "client/history.h"
#include "client/json-print.h"
#include "client/message.h"
#include "client/render/why.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/strv.h"

/* How much of each part is on the page. */
#define EVENTS_SHOWN  10U
#define HISTORY_SHOWN 5U
#define LINES_SHOWN   5U

typedef struct Story {
        Client *client;
        json_object *object;
        char *address; /* ACCOUNT/UNIT, which each part is asked about */
        const char *part;
        History history;
        Request *request; /* of the part */
        int exit_code;    /* of the part that says how it is */
        bool missing;
} Story;

static void story_done(Story *s) {
        json_object_put(s->object);
        free(s->address);
        history_done(&s->history);
}

static int set_member(json_object *o, const char *name, json_object *value) {
        if (value && json_object_object_add(o, name, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

/* Puts a value at the end of an array member, or before the others. */
static int add_item(Story *s, const char *name, json_object *value) {
        json_object *array = reply_array(s->object, name);
        int r;

        if (!array) {
                array = json_object_new_array();
                r = set_member(s->object, name, array);
                if (r < 0) {
                        json_object_put(value);
                        return r;
                }
        }
        if (value && json_object_array_add(array, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

static int reverse_items(Story *s, const char *name) {
        json_object *array = reply_array(s->object, name), *other;

        if (!array)
                return 0;
        other = json_object_new_array();
        for (size_t i = reply_length(array); other && i > 0; i--)
                if (json_object_array_add(other, json_object_get(reply_item(array, i - 1))) < 0)
                        return -ENOMEM;
        return set_member(s->object, name, other);
}

/* ---- what may not be seen ---- */

/* The sentence for a part that is not there, by the exit code of its request. */
static char *say_unseen(const Request *q, int exit_code) {
        const char *action = action_to_id(q->method->other);
        char *text;
        int n;

        switch (exit_code) {
        case EXIT_CODE_NOT_AUTHORIZED:
                n = asprintf(&text, "not for you to see: that takes %s", strempty(action));
                break;
        case EXIT_CODE_NOT_RUNNING:
                n = asprintf(&text, "the account's service manager is not running");
                break;
        case EXIT_CODE_NO_SERVICE:
                n = asprintf(&text, "%s does not answer",
                        q->method->place == PLACE_JOURNAL ? "what reads the journal" : "the service");
                break;
        default:
                n = asprintf(&text, "could not be looked at (%s failed)", q->method->name);
        }
        return n < 0 ? NULL : text;
}

static int note_unseen(Story *s, const Request *q, int exit_code) {
        _cleanup_free_ char *text = say_unseen(q, exit_code);
        json_object *o = json_object_new_object();
        int r;

        r = text && o ? 0 : -ENOMEM;
        if (r >= 0)
                r = set_member(o, "part", json_object_new_string(s->part));
        if (r >= 0)
                r = set_member(o, "error", json_object_new_string(text));
        if (r < 0) {
                json_object_put(o);
                return r;
        }
        return add_item(s, "unseen", o);
}

/* Asks for a part. A part that fails is named in its place, and the page goes on. */
static int ask(Story *s, const char *part, Request *q, AccountHandler handler) {
        int exit_code;

        s->part = part;
        s->request = q;
        q->silent = q->raw = true;
        exit_code = request_run(s->client, q, handler, s);
        s->request = NULL;
        if (exit_code == EXIT_CODE_OK || exit_code == EXIT_CODE_INCOMPLETE)
                return 0;
        return note_unseen(s, q, exit_code);
}

static int init_part(Story *s, MethodId id, unsigned flags, Request *q) {
        _cleanup_free_ char *account = NULL;
        char *arguments[] = { s->address, NULL };

        if (flags & TARGET_ACCOUNTS) {
                account = strndup(s->address, strcspn(s->address, "/"));
                if (!account)
                        return -ENOMEM;
                arguments[0] = account;
        }
        return request_init(s->client, id, arguments, flags, q) == EXIT_CODE_OK ? 0 : -EINVAL;
}

/* ---- parts of the manager ---- */

static int take_install(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *properties = reply_object(row, "properties");
        Story *s = userdata;

        if (!properties)
                return EXIT_CODE_FAILURE;
        return set_member(s->object, "install", json_object_get(properties)) < 0 ? EXIT_CODE_FAILURE
                                                                                 : EXIT_CODE_OK;
}

static int take_installs(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", take_install, userdata);
}

/* Where the manager does not run the files say what they can. */
static int take_file_state(Client *c, Account *account, json_object *row, void *userdata) {
        const char *state = reply_string(row, "state");
        json_object *install;
        Story *s = userdata;

        if (!state)
                return EXIT_CODE_OK;
        install = json_object_new_object();
        if (!install || set_member(install, "UnitFileState", json_object_new_string(state)) < 0 ||
                set_member(s->object, "install", install) < 0)
                return EXIT_CODE_FAILURE;
        return EXIT_CODE_OK;
}

static int take_file_states(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", take_file_state, userdata);
}

static int take_manager(Client *c, Account *account, void *userdata) {
        Story *s = userdata;

        return set_member(s->object, "manager", json_object_get(account->object)) < 0 ? EXIT_CODE_FAILURE
                                                                                      : EXIT_CODE_OK;
}

static int tell_install(Story *s) {
        static const char *const names[] = { "UnitFileState", "WantedBy", "RequiredBy", "UpheldBy",
                "TriggeredBy" };
        _cleanup_(request_done) Request q = REQUEST_NULL, files = REQUEST_NULL;
        int r;

        r = init_part(s, METHOD_UNITS_SHOW, 0, &q);
        for (size_t i = 0; i < ELEMENTSOF(names) && r >= 0; i++)
                r = strv_extend(&q.parameters.properties, names[i]);
        if (r >= 0)
                r = ask(s, "install", &q, take_installs);
        if (r < 0 || reply_object(s->object, "install"))
                return r;
        r = init_part(s, METHOD_UNIT_FILES_STATE, 0, &files);
        return r < 0 ? r : ask(s, "install", &files, take_file_states);
}

static int tell_manager(Story *s) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int r;

        r = init_part(s, METHOD_ACCOUNTS_SHOW, TARGET_ACCOUNTS, &q);
        if (r >= 0) {
                q.with_failed = true;
                r = ask(s, "manager", &q, take_manager);
        }
        return r;
}

static int take_timer(Client *c, Account *account, json_object *row, void *userdata) {
        return add_item(userdata, "timers", json_object_get(row)) < 0 ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}

static int take_timers(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "timers", take_timer, userdata);
}

/* The timers that start it, or it. */
static int tell_timers(Story *s) {
        json_object *triggers = reply_array(reply_object(s->object, "install"), "TriggeredBy");
        _cleanup_(request_done) Request q = REQUEST_NULL;
        const char *unit = strchr(s->address, '/') + 1;
        bool any = endswith(unit, ".timer");
        int r;

        r = init_part(s, METHOD_TIMERS_LIST, TARGET_PATTERNS, &q);
        if (r >= 0 && !any)
                q.parameters.units = strv_free(q.parameters.units);
        for (size_t i = 0; i < reply_length(triggers) && r >= 0; i++)
                if (endswith(strempty(reply_item_string(triggers, i)), ".timer")) {
                        any = true;
                        r = strv_extend(&q.parameters.units, reply_item_string(triggers, i));
                }
        q.parameters.all = true;
        return r < 0 || !any ? r : ask(s, "timers", &q, take_timers);
}

static int take_proof(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *proofs = reply_array(row, "proofs");
        Story *s = userdata;

        if (reply_length(proofs) == 0)
                return EXIT_CODE_OK;
        return set_member(s->object, "proofs", json_object_get(proofs)) < 0 ? EXIT_CODE_FAILURE
                                                                            : EXIT_CODE_OK;
}

static int take_proofs(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", take_proof, userdata);
}

/* ---- parts of the journal ---- */

/* An event or an entry, as it is. */
static int take_line(Client *c, const char *line, size_t n, void *userdata) {
        json_object *o = NULL;
        Story *s = userdata;
        int r;

        r = reply_parse(line, n, &o);
        if (r < 0)
                return r;
        if (!reply_string(o, "event") && !reply_string(o, "__CURSOR")) {
                json_object_put(o);
                return 0;
        }
        r = add_item(s, s->part, o);
        return r < 0 ? r : 1;
}

static int tell_events(Story *s) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int r;

        r = init_part(s, METHOD_EVENTS_LIST, 0, &q);
        q.parameters.lines = EVENTS_SHOWN;
        q.on_line = take_line;
        return r < 0 ? r : ask(s, "events", &q, NULL);
}

static int tell_lines(Story *s, const char *part, bool only_errors) {
        static const char *const errors[] = { "emerg", "alert", "crit", "err" },
                                 *const fields[] = { "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER" };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int r;

        r = init_part(s, METHOD_LOGS_READ, 0, &q);
        for (size_t i = 0; i < ELEMENTSOF(fields) && r >= 0; i++)
                r = strv_extend(&q.parameters.fields, fields[i]);
        for (size_t i = 0; i < ELEMENTSOF(errors) && r >= 0 && only_errors; i++)
                r = strv_extend(&q.parameters.priorities, errors[i]);
        q.parameters.lines = LINES_SHOWN;
        q.on_line = take_line;
        return r < 0 ? r : ask(s, part, &q, NULL);
}

/* Whether a row changed the unit's files. */
static bool changes_files(json_object *row) {
        const char *name = reply_string(row, "method");
        const Method *method = name ? method_find(name) : NULL;

        return method && method_is(method, METHOD_CHANGES) && method->other == ACTION_EDIT &&
                streq_ptr(reply_string(row, "verdict"), "granted");
}

/* What only looked is no part of the story, and so is this page. */
static bool is_story(json_object *row) {
        const char *name = reply_string(row, "method");
        const Method *method = name ? method_find(name) : NULL;

        return !method || method_is(method, METHOD_CHANGES);
}

static int take_row(json_object *row, void *userdata) {
        Story *s = userdata;
        bool files = changes_files(row);
        const char *part = files ? "files" : "history";

        if (!is_story(row) || reply_length(reply_array(s->object, part)) >= HISTORY_SHOWN)
                return 0;
        return add_item(s, part, json_object_get(row));
}

static int take_record(Client *c, const char *line, size_t n, void *userdata) {
        json_object *record = NULL;
        Story *s = userdata;
        int r;

        r = reply_parse(line, n, &record);
        if (r < 0)
                return r;
        if (!reply_string(record, "record")) {
                json_object_put(record);
                return 0;
        }
        r = history_add(&s->history, record);
        if (reply_length(reply_array(s->object, "history")) >= HISTORY_SHOWN &&
                reply_length(reply_array(s->object, "files")) >= HISTORY_SHOWN)
                s->request->finished = true;
        return r < 0 ? r : 1;
}

static int tell_history(Story *s) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int r;

        s->history = (History){ .handler = take_row, .userdata = s, .reverse = true };
        (void) bus_service_started(s->client->bus, &s->history.service_since);
        r = init_part(s, METHOD_HISTORY_LIST, 0, &q);
        q.parameters.reverse = true;
        q.on_line = take_record;
        if (r >= 0)
                r = ask(s, "history", &q, NULL);
        if (r >= 0)
                r = history_flush(&s->history, 0);
        if (r >= 0)
                r = reverse_items(s, "history");
        return r < 0 ? r : reverse_items(s, "files");
}

static int tell_proofs(Story *s) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int r;

        r = init_part(s, METHOD_UNITS_PROVE, 0, &q);
        return r < 0 ? r : ask(s, "proofs", &q, take_proofs);
}

/* ---- the whole ---- */

static int print_story(Story *s) {
        Client *c = s->client;
        int r;

        if (options_json(&c->options))
                return json_print(stdout, s->object, c->options.output);
        r = reply_make_safe(s->object);
        if (r < 0)
                return r;
        client_page(c);
        why_print(c, s->object);
        return 0;
}

static int tell(Story *s) {
        json_object *state = reply_object(s->object, "state");
        const char *load = reply_string(reply_object(state, "properties"), "LoadState");
        int r;

        r = tell_install(s);
        if (r >= 0)
                r = tell_manager(s);
        if (r >= 0)
                r = set_member(s->object, "boot", why_boot(s->object));
        if (r >= 0)
                r = tell_timers(s);
        if (r >= 0)
                r = tell_events(s);
        if (r >= 0)
                r = tell_history(s);
        if (r >= 0)
                r = tell_lines(s, "errors", true);
        if (r >= 0)
                r = tell_lines(s, "lines", false);
        if (r >= 0 && !streq_ptr(load, "not-found"))
                r = tell_proofs(s);
        return r < 0 ? r : print_story(s);
}

static int init_story(Story *s, const char *account, const char *unit) {
        int r;

        s->object = json_object_new_object();
        if (!s->object || asprintf(&s->address, "%s/%s", account, unit) < 0)
                return -ENOMEM;
        r = set_member(s->object, "account", json_object_new_string(account));
        return r < 0 ? r : set_member(s->object, "unit", json_object_new_string(unit));
}

/* What the whole run keeps. */
typedef struct WhyRun {
        size_t n;
        json_object **rows; /* of units.status, with "account" */
} WhyRun;

static void why_run_done(WhyRun *run) {
        for (size_t i = 0; i < run->n; i++)
                json_object_put(run->rows[i]);
        free(run->rows);
}

static int take_status(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *properties = reply_object(row, "properties"), **grown;
        WhyRun *run = userdata;
        int exit_code;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (account->by_pattern && streq_ptr(reply_string(properties, "LoadState"), "not-found"))
                return EXIT_CODE_OK;
        grown = reallocarray(run->rows, run->n + 1, sizeof(json_object *));
        if (!grown)
                return message_errno(-ENOMEM);
        run->rows = grown;
        if (set_member(row, "account", json_object_new_string(account->name)) < 0)
                return message_errno(-ENOMEM);
        run->rows[run->n++] = json_object_get(row);
        return EXIT_CODE_OK;
}

static int take_statuses(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", take_status, userdata);
}

/* A unit whose manager said something about it. */
static int why_row(Client *c, json_object *row) {
        json_object *properties = reply_object(row, "properties");
        const char *unit = reply_string(properties, "Id");
        _cleanup_(story_done) Story s = { .client = c };
        int r;

        r = init_story(&s, strempty(reply_string(row, "account")),
                unit ? unit : strempty(reply_string(row, "unit")));
        if (r >= 0)
                r = set_member(s.object, "state", json_object_get(row));
        if (r >= 0)
                r = tell(&s);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_INVALID : message_errno(r);
        return streq_ptr(reply_string(properties, "LoadState"), "not-found") ? EXIT_CODE_NO_SUCH_UNIT
                                                                             : EXIT_CODE_OK;
}

/* One of which its manager said nothing: whatever else there is. */
static int why_named(Client *c, const Request *q, int exit_code) {
        const Parameters *p = &q->parameters;
        _cleanup_(story_done) Story s = { .client = c, .part = "state" };
        int r;

        r = init_story(&s, p->accounts ? p->accounts[0] : strempty(account_name(getuid())), p->units[0]);
        if (r >= 0)
                r = note_unseen(&s, q, exit_code);
        if (r >= 0)
                r = tell(&s);
        return r < 0 && r != -EINVAL ? message_errno(r) : exit_code;
}

static int why_argument(Client *c, char *argument, size_t *n_told) {
        char *arguments[] = { argument, NULL };
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(why_run_done) WhyRun run = {};
        int exit_code;

        exit_code = request_init(c, METHOD_UNITS_STATUS, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        q.raw = true;
        exit_code = request_run(c, &q, take_statuses, &run);
        /* Nobody is asked for a password part by part. */
        c->options.no_ask_password = true;
        if (run.n == 0 && q.parameters.units && !q.wide &&
                (exit_code == EXIT_CODE_NOT_RUNNING || exit_code == EXIT_CODE_NOT_AUTHORIZED)) {
                (*n_told)++;
                return why_named(c, &q, exit_code);
        }
        for (size_t i = 0; i < run.n; i++) {
                if ((*n_told)++ > 0 && !options_json(&c->options))
                        putchar('\n');
                exit_code = exit_code_merge(exit_code, why_row(c, run.rows[i]));
        }
        if (run.n == 0 && exit_code == EXIT_CODE_OK) {
                message_note("None of the accounts has such a unit.");
                return EXIT_CODE_NO_SUCH_UNIT;
        }
        return exit_code;
}

int verb_why(Client *c, const Verb *verb, char **arguments) {
        int exit_code = EXIT_CODE_OK;
        size_t n = 0;

        STRV_FOREACH(argument, arguments)
                exit_code = exit_code_merge(exit_code, why_argument(c, *argument, &n));
        return exit_code;
}
