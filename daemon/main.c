/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * userunitd: the service on the system bus. It runs under a uid of its own without a capability; what is
 * done to an account is done by that account's worker (daemon/worker/), which the spawner makes
 * (daemon/spawner/).
 */

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>

#include "common/address.h"
#include "common/log.h"
#include "daemon/journal/protocol.h"
#include "daemon/service.h"

static void usage(void) {
        printf("userunitd [OPTIONS…]\n\n"
               "Units of all accounts, on the system bus. Started by systemd, not by hand.\n\n"
               "  -h --help              Show this help\n"
               "     --version           Show the version\n"
               "     --config=FILE       Configuration, instead of " CONFIG_FILE "\n"
               "     --runtime-dir=DIR   Where the sockets of the helpers are, instead of\n"
               "                         " RUNTIME_DIR "\n"
               "     --journal=SOCKET    Where records go, instead of the journal's socket\n"
               "     --linger-dir=DIR    Instead of logind's own\n"
               "     --users-dir=DIR     Instead of /run/systemd/users\n"
               "     --passwd=FILE       Instead of /etc/passwd\n"
               "     --spawner-uid=UID   Who listens on the sockets of spawner and\n"
               "                         userunit-journal, instead of root\n");
}

/* stderr may be the journal's stream socket, and a journald that is stopped must not stop us. */
static void unblock_stderr(void) {
        int flags = fcntl(STDERR_FILENO, F_GETFL);

        if (flags >= 0)
                (void) fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        service_stop(userdata);
        return 0;
}

static int run(const ServiceOptions *options) {
        _cleanup_(service_freep) Service *service = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return log_error_errno(errno, "Failed to set up signals: %m");

        r = sd_event_default(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop: %m");
        r = service_new(event, options, &service);
        if (r < 0)
                return r;
        r = sd_event_add_signal(event, NULL, SIGTERM, on_signal, service);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGINT, on_signal, service);
        if (r >= 0)
                r = sd_event_set_watchdog(event, true);
        if (r < 0)
                return log_error_errno(r, "Failed to watch signals: %m");

        (void) sd_notify(false, "READY=1");
        return sd_event_loop(event);
}

static int join_path(const char *directory, const char *name, char **ret) {
        if (asprintf(ret, "%s/%s", directory, name) < 0)
                return log_error_errno(ENOMEM, "No memory.");
        return 0;
}

/* Returns 1 to go on, 0 where everything was said, or a negative errno after it has said what is wrong. */
static int parse_arguments(int argc, char *argv[], ServiceOptions *o, const char **runtime_dir) {
        enum {
                OPT_VERSION = 256,
                OPT_CONFIG,
                OPT_RUNTIME,
                OPT_JOURNAL,
                OPT_LINGER,
                OPT_USERS,
                OPT_PASSWD,
                OPT_SPAWNER_UID
        };
        static const struct option options[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, OPT_VERSION },
                { "config", required_argument, NULL, OPT_CONFIG },
                { "runtime-dir", required_argument, NULL, OPT_RUNTIME },
                { "journal", required_argument, NULL, OPT_JOURNAL },
                { "linger-dir", required_argument, NULL, OPT_LINGER },
                { "users-dir", required_argument, NULL, OPT_USERS },
                { "passwd", required_argument, NULL, OPT_PASSWD },
                { "spawner-uid", required_argument, NULL, OPT_SPAWNER_UID },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case 'h':
                        usage();
                        return 0;
                case OPT_VERSION:
                        puts("userunitd " VERSION);
                        return 0;
                case OPT_CONFIG:
                        o->config_file = optarg;
                        o->config_owner = getuid();
                        break;
                case OPT_RUNTIME:
                        *runtime_dir = optarg;
                        break;
                case OPT_JOURNAL:
                        o->journal_socket = optarg;
                        break;
                case OPT_LINGER:
                        o->linger_directory = o->candidates.linger = optarg;
                        break;
                case OPT_USERS:
                        o->candidates.users = optarg;
                        break;
                case OPT_PASSWD:
                        o->candidates.passwd = optarg;
                        break;
                case OPT_SPAWNER_UID:
                        if (uid_parse(optarg, &o->spawner_uid) < 0)
                                return log_error_errno(EINVAL, "That is no uid: %s", optarg);
                        break;
                default:
                        return -EINVAL;
                }

        if (optind < argc)
                return log_error_errno(EINVAL, "This program takes no arguments.");
        return 1;
}

int main(int argc, char *argv[]) {
        _cleanup_free_ char *spawner = NULL, *accounts = NULL, *reader = NULL;
        const char *runtime_dir = RUNTIME_DIR;
        ServiceOptions o = {
                .config_file = CONFIG_FILE,
                .journal_socket = RECORD_SOCKET,
                .candidates = candidate_paths_default,
        };
        int r;

        /* Requests pass through here: none of their bytes may end in a core file, or be read by another
         * process. */
        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

        r = parse_arguments(argc, argv, &o, &runtime_dir);
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        r = join_path(runtime_dir, "spawner", &spawner);
        if (r >= 0)
                r = join_path(runtime_dir, "accounts", &accounts);
        if (r >= 0)
                r = join_path(runtime_dir, JOURNAL_SOCKET_NAME, &reader);
        if (r < 0)
                return EXIT_FAILURE;
        o.spawner_socket = spawner;
        o.accounts_socket = accounts;
        o.reader_socket = reader;

        unblock_stderr();
        return run(&o) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
