/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes back of a request, see answer.h. */

#include "client/answer.h"

#include <pwd.h>

#include "client/account-order.h"
#include "client/hint.h"
#include "client/line-rows.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/waiting.h"
#include "common/escape.h"
#include "common/strv.h"

void answer_done(Answer *answer) {
        strv_free(answer->lost);
        *answer = (Answer){};
}

void answer_fail(Answer *answer, int exit_code) {
        answer->exit_code = exit_code_merge(answer->exit_code, exit_code);
}

static ErrorCode error_code(json_object *e) {
        const char *name = reply_string(e, "name");
        ErrorCode code = name ? error_code_from_string(name) : _ERROR_INVALID;

        return code < 0 ? ERROR_INTERNAL : code;
}

/* The rule in a refusal has "NAME" where the caller's own name goes: the service knows a uid, and asks
 * nobody for names that it does not need. */
static char *fill_in_name(const char *message) {
        static const char mark[] = "subject.user == \"NAME\"";
        const char *place = strstr(message, mark);
        const struct passwd *pw = place ? getpwuid(getuid()) : NULL;
        char *text;

        if (!pw || strpbrk(pw->pw_name, "\"\\") ||
                asprintf(&text, "%.*ssubject.user == \"%s\"%s", (int) (place - message), message,
                        pw->pw_name, place + sizeof(mark) - 1) < 0)
                return NULL;
        return text;
}

/* A refusal ends in the rule that would be needed: of several, once is enough. */
static size_t sentence_length(const Answer *answer, const char *message) {
        const char *end = answer->explained ? strstr(message, "\n\n") : NULL;

        return end ? (size_t) (end - message) : strlen(message);
}

/* An error about an account, or a unit of it: {"name": …, "message": …}. */
static void report_error(Answer *answer, json_object *o, const char *unit) {
        bool reading_many = answer->request->wide && !method_is(answer->request->method, METHOD_CHANGES);
        const char *account = reply_string(o, "account"), *manager = reply_string(o, "manager");
        json_object *e = reply_object(o, "error");
        ErrorCode code = error_code(e);
        const char *given = reply_string(e, "message") ?: error_code_doc(code);
        _cleanup_free_ char *named = fill_in_name(given);
        const char *message = named ? named : given;

        if (answer->request->silent) {
                answer->explained = true;
                return;
        }
        /* Nobody said that all that match have it. */
        if (reading_many && (code == ERROR_NO_SUCH_UNIT || code == ERROR_NO_SUCH_FILE) &&
                accounts_by_pattern(&answer->request->parameters)) {
                answer->n_missing++;
                return;
        }
        /* What to do about a manager is much to say of many. */
        if (code == ERROR_MANAGER_NOT_RUNNING && reading_many)
                message_error("%s: the service manager is %s.", strempty(account),
                        manager ? manager : "not running");
        else
                message_error("%s%s%s%s%.*s", strempty(account), unit ? "/" : "", strempty(unit),
                        account ? ": " : "", (int) sentence_length(answer, message), message);
        answer->explained = true;
        /* The others' part is right, and that is most of it. */
        answer_fail(answer, reading_many ? EXIT_CODE_INCOMPLETE : error_code_to_exit(code));
}

/* Units of one's own that were asked for among others: where none is left the whole request fails. */
static void note_lost(Answer *answer, json_object *o) {
        json_object *units = reply_array(o, "units");

        if (answer->request->silent || answer->request->parameters.accounts ||
                answer->request->parameters.targets)
                return;
        for (size_t i = 0; i < reply_length(units); i++) {
                json_object *row = reply_item(units, i);
                const char *unit = reply_string(row, "unit");

                ErrorCode code =
                        reply_object(row, "error") ? error_code(reply_object(row, "error")) : ERROR_NONE;

                if (unit && (code == ERROR_NO_SUCH_UNIT || code == ERROR_NO_SUCH_FILE))
                        (void) strv_extend(&answer->lost, unit);
        }
}

