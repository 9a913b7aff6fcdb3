/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How userunit-prove ends.
 */

typedef enum ProveExit {
        PROVE_PASS = 0,
        PROVE_FAIL = 1,
        PROVE_USAGE = 2,
        PROVE_TIMEOUT = 3,
} ProveExit;
