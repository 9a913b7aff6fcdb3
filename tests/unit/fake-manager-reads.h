/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The part of the fake manager that tells: timers, sockets, paths, jobs, dependencies, its environment and
 * where its control group is.
 *
 *     a.timer b.timer       elapse at 2000000 and at no time; start a.service
 *     a.socket              listens on /b/c, /b-c, @x and 127.0.0.1:1
 *     a.path                watches /p
 *     a.target              wants b.target, a.service; b.target wants a.target: a circle
 *     job 3 (a.service), job 4 (b.service), which waits for it
 *     frozen.service        is frozen already
 *     clean.service         is in maintenance when it is first looked at, and failed then; old.service
 *                           has no fdstore
 */

#include <systemd/sd-bus.h>

/* Answers a call if it is one of these. Returns 0 where it is not, or as sd_bus_send(). */
int fake_manager_reply_read(sd_bus_message *call);
