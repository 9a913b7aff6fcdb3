/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The shape of the packets between userunitd and userunit-spawner. Pure: nothing here does I/O. */

#include "daemon/spawner/protocol.h"

SpawnerHeader spawner_header(SpawnerType type) {
        return (SpawnerHeader){
                .magic = SPAWNER_PROTOCOL_MAGIC,
                .version = SPAWNER_PROTOCOL_VERSION,
                .type = type,
        };
}

static int hello_check(SpawnerSide side, const SpawnerHello *hello) {
        if (hello->zero != 0)
                return -EBADMSG;
        if (side == SPAWNER_FROM_DAEMON && hello->error != SPAWNER_ERROR_NONE)
                return -EBADMSG;
        if (hello->header.version != SPAWNER_PROTOCOL_VERSION || hello->error == SPAWNER_ERROR_VERSION)
                return -EPROTONOSUPPORT;

        return hello->error == SPAWNER_ERROR_NONE ? 0 : -EBADMSG;
}

static int spawn_check(const SpawnerSpawn *spawn) {
        if (spawn->n_groups > SPAWNER_GROUPS_MAX)
                return -EBADMSG;

        for (size_t i = spawn->n_groups; i < SPAWNER_GROUPS_MAX; i++)
                if (spawn->groups[i] != 0)
                        return -EBADMSG;

        return 0;
}

static int reply_check(const SpawnerReply *reply) {
        if (reply->zero != 0 || reply->error >= _SPAWNER_ERROR_MAX || reply->error == SPAWNER_ERROR_VERSION)
                return -EBADMSG;

        /* An id and an error exclude each other. */
        return (reply->error == SPAWNER_ERROR_NONE) == (reply->child != 0) ? 0 : -EBADMSG;
}

int spawner_packet_check(SpawnerSide side, const SpawnerPacket *packet, size_t size) {
        static const struct {
                bool from_daemon, from_spawner;
                size_t size;
        } types[] = {
                [SPAWNER_HELLO] = { true, true, sizeof(SpawnerHello) },
                [SPAWNER_SPAWN] = { true, false, sizeof(SpawnerSpawn) },
                [SPAWNER_KILL] = { true, false, sizeof(SpawnerKill) },
                [SPAWNER_REPLY] = { false, true, sizeof(SpawnerReply) },
                [SPAWNER_EXITED] = { false, true, sizeof(SpawnerExited) },
        };
        const SpawnerHeader *header = &packet->header;

        if (size < sizeof(SpawnerHeader) || header->magic != SPAWNER_PROTOCOL_MAGIC || header->zero != 0)
                return -EBADMSG;
        if (header->type >= ELEMENTSOF(types) || size != types[header->type].size)
                return -EBADMSG;
        if (!(side == SPAWNER_FROM_DAEMON ? types[header->type].from_daemon
                                          : types[header->type].from_spawner))
                return -EBADMSG;

        if (header->type == SPAWNER_HELLO)
                return hello_check(side, &packet->hello);
        if (header->version != SPAWNER_PROTOCOL_VERSION)
                return -EBADMSG;

        switch ((SpawnerType) header->type) {
        case SPAWNER_SPAWN:
                return spawn_check(&packet->spawn);
        case SPAWNER_KILL:
                return packet->kill.child != 0 ? 0 : -EBADMSG;
        case SPAWNER_REPLY:
                return reply_check(&packet->reply);
        case SPAWNER_EXITED:
                return packet->exited.child != 0 && packet->exited.zero == 0 ? 0 : -EBADMSG;
        case SPAWNER_HELLO:
        default:
                return -EBADMSG;
        }
}

const char *spawner_error_to_string(uint32_t error) {
        static const char *const names[] = {
                [SPAWNER_ERROR_NONE] = "none",
                [SPAWNER_ERROR_VERSION] = "version-mismatch",
                [SPAWNER_ERROR_KIND] = "kind-unknown",
                [SPAWNER_ERROR_UID] = "uid-refused",
                [SPAWNER_ERROR_GID] = "gid-refused",
                [SPAWNER_ERROR_GROUPS] = "groups-refused",
                [SPAWNER_ERROR_LIMIT] = "limit-reached",
                [SPAWNER_ERROR_RESOURCES] = "no-resources",
        };
        _Static_assert(ELEMENTSOF(names) == _SPAWNER_ERROR_MAX, "each error has a name");

        return error < ELEMENTSOF(names) ? names[error] : "unknown";
}
