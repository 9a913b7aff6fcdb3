/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One Proof= of an [X-Userunit] section: evidence that a service does its work.
 *
 *     file:PATH [max-age=SPAN] [min-size=SIZE]   the file is there, young and large enough
 *     tcp:HOST:PORT                              somebody accepts connections there
 *     unix:PATH, unix:@NAME                      … and there
 *     exec:COMMAND                               the command ends well
 *
 * Words are quoted as in any unit file (systemd.syntax(7)) and specifiers expanded in each. deadline=SPAN
 * goes with all of them; options stand before or behind, and before "exec:" only, for what is behind it is
 * the command.
 */

#include "common/json-write.h"
#include "daemon/worker/proof/specifier.h"

#define PROOF_UNSET UINT64_MAX

typedef enum ProofKind {
        PROOF_INVALID,
        PROOF_FILE,
        PROOF_TCP,
        PROOF_UNIX,
        PROOF_EXEC,
        _PROOF_KIND_MAX,
} ProofKind;

typedef enum ProofResult {
        PROOF_OPEN, /* nobody has looked yet */
        PROOF_PASS,
        PROOF_FAIL,
        PROOF_TIMED_OUT,
        PROOF_UNREADABLE,
        PROOF_NOT_RUN,
        _PROOF_RESULT_MAX,
} ProofResult;

typedef struct Proof {
        char *text; /* as written */
        ProofKind kind;
        char *target;           /* the path, "@NAME", or the host */
        char *port;             /* of tcp */
        char **command;         /* of exec */
        uint64_t deadline_usec; /* these are PROOF_UNSET where they were not given */
        uint64_t max_age_usec;
        uint64_t min_size;
        ProofResult result;
        char *evidence;
        uint64_t duration_usec; /* PROOF_UNSET: not looked at */
} Proof;

void proof_done(Proof *proof);

/* Reads one. Where it cannot be read it is PROOF_INVALID and PROOF_UNREADABLE, and the evidence says why.
 * Returns 0 or -ENOMEM. */
int proof_parse(const char *text, const ProofSpecifiers *specifiers, Proof *ret);

/* Adds the proofs of one text to those that were read before. Returns 0; -EBADMSG where systemd would reject
 * the file; -E2BIG over PROOFS_PER_UNIT_MAX; -ENOMEM. */
int proofs_read(const char *text, const ProofSpecifiers *specifiers, Proof **proofs, size_t *n_proofs);
void proofs_free(Proof *proofs, size_t n_proofs);

/* Decides it; the evidence may have several lines and is made safe to show, and cut. Without memory there is
 * no evidence. */
void proof_decide(Proof *proof, ProofResult result, const char *format, ...) _printf_(3, 4);
void proof_decide_text(Proof *proof, ProofResult result, const char *text, size_t n);

/* Writes the object of the contract: at most so many bytes of evidence. */
void proof_write(const Proof *proof, size_t evidence_max, JsonWriter *w);
