/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of userunitd, and what it says when it is asked about the account. */

#include "client/doctor/doctor.h"

#include "client/doctor/daemon.h"
#include "client/reply.h"
#include "common/strv.h"

static const char *const sockets[][2] = {
        { "userunit-spawner.socket", "userunitd can do nothing for an account without it" },
        { "userunit-accounts.socket", "userunitd can do nothing for an account without it" },
        { "userunit-journal.socket", "logs, events and history cannot be read without it" },
};

static bool check_sockets(Doctor *d) {
        bool ok = true;

        for (size_t i = 0; i < ELEMENTSOF(sockets); i++) {
                _cleanup_(unit_facts_done) UnitFacts u = {};
                char unmask[DAEMON_TEXT_MAX];

                if (doctor_bus_unit(&d->bus, sockets[i][0], &u) < 0 || streq(u.active, "active"))
                        continue;
                ok = false;
                doctor_say(d, SEVERITY_ERROR, "%s is %s: %s.", sockets[i][0],
                        streq(u.load, "loaded") ? u.active : u.load, sockets[i][1]);
                if (streq(u.load, "masked")) {
                        daemon_unmask(d, sockets[i][0], unmask);
                        doctor_mend(d, "%s && systemctl start %s", unmask, sockets[i][0]);
                } else
                        doctor_mend(d, "systemctl restart %s", sockets[i][0]);
        }
        return ok;
}

void doctor_check_service(Doctor *d) {
        static const Daemon service = { "userunitd.service", PEER_SERVICE, "userunitd",
                "no other verb of userunitctl works", true };

        d->service_up = daemon_check(d, &service);
        if (d->service_up)
                (void) check_sockets(d);
}

int doctor_ask(Doctor *d, MethodId id, Request *q, json_object **ret, Error *error) {
        _cleanup_free_ char *text = NULL;
        int r;

        q->method = method_get(id);
        r = strv_extend(&q->parameters.accounts, d->account.name);
        if (r < 0)
                return r;
        text = request_text(q);
        return text ? doctor_bus_ask(&d->bus, text, ret, error) : -ENOMEM;
}

/* What one may be asked about. */
static const struct {
        MethodId method;
        const char *words, *unit;
} questions[] = {
        { METHOD_UNITS_LIST, "look at its units", NULL },
        { METHOD_UNITS_RESTART, "restart any of them", "any.service" },
        { METHOD_UNIT_FILES_ENABLE, "enable any of them", "any.service" },
        { METHOD_LINGER_ENABLE, "have it linger", NULL },
};

/* "yes", "no", "password", or NULL where there is no answer; then the error may be set. Freed by the caller.
 */
static char *ask_whether(Doctor *d, size_t i, Error *error) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_reply_ json_object *reply = NULL;
        const char *answer;

        q.parameters.verb = strdup(method_get(questions[i].method)->name);
        if (!q.parameters.verb ||
                (questions[i].unit && strv_extend(&q.parameters.units, questions[i].unit) < 0)) {
                d->error = -ENOMEM;
                return NULL;
        }
        if (doctor_ask(d, METHOD_ACCESS_CHECK, &q, &reply, error) < 0)
                return NULL;
        answer = reply_string(reply_item(reply_array(reply, "answers"), 0), "answer");
        return answer ? strdup(answer) : NULL;
}

/* An error about the account rather than the caller. */
static void say_refused(Doctor *d, const Error *error) {
        bool refused = error->code == ERROR_ACCOUNT_REFUSED;

        if (!error_is_set(error)) {
                doctor_say(
                        d, SEVERITY_ERROR, "userunitd does not answer questions about the account in time.");
                doctor_mend(d, "systemctl restart userunitd.service");
                return;
        }
        doctor_say(d, refused && d->account.uid == 0 ? SEVERITY_NOTE : SEVERITY_ERROR, "userunitd: %s",
                error_message(error));
        if (refused && strstr(error_message(error), "Accounts="))
                doctor_mend(d, "editor %s && systemctl restart userunitd.service", d->places->configuration);
}

/* Mode=read-only is no question of rights: nobody can change anything. */
static void check_mode(Doctor *d) {
        _cleanup_fclose_ FILE *f = fopen(d->places->configuration, "re");
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        while (f && getline(&line, &size, f) >= 0) {
                const char *value = startswith(line, "Mode=");

                if (!value || !startswith(value + strspn(value, " \t"), "read-only"))
                        continue;
                doctor_say(d, SEVERITY_WARNING,
                        "The service is configured with Mode=read-only: it changes nothing, whoever asks.");
                doctor_mend(d, "sed -i 's/^Mode=.*/Mode=normal/' %s && systemctl restart userunitd.service",
                        d->places->configuration);
        }
}

void doctor_check_access(Doctor *d) {
        _cleanup_free_ char *text = NULL;
        bool looks = true;
        size_t size;
        FILE *f;

        if (!d->service_up || d->account.uid == 0)
                return;
        check_mode(d);
        if (!d->polkit_up) {
                doctor_say(d, SEVERITY_UNKNOWN,
                        "What you may do to the account is not asked: polkit does not run, and asking would start it.");
                doctor_mend(d, "userunitctl can list-units %s/", d->name);
                return;
        }

        f = open_memstream(&text, &size);
        if (!f)
                return;
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_(error_done) Error error = ERROR_NULL;
                _cleanup_free_ char *answer = ask_whether(d, i, &error);

                if (!answer) {
                        (void) fclose(f);
                        say_refused(d, &error);
                        return;
                }
                if (i == 0)
                        looks = streq(answer, "yes");
                fprintf(f, "%s%s: %s", i > 0 ? ", " : "", questions[i].words,
                        streq(answer, "password") ? "with a password" : answer);
        }
        if (fclose(f) != 0)
                return;
        doctor_say(
                d, looks ? SEVERITY_OK : SEVERITY_NOTE, "What polkit lets you do to the account: %s.", text);
        if (!looks)
                doctor_mend(d, "userunitctl can list-units %s/", d->name);
}
