/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * userunit-accounts: looks accounts up for userunitd, in processes that may hang and be killed.
 *
 * Socket activated: descriptor 3 is the listening socket. Runs as a user of its own, without privileges.
 */

#include <getopt.h>
#include <pwd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "common/address.h"
#include "daemon/accounts/account-server.h"

#define PEER_USER   "userunitd"
#define PASSWD_FILE "/etc/passwd"

static void usage(FILE *f) {
        fputs("userunit-accounts [OPTIONS...]\n\n"
              "Look up accounts for userunitd. Started by userunit-accounts.socket.\n\n"
              "  -h --help          Show this help\n"
              "     --version       Show the version\n"
              "     --peer-uid=UID  Serve this uid (default: the one of " PEER_USER " in " PASSWD_FILE ")\n",
                f);
}

/* The uid of the user we serve, from the local file: the name service is not asked in this process. */
static int peer_uid_read(uid_t *ret) {
        _cleanup_fclose_ FILE *f = NULL;
        struct passwd *entry;

        f = fopen(PASSWD_FILE, "re");
        if (!f)
                return -errno;
        do {
                errno = 0;
                entry = fgetpwent(f);
        } while (entry && !streq(entry->pw_name, PEER_USER));
        if (!entry)
                return errno > 0 && errno != ENOENT ? -errno : -ESRCH;

        *ret = entry->pw_uid;
        return 0;
}

/* Returns 0 to go on, 1 where all is done, or an error that has been printed. */
static int parse_argv(int argc, char *argv[], uid_t *peer_uid, bool *peer_uid_given) {
        enum {
                ARG_VERSION = 0x100,
                ARG_PEER_UID,
        };
        static const struct option options[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, ARG_VERSION },
                { "peer-uid", required_argument, NULL, ARG_PEER_UID },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case 'h':
                        usage(stdout);
                        return 1;
                case ARG_VERSION:
                        puts("userunit-accounts " VERSION);
                        return 1;
                case ARG_PEER_UID:
                        if (uid_parse(optarg, peer_uid) < 0) {
                                fprintf(stderr, "userunit-accounts: not a uid: %s\n", optarg);
                                return -EINVAL;
                        }
                        *peer_uid_given = true;
                        break;
                default:
                        return -EINVAL;
                }

        if (optind < argc) {
                fputs("userunit-accounts: takes no arguments\n", stderr);
                return -EINVAL;
        }
        return 0;
}

int main(int argc, char *argv[]) {
        AccountServerConfig config = {};
        bool peer_uid_given = false;
        int r;

        r = parse_argv(argc, argv, &config.peer_uid, &peer_uid_given);
        if (r != 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;

        if (!peer_uid_given) {
                r = peer_uid_read(&config.peer_uid);
                if (r < 0) {
                        fprintf(stderr, SD_ERR "Failed to find user " PEER_USER " in " PASSWD_FILE ": %s\n",
                                strerror(-r));
                        return EXIT_FAILURE;
                }
        }

        r = sd_listen_fds(/* unset_environment= */ 1);
        if (r != 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_SEQPACKET, /* listening= */ 1) <= 0) {
                fputs(SD_ERR
                        "Descriptor 3 must be a listening SOCK_SEQPACKET socket, and the only one passed.\n",
                        stderr);
                return EXIT_FAILURE;
        }

        r = account_server_run(SD_LISTEN_FDS_START, &config);
        if (r < 0) {
                fprintf(stderr, SD_ERR "Failed to serve: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