static int take_account(Answer *answer, json_object *o) {
        const char *name = reply_string(o, "account"), *manager = reply_string(o, "manager");
        uint64_t uid, index;
        Account account;
        int exit_code, r;

        answer->n_accounts++;

        /* Some methods have an answer all the same, such as the files of an account without a manager. */
        if (reply_object(o, "error")) {
                /* A refusal is told pair by pair in "refused", at the end. */
                if (error_code(reply_object(o, "error")) == ERROR_NOT_AUTHORIZED)
                        return 0;
                report_error(answer, o, NULL);
                if (!answer->request->with_failed || !manager)
                        return 0;
        }
        if (!answer->handler)
                return 0;
        if (!answer->request->raw) {
                r = reply_make_safe(o);
                if (r < 0)
                        return r;
                name = reply_string(o, "account");
        }

        uid = reply_u64(o, "uid", UINT32_MAX);
        account = (Account){ .by_pattern = accounts_by_pattern(&answer->request->parameters),
                .name = strempty(name),
                .uid = uid > UINT32_MAX ? (uid_t) -1 : (uid_t) uid,
                .object = o,
                .fd = -EBADF,
                .wide = answer->request->wide };
        index = reply_u64(o, "fd", UINT64_MAX);
        if (index < answer->n_fds)
                account.fd = answer->fds[index];

        answer->n_answered++;
        exit_code = answer->handler(answer->client, &account, answer->userdata);
        if (exit_code != EXIT_CODE_OK)
                note_lost(answer, o);
        answer_fail(answer, exit_code);
        return 0;
}

/* Whether all accounts that the request named were patterns, and the answer should have each that matches.
 * Of those that match only some linger, and of a check there are answers and no accounts. */
static bool answers_each_match(const Answer *answer, json_object *header) {
        const Parameters *p = &answer->request->parameters;

        return accounts_by_pattern(p) && answer->request->method->id != METHOD_LINGER_LIST &&
                answer->request->method->place != PLACE_JOURNAL &&
                reply_length(reply_array(header, "answers")) == 0;
}

/* A slip in a pattern must not look like good news. */
static void tell_unmatched(Answer *answer) {
        const Parameters *p = &answer->request->parameters;

        STRV_FOREACH(item, p->accounts ? p->accounts : p->targets) {
                const char *slash = p->accounts ? NULL : strrchr(*item, '/');

                message_error("No account matches '%.*s'.",
                        (int) (slash ? (size_t) (slash - *item) : strlen(*item)), *item);
        }
        answer->explained = true;
        answer_fail(answer, error_code_to_exit(ERROR_NO_SUCH_ACCOUNT));
}

/* What the header of a reply, or the end of a stream, says about the whole. */
static void take_header(Answer *answer, json_object *header) {
        json_object *refused = reply_array(header, "refused");

        for (size_t i = 0; i < reply_length(refused); i++)
                report_error(answer, reply_item(refused, i), reply_string(reply_item(refused, i), "unit"));
        if (answer->request->on_header)
                answer_fail(answer, answer->request->on_header(answer->client, header, answer->userdata));

        if (answer->explained || answer->request->silent)
                return;
        if (reply_boolean(header, "complete", true)) {
                if (answer->n_accounts == 0 && answers_each_match(answer, header))
                        tell_unmatched(answer);
                return;
        }
        if (reply_string(header, "missing")) {
                _cleanup_free_ char *missing = escape_terminal(reply_string(header, "missing"));

                message_note("%s (exit code %d)", strempty(missing), EXIT_CODE_INCOMPLETE);
                answer_fail(answer, EXIT_CODE_INCOMPLETE);
                return;
        }
        if (answer->client->options.visible)
                return;
        if (!answer->client->options.quiet)
                message_note(
                        "Only what you may see is here, and there may be more (exit code %d; --visible: 0).",
                        EXIT_CODE_INCOMPLETE);
        answer_fail(answer, EXIT_CODE_INCOMPLETE);
}

static int take_reply(Answer *answer, const char *text) {
        _cleanup_reply_ json_object *root = NULL, *interleaved = NULL;
        _cleanup_free_ size_t *order = NULL;
        json_object *header, *accounts;
        int r;

        r = reply_parse(text, strlen(text), &root);
        if (r < 0)
                return r;
        header = reply_object(root, "parameters");
        if (!header)
                return -EBADMSG;

        r = accounts_interleave(reply_array(header, "accounts"), &answer->request->parameters, &interleaved);
        if (r < 0)
                return r;
        accounts = interleaved ?: reply_array(header, "accounts");
        order = interleaved ? accounts_order(accounts, &(Parameters){})
                            : accounts_order(accounts, &answer->request->parameters);
        if (!order)
                return -ENOMEM;
        for (size_t i = 0; i < reply_length(accounts); i++) {
                r = take_account(answer, reply_item(accounts, order[i]));
                if (r < 0)
                        return r;
        }
        take_header(answer, header);
        return 0;
}

