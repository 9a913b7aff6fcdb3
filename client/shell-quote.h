/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words as a shell reads them. */

#include "common/macro.h"

/* As systemctl show-environment writes values: as they are where a shell would take them so, otherwise in
 * $'…'. Of what could do harm on a terminal the bytes are written as octal numbers, which mean the same to a
 * shell. malloc()ed; NULL: no memory. */
char *shell_quote_value(const char *value);
