/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of systemd.resource-control(5), see kind.h. */

#include <arpa/inet.h>

#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/worker/property/kind.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"

#define WEIGHT_MIN  1U
#define WEIGHT_MAX  10000U
#define WEIGHT_NONE UINT64_MAX
#define WEIGHT_IDLE UINT64_C(0)

static int append_u64(sd_bus_message *m, const char *name, uint64_t number) {
        return sd_bus_message_append(m, "(sv)", name, "t", number);
}

static int parse_weight(const char *value, uint64_t *ret) {
        uint64_t weight;
        int r;

        if (!*value) {
                *ret = WEIGHT_NONE;
                return 0;
        }
        r = parse_u64(value, &weight);
        if (r < 0)
                return r;
        if (weight < WEIGHT_MIN || weight > WEIGHT_MAX)
                return -ERANGE;
        *ret = weight;
        return 0;
}

static int write_weight(sd_bus_message *m, const char *name, const char *value) {
        uint64_t weight;
        int r;

        r = parse_weight(value, &weight);
        return r < 0 ? r : append_u64(m, name, weight);
}

const PropertyKind kind_weight = { write_weight, "a number from 1 to 10000, or nothing" };

static int write_cpu_weight(sd_bus_message *m, const char *name, const char *value) {
        return streq(value, "idle") ? append_u64(m, name, WEIGHT_IDLE) : write_weight(m, name, value);
}

const PropertyKind kind_cpu_weight = { write_cpu_weight, "a number from 1 to 10000, idle, or nothing" };

static int write_permyriad(sd_bus_message *m, const char *name, const char *value) {
        uint32_t permyriad;
        int r;

        r = parse_permyriad(value, &permyriad);
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)", name, "u", scale_from_permyriad(permyriad));
}

const PropertyKind kind_permyriad = { write_permyriad, "a percentage up to 100%" };

/* What a limit may be beside a number: all, a share of what there is, or the default again. Returns 1 where
 * it was one of these. */
static int write_limit_word(sd_bus_message *m, const char *name, const char *value, uint64_t reset) {
        _cleanup_free_ char *scale = NULL;
        uint32_t permyriad;
        int r;

        if (streq(value, "infinity"))
                r = append_u64(m, name, VALUE_INFINITY);
        else if (!*value)
                r = append_u64(m, name, reset);
        else if (parse_permyriad(value, &permyriad) >= 0) {
                if (asprintf(&scale, "%sScale", name) < 0)
                        return -ENOMEM;
                r = sd_bus_message_append(m, "(sv)", scale, "u", scale_from_permyriad(permyriad));
        } else
                return 0;
        return r < 0 ? r : 1;
}

static int write_bytes(sd_bus_message *m, const char *name, const char *value, uint64_t reset) {
        int r;

        r = write_limit_word(m, name, value, reset);
        if (r != 0)
                return r;
        return kind_size.write(m, name, value);
}

static int write_limit(sd_bus_message *m, const char *name, const char *value) {
        return write_bytes(m, name, value, VALUE_INFINITY);
}

const PropertyKind kind_limit = { write_limit,
        "a number of bytes, with K, M, G or T, a percentage, infinity, or nothing" };

static int write_minimum(sd_bus_message *m, const char *name, const char *value) {
        return write_bytes(m, name, value, 0);
}

const PropertyKind kind_minimum = { write_minimum,
        "a number of bytes, with K, M, G or T, a percentage, infinity, or nothing" };

static int write_tasks(sd_bus_message *m, const char *name, const char *value) {
        uint64_t number;
        int r;

        r = write_limit_word(m, name, value, VALUE_INFINITY);
        if (r != 0)
                return r;
        r = parse_u64(value, &number);
        return r < 0 ? r : append_u64(m, name, number);
}

const PropertyKind kind_tasks = { write_tasks, "a whole number, a percentage, infinity, or nothing" };

