/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text of messages, see text.h. */

#include "client/journal/text.h"

#include <wchar.h>

#include "common/utf8.h"

#define ESCAPE '\x1b'
#define BELL   '\a'

/* Tabs become as many blanks, whatever column they stand in. */
static const char tab[] = "        ";

static bool is_noncharacter(uint32_t c) {
        return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool journal_text_is_printable(const char *s, size_t n) {
        size_t i = 0;

        while (i < n) {
                unsigned char byte = (unsigned char) s[i];
                uint32_t c;
                int k;

                if (byte >= 0x20 && byte < 0x7F) {
                        i++;
                        continue;
                }
                if (byte == '\n' || byte == '\t') {
                        i++;
                        continue;
                }
                k = utf8_decode(s + i, n - i, &c);
                if (k < 0 || c < 0xA0 || is_noncharacter(c))
                        return false;
                i += (size_t) k;
        }
        return true;
}

/* The length of a sequence that sets colours, from its ESC on; 0 where it is another or is cut off. */
static size_t color_length(const char *s, size_t n) {
        for (size_t i = 2; i < n; i++) {
                if (s[i] == 'm')
                        return i + 1;
                if ((s[i] < '0' || s[i] > '9') && s[i] != ';')
                        return 0;
        }
        return 0;
}

/* The same of one that ends with a bell. */
static size_t command_length(const char *s, size_t n) {
        for (size_t i = 2; i < n; i++) {
                if (s[i] == BELL)
                        return i + 1;
                if (s[i] < 0x20 || s[i] > 0x7E)
                        return 0;
        }
        return 0;
}

/* Bytes at the start that are left out. */
static size_t skipped_length(const char *s, size_t n) {
        size_t k = 0;

        if (*s == ESCAPE && n > 1 && s[1] == '[')
                return color_length(s, n);
        if (*s == ESCAPE && n > 1 && s[1] == ']')
                return command_length(s, n);
        while (k < n && s[k] == '\r')
                k++;
        return k == n || s[k] == '\n' ? k : 0;
}

int journal_text_strip(const char *s, size_t n, Buffer *b) {
        size_t i = 0;

        b->size = 0;
        while (i < n) {
                size_t k = i, skipped;
                int r;

                while (k < n && s[k] != ESCAPE && s[k] != '\t' && s[k] != '\r')
                        k++;
                r = buffer_append(b, s + i, k - i);
                if (r < 0)
                        return r;
                i = k;
                if (i == n)
                        break;

                if (s[i] == '\t') {
                        r = buffer_append(b, tab, strlen(tab));
                        i++;
                } else {
                        skipped = skipped_length(s + i, n - i);
                        if (skipped == 0)
                                r = buffer_append(b, s + i, 1);
                        i += MAX(skipped, (size_t) 1);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Columns of the character at s, and its bytes. */
static size_t character(const char *s, size_t n, size_t *ret_columns) {
        uint32_t c;
        int k, w;

        k = utf8_decode(s, n, &c);
        if (k < 0) {
                *ret_columns = 1;
                return 1;
        }
        w = wcwidth((wchar_t) c);
        *ret_columns = w < 0 ? 1 : (size_t) w;
        return (size_t) k;
}

static size_t text_columns(const char *s, size_t n) {
        size_t columns = 0, w;

        for (size_t i = 0; i < n;) {
                i += character(s + i, n - i, &w);
                columns += w;
        }
        return columns;
}

/* How many bytes at the start fit into so many columns. */
static size_t bytes_that_fit(const char *s, size_t n, size_t columns) {
        size_t i = 0, used = 0, w;

        while (i < n) {
                size_t k = character(s + i, n - i, &w);

                if (used + w > columns)
                        break;
                used += w;
                i += k;
        }
        return i;
}

char *journal_text_ellipsize(const Terminal *t, const char *s, size_t n, size_t columns, unsigned percent) {
        const char *ellipsis = terminal_glyph(t, GLYPH_ELLIPSIS);
        size_t whole = text_columns(s, n), keep, head, tail, w;
        char *text;

        if (whole <= columns)
                return strndup(s, n);

        keep = columns - MIN(columns, terminal_width(ellipsis));
        head = bytes_that_fit(s, n, (keep * percent + 50) / 100);
        keep -= MIN(keep, text_columns(s, head));

        /* From the end backwards by going on from the head until the rest fits. */
        for (tail = head, whole -= text_columns(s, head); tail < n && whole > keep; whole -= w)
                tail += character(s + tail, n - tail, &w);

        if (asprintf(&text, "%.*s%s%.*s", (int) head, s, ellipsis, (int) (n - tail), s + tail) < 0)
                return NULL;
        return text;
}
