/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of systemd.service(5), .timer(5), .socket(5), .path(5) and of conditions, see kind.h. */

#include <netinet/in.h>
#include <netinet/ip.h>

#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/worker/property/kind.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"
#include "daemon/worker/signal-name.h"

/* ---- command lines ---- */

typedef enum CommandFlags {
        COMMAND_IGNORE_FAILURE = 1 << 0,
        COMMAND_PRIVILEGED = 1 << 1,
        COMMAND_NO_SETUID = 1 << 2,
        COMMAND_AMBIENT = 1 << 3,
        COMMAND_NO_ENV_EXPAND = 1 << 4,
} CommandFlags;

static const struct {
        CommandFlags flag;
        const char *name;
} command_flags[] = {
        { COMMAND_IGNORE_FAILURE, "ignore-failure" },
        { COMMAND_PRIVILEGED, "privileged" },
        { COMMAND_NO_SETUID, "no-setuid" },
        { COMMAND_AMBIENT, "ambient" },
        { COMMAND_NO_ENV_EXPAND, "no-env-expand" },
};

/* The characters before the program: each once, in any order; "!!" is one of its own. */
static const char *take_command_prefix(const char *p, unsigned *ret_flags, bool *ret_argv0) {
        unsigned flags = 0;
        bool argv0 = false;

        for (;; p++) {
                const unsigned user = COMMAND_PRIVILEGED | COMMAND_NO_SETUID | COMMAND_AMBIENT;

                if (*p == '-' && !(flags & COMMAND_IGNORE_FAILURE))
                        flags |= COMMAND_IGNORE_FAILURE;
                else if (*p == '@' && !argv0)
                        argv0 = true;
                else if (*p == ':' && !(flags & COMMAND_NO_ENV_EXPAND))
                        flags |= COMMAND_NO_ENV_EXPAND;
                else if (*p == '+' && !(flags & user))
                        flags |= COMMAND_PRIVILEGED;
                else if (*p == '!' && !(flags & user))
                        flags |= COMMAND_NO_SETUID;
                else if (*p == '!' && (flags & user) == COMMAND_NO_SETUID)
                        flags ^= COMMAND_NO_SETUID | COMMAND_AMBIENT;
                else
                        break;
        }

        *ret_flags = flags;
        *ret_argv0 = argv0;
        return p;
}

static int append_command_flags(sd_bus_message *m, unsigned flags) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(command_flags); i++)
                if (flags & command_flags[i].flag) {
                        r = sd_bus_message_append_basic(m, 's', command_flags[i].name);
                        if (r < 0)
                                return r;
                }
        return sd_bus_message_close_container(m);
}

static int append_command(sd_bus_message *m, const char *path, char **words, unsigned flags, bool extended) {
        int r;

        r = sd_bus_message_open_container(m, 'r', extended ? "sasas" : "sasb");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 's', path);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(m, words);
        if (r < 0)
                return r;
        r = extended ? append_command_flags(m, flags)
                     : sd_bus_message_append(m, "b", (flags & COMMAND_IGNORE_FAILURE) != 0);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

/* What "-" says alone fits into the older property; for the rest there is one with "Ex" behind its name. */
static int write_command(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ char *path = NULL, *longer = NULL;
        _cleanup_strv_free_ char **words = NULL;
        bool argv0, extended = endswith(name, "Ex");
        unsigned flags;
        int r;

        value = take_command_prefix(value, &flags, &argv0);
        if (!extended && (flags & ~(unsigned) COMMAND_IGNORE_FAILURE)) {
                extended = true;
                if (asprintf(&longer, "%sEx", name) < 0)
                        return -ENOMEM;
        }

        if (argv0) {
                r = word_take(&value, NULL, WORD_UNQUOTE | WORD_UNESCAPE, &path, NULL);
                if (r <= 0)
                        return -EINVAL;
        }
        r = words_split(value, WORD_UNQUOTE | WORD_UNESCAPE, &words);
        if (r < 0)
                return r;

        r = property_open_container(m, longer ? longer : name, 'a', extended ? "(sasas)" : "(sasb)");
        if (r < 0)
                return r;
        if (*words) {
                r = append_command(m, path ? path : *words, words, flags, extended);
                if (r < 0)
                        return r;
        }
        return property_close_container(m);
}

const PropertyKind kind_command = { write_command, "a program with its arguments, or nothing" };

/* ---- how services end ---- */

