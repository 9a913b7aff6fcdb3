/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One Proof=, see proof.h. */

#include "daemon/worker/proof/proof.h"

#include <stdarg.h>
#include <sys/un.h>

#include "common/escape.h"
#include "common/limits.h"
#include "common/strv.h"
#include "common/time-span.h"
#include "common/utf8.h"
#include "daemon/worker/disk/unit-text.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"

#define SECTION "[X-Userunit]"

#define HOST_MAX 255

typedef struct Reading {
        const ProofSpecifiers *specifiers;
        Proof *proof;
} Reading;

void proof_done(Proof *proof) {
        free(proof->text);
        free(proof->target);
        free(proof->port);
        strv_free(proof->command);
        free(proof->evidence);
        *proof = (Proof){};
}

/* ---- results ---- */

/* So many bytes at most, cut between characters. */
static size_t cut(const char *s, size_t max) {
        size_t n = strlen(s);

        if (n <= max)
                return n;
        for (n = max; n > 0 && ((unsigned char) s[n] & 0xc0) == 0x80;)
                n--;
        return n;
}

void proof_decide_text(Proof *proof, ProofResult result, const char *text, size_t n) {
        while (n > 0 && strchr(" \t\r\n", text[n - 1]))
                n--;
        free(proof->evidence);
        proof->evidence = escape_terminal_text(text, n);
        if (proof->evidence)
                proof->evidence[cut(proof->evidence, PROOF_EVIDENCE_MAX)] = 0;
        proof->result = result;
}

void proof_decide(Proof *proof, ProofResult result, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0)
                text = NULL;
        proof_decide_text(proof, result, strempty(text), text ? (size_t) n : 0);
}

void proof_write(const Proof *proof, size_t evidence_max, JsonWriter *w) {
        static const char *const kinds[_PROOF_KIND_MAX] = { [PROOF_INVALID] = "invalid",
                [PROOF_FILE] = "file",
                [PROOF_TCP] = "tcp",
                [PROOF_UNIX] = "unix",
                [PROOF_EXEC] = "exec" };
        static const char *const results[_PROOF_RESULT_MAX] = { [PROOF_OPEN] = "not-run",
                [PROOF_PASS] = "pass",
                [PROOF_FAIL] = "fail",
                [PROOF_TIMED_OUT] = "timeout",
                [PROOF_UNREADABLE] = "invalid",
                [PROOF_NOT_RUN] = "not-run" };
        const char *evidence = strempty(proof->evidence);

        json_begin_object(w);
        json_write_key_string(w, "proof", proof->text);
        json_write_key_string(w, "kind", kinds[proof->kind]);
        json_write_key_string(w, "result", results[proof->result]);
        json_write_key(w, "evidence");
        json_write_string_n(w, evidence, cut(evidence, evidence_max));
        if (proof->duration_usec != PROOF_UNSET)
                json_write_key_u64(w, "duration_usec", proof->duration_usec);
        json_end_object(w);
}

/* ---- reading ---- */

/* Returns 1: there is nothing to read any more. */
static int refuse(Proof *proof, const char *format, ...) _printf_(2, 3);
static int refuse(Proof *proof, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                return -ENOMEM;
        }
        proof_decide_text(proof, PROOF_UNREADABLE, text, (size_t) n);
        proof->kind = PROOF_INVALID;
        return 1;
}

static int expand(Reading *reading, const char *word, char **ret) {
        char letter = 0;
        int r;

        r = proof_specifiers_expand(reading->specifiers, word, ret, &letter);
        if (r == -EBADSLT)
                return refuse(reading->proof, "There is no specifier %%%c.", letter);
        if (r == -EUNATCH)
                return refuse(reading->proof,
                        "What %%%c stands for is not known here: it is neither in local files nor in the manager's environment.",
                        letter);
        if (r == -ENAMETOOLONG)
                return refuse(reading->proof, "With its specifiers expanded it is too long.");
        return r;
}

static int take_path(Reading *reading, ProofKind kind, const char *value) {
        size_t max = sizeof(((struct sockaddr_un *) NULL)->sun_path) - 1;
        Proof *proof = reading->proof;
        bool abstract = kind == PROOF_UNIX && value[0] == '@';

        if (value[0] != '/' && !(abstract && value[1]))
                return refuse(proof, "A path must be absolute; specifiers such as %%h can begin it.");
        if (kind == PROOF_UNIX && strlen(value) > max)
                return refuse(proof, "The path of a socket has at most %zu bytes.", max);
        proof->target = strdup(value);
        return proof->target ? 0 : -ENOMEM;
}

