/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a change to unit files did: links made and removed, and what a person should hear of. The manager
 * reports it so (EnableUnitFiles() and its like in org.freedesktop.systemd1(5)), and so does what works
 * without a manager (daemon/worker/install/install.h); both are written in one way.
 */

#include "common/error.h"
#include "common/json-write.h"

typedef enum InstallChangeType {
        INSTALL_SYMLINK,
        INSTALL_UNLINK,
        INSTALL_MASKED,              /* path is masked and was left alone */
        INSTALL_MASKED_BY_GENERATOR, /* path cannot be unmasked */
        INSTALL_DANGLING,            /* path is an alias to nowhere */
        INSTALL_NO_DESTINATION,      /* source was made a dependency of path, which does not exist */
        INSTALL_AUXILIARY_FAILED,    /* path, named by Also=, could not be enabled */
        _INSTALL_CHANGE_MAX,
        _INSTALL_CHANGE_INVALID = -EINVAL,
} InstallChangeType;

typedef struct InstallChange {
        InstallChangeType type;
        char *path;
        char *source; /* NULL: none */
} InstallChange;

typedef struct InstallChanges {
        InstallChange *items;
        size_t n;
        char **notes;        /* beyond what the changes themselves say */
        int carries_install; /* whether there was anything to install; negative: nobody said */
} InstallChanges;

#define INSTALL_CHANGES_NULL                                                                                \
        (InstallChanges) {                                                                                  \
                .carries_install = -1                                                                       \
        }

void install_changes_done(InstallChanges *changes);

/* The manager's word for it; _INSTALL_CHANGE_INVALID for one that is unknown. */
InstallChangeType install_change_type_from_string(const char *s);

/* Appends copies. Returns 0 or -ENOMEM. */
int install_changes_add(
        InstallChanges *changes, InstallChangeType type, const char *path, const char *source);

/* Appends a sentence to the notes. Returns 0 or -ENOMEM. */
int install_changes_note(InstallChanges *changes, const char *format, ...) _printf_(2, 3);

/* Whether a link was made or removed. */
bool install_changes_any(const InstallChanges *changes);

/* Writes the members "links", "carries_install_info", "notes" and "changed". Returns 0 or -ENOMEM. */
int install_changes_write(const InstallChanges *changes, JsonWriter *w);
