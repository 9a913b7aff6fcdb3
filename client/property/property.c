/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties as systemctl prints them, see property.h. */

#include "client/property/property.h"

#include <inttypes.h>
#include <sched.h>
#include <sys/mount.h>

#include "client/property/struct.h"
#include "client/reply.h"
#include "client/terminal/text.h"
#include "common/utf8.h"

#define UINT32_INVALID UINT64_C(0xFFFFFFFF)

static bool one_of(const char *s, const char *const *l) {
        for (; *l; l++)
                if (streq(s, *l))
                        return true;
        return false;
}

static bool ends_with_one_of(const char *s, const char *const *l) {
        for (; *l; l++)
                if (endswith(s, *l))
                        return true;
        return false;
}

static bool is_timestamp(const char *name) {
        static const char *const others[] = { "NextElapseUSecRealtime", "LastTriggerUSec", "TimeUSec",
                "RTCTimeUSec", NULL };

        return endswith(name, "Timestamp") || one_of(name, others);
}

/* Where the largest number means that there is none. */
static bool is_not_set(const char *name) {
        static const char *const exact[] = { "CPUWeight", "StartupCPUWeight", "IOWeight", "StartupIOWeight",
                "CPUShares", "StartupCPUShares", "BlockIOWeight", "StartupBlockIOWeight", "MemoryAvailable",
                "TasksCurrent", "ManagedOOMMemoryPressureDurationUSec", NULL };
        static const char *const io[] = { "Bytes", "Operations", NULL };
        static const char *const memory[] = { "Current", "Peak", NULL };

        return one_of(name, exact) || endswith(name, "NSec") ||
                (startswith(name, "Memory") && ends_with_one_of(name, memory)) ||
                (startswith(name, "IO") && ends_with_one_of(name, io));
}

/* Where it means that there is no end to it. */
static bool is_infinite(const char *name) {
        static const char *const ends[] = { "MemoryLow", "MemoryMin", "MemoryHigh", "MemoryMax",
                "MemorySwapMax", "MemoryZSwapMax", "MemoryLimit", "TasksMax", NULL };

        return ends_with_one_of(name, ends) || startswith(name, "Limit") || startswith(name, "DefaultLimit");
}

static bool is_traffic(const char *name) {
        static const char *const names[] = { "IPIngressBytes", "IPIngressPackets", "IPEgressBytes",
                "IPEgressPackets", NULL };

        return one_of(name, names);
}

static bool is_capabilities(const char *name) {
        return streq(name, "CapabilityBoundingSet") || streq(name, "AmbientCapabilities");
}

typedef struct Bit {
        uint64_t bit;
        const char *name;
} Bit;

static int append_word(char **text, const char *word) {
        char *longer;

        if (asprintf(&longer, "%s%s%s", strempty(*text), *text ? " " : "", word) < 0)
                return -ENOMEM;
        free(*text);
        *text = longer;
        return 0;
}

static int format_namespaces(uint64_t u, PropertyHandler handler, void *userdata) {
        static const Bit bits[] = { { CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWIPC, "ipc" },
                { CLONE_NEWNET, "net" }, { CLONE_NEWNS, "mnt" }, { CLONE_NEWPID, "pid" },
                { CLONE_NEWUSER, "user" }, { CLONE_NEWUTS, "uts" } };
        _cleanup_free_ char *text = NULL;
        uint64_t all = 0;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(bits); i++) {
                all |= bits[i].bit;
                if (!(u & bits[i].bit))
                        continue;
                r = append_word(&text, bits[i].name);
                if (r < 0)
                        return r;
        }
        return handler((u & all) == 0 ? "yes" : (u & all) == all ? "no" : text, userdata);
}