/* "HOST:PORT", "[ADDRESS]:PORT". */
static int take_host(Reading *reading, const char *value) {
        Proof *proof = reading->proof;
        const char *colon = strrchr(value, ':'), *host = value;
        size_t n = colon ? (size_t) (colon - value) : 0;
        uint32_t port;

        if (n >= 2 && *host == '[' && host[n - 1] == ']') {
                host++;
                n -= 2;
        } else if (memchr(host, ':', n))
                return refuse(proof, "An IPv6 address stands in brackets: tcp:[::1]:8080.");
        if (n == 0 || n > HOST_MAX || *host == '-')
                return refuse(proof, "It needs a host and a port: tcp:127.0.0.1:8080.");
        for (size_t i = 0; i < n; i++)
                if ((unsigned char) host[i] <= ' ' || host[i] == 0x7f || host[i] == '[' || host[i] == ']')
                        return refuse(proof, "The host has a character that no host has.");
        if (colon[1] < '1' || colon[1] > '9' || parse_u32(colon + 1, &port) < 0 || port > UINT16_MAX)
                return refuse(proof, "The port is a number from 1 to 65535.");

        proof->target = strndup(host, n);
        proof->port = strdup(colon + 1);
        return proof->target && proof->port ? 0 : -ENOMEM;
}

static int take_command(Reading *reading, const char *text) {
        _cleanup_strv_free_ char **words = NULL;
        Proof *proof = reading->proof;
        int r;

        r = words_split(text, WORD_UNQUOTE | WORD_UNESCAPE, &words);
        if (r == -EINVAL)
                return refuse(proof, "The command has a quote that does not end, or an unknown escape.");
        if (r < 0)
                return r;
        STRV_FOREACH(word, words) {
                char *expanded = NULL;

                r = expand(reading, *word, &expanded);
                if (r != 0)
                        return r;
                r = strv_consume(&proof->command, expanded);
                if (r < 0)
                        return r;
        }
        if (!proof->command || !proof->command[0][0])
                return refuse(proof, "There is no command.");
        if (strchr("-@:+!|", proof->command[0][0]))
                return refuse(proof, "A command is a path or a name; it has no prefix here.");
        proof->kind = PROOF_EXEC;
        return 0;
}

static int take_span(Proof *proof, const char *name, const char *value, uint64_t max, uint64_t *ret) {
        uint64_t usec;

        if (*ret != PROOF_UNSET)
                return refuse(proof, "%s= is there twice.", name);
        if (time_span_parse(value, USEC_PER_SEC, &usec) < 0 || usec == 0 || usec == TIME_SPAN_INFINITY)
                return refuse(proof, "%s= takes a time such as 30s or 2min, not \"%s\".", name, value);
        if (usec > max)
                return refuse(proof, "%s= is %u s at most.", name, (unsigned) (max / USEC_PER_SEC));
        *ret = usec;
        return 0;
}

static int take_option(Reading *reading, const char *word) {
        Proof *proof = reading->proof;
        const char *value;

        value = startswith(word, "deadline=");
        if (value)
                return take_span(proof, "deadline", value, PROOF_DEADLINE_MAX_SEC * USEC_PER_SEC,
                        &proof->deadline_usec);
        value = startswith(word, "max-age=");
        if (value)
                return take_span(proof, "max-age", value, TIME_SPAN_INFINITY, &proof->max_age_usec);
        value = startswith(word, "min-size=");
        if (value) {
                if (proof->min_size != PROOF_UNSET)
                        return refuse(proof, "min-size= is there twice.");
                if (parse_size(value, 1024, &proof->min_size) >= 0 && proof->min_size != PROOF_UNSET)
                        return 0;
                return refuse(proof, "min-size= takes a size such as 512 or 4K, not \"%s\".", value);
        }
        return refuse(proof,
                "\"%s\" is neither file:PATH, tcp:HOST:PORT, unix:PATH or exec:COMMAND nor deadline=, max-age= or min-size=.",
                word);
}

