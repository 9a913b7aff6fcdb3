/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of systemd.exec(5), see kind.h. */

#include <sched.h>
#include <syslog.h>

#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/worker/property/kind.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"

static int append_i32(sd_bus_message *m, const char *name, int number) {
        return number < 0 ? number : sd_bus_message_append(m, "(sv)", name, "i", (int32_t) number);
}

/* A word of a list, or its number. */
static int choice_or_number(const char *value, const char *const *choices, size_t n, int max) {
        int32_t number;
        int r;

        r = parse_choice(value, choices, n);
        if (r >= 0)
                return r;
        r = parse_range(value, 0, max, &number);
        return r < 0 ? r : number;
}

static int write_nice(sd_bus_message *m, const char *name, const char *value) {
        int32_t nice;
        int r;

        r = parse_range(value, -20, 19, &nice);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "i", nice);
}

const PropertyKind kind_nice = { write_nice, "a number from -20 to 19" };

static int write_log_level(sd_bus_message *m, const char *name, const char *value) {
        static const char *const levels[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
                "debug" };

        return append_i32(m, name, choice_or_number(value, levels, ELEMENTSOF(levels), LOG_DEBUG));
}

const PropertyKind kind_log_level = { write_log_level,
        "emerg, alert, crit, err, warning, notice, info, debug or a number up to 7" };

static int write_log_facility(sd_bus_message *m, const char *name, const char *value) {
        static const char *const facilities[LOG_NFACILITIES] = { "kern", "user", "mail", "daemon", "auth",
                "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", [16] = "local0", "local1",
                "local2", "local3", "local4", "local5", "local6", "local7" };

        return append_i32(m, name, choice_or_number(value, facilities, ELEMENTSOF(facilities), 127));
}

const PropertyKind kind_log_facility = { write_log_facility, "a facility such as daemon, user or local0" };

static int write_scheduling_policy(sd_bus_message *m, const char *name, const char *value) {
        static const char *const policies[] = { [SCHED_OTHER] = "other",
                [SCHED_FIFO] = "fifo",
                [SCHED_RR] = "rr",
                [SCHED_BATCH] = "batch",
                [SCHED_IDLE] = "idle" };

        return append_i32(m, name, choice_or_number(value, policies, ELEMENTSOF(policies), 6));
}

const PropertyKind kind_scheduling_policy = { write_scheduling_policy, "other, batch, idle, fifo or rr" };

static int write_io_class(sd_bus_message *m, const char *name, const char *value) {
        static const char *const classes[] = { "none", "realtime", "best-effort", "idle" };

        return append_i32(m, name, choice_or_number(value, classes, ELEMENTSOF(classes), 3));
}

const PropertyKind kind_io_class = { write_io_class, "none, realtime, best-effort or idle" };

static int write_io_priority(sd_bus_message *m, const char *name, const char *value) {
        int32_t priority;
        int r;

        r = parse_range(value, 0, 7, &priority);
        return r < 0 ? r : append_i32(m, name, priority);
}

const PropertyKind kind_io_priority = { write_io_priority, "a number from 0 to 7" };

static int write_numa_policy(sd_bus_message *m, const char *name, const char *value) {
        static const char *const policies[] = { "default", "preferred", "bind", "interleave", "local" };

        return append_i32(m, name, choice_or_number(value, policies, ELEMENTSOF(policies), 4));
}

const PropertyKind kind_numa_policy = { write_numa_policy, "default, preferred, bind, interleave or local" };

static int write_secure_bits(sd_bus_message *m, const char *name, const char *value) {
        static const char *const bits[] = { "noroot", "noroot-locked", "no-setuid-fixup",
                "no-setuid-fixup-locked", "keep-caps", "keep-caps-locked" };
        int sum = 0;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r;

                r = word_take(&value, NULL, WORD_UNQUOTE, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        return append_i32(m, name, sum);
                r = parse_choice(word, bits, ELEMENTSOF(bits));
                if (r < 0)
                        return r;
                sum |= 1 << r;
        }
}

const PropertyKind kind_secure_bits = { write_secure_bits,
        "keep-caps, no-setuid-fixup and noroot, each also with -locked" };

/* What a system call that is filtered answers: an error, or that the process is killed. */
static int write_errno(sd_bus_message *m, const char *name, const char *value) {
        enum { ERRNO_MAX = 4095, KILL = INT32_MAX - 1 };
        int32_t number;
        int r;

        if (streq(value, "kill"))
                return append_i32(m, name, KILL);
        for (int i = 1; i <= ERRNO_MAX; i++)
                if (streq_ptr(strerrorname_np(i), value))
                        return append_i32(m, name, i);
        r = parse_range(value, 0, ERRNO_MAX, &number);
        return r < 0 ? r : append_i32(m, name, number);
}

