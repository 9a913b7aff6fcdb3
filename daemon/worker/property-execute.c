/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of systemd.exec(5), see property-kind.h. */

#include <sched.h>
#include <sys/mount.h>
#include <syslog.h>

#include "common/strv.h"
#include "daemon/worker/property-kind.h"
#include "daemon/worker/property-value.h"
#include "daemon/worker/words.h"

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

static int write_mount_flags(sd_bus_message *m, const char *name, const char *value) {
        static const struct {
                const char *word;
                uint64_t flags;
        } words[] = { { "", 0 }, { "shared", MS_SHARED }, { "slave", MS_SLAVE }, { "private", MS_PRIVATE } };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(value, words[i].word))
                        return sd_bus_message_append(m, "(sv)", name, "t", words[i].flags);
        return -EINVAL;
}

const PropertyKind kind_mount_flags = { write_mount_flags, "shared, slave, private, or nothing" };

static int write_span_nsec(sd_bus_message *m, const char *name, const char *value) {
        uint64_t nsec;
        int r;

        r = parse_span_nsec(value, &nsec);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "t", nsec);
}

const PropertyKind kind_span_nsec = { write_span_nsec, "a time such as 50us; a bare number is nanoseconds" };

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

        r = property_open(m, name, "aay");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "ay");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'y', value, strlen(value));
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
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

        r = property_open(m, name, "a(say)");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "(say)");
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

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

const PropertyKind kind_set_credential = { write_set_credential, "NAME:TEXT, or nothing" };

/* ---- limits and privileges ---- */

typedef int (*LimitParser)(const char *s, uint64_t *ret);

static int parse_limit_bytes(const char *s, uint64_t *ret) {
        return parse_size(s, 1024, ret);
}

/* Seconds; what is over a whole one counts for one more. */
static int parse_limit_sec(const char *s, uint64_t *ret) {
        uint64_t usec;
        int r;

        r = parse_span(s, USEC_PER_SEC, &usec);
        if (r < 0)
                return r;
        *ret = usec == VALUE_INFINITY ? usec : usec / USEC_PER_SEC + (usec % USEC_PER_SEC > 0);
        return 0;
}

