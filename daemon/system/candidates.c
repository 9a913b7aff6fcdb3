/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Candidates for "all accounts", merged from two directories of logind's and the local passwd. */

#include "daemon/system/candidates.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#include "common/address.h"
#include "common/escape.h"

/* A longer line of passwd is none that we could use: name, home and shell are bounded in account-protocol.h.
 */
#define PASSWD_LINE_MAX ((size_t) 64 * 1024)

const CandidatePaths candidate_paths_default = {
        .users = "/run/systemd/users",
        .linger = "/var/lib/systemd/linger",
        .passwd = "/etc/passwd",
};

/* While the sources are read and merged an account may be here more than once. */
typedef struct Entry {
        Candidate candidate;
        size_t order; /* of arrival: /etc/passwd comes first, in the order of its lines */
} Entry;

/* A growing array that owns the names. */
typedef struct List {
        Entry *items;
        size_t n, allocated;
        size_t room; /* for more of the present source */
        bool full;   /* something did not fit */
} List;

Candidate *candidates_free(Candidate *candidates, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(candidates[i].name);
        free(candidates);
        return NULL;
}

static void list_done(List *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].candidate.name);
        free(list->items);
        *list = (List){};
}

/* Appends a candidate and takes over the name, also on failure. Returns 1 where the source has had its
 * share. */
static int list_add(List *list, uid_t uid, char *name, CandidateSource source) {
        _cleanup_free_ char *owned = name;

        if (list->room == 0) {
                list->full = true;
                return 1;
        }
        if (list->n == list->allocated) {
                size_t allocated = MAX(list->allocated * 2, (size_t) 64);
                Entry *items;

                items = reallocarray(list->items, allocated, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->allocated = allocated;
        }
        list->items[list->n] =
                (Entry){ { .uid = uid, .name = TAKE_PTR(owned), .sources = source }, list->n };
        list->n++;
        list->room--;
        return 0;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -EINVAL;
}

/* Reads exactly n digits of a base up to 16. NUL is no digit, so this never runs past the end. */
static int parse_digits(const char *s, size_t n, int base) {
        int value = 0;

        for (size_t i = 0; i < n; i++) {
                int digit = hex_value(s[i]);

                if (digit < 0 || digit >= base)
                        return -EINVAL;
                value = value * base + digit;
        }
        return value;
}

/* What the escape sequence behind a backslash stands for; *ret_n is its length. */
static int unescape_one(const char *s, size_t *ret_n) {
        static const char from[] = "abfnrtv\\\"'s", to[] = "\a\b\f\n\r\t\v\\\"' ";
        const char *p;

        if (*s == 'x') {
                *ret_n = 3;
                return parse_digits(s + 1, 2, 16);
        }
        if (*s >= '0' && *s <= '7') {
                *ret_n = 3;
                return parse_digits(s, 3, 8);
        }
        p = *s ? strchr(from, *s) : NULL;
        if (!p)
                return -EINVAL;
        *ret_n = 1;
        return (unsigned char) to[p - from];
}

int linger_name_unescape(const char *escaped, char **ret) {
        _cleanup_free_ char *name = NULL;
        char *out;

        /* No sequence is shorter than what it stands for. */
        name = malloc(strlen(escaped) + 1);
        if (!name)
                return -ENOMEM;
        out = name;
        for (const char *p = escaped; *p;) {
                size_t n;
                int c;

                if (*p != '\\') {
                        *out++ = *p++;
                        continue;
                }
                c = unescape_one(p + 1, &n);
                if (c <= 0 || c > UINT8_MAX)
                        return -EINVAL;
                *out++ = (char) c;
                p += 1 + n;
        }
        *out = '\0';
        *ret = TAKE_PTR(name);
        return 0;
}

static bool name_is_usable(const char *name) {
        /* NIS compatibility lines start with '+' or '-'. */
        return account_name_is_valid(name) && name[0] != '+' && !escape_is_needed(name);
}

typedef int (*FileHandler)(const char *name, List *list);

/* Calls the handler with the name of each plain file. */
static int read_directory(const char *path, FileHandler handler, List *list) {
        DIR *dir;
        int r = 0;

        dir = opendir(path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;

        list->room = CANDIDATES_MAX;
        while (r == 0) {
                struct dirent *entry;
                struct stat st;

                errno = 0;
                entry = readdir(dir);
                if (!entry) {
                        r = -errno;
                        break;
                }
                if (entry->d_type == DT_UNKNOWN) {
                        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                                !S_ISREG(st.st_mode))
                                continue;
                } else if (entry->d_type != DT_REG)
                        continue;
                r = handler(entry->d_name, list);
        }
        (void) closedir(dir);
        return MIN(r, 0);
}

static int add_running(const char *file, List *list) {
        uid_t uid;

        if (uid_parse(file, &uid) < 0 || account_check_uid(uid) != ACCOUNT_FINE)
                return 0;
        return list_add(list, uid, NULL, CANDIDATE_RUNNING);
}

static int add_lingering(const char *file, List *list) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = linger_name_unescape(file, &name);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !name_is_usable(name))
                return 0;
        return list_add(list, UID_INVALID, TAKE_PTR(name), CANDIDATE_LINGER);
}

/* Skips the line that the stream is in. */
static void skip_line(FILE *f) {
        int c;

        do {
                c = fgetc(f);
        } while (c != EOF && c != '\n');
}

