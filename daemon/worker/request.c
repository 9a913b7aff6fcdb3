/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the payload of a frame to a request, see serve.h for its layout. The daemon has checked it all; what
 * is checked here again is what a mistake over there must not turn into an effect.
 */

#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"
#include "daemon/worker/worker.h"

int request_take_fds(Request *request, Frame *frame) {
        unsigned n = frame->header.n_fds;

        if (n > 0 && n != request->method->request_fds)
                return -EBADMSG;
        for (unsigned i = 0; i < n; i++)
                request->fds[i] = TAKE_FD(frame->fds[i]);
        request->n_fds = n;
        return 0;
}

void request_done(Request *request) {
        for (unsigned i = 0; i < request->n_fds; i++)
                safe_close(request->fds[i]);
        free(request->home);
        parameters_done(&request->parameters);
        *request = REQUEST_NULL;
}

static bool home_is_valid(const char *home) {
        return isempty(home) || (home[0] == '/' && !strstr(home, "/../") && !endswith(home, "/.."));
}

/* Names of units that are asked about or changed: no paths, no options, and no patterns where something
 * changes. */
static int check_units(const Request *request, Error *error) {
        bool changes = method_is(request->method, METHOD_CHANGES);

        if (method_is(request->method, METHOD_NEEDS_UNIT) &&
                !(request->parameters.units && *request->parameters.units))
                return error_set(error, ERROR_INVALID_REQUEST, "No unit was named.");

        STRV_FOREACH(unit, request->parameters.units) {
                if (unit_name_is_acceptable(*unit, UNIT_NAME_ANY))
                        continue;
                if (!changes && pattern_is_valid(*unit) &&
                        (pattern_is_glob(*unit) || method_is(request->method, METHOD_UNIT_PATTERNS)))
                        continue;
                return error_set(error, ERROR_INVALID_REQUEST, "The request has a unit name that is none.");
        }

        return 0;
}

static bool takes_target(const Method *method) {
        return method->id == METHOD_UNIT_FILES_ADD_WANTS || method->id == METHOD_UNIT_FILES_ADD_REQUIRES;
}

static int check_target(const Request *request, Error *error) {
        const Parameters *p = &request->parameters;

        if (takes_target(request->method) && !unit_name_is_acceptable(p->target, UNIT_NAME_ANY))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The request has no target, or one that is no name of a unit.");
        if (request->method->id == METHOD_UNIT_FILES_SET_DEFAULT && strv_length(p->units) != 1)
                return error_set(error, ERROR_INVALID_REQUEST, "There can be one default only.");
        return 0;
}

static bool error_is_about_unit(const Error *error) {
        return error->code == ERROR_NO_SUCH_UNIT || error->code == ERROR_UNIT_REFUSED ||
                error->code == ERROR_UNIT_UNSUITED || error->code == ERROR_UNIT_PROTECTED ||
                error->code == ERROR_UNIT_BROKEN || error->code == ERROR_NO_SUCH_FILE;
}

int request_unit_failed(const Request *request, Error *unit_error, Error *error) {
        if (strv_length(request->parameters.units) > 1 && error_is_about_unit(unit_error))
                return 0;

        error_move(error, unit_error);
        /* The first error stays; this tells its errno. */
        return error_set(error, error->code, "%s", error_message(error));
}

int request_read(const char *payload, size_t size, Request *ret, Error *error) {
        _cleanup_(request_done) Request request = REQUEST_NULL;
        const char *text, *end = payload + size;
        int r;

        if (size > 0 && payload[0] == FRAME_ONLY_IF_FILES) {
                request.only_if_files = true;
                payload++;
        }
        text = memchr(payload, 0, (size_t) (end - payload));
        if (!text || !home_is_valid(payload))
                return error_set(
                        error, ERROR_INTERNAL, "The worker was sent a request without a home directory.");
        request.home = strdup(payload);
        if (!request.home)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
        text++;

        r = request_parse(text, (size_t) (end - text), &request.method, &request.parameters, error);
        if (r < 0)
                return r;

        r = check_units(&request, error);
        if (r >= 0)
                r = check_target(&request, error);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_NULL;
        return 0;
}
