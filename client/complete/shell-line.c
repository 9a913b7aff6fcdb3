/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line of bash, see shell-line.h. */

#include "client/complete/shell-line.h"

#include <ctype.h>

#include "common/strv.h"

void shell_line_done(ShellLine *line) {
        strv_free(line->words);
        free(line->current);
        *line = (ShellLine){};
}

/* NAME=VALUE before a command. */
static bool is_assignment(const char *word) {
        size_t n = 0;

        while (isalnum((unsigned char) word[n]) || word[n] == '_')
                n++;
        return n > 0 && !isdigit((unsigned char) word[0]) && word[n] == '=';
}

static int take_word(ShellLine *line, const char *word) {
        if (!line->words && is_assignment(word))
                return 0;
        return strv_extend(&line->words, word);
}

int shell_line_parse(const char *text, const char *breaks, ShellLine *ret) {
        _cleanup_free_ char *word = malloc(strlen(text) + 1);
        _cleanup_(shell_line_done) ShellLine line = {};
        bool in_word = false;
        size_t n = 0;
        int r;

        if (!word)
                return -ENOMEM;

        for (const char *p = text; *p; p++) {
                bool quoting = line.quote ? *p == line.quote : *p == '\'' || *p == '"';

                if (!line.quote && strchr(" \t\n", *p)) {
                        if (in_word) {
                                word[n] = 0;
                                r = take_word(&line, word);
                                if (r < 0)
                                        return r;
                        }
                        in_word = false;
                        n = line.start = 0;
                        continue;
                }

                in_word = true;
                if (quoting)
                        line.quote = line.quote ? 0 : *p;
                else if (*p == '\\' && p[1] &&
                        (!line.quote || (line.quote == '"' && strchr("\\\"$`", p[1])))) {
                        word[n++] = *++p;
                        continue;
                } else
                        word[n++] = *p;
                /* What is within quotes breaks no word, but the quote that opened does. */
                if (quoting || (!line.quote && strchr(breaks, *p)))
                        line.start = n;
        }

        word[n] = 0;
        line.current = TAKE_PTR(word);
        *ret = line;
        line = (ShellLine){};
        return 0;
}

static bool needs_backslash(char c, char quote) {
        if (quote == '"')
                return strchr("\\\"$`", c) != NULL;
        return !isalnum((unsigned char) c) && !strchr("%+,-./:=@_^", c) && (unsigned char) c < 0x80;
}

char *shell_quote(const char *word, char quote) {
        char *text = malloc(4 * strlen(word) + 1), *t = text;

        if (!text)
                return NULL;
        for (const char *p = word; *p; p++) {
                if (quote == '\'' && *p == '\'') {
                        t = stpcpy(t, "'\\''");
                        continue;
                }
                if (quote != '\'' && needs_backslash(*p, quote))
                        *t++ = '\\';
                *t++ = *p;
        }
        *t = 0;
        return text;
}
