/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The layout of --help, see help.h. */

#include "client/help.h"

#define HELP_COLUMN 36

/* Columns of a text: the tables hold nothing but characters of one column. */
static size_t width(const char *s, size_t n) {
        size_t w = 0;

        for (size_t i = 0; i < n; i++)
                w += ((unsigned char) s[i] & 0xC0) != 0x80;
        return w;
}

/* Prints the text broken at words; the first line starts where the cursor is, at `indent`. */
static void print_wrapped(FILE *f, size_t indent, const char *text) {
        size_t column = indent;

        for (const char *p = text; *p;) {
                size_t n = strcspn(p, " "), w = width(p, n);

                if (column > indent && column + 1 + w > HELP_WIDTH - 1) {
                        fprintf(f, "\n%*s", (int) indent, "");
                        column = indent;
                } else if (column > indent) {
                        fputc(' ', f);
                        column++;
                }
                fwrite(p, 1, n, f);
                column += w;
                p += n;
                p += strspn(p, " ");
        }
        fputc('\n', f);
}

void help_print_row(FILE *f, const char *left, const char *doc) {
        size_t w = 2 + width(left, strlen(left));

        fprintf(f, "  %s", left);
        if (w + 1 > HELP_COLUMN)
                fprintf(f, "\n%*s", HELP_COLUMN, "");
        else
                fprintf(f, "%*s", (int) (HELP_COLUMN - w), "");
        print_wrapped(f, HELP_COLUMN, doc);
}

void help_print_paragraph(FILE *f, size_t indent, const char *text) {
        fprintf(f, "%*s", (int) indent, "");
        print_wrapped(f, indent, text);
}
