/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * prove: whether units do their work, by the Proof= lines of their files; and waiting for that, see prove.h.
 * What looks is asked first, with the right to look; commands are run by another method, with the right to
 * control, of the units that have some.
 */

#include "client/verb/prove.h"

#include "client/hint.h"
#include "client/json-print.h"
#include "client/listing.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/clock.h"
#include "common/escape.h"
#include "common/limits.h"
#include "common/strv.h"
#include "common/time-span.h"

#define WAIT_DEFAULT_USEC (30U * USEC_PER_SEC)
#define DELAY_MIN_USEC    (100U * USEC_PER_MSEC)
#define DELAY_MAX_USEC    (2U * USEC_PER_SEC)

/* One unit of an answer. */
typedef struct Proved {
        char *account;
        char *address; /* as one would type it, account and all */
        json_object *row;
} Proved;

typedef struct Prove {
        Proved *units;
        size_t n_units;
        bool wide;
        bool not_run; /* a command was not, for want of rights */
} Prove;

static void prove_done(Prove *p) {
        for (size_t i = 0; i < p->n_units; i++) {
                free(p->units[i].account);
                free(p->units[i].address);
                (void) json_object_put(p->units[i].row);
        }
        free(p->units);
        *p = (Prove){};
}

/* ---- the answers ---- */

static int keep_unit(Client *c, Account *account, json_object *row, void *userdata) {
        const char *unit = strempty(reply_string(row, "unit"));
        _cleanup_free_ char *address = NULL;
        Prove *p = userdata;
        Proved *grown;
        int exit_code;

        exit_code = row_report_error(account, row, "prove");
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (asprintf(&address, "%s/%s", account->name, unit) < 0) {
                address = NULL;
                return message_errno(-ENOMEM);
        }

        /* The second answer about a unit takes the place of the first. */
        for (size_t i = 0; i < p->n_units; i++)
                if (streq(p->units[i].address, address)) {
                        (void) json_object_put(p->units[i].row);
                        p->units[i].row = json_object_get(row);
                        return EXIT_CODE_OK;
                }

        grown = reallocarray(p->units, p->n_units + 1, sizeof(Proved));
        if (!grown)
                return message_errno(-ENOMEM);
        p->units = grown;
        grown[p->n_units] = (Proved){ .account = strdup(account->name) };
        if (!grown[p->n_units].account)
                return message_errno(-ENOMEM);
        grown[p->n_units].address = TAKE_PTR(address);
        grown[p->n_units].row = json_object_get(row);
        p->n_units++;
        return EXIT_CODE_OK;
}

static int keep_units(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", keep_unit, userdata);
}

static bool result_is(json_object *proof, const char *result) {
        return streq_ptr(reply_string(proof, "result"), result);
}

static bool has_result(const Proved *unit, const char *result) {
        json_object *proofs = reply_array(unit->row, "proofs");

        for (size_t i = 0; i < reply_length(proofs); i++)
                if (result_is(reply_item(proofs, i), result))
                        return true;
        return false;
}

static bool has_proofs(const Proved *unit) {
        return reply_length(reply_array(unit->row, "proofs")) > 0;
}

static bool is_failure(json_object *proof) {
        return !result_is(proof, "pass") && !result_is(proof, "not-run");
}

static bool has_failures(const Proved *unit) {
        json_object *proofs = reply_array(unit->row, "proofs");

        for (size_t i = 0; i < reply_length(proofs); i++)
                if (is_failure(reply_item(proofs, i)))
                        return true;
        return false;
}

/* The seconds that the contract has, rounded up. */
static uint64_t proof_seconds(uint64_t usec) {
        return MIN((usec + USEC_PER_SEC - 1) / USEC_PER_SEC, (uint64_t) PROOF_DEADLINE_MAX_SEC);
}

/* As many units as one change may be about. */
static int run_some_commands(Client *c, Prove *p, char *const *targets, uint64_t seconds) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, METHOD_UNITS_PROVE_COMMANDS, targets, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        q.parameters.timeout = seconds;
        q.raw = true;
        q.collected = true;
        exit_code = request_run(c, &q, keep_units, p);
        p->not_run = p->not_run || exit_code == EXIT_CODE_NOT_AUTHORIZED;
        return exit_code;
}

static int run_commands(Client *c, Prove *p, uint64_t seconds) {
        _cleanup_strv_free_ char **targets = NULL;
        int exit_code = EXIT_CODE_OK;

        for (size_t i = 0; i < p->n_units; i++) {
                if (!has_result(p->units + i, "not-run"))
                        continue;
                if (strv_extend(&targets, p->units[i].address) < 0)
                        return message_errno(-ENOMEM);
                if (strv_length(targets) == CHANGE_PAIRS_MAX) {
                        exit_code = exit_code_merge(exit_code, run_some_commands(c, p, targets, seconds));
                        targets = strv_free(targets);
                }
        }
        if (targets)
                exit_code = exit_code_merge(exit_code, run_some_commands(c, p, targets, seconds));
        return exit_code;
}