/* All usable lines, in the order of the file; of those with one uid the first names the account, as
 * getpwuid(3) does. */
static int read_passwd(const char *path, List *list) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *buffer = NULL;

        f = fopen(path, "re");
        if (!f)
                return errno == ENOENT ? 0 : -errno;
        buffer = malloc(PASSWD_LINE_MAX);
        if (!buffer)
                return -ENOMEM;

        list->room = CANDIDATES_MAX;
        for (;;) {
                struct passwd passwd, *found;
                char *name;
                int r;

                r = fgetpwent_r(f, &passwd, buffer, PASSWD_LINE_MAX, &found);
                if (r == ENOENT)
                        return ferror(f) ? -EIO : 0;
                if (r == ERANGE) {
                        /* The stream is back at the start of that line. */
                        skip_line(f);
                        continue;
                }
                if (r != 0)
                        return -r;
                /* Root and its like are kept as aliases are: so that a linger file of that name is
                 * recognised. */
                if (!name_is_usable(passwd.pw_name))
                        continue;
                name = strdup(passwd.pw_name);
                if (!name)
                        return -ENOMEM;
                r = list_add(list, passwd.pw_uid, name, CANDIDATE_PASSWD);
                if (r != 0)
                        return MIN(r, 0);
        }
}

/* By name, then arrival. */
static int compare_names(const void *a, const void *b) {
        const Entry *x = *(const Entry *const *) a, *y = *(const Entry *const *) b;
        int r;

        r = strcmp(x->candidate.name, y->candidate.name);
        if (r != 0)
                return r;
        return x->order < y->order ? -1 : x->order > y->order;
}

/* By uid, those without one last and by name; then arrival. */
static int compare_entries(const void *a, const void *b) {
        const Entry *x = a, *y = b;
        int r;

        if (x->candidate.uid != y->candidate.uid)
                return x->candidate.uid < y->candidate.uid ? -1 : 1;
        if (x->candidate.uid == UID_INVALID) {
                r = strcmp(x->candidate.name, y->candidate.name);
                if (r != 0)
                        return r;
        }
        return x->order < y->order ? -1 : x->order > y->order;
}

/* Gives those who are known by name only the uid that the local passwd has for the name. */
static int resolve_names(List *list) {
        _cleanup_free_ Entry **by_name = NULL;
        uid_t uid = UID_INVALID;
        const char *name = NULL;
        size_t n = 0;

        by_name = calloc(list->n + 1, sizeof(*by_name));
        if (!by_name)
                return -ENOMEM;
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].candidate.name)
                        by_name[n++] = &list->items[i];
        qsort(by_name, n, sizeof(*by_name), compare_names);

        /* Of one name the lines of passwd come before linger files, and the first of them counts. */
        for (size_t i = 0; i < n; i++) {
                Candidate *candidate = &by_name[i]->candidate;

                if (!name || !streq(candidate->name, name)) {
                        name = candidate->name;
                        uid = candidate->sources == CANDIDATE_PASSWD ? candidate->uid : UID_INVALID;
                }
                if (candidate->sources == CANDIDATE_LINGER)
                        candidate->uid = uid;
        }
        return 0;
}

static bool same_account(const Candidate *a, const Candidate *b) {
        return a->uid == b->uid && (a->uid != UID_INVALID || streq(a->name, b->name));
}

/* Merges a sorted list into candidates that one of the sources names, at most CANDIDATES_MAX. The names
 * move. */
static int list_merge(List *list, CandidateSource sources, Candidate **ret, size_t *ret_n) {
        Candidate *merged;
        size_t n = 0;

        merged = calloc(MIN(list->n, (size_t) CANDIDATES_MAX) + 1, sizeof(*merged));
        if (!merged)
                return -ENOMEM;

        for (size_t i = 0, next; i < list->n; i = next) {
                Candidate *candidate = &list->items[i].candidate;

                for (next = i + 1; next < list->n && same_account(candidate, &list->items[next].candidate);
                        next++)
                        candidate->sources |= list->items[next].candidate.sources;

                if ((candidate->sources & sources) == 0)
                        continue;
                if (candidate->uid != UID_INVALID && account_check_uid(candidate->uid) != ACCOUNT_FINE)
                        continue;
                if (n == CANDIDATES_MAX) {
                        list->full = true;
                        break;
                }
                merged[n++] = (Candidate){ candidate->uid, TAKE_PTR(candidate->name), candidate->sources };
        }

        *ret = merged;
        *ret_n = n;
        return 0;
}

int candidates_collect(
        const CandidatePaths *paths, CandidateSource sources, Candidate **ret, size_t *ret_n) {
        _cleanup_(list_done) List list = {};
        int r;

        if (!paths)
                paths = &candidate_paths_default;

        /* In this order: it is the order of precedence for names. */
        r = read_passwd(paths->passwd, &list);
        if (r < 0)
                return r;
        if ((sources & CANDIDATE_RUNNING) != 0) {
                r = read_directory(paths->users, add_running, &list);
                if (r < 0)
                        return r;
        }
        if ((sources & CANDIDATE_LINGER) != 0) {
                r = read_directory(paths->linger, add_lingering, &list);
                if (r < 0)
                        return r;
        }

        r = resolve_names(&list);
        if (r < 0)
                return r;
        if (list.n > 0)
                qsort(list.items, list.n, sizeof(*list.items), compare_entries);
        r = list_merge(&list, sources, ret, ret_n);
        return r < 0 ? r : list.full;
}
