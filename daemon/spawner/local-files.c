/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads passwd(5) and login.defs(5), the local files and nothing else. */

#include <pwd.h>

#include "daemon/spawner/local-files.h"
#include "daemon/spawner/policy.h"

typedef bool (*PasswdMatch)(const struct passwd *entry, const void *key);

static int find_user(
        const char *path, PasswdMatch match, const void *key, uint32_t *ret_uid, uint32_t *ret_gid) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        if (!f)
                return -errno;

        for (;;) {
                const struct passwd *entry;

                errno = 0;
                entry = fgetpwent(f);
                if (!entry)
                        break;

                /* "+name" and "-name" are instructions to the NIS module, not accounts. */
                if (entry->pw_name[0] == '+' || entry->pw_name[0] == '-')
                        continue;

                if (match(entry, key)) {
                        *ret_uid = entry->pw_uid;
                        *ret_gid = entry->pw_gid;
                        return 0;
                }
        }

        /* At the end of the file fgetpwent() says ENOENT, or leaves errno alone. */
        return errno == 0 || errno == ENOENT ? -ENOENT : -errno;
}

static bool has_name(const struct passwd *entry, const void *key) {
        return streq(entry->pw_name, key);
}

static bool has_uid(const struct passwd *entry, const void *key) {
        return entry->pw_uid == *(const uint32_t *) key;
}

int local_user_by_name(const char *path, const char *name, uint32_t *ret_uid, uint32_t *ret_gid) {
        return find_user(path, has_name, name, ret_uid, ret_gid);
}

int local_gid_of_uid(const char *path, uint32_t uid, uint32_t *ret_gid) {
        uint32_t same_uid;

        return find_user(path, has_uid, &uid, &same_uid, ret_gid);
}

static int parse_gid_min(const char *s, uint32_t *ret) {
        uint64_t value = 0;

        if (*s < '0' || *s > '9')
                return -EINVAL;

        for (; *s >= '0' && *s <= '9'; s++) {
                value = value * 10 + (uint64_t) (*s - '0');
                if (value > UINT32_MAX)
                        return -EINVAL;
        }
        if (s[strspn(s, " \t\r\n")] != '\0')
                return -EINVAL;

        *ret = MAX((uint32_t) value, SPAWNER_GID_MIN_FLOOR);
        return 0;
}

int local_gid_min(const char *path, uint32_t *ret) {
        _cleanup_free_ char *line = NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        uint32_t gid_min = SPAWNER_GID_MIN_DEFAULT;
        size_t allocated = 0;
        int r;

        if (!f && errno != ENOENT)
                return -errno;

        errno = 0;
        while (f && getline(&line, &allocated, f) >= 0) {
                const char *value = startswith(line + strspn(line, " \t"), "GID_MIN");

                /* Not GID_MINIMUM either. The last line that sets it counts, as for shadow's own tools. */
                if (!value || strspn(value, " \t") == 0)
                        continue;

                r = parse_gid_min(value + strspn(value, " \t"), &gid_min);
                if (r < 0)
                        return r;
        }
        if (f && ferror(f))
                return errno > 0 ? -errno : -EIO;

        *ret = gid_min;
        return 0;
}
