/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties that are structs, see struct.h. Structs come as arrays, in the order of their members.
 */

#include "client/property/struct.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>

#include "client/reply.h"
#include "client/terminal/text.h"

/* Where the value goes, and whether empty ones are wanted. */
typedef struct Sink {
        PropertyHandler handler;
        void *userdata;
        bool empty;
} Sink;

_printf_(2, 3) static int emit(const Sink *sink, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        return n < 0 ? -ENOMEM : sink->handler(text, sink->userdata);
}

static const char *string_at(json_object *tuple, size_t i) {
        return strempty(reply_item_string(tuple, i));
}

static uint64_t u64_at(json_object *tuple, size_t i) {
        uint64_t u;

        return reply_value_u64(reply_item(tuple, i), &u) ? u : 0;
}

static int64_t i64_at(json_object *tuple, size_t i) {
        return json_object_get_int64(reply_item(tuple, i));
}

static bool boolean_at(json_object *tuple, size_t i) {
        return json_object_get_boolean(reply_item(tuple, i));
}

/* Appends "sepTEXT", or TEXT as the first. */
static int join(char **text, const char *separator, const char *word) {
        char *longer;

        if (asprintf(&longer, "%s%s%s", strempty(*text), *text ? separator : "", word) < 0)
                return -ENOMEM;
        free(*text);
        *text = longer;
        return 0;
}

static int join_strings(json_object *array, const char *separator, char **ret) {
        _cleanup_free_ char *text = NULL;
        int r;

        for (size_t i = 0; i < reply_length(array); i++) {
                r = join(&text, separator, string_at(array, i));
                if (r < 0)
                        return r;
        }
        *ret = text ? TAKE_PTR(text) : strdup("");
        return *ret ? 0 : -ENOMEM;
}

static const char *or_na(const char *s) {
        return *s ? s : "n/a";
}

/* (sasbttttuii), or (sasasttttuii) of the properties whose names end in Ex. */
static int item_exec(json_object *t, const Sink *sink) {
        char start[TEXT_MAX], stop[TEXT_MAX], number[TEXT_MAX];
        _cleanup_free_ char *argv = NULL, *flags = NULL;
        const char *code = text_exit_code(i64_at(t, 8));
        bool extended = json_object_is_type(reply_item(t, 2), json_type_array);
        bool exited = i64_at(t, 8) == CLD_EXITED;
        int r;

        r = join_strings(reply_item(t, 1), " ", &argv);
        if (r < 0)
                return r;
        if (extended) {
                r = join_strings(reply_item(t, 2), " ", &flags);
                if (r < 0)
                        return r;
        }

        return emit(sink,
                "{ path=%s ; argv[]=%s ; %s=%s ; start_time=[%s] ; stop_time=[%s] ; pid=%" PRIu64
                " ; code=%s ; status=%" PRIi64 "%s%s }",
                string_at(t, 0), argv, extended ? "flags" : "ignore_errors",
                extended ? flags : yes_no(boolean_at(t, 2)), or_na(text_timestamp(start, u64_at(t, 3))),
                or_na(text_timestamp(stop, u64_at(t, 5))), u64_at(t, 7), code ? code : "(null)",
                i64_at(t, 9), exited ? "" : "/", exited ? "" : text_signal(number, i64_at(t, 9)));
}

static int item_environment_file(json_object *t, const Sink *sink) {
        return emit(sink, "%s (ignore_errors=%s)", string_at(t, 0), yes_no(boolean_at(t, 1)));
}

/* Paths, Listen: type and what it is of. */
static int item_typed(json_object *t, const Sink *sink) {
        return emit(sink, "%s (%s)", string_at(t, 1), string_at(t, 0));
}

static int item_timer_monotonic(json_object *t, const Sink *sink) {
        char span[TEXT_MAX], next[TEXT_MAX];

        return emit(sink, "{ %s=%s ; next_elapse=%s }", string_at(t, 0),
                text_timespan(span, u64_at(t, 1), 0), text_timespan(next, u64_at(t, 2), 0));
}

static int item_timer_calendar(json_object *t, const Sink *sink) {
        char next[TEXT_MAX];
        const char *text = text_timestamp(next, u64_at(t, 2));

        return emit(sink, "{ %s=%s ; next_elapse=%s }", string_at(t, 0), string_at(t, 1),
                *text ? text : "(null)");
}

