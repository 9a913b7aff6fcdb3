/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asking polkit, see authorise.h. An inquiry is one or two CheckAuthorization calls: the action of the row,
 * and org.userunit1.privileged-account on top where something is changed in an account that is root by
 * another name.
 */

#include "daemon/authorise.h"

#include <assert.h>
#include <sys/queue.h>

#include "common/limits.h"
#include "daemon/deadlines.h"
#include "daemon/refusal.h"

#define POLKIT_NAME      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define POLKIT_FLAG_ALLOW_USER_INTERACTION 1U

/* What, besides the unit, changes what is done; a rule may look at it. */
static const struct {
        const char *key;
        size_t offset; /* in Parameters, of a string */
} parameter_details[] = {
        { "mode", offsetof(Parameters, mode) },
        { "signal", offsetof(Parameters, signal) },
        { "target", offsetof(Parameters, target) },
        { "whom", offsetof(Parameters, whom) },
};
#define N_PARAMETER_DETAILS ELEMENTSOF(parameter_details)

struct Grant {
        const Method *method;
        Action action;
        bool every_account; /* inspect-all: grants of accounts are taken out of it */
        bool many;          /* control-many: grants of its pairs are taken out of it */
        uid_t uid;
        char *unit;
        struct GrantPair {
                uid_t uid;
                char *unit;
        } * pairs;
        size_t n_pairs;
};

struct Inquiry {
        TAILQ_ENTRY(Inquiry) entry;
        Authority *authority;
        Caller *caller;
        Account *account;
        bool interactive;
        bool running;                       /* a call is open; otherwise it waits in the queue */
        bool only_ask;                      /* no grant comes of it */
        bool privileged;                    /* the second question is still to be asked */
        Action action;                      /* that is being asked now */
        Grant *grant;                       /* what the caller gets on a yes */
        char *details[N_PARAMETER_DETAILS]; /* NULL where the request has no such parameter */
        char *pairs_text;                   /* the detail "unit" of control-many */
        char cancellation[32];
        sd_bus_slot *slot;
        InquiryHandler handler;
        void *userdata;
};

struct Authority {
        sd_bus *bus;
        TAILQ_HEAD(InquiryList, Inquiry) inquiries;
        unsigned n_running;
        unsigned n_prompts; /* of these, open for a person */
        uint64_t serial;
        sd_event_source *dispatch; /* one shot: there may be room for those that wait */
};

Grant *grant_free(Grant *grant) {
        if (!grant)
                return NULL;

        for (size_t i = 0; i < grant->n_pairs; i++)
                free(grant->pairs[i].unit);
        free(grant->pairs);
        free(grant->unit);
        free(grant);
        return NULL;
}

const Method *grant_method(const Grant *grant) {
        return grant->method;
}

uid_t grant_uid(const Grant *grant) {
        assert(!grant->every_account && !grant->many);
        return grant->uid;
}

const char *grant_unit(const Grant *grant) {
        return grant->unit;
}

Action grant_action(const Grant *grant) {
        return grant->action;
}

bool grant_is_everything(const Grant *grant) {
        return grant->every_account && !method_is(grant->method, METHOD_CHANGES) && streq(grant->unit, "*");
}

static int grant_new(const Method *method, Action action, uid_t uid, const char *unit, Grant **ret) {
        _cleanup_(grant_freep) Grant *grant = NULL;

        grant = calloc(1, sizeof(*grant));
        if (!grant)
                return -ENOMEM;
        grant->method = method;
        grant->action = action;
        grant->uid = uid;
        grant->unit = strdup(strempty(unit));
        if (!grant->unit)
                return -ENOMEM;

        *ret = TAKE_PTR(grant);
        return 0;
}

static bool covers(const Grant *grant, const Account *account, const char *unit) {
        if (grant->every_account)
                return !method_is(grant->method, METHOD_CHANGES) &&
                        (streq(grant->unit, "*") || streq(grant->unit, strempty(unit)));

        for (size_t i = 0; i < grant->n_pairs; i++)
                if (grant->pairs[i].uid == account->uid && streq(grant->pairs[i].unit, strempty(unit)))
                        return true;
        return false;
}

