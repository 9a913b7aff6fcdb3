/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What userunitd and userunit-accounts say to each other, one datagram of a SOCK_SEQPACKET socket a message.
 *
 * A request has a fixed size. A reply is a fixed head and, on success, the strings and groups behind it:
 *
 *     head | name NUL | home NUL | shell NUL | gid × n_groups | (group name NUL) × n_groups
 *
 * in host byte order (both ends are on one host and of one package: another version is another protocol),
 * with nothing behind the last byte. Both decoders take hostile bytes.
 */

#include <sys/types.h>

#include "common/macro.h"

#define ACCOUNT_PROTOCOL_MAGIC   UINT32_C(0x74636175)
#define ACCOUNT_PROTOCOL_VERSION 1

/* Sizes with the NUL at the end. */
#define ACCOUNT_NAME_SIZE       256
#define ACCOUNT_HOME_SIZE       4096
#define ACCOUNT_SHELL_SIZE      256
#define ACCOUNT_GROUP_NAME_SIZE 256
#define ACCOUNT_GROUPS_MAX      256
#define ACCOUNT_REPLY_MAX       (64 * 1024)

typedef enum AccountRequestKind {
        ACCOUNT_BY_NAME = 1,
        ACCOUNT_BY_UID = 2,
} AccountRequestKind;

typedef enum AccountStatus {
        ACCOUNT_STATUS_OK = 0,
        ACCOUNT_STATUS_NO_SUCH_ACCOUNT = 1, /* the name service answered, and knows no such account */
        ACCOUNT_STATUS_FAILED = 2,          /* the name service could not tell; nothing follows from it */
        ACCOUNT_STATUS_BAD_REQUEST = 3,     /* not a request; the connection ends */
        ACCOUNT_STATUS_TOO_BIG = 4,         /* name, home or shell longer than the sizes above */
        _ACCOUNT_STATUS_MAX,
} AccountStatus;

typedef struct AccountRequest {
        uint32_t magic;
        uint16_t version;
        uint16_t kind;                /* AccountRequestKind */
        uint32_t serial;              /* comes back in the reply */
        uint32_t uid;                 /* 0 where asked by name */
        char name[ACCOUNT_NAME_SIZE]; /* NUL-terminated, zeroes behind it; all zeroes where asked by uid */
} AccountRequest;

/* A reply, taken apart. The pointers borrow from the message (or, where it is to be encoded, from whoever
 * filled it). */
typedef struct AccountReply {
        AccountStatus status;
        uint32_t serial;
        bool last; /* the connection ends after this reply: whoever served it is replaced */

        /* What follows is set where status is ACCOUNT_STATUS_OK only. */
        uid_t uid;
        gid_t gid;
        const char *name;
        const char *home;
        const char *shell;
        size_t n_groups;
        bool groups_truncated; /* the account has more groups than are listed */
        gid_t groups[ACCOUNT_GROUPS_MAX];
        const char *group_names[ACCOUNT_GROUPS_MAX]; /* "" for a group without a name */
} AccountReply;

/* Fills a request. Name NULL: by uid. -EINVAL where the name is empty or does not fit. */
int account_request_init(
        AccountRequest *request, uint32_t serial, const char *name, uid_t uid) _warn_unused_;

/* Checks a received message and copies it. -EBADMSG. */
int account_request_decode(const void *data, size_t size, AccountRequest *ret) _warn_unused_;

/* Writes the reply into a buffer of ACCOUNT_REPLY_MAX bytes and returns its size. Groups that do not fit are
 * left out and the reply marked as truncated; -E2BIG where name, home or shell do not fit. */
ssize_t account_reply_encode(
        const AccountReply *reply, uint8_t buffer[static ACCOUNT_REPLY_MAX]) _warn_unused_;

/* Takes a received message apart: sizes exact, strings terminated within their bounds, nothing left over.
 * The meaning of the strings is not judged here. -EBADMSG; *ret is undefined then. */
int account_reply_decode(const void *data, size_t size, AccountReply *ret) _warn_unused_;
