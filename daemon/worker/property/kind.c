/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plain kinds of properties, see kind.h. */

#include "daemon/worker/property/kind.h"

#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"
#include "daemon/worker/signal-name.h"

int property_open(sd_bus_message *m, const char *name, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, 'r', "sv");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 's', name);
        if (r < 0)
                return r;
        return sd_bus_message_open_container(m, 'v', type);
}

int property_close(sd_bus_message *m) {
        int r;

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

int property_open_container(sd_bus_message *m, const char *name, char container, const char *contents) {
        _cleanup_free_ char *type = NULL;
        int r;

        if (asprintf(&type, container == 'r' ? "(%s)" : "a%s", contents) < 0)
                return -ENOMEM;
        r = property_open(m, name, type);
        if (r < 0)
                return r;
        return sd_bus_message_open_container(m, container, contents);
}

int property_close_container(sd_bus_message *m) {
        int r;

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

int property_append_bytes(sd_bus_message *m, const char *name, const void *bytes, size_t size) {
        int r;

        r = property_open(m, name, "ay");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'y', bytes, size);
        if (r < 0)
                return r;
        return property_close(m);
}

int property_split_path(const char *value, char **ret_path, const char **ret_rest) {
        const char *blank = strchr(value, ' ');
        char *path;

        path = blank ? strndup(value, (size_t) (blank - value)) : strdup(value);
        if (!path)
                return -ENOMEM;
        *ret_path = path;
        *ret_rest = blank ? blank + 1 : NULL;
        return 0;
}

static int write_boolean(sd_bus_message *m, const char *name, const char *value) {
        int b = parse_boolean(value);

        return b < 0 ? b : sd_bus_message_append(m, "(sv)", name, "b", b);
}

const PropertyKind kind_boolean = { write_boolean, "yes or no" };

static int write_boolean_or_more(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *more = NULL;
        int b = parse_boolean(value);

        if (b >= 0)
                return sd_bus_message_append(m, "(sv)", name, "b", b);
        if (asprintf(&more, "%sEx", name) < 0)
                return -ENOMEM;
        return sd_bus_message_append(m, "(sv)", more, "s", value);
}

const PropertyKind kind_boolean_or_more = { write_boolean_or_more, "yes, no or a word of its own" };

static int write_string(sd_bus_message *m, const char *name, const char *value) {
        return sd_bus_message_append(m, "(sv)", name, "s", value);
}

const PropertyKind kind_string = { write_string, "a text" };

static int write_words(sd_bus_message *m, const char *name, const char *value, unsigned flags) {
        _cleanup_strv_free_ char **words = NULL;
        int r;

        r = words_split(value, flags, &words);
        if (r < 0)
                return r;
        r = property_open(m, name, "as");
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(m, words);
        if (r < 0)
                return r;
        return property_close(m);
}

static int write_strings(sd_bus_message *m, const char *name, const char *value) {
        return write_words(m, name, value, WORD_UNQUOTE);
}

const PropertyKind kind_strings = { write_strings, "words, in quotes where they have blanks" };

static int write_strings_escaped(sd_bus_message *m, const char *name, const char *value) {
        return write_words(m, name, value, WORD_UNQUOTE | WORD_UNESCAPE);
}

const PropertyKind kind_strings_escaped = { write_strings_escaped,
        "words, in quotes where they have blanks, with C's escapes" };

static int write_i32(sd_bus_message *m, const char *name, const char *value) {
        int32_t number;
        int r;

        r = parse_i32(value, &number);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "i", number);
}

const PropertyKind kind_i32 = { write_i32, "a whole number" };

static int write_i64(sd_bus_message *m, const char *name, const char *value) {
        int64_t number;
        int r;

        r = parse_i64(value, &number);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "x", number);
}

const PropertyKind kind_i64 = { write_i64, "a whole number" };

static int write_u32(sd_bus_message *m, const char *name, const char *value) {
        uint32_t number;
        int r;

        r = parse_u32(value, &number);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "u", number);
}

const PropertyKind kind_u32 = { write_u32, "a whole number from 0 on" };

static int write_mode(sd_bus_message *m, const char *name, const char *value) {
        uint32_t mode;
        int r;

        r = parse_mode(value, &mode);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "u", mode);
}

const PropertyKind kind_mode = { write_mode, "an octal mode such as 0755" };

static int write_signal(sd_bus_message *m, const char *name, const char *value) {
        int signal = signal_from_string(value);

        return signal < 0 ? signal : sd_bus_message_append(m, "(sv)", name, "i", (int32_t) signal);
}

const PropertyKind kind_signal = { write_signal, "the name of a signal such as SIGTERM" };

static int write_size(sd_bus_message *m, const char *name, const char *value) {
        uint64_t size;
        int r;

        r = parse_size(value, 1024, &size);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "t", size);
}

const PropertyKind kind_size = { write_size, "a number of bytes, with K, M, G or T" };

int property_append_span(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *wire = NULL;
        uint64_t usec;
        int r;

        r = time_span_parse(value, USEC_PER_SEC, &usec);
        if (r < 0)
                return r;

        /* "RestartSec" in a file is "RestartUSec" on the bus. */
        if (asprintf(&wire, "%.*sUSec", (int) (strlen(name) - strlen("Sec")), name) < 0)
                return -ENOMEM;
        return sd_bus_message_append(m, "(sv)", wire, "t", usec);
}

const PropertyKind kind_span = { property_append_span, "a time such as 20s, 5min or 1h 30min, or infinity" };