static int write_cpu_quota(sd_bus_message *m, const char *name, const char *value) {
        uint32_t permyriad;
        int r;

        if (!*value)
                return append_u64(m, "CPUQuotaPerSecUSec", VALUE_INFINITY);
        r = parse_permyriad_unbounded(value, &permyriad);
        if (r < 0)
                return r;
        if (permyriad == 0)
                return -ERANGE;
        return append_u64(m, "CPUQuotaPerSecUSec", permyriad * USEC_PER_SEC / 10000U);
}

const PropertyKind kind_cpu_quota = { write_cpu_quota, "a percentage over 0%, of one CPU, or nothing" };

static int write_quota_period(sd_bus_message *m, const char *name, const char *value) {
        uint64_t usec = VALUE_INFINITY;
        int r;

        if (value[strspn(value, WORD_BLANKS)]) {
                r = time_span_parse(value, USEC_PER_SEC, &usec);
                if (r < 0)
                        return r;
        }
        return append_u64(m, "CPUQuotaPeriodUSec", usec);
}

const PropertyKind kind_quota_period = { write_quota_period, "a time such as 10ms, or nothing" };

/* ---- sets of CPUs ---- */

static int add_range(const char *word, uint8_t *bits, size_t *size) {
        uint32_t from, to;
        char *dash, text[32];
        int r;

        if (strlen(word) >= sizeof(text))
                return -EINVAL;
        strcpy(text, word);
        dash = strchr(text, '-');
        if (dash)
                *dash = 0;
        r = parse_u32(text, &from);
        if (r < 0)
                return r;
        to = from;
        if (dash) {
                r = parse_u32(dash + 1, &to);
                if (r < 0)
                        return r;
        }
        if (to >= 8U * CPU_SET_BYTES)
                return -ERANGE;

        for (uint32_t cpu = from; cpu <= to; cpu++) {
                bits[cpu / 8] |= (uint8_t) (1U << (cpu % 8));
                *size = MAX(*size, (size_t) cpu / 8 + 1);
        }
        return 0;
}

int property_parse_cpu_set(const char *value, uint8_t bits[static CPU_SET_BYTES], size_t *ret_size) {
        size_t size = 0;

        memset(bits, 0, CPU_SET_BYTES);
        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r;

                r = word_take(&value, WORD_BLANKS ",", WORD_UNQUOTE, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = add_range(word, bits, &size);
                if (r < 0)
                        return r;
        }

        *ret_size = size;
        return 0;
}

static int write_cpu_set(sd_bus_message *m, const char *name, const char *value) {
        uint8_t bits[CPU_SET_BYTES];
        size_t size;
        int r;

        r = property_parse_cpu_set(value, bits, &size);
        return r < 0 ? r : property_append_bytes(m, name, bits, size);
}

const PropertyKind kind_cpu_set = { write_cpu_set, "numbers and ranges such as 0-3,7, or nothing" };

/* ---- delegation and devices ---- */

static int write_delegate(sd_bus_message *m, const char *name, const char *value) {
        int b = parse_boolean(value);

        if (b < 0)
                return kind_strings.write(m, "DelegateControllers", value);
        return sd_bus_message_append(m, "(sv)", name, "b", b);
}

const PropertyKind kind_delegate = { write_delegate, "yes, no or names of controllers" };

static int write_device_allow(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *path = NULL;
        const char *rest;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "a(ss)", 0);
        r = property_split_path(value, &path, &rest);
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, path, strempty(rest));
}

const PropertyKind kind_device_allow = { write_device_allow,
        "a device and what is allowed, such as /dev/null rw" };

typedef int (*DeviceNumber)(const char *s, uint64_t *ret);

static int append_device(sd_bus_message *m, const char *name, const char *value, DeviceNumber parse) {
        _cleanup_free_ char *path = NULL;
        const char *rest;
        uint64_t number;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "a(st)", 0);
        r = property_split_path(value, &path, &rest);
        if (r < 0)
                return r;
        if (!rest)
                return -EINVAL;
        r = parse(rest, &number);
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)", name, "a(st)", 1, path, number);
}