int grant_take_pair(const Grant *grant, const Account *account, const char *unit, Grant **ret) {
        if (!covers(grant, account, unit))
                return -EPERM;
        return grant_new(grant->method, grant->action, account->uid, unit, ret);
}

const char *verdict_to_string(Verdict verdict) {
        switch (verdict) {
        case VERDICT_NONE:
                return NULL;
        case VERDICT_NO:
                return "no";
        case VERDICT_CHALLENGE:
                return "challenge";
        case VERDICT_ERROR:
                return "error";
        case VERDICT_YES:
                return "yes";
        }
        return "error";
}

static int on_dispatch(sd_event_source *source, void *userdata);

int authority_new(sd_bus *bus, sd_event *event, Authority **ret) {
        _cleanup_(authority_freep) Authority *authority = NULL;
        int r;

        authority = calloc(1, sizeof(*authority));
        if (!authority)
                return -ENOMEM;
        authority->bus = sd_bus_ref(bus);
        TAILQ_INIT(&authority->inquiries);

        r = sd_event_add_defer(event, &authority->dispatch, on_dispatch, authority);
        if (r >= 0)
                r = sd_event_source_set_enabled(authority->dispatch, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(authority);
        return 0;
}

Authority *authority_free(Authority *authority) {
        if (!authority)
                return NULL;

        while (!TAILQ_EMPTY(&authority->inquiries))
                inquiry_free(TAILQ_FIRST(&authority->inquiries));
        sd_event_source_disable_unref(authority->dispatch);
        sd_bus_unref(authority->bus);
        free(authority);
        return NULL;
}

/* Tells polkit that nobody waits any more, so that a prompt on somebody's screen goes away. No reply is
 * awaited. */
static void cancel_question(Inquiry *inquiry) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(inquiry->authority->bus, &m, POLKIT_NAME, POLKIT_PATH,
                POLKIT_INTERFACE, "CancelCheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", inquiry->cancellation);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(m, false);
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                (void) sd_bus_send(inquiry->authority->bus, m, NULL);
}

/* Takes the inquiry off the books without a word to polkit. Those that wait have their turn from the event
 * loop, never from within here: they may conclude, and end requests that a caller of ours holds. */
static void stop_running(Inquiry *inquiry) {
        if (!inquiry->running)
                return;
        inquiry->running = false;
        inquiry->slot = sd_bus_slot_unref(inquiry->slot);
        inquiry->authority->n_running--;
        inquiry->authority->n_prompts -= inquiry->interactive;
        (void) sd_event_source_set_enabled(inquiry->authority->dispatch, SD_EVENT_ONESHOT);
}

Inquiry *inquiry_free(Inquiry *inquiry) {
        Authority *authority;

        if (!inquiry)
                return NULL;
        authority = inquiry->authority;

        if (inquiry->running)
                cancel_question(inquiry);
        stop_running(inquiry);
        TAILQ_REMOVE(&authority->inquiries, inquiry, entry);

        grant_free(inquiry->grant);
        account_unref(inquiry->account);
        caller_unref(inquiry->caller);
        for (size_t i = 0; i < N_PARAMETER_DETAILS; i++)
                free(inquiry->details[i]);
        free(inquiry->pairs_text);
        free(inquiry);
        return NULL;
}

static int append_detail(sd_bus_message *m, const char *key, const char *value) {
        return isempty(value) ? 0 : sd_bus_message_append(m, "{ss}", key, value);
}

/* The details that a rule may look at and that the prompt names. "unit" is always there, so that a rule
 * which compares it never meets `undefined`. */
