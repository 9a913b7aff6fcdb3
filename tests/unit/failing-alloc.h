/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes the n-th allocation fail, for tests that are linked with failing_alloc_dep (meson.build beside this
 * file): the linker sends the allocations of the code under test here. Those made inside libc stay as they
 * are.
 */

#include <errno.h>
#include <stdlib.h>

/* How many allocations still succeed before one fails; negative: all do. */
static long allocations_left = -1;

static int allocation_fails(void) {
        if (allocations_left < 0)
                return 0;
        if (allocations_left-- > 0)
                return 0;
        errno = ENOMEM;
        return 1;
}

#define WRAP(type, name, parameters, ...)                                                                   \
        type __real_##name parameters;                                                                      \
        type __wrap_##name parameters;                                                                      \
        type __wrap_##name parameters {                                                                     \
                return allocation_fails() ? NULL : __real_##name(__VA_ARGS__);                              \
        }                                                                                                   \
        struct swallow_the_semicolon

WRAP(void *, malloc, (size_t n), n);
WRAP(void *, calloc, (size_t n, size_t m), n, m);
WRAP(void *, realloc, (void *p, size_t n), p, n);
WRAP(void *, reallocarray, (void *p, size_t n, size_t m), p, n, m);
WRAP(char *, strdup, (const char *s), s);
WRAP(char *, strndup, (const char *s, size_t n), s, n);

/* Runs `statement`, which sets r, with the first, second, … allocation failing until none is left to fail. r
 * must be -ENOMEM each time before and 0 then. Leaves the number of failures in `count`. */
#define FOR_EACH_FAILURE(count, r, statement)                                                               \
        for ((count) = 0;; (count)++) {                                                                     \
                allocations_left = (long) (count);                                                          \
                statement;                                                                                  \
                allocations_left = -1;                                                                      \
                if ((r) != -ENOMEM)                                                                         \
                        break;                                                                              \
        }                                                                                                   \
        assert_int_equal((r), 0)
