/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Boots and cursors, see boot.h. */

#include "daemon/journal/boot.h"

#define MATCH_SIZE (sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX)

typedef struct Boot {
        sd_id128_t id;
        uint64_t begin; /* time of its first entry */
} Boot;

/* How many characters at the start are an id, written with dashes or without. */
static size_t id_length(const char *s) {
        static const char hex[] = "0123456789abcdefABCDEF";

        if (strspn(s, hex) == SD_ID128_STRING_MAX - 1)
                return SD_ID128_STRING_MAX - 1;
        if (strspn(s, hex) == 8 && strnlen(s, SD_ID128_UUID_STRING_MAX) >= SD_ID128_UUID_STRING_MAX - 1)
                return SD_ID128_UUID_STRING_MAX - 1;
        return 0;
}

int boot_name_parse(const char *s, BootName *ret) {
        char id[SD_ID128_UUID_STRING_MAX];
        size_t n = id_length(s);
        BootName name = {};
        char *end;

        if (n > 0) {
                memcpy(id, s, n);
                id[n] = 0;
                if (sd_id128_from_string(id, &name.id) < 0 || sd_id128_is_null(name.id))
                        return -EINVAL;
        }

        s += n;
        if (*s || n == 0) {
                bool sign = *s == '-' || *s == '+';

                if ((n > 0 && !sign) || s[sign] < '0' || s[sign] > '9')
                        return -EINVAL;
                errno = 0;
                name.offset = strtoll(s, &end, 10);
                if (errno > 0 || *end || name.offset < INT32_MIN || name.offset > INT32_MAX)
                        return -EINVAL;
        }

        *ret = name;
        return 0;
}

static int failed(int r, Error *error) {
        errno = -r;
        return error_set(
                error, r == -ENOMEM ? ERROR_INTERNAL : ERROR_UNAVAILABLE, "The journal cannot be read: %m.");
}

/* Places the journal at the first entry of a boot. Returns 1, 0 where there is none, or a negative errno. */
static int first_of_boot(sd_journal *journal, sd_id128_t id) {
        char match[MATCH_SIZE], text[SD_ID128_STRING_MAX];
        int r;

        (void) snprintf(match, sizeof(match), "_BOOT_ID=%s", sd_id128_to_string(id, text));
        sd_journal_flush_matches(journal);
        r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_seek_head(journal);
        if (r >= 0)
                r = sd_journal_next(journal);
        return r;
}

static int compare_boots(const void *a, const void *b) {
        uint64_t x = ((const Boot *) a)->begin, y = ((const Boot *) b)->begin;

        return x < y ? -1 : x > y;
}

