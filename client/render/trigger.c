/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Timers, sockets and paths, see trigger.h. */

#include "client/render/trigger.h"

#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/terminal/text.h"
#include "client/unit-words.h"
#include "common/strv.h"

enum { TIMER_ACCOUNT, TIMER_NEXT, TIMER_LEFT, TIMER_LAST, TIMER_PASSED, TIMER_UNIT, TIMER_ACTIVATES };

static const TableColumn timer_columns[] = {
        [TIMER_ACCOUNT] = { "ACCOUNT", 0 },
        [TIMER_NEXT] = { "NEXT", COLUMN_SHRINKS },
        [TIMER_LEFT] = { "LEFT", COLUMN_RIGHT },
        [TIMER_LAST] = { "LAST", COLUMN_SHRINKS },
        [TIMER_PASSED] = { "PASSED", COLUMN_RIGHT },
        [TIMER_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [TIMER_ACTIVATES] = { "ACTIVATES", COLUMN_SHRINKS },
};

enum { SOCKET_ACCOUNT, SOCKET_LISTEN, SOCKET_TYPE, SOCKET_UNIT, SOCKET_ACTIVATES };

static const TableColumn socket_columns[] = {
        [SOCKET_ACCOUNT] = { "ACCOUNT", 0 },
        [SOCKET_LISTEN] = { "LISTEN", COLUMN_SHRINKS },
        [SOCKET_TYPE] = { "TYPE", 0 },
        [SOCKET_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [SOCKET_ACTIVATES] = { "ACTIVATES", COLUMN_SHRINKS },
};

enum { PATH_ACCOUNT, PATH_PATH, PATH_CONDITION, PATH_UNIT, PATH_ACTIVATES };

static const TableColumn path_columns[] = {
        [PATH_ACCOUNT] = { "ACCOUNT", 0 },
        [PATH_PATH] = { "PATH", COLUMN_SHRINKS },
        [PATH_CONDITION] = { "CONDITION", 0 },
        [PATH_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [PATH_ACTIVATES] = { "ACTIVATES", COLUMN_SHRINKS },
};

typedef int (*RowFunction)(TriggerList *l, json_object *row);

static int add_timer(TriggerList *l, json_object *row);
static int add_socket(TriggerList *l, json_object *row);
static int add_path(TriggerList *l, json_object *row);

static const struct {
        const char *member;
        const char *noun;
        const TableColumn *columns;
        size_t n_columns;
        RowFunction add;
} kinds[_TRIGGER_MAX] = {
        [TRIGGER_TIMER] = { "timers", "timer", timer_columns, ELEMENTSOF(timer_columns), add_timer },
        [TRIGGER_SOCKET] = { "sockets", "socket", socket_columns, ELEMENTSOF(socket_columns), add_socket },
        [TRIGGER_PATH] = { "paths", "path", path_columns, ELEMENTSOF(path_columns), add_path },
};

int trigger_list_init(TriggerList *l, TriggerKind kind, bool wide, const Options *options) {
        int r;

        *l = (TriggerList){ .kind = kind, .now = text_now() };
        /* The account is the first column of all of them. */
        r = listing_init(&l->listing, kinds[kind].columns, kinds[kind].n_columns, 0, wide);
        if (r < 0)
                return r;
        if (kind == TRIGGER_SOCKET && !options->show_types)
                table_hide(l->listing.table, SOCKET_TYPE);
        return 0;
}

const char *trigger_member(TriggerKind kind) {
        return kinds[kind].member;
}

/* All that is started, in one cell. */
static int add_activated(Table *t, json_object *row) {
        json_object *activates = reply_array(row, "activates");
        _cleanup_free_ char *text = NULL;

        for (size_t i = 0; i < reply_length(activates); i++) {
                char *longer;

                if (asprintf(&longer, "%s%s%s", strempty(text), i > 0 ? " " : "",
                            strempty(reply_item_string(activates, i))) < 0)
                        return -ENOMEM;
                free(text);
                text = longer;
        }
        return table_add(t, text, COLOR_NONE);
}

static int add_timer(TriggerList *l, json_object *row) {
        uint64_t next = reply_u64(row, "next", 0), last = reply_u64(row, "last", 0);
        Table *t = l->listing.table;
        char buf[TEXT_MAX];
        int r;

        r = table_add(t, text_timestamp_pretty(buf, next), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, text_left(buf, next, l->now), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, text_timestamp_pretty(buf, last), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, text_relative(buf, last, l->now), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "unit"), COLOR_NONE);
        return r < 0 ? r : add_activated(t, row);
}

static int add_socket(TriggerList *l, json_object *row) {
        Table *t = l->listing.table;
        int r;

        r = table_add(t, reply_string(row, "listen"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "type"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "unit"), COLOR_NONE);
        return r < 0 ? r : add_activated(t, row);
}

static int add_path(TriggerList *l, json_object *row) {
        Table *t = l->listing.table;
        int r;

        r = table_add(t, reply_string(row, "path"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "condition"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "unit"), COLOR_NONE);
        return r < 0 ? r : add_activated(t, row);
}

bool trigger_is_wanted(const Options *o, json_object *row) {
        const char *type = unit_type_of(reply_string(row, "unit"));

        return !o->types || (type && strv_contains(o->types, type));
}

static int add_row(Client *c, Account *account, json_object *row, void *userdata) {
        TriggerList *l = userdata;
        int r;

        if (!trigger_is_wanted(&c->options, row))
                return EXIT_CODE_OK;
        r = table_add(l->listing.table, account->name, COLOR_NONE);
        if (r >= 0)
                r = kinds[l->kind].add(l, row);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

int trigger_list_add(Client *c, Account *account, void *userdata) {
        TriggerList *l = userdata;
        int exit_code, r;

        exit_code = rows_each(c, account, kinds[l->kind].member, add_row, l);
        r = listing_spill(&l->listing, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

int trigger_list_print(void *list, Client *c) {
        TriggerList *l = list;
        int r;

        r = listing_print(&l->listing, c);
        if (r >= 0)
                listing_print_count(&l->listing, c, kinds[l->kind].noun);
        return r;
}

/* Hands a member on under its own or another name; NULL is null. */
static int copy_member(json_object *to, const char *key, json_object *value) {
        json_object *shared = json_object_get(value);

        if (json_object_object_add(to, key, shared) < 0) {
                json_object_put(shared);
                return -ENOMEM;
        }
        return 0;
}

static json_object *member(json_object *row, const char *key) {
        json_object *value;

        return json_object_object_get_ex(row, key, &value) ? value : NULL;
}

/* A timer that never elapsed has 0, and one that will not has null. */
static int shape_timer(json_object *row, json_object *to) {
        _cleanup_reply_ json_object *never = json_object_new_uint64(0);
        json_object *next = member(row, "next"), *last = member(row, "last") ?: never;
        int r;

        if (!never)
                return -ENOMEM;
        r = copy_member(to, "next", next);
        if (r >= 0)
                r = copy_member(to, "left", next);
        if (r >= 0)
                r = copy_member(to, "last", last);
        return r < 0 ? r : copy_member(to, "passed", last);
}

int trigger_shape_json(TriggerKind kind, const Options *o, json_object *row, json_object **ret) {
        _cleanup_reply_ json_object *to = json_object_new_object();
        json_object *activates = member(row, "activates");
        int r = 0;

        if (!to)
                return -ENOMEM;
        if (kind == TRIGGER_TIMER)
                r = shape_timer(row, to);
        if (kind == TRIGGER_SOCKET)
                r = copy_member(to, "listen", member(row, "listen"));
        if (kind == TRIGGER_SOCKET && o->show_types && r >= 0)
                r = copy_member(to, "type", member(row, "type"));
        if (kind == TRIGGER_PATH)
                r = copy_member(to, "path", member(row, "path"));
        if (kind == TRIGGER_PATH && r >= 0)
                r = copy_member(to, "condition", member(row, "condition"));
        if (r >= 0)
                r = copy_member(to, "unit", member(row, "unit"));
        if (r >= 0)
                r = copy_member(to, "activates",
                        reply_length(reply_array(row, "activates")) > 1 ? activates
                                                                        : reply_item(activates, 0));
        if (r < 0)
                return r;
        *ret = TAKE_PTR(to);
        return 0;
}
