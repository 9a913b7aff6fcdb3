/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Proof= lines of homes: a unit file with its [X-Userunit] section, specifiers and all. */

#include <stdlib.h>

#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/proof/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void check_proof(const Proof *proof) {
        check(proof->text && strlen(proof->text) <= PROOF_SIZE_MAX);
        check((proof->kind == PROOF_INVALID) == (proof->result == PROOF_UNREADABLE));
        if (proof->kind == PROOF_INVALID) {
                check(proof->evidence && *proof->evidence && strlen(proof->evidence) <= PROOF_EVIDENCE_MAX);
                return;
        }
        check(proof->result == PROOF_OPEN);
        check((proof->kind == PROOF_EXEC) == (proof->command != NULL));
        check((proof->kind == PROOF_EXEC) == (proof->target == NULL));
        check((proof->kind == PROOF_TCP) == (proof->port != NULL));
        check(proof->kind != PROOF_FILE || proof->target[0] == '/');
        check(proof->kind == PROOF_EXEC || proof->target[0] != 0);
        check(proof->deadline_usec == PROOF_UNSET ||
                proof->deadline_usec <= PROOF_DEADLINE_MAX_SEC * USEC_PER_SEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static char *const environment[] = { (char *) "XDG_CONFIG_HOME=/c", NULL };
        const Disk disk = { .uid = 1000,
                .home = "/nowhere",
                .home_fd = -EBADF,
                .system_root = "/nowhere",
                .runtime_root = "/run/user" };
        const ProofSpecifiers specifiers = {
                .unit = { .disk = &disk, .unit = "a-b@c\\x2dd.service" },
                .fragment = "/x/a-b@.service",
                .environment = environment,
        };
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        _cleanup_free_ char *text = malloc(size + 1);
        Proof *proofs = NULL;
        size_t n = 0;

        check(text);
        memcpy(text, data, size);
        text[size] = 0;
        (void) proofs_read(text, &specifiers, &proofs, &n);
        check(n <= PROOFS_PER_UNIT_MAX);
        json_begin_array(&w);
        for (size_t i = 0; i < n; i++) {
                check_proof(proofs + i);
                proof_write(proofs + i, PROOF_EVIDENCE_MAX, &w);
        }
        json_end_array(&w);
        proofs_free(proofs, n);
        return 0;
}
