/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Assignments of properties: the first byte chooses the type of the unit, lines are assignments. What is
 * taken is a message that can be read, with valid text in it; what is not has an error with a sentence.
 */

#include <systemd/sd-bus.h>

#include <sys/socket.h>

#include "common/strv.h"
#include "common/utf8.h"
#include "daemon/worker/property/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

/* A connection that nobody answers on: messages can be made for it. */
static sd_bus *connection(void) {
        static sd_bus *bus;
        int fds[2];

        if (bus)
                return bus;
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        check(sd_bus_new(&bus) >= 0);
        check(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
        check(sd_bus_start(bus) >= 0);
        return bus;
}

static void check_strings(sd_bus_message *m) {
        for (;;) {
                const char *contents, *s;
                char type;
                int r;

                r = sd_bus_message_peek_type(m, &type, &contents);
                check(r >= 0);
                if (r == 0)
                        return;
                if (contents) {
                        check(sd_bus_message_enter_container(m, type, contents) > 0);
                        check_strings(m);
                        check(sd_bus_message_exit_container(m) >= 0);
                } else if (type == 's') {
                        check(sd_bus_message_read_basic(m, 's', &s) > 0);
                        check(utf8_is_valid(s, strlen(s)));
                } else
                        check(sd_bus_message_skip(m, (const char[]){ type, 0 }) >= 0);
        }
}

static void check_taken(sd_bus_message *m) {
        check(sd_bus_message_close_container(m) >= 0);
        check(sd_bus_message_seal(m, 1, 0) >= 0);
        check(sd_bus_message_rewind(m, true) >= 0);
        check_strings(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const units[] = { "x.service", "x.timer", "x.socket", "x.slice", "x.scope",
                "x.mount", "x.automount", "x.path", "x.target", "x.swap" };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_strv_free_ char **lines = NULL;
        _cleanup_free_ char *text = NULL;
        char *state = NULL;
        int r;

        /* What comes from a request is valid UTF-8 without NUL. */
        if (size == 0 || memchr(data + 1, 0, size - 1) || !utf8_is_valid((const char *) data + 1, size - 1))
                return 0;
        text = strndup((const char *) data + 1, size - 1);
        check(text);
        for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
                check(strv_extend(&lines, line) >= 0);

        check(sd_bus_message_new_method_call(connection(), &m, NULL, "/x", "x.y", "Z") >= 0);
        check(sd_bus_message_open_container(m, 'a', "(sv)") >= 0);
        r = unit_properties_append(m, units[data[0] % ELEMENTSOF(units)], lines, &error);
        if (r < 0) {
                check(error.code == ERROR_INVALID_REQUEST && error.message);
                return 0;
        }
        check_taken(m);
        return 0;
}
