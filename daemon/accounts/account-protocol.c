/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoding and strict decoding of what userunitd and userunit-accounts say to each other. */

#include "daemon/accounts/account-protocol.h"

enum {
        REPLY_FLAG_LAST = 1 << 0,
        REPLY_FLAG_GROUPS_TRUNCATED = 1 << 1,
        REPLY_FLAGS_ALL = REPLY_FLAG_LAST | REPLY_FLAG_GROUPS_TRUNCATED,
};

typedef struct ReplyHead {
        uint32_t magic;
        uint16_t version;
        uint16_t status;
        uint32_t serial;
        uint32_t uid;
        uint32_t gid;
        uint16_t n_groups;
        uint16_t flags;
} ReplyHead;

/* Both structures travel as they are: no padding whose bytes would be anyone's guess. */
_Static_assert(sizeof(AccountRequest) == 4 + 2 + 2 + 4 + 4 + ACCOUNT_NAME_SIZE, "request has padding");
_Static_assert(sizeof(ReplyHead) == 4 + 2 + 2 + 4 + 4 + 4 + 2 + 2, "reply head has padding");
_Static_assert(
        sizeof(gid_t) == sizeof(uint32_t) && sizeof(uid_t) == sizeof(uint32_t), "ids are not 32 bits wide");
/* Whatever the groups are, name, home and shell always fit. */
_Static_assert(
        sizeof(ReplyHead) + ACCOUNT_NAME_SIZE + ACCOUNT_HOME_SIZE + ACCOUNT_SHELL_SIZE <= ACCOUNT_REPLY_MAX,
        "reply too small");
_Static_assert(ACCOUNT_GROUPS_MAX <= UINT16_MAX, "group count does not fit");

int account_request_init(AccountRequest *request, uint32_t serial, const char *name, uid_t uid) {
        size_t n = name ? strlen(name) : 0;

        if (name && (n == 0 || n >= sizeof(request->name)))
                return -EINVAL;

        *request = (AccountRequest){
                .magic = ACCOUNT_PROTOCOL_MAGIC,
                .version = ACCOUNT_PROTOCOL_VERSION,
                .kind = name ? ACCOUNT_BY_NAME : ACCOUNT_BY_UID,
                .serial = serial,
                .uid = name ? 0 : uid,
        };
        if (name)
                memcpy(request->name, name, n);
        return 0;
}

int account_request_decode(const void *data, size_t size, AccountRequest *ret) {
        AccountRequest request;
        size_t n;

        if (size != sizeof(request))
                return -EBADMSG;
        memcpy(&request, data, sizeof(request));
        if (request.magic != ACCOUNT_PROTOCOL_MAGIC || request.version != ACCOUNT_PROTOCOL_VERSION)
                return -EBADMSG;
        if (request.kind != ACCOUNT_BY_NAME && request.kind != ACCOUNT_BY_UID)
                return -EBADMSG;

        n = strnlen(request.name, sizeof(request.name));
        if (n == sizeof(request.name))
                return -EBADMSG;
        if ((request.kind == ACCOUNT_BY_NAME) != (n > 0))
                return -EBADMSG;
        if (request.kind == ACCOUNT_BY_NAME && request.uid != 0)
                return -EBADMSG;
        for (size_t i = n; i < sizeof(request.name); i++)
                if (request.name[i] != 0)
                        return -EBADMSG;

        *ret = request;
        return 0;
}

/* Appends the string with its NUL at *offset. The caller has made sure that it fits. */
static void put_string(uint8_t *buffer, size_t *offset, const char *s) {
        size_t n = strlen(s) + 1;

        memcpy(buffer + *offset, s, n);
        *offset += n;
}

/* How many of the reply's groups fit into the given number of bytes. */
static size_t groups_that_fit(const AccountReply *reply, size_t room) {
        size_t i;

        for (i = 0; i < reply->n_groups && i < ACCOUNT_GROUPS_MAX; i++) {
                size_t n = strlen(reply->group_names[i]) + 1;

                if (n > ACCOUNT_GROUP_NAME_SIZE || sizeof(uint32_t) + n > room)
                        break;
                room -= sizeof(uint32_t) + n;
        }
        return i;
}

