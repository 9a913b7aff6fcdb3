/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a command runs. */

/* From ACCOUNT[/UNIT] as run takes it (an account may have no slash; NULL: one's own) and the unit's name
 * where an option says it (NULL: none does) to the address "ACCOUNT/UNIT", or UNIT where no account was
 * named. A unit that nobody named gets a name of its own. Returns 0, -ENOMEM, or -EINVAL after it has said
 * what is wrong. */
int run_make_address(const char *where, const char *name, char **ret);
