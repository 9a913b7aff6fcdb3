/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment that the manager hands to units. What systemd takes as a variable is taken here: a value
 * may hold line ends and other control characters, and whoever shows it makes it safe.
 */

#include "common/strv.h"
#include "common/utf8.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/worker.h"

static int compare_strings(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Sorted: the manager's own order is not the same each time. */
static int read_environment(Manager *m, char ***ret, Error *error) {
        char **environment = NULL;
        int r;

        r = manager_get_strv(m, MANAGER_PATH, MANAGER_INTERFACE, "Environment", &environment, error);
        if (r < 0)
                return r;
        if (environment)
                qsort(environment, strv_length(environment), sizeof(*environment), compare_strings);
        *ret = environment;
        return 0;
}

int method_manager_environment(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_strv_free_ char **environment = NULL;
        int r;

        r = read_environment(&worker->manager, &environment, error);
        if (r < 0)
                return r;
        json_write_key_strv(&reply->writer, "environment", environment);
        return 0;
}

static bool name_is_valid(const char *name, size_t n) {
        if (n == 0 || (name[0] >= '0' && name[0] <= '9'))
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = name[i];

                if (c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
                        !(c >= 'A' && c <= 'Z'))
                        return false;
        }
        return true;
}

/* The first of them that is none is named by its place, as it may hold anything; what has a name by that. */
static int check_variables(char *const *items, const char *parameter, bool names_too, Error *error) {
        unsigned i = 0;

        if (!items || !*items)
                return error_set(error, ERROR_INVALID_REQUEST, "\"%s\" names no variable.", parameter);

        STRV_FOREACH(item, items) {
                const char *equals = strchr(*item, '=');
                size_t n = equals ? (size_t) (equals - *item) : strlen(*item);

                if (!equals && !names_too)
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "\"%s\"[%u] is no assignment; write NAME=VALUE.", parameter, i);
                if (!name_is_valid(*item, n))
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "\"%s\"[%u] has no name of a variable: letters, digits and _, and no digit first.",
                                parameter, i);
                if (equals && !utf8_is_valid(equals + 1, strlen(equals + 1)))
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "The value of %.*s is not UTF-8, which an environment of a manager must be.",
                                (int) MIN(n, 255U), *item);
                for (char *const *other = items; other < item; other++)
                        if (strncmp(*other, *item, n) == 0 &&
                                (names_too ? streq(*other, *item) : (*other)[n] == '='))
                                return error_set(error, ERROR_INVALID_REQUEST, "%.*s is named twice.",
                                        (int) MIN(n, 255U), *item);
                i++;
        }
        return 0;
}

static bool strv_equal(char *const *a, char *const *b) {
        size_t n = strv_length(a);

        if (strv_length(b) != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(a[i], b[i]))
                        return false;
        return true;
}

/* The manager keeps variables of several origins, and what comes of a change is for it to say. */
static int change_environment(
        Manager *m, const char *member, char *const *items, bool *ret_changed, Error *error) {
        _cleanup_strv_free_ char **before = NULL, **after = NULL;
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_(error_done) Error ignored = ERROR_NULL;
        int r;

        r = read_environment(m, &before, error);
        if (r < 0)
                return r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, member, &call, error);
        if (r < 0)
                return r;
        r = message_append_strv(call, items);
        if (r < 0)
                return manager_nonsense(r, error);
        r = manager_call(m, call, NULL, error);
        if (r < 0)
                return r;

        /* What has been done has been done. */
        r = read_environment(m, &after, &ignored);
        *ret_changed = r < 0 || !strv_equal(before, after);
        return 0;
}

int method_manager_set_environment(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        bool set = request->method->id == METHOD_MANAGER_SET_ENVIRONMENT, changed = false;
        int r;

        r = check_variables(set ? p->assignments : p->names, set ? "assignments" : "names", !set, error);
        if (r < 0)
                return r;
        r = change_environment(&worker->manager, set ? "SetEnvironment" : "UnsetEnvironment",
                set ? p->assignments : p->names, &changed, error);
        if (r < 0)
                return r;

        json_write_key_bool(&reply->writer, "changed", changed);
        return 0;
}