/* ---- the table ---- */

static const TableColumn columns[] = { { "ACCOUNT", 0 }, { "UNIT", 0 }, { "PROOF", COLUMN_SHRINKS },
        { "RESULT", 0 }, { "EVIDENCE", COLUMN_SHRINKS } };

static Color result_color(const char *result) {
        if (streq_ptr(result, "pass"))
                return COLOR_GREEN;
        return streq_ptr(result, "not-run") ? COLOR_NONE : COLOR_RED;
}

/* The answers are as they came, for evidence has lines. A cell has one: the first, and that there are more.
 */
static int add_cell(Table *t, const char *text, Color color) {
        _cleanup_free_ char *line = NULL, *cell = NULL;
        size_t n = strcspn(strempty(text), "\n");

        line = escape_terminal_n(strempty(text), n);
        if (!line || asprintf(&cell, "%s%s", line, text && text[n] ? " …" : "") < 0) {
                cell = NULL;
                return -ENOMEM;
        }
        return table_add(t, cell, color);
}

static int add_proof(Table *t, const Proved *unit, json_object *proof) {
        const char *result = reply_string(proof, "result");
        int r;

        r = add_cell(t, unit->account, COLOR_NONE);
        if (r >= 0)
                r = add_cell(t, reply_string(unit->row, "unit"), COLOR_NONE);
        if (r >= 0)
                r = add_cell(t, reply_string(proof, "proof"), COLOR_NONE);
        if (r >= 0)
                r = add_cell(t, result, result_color(result));
        if (r >= 0)
                r = add_cell(t, reply_string(proof, "evidence"), COLOR_NONE);
        return r;
}

