/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as unit files have them, see value.h. */

#include "daemon/worker/property/value.h"

#include <limits.h>

#include "daemon/worker/property/words.h"

#define DIGITS "0123456789"

int parse_boolean(const char *s) {
        static const char *const words[2][6] = { { "0", "no", "n", "false", "f", "off" },
                { "1", "yes", "y", "true", "t", "on" } };

        for (int i = 0; i < 2; i++)
                for (size_t j = 0; j < ELEMENTSOF(words[i]); j++)
                        if (strcasecmp(s, words[i][j]) == 0)
                                return i;
        return -EINVAL;
}

int parse_u64(const char *s, uint64_t *ret) {
        uint64_t value;
        char *end;

        /* strtoull() takes "-1" for a very large number. */
        s += strspn(s, WORD_BLANKS);
        if (*s == '-')
                return -ERANGE;
        errno = 0;
        value = strtoull(s, &end, 0);
        if (errno > 0)
                return -errno;
        if (end == s || *end)
                return -EINVAL;

        *ret = value;
        return 0;
}

int parse_u32(const char *s, uint32_t *ret) {
        uint64_t value;
        int r;

        r = parse_u64(s, &value);
        if (r < 0)
                return r;
        if (value > UINT32_MAX)
                return -ERANGE;
        *ret = (uint32_t) value;
        return 0;
}

int parse_i64(const char *s, int64_t *ret) {
        int64_t value;
        char *end;

        errno = 0;
        value = strtoll(s, &end, 0);
        if (errno > 0)
                return -errno;
        if (end == s || *end)
                return -EINVAL;

        *ret = value;
        return 0;
}

int parse_range(const char *s, int min, int max, int32_t *ret) {
        int64_t value;
        int r;

        r = parse_i64(s, &value);
        if (r < 0)
                return r;
        if (value < min || value > max)
                return -ERANGE;
        *ret = (int32_t) value;
        return 0;
}

int parse_i32(const char *s, int32_t *ret) {
        return parse_range(s, INT32_MIN, INT32_MAX, ret);
}

int parse_mode(const char *s, uint32_t *ret) {
        char *end;
        unsigned long value;

        if (*s < '0' || *s > '9')
                return -EINVAL;
        value = strtoul(s, &end, 8);
        if (*end)
                return -EINVAL;
        if (value > 07777)
                return -ERANGE;
        *ret = (uint32_t) value;
        return 0;
}

/* ---- sizes and shares ---- */

int parse_size(const char *s, uint64_t base, uint64_t *ret) {
        static const char suffixes[] = "EPTGMKB";
        uint64_t sum = 0;
        size_t from = 0;

        do {
                uint64_t number, factor = 1, part;
                double fraction = 0, weight = 1;
                size_t i;
                char *end;

                s += strspn(s, WORD_BLANKS);
                if (*s == '-')
                        return -ERANGE;
                errno = 0;
                number = strtoull(s, &end, 10);
                if (errno > 0)
                        return -errno;
                if (end == s)
                        return -EINVAL;
                if (*end == '.')
                        for (end++; *end >= '0' && *end <= '9'; end++) {
                                weight /= 10;
                                fraction += (*end - '0') * weight;
                        }
                end += strspn(end, WORD_BLANKS);

                /* They go down, and what has none is bytes and the last. */
                for (i = from; i < sizeof(suffixes) - 1; i++)
                        if (*end == suffixes[i])
                                break;
                if (i >= sizeof(suffixes) - 1 && (*end || from >= sizeof(suffixes)))
                        return -EINVAL;
                for (size_t k = i; k + 2 < sizeof(suffixes); k++)
                        factor *= base;

                if (number > UINT64_MAX / factor - (fraction > 0))
                        return -ERANGE;
                part = number * factor + (uint64_t) (fraction * (double) factor);
                if (part > UINT64_MAX - sum)
                        return -ERANGE;
                sum += part;
                s = end + (*end != 0);
                from = i + 1;
        } while (*s);

        *ret = sum;
        return 0;
}

int parse_permyriad_unbounded(const char *s, uint32_t *ret) {
        /* The sign, what one of it is, and how many digits may stand behind the point. */
        static const struct {
                const char *sign;
                unsigned worth, digits;
        } signs[] = { { "%", 100, 2 }, { "\342\200\260", 10, 1 }, { "\342\200\261", 1, 0 } };
        size_t n = strspn(s, DIGITS), n_fraction = 0;
        const char *rest = s + n;
        uint64_t value = 0;

        if (*rest == '.') {
                n_fraction = strspn(rest + 1, DIGITS);
                if (n_fraction == 0)
                        return -EINVAL;
                rest += 1 + n_fraction;
        }
        if (n == 0)
                return -EINVAL;

        for (size_t i = 0; i < ELEMENTSOF(signs); i++) {
                unsigned worth = signs[i].worth;

                if (!streq(rest, signs[i].sign))
                        continue;
                if (n_fraction > signs[i].digits)
                        return -EINVAL;
                for (size_t k = 0; k < n; k++) {
                        value = value * 10 + (uint64_t) (s[k] - '0');
                        if (value > INT_MAX)
                                return -ERANGE;
                }
                value *= worth;
                for (size_t k = 0; k < n_fraction; k++) {
                        worth /= 10;
                        value += (uint64_t) (s[n + 1 + k] - '0') * worth;
                }
                if (value > INT_MAX)
                        return -ERANGE;
                *ret = (uint32_t) value;
                return 0;
        }
        return -EINVAL;
}

int parse_permyriad(const char *s, uint32_t *ret) {
        uint32_t value;
        int r;

        r = parse_permyriad_unbounded(s, &value);
        if (r < 0)
                return r;
        if (value > 10000)
                return -ERANGE;
        *ret = value;
        return 0;
}

uint32_t scale_from_permyriad(uint32_t permyriad) {
        return (uint32_t) (((uint64_t) MIN(permyriad, 10000U) * UINT32_MAX + 5000U) / 10000U);
}

int parse_choice(const char *s, const char *const *choices, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (streq_ptr(choices[i], s))
                        return (int) i;
        return -EINVAL;
}