static int parse_limit_usec(const char *s, uint64_t *ret) {
        return parse_span(s, 1, ret);
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

/* linux/capability.h, by number. */
static const char *const capabilities[] = { "cap_chown", "cap_dac_override", "cap_dac_read_search",
        "cap_fowner", "cap_fsetid", "cap_kill", "cap_setgid", "cap_setuid", "cap_setpcap",
        "cap_linux_immutable", "cap_net_bind_service", "cap_net_broadcast", "cap_net_admin", "cap_net_raw",
        "cap_ipc_lock", "cap_ipc_owner", "cap_sys_module", "cap_sys_rawio", "cap_sys_chroot",
        "cap_sys_ptrace", "cap_sys_pacct", "cap_sys_admin", "cap_sys_boot", "cap_sys_nice",
        "cap_sys_resource", "cap_sys_time", "cap_sys_tty_config", "cap_mknod", "cap_lease",
        "cap_audit_write", "cap_audit_control", "cap_setfcap", "cap_mac_override", "cap_mac_admin",
        "cap_syslog", "cap_wake_alarm", "cap_block_suspend", "cap_audit_read", "cap_perfmon", "cap_bpf",
        "cap_checkpoint_restore" };

static int write_capabilities(sd_bus_message *m, const char *name, const char *value) {
        bool invert = *value == '~';
        uint64_t sum = 0;

        value += invert;
        for (;;) {
                _cleanup_free_ char *word = NULL;
                size_t i;
                int r;

                r = word_take(&value, NULL, WORD_UNQUOTE, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                for (i = 0; i < ELEMENTSOF(capabilities); i++)
                        if (strcasecmp(word, capabilities[i]) == 0)
                                break;
                if (i >= ELEMENTSOF(capabilities))
                        return -EINVAL;
                sum |= UINT64_C(1) << i;
        }
        return sd_bus_message_append(m, "(sv)", name, "t", invert ? ~sum : sum);
}

const PropertyKind kind_capabilities = { write_capabilities,
        "names such as CAP_NET_RAW, with ~ in front for all others" };

static int write_namespaces(sd_bus_message *m, const char *name, const char *value) {
        static const struct {
                const char *word;
                uint64_t flag;
        } words[] = { { "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "net", CLONE_NEWNET },
                { "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID }, { "user", CLONE_NEWUSER },
                { "uts", CLONE_NEWUTS } };
        uint64_t all = 0, sum = 0;
        bool invert = *value == '~';
        int b = parse_boolean(value);

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                all |= words[i].flag;
        /* What is on the bus are those that are allowed. */
        if (b >= 0)
                return sd_bus_message_append(m, "(sv)", name, "t", b ? UINT64_C(0) : all);

        value += invert;
        for (;;) {
                _cleanup_free_ char *word = NULL;
                size_t i;
                int r;

                r = word_take(&value, NULL, WORD_UNQUOTE, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                for (i = 0; i < ELEMENTSOF(words); i++)
                        if (streq(word, words[i].word))
                                break;
                if (i >= ELEMENTSOF(words))
                        return -EINVAL;
                sum |= words[i].flag;
        }
        return sd_bus_message_append(m, "(sv)", name, "t", invert ? ~sum & all : sum);
}

const PropertyKind kind_namespaces = { write_namespaces,
        "yes, no, or some of cgroup, ipc, net, mnt, pid, user and uts, with ~ in front for all others" };

static int write_list_or_not(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_strv_free_ char **words = NULL;
        int allow = *value != '~', r;

        r = words_split(value + !allow, WORD_UNQUOTE, &words);
        if (r < 0)
                return r;
        r = property_open(m, name, "(bas)");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'r', "bas");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 'b', &allow);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(m, words);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

const PropertyKind kind_list_or_not = { write_list_or_not, "words, with ~ in front for all others" };

static int write_profile(sd_bus_message *m, const char *name, const char *value) {
        int optional = *value == '-';

        return sd_bus_message_append(m, "(sv)", name, "(bs)", optional, value + optional);
}

const PropertyKind kind_profile = { write_profile, "a name, with - in front where it may be missing" };

static int write_cpu_affinity(sd_bus_message *m, const char *name, const char *value) {
        if (streq(value, "numa"))
                return sd_bus_message_append(m, "(sv)", "CPUAffinityFromNUMA", "b", 1);
        return kind_cpu_set.write(m, name, value);
}

const PropertyKind kind_cpu_affinity = { write_cpu_affinity,
        "numbers and ranges such as 0-3,7, numa, or nothing" };

/* What a manager of an account cannot do: it has one uid. */
static int write_not_here(sd_bus_message *m, const char *name, const char *value) {
        return -EOPNOTSUPP;
}

const PropertyKind kind_not_here = { write_not_here, "" };

/* ---- mounts ---- */

/* "SOURCE[:DESTINATION[:OPTIONS]]" */
static int append_bind_path(sd_bus_message *m, const char **value, char *source, char separator) {
        _cleanup_free_ char *destination = NULL, *options = NULL;
        bool optional = *source == '-';
        uint64_t flags = MS_REC;
        int r;

        source += optional;
        if (separator == ':') {
                r = word_take(value, ":" WORD_BLANKS, WORD_UNQUOTE | WORD_SINGLE, &destination, &separator);
                if (r <= 0)
                        return -EINVAL;
                if (separator == ':') {
                        r = word_take(value, NULL, WORD_UNQUOTE, &options, NULL);
                        if (r < 0)
                                return r;
                        if (streq_ptr(options, "norbind"))
                                flags = 0;
                        else if (!isempty(options) && !streq(options, "rbind"))
                                return -EINVAL;
                }
        }
        return sd_bus_message_append(
                m, "(ssbt)", source, destination ? destination : source, (int) optional, flags);
}

static int write_bind_paths(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_open(m, name, "a(ssbt)");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "(ssbt)");
        if (r < 0)
                return r;

        for (;;) {
                _cleanup_free_ char *source = NULL;
                char separator;

                value += strspn(value, WORD_BLANKS);
                r = word_take(&value, ":" WORD_BLANKS, WORD_UNQUOTE | WORD_SINGLE, &source, &separator);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = append_bind_path(m, &value, source, separator);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

const PropertyKind kind_bind_paths = { write_bind_paths, "SOURCE[:DESTINATION[:rbind|norbind]] …" };

static int write_temporary_file_system(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_open(m, name, "a(ss)");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "(ss)");
        if (r < 0)
                return r;

        for (;;) {
                _cleanup_free_ char *word = NULL, *path = NULL;
                const char *options;

                r = word_take(&value, NULL, WORD_UNQUOTE, &word, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                options = word;
                r = word_take(&options, ":", WORD_SINGLE, &path, NULL);
                if (r <= 0)
                        return -EINVAL;
                r = sd_bus_message_append(m, "(ss)", path, options);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

const PropertyKind kind_temporary_file_system = { write_temporary_file_system, "PATH[:OPTIONS] …" };

/* Directories that are made: plain ones, and those with a link to them, which are another property. */
static int append_links(sd_bus_message *m, const char *name, char *const *words) {
        _cleanup_free_ char *wire = NULL;
        int r;

        if (asprintf(&wire, "%sSymlink", name) < 0)
                return -ENOMEM;
        r = property_open(m, wire, "a(sst)");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, 'a', "(sst)");
        if (r < 0)
                return r;
        STRV_FOREACH(word, words) {
                char *colon = strchr(*word, ':');

                if (!colon)
                        continue;
                *colon = 0;
                r = sd_bus_message_append(m, "(sst)", *word, colon + 1, UINT64_C(0));
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return property_close(m);
}

static int write_state_directory(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_strv_free_ char **words = NULL;
        size_t n_plain = 0, n_links = 0;
        int r;

        r = words_split(value, WORD_UNQUOTE, &words);
        if (r < 0)
                return r;
        STRV_FOREACH(word, words)
                *(strchr(*word, ':') ? &n_links : &n_plain) += 1;

        if (n_plain > 0 || n_links == 0) {
                r = property_open(m, name, "as");
                if (r < 0)
                        return r;
                r = sd_bus_message_open_container(m, 'a', "s");
                if (r < 0)
                        return r;
                STRV_FOREACH(word, words)
                        if (!strchr(*word, ':')) {
                                r = sd_bus_message_append_basic(m, 's', *word);
                                if (r < 0)
                                        return r;
                        }
                r = sd_bus_message_close_container(m);
                if (r < 0)
                        return r;
                r = property_close(m);
                if (r < 0)
                        return r;
        }
        return n_links > 0 ? append_links(m, name, words) : 0;
}

const PropertyKind kind_state_directory = { write_state_directory, "names of directories, also NAME:LINK" };
