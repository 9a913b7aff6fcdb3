/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of D-Bus as JSON, see variant.h. */

#include "daemon/worker/manager/variant.h"

#include <inttypes.h>
#include <math.h>

static int write_value(sd_bus_message *m, JsonWriter *w, unsigned depth, unsigned variants);

static void write_double(JsonWriter *w, double d) {
        char text[32];
        int n;

        if (!isfinite(d)) {
                json_write_null(w);
                return;
        }

        n = snprintf(text, sizeof(text), "%.17g", d);
        json_write_raw(w, text, (size_t) n);
}

typedef union Basic {
        uint8_t byte;
        int boolean;
        int16_t int16;
        uint16_t uint16;
        int32_t int32;
        uint32_t uint32;
        int64_t int64;
        uint64_t uint64;
        double real;
        const char *string;
        int fd;
} Basic;

/* What is left of the eight integer types. */
static int64_t basic_signed(char type, const Basic *b) {
        return type == 'n' ? b->int16 : type == 'i' ? b->int32 : b->int64;
}

static uint64_t basic_unsigned(char type, const Basic *b) {
        switch (type) {
        case 'y':
                return b->byte;
        case 'q':
                return b->uint16;
        case 'u':
                return b->uint32;
        default:
                return b->uint64;
        }
}

static int write_basic(sd_bus_message *m, char type, JsonWriter *w) {
        Basic b = {};
        int r;

        r = sd_bus_message_read_basic(m, type, &b);
        if (r < 0)
                return r;

        switch (type) {
        case 'b':
                json_write_bool(w, b.boolean);
                return 0;
        case 'n':
        case 'i':
        case 'x':
                json_write_i64(w, basic_signed(type, &b));
                return 0;
        case 'y':
        case 'q':
        case 'u':
        case 't':
                json_write_u64(w, basic_unsigned(type, &b));
                return 0;
        case 'd':
                write_double(w, b.real);
                return 0;
        case 's':
        case 'o':
        case 'g':
                json_write_string(w, b.string);
                return 0;
        case 'h':
                json_write_null(w);
                return 0;
        default:
                return -EBADMSG;
        }
}

/* The key of a dictionary: JSON has only strings. */
static int write_key(sd_bus_message *m, JsonWriter *w) {
        char type, text[32];
        Basic b = {};
        int r;

        r = sd_bus_message_peek_type(m, &type, NULL);
        if (r < 0)
                return r;
        if (r == 0 || strchr("vraed", type))
                return -EBADMSG;

        r = sd_bus_message_read_basic(m, type, &b);
        if (r < 0)
                return r;

        if (strchr("sog", type)) {
                json_write_key(w, b.string);
                return 0;
        }

        if (type == 'b')
                (void) snprintf(text, sizeof(text), "%s", b.boolean ? "true" : "false");
        else if (strchr("nix", type))
                (void) snprintf(text, sizeof(text), "%" PRIi64, basic_signed(type, &b));
        else
                (void) snprintf(text, sizeof(text), "%" PRIu64, basic_unsigned(type, &b));
        json_write_key(w, text);
        return 0;
}

static int write_elements(sd_bus_message *m, JsonWriter *w, unsigned depth) {
        int r;

        json_begin_array(w);
        for (;;) {
                r = sd_bus_message_at_end(m, false);
                if (r < 0)
                        return r;
                if (r > 0)
                        break;

                r = write_value(m, w, depth, 0);
                if (r < 0)
                        return r;
        }
        json_end_array(w);
        return 0;
}

static int write_dictionary(sd_bus_message *m, JsonWriter *w, unsigned depth, const char *entry) {
        _cleanup_free_ char *contents = NULL;
        int r;

        /* "{sv}" is entered as "sv". */
        contents = strndup(entry + 1, strlen(entry) - 2);
        if (!contents)
                return -ENOMEM;

        json_begin_object(w);
        for (;;) {
                r = sd_bus_message_enter_container(m, 'e', contents);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                r = write_key(m, w);
                if (r < 0)
                        return r;
                r = write_value(m, w, depth, 0);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        json_end_object(w);
        return 0;
}

static int write_container(sd_bus_message *m, char type, const char *contents, JsonWriter *w, unsigned depth,
        unsigned variants) {
        _cleanup_free_ char *copy = NULL;
        int r;

        /* sd-bus's own string of the contents may move while we go on. */
        copy = strdup(contents);
        if (!copy)
                return -ENOMEM;

        r = sd_bus_message_enter_container(m, type, copy);
        if (r < 0)
                return r;

        if (type == 'v')
                r = write_value(m, w, depth, variants + 1);
        else if (depth >= VARIANT_DEPTH_MAX)
                return -ELOOP;
        else if (type == 'a' && copy[0] == '{')
                r = write_dictionary(m, w, depth + 1, copy);
        else
                r = write_elements(m, w, depth + 1);
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(m);
}

static int write_value(sd_bus_message *m, JsonWriter *w, unsigned depth, unsigned variants) {
        const char *contents;
        char type;
        int r;

        if (variants > VARIANT_DEPTH_MAX)
                return -ELOOP;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (r == 0)
                return -EBADMSG;

        if (contents) {
                r = write_container(m, type, contents, w, depth, variants);
                return r < 0 ? r : 0;
        }
        return write_basic(m, type, w);
}

int variant_write(sd_bus_message *m, JsonWriter *w) {
        return write_value(m, w, 0, 0);
}

int properties_write(sd_bus_message *m, char *const *names, JsonWriter *w) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r <= 0)
                return r < 0 ? r : -EBADMSG;

        json_begin_object(w);
        for (;;) {
                const char *name;

                r = sd_bus_message_enter_container(m, 'e', "sv");
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                r = sd_bus_message_read_basic(m, 's', &name);
                if (r < 0)
                        return r;

                if (names && !strv_contains(names, name))
                        r = sd_bus_message_skip(m, "v");
                else {
                        json_write_key(w, name);
                        r = write_value(m, w, 1, 0);
                }
                if (r < 0)
                        return r;

                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        json_end_object(w);

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 0;
}
