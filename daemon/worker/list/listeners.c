/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sockets and paths: what is listened on or watched and what that starts, as `systemctl list-sockets` and
 * `list-paths` have it. Each unit may have several of either: a row each.
 */

#include "daemon/worker/list/trigger-list.h"

/* What differs between the two. */
typedef struct ListenerKind {
        const char *suffix;
        PropertyQuery query; /* pairs of a word and an address or path */
        const char *rows, *place, *word;
} ListenerKind;

static const ListenerKind socket_kind = {
        .suffix = ".socket",
        .query = { "org.freedesktop.systemd1.Socket", "Listen", "a(ss)" },
        .rows = "sockets",
        .place = "listen",
        .word = "type",
};

static const ListenerKind path_kind = {
        .suffix = ".path",
        .query = { "org.freedesktop.systemd1.Path", "Paths", "a(ss)" },
        .rows = "paths",
        .place = "path",
        .word = "condition",
};

/* The strings belong to messages. */
typedef struct Listener {
        const char *place;
        const char *word;
        size_t unit;
        const char *id;
} Listener;

typedef struct Listeners {
        TriggerList triggers;
        Listener *rows;
        size_t n, allocated;
        sd_bus_message **messages; /* of each unit */
} Listeners;

static void listeners_done(Listeners *l) {
        for (size_t i = 0; l->messages && i < l->triggers.list.n; i++)
                sd_bus_message_unref(l->messages[i]);
        free(l->messages);
        free(l->rows);
        trigger_list_done(&l->triggers);
}

static int add_row(Listeners *l, const Listener *row) {
        if (l->n == l->allocated) {
                size_t allocated = l->allocated > 0 ? l->allocated * 2 : 16;
                Listener *grown = reallocarray(l->rows, allocated, sizeof(Listener));

                if (!grown)
                        return -ENOMEM;
                l->rows = grown;
                l->allocated = allocated;
        }
        l->rows[l->n++] = *row;
        return 0;
}

static int take_places(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        Listeners *l = userdata;
        int r;

        if (!answer)
                return 0;
        if (!l->messages) {
                l->messages = calloc(l->triggers.list.n, sizeof(*l->messages));
                if (!l->messages)
                        return -ENOMEM;
        }
        l->messages[path] = sd_bus_message_ref(answer);

        r = sd_bus_message_enter_container(answer, 'a', "(ss)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        for (;;) {
                Listener row = { .unit = path, .id = l->triggers.list.rows[path].id };

                r = sd_bus_message_read(answer, "(ss)", &row.word, &row.place);
                if (r <= 0)
                        return r;
                r = add_row(l, &row);
                if (r < 0)
                        return r;
        }
}

/* Component by component: a directory stands before what is in it, and "/a/b" before "/a-b". */
static int compare_paths(const char *a, const char *b) {
        for (;; a++, b++) {
                if (*a == *b) {
                        if (*a == 0)
                                return 0;
                        continue;
                }
                if (*a == 0 || *b == 0)
                        return *a == 0 ? -1 : 1;
                if (*a == '/' || *b == '/')
                        return *a == '/' ? -1 : 1;
                return (unsigned char) *a < (unsigned char) *b ? -1 : 1;
        }
}

/* Addresses stand before paths. */
static int compare_listeners(const void *a, const void *b) {
        const Listener *x = a, *y = b;
        bool p = x->place[0] == '/', q = y->place[0] == '/';
        int r;

        if (p != q)
                return p ? 1 : -1;
        r = p ? compare_paths(x->place, y->place) : strcmp(x->place, y->place);
        if (r == 0)
                r = strcmp(x->word, y->word);
        return r != 0 ? r : unit_name_compare(x->id, y->id);
}

static int list_listeners(
        Worker *worker, const Request *request, const ListenerKind *kind, Reply *reply, Error *error) {
        _cleanup_(listeners_done) Listeners l = {};
        JsonWriter *w = &reply->writer;
        int r;

        r = trigger_list_read(
                worker, request, kind->suffix, &kind->query, 1, take_places, &l, &l.triggers, error);
        if (r < 0)
                return r;
        if (l.n > 0)
                qsort(l.rows, l.n, sizeof(Listener), compare_listeners);

        reply_rows_begin(reply, kind->rows);
        for (size_t i = 0; i < l.n; i++) {
                json_begin_object(w);
                json_write_key_string(w, kind->place, l.rows[i].place);
                json_write_key_string(w, kind->word, l.rows[i].word);
                json_write_key_string(w, "unit", l.rows[i].id);
                json_write_key_strv(w, "activates", l.triggers.activates[l.rows[i].unit]);
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}

int method_sockets_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        return list_listeners(worker, request, &socket_kind, reply, error);
}

int method_paths_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        return list_listeners(worker, request, &path_kind, reply, error);
}
