/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the fake manager does about transient units. Services of its own making:
 *
 *     fast.service      runs, ends and is forgotten before the answer that names its job
 *     exits.service     ends with status 42 after a while
 *     restarts.service  fails, is started again by itself, and ends well
 *     restarts-252.service  the same, in the words of a manager that says only when asked that it goes on
 *     gone.service      is forgotten without a word about its state
 *     killed.service    a signal ends it
 *     job-fails.service cannot be started
 *     stays.service     does not end
 *     pipe.service      writes "hello" to its standard output, and ends
 *     exists.service    is there already
 */

#include <systemd/sd-bus.h>

/* Answers StartTransientUnit. Returns 0 where it is another call. */
int fake_manager_reply_run(sd_bus_message *call);
