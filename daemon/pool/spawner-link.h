/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's end of the line to userunit-spawner (daemon/spawner/protocol.h). Connects when a child is
 * wanted, never waits, and fails everything that is pending when the line breaks: the spawner then kills the
 * children too.
 */

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "daemon/account.h"

typedef struct SpawnerLink SpawnerLink;
typedef struct Spawn Spawn;

/* A child is there (error 0, `fd` is its socket and the handler's to keep), or not: -EPERM where the spawner
 * refuses the account, -EAGAIN where it or the kernel has no room, -EPROTONOSUPPORT where it is of another
 * version, otherwise the line is broken. */
typedef void (*SpawnHandler)(int error, uint64_t child, int fd, void *userdata);
/* A child has ended, whoever ended it. */
typedef void (*SpawnExitedHandler)(uint64_t child, int status, void *userdata);
/* The line broke: every child is gone or will be, and no exit will be reported. */
typedef void (*SpawnLostHandler)(void *userdata);

/* `peer_uid` is what SO_PEERCRED of the listening end must say: 0, or the test's own. */
int spawner_link_new(sd_event *event, const char *socket_path, uid_t peer_uid, SpawnExitedHandler exited,
        SpawnLostHandler lost, void *userdata, SpawnerLink **ret);
SpawnerLink *spawner_link_free(SpawnerLink *link);
DEFINE_CLEANUP(SpawnerLink *, spawner_link_free);

/* Asks for a worker of that account. The handler is called once, from the event loop, unless the spawn is
 * unreferenced first (the child is then killed when it comes). Negative errno where the spawner cannot be
 * reached. */
int spawner_link_spawn(
        SpawnerLink *link, const Account *account, SpawnHandler handler, void *userdata, Spawn **ret);

Spawn *spawn_free(Spawn *spawn);

/* Kills a child. Its exit is reported as any other; a child in uninterruptible sleep takes its time. */
void spawner_link_kill(SpawnerLink *link, uint64_t child);
