/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * userunit-spawner: the only part of userunitd that runs as root. It makes itself as small as it can, reads
 * who its peer is and whom it may become, and serves one socket that systemd hands to it.
 */

#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "daemon/spawner/capability.h"
#include "daemon/spawner/local-files.h"
#include "daemon/spawner/log.h"
#include "daemon/spawner/server.h"
#include "daemon/worker/serve.h"

#define PEER_USER      "userunitd"
#define RUNTIME_ROOT   "/run/user"
#define UID_RANGES_ENV "USERUNIT_SPAWN_UIDS"

/* Our users beside the peer; a host may lack one. */
static const char *const helper_users[] = { "userunit-accounts", "userunit-journal" };

static const char *arg_passwd = "/etc/passwd";
static const char *arg_login_defs = "/etc/login.defs";
static uint32_t arg_peer_uid = ID_INVALID;

static int serve(int fd, uid_t uid) {
        return worker_serve(fd, uid, RUNTIME_ROOT);
}

/* In a test build the files and the peer can be others: a test has its own users. */
static int parse_test_option(int option, const char *value) {
        SpawnerPolicy policy = { 0 };
        int r;

        switch (option) {
        case 'p':
                arg_passwd = value;
                return 0;
        case 'l':
                arg_login_defs = value;
                return 0;
        case 'u':
                r = spawner_policy_set_uids(&policy, value);
                if (r < 0)
                        return r;
                arg_peer_uid = policy.uids[0].first;
                return 0;
        default:
                return -EINVAL;
        }
}

/* Returns 1 to go on, 0 where the option was answered, -errno. Logs. */
static int parse_argv(int argc, char *argv[]) {
        static const struct option options[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },
                { "passwd", required_argument, NULL, 'p' },
                { "login-defs", required_argument, NULL, 'l' },
                { "peer-uid", required_argument, NULL, 'u' },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
                if (c == 'h') {
                        printf("userunit-spawner [--help] [--version]\n\n"
                               "Starts workers for userunitd. Run by systemd as userunit-spawner.service.\n");
                        return 0;
                }
                if (c == 'v') {
                        printf("userunit-spawner " VERSION "\n");
                        return 0;
                }
                if (!TEST_BUILD || parse_test_option(c, optarg) < 0) {
                        spawner_log(LOG_ERR, "Unknown option or bad value, see --help.");
                        return -EINVAL;
                }
        }

        if (optind < argc) {
                spawner_log(LOG_ERR, "Takes no arguments.");
                return -EINVAL;
        }

        return 1;
}

/* Descriptors 0 to 2 must be taken, or a socket ends up in the place of stderr. */
static int ensure_standard_descriptors(void) {
        int fd;

        do {
                fd = open("/dev/null", O_RDWR | O_NOCTTY);
                if (fd < 0)
                        return -errno;
        } while (fd <= STDERR_FILENO);

        (void) close(fd);
        return 0;
}

/* Narrows this process before it looks at anything. Logs. */
static int harden(void) {
        const struct rlimit none = { 0, 0 };
        int r;

        r = ensure_standard_descriptors();
        if (r < 0)
                return r;

        (void) umask(0077);
        if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || chdir("/") < 0) {
                r = -errno;
                spawner_log(LOG_ERR, "Failed to harden the process: %m");
                return r;
        }

        r = child_reset_signals();
        if (r < 0)
                return r;

        r = capability_narrow();
        if (r < 0) {
                errno = -r;
                spawner_log(LOG_ERR,
                        "Failed to narrow the capabilities to CAP_SETUID, CAP_SETGID and CAP_KILL "
                        "(this wants root, with these in CapabilityBoundingSet=): %m");
        }
        return r;
}

static void policy_add_user(SpawnerPolicy *policy, uint32_t uid, uint32_t gid) {
        policy->users[policy->n_users].uid = uid;
        policy->users[policy->n_users].gid = gid;
        policy->n_users++;
}

