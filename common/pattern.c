/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shell patterns. fnmatch(3) is not used because its answer depends on the locale of the process, and
 * because its time for many `*` is not bounded by anything useful.
 */

#include "common/pattern.h"
#include "common/utf8.h"

bool pattern_is_glob(const char *s) {
        return strpbrk(s, "*?[");
}

bool pattern_is_valid(const char *s) {
        size_t n = strnlen(s, PATTERN_MAX + 1);

        if (n == 0 || n > PATTERN_MAX)
                return false;

        for (size_t i = 0; i < n;) {
                uint32_t c;
                int k;

                k = utf8_decode(s + i, n - i, &c);
                if (k < 0 || c < 0x20 || (c >= 0x7F && c < 0xA0) || c == '/')
                        return false;
                i += (size_t) k;
        }

        return true;
}

/* The character at *p, which is moved behind it. A byte that is not UTF-8 is a character of its own, unlike
 * any other. */
static uint32_t next_char(const char **p) {
        uint32_t c;
        int k;

        k = utf8_decode(*p, strnlen(*p, UTF8_MAX), &c);
        if (k < 0) {
                c = 0x110000 + (unsigned char) **p;
                k = 1;
        }

        *p += k;
        return c;
}

static bool in_class(const char *name, size_t n, uint32_t c) {
        static const struct {
                const char *name;
                const char *set; /* pairs of first and last */
        } classes[] = {
                { "alnum", "09AZaz" },
                { "alpha", "AZaz" },
                { "blank", "\t\t  " },
                { "cntrl", "\x01\x1F\x7F\x7F" },
                { "digit", "09" },
                { "graph", "!~" },
                { "lower", "az" },
                { "print", " ~" },
                { "punct", "!/:@[`{~" },
                { "space", "\t\r  " },
                { "upper", "AZ" },
                { "xdigit", "09AFaf" },
        };

        for (size_t i = 0; i < ELEMENTSOF(classes); i++) {
                if (strlen(classes[i].name) != n || memcmp(classes[i].name, name, n) != 0)
                        continue;
                for (const char *s = classes[i].set; *s; s += 2)
                        if (c >= (unsigned char) s[0] && c <= (unsigned char) s[1])
                                return true;
        }

        return false;
}

/* Matches c against the bracket expression whose `[` stands before p. Returns what follows its `]`, or NULL
 * where it has none and the `[` is an ordinary character. */
static const char *match_bracket(const char *p, uint32_t c, bool *ret_match) {
        bool negate = *p == '!' || *p == '^', match = false;
        const char *first;

        if (negate)
                p++;

        for (first = p; *p != ']' || p == first;) {
                uint32_t low, high;

                if (*p == '\0')
                        return NULL;

                if (p[0] == '[' && p[1] == ':') {
                        const char *end = strstr(p + 2, ":]");

                        if (end) {
                                match = match || in_class(p + 2, (size_t) (end - p - 2), c);
                                p = end + 2;
                                continue;
                        }
                }

                low = high = next_char(&p);
                if (p[0] == '-' && p[1] != ']') {
                        if (p[1] == '\0') { /* half a range: fnmatch() lets it match nothing at all */
                                *ret_match = false;
                                return p + 1;
                        }
                        p++;
                        high = next_char(&p);
                }
                match = match || (c >= low && c <= high);
        }

        *ret_match = match != negate;
        return p + 1;
}

/* Matches one character of the pattern, any but `*`, against one of the name; moves both on where they
 * agree. */
static bool match_one(const char **pattern, const char **name) {
        const char *p = *pattern, *n = *name;
        uint32_t c, want;

        if (*p == '\0')
                return false;

        c = next_char(&n);
        want = next_char(&p);

        if (want == '[') {
                const char *behind;
                bool match;

                behind = match_bracket(p, c, &match);
                if (behind) {
                        if (!match)
                                return false;
                        p = behind;
                        want = c;
                }
        }

        if (want != c && want != '?')
                return false;

        *pattern = p;
        *name = n;
        return true;
}

bool pattern_match(const char *pattern, const char *name) {
        const char *star = NULL, *retry = NULL;

        /* A later `*` can take over all that an earlier one could still give, so only the last one is ever
         * retried. */
        while (*name != '\0') {
                if (*pattern == '*') {
                        star = ++pattern;
                        retry = name;
                } else if (!match_one(&pattern, &name)) {
                        if (!star)
                                return false;
                        (void) next_char(&retry);
                        pattern = star;
                        name = retry;
                }
        }

        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}
