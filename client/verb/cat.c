/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cat: the text of unit files, which comes in a sealed memfd beside the reply. */

#include <fcntl.h>
#include <sys/stat.h>

#include "client/json-print.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/escape.h"
#include "common/limits.h"

/* What the text could otherwise change under our hands. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct Cat {
        JsonList list;
        uint64_t size; /* of the descriptor */
        size_t n_files;
} Cat;

/* Holds the descriptor against what it must be: a regular file that nobody can change. */
static int check_descriptor(int fd, uint64_t *ret_size) {
        struct stat st;
        int seals;

        if (fd < 0)
                return -EBADF;
        seals = fcntl(fd, F_GET_SEALS);
        if (seals < 0 || (seals & SEALS) != SEALS)
                return -EPERM;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADF;
        *ret_size = (uint64_t) st.st_size;
        return 0;
}

static int read_file(int fd, uint64_t total, json_object *file, char **ret, size_t *ret_size) {
        uint64_t offset = reply_u64(file, "offset", UINT64_MAX), size = reply_u64(file, "size", UINT64_MAX);
        _cleanup_free_ char *text = NULL;
        size_t done = 0;

        if (size > UNIT_FILE_SIZE_MAX || offset > total || size > total - offset)
                return -EBADMSG;
        text = malloc(size + 1);
        if (!text)
                return -ENOMEM;
        while (done < size) {
                ssize_t n = pread(fd, text + done, size - done, (off_t) (offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EBADMSG;
                done += (size_t) n;
        }
        text[size] = 0;

        *ret = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

/* A pipe gets the file byte by byte, a terminal only what does it no harm. */
static int print_text(Client *c, const char *text, size_t size) {
        _cleanup_free_ char *safe = NULL;

        if (!c->terminal.tty) {
                fwrite(text, 1, size, stdout);
                return 0;
        }
        safe = escape_terminal_text(text, size);
        if (!safe)
                return -ENOMEM;
        fputs(safe, stdout);
        return 0;
}

static int print_file(Client *c, Account *account, Cat *cat, json_object *file) {
        const char *path = strempty(reply_string(file, "path"));
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file(account->fd, cat->size, file, &text, &size);
        if (r < 0)
                return r;
        if (cat->n_files++ > 0)
                putchar('\n');
        printf("%s# %s%s\n", terminal_color(&c->terminal, COLOR_BLUE), path, terminal_normal(&c->terminal));
        r = print_text(c, text, size);
        if (r < 0)
                return r;
        if (size > 0 && text[size - 1] != '\n')
                putchar('\n');
        return 0;
}

static int cat_unit(Client *c, Account *account, json_object *row, void *userdata) {
        json_object *files = reply_array(row, "files");
        Cat *cat = userdata;
        int exit_code, r;

        exit_code = row_report_error(account, row, NULL);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (reply_boolean(row, "needs_reload", false) && !c->options.quiet)
                message_note(
                        "Warning: %s/%s changed on disk since its manager read it. Run 'userunitctl daemon-reload "
                        "%s' to have it read.",
                        account->name, strempty(reply_string(row, "unit")), account->name);

        for (size_t i = 0; i < reply_length(files); i++) {
                r = print_file(c, account, cat, reply_item(files, i));
                if (r < 0) {
                        message_error("%s: the files cannot be read from the reply: %s.", account->name,
                                strerror(-r));
                        return EXIT_CODE_FAILURE;
                }
        }
        return EXIT_CODE_OK;
}

/* In JSON each file has its "text" instead of a place in a descriptor. */
static int embed_text(Account *account, Cat *cat, json_object *row) {
        json_object *files = reply_array(row, "files");

        for (size_t i = 0; i < reply_length(files); i++) {
                _cleanup_free_ char *text = NULL;
                json_object *file = reply_item(files, i), *string;
                size_t size;
                int r;

                r = read_file(account->fd, cat->size, file, &text, &size);
                if (r < 0)
                        return r;
                string = json_object_new_string_len(text, (int) size);
                if (!string || json_object_object_add(file, "text", string) < 0)
                        return -ENOMEM;
                json_object_object_del(file, "offset");
        }
        return 0;
}

static int cat_unit_json(Client *c, Account *account, json_object *row, void *userdata) {
        static const char *const own[] = { "account", NULL };
        Cat *cat = userdata;
        int r;

        r = embed_text(account, cat, row);
        if (r >= 0)
                r = json_list_add(&cat->list, account->name, row, own);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

static int cat_account(Client *c, Account *account, void *userdata) {
        Cat *cat = userdata;
        int r;

        r = check_descriptor(account->fd, &cat->size);
        if (r < 0) {
                message_error("%s: the reply brought no files that can be trusted: %s.", account->name,
                        strerror(-r));
                return EXIT_CODE_FAILURE;
        }
        return rows_each(c, account, "units", options_json(&c->options) ? cat_unit_json : cat_unit, cat);
}

int verb_cat(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        Cat cat = { .list = { .f = stdout, .mode = c->options.output } };
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        client_page(c);
        exit_code = request_run(c, &q, cat_account, &cat);
        if (options_json(&c->options) && (exit_code == EXIT_CODE_OK || cat.list.open))
                json_list_end(&cat.list);
        return exit_code;
}