const PropertyKind kind_errno = { write_errno, "the name of an error such as EPERM, or kill" };

static int write_coredump_filter(sd_bus_message *m, const char *name, const char *value) {
        static const char *const bits[] = { "private-anonymous", "shared-anonymous", "private-file-backed",
                "shared-file-backed", "elf-headers", "private-huge", "shared-huge", "private-dax",
                "shared-dax" };
        uint64_t sum = 0;

        for (;;) {
                _cleanup_free_ char *word = NULL;
                int r;

                r = word_take(&value, NULL, 0, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        return sd_bus_message_append(m, "(sv)", name, "t", sum);

                r = parse_choice(word, bits, ELEMENTSOF(bits));
                if (r >= 0)
                        sum |= UINT64_C(1) << r;
                else if (streq(word, "default"))
                        sum |= 0x33;
                else if (streq(word, "all"))
                        sum = UINT64_MAX;
                else {
                        char *end;
                        uint64_t hex = strtoull(word, &end, 16);

                        if (*end || *word == '-')
                                return -EINVAL;
                        sum |= hex;
                }
        }
}

const PropertyKind kind_coredump_filter = { write_coredump_filter,
        "default, all, names of kinds of memory or a hexadecimal mask" };

static int write_span_nsec(sd_bus_message *m, const char *name, const char *value) {
        uint64_t nsec;
        int r;

        r = time_span_parse_nsec(value, &nsec);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "t", nsec);
}

const PropertyKind kind_span_nsec = { write_span_nsec, "a time such as 50us; a bare number is nanoseconds" };

static int write_cpu_affinity(sd_bus_message *m, const char *name, const char *value) {
        if (streq(value, "numa"))
                return sd_bus_message_append(m, "(sv)", "CPUAffinityFromNUMA", "b", 1);
        return kind_cpu_set.write(m, name, value);
}

const PropertyKind kind_cpu_affinity = { write_cpu_affinity,
        "numbers and ranges such as 0-3,7, numa, or nothing" };

/* ---- streams and environment ---- */

static int write_standard_stream(sd_bus_message *m, const char *name, const char *value) {
        static const struct {
                const char *prefix, *suffix;
        } forms[] = { { "fd:", "FileDescriptorName" }, { "file:", "File" }, { "append:", "FileToAppend" },
                { "truncate:", "FileToTruncate" } };
        _cleanup_free_ char *wire = NULL;

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                const char *rest = startswith(value, forms[i].prefix);

                if (!rest)
                        continue;
                if (asprintf(&wire, "%s%s", name, forms[i].suffix) < 0)
                        return -ENOMEM;
                return sd_bus_message_append(m, "(sv)", wire, "s", rest);
        }
        return sd_bus_message_append(m, "(sv)", name, "s", value);
}

const PropertyKind kind_standard_stream = { write_standard_stream,
        "null, journal, inherit, file:PATH and the like" };

static int write_stdin_text(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *text = NULL, *line = NULL;
        int n, r;

        r = text_unescape(value, &text);
        if (r < 0)
                return r;
        n = asprintf(&line, "%s\n", text);
        if (n < 0)
                return -ENOMEM;
        /* The manager has one property for text and for data. */
        return property_append_bytes(m, "StandardInputData", line, (size_t) n);
}

const PropertyKind kind_stdin_text = { write_stdin_text, "a line of text, with C's escapes" };

static int write_environment_file(sd_bus_message *m, const char *name, const char *value) {
        bool optional = *value == '-';

        if (!*value)
                return sd_bus_message_append(m, "(sv)", "EnvironmentFiles", "a(sb)", 0);
        return sd_bus_message_append(
                m, "(sv)", "EnvironmentFiles", "a(sb)", 1, value + optional, (int) optional);
}

const PropertyKind kind_environment_file = { write_environment_file,
        "an absolute path, with - in front where it may be missing" };

static int write_log_field(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_open_container(m, name, 'a', "ay");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'y', value, strlen(value));
        if (r < 0)
                return r;
        return property_close_container(m);
}

const PropertyKind kind_log_field = { write_log_field, "FIELD=VALUE" };

