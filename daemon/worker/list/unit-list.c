/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units in memory, see unit-list.h. */

#include "daemon/worker/list/unit-list.h"

#include <ctype.h>
#include <strings.h>

#include "common/pattern.h"
#include "common/strv.h"
#include "daemon/worker/worker.h"

void unit_list_done(UnitList *list) {
        free(list->rows);
        sd_bus_message_unref(list->message);
        *list = (UnitList){};
}

int message_append_strv(sd_bus_message *call, char *const *l) {
        /* sd-bus wants the type of an array that it does not write to. */
        return sd_bus_message_append_strv(call, (char **) l);
}

int unit_name_compare(const char *a, const char *b) {
        const char *s = strrchr(a, '.'), *t = strrchr(b, '.');
        int r;

        if (s && t) {
                r = strcasecmp(s, t);
                if (r != 0)
                        return r;
        }

        r = strcasecmp(a, b);
        return r != 0 ? r : strcmp(a, b);
}

/* The characters behind the dot as a number that sorts as strcasecmp() sorts them; 0 where there is no dot.
 */
static uint64_t suffix_kind(const char *suffix) {
        uint64_t kind = 0;
        unsigned shift = 64;

        if (!suffix)
                return 0;
        for (const char *s = suffix + 1; *s && shift > 0; s++) {
                shift -= 8;
                kind |= (uint64_t) (unsigned char) tolower((unsigned char) *s) << shift;
        }
        return kind;
}

/* As unit_name_compare(), of names whose suffixes are known: they are compared some thousand times. */
static int compare_rows(const void *a, const void *b) {
        const UnitRow *x = a, *y = b;
        int r = 0;

        if (x->suffix && y->suffix) {
                if (x->kind != y->kind)
                        return x->kind < y->kind ? -1 : 1;
                if ((x->kind & 0xFF) != 0) /* there may be more of them */
                        r = strcasecmp(x->suffix, y->suffix);
        }
        if (r == 0)
                r = strcasecmp(x->id, y->id);
        return r != 0 ? r : strcmp(x->id, y->id);
}

static bool strv_is_empty(char *const *l) {
        return !l || !*l;
}

static bool matches_any(char *const *patterns, const char *name) {
        STRV_FOREACH(pattern, patterns)
                if (pattern_match(*pattern, name))
                        return true;
        return strv_is_empty(patterns);
}

static bool filter_passes(const UnitFilter *filter, const UnitRow *row) {
        /* The manager has matched already; but what polkit was asked about is our reading of the pattern. */
        if (!matches_any(filter->patterns, row->id))
                return false;

        if (!strv_is_empty(filter->types) &&
                (!row->suffix || !strv_contains(filter->types, row->suffix + 1)))
                return false;

        if (filter->all || filter->any)
                return true;
        if (!isempty(row->following))
                return false;
        if (!strv_is_empty(filter->states))
                return true;
        return row->job_id > 0 || !streq(row->active, "inactive");
}

static int read_rows(sd_bus_message *reply, const UnitFilter *filter, UnitList *list) {
        size_t allocated = 0;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        for (;;) {
                UnitRow row;

                r = sd_bus_message_read(reply, "(ssssssouso)", &row.id, &row.description, &row.load,
                        &row.active, &row.sub, &row.following, &row.path, &row.job_id, &row.job, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                row.suffix = strrchr(row.id, '.');
                if (!filter_passes(filter, &row))
                        continue;
                row.kind = suffix_kind(row.suffix);

                if (list->n == allocated) {
                        UnitRow *grown;

                        allocated = allocated > 0 ? allocated * 2 : 64;
                        grown = reallocarray(list->rows, allocated, sizeof(UnitRow));
                        if (!grown)
                                return -ENOMEM;
                        list->rows = grown;
                }
                list->rows[list->n++] = row;
        }

        if (list->n > 0)
                qsort(list->rows, list->n, sizeof(UnitRow), compare_rows);
        return 0;
}

int unit_list_read(Manager *m, const UnitFilter *filter, UnitList *ret, Error *error) {
        _cleanup_(unit_list_done) UnitList list = {};
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "ListUnitsByPatterns", &call, error);
        if (r < 0)
                return r;

        r = message_append_strv(call, filter->states);
        if (r < 0)
                return manager_nonsense(r, error);
        r = message_append_strv(call, filter->patterns);
        if (r < 0)
                return manager_nonsense(r, error);

        r = manager_call(m, call, &list.message, error);
        if (r < 0)
                return r;

        r = read_rows(list.message, filter, &list);
        if (r < 0)
                return manager_nonsense(r, error);

        *ret = list;
        list = (UnitList){};
        return 0;
}

UnitFilter unit_filter_of(const Parameters *p) {
        return (UnitFilter){ .patterns = p->units, .states = p->states, .types = p->types, .all = p->all };
}

int unit_names_expand(Manager *m, char *const *names, const UnitFilter *filter, char ***ret, Error *error) {
        _cleanup_strv_free_ char **expanded = NULL;
        UnitFilter one = *filter;
        int r;

        STRV_FOREACH(name, names) {
                _cleanup_(unit_list_done) UnitList list = {};

                if (!pattern_is_glob(*name)) {
                        if (strv_extend(&expanded, *name) < 0)
                                return error_set(error, ERROR_INTERNAL, "No memory for the names of units.");
                        continue;
                }

                one.patterns = (char *[]){ *name, NULL };
                r = unit_list_read(m, &one, &list, error);
                if (r < 0)
                        return r;

                for (size_t i = 0; i < list.n; i++)
                        if (!strv_contains(expanded, list.rows[i].id) &&
                                strv_extend(&expanded, list.rows[i].id) < 0)
                                return error_set(error, ERROR_INTERNAL, "No memory for the names of units.");
        }

        *ret = TAKE_PTR(expanded);
        return 0;
}

int method_units_list(Worker *worker, Request *request, Reply *reply, Error *error) {
        const Parameters *p = &request->parameters;
        const UnitFilter filter = unit_filter_of(p);
        _cleanup_(unit_list_done) UnitList list = {};
        JsonWriter *w = &reply->writer;
        int r;

        r = unit_list_read(&worker->manager, &filter, &list, error);
        if (r < 0)
                return r;

        reply_rows_begin(reply, "units");
        for (size_t i = 0; i < list.n; i++) {
                const UnitRow *row = list.rows + i;

                json_begin_object(w);
                json_write_key_string(w, "unit", row->id);
                json_write_key_string(w, "load", row->load);
                json_write_key_string(w, "active", row->active);
                json_write_key_string(w, "sub", row->sub);
                if (row->job_id > 0)
                        json_write_key_string(w, "job", row->job);
                json_write_key_string(w, "description", row->description);
                json_end_object(w);

                r = reply_row_end(reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        return 0;
}