static int format_capabilities(uint64_t u, PropertyHandler handler, void *userdata) {
        static const char *const names[] = { "chown", "dac_override", "dac_read_search", "fowner", "fsetid",
                "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
                "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio",
                "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource",
                "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
                "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
                "perfmon", "bpf", "checkpoint_restore" };
        _cleanup_free_ char *text = NULL;
        int r;

        for (unsigned i = 0; i < 64; i++) {
                char name[32];

                if (!(u & UINT64_C(1) << i))
                        continue;
                /* A set of everything has bits no kernel knows yet. */
                if (i >= ELEMENTSOF(names))
                        break;
                snprintf(name, sizeof(name), "cap_%s", names[i]);
                r = append_word(&text, name);
                if (r < 0)
                        return r;
        }
        return handler(strempty(text), userdata);
}

static const char *propagation(uint64_t u) {
        switch (u & (MS_SHARED | MS_SLAVE | MS_PRIVATE)) {
        case MS_SHARED:
                return "shared";
        case MS_SLAVE:
                return "slave";
        case MS_PRIVATE:
                return "private";
        default:
                return "";
        }
}

/* set_mempolicy(2)'s modes. */
static const char *memory_policy(uint64_t u) {
        static const char *const names[] = { "default", "preferred", "bind", "interleave", "local" };

        return u < ELEMENTSOF(names) ? names[u] : "n/a";
}

static int format_u64(const char *name, uint64_t u, PropertyHandler handler, void *userdata) {
        char buf[TEXT_MAX];

        if (is_timestamp(name))
                return handler(text_timestamp(buf, u), userdata);
        if (u == UINT64_MAX && is_not_set(name))
                return handler("[not set]", userdata);
        if (strstr(name, "USec"))
                return handler(text_timespan(buf, u, 0), userdata);
        if (streq(name, "RestrictNamespaces"))
                return format_namespaces(u, handler, userdata);
        if (is_capabilities(name))
                return format_capabilities(u, handler, userdata);
        if (streq(name, "NUMAPolicy"))
                return handler(memory_policy(u), userdata);
        if (streq(name, "MountFlags"))
                return handler(propagation(u), userdata);
        if (u == UINT64_MAX && is_infinite(name))
                return handler("infinity", userdata);
        if (u == UINT64_MAX && is_traffic(name))
                return handler("[no data]", userdata);
        if (u == 0 && (streq(name, "CPUWeight") || streq(name, "StartupCPUWeight")))
                return handler("idle", userdata);
        if (u == UINT32_INVALID && (streq(name, "UID") || streq(name, "GID")))
                return handler("[not set]", userdata);

        if (streq(name, "CoredumpFilter"))
                snprintf(buf, sizeof(buf), "0x%" PRIx64, u);
        else if (strstr(name, "UMask") || strstr(name, "Mode"))
                snprintf(buf, sizeof(buf), "%04" PRIo64, u);
        else
                snprintf(buf, sizeof(buf), "%" PRIu64, u);
        return handler(buf, userdata);
}

static int format_number(
        const char *name, json_object *value, bool empty, PropertyHandler handler, void *userdata) {
        char buf[TEXT_MAX];
        uint64_t u;

        if (reply_value_u64(value, &u))
                return format_u64(name, u, handler, userdata);
        if (endswith(name, "ActionExitStatus"))
                return empty ? handler("[not set]", userdata) : 0;
        if (streq(name, "NUMAPolicy"))
                return handler("n/a", userdata);
        snprintf(buf, sizeof(buf), "%" PRIi64, json_object_get_int64(value));
        return handler(buf, userdata);
}

