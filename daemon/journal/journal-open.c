/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which files are opened, see journal-open.h. */

#include "daemon/journal/journal-open.h"

#include <dirent.h>
#include <systemd/sd-id128.h>

#include "common/address.h"
#include "common/strv.h"

#define SUBUID_FILE "/etc/subuid"
/* A file that is listed may be gone when it is opened: it was rotated or vacuumed. */
#define OPEN_ATTEMPTS 3

static bool uid_is_in(uid_t uid, const UidRange *ranges, size_t n_ranges) {
        for (size_t i = 0; i < n_ranges; i++)
                if (uid >= ranges[i].first && uid - ranges[i].first < ranges[i].n)
                        return true;
        return false;
}

bool journal_file_is_about(
        const char *name, const JournalGrants *grants, const UidRange *ranges, size_t n_ranges) {
        char digits[sizeof("4294967295")];
        const char *rest;
        size_t n;
        uid_t uid;

        if (!endswith(name, ".journal") && !endswith(name, ".journal~"))
                return false;

        rest = startswith(name, "system");
        if (rest)
                return *rest == '.' || *rest == '@';

        /* Of names that are not known nothing is known, so they are read. */
        rest = startswith(name, "user-");
        if (!rest)
                return true;
        n = strspn(rest, "0123456789");
        if (n >= sizeof(digits) || (rest[n] != '.' && rest[n] != '@'))
                return true;
        memcpy(digits, rest, n);
        digits[n] = 0;
        if (uid_parse(digits, &uid) < 0)
                return true;
        return grants_find(grants, uid) || uid_is_in(uid, ranges, n_ranges);
}

/* One line of subuid(5): NAME-OR-UID:FIRST:COUNT. */
static bool parse_subuid(char *line, const JournalGrants *grants, UidRange *ret) {
        char *save = NULL, *owner, *first, *count;
        uid_t uid;

        owner = strtok_r(line, ":", &save);
        first = strtok_r(NULL, ":", &save);
        count = strtok_r(NULL, ":\n", &save);
        if (!owner || !first || !count || uid_parse(first, &ret->first) < 0)
                return false;
        ret->n = strtoull(count, NULL, 10);

        if (uid_parse(owner, &uid) >= 0)
                return grants_find(grants, uid);
        for (size_t i = 0; i < grants->n; i++)
                if (streq_ptr(grants->items[i].account, owner))
                        return true;
        return false;
}

int subuid_read(const char *path, const JournalGrants *grants, UidRange **ret, size_t *ret_n) {
        _cleanup_free_ UidRange *ranges = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        size_t size = 0, n = 0;

        f = fopen(path, "re");
        if (!f && errno != ENOENT)
                return -errno;

        while (f && getline(&line, &size, f) >= 0) {
                UidRange range, *grown;

                if (!parse_subuid(line, grants, &range))
                        continue;
                grown = reallocarray(ranges, n + 1, sizeof(*ranges));
                if (!grown)
                        return -ENOMEM;
                ranges = grown;
                ranges[n++] = range;
        }

        *ret = TAKE_PTR(ranges);
        *ret_n = n;
        return 0;
}

/* Adds the paths of the files below the directory; one that is not there has none. */
static int list_directory(const char *directory, const JournalGrants *grants, const UidRange *ranges,
        size_t n_ranges, char ***paths) {
        struct dirent *entry;
        DIR *d;
        int r = 0;

        d = opendir(directory);
        if (!d)
                return errno == ENOENT ? 0 : -errno;

        while (r >= 0 && (errno = 0, entry = readdir(d))) {
                char *path;

                if (!journal_file_is_about(entry->d_name, grants, ranges, n_ranges))
                        continue;
                r = asprintf(&path, "%s/%s", directory, entry->d_name) < 0 ? -ENOMEM
                                                                           : strv_consume(paths, path);
        }
        (void) closedir(d);
        return r;
}

static int list_files(const JournalGrants *grants, char ***ret) {
        static const char *const roots[] = { "/run/log/journal", "/var/log/journal" };
        _cleanup_free_ UidRange *ranges = NULL;
        _cleanup_strv_free_ char **paths = NULL;
        char machine[SD_ID128_STRING_MAX];
        size_t n_ranges = 0;
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine(&id);
        if (r < 0)
                return r;
        r = subuid_read(SUBUID_FILE, grants, &ranges, &n_ranges);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(roots); i++) {
                char directory[sizeof("/var/log/journal/") + SD_ID128_STRING_MAX];

                (void) snprintf(
                        directory, sizeof(directory), "%s/%s", roots[i], sd_id128_to_string(id, machine));
                r = list_directory(directory, grants, ranges, n_ranges, &paths);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(paths);
        return 0;
}

static int open_files(const JournalGrants *grants, sd_journal **ret) {
        int r = -ENOENT;

        for (unsigned i = 0; i < OPEN_ATTEMPTS && r == -ENOENT; i++) {
                _cleanup_strv_free_ char **paths = NULL;

                r = list_files(grants, &paths);
                if (r < 0)
                        return r;
                if (!paths)
                        return -ENODATA;
                r = sd_journal_open_files(ret, (const char **) paths, 0);
        }
        return r;
}

int journal_open(const char *directory, const JournalGrants *grants, bool follow, sd_journal **ret) {
        int r;

        if (directory) {
                r = sd_journal_open_directory(ret, directory, 0);
                return r < 0 ? r : 0;
        }

        if (!follow && grants && !grants->everyone) {
                r = open_files(grants, ret);
                if (r >= 0)
                        return 0;
        }

        /* This takes what can be opened, and leaves a broken file out. */
        r = sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY);
        return r < 0 ? r : 0;
}
