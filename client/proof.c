/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Proofs, see proof.h. */

#include "client/proof.h"

#include "client/reply.h"

bool proofs_hold(json_object *unit) {
        json_object *proofs = reply_array(unit, "proofs");
        size_t n_passed = 0;

        for (size_t i = 0; i < reply_length(proofs); i++) {
                const char *result = reply_string(reply_item(proofs, i), "result");

                if (streq_ptr(result, "pass"))
                        n_passed++;
                else if (!streq_ptr(result, "not-run"))
                        return false;
        }
        return n_passed > 0;
}

bool proofs_can_hold(json_object *unit) {
        json_object *proofs = reply_array(unit, "proofs");

        for (size_t i = 0; i < reply_length(proofs); i++)
                if (!streq_ptr(reply_string(reply_item(proofs, i), "result"), "not-run"))
                        return true;
        return false;
}
