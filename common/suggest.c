/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The word that was probably meant, see suggest.h. */

#include "common/suggest.h"

/* Levenshtein distance of two short words, over one row. */
static size_t word_distance(const char *a, const char *b) {
        size_t row[64], n = strlen(b);

        if (n >= ELEMENTSOF(row))
                return SIZE_MAX;
        for (size_t j = 0; j <= n; j++)
                row[j] = j;

        for (size_t i = 0; a[i]; i++) {
                size_t diagonal = row[0];

                row[0] = i + 1;
                for (size_t j = 0; j < n; j++) {
                        size_t cost = MIN(MIN(row[j], row[j + 1]) + 1, diagonal + (a[i] != b[j]));
                        diagonal = row[j + 1];
                        row[j + 1] = cost;
                }
        }

        return row[n];
}

const char *word_suggest(const char *word, const char *(*get)(size_t i), size_t n) {
        const char *best = NULL;
        size_t least = 3;

        if (strlen(word) >= 64)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                const char *candidate = get(i);
                size_t d = word_distance(word, candidate);

                if (d < least && d < strlen(candidate)) {
                        least = d;
                        best = candidate;
                }
        }
        return best;
}
