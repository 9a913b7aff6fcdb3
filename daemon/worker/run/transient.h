/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parts of StartTransientUnit's message that all transient services have: into the open array of properties.
 * Both return 0 or a negative errno of sd-bus.
 */

#include <systemd/sd-bus.h>

/* Standard input, output and error, as many of them as there are. */
int transient_append_streams(sd_bus_message *m, const int *fds, unsigned n);

/* ExecStart= of one command; its first word is only a name, what is executed is the program. */
int transient_append_exec_start(sd_bus_message *m, const char *program, char *const *command);
