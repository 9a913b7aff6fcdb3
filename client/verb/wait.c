/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* wait: until units are in a state. */

#include "client/wait.h"

#include "client/message.h"
#include "client/proof.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/verbs.h"
#include "client/watch.h"
#include "common/clock.h"

/* As timeout(1). */
#define EXIT_CODE_TIMEOUT 124

/* How often it is looked without an event: where there is no stream of events, where there is one, for what
 * is no event, as no manager tells that a unit has ended well by itself, and while a unit that has failed is
 * given time. */
#define POLL_USEC   (2U * USEC_PER_SEC)
#define CHECK_USEC  (10U * USEC_PER_SEC)
#define UNTOLD_USEC USEC_PER_SEC
#define GRACE_USEC  (WAIT_GRACE_USEC / 4)

typedef struct Wait {
        WaitGoal goal;
        Request state; /* units.state, or units.prove */
        WaitUnit *units;
        size_t n_units;
        size_t at; /* the next unit in the answer that is being read */
        uint64_t next_usec;
        uint64_t until_usec; /* 0: no end */
        const Watch *watch;  /* what stands or not */
        bool looked;
        int exit_code; /* once it is decided */
} Wait;

static void wait_done(Wait *w) {
        for (size_t i = 0; i < w->n_units; i++) {
                free(w->units[i].address);
                free(w->units[i].active);
        }
        free(w->units);
        request_done(&w->state);
}

static int find_unit(Wait *w, const Account *account, const char *name, WaitUnit **ret) {
        _cleanup_free_ char *address = account_unit(account, name);
        WaitUnit *grown;

        if (!address)
                return -ENOMEM;
        for (size_t i = 0; i < w->n_units; i++)
                if (streq(w->units[i].address, address)) {
                        *ret = w->units + i;
                        return 0;
                }

        grown = reallocarray(w->units, w->n_units + 1, sizeof(WaitUnit));
        if (!grown)
                return -ENOMEM;
        w->units = grown;
        w->units[w->n_units] = (WaitUnit){ .address = TAKE_PTR(address) };
        *ret = w->units + w->n_units++;
        return 0;
}

static int see_unit(Client *c, Account *account, json_object *row, void *userdata) {
        const char *load = reply_string(row, "load"), *active = reply_string(row, "active");
        Wait *w = userdata;
        WaitUnit *unit;
        int exit_code, r;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        /* Nobody said that each account has it. */
        if (account->by_pattern && streq_ptr(load, "not-found"))
                return EXIT_CODE_OK;
        r = find_unit(w, account, strempty(reply_string(row, "unit")), &unit);
        if (r >= 0)
                r = wait_unit_look(unit, w->goal, load, active,
                        w->goal == WAIT_PROOF && streq_ptr(active, "active") && proofs_hold(row),
                        clock_now_usec());
        if (r < 0)
                return message_errno(r);
        unit->unprovable = w->goal == WAIT_PROOF && !proofs_can_hold(row);
        if (unit->unprovable)
                unit->verdict = WAIT_LOST;
        return EXIT_CODE_OK;
}

static int see_account(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", see_unit, userdata);
}

/* What is not there any more without its manager. */
static int see_manager_gone(Wait *w) {
        for (size_t i = 0; i < w->n_units; i++) {
                int r = wait_unit_look(w->units + i, w->goal, NULL, NULL, false, clock_now_usec());

                if (r < 0)
                        return message_errno(r);
        }
        return EXIT_CODE_OK;
}

static int decide(Wait *w, bool manager_gone) {
        bool all_hold = w->n_units > 0 || (manager_gone && w->goal == WAIT_INACTIVE);

        for (size_t i = 0; i < w->n_units; i++) {
                const WaitUnit *unit = w->units + i;

                all_hold = all_hold && unit->verdict == WAIT_HOLDS;
                if (unit->verdict == WAIT_MISSING) {
                        message_note("Unit %s could not be found.", unit->address);
                        w->exit_code = EXIT_CODE_NO_SUCH_UNIT;
                        return 1;
                }
                if (unit->verdict == WAIT_LOST) {
                        message_note("%s %s.", unit->address,
                                unit->unprovable
                                        ? "has no proof that can be looked at without running a command"
                                        : streq(unit->active, "failed") ? "has failed"
                                                                        : "is gone");
                        w->exit_code = EXIT_CODE_FAILURE;
                        return 1;
                }
        }
        w->exit_code = EXIT_CODE_OK;
        return all_hold;
}