static int item_two_words(json_object *t, const Sink *sink) {
        return emit(sink, "%s %s", string_at(t, 0), string_at(t, 1));
}

static int item_path_number(json_object *t, const Sink *sink) {
        return emit(sink, "%s %" PRIu64, string_at(t, 0), u64_at(t, 1));
}

static int item_path_span(json_object *t, const Sink *sink) {
        char span[TEXT_MAX];

        return emit(sink, "%s %s", string_at(t, 0), text_timespan(span, u64_at(t, 1), 1));
}

static int item_program(json_object *t, const Sink *sink) {
        return emit(sink, "%s:%s", string_at(t, 0), string_at(t, 1));
}

/* (bs): forbidden ones have ~. */
static int item_log_filter(json_object *t, const Sink *sink) {
        return emit(sink, "%s%s", boolean_at(t, 0) ? "" : "~", string_at(t, 1));
}

static int item_socket_bind(json_object *t, const Sink *sink) {
        const char *family = i64_at(t, 0) == AF_INET ? "ipv4" : i64_at(t, 0) == AF_INET6 ? "ipv6" : "";
        const char *protocol = i64_at(t, 1) == IPPROTO_TCP ? "tcp"
                : i64_at(t, 1) == IPPROTO_UDP              ? "udp"
                                                           : "";
        uint64_t n = u64_at(t, 2), port = u64_at(t, 3);
        char ports[TEXT_MAX];

        if (n == 0)
                snprintf(ports, sizeof(ports), "any");
        else if (n == 1)
                snprintf(ports, sizeof(ports), "%" PRIu64, port);
        else
                snprintf(ports, sizeof(ports), "%" PRIu64 "-%" PRIu64, port, port + n - 1);
        /* systemctl leaves out the colon between protocol and ports. */
        return emit(sink, "%s%s%s%s", family, *family ? ":" : "", protocol, ports);
}

