/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A service that answers out of a script: the bus is not asked. For executables that are linked with
 * client_stream_dep of meson.build.
 */

#include "tests/unit/client-fixture.h"

#include "client/bus.h"
#include "client/client.h"

/* One answer, and what the request has to contain. */
typedef struct Scripted {
        const char *expected[4]; /* ends with NULL */
        const char *text;        /* the lines of a stream, or the reply of a Call; NULL: it fails */
        ErrorCode error;
        bool open; /* the stream does not end with the text */
} Scripted;

static const Scripted *script;
static size_t script_n, script_at;
static int script_open_fd = -EBADF; /* the writing end of a stream that did not end */

static inline void script_begin(const Scripted *s, size_t n) {
        script = s;
        script_n = n;
        script_at = 0;
}

static inline void script_end(void) {
        assert_int_equal(script_at, script_n);
        script_open_fd = safe_close(script_open_fd);
}

static inline const Scripted *script_next(const char *request, BusFault *fault) {
        const Scripted *s = script + script_at;

        if (script_at == script_n)
                fail_msg("nobody expected this: %s", request);
        script_at++;
        for (size_t i = 0; i < ELEMENTSOF(s->expected) && s->expected[i]; i++)
                if (!strstr(request, s->expected[i]))
                        fail_msg("no %s in %s", s->expected[i], request);
        if (s->text)
                return s;
        *fault = (BusFault){
                .code = s->error, .exit_code = error_code_to_exit(s->error), .message = strdup("No.")
        };
        return NULL;
}

int __wrap_bus_open_stream(sd_bus *bus, const char *request, unsigned flags, int *ret_fd, BusFault *fault);
int __wrap_bus_call(sd_bus *bus, const char *request, const int *fds, size_t n_fds, unsigned flags,
        BusReply *ret, BusFault *fault);
int __wrap_client_connect(Client *c);

int __wrap_bus_open_stream(sd_bus *bus, const char *request, unsigned flags, int *ret_fd, BusFault *fault) {
        const Scripted *s = script_next(request, fault);
        int pair[2];

        if (!s)
                return -EIO;
        assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
        assert_int_equal(write(pair[1], s->text, strlen(s->text)), strlen(s->text));
        if (s->open) {
                safe_close(script_open_fd);
                script_open_fd = pair[1];
        } else
                close(pair[1]);
        *ret_fd = pair[0];
        return 0;
}

int __wrap_bus_call(sd_bus *bus, const char *request, const int *fds, size_t n_fds, unsigned flags,
        BusReply *ret, BusFault *fault) {
        const Scripted *s = script_next(request, fault);

        if (!s)
                return -EIO;
        *ret = (BusReply){ .text = strdup(s->text) };
        return 0;
}

int __wrap_client_connect(Client *c) {
        return EXIT_CODE_OK;
}
