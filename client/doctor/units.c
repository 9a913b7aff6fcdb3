/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's check of the account's units: which have failed. The manager is asked itself where the caller
 * may, and through the service otherwise. */

#include "client/doctor/doctor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include "client/doctor/daemon.h"
#include "client/reply.h"
#include "common/strv.h"
#include "common/unit-name.h"

/* Names of units that are shown at most. */
#define UNITS_SHOWN 3U

#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define MANAGER_PATH      "/org/freedesktop/systemd1"

/* The units that have failed. */
typedef struct FailedUnits {
        int error;      /* negative: the rest does not count */
        char state[32]; /* of the manager as a whole, as systemctl is-system-running has it; "": not known */
        size_t n;
        char names[UNITS_SHOWN][UNIT_NAME_MAX + 1];
} FailedUnits;

static void failed_add(FailedUnits *failed, const char *name) {
        if (failed->n < UNITS_SHOWN)
                (void) snprintf(
                        failed->names[failed->n], sizeof(failed->names[0]), "%.*s", UNIT_NAME_MAX, name);
        failed->n++;
}

static int read_units(sd_bus_message *reply, FailedUnits *failed) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL, NULL,
                        NULL, NULL, NULL)) > 0)
                failed_add(failed, name);
        return r;
}

static int list_failed(const char *address, FailedUnits *failed) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        _cleanup_free_ char *state = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r >= 0)
                r = sd_bus_get_property_string(
                        bus, NULL, MANAGER_PATH, MANAGER_INTERFACE, "SystemState", NULL, &state);
        if (r >= 0) {
                (void) snprintf(failed->state, sizeof(failed->state), "%s", state);
                r = sd_bus_message_new_method_call(
                        bus, &m, NULL, MANAGER_PATH, MANAGER_INTERFACE, "ListUnitsByPatterns");
        }
        if (r >= 0)
                r = sd_bus_message_append(m, "asas", 1, "failed", 0);
        if (r >= 0)
                r = sd_bus_call(bus, m, PROBE_USEC, NULL, &reply);
        return r < 0 ? r : read_units(reply, failed);
}

/* As the account. The other end has been found to be its manager (doctor-runtime.c). */
static void ask_manager(const void *question, void *answer) {
        FailedUnits *failed = answer;

        failed->error = list_failed(question, failed);
}

static int ask_directly(Doctor *d, FailedUnits *ret) {
        _cleanup_free_ char *address = NULL;
        int r;

        if (asprintf(&address, "unix:path=%s/%u/systemd/private", d->places->runtime, d->account.uid) < 0)
                return -ENOMEM;
        r = probe_run(ask_manager, address, ret, sizeof(*ret), doctor_inside(d), PROBE_USEC);
        return r < 0 ? r : ret->error;
}

/* Whether a check of the manager has said why it does not answer. */
static bool is_explained(const Doctor *d) {
        static const char *const checks[] = { "manager", "runtime-service", "runtime-directory", "socket" };

        for (size_t i = 0; i < d->n_findings; i++)
                for (size_t k = 0; k < ELEMENTSOF(checks); k++)
                        if (d->findings[i].severity == SEVERITY_ERROR &&
                                streq(d->findings[i].check, checks[k]))
                                return true;
        return false;
}

/* Says what stands between the service and the manager, but for what has been said before. */
static void say_unreachable(Doctor *d, const Error *error, int r) {
        if (error->code == ERROR_ACCOUNT_REFUSED ||
                (error->code == ERROR_MANAGER_NOT_RUNNING && d->manager != MANAGER_UP))
                return;
        if (error->code == ERROR_NOT_AUTHORIZED) {
                doctor_say(d, SEVERITY_UNKNOWN,
                        "Which of the account's units have failed is not for you to see.");
                return;
        }
        if (is_explained(d)) {
                doctor_say(d, SEVERITY_UNKNOWN,
                        "Which of the account's units have failed cannot be asked while its manager cannot be reached.");
                return;
        }
        if (error->code == ERROR_MANAGER_NOT_RUNNING)
                doctor_say(d, SEVERITY_ERROR,
                        "PID 1 has the manager running, and userunitd cannot reach it: its socket is gone or stale.");
        else
                doctor_say(d, SEVERITY_ERROR, "userunitd cannot list the account's units: %s",
                        error_is_set(error) ? error_message(error) : strerrordesc_np(-r));
        if (d->caller == 0)
                doctor_mend(d, "journalctl --unit=userunitd.service --lines=20");
        else
                doctor_mend(d, "sudo userunitctl doctor %s", d->name);
}

/* Returns whether there is an answer. */
static bool ask_service(Doctor *d, FailedUnits *ret) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_reply_ json_object *reply = NULL;
        json_object *account, *units;
        int r;

        r = strv_extend(&q.parameters.states, "failed");
        if (r >= 0)
                r = doctor_ask(d, METHOD_UNITS_LIST, &q, &reply, &error);
        account = reply_item(reply_array(reply, "accounts"), 0);
        if (r < 0 || !account || reply_object(account, "error")) {
                say_unreachable(d, &error, r < 0 ? r : -EBADMSG);
                return false;
        }
        units = reply_array(account, "units");
        for (size_t i = 0; i < reply_length(units); i++)
                failed_add(ret, strempty(reply_string(reply_item(units, i), "unit")));
        return true;
}

static void say_units(Doctor *d, FailedUnits *failed) {
        _cleanup_free_ char *first = NULL, *quoted = NULL;

        failed->state[sizeof(failed->state) - 1] = 0;
        if (*failed->state && !streq(failed->state, "running") && !streq(failed->state, "degraded")) {
                doctor_say(d, SEVERITY_WARNING,
                        "The manager is in the state \"%s\": its default.target is not reached, or left again.",
                        failed->state);
                doctor_mend(d, "userunitctl start %s/default.target", d->name);
        }
        if (failed->n == 0) {
                doctor_say(d, SEVERITY_OK, "No unit of the account has failed.");
                return;
        }
        for (size_t i = 0; i < UNITS_SHOWN; i++)
                failed->names[i][UNIT_NAME_MAX] = 0;
        doctor_say(d, SEVERITY_WARNING, "%zu unit%s of the account failed: %s%s%s%s%s%s.", failed->n,
                failed->n == 1 ? "" : "s", failed->names[0], *failed->names[1] ? ", " : "", failed->names[1],
                *failed->names[2] ? ", " : "", failed->names[2], failed->n > UNITS_SHOWN ? ", ..." : "");
        if (failed->n > 1) {
                doctor_mend(d, "userunitctl --failed list-units %s/", d->name);
                return;
        }
        if (asprintf(&first, "%s/%s", d->account.name, failed->names[0]) < 0) {
                d->error = -ENOMEM;
                return;
        }
        quoted = doctor_quote(d, first);
        doctor_mend(d, "userunitctl status %s", strempty(quoted));
}

void doctor_check_units(Doctor *d) {
        FailedUnits failed = {};

        if (d->account.uid == 0)
                return;
        if (d->answers && ask_directly(d, &failed) >= 0) {
                say_units(d, &failed);
                return;
        }
        failed = (FailedUnits){};
        if (!d->service_up || !d->polkit_up) {
                if (d->manager == MANAGER_UP)
                        doctor_say(d, SEVERITY_UNKNOWN,
                                "Which of the account's units have failed is not asked: userunitd or polkit does not run.");
                return;
        }
        if (ask_service(d, &failed))
                say_units(d, &failed);
}
