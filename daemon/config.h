/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The configuration of the service: /etc/userunitd/userunitd.conf, a key file as GLib's GKeyFile reads it
 * (see packaging/userunitd.conf for what may stand in it). It can only narrow what polkit allows. Anything
 * that is not understood is an error, because a setting that is misspelt would otherwise allow more than was
 * meant.
 */

#include <sys/types.h>

#include "common/macro.h"

/* Largest configuration file. */
#define CONFIG_SIZE_MAX (64U * 1024U)

typedef struct Config {
        bool read_only;           /* Mode=read-only: rows with METHOD_CHANGES are refused */
        char **accounts;          /* Accounts=: names and patterns, at least one */
        char **privileged_groups; /* PrivilegedGroups=: their members are root by another name */
} Config;

#define CONFIG_NULL                                                                                         \
        (Config) {                                                                                          \
        }

void config_done(Config *config);

/* What holds where the file says nothing. Returns 0 or -ENOMEM. */
int config_default(Config *ret);

/*
 * Reads a configuration file. One that does not exist means config_default(). The file must be a regular
 * one, owned by root or `owner` (0 in production; tests pass their own uid) and writable by nobody else.
 *
 * Returns 0, or a negative errno with *ret_message a sentence that names file, line and key (NULL where
 * memory is short): -EPERM for owner or mode, -EFBIG, -EBADMSG for the contents, or what open(2) said.
 */
int config_load(const char *path, uid_t owner, Config *ret, char **ret_message);

/* The name of a key, by index, for the test of the manual; NULL behind the last. */
const char *config_key_name(size_t i);

/* Whether the service may touch the account of that name at all. */
bool config_account_allowed(const Config *config, const char *name);

/* Whether it may touch any account at all. */
bool config_every_account_allowed(const Config *config);