static int write_load_credential(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *id = NULL;
        const char *path = value;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "a(ss)", 0);
        r = word_take(&path, ":", WORD_SINGLE, &id, NULL);
        if (r <= 0)
                return -EINVAL;
        /* A name alone stands for a credential of the manager's own. */
        return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, id, *path ? path : value);
}

const PropertyKind kind_load_credential = { write_load_credential, "NAME or NAME:PATH, or nothing" };

static int write_set_credential(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *id = NULL, *text = NULL;
        int r;

        r = property_open_container(m, name, 'a', "(say)");
        if (r < 0)
                return r;

        if (*value) {
                r = word_take(&value, ":", WORD_SINGLE, &id, NULL);
                if (r <= 0)
                        return -EINVAL;
                r = text_unescape(value, &text);
                if (r < 0)
                        return r;
                r = sd_bus_message_open_container(m, 'r', "say");
                if (r < 0)
                        return r;
                r = sd_bus_message_append_basic(m, 's', id);
                if (r < 0)
                        return r;
                r = sd_bus_message_append_array(m, 'y', text, strlen(text));
                if (r < 0)
                        return r;
                r = sd_bus_message_close_container(m);
                if (r < 0)
                        return r;
        }

        return property_close_container(m);
}

const PropertyKind kind_set_credential = { write_set_credential, "NAME:TEXT, or nothing" };

/* ---- resource limits ---- */

typedef int (*LimitParser)(const char *s, uint64_t *ret);

static int parse_limit_bytes(const char *s, uint64_t *ret) {
        return parse_size(s, 1024, ret);
}

/* Seconds; what is over a whole one counts for one more. */
static int parse_limit_sec(const char *s, uint64_t *ret) {
        uint64_t usec;
        int r;

        r = time_span_parse(s, USEC_PER_SEC, &usec);
        if (r < 0)
                return r;
        *ret = usec == VALUE_INFINITY ? usec : usec / USEC_PER_SEC + (usec % USEC_PER_SEC > 0);
        return 0;
}

static int parse_limit_usec(const char *s, uint64_t *ret) {
        return time_span_parse(s, 1, ret);
}

/* "+5" and "-5" are nice levels, and 1 to 40 what the kernel counts in. */
static int parse_limit_nice(const char *s, uint64_t *ret) {
        int32_t number;
        int r;

        if (*s == '+' || *s == '-') {
                r = parse_range(s, -20, 19, &number);
                number = 20 - number;
        } else
                r = parse_range(s, 1, 40, &number);
        if (r < 0)
                return r;
        *ret = (uint64_t) number;
        return 0;
}

static const struct {
        const char *name;
        LimitParser parse;
} resource_limits[] = {
        { "LimitAS", parse_limit_bytes },
        { "LimitCORE", parse_limit_bytes },
        { "LimitCPU", parse_limit_sec },
        { "LimitDATA", parse_limit_bytes },
        { "LimitFSIZE", parse_limit_bytes },
        { "LimitMEMLOCK", parse_limit_bytes },
        { "LimitMSGQUEUE", parse_limit_bytes },
        { "LimitNICE", parse_limit_nice },
        { "LimitRSS", parse_limit_bytes },
        { "LimitRTTIME", parse_limit_usec },
        { "LimitSTACK", parse_limit_bytes },
};

static int parse_one_limit(const char *name, const char *value, uint64_t *ret) {
        LimitParser parse = parse_u64;

        if (streq(value, "infinity")) {
                *ret = VALUE_INFINITY;
                return 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(resource_limits); i++)
                if (streq(name, resource_limits[i].name))
                        parse = resource_limits[i].parse;
        return parse(value, ret);
}

/* One value for both, or "SOFT:HARD". */
static int write_resource_limit(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *first = NULL, *soft_name = NULL;
        const char *colon = strchr(value, ':');
        uint64_t soft, hard;
        int r;

        first = colon ? strndup(value, (size_t) (colon - value)) : strdup(value);
        if (!first || asprintf(&soft_name, "%sSoft", name) < 0)
                return -ENOMEM;
        r = parse_one_limit(name, first, &soft);
        if (r < 0)
                return r;
        hard = soft;
        if (colon) {
                r = parse_one_limit(name, colon + 1, &hard);
                if (r < 0)
                        return r;
        }
        if (soft > hard)
                return -EINVAL;

        r = sd_bus_message_append(m, "(sv)", name, "t", hard);
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)", soft_name, "t", soft);
}

const PropertyKind kind_resource_limit = { write_resource_limit, "a number, SOFT:HARD or infinity" };