static int take_word(Reading *reading, const char *raw) {
        static const char *const targets[_PROOF_KIND_MAX] = {
                [PROOF_FILE] = "file:", [PROOF_TCP] = "tcp:", [PROOF_UNIX] = "unix:", [PROOF_EXEC] = "exec:"
        };
        _cleanup_free_ char *word = NULL;
        Proof *proof = reading->proof;
        int r;

        r = expand(reading, raw, &word);
        if (r != 0)
                return r;

        for (unsigned kind = PROOF_INVALID + 1; kind < _PROOF_KIND_MAX; kind++) {
                const char *value = startswith(word, targets[kind]);

                if (!value)
                        continue;
                if (proof->kind != PROOF_INVALID)
                        return refuse(proof, "One Proof= is one proof: write a line for each.");
                if (kind == PROOF_EXEC)
                        return refuse(
                                proof, "Quotes stand around words of the command, not around the whole.");
                r = kind == PROOF_TCP ? take_host(reading, value)
                                      : take_path(reading, (ProofKind) kind, value);
                if (r == 0)
                        proof->kind = (ProofKind) kind;
                return r;
        }
        return take_option(reading, word);
}

/* Returns 0, 1 where it is refused, or -ENOMEM. */
static int take_words(Reading *reading, const char *text) {
        Proof *proof = reading->proof;
        int r;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                const char *command;

                text += strspn(text, WORD_BLANKS);
                command = startswith(text, "exec:");
                if (command && proof->kind == PROOF_INVALID) {
                        r = take_command(reading, command);
                        break;
                }
                r = word_take(&text, NULL, WORD_UNQUOTE | WORD_UNESCAPE, &word, NULL);
                if (r == -EINVAL)
                        return refuse(proof, "It has a quote that does not end, or an unknown escape.");
                if (r <= 0)
                        break;
                r = take_word(reading, word);
                if (r != 0)
                        return r;
        }
        if (r != 0)
                return r;
        if (proof->kind == PROOF_INVALID)
                return refuse(proof, "It does not say what is looked at: file:, tcp:, unix: or exec:.");
        if (proof->kind != PROOF_FILE &&
                (proof->max_age_usec != PROOF_UNSET || proof->min_size != PROOF_UNSET))
                return refuse(proof, "max-age= and min-size= are about files.");
        return 0;
}

int proof_parse(const char *text, const ProofSpecifiers *specifiers, Proof *ret) {
        _cleanup_(proof_done) Proof proof = {
                .deadline_usec = PROOF_UNSET,
                .max_age_usec = PROOF_UNSET,
                .min_size = PROOF_UNSET,
                .duration_usec = PROOF_UNSET,
        };
        int r;

        proof.text = strndup(text, cut(text, PROOF_SIZE_MAX));
        if (!proof.text)
                return -ENOMEM;
        if (strlen(text) > PROOF_SIZE_MAX)
                r = refuse(&proof, "It is longer than %u bytes.", PROOF_SIZE_MAX);
        else if (!utf8_is_valid(text, strlen(text)))
                r = refuse(&proof, "It is not UTF-8.");
        else
                r = take_words(&(Reading){ specifiers, &proof }, text);
        if (r < 0)
                return r;

        *ret = proof;
        proof = (Proof){};
        return 0;
}

void proofs_free(Proof *proofs, size_t n_proofs) {
        for (size_t i = 0; i < n_proofs; i++)
                proof_done(proofs + i);
        free(proofs);
}

/* ---- the proofs of a text ---- */

typedef struct Section {
        const ProofSpecifiers *specifiers;
        Proof **proofs;
        size_t *n_proofs;
} Section;

static int take_assignment(const char *section, const char *key, const char *value, void *userdata) {
        Section *to = userdata;
        Proof *grown;
        int r;

        if (!streq(section, SECTION) || !streq(key, "Proof"))
                return 0;
        if (!*value) {
                proofs_free(*to->proofs, *to->n_proofs);
                *to->proofs = NULL;
                *to->n_proofs = 0;
                return 0;
        }
        if (*to->n_proofs >= PROOFS_PER_UNIT_MAX)
                return -E2BIG;

        grown = reallocarray(*to->proofs, *to->n_proofs + 1, sizeof(Proof));
        if (!grown)
                return -ENOMEM;
        *to->proofs = grown;
        r = proof_parse(value, to->specifiers, grown + *to->n_proofs);
        if (r < 0)
                return r;
        (*to->n_proofs)++;
        return 0;
}

int proofs_read(const char *text, const ProofSpecifiers *specifiers, Proof **proofs, size_t *n_proofs) {
        return unit_text_walk(text, take_assignment, &(Section){ specifiers, proofs, n_proofs });
}
