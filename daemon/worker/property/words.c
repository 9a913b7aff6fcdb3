/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Words of a line, see words.h. */

#include "daemon/worker/property/words.h"

#include "common/strv.h"
#include "common/utf8.h"

static int digit(char c, unsigned base) {
        int d;

        if (c >= '0' && c <= '9')
                d = c - '0';
        else if (c >= 'a' && c <= 'f')
                d = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
                d = c - 'A' + 10;
        else
                return -EINVAL;
        return d < (int) base ? d : -EINVAL;
}

/* So many digits. Returns how many, or -EINVAL. */
static int take_digits(const char *p, unsigned n, unsigned base, uint32_t *ret) {
        uint32_t value = 0;

        for (unsigned i = 0; i < n; i++) {
                int d = digit(p[i], base);

                if (d < 0)
                        return d;
                value = value * base + (uint32_t) d;
        }

        *ret = value;
        return (int) n;
}

/* What stands behind a backslash, as C has it, and \s for a blank. Writes up to UTF8_MAX bytes. Returns how
 * many characters of the text it takes, or -EINVAL. */
static int unescape_one(const char *p, char *to, size_t *ret_size) {
        static const char from_to[][2] = { { 'a', '\a' }, { 'b', '\b' }, { 'f', '\f' }, { 'n', '\n' },
                { 'r', '\r' }, { 't', '\t' }, { 'v', '\v' }, { '\\', '\\' }, { '"', '"' }, { '\'', '\'' },
                { 's', ' ' } };
        uint32_t value;
        bool byte = false;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(from_to); i++)
                if (*p == from_to[i][0]) {
                        *to = from_to[i][1];
                        *ret_size = 1;
                        return 1;
                }

        switch (*p) {
        case 'x':
                byte = true;
                r = take_digits(p + 1, 2, 16, &value);
                break;
        case 'u':
                r = take_digits(p + 1, 4, 16, &value);
                break;
        case 'U':
                r = take_digits(p + 1, 8, 16, &value);
                break;
        default:
                byte = true;
                r = take_digits(p, 3, 8, &value);
                if (r >= 0)
                        r--; /* there is no letter before them */
                break;
        }
        if (r < 0)
                return r;
        if (value == 0 || (byte && value > UINT8_MAX) || value > 0x10ffff ||
                (!byte && value >= 0xd800 && value <= 0xdfff))
                return -EINVAL;

        if (byte) {
                *to = (char) value;
                *ret_size = 1;
        } else
                *ret_size = utf8_encode(value, to);
        return r + 1;
}

/* An escape is never shorter than what it stands for, so a word fits into as much as the text took. */
int word_take(const char **text, const char *separators, unsigned flags, char **ret, char *ret_separator) {
        _cleanup_free_ char *word = NULL;
        const char *p = *text;
        char quote = 0, separator = 0;
        size_t size = 0;

        separators = separators ?: WORD_BLANKS;
        if (!(flags & WORD_SINGLE))
                p += strspn(p, separators);
        if (!*p) {
                *text = p;
                return 0;
        }

        word = malloc(strlen(p) + 1);
        if (!word)
                return -ENOMEM;

        for (; *p; p++) {
                if (*p == '\\') {
                        size_t n = 1;
                        int r = 1;

                        if (!p[1])
                                return -EINVAL;
                        if (flags & WORD_UNESCAPE)
                                r = unescape_one(p + 1, word + size, &n);
                        else
                                word[size] = p[1];
                        if (r < 0)
                                return r;
                        size += n;
                        p += r;
                } else if (quote != 0) {
                        if (*p == quote)
                                quote = 0;
                        else
                                word[size++] = *p;
                } else if ((flags & WORD_UNQUOTE) && (*p == '"' || *p == '\''))
                        quote = *p;
                else if (strchr(separators, *p)) {
                        separator = *p++;
                        break;
                } else
                        word[size++] = *p;
        }
        if (quote != 0 || !utf8_is_valid(word, size))
                return -EINVAL;
        word[size] = 0;

        if (!(flags & WORD_SINGLE))
                p += strspn(p, separators);
        *text = p;
        *ret = TAKE_PTR(word);
        if (ret_separator)
                *ret_separator = separator;
        return 1;
}

int words_split(const char *text, unsigned flags, char ***ret) {
        _cleanup_strv_free_ char **words = NULL;
        size_t n = 0, n_max;

        /* Each word has a character, or two quotes, and a separator. */
        n_max = strlen(text) / 2 + 2;
        words = calloc(n_max, sizeof(char *));
        if (!words)
                return -ENOMEM;

        for (;;) {
                int r;

                r = word_take(&text, NULL, flags, words + n, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                n++;
        }

        *ret = TAKE_PTR(words);
        return 0;
}

int text_unescape(const char *text, char **ret) {
        _cleanup_free_ char *to = NULL;
        size_t size = 0;

        to = malloc(strlen(text) + 1);
        if (!to)
                return -ENOMEM;

        while (*text) {
                size_t n = 1;
                int r = 1;

                if (*text == '\\') {
                        r = unescape_one(text + 1, to + size, &n);
                        if (r < 0)
                                return r;
                        r++;
                } else
                        to[size] = *text;
                size += n;
                text += r;
        }
        if (!utf8_is_valid(to, size))
                return -EINVAL;

        to[size] = 0;
        *ret = TAKE_PTR(to);
        return 0;
}