static const struct {
        uint8_t from;
        const char *names[24];
} exit_names[] = {
        { 0,
                { "SUCCESS", "FAILURE", "INVALIDARGUMENT", "NOTIMPLEMENTED", "NOPERMISSION", "NOTINSTALLED",
                        "NOTCONFIGURED", "NOTRUNNING" } },
        { 64,
                { "USAGE", "DATAERR", "NOINPUT", "NOUSER", "NOHOST", "UNAVAILABLE", "SOFTWARE", "OSERR",
                        "OSFILE", "CANTCREAT", "IOERR", "TEMPFAIL", "PROTOCOL", "NOPERM", "CONFIG" } },
        { 200,
                { "CHDIR", "NICE", "FDS", "EXEC", "MEMORY", "LIMITS", "OOM_ADJUST", "SIGNAL_MASK", "STDIN",
                        "STDOUT", "CHROOT", "IOPRIO", "TIMERSLACK", "SECUREBITS", "SETSCHEDULER",
                        "CPUAFFINITY", "GROUP", "USER", "CAPABILITIES", "CGROUP", "SETSID", "CONFIRM",
                        "STDERR" } },
        { 224,
                { "PAM", "NETWORK", "NAMESPACE", "NO_NEW_PRIVILEGES", "SECCOMP", "SELINUX_CONTEXT",
                        "PERSONALITY", "APPARMOR", "ADDRESS_FAMILIES", "RUNTIME_DIRECTORY", NULL, "CHOWN",
                        "SMACK_PROCESS_LABEL", "KEYRING", "STATE_DIRECTORY", "CACHE_DIRECTORY",
                        "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "NUMA_POLICY", "CREDENTIALS" } },
        { 245, { "BPF" } },
};

static int exit_status_from_string(const char *s) {
        int32_t number;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(exit_names); i++)
                for (size_t k = 0; k < ELEMENTSOF(exit_names[i].names); k++)
                        if (streq_ptr(exit_names[i].names[k], s))
                                return (int) (exit_names[i].from + k);
        r = parse_range(s, 0, 255, &number);
        return r < 0 ? r : number;
}

static int write_exit_status(sd_bus_message *m, const char *name, const char *value) {
        int32_t number = -1;
        int r;

        if (*value) {
                r = parse_range(value, 0, 255, &number);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_append(m, "(sv)", name, "i", number);
}

const PropertyKind kind_exit_status = { write_exit_status, "a number up to 255, or nothing" };

static int write_exit_statuses(sd_bus_message *m, const char *name, const char *value) {
        _cleanup_free_ int32_t *statuses = NULL, *signals = NULL;
        _cleanup_strv_free_ char **words = NULL;
        size_t n, n_statuses = 0, n_signals = 0;
        int r;

        r = words_split(value, WORD_UNQUOTE, &words);
        if (r < 0)
                return r;
        n = strv_length(words) + 1;
        statuses = calloc(n, sizeof(int32_t));
        signals = calloc(n, sizeof(int32_t));
        if (!statuses || !signals)
                return -ENOMEM;
        STRV_FOREACH(word, words) {
                /* A number is a status and not a signal. */
                r = exit_status_from_string(*word);
                if (r >= 0) {
                        statuses[n_statuses++] = r;
                        continue;
                }
                r = signal_from_string(*word);
                if (r < 0)
                        return r;
                signals[n_signals++] = r;
        }

        r = property_open_container(m, name, 'r', "aiai");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'i', statuses, n_statuses * sizeof(int32_t));
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(m, 'i', signals, n_signals * sizeof(int32_t));
        if (r < 0)
                return r;
        return property_close_container(m);
}

const PropertyKind kind_exit_statuses = { write_exit_statuses,
        "exit statuses and signals such as 1 SIGTERM TEMPFAIL" };

static int write_timeouts(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_append_span(m, "TimeoutStartSec", value);
        return r < 0 ? r : property_append_span(m, "TimeoutStopSec", value);
}

const PropertyKind kind_timeouts = { write_timeouts, "a time such as 90s, or infinity" };

/* "PATH[:NAME[:OPTIONS]]" */
static int write_open_file(sd_bus_message *m, const char *name, const char *value) {
        static const char *const options[] = { "read-only", "append", "truncate", "graceful" };
        _cleanup_free_ char *path = NULL, *fd_name = NULL;
        uint64_t flags = 0;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", name, "a(sst)", 0);
        r = word_take(&value, ":", WORD_SINGLE, &path, NULL);
        if (r <= 0)
                return -EINVAL;
        r = word_take(&value, ":", WORD_SINGLE, &fd_name, NULL);
        if (r < 0)
                return r;
        for (;;) {
                _cleanup_free_ char *option = NULL;

                r = word_take(&value, ",", 0, &option, NULL);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = parse_choice(option, options, ELEMENTSOF(options));
                if (r < 0)
                        return r;
                flags |= UINT64_C(1) << r;
        }
        return sd_bus_message_append(m, "(sv)", name, "a(sst)", 1, path, strempty(fd_name), flags);
}

const PropertyKind kind_open_file = { write_open_file,
        "PATH[:NAME[:read-only,append,truncate,graceful]], or nothing" };

/* ---- timers, sockets, paths, conditions: one property on the bus for many in a file ---- */

static int write_timer(sd_bus_message *m, const char *name, const char *value) {
        uint64_t usec;
        int r;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", "TimersMonotonic", "a(st)", 0);
        r = time_span_parse(value, USEC_PER_SEC, &usec);
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)", "TimersMonotonic", "a(st)", 1, name, usec);
}

