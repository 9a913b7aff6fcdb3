/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of systemd.exec(5) that are about what a service may do and what it sees, see kind.h. */

#include <sched.h>
#include <sys/mount.h>

#include "common/strv.h"
#include "daemon/worker/property/kind.h"
#include "daemon/worker/property/value.h"
#include "daemon/worker/property/words.h"

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
        r = property_open_container(m, name, 'r', "bas");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(m, 'b', &allow);
        if (r < 0)
                return r;
        r = sd_bus_message_append_strv(m, words);
        if (r < 0)
                return r;
        return property_close_container(m);
}

const PropertyKind kind_list_or_not = { write_list_or_not, "words, with ~ in front for all others" };

static int write_profile(sd_bus_message *m, const char *name, const char *value) {
        int optional = *value == '-';

        return sd_bus_message_append(m, "(sv)", name, "(bs)", optional, value + optional);
}

const PropertyKind kind_profile = { write_profile, "a name, with - in front where it may be missing" };

/* What a manager of an account cannot do: it has one uid. */
static int write_not_here(sd_bus_message *m, const char *name, const char *value) {
        return -EOPNOTSUPP;
}

const PropertyKind kind_not_here = { write_not_here, "" };

/* ---- mounts ---- */

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

        r = property_open_container(m, name, 'a', "(ssbt)");
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

        return property_close_container(m);
}

const PropertyKind kind_bind_paths = { write_bind_paths, "SOURCE[:DESTINATION[:rbind|norbind]] …" };

static int write_temporary_file_system(sd_bus_message *m, const char *name, const char *value) {
        int r;

        r = property_open_container(m, name, 'a', "(ss)");
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

        return property_close_container(m);
}

const PropertyKind kind_temporary_file_system = { write_temporary_file_system, "PATH[:OPTIONS] …" };

/* Directories that are made: plain ones, and those with a link to them, which are another property. */
static int append_links(sd_bus_message *m, const char *name, char *const *words) {
        _cleanup_free_ char *wire = NULL;
        int r;

        if (asprintf(&wire, "%sSymlink", name) < 0)
                return -ENOMEM;
        r = property_open_container(m, wire, 'a', "(sst)");
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
        return property_close_container(m);
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
                r = property_open_container(m, name, 'a', "s");
                if (r < 0)
                        return r;
                STRV_FOREACH(word, words)
                        if (!strchr(*word, ':')) {
                                r = sd_bus_message_append_basic(m, 's', *word);
                                if (r < 0)
                                        return r;
                        }
                r = property_close_container(m);
                if (r < 0)
                        return r;
        }
        return n_links > 0 ? append_links(m, name, words) : 0;
}

const PropertyKind kind_state_directory = { write_state_directory, "names of directories, also NAME:LINK" };
