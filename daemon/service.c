/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parts of the running service, held together, see service.h. */

#include "daemon/service.h"

#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include "common/log.h"
#include "daemon/deadlines.h"
#include "daemon/front.h"
#include "daemon/request/request.h"

static void on_caller_known(Caller *caller, int error, void *userdata) {
        Service *service = userdata;
        Request *request, *next;

        for (request = TAILQ_FIRST(&service->requests); request; request = next) {
                next = TAILQ_NEXT(request, entry);
                if (request->caller == caller && request->stage == STAGE_CALLER)
                        request_on_caller(request, error);
        }
}

static void on_caller_gone(Caller *caller, void *userdata) {
        Service *service = userdata;
        Request *request, *next;

        for (request = TAILQ_FIRST(&service->requests); request; request = next) {
                next = TAILQ_NEXT(request, entry);
                if (request->caller == caller)
                        request_on_caller_gone(request);
        }
}

/* A bus that goes away takes every caller with it; systemd starts us anew. */
static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Service *service = userdata;

        log_error("The system bus is gone.");
        return sd_event_exit(service->event, EXIT_FAILURE);
}

static int load_configuration(Service *service) {
        _cleanup_free_ char *message = NULL;
        int r;

        r = config_load(
                service->options.config_file, service->options.config_owner, &service->config, &message);
        if (r < 0)
                return log_error_errno(r, "%s", message ?: "No memory for the configuration.");
        return 0;
}

static int identify_host(Service *service) {
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine(&id);
        if (r < 0) {
                log_warning_errno(r, "Failed to read the machine id, going on without: %m");
                return 0;
        }
        sd_id128_to_string(id, service->machine_id);
        return 0;
}

static int make_parts(Service *service) {
        const ServiceOptions *o = &service->options;
        int r;

        r = record_new(o->journal_socket, service->event, &service->record);
        if (r >= 0)
                r = account_lookups_new(service->event, o->accounts_socket, &service->lookups);
        if (r >= 0)
                r = authority_new(service->bus, service->event, &service->authority);
        if (r >= 0)
                r = callers_new(service->bus, on_caller_known, on_caller_gone, service, &service->callers);
        if (r >= 0)
                r = pool_new(service->event, o->spawner_socket, o->spawner_uid, &service->pool);
        if (r >= 0)
                r = journal_link_new(service->event, o->reader_socket, o->spawner_uid, &service->journal);
        if (r >= 0) {
                service->unread = unread_new();
                r = service->unread ? 0 : -ENOMEM;
        }
        if (r < 0)
                return log_error_errno(r, "Failed to set up the service: %m");

        r = linger_record_new(
                service->event, o->linger_directory, service->lookups, service->record, &service->linger);
        if (r < 0)
                log_warning_errno(r, "Failed to watch who lingers, going on without: %m");

        account_lookups_set_deadline(service->lookups, deadline_usec(DEADLINE_ACCOUNT_LOOKUP));
        return 0;
}

static int connect_bus(Service *service, sd_bus **ret) {
        int r;

        r = sd_bus_open_system(ret);
        if (r < 0)
                return log_error_errno(r, "Failed to connect to the system bus: %m");
        r = sd_bus_attach_event(*ret, service->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return log_error_errno(r, "Failed to attach the bus to the event loop: %m");
        r = sd_bus_match_signal(*ret, NULL, NULL, "/org/freedesktop/DBus/Local",
                "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, service);
        if (r < 0)
                return log_error_errno(r, "Failed to watch the bus: %m");
        return 0;
}

static int join_bus(Service *service) {
        int r;

        r = connect_bus(service, &service->bus);
        if (r < 0)
                return r;
        return connect_bus(service, &service->system_bus);
}

/* The name comes last: whoever finds it finds a service that answers. This is at start, where waiting is
 * right. */
static int claim_name(Service *service) {
        int r;

        r = front_attach(service);
        if (r < 0)
                return log_error_errno(r, "Failed to put the object on the bus: %m");
        r = sd_bus_request_name(service->bus, BUS_NAME, 0);
        if (r < 0)
                return log_error_errno(r, "Failed to claim the bus name: %m");
        return 0;
}

int service_new(sd_event *event, const ServiceOptions *options, Service **ret) {
        _cleanup_(service_freep) Service *service = NULL;
        int r;

        service = calloc(1, sizeof(*service));
        if (!service)
                return log_error_errno(ENOMEM, "No memory.");
        service->options = *options;
        service->event = sd_event_ref(event);
        TAILQ_INIT(&service->requests);

        r = load_configuration(service);
        if (r < 0)
                return r;
        r = identify_host(service);
        if (r < 0)
                return r;
        r = join_bus(service);
        if (r < 0)
                return r;
        r = make_parts(service);
        if (r < 0)
                return r;
        r = claim_name(service);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(service);
        return 0;
}

Service *service_free(Service *service) {
        if (!service)
                return NULL;

        service->stopping = true;
        while (!TAILQ_EMPTY(&service->requests)) {
                Request *request = TAILQ_FIRST(&service->requests);

                TAILQ_REMOVE(&service->requests, request, entry);
                request_free(request);
        }
        sd_event_source_disable_unref(service->drain);
        sd_bus_slot_unref(service->object);
        unread_free(service->unread);
        journal_link_free(service->journal);
        pool_free(service->pool);
        authority_free(service->authority);
        callers_free(service->callers);
        linger_record_free(service->linger);
        account_lookups_free(service->lookups);
        record_free(service->record);
        sd_bus_flush_close_unref(service->bus);
        sd_bus_flush_close_unref(service->system_bus);
        config_done(&service->config);
        free(service->contract);
        sd_event_unref(service->event);
        free(service);
        return NULL;
}

static int on_drained(sd_event_source *source, uint64_t usec, void *userdata) {
        Service *service = userdata;
        Request *request, *next;

        for (request = TAILQ_FIRST(&service->requests); request; request = next) {
                next = TAILQ_NEXT(request, entry);
                request_abort(request);
        }
        return sd_event_exit(service->event, EXIT_SUCCESS);
}

/* What would go on for ever is not waited for. */
static void end_followers(Service *service) {
        Request *request, *next;

        for (request = TAILQ_FIRST(&service->requests); request; request = next) {
                next = TAILQ_NEXT(request, entry);
                if (request->stage == STAGE_ACT && request_follows(request))
                        request_abort(request);
        }
}

void service_stop(Service *service) {
        if (service->stopping)
                return;
        service->stopping = true;
        (void) sd_notify(false, "STOPPING=1");
        end_followers(service);

        if (service->n_requests == 0 ||
                sd_event_add_time_relative(service->event, &service->drain, CLOCK_MONOTONIC,
                        deadline_usec(DEADLINE_DRAIN), 0, on_drained, service) < 0)
                (void) sd_event_exit(service->event, EXIT_SUCCESS);
}

void service_request_ended(Service *service) {
        if (service->stopping && service->n_requests == 0)
                (void) sd_event_exit(service->event, EXIT_SUCCESS);
}
