/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stdout is, see terminal.h. */

#include "client/terminal/terminal.h"

#include <langinfo.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <wchar.h>

#define COLUMNS_MAX 4096

static unsigned detect_columns(bool tty) {
        const char *text = getenv("COLUMNS");
        struct winsize size = {};

        if (text) {
                char *end;
                unsigned long n;

                errno = 0;
                n = strtoul(text, &end, 10);
                if (errno == 0 && *end == 0 && n > 0 && n <= COLUMNS_MAX)
                        return (unsigned) n;
        }
        if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0)
                return size.ws_col;
        return 80;
}

bool terminal_decide_colors(bool tty, const char *term, const char *no_color, const char *systemd_colors) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on", "16", "256", "24bit" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

        if (systemd_colors) {
                for (size_t i = 0; i < ELEMENTSOF(yes); i++)
                        if (strcasecmp(systemd_colors, yes[i]) == 0)
                                return true;
                for (size_t i = 0; i < ELEMENTSOF(no); i++)
                        if (strcasecmp(systemd_colors, no[i]) == 0)
                                return false;
        }
        if (!isempty(no_color))
                return false;
        return tty && !streq_ptr(term, "dumb");
}

void terminal_detect(Terminal *ret) {
        bool tty = isatty(STDOUT_FILENO) != 0;

        *ret = (Terminal){
                .tty = tty,
                .colors = terminal_decide_colors(
                        tty, getenv("TERM"), getenv("NO_COLOR"), getenv("SYSTEMD_COLORS")),
                .utf8 = streq(nl_langinfo(CODESET), "UTF-8"),
                .columns = detect_columns(tty),
        };
}

const char *terminal_color(const Terminal *t, Color color) {
        static const char *const codes[_COLOR_MAX] = {
                [COLOR_NONE] = "",
                [COLOR_BOLD] = "\x1b[0;1;39m",
                [COLOR_RED] = "\x1b[0;1;31m",
                [COLOR_GREEN] = "\x1b[0;1;32m",
                [COLOR_YELLOW] = "\x1b[0;1;33m",
                [COLOR_GREY] = "\x1b[0;38;5;245m",
                [COLOR_BLUE] = "\x1b[0;1;34m",
        };

        return t->colors ? codes[color] : "";
}

const char *terminal_normal(const Terminal *t) {
        return t->colors ? "\x1b[0m" : "";
}

const char *terminal_glyph(const Terminal *t, Glyph glyph) {
        static const char *const glyphs[_GLYPH_MAX][2] = {
                [GLYPH_DOT] = { "*", "●" },
                [GLYPH_RING] = { "*", "○" },
                [GLYPH_CROSS] = { "x", "×" },
                [GLYPH_RELOAD] = { "C", "↻" },
                [GLYPH_BRANCH] = { "|-", "├─" },
                [GLYPH_LAST] = { "`-", "└─" },
                [GLYPH_LINE] = { "| ", "│ " },
                [GLYPH_ARROW] = { "->", "→" },
                [GLYPH_ELLIPSIS] = { "...", "…" },
                [GLYPH_TRIGGER] = { "*", "●" },
        };

        return glyphs[glyph][t->utf8];
}

/* The next character: its bytes, and its columns. */
static size_t next_character(const char *s, mbstate_t *state, size_t *ret_columns) {
        wchar_t c;
        size_t n;
        int w;

        n = mbrtowc(&c, s, MB_CUR_MAX, state);
        if (n == 0 || n == (size_t) -1 || n == (size_t) -2) {
                *state = (mbstate_t){};
                *ret_columns = 1;
                return 1;
        }
        w = wcwidth(c);
        *ret_columns = w < 0 ? 1 : (size_t) w;
        return n;
}

size_t terminal_width(const char *s) {
        mbstate_t state = {};
        size_t columns = 0, w;

        while (*s) {
                /* Nearly all is ASCII, and then no locale need be asked. */
                if ((unsigned char) *s < 0x80) {
                        s++;
                        columns++;
                        continue;
                }
                s += next_character(s, &state, &w);
                columns += w;
        }

        return columns;
}

char *terminal_ellipsize(const Terminal *t, const char *s, size_t columns) {
        const char *ellipsis = terminal_glyph(t, GLYPH_ELLIPSIS);
        size_t keep, used = 0, w;
        mbstate_t state = {};
        const char *p = s;
        char *text;

        if (terminal_width(s) <= columns)
                return strdup(s);

        w = terminal_width(ellipsis);
        keep = columns > w ? columns - w : 0;
        while (*p) {
                size_t n = next_character(p, &state, &w);

                if (used + w > keep)
                        break;
                used += w;
                p += n;
        }

        if (asprintf(&text, "%.*s%s", (int) (p - s), s, ellipsis) < 0)
                return NULL;
        return text;
}