/* What the request was about, where the sentence of the error leaves that out; NULL where it does not, or
 * there are several. */
static char *name_subject(const Request *q, ErrorCode code, const char *message) {
        const Parameters *p = &q->parameters;
        char *text;

        if (code != ERROR_NO_SUCH_UNIT && code != ERROR_UNIT_REFUSED && code != ERROR_UNIT_UNSUITED &&
                code != ERROR_UNIT_PROTECTED && code != ERROR_UNIT_BROKEN && code != ERROR_MANAGER_FAILED &&
                code != ERROR_TIMEOUT && code != ERROR_WORKER_FAILED && code != ERROR_HOME_UNAVAILABLE &&
                code != ERROR_NO_SUCH_FILE)
                return NULL;
        /* There is no unit yet, and who reads this does not know its name. */
        if (q->method->id == METHOD_UNITS_RUN && code == ERROR_NO_SUCH_FILE)
                return NULL;
        if (strv_length(p->targets) == 1)
                return strdup(p->targets[0]);
        if (!p->accounts && strv_length(p->units) == 1)
                return message && strstr(message, p->units[0]) ? NULL : strdup(p->units[0]);
        if (strv_length(p->accounts) != 1)
                return NULL;
        if (strv_length(p->units) != 1)
                return strdup(p->accounts[0]);
        return asprintf(&text, "%s/%s", p->accounts[0], p->units[0]) < 0 ? NULL : text;
}

void answer_fault(const Request *q, const BusFault *fault) {
        _cleanup_free_ char *goes_on =
                fault->lost || fault->code == ERROR_INTERRUPTED ? waiting_sentence(q, false) : NULL;
        _cleanup_free_ char *prefix = name_subject(q, fault->code, fault->message);
        _cleanup_free_ char *named = fault->message ? fill_in_name(fault->message) : NULL;

        message_error("%s%s%s", prefix ? prefix : "", prefix ? ": " : "",
                named                    ? named
                        : fault->message ? fault->message
                                         : strerror(ENOMEM));
        if (goes_on)
                message_note("%s", goes_on);
}

/* One line of a stream. Returns 1 at the end, 0 before, or a negative errno. */
int answer_take_line(Answer *answer, const char *line, size_t n) {
        _cleanup_reply_ json_object *o = NULL;
        json_object *part;
        int r;

        if (answer->request->on_line) {
                r = answer->request->on_line(answer->client, line, n, answer->userdata);
                if (r > 0) {
                        answer->n_answered++;
                        answer->n_accounts++;
                }
                if (r != 0)
                        return MIN(r, 0);
        }
        r = reply_parse(line, n, &o);
        if (r < 0)
                return r;

        part = reply_object(o, "end");
        if (part) {
                take_header(answer, part);
                return 1;
        }
        /* An account's own error stands beside its name; one without is the end of the whole. */
        part = reply_object(o, "error");
        if (part && !reply_string(o, "account")) {
                const char *message = reply_string(part, "message");

                message_error("%s", message ? message : error_code_doc(error_code(part)));
                answer_fail(answer, error_code_to_exit(error_code(part)));
                return 1;
        }
        return take_account(answer, o);
}

static int take_part(const char *text, size_t n, void *userdata) {
        return answer_take_line(userdata, text, n);
}

/* As if each of its accounts were a line of a stream. */
static int take_reply_in_parts(Answer *answer, const char *text) {
        _cleanup_free_ char *rest = NULL;
        int r;

        r = line_split(text, take_part, answer, &rest);
        if (r < 0)
                return r;
        return take_reply(answer, r > 0 ? rest : text);
}

int answer_take_reply(Answer *answer, const BusReply *reply) {
        answer->fds = reply->fds;
        answer->n_fds = reply->n_fds;
        return answer->request->on_line ? take_reply_in_parts(answer, reply->text)
                                        : take_reply(answer, reply->text);
}

int answer_end(Answer *answer) {
        if (answer->n_missing > 0 && answer->n_answered == 0) {
                message_error("None of the accounts has such a unit.");
                answer_fail(answer, EXIT_CODE_NO_SUCH_UNIT);
        }
        if (answer->lost)
                hint_missing(answer->client, answer->request, answer->lost);
        if (answer->request->incomplete)
                answer_fail(answer, EXIT_CODE_INCOMPLETE);
        return answer->exit_code;
}
