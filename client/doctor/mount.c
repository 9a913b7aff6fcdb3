/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's list of mounts, see mount.h and proc_pid_mountinfo(5). */

#include "client/doctor/mount.h"

void mount_done(Mount *m) {
        free(m->where);
        free(m->type);
        free(m->what);
        *m = (Mount){};
}

/* Blanks and backslashes are written as three octal digits. In place. */
static void unescape(char *s) {
        char *to = s;

        for (; *s; s++)
                if (*s == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
                        s[3] <= '7') {
                        *to++ = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 3;
                } else
                        *to++ = *s;
        *to = 0;
}

static bool is_above(const char *mount, const char *path) {
        const char *rest = startswith(path, mount);

        return rest && (streq(mount, "/") || *rest == '/' || !*rest);
}

static bool has_option(const char *options, const char *option) {
        size_t n = strlen(option);

        for (const char *p = options; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
                if (strncmp(p, option, n) == 0 && (p[n] == ',' || !p[n]))
                        return true;
        return false;
}

/* "36 35 98:0 ROOT WHERE OPTIONS [FIELDS…] - TYPE WHAT SUPER_OPTIONS". Returns 1 with a mount in place of
 * the one before, 0 where the path is not below this one. */
static int take_line(char *line, const char *path, Mount *mount) {
        char *fields[6] = {}, *type, *what, *super, *rest, *separator;
        Mount found = {};

        separator = strstr(line, " - ");
        if (!separator)
                return 0;
        *separator = 0;
        rest = line;
        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = strsep(&rest, " ");
                if (!fields[i])
                        return 0;
        }
        rest = separator + 3;
        type = strsep(&rest, " ");
        what = strsep(&rest, " ");
        super = rest ? strsep(&rest, " \n") : NULL;
        if (!super)
                return 0;

        unescape(fields[4]);
        unescape(what);
        /* What is mounted later lies above. */
        if (!is_above(fields[4], path) || (mount->where && strlen(fields[4]) < strlen(mount->where)))
                return 0;

        found = (Mount){ .where = strdup(fields[4]),
                .type = strdup(type),
                .what = strdup(what),
                .read_only = has_option(fields[5], "ro") || has_option(super, "ro") };
        if (!found.where || !found.type || !found.what) {
                mount_done(&found);
                return -ENOMEM;
        }
        mount_done(mount);
        *mount = found;
        return 1;
}

int mount_find(const char *mountinfo, const char *path, Mount *ret) {
        _cleanup_(mount_done) Mount mount = {};
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        f = fopen(mountinfo, "re");
        if (!f)
                return -errno;
        while (getline(&line, &size, f) >= 0)
                if (take_line(line, path, &mount) < 0)
                        return -ENOMEM;
        if (ferror(f))
                return -EIO;
        if (!mount.where)
                return 0;

        *ret = mount;
        mount = (Mount){};
        return 1;
}

bool mount_is_remote(const Mount *m) {
        static const char *const types[] = { "9p", "afs", "autofs", "ceph", "cifs", "glusterfs", "lustre",
                "nfs", "nfs4", "smb3", "virtiofs" };

        if (startswith(m->type, "fuse"))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (streq(m->type, types[i]))
                        return true;
        return false;
}
