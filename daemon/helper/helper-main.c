/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the helpers' main() have in common, see helper-main.h. */

#include "daemon/helper/helper-main.h"

#include <getopt.h>
#include <pwd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "common/address.h"

#define PEER_USER   "userunitd"
#define PASSWD_FILE "/etc/passwd"

static void usage(const Helper *helper, FILE *f) {
        fprintf(f,
                "%s [OPTIONS...]\n\n"
                "%s Started by %s.socket.\n\n"
                "  -h --help          Show this help\n"
                "     --version       Show the version\n"
                "     --peer-uid=UID  Serve this uid (default: the one of " PEER_USER " in " PASSWD_FILE
                ")\n",
                helper->name, helper->purpose, helper->name);
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
static int parse_argv(const Helper *helper, int argc, char *argv[], uid_t *peer_uid, bool *peer_uid_given) {
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
                        usage(helper, stdout);
                        return 1;
                case ARG_VERSION:
                        printf("%s " VERSION "\n", helper->name);
                        return 1;
                case ARG_PEER_UID:
                        if (uid_parse(optarg, peer_uid) < 0) {
                                fprintf(stderr, "%s: not a uid: %s\n", helper->name, optarg);
                                return -EINVAL;
                        }
                        *peer_uid_given = true;
                        break;
                default:
                        return -EINVAL;
                }

        if (optind < argc) {
                fprintf(stderr, "%s: takes no arguments\n", helper->name);
                return -EINVAL;
        }
        return 0;
}

int helper_start(const Helper *helper, int argc, char *argv[], uid_t *ret_peer_uid, int *ret_listen_fd) {
        bool peer_uid_given = false;
        uid_t peer_uid = 0;
        int r;

        r = parse_argv(helper, argc, argv, &peer_uid, &peer_uid_given);
        if (r != 0)
                return r < 0 ? r : 0;

        if (!peer_uid_given) {
                r = peer_uid_read(&peer_uid);
                if (r < 0) {
                        fprintf(stderr, SD_ERR "Failed to find user " PEER_USER " in " PASSWD_FILE ": %s\n",
                                strerror(-r));
                        return r;
                }
        }

        r = sd_listen_fds(/* unset_environment= */ 1);
        if (r != 1 ||
                sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, helper->socket_type, /* listening= */ 1) <= 0) {
                fprintf(stderr,
                        SD_ERR "Descriptor 3 must be a listening %s socket, and the only one passed.\n",
                        helper->socket_type == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_SEQPACKET");
                return -EINVAL;
        }

        *ret_peer_uid = peer_uid;
        *ret_listen_fd = SD_LISTEN_FDS_START;
        return 1;
}
