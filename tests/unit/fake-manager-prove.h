/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the fake manager does about proofs: units of these names are in files ROOT/units/NAME, and what is
 * run for a proof behaves as the first word behind the program in its command line says, or the host:
 *
 *     pass      says "seen" and ends well
 *     fail      says "refused" and exits with 1
 *     slow      is killed by its manager at its deadline
 *     hang      does not end
 *     flood     says 8 MiB, until nobody listens
 *     refused   cannot be made
 *     gone      is forgotten without a word
 *     late      exits with 3, as userunit-prove at its deadline
 *     dies      the manager closes the connection
 */

#include <systemd/sd-bus.h>

/* To be called before the manager is forked. */
void fake_manager_prove_in(const char *root);

/* Answers what is about proofs. Returns 0 where it is another call. */
int fake_manager_reply_prove(sd_bus_message *call);
