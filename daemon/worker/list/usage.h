/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a control group has used, read from the files of cgroup v2 (the kernel's
 * Documentation/admin-guide/cgroup-v2.rst).
 *
 * Where a control group is, is the word of an account's manager. It must be the group of the account's
 * own user@UID.service; what is below is opened beneath a descriptor of it, and no link is followed.
 */

#include <sys/types.h>

#include "common/json-write.h"
#include "common/macro.h"

/* The largest file of a group, io.stat, has a line a disk. What is larger is not known. */
#define USAGE_FILE_MAX (32U * 1024U)

typedef enum UsageValue {
        USAGE_CPU,    /* µs */
        USAGE_MEMORY, /* bytes */
        USAGE_TASKS,
        USAGE_IO_READ, /* bytes */
        USAGE_IO_WRITTEN,
        _USAGE_MAX,
} UsageValue;

typedef struct Usage {
        uint64_t values[_USAGE_MAX];
        bool known[_USAGE_MAX];
} Usage;

/* Opens the control group of an account's manager. `root` is where cgroup v2 may be mounted,
 * "/sys/fs/cgroup"; where the host has v1 as well it is at "unified" below. Returns a descriptor; -EPERM
 * where the group is not one of the account's manager; or another negative errno. */
int usage_open(const char *root, const char *control_group, uid_t uid);

/* Opens a group below one that is open. Returns a descriptor or a negative errno. */
int usage_open_child(int fd, const char *name);

/* Reads what the group's files tell. What a controller that is off would tell is not known, but tasks are
 * counted then, with those of the groups below. */
void usage_read(int fd, Usage *ret);

/* Writes the members that are known into the open object. */
void usage_write(const Usage *usage, JsonWriter *w);
