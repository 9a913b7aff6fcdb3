/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration file, see config.h. */

#include "daemon/config.h"

#include <fcntl.h>
#include <glib.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "common/address.h"
#include "common/escape.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/utf8.h"

#define GROUP "Service"

typedef enum ListKind {
        LIST_ACCOUNTS, /* names and patterns; one at least */
        LIST_GROUPS,   /* names; may be empty */
} ListKind;

typedef enum KeyType {
        KEY_MODE,
        KEY_LIST,
} KeyType;

typedef struct Key {
        const char *name;
        KeyType type;
        ListKind kind;
        size_t offset; /* in struct Config */
        const char *initial;
} Key;

/* Every key there is, with its default. */
static const Key key_table[] = {
        { "Accounts", KEY_LIST, LIST_ACCOUNTS, offsetof(Config, accounts), "*" },
        { "Mode", KEY_MODE, 0, offsetof(Config, read_only), "normal" },
        { "PrivilegedGroups", KEY_LIST, LIST_GROUPS, offsetof(Config, privileged_groups),
                "sudo;wheel;docker;lxd;libvirt;disk;shadow;adm" },
};

/* A file in hand: where messages point to. */
typedef struct Source {
        const char *path;
        const char *text;
        char **ret_message;
} Source;

void config_done(Config *config) {
        strv_free(config->accounts);
        strv_free(config->privileged_groups);
        *config = CONFIG_NULL;
}

static int fail(const Source *source, int r, const char *format, ...) _printf_(3, 4);

static int fail(const Source *source, int r, const char *format, ...) {
        _cleanup_free_ char *raw = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&raw, format, ap) < 0)
                raw = NULL;
        va_end(ap);

        /* It goes to a log, and has pieces of the file in it. */
        *source->ret_message = raw ? escape_terminal(raw) : NULL;
        return r;
}

/* The name that a line sets, as GKeyFile reads it: what stands before `=`, without white space at either
 * end. */
static bool line_sets(const char *line, const char *key) {
        const char *rest;

        line += strspn(line, " \t");
        rest = startswith(line, key);
        if (!rest)
                return false;
        rest += strspn(rest, " \t");
        return *rest == '=';
}

/* The line, from 1, of the nth line (from 0) that sets a key, or that opens a group where key is NULL; 0 for
 * none. GLib does not tell. */
static size_t line_of(const char *text, const char *group, const char *key, size_t nth) {
        size_t line = 1;

        for (const char *p = text; *p; line++) {
                const char *rest;
                bool hit;

                if (key)
                        hit = line_sets(p, key);
                else {
                        rest = *p == '[' ? startswith(p + 1, group) : NULL;
                        hit = rest && *rest == ']';
                }
                if (hit && nth-- == 0)
                        return line;

                p += strcspn(p, "\n");
                p += *p == '\n';
        }

        return 0;
}

static const Key *key_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(key_table); i++)
                if (streq(key_table[i].name, name))
                        return key_table + i;
        return NULL;
}

/* No group and no key but ours, and each key once: GKeyFile would let the last one win. */
static int check_names(const Source *source, GKeyFile *file) {
        g_auto(GStrv) groups = g_key_file_get_groups(file, NULL), keys = NULL;

        STRV_FOREACH(group, groups) {
                if (!streq(*group, GROUP))
                        return fail(source, -EBADMSG,
                                "%s:%zu: Unknown group [%s]; there is only [" GROUP "].", source->path,
                                line_of(source->text, *group, NULL, 0), *group);
        }
        if (!groups[0])
                return 0;

        keys = g_key_file_get_keys(file, GROUP, NULL, NULL);
        STRV_FOREACH(key, keys) {
                size_t again = line_of(source->text, GROUP, *key, 1);

                if (!key_find(*key))
                        return fail(source, -EBADMSG, "%s:%zu: Unknown key \"%s\".", source->path,
                                line_of(source->text, GROUP, *key, 0), *key);
                if (again > 0)
                        return fail(source, -EBADMSG, "%s:%zu: \"%s\" stands here a second time.",
                                source->path, again, *key);
        }

        return 0;
}