/* The properties that are a list of structs, a line for each. */
static int format_items(json_object *value, const Sink *sink, int (*item)(json_object *, const Sink *)) {
        int r;

        for (size_t i = 0; i < reply_length(value); i++) {
                if (!json_object_is_type(reply_item(value, i), json_type_array))
                        continue;
                r = item(reply_item(value, i), sink);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What of a list of structs goes on one line. *ret stays NULL for an item that is left out. */
typedef int (*JoinedItem)(json_object *tuple, char **ret);

static int format_joined(json_object *value, const Sink *sink, JoinedItem item) {
        _cleanup_free_ char *text = NULL;
        int r;

        for (size_t i = 0; i < reply_length(value); i++) {
                _cleanup_free_ char *word = NULL;

                r = item(reply_item(value, i), &word);
                if (r >= 0 && word)
                        r = join(&text, " ", word);
                if (r < 0)
                        return r;
        }
        return sink->handler(strempty(text), sink->userdata);
}

static int joined_address(json_object *t, char **ret) {
        char text[INET6_ADDRSTRLEN];
        int64_t family = i64_at(t, 0);
        json_object *bytes = reply_item(t, 1);
        uint8_t address[16];
        size_t n = reply_length(json_object_is_type(bytes, json_type_array) ? bytes : NULL);

        if (n != (family == AF_INET ? 4U : 16U) || (family != AF_INET && family != AF_INET6))
                return 0;
        for (size_t i = 0; i < n; i++)
                address[i] = (uint8_t) u64_at(bytes, i);
        if (!inet_ntop((int) family, address, text, sizeof(text)))
                return 0;
        return asprintf(ret, "%s/%" PRIu64, text, u64_at(t, 2)) < 0 ? -ENOMEM : 0;
}

static int joined_bind_path(json_object *t, char **ret) {
        const char *destination = string_at(t, 1);

        return asprintf(ret, "%s%s%s%s%s", boolean_at(t, 2) ? "-" : "", string_at(t, 0),
                       *destination ? ":" : "", destination, u64_at(t, 3) == MS_REC ? ":rbind" : "") < 0
                ? -ENOMEM
                : 0;
}

static int joined_temporary(json_object *t, char **ret) {
        const char *options = string_at(t, 1);

        return asprintf(ret, "%s%s%s", string_at(t, 0), *options ? ":" : "", options) < 0 ? -ENOMEM : 0;
}

static int joined_field(json_object *bytes, char **ret) {
        size_t n = reply_length(json_object_is_type(bytes, json_type_array) ? bytes : NULL);

        *ret = calloc(n + 1, 1);
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                (*ret)[i] = (char) u64_at(bytes, i);
        return 0;
}

/* (bas): allowed or, with ~, forbidden. */
static int format_filter(json_object *value, const Sink *sink) {
        _cleanup_free_ char *words = NULL;
        bool allow = boolean_at(value, 0);
        int r;

        r = join_strings(reply_item(value, 1), " ", &words);
        if (r < 0)
                return r;
        if (!sink->empty && !allow && !*words)
                return 0;
        return emit(sink, "%s%s", allow ? "" : "~", words);
}

/* (bs): with - where failing to is ignored. */
static int format_label(json_object *value, const Sink *sink) {
        const char *label = string_at(value, 1);

        return emit(sink, "%s%s", *label && boolean_at(value, 0) ? "-" : "", label);
}

static int format_load_error(json_object *value, const Sink *sink) {
        const char *name = string_at(value, 0), *message = string_at(value, 1);

        if (!*name && !*message)
                return sink->handler("", sink->userdata);
        return emit(sink, "%s \"%s\"", name, message);
}

static int format_job(json_object *value, const Sink *sink) {
        uint64_t id = u64_at(value, 0);

        return id == 0 ? sink->handler("", sink->userdata) : emit(sink, "%" PRIu64, id);
}

/* (aiai): exit statuses, then signals. */
static int format_exit_statuses(json_object *value, const Sink *sink) {
        _cleanup_free_ char *text = NULL;
        int r;

        for (size_t part = 0; part < 2; part++) {
                json_object *numbers = reply_item(value, part);

                for (size_t i = 0;
                        json_object_is_type(numbers, json_type_array) && i < reply_length(numbers); i++) {
                        char word[TEXT_MAX];

                        if (part == 1)
                                text_signal(word, i64_at(numbers, i));
                        else
                                snprintf(word, sizeof(word), "%" PRIi64, i64_at(numbers, i));
                        r = join(&text, " ", word);
                        if (r < 0)
                                return r;
                }
        }
        return sink->handler(strempty(text), sink->userdata);
}

/* A set of CPUs or nodes, as bits of bytes, to "0-3 6". */
static int format_cpus(json_object *bytes, const Sink *sink) {
        _cleanup_free_ char *text = NULL;
        uint64_t bits = 8 * reply_length(bytes);
        int r;

        for (uint64_t i = 0; i < bits; i++) {
                char word[TEXT_MAX];
                uint64_t first = i;

                while (i < bits && u64_at(bytes, i / 8) & UINT64_C(1) << i % 8)
                        i++;
                if (i == first)
                        continue;
                if (i - first == 1)
                        snprintf(word, sizeof(word), "%" PRIu64, first);
                else
                        snprintf(word, sizeof(word), "%" PRIu64 "-%" PRIu64, first, i - 1);
                r = join(&text, " ", word);
                if (r < 0)
                        return r;
        }
        return sink->handler(strempty(text), sink->userdata);
}

static int format_base64(json_object *bytes, const Sink *sink) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        size_t n = reply_length(bytes);
        _cleanup_free_ char *text = malloc((n + 2) / 3 * 4 + 1);
        char *t = text;

        if (!text)
                return -ENOMEM;
        for (size_t i = 0; i < n; i += 3) {
                uint64_t a = u64_at(bytes, i), b = i + 1 < n ? u64_at(bytes, i + 1) : 0,
                         c = i + 2 < n ? u64_at(bytes, i + 2) : 0;
                uint32_t v = (uint32_t) ((a & 0xFF) << 16 | (b & 0xFF) << 8 | (c & 0xFF));

                *t++ = letters[v >> 18];
                *t++ = letters[v >> 12 & 63];
                *t++ = i + 1 < n ? letters[v >> 6 & 63] : '=';
                *t++ = i + 2 < n ? letters[v & 63] : '=';
        }
        *t = 0;
        return sink->handler(text, sink->userdata);
}

typedef struct StructRow {
        const char *name; /* with a * at one end: any name that begins or ends so */
        int (*whole)(json_object *value, const Sink *sink);
        int (*item)(json_object *tuple, const Sink *sink);
        JoinedItem joined;
} StructRow;

static const StructRow struct_table[] = {
        { "Exec*", .item = item_exec },
        { "EnvironmentFiles", .item = item_environment_file },
        { "Paths", .item = item_typed },
        { "Listen", .item = item_typed },
        { "TimersMonotonic", .item = item_timer_monotonic },
        { "TimersCalendar", .item = item_timer_calendar },
        { "DeviceAllow", .item = item_two_words },
        { "IODeviceLatencyTargetUSec", .item = item_path_span },
        { "IODeviceWeight", .item = item_path_number },
        { "IOReadBandwidthMax", .item = item_path_number },
        { "IOWriteBandwidthMax", .item = item_path_number },
        { "IOReadIOPSMax", .item = item_path_number },
        { "IOWriteIOPSMax", .item = item_path_number },
        { "BlockIODeviceWeight", .item = item_path_number },
        { "BlockIOReadBandwidth", .item = item_path_number },
        { "BlockIOWriteBandwidth", .item = item_path_number },
        { "BPFProgram", .item = item_program },
        { "LogFilterPatterns", .item = item_log_filter },
        { "OpenFile", .item = item_program },
        { "*DirectorySymlink", .item = item_program },
        { "RootImageOptions", .item = item_program },
        { "SocketBindAllow", .item = item_socket_bind },
        { "SocketBindDeny", .item = item_socket_bind },
        { "IPAddressAllow", .joined = joined_address },
        { "IPAddressDeny", .joined = joined_address },
        { "BindPaths", .joined = joined_bind_path },
        { "BindReadOnlyPaths", .joined = joined_bind_path },
        { "TemporaryFileSystem", .joined = joined_temporary },
        { "LogExtraFields", .joined = joined_field },
        { "SystemCallFilter", .whole = format_filter },
        { "SystemCallLog", .whole = format_filter },
        { "RestrictAddressFamilies", .whole = format_filter },
        { "RestrictFileSystems", .whole = format_filter },
        { "RestrictNetworkInterfaces", .whole = format_filter },
        { "SELinuxContext", .whole = format_label },
        { "AppArmorProfile", .whole = format_label },
        { "SmackProcessLabel", .whole = format_label },
        { "LoadError", .whole = format_load_error },
        { "Job", .whole = format_job },
        { "*ExitStatus", .whole = format_exit_statuses },
        { "CPUAffinity", .whole = format_cpus },
        { "NUMAMask", .whole = format_cpus },
        { "AllowedCPUs", .whole = format_cpus },
        { "StartupAllowedCPUs", .whole = format_cpus },
        { "AllowedMemoryNodes", .whole = format_cpus },
        { "StartupAllowedMemoryNodes", .whole = format_cpus },
        { "EffectiveCPUs", .whole = format_cpus },
        { "EffectiveMemoryNodes", .whole = format_cpus },
        { "StandardInputData", .whole = format_base64 },
        { "RootHashSignature", .whole = format_base64 },
};

static bool row_matches(const StructRow *row, const char *name) {
        size_t n = strlen(row->name);

        /* The two Exec… that are lists of strings. */
        if (streq(name, "ExecPaths") || streq(name, "ExecSearchPath"))
                return false;

        if (row->name[0] == '*')
                return endswith(name, row->name + 1);
        if (row->name[n - 1] == '*')
                return strncmp(name, row->name, n - 1) == 0;
        return streq(name, row->name);
}

int property_format_struct(
        const char *name, json_object *value, bool empty, PropertyHandler handler, void *userdata) {
        const Sink sink = { .handler = handler, .userdata = userdata, .empty = empty };
        int r;

        if (!json_object_is_type(value, json_type_array))
                return 0;

        for (size_t i = 0; i < ELEMENTSOF(struct_table); i++) {
                const StructRow *row = struct_table + i;

                if (!row_matches(row, name))
                        continue;
                if (row->item)
                        r = format_items(value, &sink, row->item);
                else if (row->joined)
                        r = format_joined(value, &sink, row->joined);
                else
                        r = row->whole(value, &sink);
                return r < 0 ? r : 1;
        }
        return 0;
}
