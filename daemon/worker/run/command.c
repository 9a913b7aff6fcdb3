/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command of a transient service, see command.h. */

#include "daemon/worker/run/command.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "common/buffer.h"
#include "common/escape.h"
#include "common/limits.h"
#include "common/strv.h"
#include "daemon/worker/property/property.h"

/* What systemd takes where nobody set a PATH. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

/* A request in which every byte has to be quoted. */
#define DESCRIPTION_SIZE_MAX (2 * REQUEST_SIZE_MAX)

/* What makes a shell look twice at a word. */
#define NEEDS_QUOTES " \t\n\r\"\\`$*?['()<>|&;!"

/* With these the service's files are others than the account's, or in other places. */
static const char *const other_files[] = { "BindPaths", "BindReadOnlyPaths", "ExtensionDirectories",
        "ExtensionImages", "MountImages", "RootDirectory", "RootImage" };

/* Places of which this process has its own (units/userunit-spawner.service). */
static const char *const own_places[] = { "/dev/", "/proc/", "/tmp/", "/var/tmp/" };

static int check_program(const char *path) {
        struct stat st;

        if (stat(path, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EACCES;
        return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* Whether the path ends at a link to what is not there, which may be in one of our own places. */
static bool ends_at_link(const char *path) {
        _cleanup_free_ char *part = strdup(path);
        struct stat st;

        while (part && *part) {
                if (lstat(part, &st) >= 0)
                        return S_ISLNK(st.st_mode);
                *strrchr(part, '/') = 0;
        }
        return false;
}

bool run_path_is_own_place(const char *path) {
        for (size_t i = 0; i < ELEMENTSOF(own_places); i++) {
                size_t n = strlen(own_places[i]) - 1;

                if (strncmp(path, own_places[i], n) == 0 && (path[n] == '/' || path[n] == 0))
                        return true;
        }
        return false;
}

/* Whether this process sees what is at the path as the service will. */
static bool can_be_judged(const char *path, char *const *assignments) {
        if (run_path_is_own_place(path))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(other_files); i++)
                if (unit_properties_have(assignments, other_files[i]))
                        return false;
        return true;
}

int run_check_path(const char *path, char *const *assignments, Error *error) {
        _cleanup_free_ char *shown = NULL;
        int r;

        if (!can_be_judged(path, assignments))
                return 0;
        r = check_program(path);
        if (r >= 0 || (r != -EACCES && r != -ENOENT && r != -ENOTDIR))
                return 0; /* what else is wrong the manager tells */
        if (r == -ENOENT && ends_at_link(path))
                return 0;

        shown = escape_log(path);
        if (r == -EACCES)
                return error_set(error, ERROR_NO_SUCH_FILE,
                        "\"%s\" is nothing that the account may execute.", strempty(shown));
        return error_set(error, ERROR_NO_SUCH_FILE,
                "There is no \"%s\": write the path as the account sees it.", strempty(shown));
}

int run_find_on_path(const char *word, const char *path, char **ret) {
        int found = -ENOENT;

        for (const char *p = path; *p;) {
                size_t n = strcspn(p, ":");
                _cleanup_free_ char *candidate = NULL;
                int r;

                if (*p == '/') {
                        if (asprintf(&candidate, "%.*s/%s", (int) n, p, word) < 0)
                                return -ENOMEM;
                        r = check_program(candidate);
                        if (r >= 0) {
                                *ret = TAKE_PTR(candidate);
                                return 0;
                        }
                        if (r == -EACCES)
                                found = r;
                }
                p += n + (p[n] == ':');
        }
        return found;
}

/* The manager's PATH out of its environment. */
static const char *find_path(char *const *environment) {
        STRV_FOREACH(e, environment) {
                const char *path = startswith(*e, "PATH=");

                if (path)
                        return path;
        }
        return DEFAULT_PATH;
}

int run_find_program(Manager *m, const char *word, char *const *assignments, char **ret, Error *error) {
        _cleanup_strv_free_ char **environment = NULL;
        int r;

        if (*word == '/') {
                r = run_check_path(word, assignments, error);
                if (r < 0)
                        return r;
                *ret = strdup(word);
                return *ret ? 0 : error_set(error, ERROR_INTERNAL, "No memory for the command.");
        }
        if (!*word || strchr(word, '/'))
                return error_set(error, ERROR_INVALID_REQUEST,
                        "The program must be a name that is on the manager's PATH, or an absolute path.");

        r = manager_get_strv(m, MANAGER_PATH, MANAGER_INTERFACE, "Environment", &environment, error);
        if (r < 0)
                return r;
        r = run_find_on_path(word, find_path(environment), ret);
        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the command.");
        if (r < 0) {
                _cleanup_free_ char *shown = escape_log(word);

                return error_set(error, ERROR_NO_SUCH_FILE,
                        "\"%s\" was not found on the PATH of the account's manager%s.", strempty(shown),
                        r == -EACCES ? ", except where the account may not execute it" : "");
        }
        return 0;
}

static int append_word(Buffer *b, const char *word) {
        int r;

        if (*word && !strpbrk(word, NEEDS_QUOTES))
                return buffer_append(b, word, strlen(word));

        r = buffer_append(b, "\"", 1);
        for (; r >= 0 && *word; word++) {
                if (strchr("\"\\`$", *word))
                        r = buffer_append(b, "\\", 1);
                if (r >= 0)
                        r = buffer_append(b, *word == '\n' ? "\\n" : word, *word == '\n' ? 2 : 1);
        }
        return r < 0 ? r : buffer_append(b, "\"", 1);
}

char *run_describe(const char *program, char *const *arguments) {
        _cleanup_(buffer_done) Buffer b = BUFFER_INIT(DESCRIPTION_SIZE_MAX);
        char *text;

        if (append_word(&b, program) < 0)
                return NULL;
        STRV_FOREACH(argument, arguments)
                if (buffer_append(&b, " ", 1) < 0 || append_word(&b, *argument) < 0)
                        return NULL;
        return buffer_steal(&b, &text, NULL) < 0 ? NULL : text;
}
