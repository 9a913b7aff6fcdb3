/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * PCRE2 with bounds, see grep.h and pcre2api(3). The bounds on steps do not count the characters that one
 * step walks over, so there is one on time too; it is looked at behind each message.
 */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "daemon/journal/grep.h"

#include <pcre2.h>

#include "common/clock.h"

#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT  (16 * 1024) /* KiB */
/* What one message may take. */
#define MATCH_USEC (1 * USEC_PER_SEC)

struct Grep {
        pcre2_code *code;
        pcre2_match_context *context;
        pcre2_match_data *data;
};

Grep *grep_free(Grep *grep) {
        if (!grep)
                return NULL;
        pcre2_match_data_free(grep->data);
        pcre2_match_context_free(grep->context);
        pcre2_code_free(grep->code);
        free(grep);
        return NULL;
}

static bool has_capital(const char *s) {
        for (; *s; s++)
                if (*s >= 'A' && *s <= 'Z')
                        return true;
        return false;
}

static int compile(const char *pattern, uint32_t flags, pcre2_code **ret, Error *error) {
        pcre2_compile_context *context;
        PCRE2_UCHAR message[128];
        PCRE2_SIZE offset;
        int code;

        context = pcre2_compile_context_create(NULL);
        if (!context)
                return error_set(error, ERROR_INTERNAL, "No memory for the pattern.");
        (void) pcre2_set_max_pattern_length(context, GREP_PATTERN_MAX);

        *ret = pcre2_compile((PCRE2_SPTR) pattern, strlen(pattern), flags, &code, &offset, context);
        pcre2_compile_context_free(context);
        if (*ret)
                return 0;

        if (pcre2_get_error_message(code, message, sizeof(message)) < 0)
                strcpy((char *) message, "unknown error");
        return error_set(error, ERROR_INVALID_REQUEST, "The pattern of grep is none, at offset %zu: %s.",
                offset, (const char *) message);
}

int grep_new(const char *pattern, GrepCase grep_case, Grep **ret, Error *error) {
        _cleanup_(grep_freep) Grep *grep = NULL;
        uint32_t flags = PCRE2_MATCH_INVALID_UTF;
        int r;

        if (grep_case == GREP_CASE_INSENSITIVE || (grep_case == GREP_CASE_AUTO && !has_capital(pattern)))
                flags |= PCRE2_CASELESS;
        /* The option above would turn UTF mode on; as in journalctl only the pattern itself does: (*UTF). */
        if (!startswith(pattern, "(*UTF"))
                flags &= ~PCRE2_MATCH_INVALID_UTF;

        grep = calloc(1, sizeof(*grep));
        if (!grep)
                return error_set(error, ERROR_INTERNAL, "No memory for the pattern.");
        r = compile(pattern, flags, &grep->code, error);
        if (r < 0)
                return r;

        grep->context = pcre2_match_context_create(NULL);
        grep->data = pcre2_match_data_create(1, NULL);
        if (!grep->context || !grep->data)
                return error_set(error, ERROR_INTERNAL, "No memory for the pattern.");
        (void) pcre2_set_match_limit(grep->context, MATCH_LIMIT);
        (void) pcre2_set_depth_limit(grep->context, DEPTH_LIMIT);
        (void) pcre2_set_heap_limit(grep->context, HEAP_LIMIT);

        *ret = TAKE_PTR(grep);
        return 0;
}

int grep_match(Grep *grep, const char *text, size_t n, Error *error) {
        uint64_t begin = clock_now_usec();
        int r;

        r = pcre2_match(
                grep->code, (PCRE2_SPTR) text, MIN(n, GREP_SUBJECT_MAX), 0, 0, grep->data, grep->context);
        if (r == PCRE2_ERROR_MATCHLIMIT || r == PCRE2_ERROR_DEPTHLIMIT || r == PCRE2_ERROR_HEAPLIMIT ||
                clock_now_usec() - begin > MATCH_USEC)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "The pattern of grep takes too long on a message; make it simpler.");
        if (r == PCRE2_ERROR_NOMEMORY)
                return error_set(error, ERROR_INTERNAL, "No memory for the pattern.");
        /* What is left says that the message is none that the pattern could be held against. */
        return r >= 0;
}