static int parse_bandwidth(const char *s, uint64_t *ret) {
        if (streq(s, "infinity")) {
                *ret = VALUE_INFINITY;
                return 0;
        }
        return parse_size(s, 1000, ret);
}

static int write_device_bandwidth(sd_bus_message *m, const char *name, const char *value) {
        return append_device(m, name, value, parse_bandwidth);
}

const PropertyKind kind_device_bandwidth = { write_device_bandwidth,
        "a device and a number of bytes or operations, such as /dev/sda 5M" };

static int write_device_weight(sd_bus_message *m, const char *name, const char *value) {
        return append_device(m, name, value, parse_u64);
}

const PropertyKind kind_device_weight = { write_device_weight,
        "a device and a weight, such as /dev/sda 200" };

static int parse_latency(const char *s, uint64_t *ret) {
        return time_span_parse(s, USEC_PER_SEC, ret);
}

static int write_device_latency(sd_bus_message *m, const char *name, const char *value) {
        return append_device(m, "IODeviceLatencyTargetUSec", value, parse_latency);
}

const PropertyKind kind_device_latency = { write_device_latency,
        "a device and a time, such as /dev/sda 25ms" };

/* ---- the network ---- */

/* Addresses that have a name: of both families. */
static const struct {
        const char *name, *ipv4, *ipv6;
} address_words[] = {
        { "any", "0.0.0.0/0", "::/0" },
        { "localhost", "127.0.0.0/8", "::1/128" },
        { "link-local", "169.254.0.0/16", "fe80::/64" },
        { "multicast", "224.0.0.0/4", "ff00::/8" },
};

static int append_prefix(sd_bus_message *m, const char *word) {
        _cleanup_free_ char *text = NULL;
        uint8_t address[sizeof(struct in6_addr)];
        const char *slash = strchr(word, '/');
        int family = strchr(word, ':') ? AF_INET6 : AF_INET, r;
        uint32_t size = family == AF_INET ? 4 : 16, length = size * 8;

        text = slash ? strndup(word, (size_t) (slash - word)) : strdup(word);
        if (!text)
                return -ENOMEM;
        if (inet_pton(family, text, address) != 1)
                return -EINVAL;
        if (slash) {
                r = parse_u32(slash + 1, &length);
                if (r < 0)
                        return r;
                if (length > size * 8)
                        return -ERANGE;
        }

        r = sd_bus_message_open_container(m, 'r', "iayu");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 'i', &family);
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'y', address, size);
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 'u', &length);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int append_addresses(sd_bus_message *m, const char *value) {
        for (size_t i = 0; i < ELEMENTSOF(address_words); i++)
                if (streq(value, address_words[i].name)) {
                        int r = append_prefix(m, address_words[i].ipv4);

                        return r < 0 ? r : append_prefix(m, address_words[i].ipv6);
                }

        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r;

                r = word_take(&value, NULL, 0, &word, NULL);
                if (r <= 0)
                        return r;
                r = append_prefix(m, word);
                if (r < 0)
                        return r;
        }
}

static int write_ip_addresses(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_open_container(m, name, 'a', "(iayu)");
        if (r < 0)
                return r;
        r = append_addresses(m, value);
        if (r < 0)
                return r;
        return property_close_container(m);
}

const PropertyKind kind_ip_addresses = { write_ip_addresses,
        "addresses such as 10.0.0.0/8, any, localhost, link-local or multicast, or nothing" };

static int write_filter_path(sd_bus_message *m, const char *name, const char *value) {
        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "as", 0);
        return sd_bus_message_append(m, "(sv)", name, "as", 1, value);
}

const PropertyKind kind_filter_path = { write_filter_path, "a path, or nothing" };

static int write_bpf_program(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *type = NULL;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "a(ss)", 0);
        r = word_take(&value, ":", 0, &type, NULL);
        if (r <= 0)
                return -EINVAL;
        return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, type, value);
}

const PropertyKind kind_bpf_program = { write_bpf_program,
        "a type and a path, such as egress:/sys/fs/bpf/x" };
