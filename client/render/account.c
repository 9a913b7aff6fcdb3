/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Accounts, see account.h. */

#include "client/render/account.h"

#include <inttypes.h>

#include "client/listing.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/terminal/text.h"
#include "common/strv.h"

enum {
        ACCOUNT_DOT,
        ACCOUNT_NAME,
        ACCOUNT_UID,
        ACCOUNT_MANAGER,
        ACCOUNT_LINGER,
        ACCOUNT_UNITS,
        ACCOUNT_FAILED
};

static const TableColumn account_columns[] = {
        [ACCOUNT_DOT] = { "", 0 },
        [ACCOUNT_NAME] = { "ACCOUNT", 0 },
        [ACCOUNT_UID] = { "UID", COLUMN_RIGHT | COLUMN_SPARE },
        [ACCOUNT_MANAGER] = { "MANAGER", 0 },
        [ACCOUNT_LINGER] = { "LINGER", COLUMN_SPARE },
        [ACCOUNT_UNITS] = { "UNITS", COLUMN_RIGHT | COLUMN_SPARE },
        [ACCOUNT_FAILED] = { "FAILED", COLUMN_RIGHT },
};

int account_list_init(AccountList *l) {
        *l = (AccountList){ .table = table_new(account_columns, ELEMENTSOF(account_columns)) };
        return l->table ? 0 : -ENOMEM;
}

void account_list_done(AccountList *l) {
        table_free(l->table);
        strv_free(l->failed);
        *l = (AccountList){};
}

/* A manager that failed, or is not there although the account lingers, is trouble although no unit failed.
 */
static bool manager_is_troubled(json_object *o) {
        const char *manager = reply_string(o, "manager");

        return reply_object(o, "error") || streq_ptr(manager, "failed") ||
                (streq_ptr(manager, "stopped") && reply_boolean(o, "linger", false));
}

const char *account_manager_word(json_object *o) {
        const char *error = reply_string(reply_object(o, "error"), "name");

        if (!error || streq(error, "ManagerNotRunning"))
                return reply_string(o, "manager");
        return streq(error, "Timeout") ? "hung" : error;
}

static int add_number(Table *t, json_object *o, const char *key, Color color) {
        uint64_t u = reply_u64(o, key, UINT64_MAX);

        return u == UINT64_MAX ? table_add(t, NULL, COLOR_NONE)
                               : table_add_u64(t, u, u > 0 ? color : COLOR_NONE);
}

static int add_failed(AccountList *l, const Account *account) {
        json_object *failed = reply_array(account->object, "failed");
        int r;

        for (size_t i = 0; i < reply_length(failed); i++) {
                char *name;

                if (asprintf(&name, "%s/%s", account->name, strempty(reply_item_string(failed, i))) < 0)
                        return -ENOMEM;
                r = strv_consume(&l->failed, name);
                if (r < 0)
                        return r;
        }
        return 0;
}

int account_list_add(Client *c, Account *account, void *userdata) {
        bool failed = reply_u64(account->object, "units_failed", 0) > 0,
             troubled = manager_is_troubled(account->object);
        Color dot = failed || troubled ? COLOR_RED : COLOR_NONE;
        const char *manager = account_manager_word(account->object);
        AccountList *l = userdata;
        Table *t = l->table;
        int r;

        r = table_add(t,
                dot != COLOR_NONE && !c->options.plain ? terminal_glyph(&c->terminal, GLYPH_DOT) : "", dot);
        if (r >= 0)
                r = table_add(t, account->name, COLOR_NONE);
        if (r >= 0)
                r = add_number(t, account->object, "uid", COLOR_NONE);
        if (r >= 0)
                r = table_add(t, manager, troubled ? COLOR_RED : COLOR_NONE);
        if (r >= 0)
                r = table_add(t, yes_no(reply_boolean(account->object, "linger", false)), COLOR_NONE);
        if (r >= 0)
                r = add_number(t, account->object, "units_loaded", COLOR_NONE);
        if (r >= 0)
                r = add_number(t, account->object, "units_failed", COLOR_RED);
        if (r >= 0)
                r = add_failed(l, account);
        if (r < 0)
                return message_errno(r);

        l->n_troubled += failed || troubled;
        return EXIT_CODE_OK;
}

