/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON on stdout, see json-print.h. */

#include "client/json-print.h"

#include "common/json-write.h"

/* More than any string that can come: a whole reply. */
#define STRING_MAX (32U * 1024U * 1024U)

static int print_value(FILE *f, json_object *value, bool pretty, unsigned indent);

static int print_string(FILE *f, const char *s, size_t n) {
        JsonWriter w = JSON_WRITER_INIT(STRING_MAX);
        _cleanup_free_ char *text = NULL;
        size_t length;
        int r;

        json_write_string_n(&w, s, n);
        r = json_writer_finish(&w, &text, &length);
        if (r < 0)
                return r;
        fwrite(text, 1, length, f);
        return 0;
}

static void print_break(FILE *f, bool pretty, unsigned indent) {
        if (!pretty)
                return;
        fputc('\n', f);
        for (unsigned i = 0; i < indent; i++)
                fputc('\t', f);
}

static int print_array(FILE *f, json_object *array, bool pretty, unsigned indent) {
        size_t n = json_object_array_length(array);
        int r;

        fputc('[', f);
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        fputc(',', f);
                print_break(f, pretty, indent + 1);
                r = print_value(f, json_object_array_get_idx(array, i), pretty, indent + 1);
                if (r < 0)
                        return r;
        }
        if (n > 0)
                print_break(f, pretty, indent);
        fputc(']', f);
        return 0;
}

static bool contains(const char *const *l, const char *s) {
        for (; l && *l; l++)
                if (streq(*l, s))
                        return true;
        return false;
}

/* The members of an object, after *ret_n others. */
static int print_members(
        FILE *f, json_object *object, const char *const *skip, bool pretty, unsigned indent, size_t *n) {
        int r;

        json_object_object_foreach(object, key, value) {
                if (contains(skip, key))
                        continue;
                if ((*n)++ > 0)
                        fputc(',', f);
                print_break(f, pretty, indent);
                r = print_string(f, key, strlen(key));
                if (r < 0)
                        return r;
                fputs(pretty ? " : " : ":", f);
                r = print_value(f, value, pretty, indent);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int print_object(FILE *f, json_object *object, bool pretty, unsigned indent) {
        size_t n = 0;
        int r;

        fputc('{', f);
        r = print_members(f, object, NULL, pretty, indent + 1, &n);
        if (r < 0)
                return r;
        if (n > 0)
                print_break(f, pretty, indent);
        fputc('}', f);
        return 0;
}

static int print_value(FILE *f, json_object *value, bool pretty, unsigned indent) {
        switch (json_object_get_type(value)) {
        case json_type_object:
                return print_object(f, value, pretty, indent);
        case json_type_array:
                return print_array(f, value, pretty, indent);
        case json_type_string:
                return print_string(
                        f, json_object_get_string(value), (size_t) json_object_get_string_len(value));
        default:
                /* null, booleans and numbers, which need no care. */
                fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), f);
                return 0;
        }
}

int json_print(FILE *f, json_object *value, OutputMode mode) {
        int r;

        r = print_value(f, value, mode == OUTPUT_JSON_PRETTY, 0);
        fputc('\n', f);
        return r;
}

int json_list_add(JsonList *l, const char *account, json_object *object, const char *const *skip) {
        bool pretty = l->mode == OUTPUT_JSON_PRETTY;
        size_t members = 0;
        int r;

        fputc(l->open ? ',' : '[', l->f);
        l->open = true;
        l->n++;
        print_break(l->f, pretty, 1);
        fputc('{', l->f);
        if (account) {
                members++;
                print_break(l->f, pretty, 2);
                fputs(pretty ? "\"account\" : " : "\"account\":", l->f);
                r = print_string(l->f, account, strlen(account));
                if (r < 0)
                        return r;
        }
        r = print_members(l->f, object, skip, pretty, 2, &members);
        if (r < 0)
                return r;
        print_break(l->f, pretty, 1);
        fputc('}', l->f);
        return 0;
}

void json_list_end(JsonList *l) {
        if (!l->open)
                fputc('[', l->f);
        else
                print_break(l->f, l->mode == OUTPUT_JSON_PRETTY, 0);
        fputs("]\n", l->f);
        *l = (JsonList){ .f = l->f, .mode = l->mode };
}