/* One of several words on a line: quoted as a shell would want it where it is not plain. */
static char *quote_word(const char *s) {
        char *text, *t;
        bool plain = *s != 0;

        for (const char *p = s; *p && plain; p++)
                plain = (unsigned char) *p > ' ' && *p != 127 && !strchr("\"\\`$*?['()<>|&;!", *p);
        plain = plain && utf8_is_valid(s, strlen(s));
        if (plain)
                return strdup(s);

        text = t = malloc(4 * strlen(s) + 3);
        if (!text)
                return NULL;
        *t++ = '"';
        while (*s) {
                uint32_t codepoint;
                int n = utf8_decode(s, strlen(s), &codepoint);

                if (n < 0 || (unsigned char) *s < ' ' || *s == 127) {
                        static const char from[] = "\a\b\f\n\r\t\v", to[] = "abfnrtv";
                        const char *known = strchr(from, *s);

                        if (known)
                                t += sprintf(t, "\\%c", to[known - from]);
                        else
                                t += sprintf(t, "\\%03o", (unsigned char) *s);
                        s++;
                        continue;
                }
                if (strchr("\"\\`$", *s))
                        *t++ = '\\';
                t = mempcpy(t, s, (size_t) n);
                s += n;
        }
        *t++ = '"';
        *t = 0;
        return text;
}

static int format_strings(json_object *array, PropertyHandler handler, void *userdata) {
        _cleanup_free_ char *text = NULL;
        int r;

        for (size_t i = 0; i < reply_length(array); i++) {
                _cleanup_free_ char *word = quote_word(reply_item_string(array, i));

                if (!word)
                        return -ENOMEM;
                r = append_word(&text, word);
                if (r < 0)
                        return r;
        }
        return handler(strempty(text), userdata);
}

/* Bytes, such as an id: hexadecimal. */
static int format_bytes(json_object *array, PropertyHandler handler, void *userdata) {
        size_t n = reply_length(array);
        _cleanup_free_ char *text = malloc(2 * n + 1);

        if (!text)
                return -ENOMEM;
        *text = 0;
        for (size_t i = 0; i < n; i++)
                snprintf(text + 2 * i, 3, "%02x",
                        (unsigned) json_object_get_int(reply_item(array, i)) & 0xFFU);
        return handler(text, userdata);
}

static bool all_of_type(json_object *array, enum json_type type) {
        for (size_t i = 0; i < reply_length(array); i++)
                if (!json_object_is_type(reply_item(array, i), type))
                        return false;
        return true;
}

static int format_array(json_object *value, bool empty, PropertyHandler handler, void *userdata) {
        /* An empty array of structs that nobody knows looks the same as one of strings. */
        if (all_of_type(value, json_type_string))
                return format_strings(value, handler, userdata);
        if (all_of_type(value, json_type_int))
                return format_bytes(value, handler, userdata);
        return empty ? handler("[unprintable]", userdata) : 0;
}

/* What systemctl has no format for, whatever is in it. */
static bool is_unprintable(const char *name) {
        static const char *const names[] = { "ActivationDetails", "Asserts", "Conditions", "ExitCode",
                "ImportCredentialEx", "LoadCredential", "LoadCredentialEncrypted", "NFTSet", "SetCredential",
                "SetCredentialEncrypted", "TTYColumns", "TTYRows", NULL };

        return one_of(name, names);
}

int property_format(
        const char *name, json_object *value, bool empty, PropertyHandler handler, void *userdata) {
        char buf[TEXT_MAX];
        int r;

        if (is_unprintable(name))
                return empty ? handler("[unprintable]", userdata) : 0;

        r = property_format_struct(name, value, empty, handler, userdata);
        if (r != 0)
                return r < 0 ? r : 0;

        switch (json_object_get_type(value)) {
        case json_type_string: {
                const char *s = json_object_get_string(value);

                return handler(strchr(s, '\n') ? "[unprintable]" : s, userdata);
        }
        case json_type_boolean:
                return handler(yes_no(json_object_get_boolean(value)), userdata);
        case json_type_int:
                return format_number(name, value, empty, handler, userdata);
        case json_type_double:
                snprintf(buf, sizeof(buf), "%g", json_object_get_double(value));
                return handler(buf, userdata);
        case json_type_array:
                return format_array(value, empty, handler, userdata);
        default:
                return empty ? handler("[unprintable]", userdata) : 0;
        }
}
