/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Judging a file, see file.h. */

#include "daemon/worker/proof/file.h"

#include <inttypes.h>
#include <time.h>

#include "common/time-span.h"

uint64_t proof_file_now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000U;
}

static const char *type_of(mode_t mode) {
        switch (mode & S_IFMT) {
        case S_IFREG:
                return "a file";
        case S_IFDIR:
                return "a directory";
        case S_IFSOCK:
                return "a socket";
        case S_IFIFO:
                return "a FIFO";
        case S_IFCHR:
        case S_IFBLK:
                return "a device";
        default:
                return "no file";
        }
}

static uint64_t changed_usec(const struct statx *st) {
        /* Before the epoch is very long ago. */
        if (st->stx_mtime.tv_sec < 0)
                return 0;
        return (uint64_t) st->stx_mtime.tv_sec * USEC_PER_SEC + st->stx_mtime.tv_nsec / 1000U;
}

static int describe_size(const struct statx *st, char **ret) {
        if (!S_ISREG(st->stx_mode)) {
                *ret = strdup(type_of(st->stx_mode));
                return *ret ? 0 : -ENOMEM;
        }
        return asprintf(ret, "%" PRIu64 " bytes", (uint64_t) st->stx_size) < 0 ? -ENOMEM : 0;
}

static int describe(const struct statx *st, const char *too_old, const char *too_small, uint64_t changed,
        uint64_t now_usec, char **ret) {
        _cleanup_free_ char *size = NULL;
        char age[TIME_SPAN_TEXT_MAX];
        int r;

        r = describe_size(st, &size);
        if (r < 0)
                return r;
        if (changed > now_usec)
                return asprintf(ret, "Changed %s from now, %s%s%s.",
                               time_span_format(changed - now_usec, age), size, too_old, too_small) < 0
                        ? -ENOMEM
                        : 0;
        return asprintf(ret, "Changed %s ago%s, %s%s.", time_span_format(now_usec - changed, age), too_old,
                       size, too_small) < 0
                ? -ENOMEM
                : 0;
}

bool proof_file_judge(const struct statx *st, uint64_t max_age_usec, uint64_t min_size, uint64_t now_usec,
        char **ret_evidence) {
        char too_old[TIME_SPAN_TEXT_MAX + 32] = "", too_small[64] = "", max[TIME_SPAN_TEXT_MAX];
        uint64_t changed = changed_usec(st);

        /* One with a time in the future is as young as can be: clocks differ. */
        if (max_age_usec != UINT64_MAX && changed < now_usec && now_usec - changed > max_age_usec)
                (void) snprintf(
                        too_old, sizeof(too_old), " (%s at most)", time_span_format(max_age_usec, max));
        if (min_size != UINT64_MAX && (!S_ISREG(st->stx_mode) || st->stx_size < min_size))
                (void) snprintf(too_small, sizeof(too_small), " (at least %" PRIu64 " bytes)", min_size);

        if (describe(st, too_old, too_small, changed, now_usec, ret_evidence) < 0)
                *ret_evidence = NULL;
        return !*too_old && !*too_small;
}

char *proof_file_describe_failure(int error) {
        char *text;
        int n;

        if (error == ENOENT || error == ENOTDIR)
                return strdup("There is no such file.");
        n = asprintf(&text, "The account cannot look at it: %s.", strerrordesc_np(error));
        return n < 0 ? NULL : text;
}