static int append_details(sd_bus_message *m, const Inquiry *inquiry) {
        const Method *method = inquiry->grant->method;
        char uid[16];
        int r;

        r = sd_bus_message_open_container(m, 'a', "{ss}");
        if (r < 0)
                return r;

        if (inquiry->account) {
                snprintf(uid, sizeof(uid), "%u", inquiry->account->uid);
                r = append_detail(m, "account", inquiry->account->name);
                if (r >= 0)
                        r = append_detail(m, "uid", uid);
        } else
                r = append_detail(m, "account", "*");
        if (r < 0)
                return r;

        r = sd_bus_message_append(m, "{ss}", "unit", inquiry->pairs_text ?: inquiry->grant->unit);
        if (r < 0)
                return r;
        r = append_detail(m, "verb", method->verb);
        if (r < 0)
                return r;
        r = append_detail(m, "method", method->name);
        for (size_t i = 0; r >= 0 && i < N_PARAMETER_DETAILS; i++)
                r = append_detail(m, parameter_details[i].key, inquiry->details[i]);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

static int new_question(Inquiry *inquiry, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(inquiry->authority->bus, &m, POLKIT_NAME, POLKIT_PATH,
                POLKIT_INTERFACE, "CheckAuthorization");
        if (r < 0)
                return r;
        r = sd_bus_message_append(m, "(sa{sv})s", "system-bus-name", 1, "name", "s", inquiry->caller->name,
                action_to_id(inquiry->action));
        if (r < 0)
                return r;
        r = append_details(m, inquiry);
        if (r < 0)
                return r;

        snprintf(inquiry->cancellation, sizeof(inquiry->cancellation), "userunitd-%" PRIu64,
                ++inquiry->authority->serial);
        r = sd_bus_message_append(m, "us", inquiry->interactive ? POLKIT_FLAG_ALLOW_USER_INTERACTION : 0U,
                inquiry->cancellation);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

/* Ends the inquiry; it is gone when the handler returns. */
static void conclude(Inquiry *inquiry, Verdict verdict, Error *error) {
        InquiryHandler handler = inquiry->handler;
        void *userdata = inquiry->userdata;
        /* What is granted is the row's own action, also where a second one was asked on top. */
        Action action = verdict == VERDICT_YES ? inquiry->grant->action : inquiry->action;
        Grant *grant = NULL;

        if (verdict == VERDICT_YES) {
                if (!inquiry->only_ask)
                        grant = TAKE_PTR(inquiry->grant);
        } else if (!error_is_set(error))
                refusal_error(inquiry->grant->method, action, inquiry->account,
                        inquiry->pairs_text ?: inquiry->grant->unit, verdict == VERDICT_CHALLENGE, error);

        stop_running(inquiry);
        inquiry_free(inquiry);
        handler(verdict, grant, action, error, userdata);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr);

/* Sends the question. On failure the caller concludes with an error. */
static int put_question(Inquiry *inquiry) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_question(inquiry, &m);
        if (r < 0)
                return r;

        r = sd_bus_call_async(inquiry->authority->bus, &inquiry->slot, m, on_answer, inquiry,
                inquiry->interactive ? deadline_usec(DEADLINE_POLKIT_PROMPT)
                                     : deadline_usec(DEADLINE_POLKIT));
        if (r < 0)
                return r;

        inquiry->running = true;
        inquiry->authority->n_running++;
        inquiry->authority->n_prompts += inquiry->interactive;
        return 0;
}

static void set_unavailable(Error *error, const char *text) {
        (void) error_set(error, ERROR_UNAVAILABLE,
                "Denied, because polkit %s: see \"systemctl status polkit\".", text);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Inquiry *inquiry = userdata;
        _cleanup_(error_done) Error error = ERROR_NULL;
        int authorized = 0, challenge = 0, r;
        const sd_bus_error *e;

        e = sd_bus_message_get_error(m);
        if (e) {
                if (sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY) ||
                        sd_bus_error_has_name(e, SD_BUS_ERROR_TIMEOUT) ||
                        sd_bus_error_has_name(e, "System.Error.ETIMEDOUT")) {
                        set_unavailable(&error, "did not answer in time");
                        /* It may still show a prompt, and conclude() says nothing to polkit. */
                        cancel_question(inquiry);
                } else if (sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                        sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                        set_unavailable(&error, "is not running");
                else
                        set_unavailable(&error, "answered with an error");
                conclude(inquiry, VERDICT_ERROR, &error);
                return 0;
        }

        /* (bba{ss}): is_authorized, is_challenge, details. Outputs of a failed read are never looked at. */
        r = sd_bus_message_enter_container(m, 'r', "bba{ss}");
        if (r > 0)
                r = sd_bus_message_read(m, "bb", &authorized, &challenge);
        if (r <= 0) {
                set_unavailable(&error, "answered with something that is no answer");
                conclude(inquiry, VERDICT_ERROR, &error);
                return 0;
        }

        if (!authorized) {
                conclude(inquiry, challenge ? VERDICT_CHALLENGE : VERDICT_NO, &error);
                return 0;
        }

        if (inquiry->privileged) {
                inquiry->privileged = false;
                inquiry->action = ACTION_PRIVILEGED_ACCOUNT;
                stop_running(inquiry);
                r = put_question(inquiry);
                if (r < 0) {
                        set_unavailable(&error, "could not be asked");
                        conclude(inquiry, VERDICT_ERROR, &error);
                }
                return 0;
        }

        conclude(inquiry, VERDICT_YES, &error);
        return 0;
}

static unsigned count(Authority *authority, uid_t uid, bool interactive) {
        Inquiry *i;
        unsigned n = 0;

        TAILQ_FOREACH(i, &authority->inquiries, entry)
                if (i->running && i->interactive == interactive && i->caller->uid == uid)
                        n++;
        return n;
}

/* Whether one more may be asked now. Prompts stay open for minutes, so they do not use up what quick
 * questions need. */
static bool has_room(Authority *authority, const Inquiry *inquiry) {
        if (inquiry->interactive && authority->n_prompts >= POLKIT_PROMPTS_MAX)
                return false;
        return authority->n_running < POLKIT_PENDING_MAX &&
                count(authority, inquiry->caller->uid, inquiry->interactive) < POLKIT_PENDING_PER_UID_MAX;
}

/* Puts the questions that wait, as far as there is room. */
static int on_dispatch(sd_event_source *source, void *userdata) {
        Authority *authority = userdata;
        Inquiry *i;

        TAILQ_FOREACH(i, &authority->inquiries, entry) {
                _cleanup_(error_done) Error error = ERROR_NULL;

                if (i->running || !has_room(authority, i))
                        continue;
                if (put_question(i) >= 0)
                        continue;

                /* The list may be another afterwards: the rest has its turn in the next round. */
                (void) sd_event_source_set_enabled(authority->dispatch, SD_EVENT_ONESHOT);
                set_unavailable(&error, "could not be asked");
                conclude(i, VERDICT_ERROR, &error);
                return 0;
        }
        return 0;
}

static int copy_parameters(Inquiry *inquiry, const Parameters *p) {
        for (size_t i = 0; p && i < N_PARAMETER_DETAILS; i++) {
                const char *s = *(char *const *) ((const char *) p + parameter_details[i].offset);

                if (!s)
                        continue;
                inquiry->details[i] = strdup(s);
                if (!inquiry->details[i])
                        return -ENOMEM;
        }
        return 0;
}

static Action action_for(const Question *q) {
        if (q->only_ask != ACTION_NONE)
                return q->only_ask;
        if (!q->account)
                return method_is(q->method, METHOD_CHANGES) ? ACTION_NONE : q->method->every;
        return q->caller->uid == q->account->uid ? q->method->own : q->method->other;
}

/* Everything that both kinds of inquiry have. Refuses what has no action by construction of the table. */
static int inquiry_new(Authority *authority, const Question *q, Action action, InquiryHandler handler,
        void *userdata, Inquiry **ret) {
        Inquiry *inquiry;
        int r;

        if (!action_to_id(action) || !q->caller->known || q->caller->gone)
                return -EPERM;

        inquiry = calloc(1, sizeof(*inquiry));
        if (!inquiry)
                return -ENOMEM;

        r = grant_new(
                q->method, action, q->account ? q->account->uid : UID_INVALID, q->unit, &inquiry->grant);
        if (r < 0) {
                free(inquiry);
                return r;
        }

        inquiry->authority = authority;
        inquiry->action = action;
        inquiry->caller = caller_ref(q->caller);
        inquiry->account = q->account ? account_ref((Account *) q->account) : NULL;
        inquiry->interactive = q->interactive;
        inquiry->privileged = q->privileged && q->account && q->caller->uid != q->account->uid &&
                method_is(q->method, METHOD_CHANGES);
        inquiry->only_ask = q->only_ask != ACTION_NONE;
        inquiry->grant->every_account = action == ACTION_INSPECT_ALL;
        inquiry->handler = handler;
        inquiry->userdata = userdata;
        TAILQ_INSERT_TAIL(&authority->inquiries, inquiry, entry);

        r = copy_parameters(inquiry, q->parameters);
        if (r < 0) {
                inquiry_free(inquiry);
                return r;
        }

        *ret = inquiry;
        return 0;
}

/* Sends at once where there is room. Questions with interaction do not queue: a person is waiting. */
static int inquiry_start(Inquiry *inquiry) {
        if (has_room(inquiry->authority, inquiry))
                return put_question(inquiry);
        return inquiry->interactive ? -EBUSY : 0;
}

int authority_ask(Authority *authority, const Question *question, InquiryHandler handler, void *userdata,
        Inquiry **ret) {
        _cleanup_(inquiry_freep) Inquiry *inquiry = NULL;
        int r;

        r = inquiry_new(authority, question, action_for(question), handler, userdata, &inquiry);
        if (r < 0)
                return r;

        r = inquiry_start(inquiry);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(inquiry);
        return 0;
}

static int copy_pairs(Inquiry *inquiry, const Pair *pairs, size_t n_pairs) {
        _cleanup_free_ char *text = NULL;
        Grant *grant = inquiry->grant;

        grant->pairs = calloc(n_pairs, sizeof(*grant->pairs));
        if (!grant->pairs)
                return -ENOMEM;

        for (size_t i = 0; i < n_pairs; i++) {
                char *longer;

                grant->pairs[i].uid = pairs[i].account->uid;
                grant->pairs[i].unit = strdup(strempty(pairs[i].unit));
                if (!grant->pairs[i].unit)
                        return -ENOMEM;
                grant->n_pairs++;

                if (asprintf(&longer, "%s%s%s/%s", strempty(text), i > 0 ? " " : "", pairs[i].account->name,
                            grant->pairs[i].unit) < 0)
                        return -ENOMEM;
                free(text);
                text = longer;
        }

        inquiry->pairs_text = TAKE_PTR(text);
        return 0;
}

int authority_ask_many(Authority *authority, const Question *question, const Pair *pairs, size_t n_pairs,
        InquiryHandler handler, void *userdata, Inquiry **ret) {
        _cleanup_(inquiry_freep) Inquiry *inquiry = NULL;
        int r;

        /* One password for many is for starting and stopping; what amounts to a shell is asked one by one.
         */
        if (question->method->other != ACTION_CONTROL || n_pairs > CHANGE_PAIRS_MAX)
                return -EPERM;

        r = inquiry_new(authority, question, ACTION_CONTROL_MANY, handler, userdata, &inquiry);
        if (r < 0)
                return r;
        inquiry->grant->many = true;

        r = copy_pairs(inquiry, pairs, n_pairs);
        if (r < 0)
                return r;
        r = inquiry_start(inquiry);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(inquiry);
        return 0;
}
