/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what Describe says, for docs/make-contract. */

#include "common/macro.h"
#include "daemon/describe.h"

int main(void) {
        _cleanup_free_ char *text = NULL;

        if (describe(NULL, &text) < 0)
                return EXIT_FAILURE;
        puts(text);
        return EXIT_SUCCESS;
}