const PropertyKind kind_timer = { write_timer, "a time such as 5min or 1h 30min, or nothing" };

static int write_calendar(sd_bus_message *m, const char *name, const char *value) {
        if (!*value)
                return sd_bus_message_append(m, "(sv)", "TimersCalendar", "a(ss)", 0);
        return sd_bus_message_append(m, "(sv)", "TimersCalendar", "a(ss)", 1, name, value);
}

const PropertyKind kind_calendar = { write_calendar,
        "a calendar event such as daily or Mon 09:00, or nothing" };

static int write_path_condition(sd_bus_message *m, const char *name, const char *value) {
        if (!*value)
                return sd_bus_message_append(m, "(sv)", "Paths", "a(ss)", 0);
        return sd_bus_message_append(m, "(sv)", "Paths", "a(ss)", 1, name, value);
}

const PropertyKind kind_path_condition = { write_path_condition, "a path, or nothing" };

static int write_listen(sd_bus_message *m, const char *name, const char *value) {
        if (!*value)
                return sd_bus_message_append(m, "(sv)", "Listen", "a(ss)", 0);
        return sd_bus_message_append(m, "(sv)", "Listen", "a(ss)", 1, name + strlen("Listen"), value);
}

const PropertyKind kind_listen = { write_listen, "an address, or nothing" };

static int write_condition(sd_bus_message *m, const char *name, const char *value) {
        const char *list = startswith(name, "Assert") ? "Asserts" : "Conditions";
        int trigger, negate;

        if (!*value)
                return sd_bus_message_append(m, "(sv)", list, "a(sbbs)", 0);
        trigger = *value == '|';
        value += trigger;
        negate = *value == '!';
        value += negate;
        return sd_bus_message_append(m, "(sv)", list, "a(sbbs)", 1, name, trigger, negate, value);
}

const PropertyKind kind_condition = { write_condition, "[|][!]VALUE, or nothing" };

static int write_ip_tos(sd_bus_message *m, const char *name, const char *value) {
        static const struct {
                const char *word;
                int32_t tos;
        } words[] = { { "low-delay", IPTOS_LOWDELAY }, { "throughput", IPTOS_THROUGHPUT },
                { "reliability", IPTOS_RELIABILITY }, { "low-cost", IPTOS_LOWCOST } };
        int32_t number;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(value, words[i].word))
                        return sd_bus_message_append(m, "(sv)", name, "i", words[i].tos);
        r = parse_range(value, 0, 255, &number);
        return r < 0 ? r : sd_bus_message_append(m, "(sv)", name, "i", number);
}

const PropertyKind kind_ip_tos = { write_ip_tos,
        "low-delay, throughput, reliability, low-cost or a number up to 255" };

static int write_ip_protocol(sd_bus_message *m, const char *name, const char *value) {
        static const struct {
                const char *word;
                int32_t protocol;
        } words[] = { { "udplite", IPPROTO_UDPLITE }, { "sctp", IPPROTO_SCTP }, { "mptcp", 262 } };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(value, words[i].word))
                        return sd_bus_message_append(m, "(sv)", name, "i", words[i].protocol);
        return -EINVAL;
}

const PropertyKind kind_ip_protocol = { write_ip_protocol, "udplite, sctp or mptcp" };