ssize_t account_reply_encode(const AccountReply *reply, uint8_t buffer[static ACCOUNT_REPLY_MAX]) {
        ReplyHead head = {
                .magic = ACCOUNT_PROTOCOL_MAGIC,
                .version = ACCOUNT_PROTOCOL_VERSION,
                .status = (uint16_t) reply->status,
                .serial = reply->serial,
                .flags = reply->last ? REPLY_FLAG_LAST : 0,
        };
        size_t offset = sizeof(head), n_groups;

        if (reply->status == ACCOUNT_STATUS_OK) {
                size_t name_size = strlen(reply->name) + 1, home_size = strlen(reply->home) + 1,
                       shell_size = strlen(reply->shell) + 1;

                if (name_size > ACCOUNT_NAME_SIZE || home_size > ACCOUNT_HOME_SIZE ||
                        shell_size > ACCOUNT_SHELL_SIZE)
                        return -E2BIG;

                n_groups = groups_that_fit(
                        reply, ACCOUNT_REPLY_MAX - offset - name_size - home_size - shell_size);
                head.uid = reply->uid;
                head.gid = reply->gid;
                head.n_groups = (uint16_t) n_groups;
                if (reply->groups_truncated || n_groups < reply->n_groups)
                        head.flags |= REPLY_FLAG_GROUPS_TRUNCATED;

                put_string(buffer, &offset, reply->name);
                put_string(buffer, &offset, reply->home);
                put_string(buffer, &offset, reply->shell);
                memcpy(buffer + offset, reply->groups, n_groups * sizeof(uint32_t));
                offset += n_groups * sizeof(uint32_t);
                for (size_t i = 0; i < n_groups; i++)
                        put_string(buffer, &offset, reply->group_names[i]);
        }

        memcpy(buffer, &head, sizeof(head));
        return (ssize_t) offset;
}

/* The bytes of a message that have not been looked at yet. */
typedef struct Rest {
        const char *p;
        size_t n;
} Rest;

/* Takes the string at the front, at most max bytes with its NUL. NULL where none ends in time. */
static const char *take_string(Rest *rest, size_t max) {
        const char *s = rest->p;
        size_t n = strnlen(s, MIN(rest->n, max));

        if (n == MIN(rest->n, max))
                return NULL;
        rest->p += n + 1;
        rest->n -= n + 1;
        return s;
}

/* The part behind the head of a successful reply. */
static int decode_facts(Rest *rest, size_t n_groups, AccountReply *ret) {
        ret->name = take_string(rest, ACCOUNT_NAME_SIZE);
        if (!ret->name)
                return -EBADMSG;
        ret->home = take_string(rest, ACCOUNT_HOME_SIZE);
        if (!ret->home)
                return -EBADMSG;
        ret->shell = take_string(rest, ACCOUNT_SHELL_SIZE);
        if (!ret->shell)
                return -EBADMSG;

        if (n_groups > ACCOUNT_GROUPS_MAX || n_groups * sizeof(uint32_t) > rest->n)
                return -EBADMSG;
        memcpy(ret->groups, rest->p, n_groups * sizeof(uint32_t));
        rest->p += n_groups * sizeof(uint32_t);
        rest->n -= n_groups * sizeof(uint32_t);

        for (size_t i = 0; i < n_groups; i++) {
                ret->group_names[i] = take_string(rest, ACCOUNT_GROUP_NAME_SIZE);
                if (!ret->group_names[i])
                        return -EBADMSG;
        }
        ret->n_groups = n_groups;
        return 0;
}

int account_reply_decode(const void *data, size_t size, AccountReply *ret) {
        ReplyHead head;
        Rest rest;
        int r;

        if (size < sizeof(head) || size > ACCOUNT_REPLY_MAX)
                return -EBADMSG;
        memcpy(&head, data, sizeof(head));
        rest = (Rest){ (const char *) data + sizeof(head), size - sizeof(head) };

        if (head.magic != ACCOUNT_PROTOCOL_MAGIC || head.version != ACCOUNT_PROTOCOL_VERSION)
                return -EBADMSG;
        if (head.status >= _ACCOUNT_STATUS_MAX || (head.flags & ~REPLY_FLAGS_ALL) != 0)
                return -EBADMSG;

        ret->status = (AccountStatus) head.status;
        ret->serial = head.serial;
        ret->last = (head.flags & REPLY_FLAG_LAST) != 0;
        ret->groups_truncated = (head.flags & REPLY_FLAG_GROUPS_TRUNCATED) != 0;
        ret->uid = head.uid;
        ret->gid = head.gid;
        ret->name = ret->home = ret->shell = NULL;
        ret->n_groups = 0;

        if (ret->status == ACCOUNT_STATUS_OK) {
                r = decode_facts(&rest, head.n_groups, ret);
                if (r < 0)
                        return r;
        } else if (head.uid != 0 || head.gid != 0 || head.n_groups != 0 || ret->groups_truncated)
                return -EBADMSG;

        return rest.n == 0 ? 0 : -EBADMSG;
}
