/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One unit at a moment, see unit-state.h. */

#include "daemon/worker/unit-state.h"

#include "daemon/worker/manager/batch.h"

/* What unit_before_read() asks for, in one round trip. */
typedef enum BeforeQuery {
        BEFORE_ACTIVE,
        BEFORE_INVOCATION,
        BEFORE_NEEDS_RELOAD,
        _BEFORE_MAX,
} BeforeQuery;

static const PropertyQuery before_queries[_BEFORE_MAX] = {
        [BEFORE_ACTIVE] = { UNIT_INTERFACE, "ActiveState", "s" },
        [BEFORE_INVOCATION] = { UNIT_INTERFACE, "InvocationID", "ay" },
        [BEFORE_NEEDS_RELOAD] = { UNIT_INTERFACE, "NeedDaemonReload", "b" },
};

typedef struct BeforeRead {
        UnitBefore before;
        int needs_reload;
        Error failure; /* the first; one unit's properties fail alike */
} BeforeRead;

static void before_read_done(BeforeRead *read) {
        unit_before_done(&read->before);
        error_done(&read->failure);
}

static int take_invocation(sd_bus_message *answer, UnitBefore *before) {
        const void *bytes;
        size_t size;
        int r;

        r = sd_bus_message_read_array(answer, 'y', &bytes, &size);
        if (r < 0)
                return r;

        /* Empty for a unit that never ran. */
        if (size == sizeof(before->invocation)) {
                memcpy(before->invocation, bytes, size);
                before->has_invocation = true;
        }
        return 0;
}

static int take_before(size_t path, size_t query, sd_bus_message *answer, Error *failure, void *userdata) {
        BeforeRead *read = userdata;
        const char *active;
        int r;

        if (!answer) {
                if (!error_is_set(&read->failure))
                        error_move(&read->failure, failure);
                return 0;
        }

        switch ((BeforeQuery) query) {
        case BEFORE_ACTIVE:
                r = sd_bus_message_read_basic(answer, 's', &active);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
                read->before.active = strdup(active);
                return read->before.active ? 0 : -ENOMEM;
        case BEFORE_INVOCATION:
                return take_invocation(answer, &read->before);
        case BEFORE_NEEDS_RELOAD:
                r = sd_bus_message_read_basic(answer, 'b', &read->needs_reload);
                return r > 0 ? 0 : r < 0 ? r : -EBADMSG;
        default:
                return -EBADMSG;
        }
}

int unit_before_read(Manager *m, const char *unit, UnitBefore *ret, bool *ret_needs_reload, Error *error) {
        _cleanup_(before_read_done) BeforeRead read = {};
        _cleanup_free_ char *path = NULL;
        int r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;

        r = manager_get_batch(m,
                &(PropertyBatch){
                        .paths = (const char *const[]){ path },
                        .n_paths = 1,
                        .queries = before_queries,
                        .n_queries = _BEFORE_MAX,
                        .take = take_before,
                        .userdata = &read,
                },
                error);
        if (r < 0)
                return r;
        if (error_is_set(&read.failure))
                return error_set(error, read.failure.code, "%s", error_message(&read.failure));

        *ret = read.before;
        read.before = (UnitBefore){};
        *ret_needs_reload = read.needs_reload;
        return 0;
}

bool unit_before_differs(const UnitBefore *a, const UnitBefore *b) {
        if (!streq_ptr(a->active, b->active) || a->has_invocation != b->has_invocation)
                return true;
        return a->has_invocation && memcmp(a->invocation, b->invocation, sizeof(a->invocation)) != 0;
}

int unit_conditions_read(Manager *m, const char *unit, bool *ret, Error *error) {
        _cleanup_free_ char *path = NULL;
        uint64_t checked;
        int met, r;

        r = manager_unit_path(unit, &path, error);
        if (r < 0)
                return r;

        r = manager_get_trivial(
                m, path, UNIT_INTERFACE, "ConditionTimestampMonotonic", 't', &checked, error);
        if (r < 0)
                return r;
        r = manager_get_trivial(m, path, UNIT_INTERFACE, "ConditionResult", 'b', &met, error);
        if (r < 0)
                return r;

        *ret = checked == 0 || met;
        return 0;
}

int unit_result_read(Manager *m, const char *unit, char **ret, Error *error) {
        static const struct {
                const char *suffix, *interface;
        } types[] = {
                { ".automount", "org.freedesktop.systemd1.Automount" },
                { ".mount", "org.freedesktop.systemd1.Mount" },
                { ".path", "org.freedesktop.systemd1.Path" },
                { ".scope", "org.freedesktop.systemd1.Scope" },
                { ".service", "org.freedesktop.systemd1.Service" },
                { ".socket", "org.freedesktop.systemd1.Socket" },
                { ".swap", "org.freedesktop.systemd1.Swap" },
                { ".timer", "org.freedesktop.systemd1.Timer" },
        };
        _cleanup_free_ char *path = NULL;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                if (!endswith(unit, types[i].suffix))
                        continue;

                r = manager_unit_path(unit, &path, error);
                if (r < 0)
                        return r;
                return manager_get_string(m, path, types[i].interface, "Result", ret, error);
        }

        *ret = NULL;
        return 0;
}
