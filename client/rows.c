/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Arrays of flat objects, see rows.h. */

#include "client/rows.h"

#include "client/hint.h"
#include "client/json-print.h"
#include "client/message.h"
#include "client/reply.h"

int rows_each(Client *c, Account *account, const char *member, RowHandler handler, void *userdata) {
        json_object *array = reply_array(account->object, member);
        int exit_code = EXIT_CODE_OK;

        for (size_t i = 0; i < reply_length(array); i++)
                exit_code = exit_code_merge(exit_code, handler(c, account, reply_item(array, i), userdata));
        return exit_code;
}

/* What an error of a row means for the exit code. */
static ErrorCode row_error(json_object *row) {
        const char *name = reply_string(reply_object(row, "error"), "name");
        ErrorCode code;

        if (!reply_object(row, "error"))
                return ERROR_NONE;
        code = name ? error_code_from_string(name) : _ERROR_INVALID;
        return code < 0 ? ERROR_INTERNAL : code;
}

int row_report_error(Account *account, json_object *row, const char *what) {
        _cleanup_free_ char *unit = account_unit(account, strempty(reply_string(row, "unit")));
        const char *message = reply_string(reply_object(row, "error"), "message");
        ErrorCode code = row_error(row);

        if (code == ERROR_NONE)
                return EXIT_CODE_OK;
        if (what)
                message_note("Failed to %s %s: %s", what, strempty(unit),
                        message ? message : error_code_doc(code));
        else
                message_error("%s: %s", strempty(unit), message ? message : error_code_doc(code));
        return error_code_to_exit(code);
}

typedef struct JsonRows {
        JsonList list;
        const char *member;
        const char *column;
        RowHandler look;
        RowShape shape;
        void *userdata;
} JsonRows;

static int add_row(Client *c, Account *account, json_object *row, void *userdata) {
        static const char *const own[] = { "account", NULL };
        JsonRows *rows = userdata;
        int r;

        r = json_list_add(&rows->list, account->name, row, own);
        if (r < 0)
                return message_errno(r);
        if (rows->look)
                return rows->look(c, account, row, rows->userdata);
        return error_code_to_exit(row_error(row));
}

static int add_shaped(Client *c, Account *account, json_object *row, void *userdata) {
        static const char *const own[] = { "account", NULL };
        _cleanup_reply_ json_object *shaped = NULL;
        JsonRows *rows = userdata;
        int r;

        r = rows->shape(c, row, rows->userdata, &shaped);
        if (r >= 0 && shaped)
                r = json_list_add(&rows->list, account->name, shaped, own);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

/* A column is there in all rows or in none. */
static int fill_column(json_object *array, const char *column) {
        bool found = false;

        for (size_t i = 0; i < reply_length(array) && !found; i++)
                found = json_object_object_get_ex(reply_item(array, i), column, NULL);
        for (size_t i = 0; i < reply_length(array) && found; i++) {
                json_object *row = reply_item(array, i), *empty;

                if (json_object_object_get_ex(row, column, NULL))
                        continue;
                empty = json_object_new_string("");
                if (!empty || json_object_object_add(row, column, empty) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_account(Client *c, Account *account, void *userdata) {
        static const char *const own[] = { "account", "fd", NULL };
        JsonRows *rows = userdata;
        int r;

        if (rows->column && fill_column(reply_array(account->object, rows->member), rows->column) < 0)
                return message_errno(-ENOMEM);
        if (rows->member)
                return rows_each(c, account, rows->member, rows->shape ? add_shaped : add_row, rows);
        if (rows->shape)
                return add_shaped(c, account, account->object, rows);

        r = json_list_add(&rows->list, account->name, account->object, own);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

static int run_json(Client *c, Request *q, JsonRows *rows) {
        int exit_code;
        bool any;

        exit_code = request_run(c, q, add_account, rows);
        any = rows->list.open;
        /* A request that failed as a whole has no list, not an empty one. */
        if (exit_code == EXIT_CODE_OK || exit_code == EXIT_CODE_INCOMPLETE || rows->list.open)
                json_list_end(&rows->list);
        if (exit_code == EXIT_CODE_OK && !any)
                (void) hint_words(c, q->words);
        return exit_code;
}

int rows_run_json(Client *c, Request *q, const char *member, const char *column) {
        JsonRows rows = {
                .list = { .f = stdout, .mode = c->options.output }, .member = member, .column = column
        };

        return run_json(c, q, &rows);
}

int rows_run_json_shaped(Client *c, Request *q, const char *member, RowShape shape, void *userdata) {
        JsonRows rows = {
                .list = { .f = stdout, .mode = c->options.output },
                .member = member,
                .shape = shape,
                .userdata = userdata,
        };

        return run_json(c, q, &rows);
}

int rows_run_json_looking(Client *c, Request *q, const char *member, RowHandler look, void *userdata) {
        JsonRows rows = {
                .list = { .f = stdout, .mode = c->options.output },
                .member = member,
                .look = look,
                .userdata = userdata,
        };

        return run_json(c, q, &rows);
}