static void plan_next(Wait *w) {
        uint64_t usec = w->goal == WAIT_INACTIVE              ? UNTOLD_USEC
                : w->watch->standing && w->goal != WAIT_PROOF ? CHECK_USEC
                                                              : POLL_USEC;

        for (size_t i = 0; i < w->n_units; i++)
                if (w->units[i].verdict == WAIT_PENDING && w->units[i].failed_usec > 0)
                        usec = GRACE_USEC;
        w->next_usec = clock_now_usec() + usec;
}

/* Looks at the units. Returns 1 where it is decided. */
static int look(Client *c, void *userdata) {
        Wait *w = userdata;
        bool gone;
        int exit_code;

        exit_code = request_run(c, &w->state, see_account, w);
        gone = exit_code == EXIT_CODE_NOT_RUNNING;
        if (gone)
                exit_code = see_manager_gone(w);
        /* Of what went well once, a failure passes: the service may be on its way back. */
        if (exit_code != EXIT_CODE_OK && !w->looked) {
                w->exit_code = exit_code;
                return 1;
        }
        w->looked = true;
        w->state.silent = true;
        /* Nobody is asked for a password again and again. */
        c->options.no_ask_password = true;
        plan_next(w);
        return decide(w, gone);
}

static int see_event(Client *c, json_object *event, const char *line, size_t n, void *userdata) {
        return look(c, userdata);
}

static int look_in_time(Client *c, void *userdata) {
        Wait *w = userdata;

        return clock_now_usec() >= w->next_usec ? look(c, w) : 0;
}

static int time_is_up(const Wait *w) {
        for (size_t i = 0; i < w->n_units; i++)
                if (w->units[i].verdict == WAIT_PENDING)
                        message_note("%s is not %s in time, but %s.", w->units[i].address,
                                w->goal == WAIT_PROOF ? "proved" : wait_goals[w->goal], w->units[i].active);
        return EXIT_CODE_TIMEOUT;
}

static int poll_until(Client *c, Wait *w) {
        for (;;) {
                uint64_t now = clock_now_usec(), next;

                if (w->until_usec > 0 && now >= w->until_usec)
                        return time_is_up(w);
                plan_next(w);
                next = w->until_usec > 0 ? MIN(w->next_usec, w->until_usec) : w->next_usec;
                if (next > now)
                        (void) usleep((useconds_t) (next - now));
                if (look(c, w) > 0)
                        return w->exit_code;
        }
}

int verb_wait(Client *c, const Verb *verb, char **arguments) {
        const EventOptions *o = &c->options.event;
        _cleanup_(watch_done) Watch watch = WATCH_NULL;
        _cleanup_(wait_done) Wait w = { .goal = o->goal, .state = REQUEST_NULL, .watch = &watch };
        int exit_code, r;

        if (!o->goal_given) {
                message_error("Say what to wait for: --for=active, inactive, failed or proof.");
                return EXIT_CODE_INVALID;
        }
        if (o->timeout_usec > 0)
                w.until_usec = watch.until_usec = clock_now_usec() + o->timeout_usec;
        exit_code = request_init(
                c, w.goal == WAIT_PROOF ? METHOD_UNITS_PROVE : METHOD_UNITS_STATE, arguments, 0, &w.state);
        if (exit_code == EXIT_CODE_OK)
                exit_code = request_init(c, METHOD_EVENTS_WATCH, arguments, 0, &watch.request);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        w.state.raw = false;

        /* What is wrong with the request is said here, and what holds already needs no stream. */
        if (look(c, &w) > 0)
                return w.exit_code;

        watch.on_event = see_event;
        watch.on_ready = look;
        watch.on_idle = look_in_time;
        watch.userdata = &w;
        watch.request.silent = watch.quiet = true;
        r = watch_run(&watch, c, &exit_code);
        if (r > 0)
                return w.exit_code;
        if (r == 0)
                return time_is_up(&w);
        return poll_until(c, &w);
}