/* Finds our own users. Logs. */
static int load_users(SpawnerPolicy *policy, uint32_t *ret_peer_uid) {
        uint32_t uid, gid;
        int r;

        if (arg_peer_uid != ID_INVALID) {
                uid = arg_peer_uid;
                gid = ID_INVALID;
        } else {
                r = local_user_by_name(arg_passwd, PEER_USER, &uid, &gid);
                if (r < 0) {
                        errno = -r;
                        spawner_log(LOG_ERR, "Failed to find the user " PEER_USER " in %s: %m", arg_passwd);
                        return r;
                }
                if (uid == 0) {
                        spawner_log(LOG_ERR, "The user " PEER_USER " in %s is root, refusing.", arg_passwd);
                        return -EPERM;
                }
        }
        policy_add_user(policy, uid, gid);
        *ret_peer_uid = uid;

        for (size_t i = 0; i < ELEMENTSOF(helper_users); i++) {
                r = local_user_by_name(arg_passwd, helper_users[i], &uid, &gid);
                if (r == -ENOENT)
                        continue;
                if (r < 0) {
                        errno = -r;
                        spawner_log(LOG_ERR, "Failed to read %s: %m", arg_passwd);
                        return r;
                }
                policy_add_user(policy, uid, gid);
        }

        return 0;
}

/* Logs. */
static int load_policy(SpawnerPolicy *policy, uint32_t *ret_peer_uid) {
        const char *ranges = getenv(UID_RANGES_ENV);
        int r;

        r = spawner_policy_set_uids(policy, ranges ?: SPAWNER_UID_RANGES_DEFAULT);
        if (r < 0) {
                spawner_log(LOG_ERR,
                        UID_RANGES_ENV
                        " must be uids or ranges of them from 1 to 4294967294, at most %d, as in "
                        "\"1000-60000,70001\"; it is \"%s\".",
                        SPAWNER_RANGES_MAX, ranges);
                return r;
        }

        r = local_gid_min(arg_login_defs, &policy->gid_min);
        if (r < 0) {
                errno = -r;
                spawner_log(LOG_ERR, "Failed to read GID_MIN from %s: %m", arg_login_defs);
                return r;
        }

        return load_users(policy, ret_peer_uid);
}

/* The one socket from systemd. Returns it or -errno. Logs. */
static int find_socket(void) {
        int r;

        r = sd_listen_fds(/* unset_environment= */ false);
        if (r >= 0 && r != 1)
                r = -EINVAL;
        if (r > 0)
                r = sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_SEQPACKET, /* listening= */ 1, NULL, 0);
        if (r == 0)
                r = -ENOTSOCK;
        if (r < 0) {
                spawner_log(LOG_ERR, "Wants exactly one listening SOCK_SEQPACKET socket from systemd.");
                return r;
        }

        return SD_LISTEN_FDS_START;
}

/*
 * Erases the environment where it lies, not only the pointers: children share this memory, and
 * /proc/PID/environ shows it whatever clearenv() says.
 */
static int erase_environment(void) {
        for (char **e = environ; e && *e; e++)
                memset(*e, 0, strlen(*e));

        return clearenv() == 0 ? 0 : -ENOMEM;
}

static int run(int argc, char *argv[]) {
        static Filter
                filter; /* static, as what a forked child reads of it is never on a stack that unwinds */
        static Server server;
        uint32_t peer_uid;
        int r, fd;

        r = parse_argv(argc, argv);
        if (r <= 0)
                return r;

        r = harden();
        if (r < 0)
                return r;

        fd = find_socket();
        if (fd < 0)
                return fd;

        r = load_policy(&server.policy, &peer_uid);
        if (r < 0)
                return r;

        r = filter_build(&filter);
        if (r < 0) {
                errno = -r;
                spawner_log(LOG_ERR, "Failed to compile the system call filter: %m");
                return r;
        }

        server.passwd_path = arg_passwd;
        server.filter = &filter;
        server.serve = serve;
        server.peer_uid = peer_uid;

        r = server_init(&server, fd);
        if (r >= 0)
                r = sd_notify(/* unset_environment= */ false, "READY=1");
        if (r >= 0)
                r = erase_environment();
        if (r < 0) {
                errno = -r;
                spawner_log(LOG_ERR, "Failed to start: %m");
                return r;
        }

        child_set_title_area(argc, argv);
        /* What compiling the filter took is free again, but a child that used it would have to copy each
         * page first: a sixth of what a cold worker costs. */
        (void) malloc_trim(0);
        r = server_run(&server);
        if (r < 0) {
                errno = -r;
                spawner_log(LOG_ERR, "Failed to wait for events: %m");
        }
        server_done(&server);
        return r;
}

int main(int argc, char *argv[]) {
        if (argc < 1)
                return EXIT_FAILURE;

        return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