/* A name between two semicolons. What looks like another separator is refused, because the one long "name"
 * that it makes would match nobody, and a group that is misspelt here protects nobody. */
static const char *item_fault(ListKind kind, const char *raw, const char *item) {
        if (strpbrk(raw, " \t,"))
                return "names are separated by ; alone (a space that is part of a name is written \\s)";
        if (kind == LIST_ACCOUNTS && pattern_is_glob(item))
                return pattern_is_valid(item) ? NULL : "not a pattern of account names";
        if (!account_name_is_valid(item))
                return kind == LIST_ACCOUNTS ? "not a name or pattern of accounts" : "not a name of a group";
        return NULL;
}

/* The pieces of a list that is still escaped, trimmed; empty ones are left out, as after a last semicolon.
 */
static int split_raw(const char *raw, char ***ret) {
        _cleanup_strv_free_ char **pieces = NULL;
        int r;

        for (const char *p = raw; *p;) {
                size_t n = 0, lead = strspn(p, " \t"), end;
                char *piece;

                while (p[n] && p[n] != ';')
                        n += p[n] == '\\' && p[n + 1] ? 2 : 1;

                for (end = n; end > lead && strchr(" \t\r", p[end - 1]); end--)
                        ;
                if (end > lead) {
                        piece = strndup(p + lead, end - lead);
                        if (!piece)
                                return -ENOMEM;
                        r = strv_consume(&pieces, piece);
                        if (r < 0)
                                return r;
                }

                p += n + (p[n] == ';');
        }

        *ret = TAKE_PTR(pieces);
        return 0;
}

/* Resolves GKeyFile's escapes of one item. */
static int unescape_item(const char *raw, char **ret) {
        static const char from[] = "sntr\\;", to[] = " \n\t\r\\;";
        _cleanup_free_ char *item = malloc(strlen(raw) + 1);
        size_t n = 0;

        if (!item)
                return -ENOMEM;

        for (const char *p = raw; *p; p++) {
                const char *hit;

                if (*p != '\\') {
                        item[n++] = *p;
                        continue;
                }
                p++;
                hit = *p ? strchr(from, *p) : NULL;
                if (!hit)
                        return -EBADMSG;
                item[n++] = to[hit - from];
        }

        item[n] = 0;
        *ret = TAKE_PTR(item);
        return 0;
}

static int parse_list(const Source *source, const Key *key, size_t line, const char *value, char ***ret) {
        _cleanup_strv_free_ char **pieces = NULL, **items = NULL;
        int r;

        r = split_raw(value, &pieces);
        if (r < 0)
                return r;

        STRV_FOREACH(piece, pieces) {
                const char *fault = NULL;
                char *item = NULL;

                r = unescape_item(*piece, &item);
                if (r == -EBADMSG)
                        fault = "unknown escape; a backslash is written \\\\";
                else if (r < 0)
                        return r;
                else {
                        fault = item_fault(key->kind, *piece, item);
                        r = strv_consume(&items, item);
                        if (r < 0)
                                return r;
                }
                if (fault)
                        return fail(source, -EBADMSG, "%s:%zu: %s=: \"%s\": %s.", source->path, line,
                                key->name, *piece, fault);
        }

        if (!items && key->kind == LIST_ACCOUNTS)
                return fail(source, -EBADMSG, "%s:%zu: %s= names nothing; write * for all accounts.",
                        source->path, line, key->name);

        strv_free(*ret);
        *ret = TAKE_PTR(items);
        return 0;
}

static int parse_mode(const Source *source, size_t line, const char *value, bool *ret) {
        if (streq(value, "normal"))
                *ret = false;
        else if (streq(value, "read-only"))
                *ret = true;
        else
                return fail(source, -EBADMSG, "%s:%zu: Mode= is \"normal\" or \"read-only\", not \"%s\".",
                        source->path, line, value);
        return 0;
}

static int parse_key(const Source *source, const Key *key, size_t line, const char *value, Config *config) {
        void *member = (uint8_t *) config + key->offset;

        switch (key->type) {
        case KEY_MODE:
                return parse_mode(source, line, value, member);
        case KEY_LIST:
                return parse_list(source, key, line, value, member);
        }
        return -EINVAL;
}

