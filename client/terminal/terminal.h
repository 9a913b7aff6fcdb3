/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What stdout is: a terminal or not, its width, whether colours and characters beyond ASCII may be used. It
 * is found out once, before a pager comes between.
 */

#include "common/macro.h"

typedef struct Terminal {
        bool tty; /* stdout is one */
        bool colors;
        bool utf8;
        unsigned columns; /* 80 where nobody knows */
} Terminal;

typedef enum Color {
        COLOR_NONE,
        COLOR_BOLD,
        COLOR_RED,
        COLOR_GREEN,
        COLOR_YELLOW,
        COLOR_GREY,
        COLOR_BLUE,
        _COLOR_MAX,
} Color;

typedef enum Glyph {
        GLYPH_DOT,      /* ● active, failed */
        GLYPH_RING,     /* ○ inactive */
        GLYPH_CROSS,    /* × failed */
        GLYPH_RELOAD,   /* ↻ reloading, activating */
        GLYPH_BRANCH,   /* ├─ */
        GLYPH_LAST,     /* └─ */
        GLYPH_LINE,     /* │ and a blank */
        GLYPH_ARROW,    /* → */
        GLYPH_ELLIPSIS, /* … */
        GLYPH_TRIGGER,  /* ● of what a unit triggers */
        _GLYPH_MAX,
} Glyph;

/* Looks at stdout, the locale (LC_CTYPE must be set), $COLUMNS, $TERM, $NO_COLOR and $SYSTEMD_COLORS. */
void terminal_detect(Terminal *ret);

/* The rule of the two variables, apart for tests; either may be NULL. $SYSTEMD_COLORS decides where it is
 * set to a boolean or a mode of colours; $NO_COLOR, when it is not empty, says no; else it takes a terminal
 * that is not dumb. */
bool terminal_decide_colors(bool tty, const char *term, const char *no_color, const char *systemd_colors);

/* What switches a colour on, and what switches it off again; "" where there are no colours. Static. */
const char *terminal_color(const Terminal *t, Color color);
const char *terminal_normal(const Terminal *t);

/* A glyph in UTF-8 or ASCII. Static. */
const char *terminal_glyph(const Terminal *t, Glyph glyph);

/* Columns a string takes on a terminal, in the locale; bytes that are no characters count one each. */
size_t terminal_width(const char *s);

/* Shortens to `columns` with an ellipsis at the end. NULL: no memory. */
char *terminal_ellipsize(const Terminal *t, const char *s, size_t columns);
