/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Words as a shell reads them, see shell-quote.h. */

#include "client/shell-quote.h"

#include "common/escape.h"
#include "common/utf8.h"

/* Blanks, patterns, and what a shell would act on. */
#define QUOTED_CHARACTERS " \t\n\r\"\\`$*?['()<>|&;!"

static bool needs_quotes(const char *value) {
        return value[strcspn(value, QUOTED_CHARACTERS)] || escape_is_needed(value);
}

/* Writes one byte; returns behind it. */
static char *write_byte(char *t, unsigned char c) {
        static const char letters[][2] = { { '\a', 'a' }, { '\b', 'b' }, { '\f', 'f' }, { '\n', 'n' },
                { '\r', 'r' }, { '\t', 't' }, { '\v', 'v' } };

        *t++ = '\\';
        for (size_t i = 0; i < ELEMENTSOF(letters); i++)
                if ((unsigned char) letters[i][0] == c) {
                        *t++ = letters[i][1];
                        return t;
                }
        *t++ = (char) ('0' + (c >> 6));
        *t++ = (char) ('0' + ((c >> 3) & 7));
        *t++ = (char) ('0' + (c & 7));
        return t;
}

char *shell_quote_value(const char *value) {
        char *text, *t;

        if (!needs_quotes(value))
                return strdup(value);

        text = t = malloc(4 * strlen(value) + sizeof("$''"));
        if (!text)
                return NULL;
        t = stpcpy(t, "$'");
        for (const char *p = value; *p;) {
                uint32_t codepoint = 0;
                int n = utf8_decode(p, strnlen(p, UTF8_MAX), &codepoint);

                if (*p == '\\' || *p == '\'') {
                        *t++ = '\\';
                        *t++ = *p++;
                        continue;
                }
                for (const char *end = p + MAX(n, 1); p < end; p++)
                        if (n < 0 || codepoint_is_unsafe(codepoint))
                                t = write_byte(t, (unsigned char) *p);
                        else
                                *t++ = *p;
        }
        strcpy(t, "'");
        return text;
}

char *shell_word_quoted(const char *word) {
        size_t n = sizeof("''");
        char *text, *t;

        for (const char *p = word; *p; p++)
                n += *p == '\'' ? strlen("'\\''") : 1;
        text = t = malloc(n);
        if (!text)
                return NULL;

        *t++ = '\'';
        for (const char *p = word; *p; p++)
                if (*p == '\'')
                        t = stpcpy(t, "'\\''");
                else
                        *t++ = *p;
        strcpy(t, "'");
        return text;
}

char *shell_word(const char *word) {
        static const char plain[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";

        /* zsh makes the path of a program of "=NAME". */
        return *word && *word != '=' && word[strspn(word, plain)] == 0 ? strdup(word)
                                                                       : shell_word_quoted(word);
}

size_t shell_name_length(const char *word) {
        if (*word >= '0' && *word <= '9')
                return 0;
        return strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
}

int shell_assignment(const char *variable, char **ret) {
        _cleanup_free_ char *quoted = NULL;
        size_t n = shell_name_length(variable);

        if (n == 0 || variable[n] != '=')
                return 0;
        quoted = shell_quote_value(variable + n + 1);
        if (!quoted || asprintf(ret, "%.*s=%s", (int) n, variable, quoted) < 0)
                return -ENOMEM;
        return 1;
}