static int print_table(Client *c, const Prove *p, bool only_failures) {
        Listing list = {};
        int r;

        r = listing_init(&list, columns, ELEMENTSOF(columns), 0, p->wide);
        for (size_t i = 0; i < p->n_units && r >= 0; i++) {
                json_object *proofs = reply_array(p->units[i].row, "proofs");

                for (size_t j = 0; j < reply_length(proofs) && r >= 0; j++)
                        if (!only_failures || is_failure(reply_item(proofs, j)))
                                r = add_proof(list.table, p->units + i, reply_item(proofs, j));
        }
        if (r >= 0 && table_rows(list.table) > 0)
                r = listing_print(&list, c);
        listing_done(&list);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

static int print_json(Client *c, const Prove *p) {
        static const char *const own[] = { "account", NULL };
        JsonList list = { .f = stdout, .mode = c->options.output };
        int r;

        for (size_t i = 0; i < p->n_units; i++) {
                r = json_list_add(&list, p->units[i].account, p->units[i].row, own);
                if (r < 0)
                        return message_errno(r);
        }
        json_list_end(&list);
        return EXIT_CODE_OK;
}

static int print(Client *c, const Prove *p, char *const *words) {
        int exit_code;

        if (options_json(&c->options))
                return print_json(c, p);
        if (c->options.quiet)
                return EXIT_CODE_OK;
        client_page(c);
        exit_code = print_table(c, p, /* only_failures= */ false);
        for (size_t i = 0; i < p->n_units; i++)
                if (!has_proofs(p->units + i))
                        message_note(
                                "%s has no proofs: there is no Proof= in an [X-Userunit] section of its files.",
                                p->units[i].address);
        if (p->n_units == 0) {
                message_note("No unit has proofs: there is no Proof= in an [X-Userunit] section.");
                (void) hint_words(c, words);
        }
        return exit_code;
}

/* A unit that was named and has no proofs is not proved. */
static int verdict(const Prove *p) {
        for (size_t i = 0; i < p->n_units; i++)
                if (!has_proofs(p->units + i) || has_failures(p->units + i))
                        return EXIT_CODE_FAILURE;
        return p->not_run ? EXIT_CODE_NOT_AUTHORIZED : EXIT_CODE_OK;
}

int verb_prove(Client *c, const Verb *verb, char **arguments) {
        const ProveOptions *o = &c->options.prove;
        uint64_t seconds = o->timeout_usec > 0 ? proof_seconds(o->timeout_usec) : UNSIGNED_UNSET;
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(prove_done) Prove p = {};
        int exit_code, commands = EXIT_CODE_OK, printed;

        exit_code = request_init(c, verb->method, arguments, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        q.parameters.timeout = seconds;
        q.raw = true;
        q.collected = true;
        p.wide = q.wide;
        exit_code = request_run(c, &q, keep_units, &p);
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && p.n_units == 0)
                return exit_code;

        if (!o->no_commands)
                commands = run_commands(c, &p, seconds);
        printed = print(c, &p, q.words);
        if (p.not_run && !c->options.quiet)
                message_note(
                        "Commands were not run: that takes the right to control the unit, and this the right to look.");
        exit_code = exit_code_merge(verdict(&p), exit_code);
        return exit_code_merge(exit_code_merge(exit_code, commands), printed);
}

/* ---- waiting ---- */

typedef enum Outcome {
        OUTCOME_PROVED,
        OUTCOME_NOT_YET,
        OUTCOME_NEVER, /* and nothing more can come of it; it has been said */
} Outcome;

static bool is_failed(const Proved *unit) {
        return streq_ptr(reply_string(unit->row, "active"), "failed");
}

/* What the answers say. */
static Outcome outcome_of(const Prove *p) {
        Outcome outcome = p->n_units > 0 ? OUTCOME_PROVED : OUTCOME_NOT_YET;

        for (size_t i = 0; i < p->n_units; i++) {
                const Proved *unit = p->units + i;

                if (!has_proofs(unit)) {
                        message_error("%s has no proofs: nothing would show that it works.", unit->address);
                        return OUTCOME_NEVER;
                }
                if (has_result(unit, "invalid")) {
                        message_error("%s has a proof that cannot be read.", unit->address);
                        return OUTCOME_NEVER;
                }
                if (has_failures(unit) && is_failed(unit)) {
                        message_error(
                                "%s has failed; see 'userunitctl status %s'.", unit->address, unit->address);
                        return OUTCOME_NEVER;
                }
                if (has_failures(unit))
                        outcome = OUTCOME_NOT_YET;
        }
        return outcome;
}

/* One look: at what needs no rights, and where that passes at the rest. `*ret` is an exit code of its own
 * where it could not be looked. */
static Outcome look(Client *c, char *const *targets, uint64_t seconds, Prove *p, int *ret) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        Outcome outcome;

        *ret = request_init(c, METHOD_UNITS_PROVE, targets, 0, &q);
        if (*ret != EXIT_CODE_OK)
                return OUTCOME_NEVER;
        q.parameters.timeout = seconds;
        q.raw = true;
        q.collected = true;
        *ret = request_run(c, &q, keep_units, p);
        if (*ret != EXIT_CODE_OK)
                return OUTCOME_NEVER;
        p->wide = q.wide;

        outcome = outcome_of(p);
        if (outcome != OUTCOME_PROVED || c->options.prove.no_commands)
                return outcome;
        *ret = run_commands(c, p, seconds);
        return *ret != EXIT_CODE_OK ? OUTCOME_NEVER : outcome_of(p);
}

static int tell(Client *c, const Prove *p, Outcome outcome, uint64_t usec) {
        char text[TIME_SPAN_TEXT_MAX];

        (void) time_span_format(usec, text);
        if (outcome == OUTCOME_PROVED) {
                for (size_t i = 0; i < p->n_units && !c->options.quiet; i++)
                        message_note(
                                "%s does its work: its proofs passed after %s.", p->units[i].address, text);
                return EXIT_CODE_OK;
        }
        if (outcome == OUTCOME_NOT_YET)
                message_error("It was started, but what proves that it works is missing after %s.", text);
        if (!c->options.quiet && !options_json(&c->options))
                (void) print_table(c, p, /* only_failures= */ true);
        return EXIT_CODE_FAILURE;
}

int prove_until(Client *c, char *const *targets) {
        uint64_t began = clock_now_usec(), delay = DELAY_MIN_USEC, end;
        _cleanup_(prove_done) Prove p = {};
        Outcome outcome;
        int exit_code;

        end = began +
                (c->options.prove.timeout_usec > 0 ? c->options.prove.timeout_usec : WAIT_DEFAULT_USEC);
        for (;;) {
                uint64_t now = clock_now_usec(), left = end - MIN(now, end);

                prove_done(&p);
                outcome = look(c, targets,
                        MIN(proof_seconds(MAX(left, UINT64_C(1))), (uint64_t) PROOF_DEADLINE_SEC), &p,
                        &exit_code);
                if (exit_code != EXIT_CODE_OK)
                        return exit_code;
                now = clock_now_usec();
                if (outcome != OUTCOME_NOT_YET || now >= end)
                        return tell(c, &p, outcome, now - began);

                /* Nobody is asked for the same password again and again. */
                c->options.no_ask_password = true;
                (void) usleep((useconds_t) MIN(delay, end - now));
                delay = MIN(delay * 2, (uint64_t) DELAY_MAX_USEC);
        }
}