const char *config_key_name(size_t i) {
        return i < ELEMENTSOF(key_table) ? key_table[i].name : NULL;
}

int config_default(Config *ret) {
        _cleanup_(config_done) Config config = CONFIG_NULL;
        _cleanup_free_ char *message = NULL;
        Source source = { .path = "default", .text = "", .ret_message = &message };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(key_table); i++) {
                r = parse_key(&source, key_table + i, 0, key_table[i].initial, &config);
                if (r < 0)
                        return r;
        }

        *ret = config;
        config = CONFIG_NULL;
        return 0;
}

static int parse(const Source *source, size_t length, Config *config) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autoptr(GError) error = NULL;
        int r;

        if (memchr(source->text, 0, length) || !utf8_is_valid(source->text, length))
                return fail(source, -EBADMSG, "%s: Not a text in UTF-8.", source->path);
        if (!g_key_file_load_from_data(file, source->text, length, G_KEY_FILE_KEEP_TRANSLATIONS, &error))
                return fail(source, -EBADMSG, "%s: %s.", source->path, error->message);

        r = check_names(source, file);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(key_table); i++) {
                const Key *key = key_table + i;
                g_autofree char *value = g_key_file_get_value(file, GROUP, key->name, NULL);

                if (!value)
                        continue;
                r = parse_key(
                        source, key, line_of(source->text, GROUP, key->name, 0), g_strchomp(value), config);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Reads a file that only those whom we trust can have written. */
static int read_trusted(Source *source, uid_t owner, char **ret, size_t *ret_length) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        size_t length = 0;

        /* O_NONBLOCK, or a FIFO in its place would hold us up. */
        fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return fail(source, -errno, "%s: Cannot be read: %m.", source->path);
        if (!S_ISREG(st.st_mode))
                return fail(source, -EPERM, "%s: Not a regular file.", source->path);
        if (st.st_uid != 0 && st.st_uid != owner)
                return fail(source, -EPERM, "%s: Belongs to uid %u, not to root.", source->path, st.st_uid);
        if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
                return fail(source, -EPERM, "%s: Others than its owner may write to it (mode %04o).",
                        source->path, st.st_mode & 07777U);

        text = malloc(CONFIG_SIZE_MAX + 1);
        if (!text)
                return -ENOMEM;

        for (;;) {
                ssize_t n = read(fd, text + length, CONFIG_SIZE_MAX + 1 - length);

                if (n < 0)
                        return fail(source, -errno, "%s: Cannot be read: %m.", source->path);
                if (n == 0)
                        break;
                length += (size_t) n;
                if (length > CONFIG_SIZE_MAX)
                        return fail(
                                source, -EFBIG, "%s: Larger than %u bytes.", source->path, CONFIG_SIZE_MAX);
        }

        text[length] = 0;
        *ret = TAKE_PTR(text);
        *ret_length = length;
        return 0;
}

int config_load(const char *path, uid_t owner, Config *ret, char **ret_message) {
        _cleanup_(config_done) Config config = CONFIG_NULL;
        _cleanup_free_ char *text = NULL, *message = NULL;
        Source source = { .path = path, .ret_message = &message };
        size_t length = 0;
        int r;

        r = config_default(&config);
        if (r >= 0) {
                r = read_trusted(&source, owner, &text, &length);
                if (r >= 0) {
                        source.text = text;
                        r = parse(&source, length, &config);
                } else if (r == -ENOENT)
                        r = 0;
        }
        if (r < 0) {
                *ret_message = TAKE_PTR(message);
                return r;
        }

        *ret = config;
        config = CONFIG_NULL;
        return 0;
}

bool config_account_allowed(const Config *config, const char *name) {
        STRV_FOREACH(item, config->accounts) {
                if (pattern_match(*item, name))
                        return true;
        }
        return false;
}

bool config_every_account_allowed(const Config *config) {
        return strv_contains(config->accounts, "*");
}
