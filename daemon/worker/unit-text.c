/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A look into unit files, see unit-text.h. */

#include "daemon/worker/unit-text.h"

#include "common/strv.h"

#define SPACE " \t\r"

void unit_text_done(UnitText *unit) {
        free(unit->description);
        strv_free(unit->aliases);
        *unit = (UnitText){};
}

typedef enum Section {
        SECTION_OTHER,
        SECTION_UNIT,
        SECTION_INSTALL,
} Section;

static int add_words(char ***list, const char *value) {
        int r;

        for (const char *p = value + strspn(value, SPACE); *p;) {
                size_t n = strcspn(p, SPACE);

                char *word = strndup(p, n);

                if (!word)
                        return -ENOMEM;
                r = strv_consume(list, word);
                if (r < 0)
                        return r;
                p += n;
                p += strspn(p, SPACE);
        }
        return 0;
}

static int take_assignment(UnitText *unit, Section section, const char *key, const char *value) {
        if (section == SECTION_UNIT && streq(key, "Description")) {
                free(unit->description);
                unit->description = *value ? strdup(value) : NULL;
                return !*value || unit->description ? 0 : -ENOMEM;
        }

        if (section != SECTION_INSTALL)
                return 0;
        if (streq(key, "Alias")) {
                if (!*value)
                        unit->aliases = strv_free(unit->aliases);
                return add_words(&unit->aliases, value);
        }
        if (streq(key, "WantedBy") || streq(key, "RequiredBy") || streq(key, "UpheldBy"))
                unit->wanted = unit->wanted || *value;
        else if (streq(key, "Also"))
                unit->also = unit->also || *value;
        return 0;
}

static char *strip(char *s) {
        char *end = s + strlen(s);

        while (end > s && strchr(SPACE, end[-1]))
                end--;
        *end = 0;
        return s + strspn(s, SPACE);
}

/* One line, continuations joined; it is written to. */
static int take_line(UnitText *unit, Section *section, char *line) {
        char *equals;

        line = strip(line);
        if (*line == 0 || *line == '#' || *line == ';')
                return 0;

        if (*line == '[') {
                *section = streq(line, "[Unit]")   ? SECTION_UNIT
                        : streq(line, "[Install]") ? SECTION_INSTALL
                                                   : SECTION_OTHER;
                return 0;
        }

        equals = strchr(line, '=');
        if (!equals)
                return 0;
        *equals = 0;
        return take_assignment(unit, *section, strip(line), strip(equals + 1));
}

int unit_text_read(const char *text, UnitText *ret) {
        _cleanup_(unit_text_done) UnitText unit = {};
        _cleanup_free_ char *copy = strdup(text), *joined = NULL;
        Section section = SECTION_OTHER;
        char *rest = copy, *line, *out;
        int r;

        joined = malloc(strlen(text) + 1);
        if (!copy || !joined)
                return -ENOMEM;

        out = joined;
        while ((line = strsep(&rest, "\n"))) {
                size_t n = strlen(line);
                bool comment = line[strspn(line, SPACE)] == '#' || line[strspn(line, SPACE)] == ';';

                /* Comments within a continued line are passed over. */
                if (comment && out > joined)
                        continue;

                memcpy(out, line, n);
                out += n;
                if (!comment && n > 0 && line[n - 1] == '\\') {
                        out[-1] = ' ';
                        continue;
                }
                *out = 0;

                r = take_line(&unit, &section, joined);
                if (r < 0)
                        return r;
                out = joined;
        }

        *ret = unit;
        unit = (UnitText){};
        return 0;
}
