/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * NULL-terminated arrays of strings.
 */

#include "common/strv.h"

char **strv_free(char **l) {
        STRV_FOREACH(s, l)
                free(*s);
        free(l);
        return NULL;
}

size_t strv_length(char *const *l) {
        size_t n = 0;

        STRV_FOREACH(s, l)
                n++;
        return n;
}

bool strv_contains(char *const *l, const char *s) {
        STRV_FOREACH(i, l)
                if (streq(*i, s))
                        return true;
        return false;
}

int strv_consume(char ***l, char *s) {
        size_t n = strv_length(*l);
        char **grown;

        grown = reallocarray(*l, n + 2, sizeof(char *));
        if (!grown) {
                free(s);
                return -ENOMEM;
        }

        grown[n] = s;
        grown[n + 1] = NULL;
        *l = grown;
        return 0;
}

int strv_extend(char ***l, const char *s) {
        char *copy;

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        return strv_consume(l, copy);
}

int strv_copy(char *const *l, char ***ret) {
        _cleanup_strv_free_ char **copy = NULL;
        size_t n = 0;

        copy = calloc(strv_length(l) + 1, sizeof(char *));
        if (!copy)
                return -ENOMEM;

        STRV_FOREACH(s, l) {
                copy[n] = strdup(*s);
                if (!copy[n])
                        return -ENOMEM;
                n++;
        }

        *ret = TAKE_PTR(copy);
        return 0;
}
