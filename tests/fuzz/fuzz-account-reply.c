/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile userunit-accounts may answer: decoded, made an account of, judged, and encoded again. */

#include <assert.h>

#include "daemon/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static uint8_t buffer[ACCOUNT_REPLY_MAX];
        static char sudo[] = "sudo";
        static char *const privileged[] = { sudo, NULL };
        _cleanup_(account_unrefp) Account *account = NULL;
        gid_t groups[ACCOUNT_SUPPLEMENTARY_MAX];
        AccountReply reply;
        const char *group;

        if (account_reply_decode(data, size, &reply) < 0)
                return 0;

        /* There is one way to write a reply down. */
        assert(account_reply_encode(&reply, buffer) == (ssize_t) size);
        assert(memcmp(buffer, data, size) == 0);

        if (reply.status != ACCOUNT_STATUS_OK || account_new(&reply, &account) < 0)
                return 0;
        if (account_check(account) == ACCOUNT_FINE) {
                assert(account->uid != 0 && account->gid != 0);
                assert(account->home[0] == '/' && !strstr(account->home, "//") &&
                        !strstr(account->home, "/../"));
        }
        (void) account_is_privileged(account, privileged, &group);
        assert(account_supplementary(account, 1000, groups) <= ACCOUNT_SUPPLEMENTARY_MAX);
        assert(account_equal(account, account));
        return 0;
}