/* The boots that the journal has entries of. */
static int list_ids(sd_journal *journal, Boot **ret, size_t *ret_n) {
        _cleanup_free_ Boot *boots = NULL;
        const void *data;
        size_t size, n = 0;
        int r;

        r = sd_journal_query_unique(journal, "_BOOT_ID");
        if (r < 0)
                return r;
        while ((r = sd_journal_enumerate_available_unique(journal, &data, &size)) > 0) {
                char text[SD_ID128_STRING_MAX];
                Boot boot = {}, *grown;

                if (size != strlen("_BOOT_ID=") + sizeof(text) - 1)
                        continue;
                memcpy(text, (const char *) data + strlen("_BOOT_ID="), sizeof(text) - 1);
                text[sizeof(text) - 1] = 0;
                if (sd_id128_from_string(text, &boot.id) < 0)
                        continue;
                grown = reallocarray(boots, n + 1, sizeof(*boots));
                if (!grown)
                        return -ENOMEM;
                boots = grown;
                boots[n++] = boot;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(boots);
        *ret_n = n;
        return 0;
}

/* The same, the oldest first. */
static int list_boots(sd_journal *journal, Boot **ret, size_t *ret_n) {
        _cleanup_free_ Boot *boots = NULL;
        size_t n, used = 0;
        int r;

        r = list_ids(journal, &boots, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                r = first_of_boot(journal, boots[i].id);
                if (r > 0)
                        r = sd_journal_get_realtime_usec(journal, &boots[i].begin) < 0 ? 0 : 1;
                if (r < 0)
                        return r;
                if (r > 0)
                        boots[used++] = boots[i];
        }
        sd_journal_flush_matches(journal);

        if (used > 1)
                qsort(boots, used, sizeof(*boots), compare_boots);
        *ret = TAKE_PTR(boots);
        *ret_n = used;
        return 0;
}

/* The place in the list, or a number outside of it. */
static int64_t boot_index(const Boot *boots, size_t n, const BootName *name) {
        if (sd_id128_is_null(name->id))
                return name->offset > 0 ? name->offset - 1 : (int64_t) n - 1 + name->offset;
        for (size_t i = 0; i < n; i++)
                if (sd_id128_equal(boots[i].id, name->id))
                        return (int64_t) i + name->offset;
        return -1;
}

/* This boot. The kernel's id of it is another one in a container, where /proc is not the container's own but
 * the service's: the journal does not know that one, and then its newest entry tells. */
static int this_boot(sd_journal *journal, sd_id128_t *ret) {
        sd_id128_t id;
        uint64_t usec;
        int r;

        r = sd_id128_get_boot(&id);
        if (r < 0)
                return r;
        r = first_of_boot(journal, id);
        sd_journal_flush_matches(journal);
        if (r == 0) {
                r = sd_journal_seek_tail(journal);
                if (r >= 0)
                        r = sd_journal_previous(journal);
                if (r > 0)
                        r = sd_journal_get_monotonic_usec(journal, &usec, &id);
        }
        if (r < 0)
                return r;
        *ret = id;
        return 0;
}

int boot_find(sd_journal *journal, const char *s, sd_id128_t *ret, Error *error) {
        _cleanup_free_ Boot *boots = NULL;
        BootName name;
        int64_t i;
        size_t n;
        int r;

        r = boot_name_parse(s, &name);
        if (r < 0)
                return error_set(
                        error, ERROR_INVALID_REQUEST, "The boot is neither the id of one nor a number.");

        if (sd_id128_is_null(name.id) && name.offset == 0) {
                r = this_boot(journal, ret);
                return r < 0 ? failed(r, error) : 0;
        }
        if (name.offset == 0) {
                r = first_of_boot(journal, name.id);
                sd_journal_flush_matches(journal);
                if (r < 0)
                        return failed(r, error);
                *ret = name.id;
                if (r > 0)
                        return 0;
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The journal has nothing of the boot that was asked for.");
        }

        r = list_boots(journal, &boots, &n);
        if (r < 0)
                return failed(r, error);
        i = boot_index(boots, n, &name);
        if (i < 0 || i >= (int64_t) n)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The journal has nothing of the boot that was asked for; it knows %zu.", n);
        *ret = boots[i].id;
        return 0;
}

int cursor_parse(const char *cursor, sd_id128_t *ret_boot) {
        static const char keys[] = "sibmtx";
        sd_id128_t boot = SD_ID128_NULL;
        unsigned seen = 0;

        for (const char *p = cursor; *p;) {
                const char *key = strchr(keys, *p);
                size_t n = strcspn(p, ";");

                if (!key || p[1] != '=' || n < 3 || strspn(p + 2, "0123456789abcdef") != n - 2)
                        return -EINVAL;
                if (seen & (1U << (key - keys)))
                        return -EINVAL;
                seen |= 1U << (key - keys);
                /* Ids have 32 digits, numbers at most 16. */
                if (*p == 's' || *p == 'b' ? n != 2 + SD_ID128_STRING_MAX - 1 : n > 2 + 16)
                        return -EINVAL;
                if (*p == 'b') {
                        char text[SD_ID128_STRING_MAX];

                        memcpy(text, p + 2, sizeof(text) - 1);
                        text[sizeof(text) - 1] = 0;
                        if (sd_id128_from_string(text, &boot) < 0)
                                return -EINVAL;
                }
                p += n;
                if (*p == ';')
                        p++;
        }
        if (seen != (1U << (sizeof(keys) - 1)) - 1)
                return -EINVAL;
        *ret_boot = boot;
        return 0;
}

int cursor_check(sd_journal *journal, const char *cursor, Error *error) {
        sd_id128_t boot;
        int r;

        r = cursor_parse(cursor, &boot);
        if (r < 0)
                return error_set(error, ERROR_INVALID_REQUEST, "The cursor is none.");

        r = first_of_boot(journal, boot);
        sd_journal_flush_matches(journal);
        if (r < 0)
                return failed(r, error);
        if (r == 0)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The cursor is of another machine, or what it names has been rotated away.");
        return 0;
}