static int compare_strings(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static void print_failed(const AccountList *l, Client *c) {
        const Terminal *t = &c->terminal;

        if (!l->failed)
                return;
        qsort(l->failed, strv_length(l->failed), sizeof(char *), compare_strings);
        if (!c->options.no_legend)
                puts("\nFailed units:");
        STRV_FOREACH(name, l->failed) {
                if (!c->options.plain)
                        printf("%s%s%s ", terminal_color(t, COLOR_RED), terminal_glyph(t, GLYPH_DOT),
                                terminal_normal(t));
                puts(*name);
        }
}

int account_list_print(AccountList *l, Client *c) {
        int r;

        if (c->options.plain)
                table_hide(l->table, ACCOUNT_DOT);
        table_sort(l->table, ACCOUNT_NAME);
        r = table_print(l->table, &c->terminal, listing_flags(&c->options));
        if (r < 0)
                return r;
        print_failed(l, c);
        if (!c->options.no_legend)
                printf("%s%zu accounts listed, %zu with failures.\n", table_rows(l->table) > 0 ? "\n" : "",
                        table_rows(l->table), l->n_troubled);
        return 0;
}

static void print_sessions(json_object *o) {
        json_object *sessions = reply_array(o, "sessions");

        for (size_t i = 0; i < reply_length(sessions); i++) {
                json_object *s = reply_item(sessions, i);
                const char *tty = reply_string(s, "tty"), *host = reply_string(s, "remote_host");
                const char *state = reply_string(s, "state"), *service = reply_string(s, "service");

                printf("%s %s (%s%s%s%s%s%s%s)\n", i == 0 ? "   Sessions:" : "            ",
                        strempty(reply_string(s, "session")), strempty(state), service ? ", " : "",
                        strempty(service), tty ? ", " : "", strempty(tty), host ? ", from " : "",
                        strempty(host));
        }
}

static void print_counts(Client *c, json_object *o) {
        uint64_t failed = reply_u64(o, "units_failed", 0);
        const Terminal *t = &c->terminal;
        json_object *names = reply_array(o, "failed");

        if (reply_u64(o, "units_loaded", UINT64_MAX) != UINT64_MAX)
                printf("      Units: %" PRIu64 " loaded, %" PRIu64 " active, %s%" PRIu64 " failed%s\n",
                        reply_u64(o, "units_loaded", 0), reply_u64(o, "units_active", 0),
                        failed > 0 ? terminal_color(t, COLOR_RED) : "", failed,
                        failed > 0 ? terminal_normal(t) : "");
        if (reply_u64(o, "unit_files", UINT64_MAX) != UINT64_MAX)
                printf(" Unit files: %" PRIu64 " of its own\n", reply_u64(o, "unit_files", 0));
        for (size_t i = 0; i < reply_length(names); i++)
                printf("%s %s%s%s %s\n", i == 0 ? "     Failed:" : "            ",
                        terminal_color(t, COLOR_RED), terminal_glyph(t, GLYPH_DOT), terminal_normal(t),
                        strempty(reply_item_string(names, i)));
}

static void print_field(const char *title, const char *value) {
        if (value)
                printf("%11s: %s\n", title, value);
}

int account_print(Client *c, Account *account, void *userdata) {
        const char *manager = account_manager_word(account->object), *state, *version;
        json_object *o = account->object;
        const Terminal *t = &c->terminal;
        size_t *n = userdata;
        Color color;

        color = manager_is_troubled(o) || reply_u64(o, "units_failed", 0) > 0 ? COLOR_RED
                : streq_ptr(manager, "running")                               ? COLOR_GREEN
                                                                              : COLOR_NONE;
        if ((*n)++ > 0)
                putchar('\n');
        printf("%s%s%s %s", terminal_color(t, color),
                terminal_glyph(
                        t, streq_ptr(manager, "running") || color == COLOR_RED ? GLYPH_DOT : GLYPH_RING),
                terminal_normal(t), account->name);
        if (account->uid != (uid_t) -1)
                printf(" (%u)", account->uid);
        putchar('\n');

        state = reply_string(o, "system_state");
        if (streq_ptr(state, manager))
                state = NULL; /* nothing to add */
        version = reply_string(o, "manager_version");
        if (manager)
                printf("    Manager: %s%s%s%s%s%s%s%s\n", terminal_color(t, color), manager,
                        terminal_normal(t), state ? " (" : "", strempty(state), state ? ")" : "",
                        version ? ", systemd " : "", strempty(version));
        print_field("Linger", yes_no(reply_boolean(o, "linger", false)));
        print_field("State", reply_string(o, "state"));
        print_sessions(o);
        print_field("Home", reply_string(o, "home"));
        print_field("Shell", reply_string(o, "shell"));
        print_counts(c, o);
        print_field("Note", reply_string(o, "note"));
        return EXIT_CODE_OK;
}

enum { LINGER_UID, LINGER_NAME, LINGER_LINGER, LINGER_MANAGER, LINGER_STATE };

/* loginctl's columns, and the manager's. */
static const TableColumn linger_columns[] = {
        [LINGER_UID] = { "UID", COLUMN_RIGHT },
        [LINGER_NAME] = { "USER", 0 },
        [LINGER_LINGER] = { "LINGER", 0 },
        [LINGER_MANAGER] = { "MANAGER", 0 },
        [LINGER_STATE] = { "STATE", 0 },
};

int linger_list_init(LingerList *l) {
        *l = (LingerList){ .table = table_new(linger_columns, ELEMENTSOF(linger_columns)) };
        return l->table ? 0 : -ENOMEM;
}

void linger_list_done(LingerList *l) {
        table_free(l->table);
        *l = (LingerList){};
}

int linger_list_add(Client *c, Account *account, void *userdata) {
        bool troubled = manager_is_troubled(account->object);
        LingerList *l = userdata;
        int r;

        r = add_number(l->table, account->object, "uid", COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, account->name, COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, yes_no(reply_boolean(account->object, "linger", true)), COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, reply_string(account->object, "manager"),
                        troubled ? COLOR_RED : COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, reply_string(account->object, "state"), COLOR_NONE);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

int linger_list_print(LingerList *l, Client *c) {
        size_t n = table_rows(l->table);
        int r;

        table_sort(l->table, LINGER_NAME);
        r = table_print(l->table, &c->terminal, listing_flags(&c->options));
        if (r < 0)
                return r;
        if (!c->options.no_legend)
                printf("%s%zu users listed.\n", n > 0 ? "\n" : "", n);
        return 0;
}
