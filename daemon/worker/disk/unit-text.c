/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A look into unit files, see unit-text.h. */

#include "daemon/worker/disk/unit-text.h"

#include "common/strv.h"

#define SPACE           " \t\r"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void unit_text_done(UnitText *unit) {
        free(unit->description);
        strv_free(unit->aliases);
        strv_free(unit->wanted_by);
        strv_free(unit->required_by);
        strv_free(unit->upheld_by);
        strv_free(unit->also);
        free(unit->default_instance);
        *unit = (UnitText){};
}

/* One word: quotes are taken away and protect blanks, backslashes stay. Returns its length in the value, 0
 * at the end, -EINVAL for a quote that is not closed. `word` has room for the whole value. */
static ssize_t next_word(const char *value, char *word) {
        const char *p = value + strspn(value, SPACE);
        char quote = 0;

        if (!*p)
                return 0;
        for (; *p && (quote || !strchr(SPACE, *p)); p++) {
                if (quote ? *p == quote : *p == '\'' || *p == '"')
                        quote = quote ? 0 : *p;
                else
                        *word++ = *p;
        }
        if (quote)
                return -EINVAL;
        *word = 0;
        return p - value;
}

/* Words are added to a list; nothing at all empties it; none of them is taken where one is malformed. */
static int take_words(char ***list, const char *value) {
        _cleanup_strv_free_ char **words = NULL;
        _cleanup_free_ char *word = malloc(strlen(value) + 1);
        ssize_t n;
        int r;

        if (!word)
                return -ENOMEM;
        if (!*value) {
                *list = strv_free(*list);
                return 0;
        }

        for (const char *p = value; (n = next_word(p, word)) != 0; p += n) {
                if (n < 0)
                        return 0;
                r = strv_extend(&words, word);
                if (r < 0)
                        return r;
        }
        STRV_FOREACH(w, words) {
                r = strv_extend(list, *w);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int take_string(char **where, const char *value) {
        char *copy;

        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(*where);
        *where = copy;
        return 0;
}

static int take_assignment(const char *section, const char *key, const char *value, void *userdata) {
        UnitText *unit = userdata;
        const struct {
                const char *key;
                char ***list;
        } lists[] = {
                { "Alias", &unit->aliases },
                { "WantedBy", &unit->wanted_by },
                { "RequiredBy", &unit->required_by },
                { "UpheldBy", &unit->upheld_by },
        };

        if (streq(section, "[Unit]") && streq(key, "Description")) {
                if (*value)
                        return take_string(&unit->description, value);
                free(TAKE_PTR(unit->description));
                return 0;
        }
        if (!streq(section, "[Install]"))
                return 0;

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                if (streq(key, lists[i].key))
                        return take_words(lists[i].list, value);
        /* Also= cannot be taken back. */
        if (streq(key, "Also") && *value)
                return take_words(&unit->also, value);
        if (streq(key, "DefaultInstance"))
                return take_string(&unit->default_instance, value);
        return 0;
}

static char *strip(char *s) {
        char *end = s + strlen(s);

        while (end > s && strchr(SPACE, end[-1]))
                end--;
        *end = 0;
        return s + strspn(s, SPACE);
}

typedef struct Walk {
        UnitTextHandler handler;
        void *userdata;
        char *section; /* the header; NULL: there was none */
} Walk;

static void walk_done(Walk *walk) {
        free(walk->section);
}

/* One line that is no comment, continuations joined; it is written to. */
static int take_line(Walk *walk, char *line) {
        char *equals;

        line = strip(line);
        if (*line == 0)
                return 0;

        if (*line == '[') {
                if (!endswith(line, "]"))
                        return -EBADMSG;
                return take_string(&walk->section, line);
        }

        equals = strchr(line, '=');
        if (!equals || !walk->section)
                return 0;
        *equals = 0;
        return walk->handler(walk->section, strip(line), strip(equals + 1), walk->userdata);
}

/* A backslash that is not itself behind one. */
static bool is_continued(const char *line, size_t n) {
        size_t backslashes = 0;

        while (backslashes < n && line[n - 1 - backslashes] == '\\')
                backslashes++;
        return backslashes % 2 != 0;
}

int unit_text_walk(const char *text, UnitTextHandler handler, void *userdata) {
        _cleanup_free_ char *copy = strdup(text), *joined = malloc(strlen(text) + 1);
        _cleanup_(walk_done) Walk walk = { .handler = handler, .userdata = userdata };
        char *rest = copy, *line, *out;
        int r;

        if (!copy || !joined)
                return -ENOMEM;
        if (startswith(rest, BYTE_ORDER_MARK))
                rest += strlen(BYTE_ORDER_MARK);

        out = joined;
        while ((line = strsep(&rest, "\n"))) {
                size_t n = strlen(line);
                char first = line[strspn(line, SPACE)];

                /* Comments within a continued line are passed over. */
                if (first == '#' || first == ';')
                        continue;

                memcpy(out, line, n);
                out += n;
                if (is_continued(joined, (size_t) (out - joined))) {
                        out[-1] = ' ';
                        continue;
                }

                *out = 0;
                r = take_line(&walk, joined);
                if (r < 0)
                        return r;
                out = joined;
        }

        /* The last line wanted another. */
        *out = 0;
        return take_line(&walk, joined);
}

int unit_text_read(const char *text, UnitText *unit) {
        return unit_text_walk(text, take_assignment, unit);
}
