/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The message that makes a transient service, see transient.h. */

#include "daemon/worker/run/transient.h"

#include "common/macro.h"

int transient_append_streams(sd_bus_message *m, const int *fds, unsigned n) {
        static const char *const names[] = { "StandardInputFileDescriptor", "StandardOutputFileDescriptor",
                "StandardErrorFileDescriptor" };

        for (size_t i = 0; i < MIN(n, ELEMENTSOF(names)); i++) {
                int r = sd_bus_message_append(m, "(sv)", names[i], "h", fds[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

int transient_append_exec_start(sd_bus_message *m, const char *program, char *const *command) {
        int r;

        r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', "ExecStart");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "a(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sasb)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'r', "sasb");
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', program);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "s");
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', program);
        for (char *const *argument = command + 1; r >= 0 && *argument; argument++)
                r = sd_bus_message_append_basic(m, 's', *argument);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 'b', &(int){ false });
        for (unsigned i = 0; i < 4 && r >= 0; i++)
                r = sd_bus_message_close_container(m);
        return r;
}
